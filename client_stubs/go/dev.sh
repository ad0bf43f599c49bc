#!/usr/bin/env bash
# The chores of this language; ./dev calls them. What each must do: client_stubs/README.md.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
TOOLS=$PWD/../../.tools/stubs-go
MODULE=github.com/gatewayd/gatewayd/client_stubs/go
export GOTOOLCHAIN=local GOFLAGS='-mod=readonly -buildvcs=false -p=2'

# A Go that ./dev installed for itself will do.
if ! command -v go >/dev/null && [[ -x ../../.tools/go/bin/go ]]; then PATH=$(realpath ../../.tools/go/bin):$PATH; fi

why_not() {
  local oldest version
  oldest=$(sed -n 's/^go //p' tools/go.mod)
  if ! command -v go >/dev/null; then
    echo "no go: it takes $oldest or later"
    return
  fi
  version=$(go env GOVERSION)
  printf '%s\n' "$oldest" "${version#go}" | sort -C -V || echo "$version is too old: it takes $oldest or later"
}

as_root() { if ((EUID)); then sudo "$@"; else "$@"; fi; }

# The race detector needs a C compiler, protoc-gen-go a protoc.
setup() {
  local -a missing=()
  [[ -z $(why_not) ]] || return 0
  command -v protoc >/dev/null || missing+=(protobuf-compiler)
  command -v gcc >/dev/null || missing+=(gcc libc6-dev)
  if ((${#missing[@]})); then
    as_root apt-get -o DPkg::Lock::Timeout=300 update -qq || echo "apt-get update failed; trying with the old lists" >&2
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -y -qq \
      --no-install-recommends "${missing[@]}" >/dev/null
  fi
  if cmp -s tools/go.sum "$TOOLS/go.sum"; then return 0; fi
  mkdir -p "$TOOLS/bin"
  (cd tools && GOBIN=$TOOLS/bin CGO_ENABLED=0 go install -ldflags=-s tool)
  go mod download
  cp tools/go.sum "$TOOLS/go.sum"
}

# Into a folder, without the version of protoc: whichever Debian has makes the same code.
generate() {
  local into=$1
  made=$(mktemp -d) # not local: the trap comes later
  trap 'rm -rf "$made"' EXIT
  PATH=$TOOLS/bin:$PATH protoc -I../../proto --go_out="$made" --go_opt=module=$MODULE \
    --go-grpc_out="$made" --go-grpc_opt=module=$MODULE ../../proto/gatewayworker/v1/*.proto
  sed -i -E '/^\/\/ -?[[:space:]]*protoc +v/d' "$made"/gatewayworkerv1/*.go
  mkdir -p "$into"
  cp "$made"/gatewayworkerv1/*.go "$into"
}

run_tests() {
  local unformatted
  unformatted=$(gofmt -l bench conformance examples gatewayworker)
  [[ -z $unformatted ]] || { echo "gofmt: $unformatted" && return 1; }
  go vet ./...
  "$TOOLS/bin/staticcheck" ./bench ./conformance ./examples/... ./gatewayworker
  go test -race -timeout 120s ./gatewayworker
}

case ${1:-} in
  why_not) why_not ;;
  setup) setup ;;
  build) go build -o build/ ./bench ./conformance ./examples/... ;;
  generated) echo gatewayworkerv1 ;;
  generate) generate "$2" ;;
  test) run_tests ;;
  conformance) exec build/conformance ;;
  bench) shift && exec build/bench "$@" ;;
  example) shift && exec "build/$1" "${@:2}" ;;
  program) go build -o "${2%.go}" "$2" && exec "${2%.go}" ;;
  *)
    echo "usage: dev.sh why_not|setup|build|generated|generate|test|conformance|bench|example|program" >&2
    exit 2
    ;;
esac
