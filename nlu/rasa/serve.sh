#!/bin/sh
# Train a Rasa server from the examples and run it: serve.sh [PORT] [CONFIG]. Needs `make rasa-ready`; `make rasa` does both.
# RASA_MOST keeps so many examples of each route, for a quick trial.
set -eu
cd "$(dirname "$0")"
port=${1:-5005}
config=${2:-config.yml}
export RASA_TELEMETRY_ENABLED=false SQLALCHEMY_SILENCE_UBER_WARNING=1 TF_CPP_MIN_LOG_LEVEL=2 PYTHONWARNINGS=ignore
made=${RASA_MADE:-made}
mkdir -p "$made"
(cd ../.. && "${PYTHON_OF_RIGHTDOOR:-.venv/bin/python}" -m nlu.rasa_files "$(cd nlu/rasa && realpath "$made")/nlu.yml" ${RASA_MOST:-})
.venv/bin/rasa train nlu --config "$config" --nlu "$made/nlu.yml" --out "$made" --fixed-model-name rightdoor
exec .venv/bin/rasa run --enable-api -i 127.0.0.1 -p "$port" -m "$made/rightdoor.tar.gz" --endpoints /dev/null
