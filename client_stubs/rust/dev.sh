#!/usr/bin/env bash
# The chores of this language; ./dev calls them. What each must do: client_stubs/README.md.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
TOOLS=$(cd ../.. && pwd)/.tools/stubs-rust
MINIMUM=1.88 # rust-version in Cargo.toml
export CARGO_TARGET_DIR=$TOOLS/target CARGO_TERM_COLOR=never CARGO_INCREMENTAL=0

# One profile and one set of features for all of it: everything is compiled once.
CARGO=(--locked --release --all-features -j2)

has_rust() {
  local version
  version=$(rustc --version 2>/dev/null | cut -d' ' -f2) || return 1
  [[ $(printf '%s\n' "$MINIMUM" "$version" | sort -V | head -1) == "$MINIMUM" ]]
}

# need PROGRAM PACKAGE: a program that Debian has.
need() {
  command -v "$1" >/dev/null && return
  local sudo=()
  ((EUID == 0)) || sudo=(sudo)
  "${sudo[@]}" apt-get install -y --no-install-recommends "$2" >&2
}

# A program that `build` made, in place of this script.
program() {
  local name=$1
  shift
  exec "$CARGO_TARGET_DIR/release/examples/$name" "$@"
}

case ${1:-} in
  why_not)
    if ! command -v cargo >/dev/null; then
      echo "no cargo: install Rust $MINIMUM or later"
    elif ! has_rust; then
      echo "$(rustc --version) is too old: Rust $MINIMUM or later is needed"
    elif [[ ! -f $TOOLS/Cargo.lock ]]; then
      echo "./dev setup stubs was not run: no $(basename "$TOOLS")"
    fi
    ;;
  setup)
    command -v cargo >/dev/null && has_rust || exit 0
    need openssl openssl
    need protoc protobuf-compiler
    if cmp -s Cargo.lock "$TOOLS/Cargo.lock"; then exit 0; fi
    cargo fetch --locked --quiet
    mkdir -p "$TOOLS"
    cp Cargo.lock "$TOOLS/Cargo.lock"
    ;;
  build) cargo build --quiet "${CARGO[@]}" --lib --examples ;;
  generated) echo src/generated ;;
  generate) cargo run --quiet --locked -j2 -p generate -- ../../proto "$2" ;;
  test)
    if command -v cargo-fmt >/dev/null; then cargo fmt --check; fi
    if command -v cargo-clippy >/dev/null; then
      cargo clippy --quiet "${CARGO[@]}" --all-targets -- -D warnings
    fi
    RUSTDOCFLAGS="-D warnings" cargo doc --quiet "${CARGO[@]}" --no-deps --lib
    cargo test --quiet "${CARGO[@]}"
    ;;
  conformance) program conformance ;;
  bench) shift && program bench "$@" ;;
  example) shift && program "$@" ;;
  program) # as one more example, which is compiled with what is there already
    trap 'rm -rf "$PWD/examples/copied"' EXIT
    mkdir -p examples/copied
    cp "$2" examples/copied/main.rs
    cargo build --quiet "${CARGO[@]}" --example copied
    rm -rf examples/copied
    program copied
    ;;
  *)
    echo "usage: dev.sh why_not|setup|build|generated|generate|test|conformance|bench|example|program" >&2
    exit 2
    ;;
esac
