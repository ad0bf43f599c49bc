#!/usr/bin/env bash
# What ./dev bench calls, from the root of the repo, with build/ built.
set -euo pipefail
python=.tools/venv/bin/python # has what the Python worker of `events` needs
[[ -x $python ]] || python=python3
exec "$python" "$(dirname "${BASH_SOURCE[0]}")/bench.py" --build build "$@"
