#!/usr/bin/env bash
# The chores of this language; ./dev calls them. What each must do: client_stubs/README.md.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
TOOLS=$(cd ../.. && pwd)/.tools
BUILD=$TOOLS/stubs-cpp
JOBS=${JOBS:-2}
PACKAGES=(cmake ninja-build g++ pkg-config ccache libgrpc++-dev protobuf-compiler-grpc protobuf-compiler libprotobuf-dev
  libgtest-dev libgmock-dev libssl-dev openssl)
export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1

as_root() { if [[ $(id -u) == 0 ]]; then "$@"; else sudo "$@"; fi; }

# Prints those of PACKAGES that are not installed.
missing() {
  local installed package
  installed=$(dpkg-query -W -f='${db:Status-Status} ${Package}\n' "${PACKAGES[@]}" 2>/dev/null || true)
  for package in "${PACKAGES[@]}"; do
    grep -qx "installed $package" <<<"$installed" || echo "$package"
  done
}

install_packages() {
  local -a wanted
  mapfile -t wanted < <(missing)
  ((${#wanted[@]})) || return 0
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 update -qq || true
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -y -qq \
    --no-install-recommends "${wanted[@]}" >/dev/null
}

# What it builds, in a folder of its own: nothing of it is part of the daemon's build.
build() {
  local -a launcher=()
  if command -v ccache >/dev/null; then launcher=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache); fi
  if [[ ! -e $BUILD/build.ninja ]]; then
    cmake -S . -B "$BUILD" -G Ninja -DCMAKE_BUILD_TYPE=Release --log-level=WARNING "${launcher[@]}" >&2
  fi
  cmake --build "$BUILD" -j "$JOBS" >&2
}

case ${1:-} in
  why_not)
    for tool in cmake ninja protoc grpc_cpp_plugin; do
      command -v "$tool" >/dev/null || { echo "./dev setup stubs was not run, or could not install: no $tool" && exit; }
    done
    command -v c++ >/dev/null || echo "no C++ compiler"
    ;;
  setup) install_packages || echo "client_stubs/cpp: its packages could not be installed" >&2 ;;
  build) build ;;
  generated) exit 1 ;; # made by the build
  generate)
    mkdir -p "$2"
    protoc --proto_path=../../proto --cpp_out="$2" --grpc_out="$2" \
      --plugin=protoc-gen-grpc="$(command -v grpc_cpp_plugin)" ../../proto/gatewayworker/v1/{types,gateway_service,worker_service}.proto
    ;;
  test) exec "$BUILD/gatewayworker_tests" --gtest_color=no --gtest_brief=1 ;;
  conformance) exec "$BUILD/conformance" ;;
  bench) shift && exec "$BUILD/bench" "$@" ;;
  example) shift && exec "$BUILD/$1" "${@:2}" ;;
  program) # by the README's CMakeLists.txt, on the installed package
    folder=$(dirname "$2")
    # shellcheck disable=SC2016 # the backquotes are Markdown's
    sed -n '/^```cmake$/,/^```$/{/^```/!p}' README.md >"$folder/CMakeLists.txt"
    cmake --install "$BUILD" --prefix "$folder/installed" >/dev/null
    cmake -S "$folder" -B "$folder/build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_PREFIX_PATH="$folder/installed" \
      --log-level=WARNING >&2
    cmake --build "$folder/build" >&2
    exec "$folder/build/$(basename "${2%.*}")"
    ;;
  *)
    echo "usage: dev.sh why_not|setup|build|generated|generate|test|conformance|bench|example|program" >&2
    exit 2
    ;;
esac
