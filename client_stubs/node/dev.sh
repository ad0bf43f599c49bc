#!/usr/bin/env bash
# The chores of this language; ./dev calls them. What each must do: client_stubs/README.md.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
OLDEST_NODE=20
PATH=$PWD/node_modules/.bin:$PATH

# Where Node is too old or not there, so that nothing else can be done.
no_node() {
  local major
  major=$(node -p 'process.versions.node.split(".")[0]' 2>/dev/null) || {
    echo "no Node.js"
    return
  }
  if ((major < OLDEST_NODE)); then
    echo "Node.js $(node --version) is older than $OLDEST_NODE"
  elif ! command -v npm >/dev/null; then
    echo "no npm"
  fi
}

installed() { cmp -s package-lock.json node_modules/.gatewayd-installed; }

# The generated code goes to FOLDER, apart from google.protobuf.Struct, in whose place src/struct.ts stands.
generate() {
  mkdir -p "$1"
  protoc -I../../proto --plugin=node_modules/.bin/protoc-gen-ts_proto --ts_proto_out="$1" \
    --ts_proto_opt=outputServices=generic-definitions,oneof=unions,forceLong=number,useDate=false \
    --ts_proto_opt=removeEnumPrefix=true,unrecognizedEnum=false,outputJsonMethods=false,outputPartialMethods=false \
    --ts_proto_opt=esModuleInterop=true,importSuffix=.js,Mgoogle/protobuf/struct.proto=./../struct.js \
    ../../proto/gatewayworker/v1/{types,gateway_service,worker_service}.proto
}

case ${1:-} in
  why_not)
    why=$(no_node)
    if [[ -z $why ]] && ! installed; then why="./dev setup stubs was not run: its packages are not here"; fi
    [[ -z $why ]] || echo "$why"
    ;;
  setup)
    [[ -z $(no_node) ]] || exit 0 # why_not says so
    if ! command -v protoc >/dev/null; then
      sudo=()
      ((EUID == 0)) || sudo=(sudo)
      "${sudo[@]}" apt-get update -qq
      "${sudo[@]}" apt-get install -y -qq protobuf-compiler
    fi
    if installed; then exit 0; fi
    npm ci --no-audit --no-fund --loglevel=error
    cp package-lock.json node_modules/.gatewayd-installed
    ;;
  build)
    made=$(mktemp -d)
    trap 'rm -rf "$made"' EXIT
    generate "$made"
    # Files that did not change keep their time, so that the compiler has nothing to do.
    diff -rq "$made" src/generated >/dev/null 2>&1 || {
      rm -rf src/generated
      cp -r "$made" src/generated
    }
    tsc
    ;;
  generated)
    echo "it is made by build" >&2
    exit 1
    ;;
  generate) generate "$2" ;;
  test)
    tsc -p tsconfig.check.json
    prettier --check --log-level=warn .
    node --test --test-reporter=spec test/*.test.mjs
    ;;
  conformance) exec node conformance.mjs ;;
  bench) shift && exec node bench.mjs "$@" ;;
  example) shift && exec node "examples/$1.mjs" "${@:2}" ;;
  program) # in a folder that has the package, as npm installs it
    folder=$(dirname "$2")/node_modules
    mkdir -p "$folder"
    ln -sfn "$PWD" "$folder/gatewayworker"
    exec node "$2"
    ;;
  *)
    echo "usage: dev.sh why_not|setup|build|generated|generate|test|conformance|bench|example|program" >&2
    exit 2
    ;;
esac
