#!/usr/bin/env bash
# Measures a CUDA device; --help says what can be chosen. Takes the interpreter of .venv, or PYTHON.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
python=${PYTHON:-.venv/bin/python}
[ -x "$python" ] || python=$(command -v "$python" || command -v python3)
PYTHONPATH=python${PYTHONPATH:+:$PYTHONPATH} exec "$python" -m benchmarks.gpu "$@"
