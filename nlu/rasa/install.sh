#!/bin/sh
# Install Rasa 3.6 into nlu/rasa/.venv, in the versions that were seen to work together. It runs on Python 3.8 to 3.10 only.
# RASA_PYTHON names the Python to use. Exit status 1, with one line of why, where there is none.
set -eu
cd "$(dirname "$0")"
[ -x .venv/bin/rasa ] && exit 0
for python in "${RASA_PYTHON:-}" python3.10 "$HOME"/.pyenv/versions/3.10.*/bin/python; do
    [ -n "$python" ] && "$python" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 10))' 2>/dev/null && found=$python && break
done
[ -n "${found:-}" ] || { echo "left out: Rasa (it needs Python 3.10; name one with RASA_PYTHON)"; exit 1; }
echo "Installing Rasa; this takes two minutes and 3 GB."
rm -rf .venv
"$found" -m venv .venv
.venv/bin/pip install --quiet --disable-pip-version-check -c constraints.txt rasa==3.6.21 2>pip.log \
    || { tail -n 5 pip.log; rm -rf .venv; exit 1; }
rm pip.log
