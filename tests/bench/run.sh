#!/usr/bin/env bash
# What ./dev bench calls, from the root of the repo, with build/ built.
set -euo pipefail
exec python3 "$(dirname "${BASH_SOURCE[0]}")/bench.py" --build build "$@"
