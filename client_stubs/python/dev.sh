#!/usr/bin/env bash
# The chores of this language; ./dev calls them. What each must do: client_stubs/README.md.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
VENV=../../.tools/stubs-python

python() { PYTHONPATH=$PWD/src exec "$VENV/bin/python" "$@"; }

case ${1:-} in
  why_not)
    [[ -x $VENV/bin/python ]] || echo "./dev setup stubs was not run: no $(basename "$VENV")"
    ;;
  setup)
    if cmp -s requirements-dev.txt "$VENV/requirements.txt"; then exit 0; fi
    rm -rf "$VENV"
    python3=/usr/bin/python3
    [[ -x $python3 ]] || python3=python3
    "$python3" -m venv "$VENV"
    "$VENV/bin/pip" install --quiet --disable-pip-version-check -r requirements-dev.txt
    cp requirements-dev.txt "$VENV/requirements.txt"
    ;;
  build) ;; # nothing to build: the generated code is in the repo
  generated) echo src/gatewayworker/v1 ;;
  generate)
    made=$(mktemp -d)
    trap 'rm -rf "$made"' EXIT
    "$VENV/bin/python" -m grpc_tools.protoc -I../../proto --python_out="$made" --pyi_out="$made" \
      --grpc_python_out="$made" ../../proto/gatewayworker/v1/*.proto
    mkdir -p "$2"
    cp "$made"/gatewayworker/v1/* "$2"
    ;;
  test)
    "$VENV/bin/python" -m mypy --strict src
    python -m pytest -q -rs --color=no -p no:cacheprovider tests
    ;;
  conformance) python conformance.py ;;
  bench) shift && python bench.py "$@" ;;
  example) shift && python "examples/$1.py" "${@:2}" ;;
  program) python "$2" ;;
  *)
    echo "usage: dev.sh why_not|setup|build|generated|generate|test|conformance|bench|example|program" >&2
    exit 2
    ;;
esac
