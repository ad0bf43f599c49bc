#!/usr/bin/env bash
# The chores of this language; ./dev calls them. What each must do: client_stubs/README.md.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
STATE=../../.tools/stubs-java
STAMP=$STATE/pom.xml       # that whose artifacts are all in Maven's cache
BUILT=target/built         # newer than all that it was made of
RELEASE=17

# The javac's own note of its version: asking it takes half a second.
java_release() {
  local javac home
  javac=$(command -v javac) || return 0
  home=$(dirname "$(dirname "$(readlink -f "$javac")")")
  sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$home/release"
}

toolchain() {
  local release
  release=$(java_release)
  ((${release:-0} >= RELEASE)) && command -v mvn >/dev/null
}

# Offline once everything is in the cache.
maven() {
  local -a offline=()
  if cmp -s pom.xml "$STAMP"; then offline=(--offline); fi
  MAVEN_OPTS="${MAVEN_OPTS:-} -XX:TieredStopAtLevel=1 -XX:+UseSerialGC" \
    mvn --batch-mode --quiet --no-transfer-progress "${offline[@]}" "$@"
}

stale() {
  [[ ! -e $BUILT ]] || [[ -n $(find pom.xml src examples conformance bench ../../proto -newer "$BUILT" -print -quit) ]]
}

build() {
  if stale; then
    maven test-compile
    touch "$BUILT"
  fi
}

java_program() {
  exec java -cp "target/classes:target/test-classes:$(<target/classpath.txt)" "$@"
}

case ${1:-} in
  why_not)
    if ! toolchain; then
      echo "no JDK $RELEASE or newer with Maven: ./dev setup stubs installs them"
    elif ! cmp -s pom.xml "$STAMP"; then
      echo "./dev setup stubs was not run: no $(basename "$STATE")"
    fi
    ;;
  setup)
    if ! toolchain; then
      as_root=()
      ((EUID == 0)) || as_root=(sudo)
      { "${as_root[@]}" apt-get update -qq &&
        "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
          openjdk-17-jdk-headless maven; } >&2 || true
      toolchain || exit 0 # why_not says so
    fi
    if cmp -s pom.xml "$STAMP"; then exit 0; fi
    # Builds, and runs one small test: Maven loads what runs tests when there is one to run, and later it is offline.
    maven test -Dtest=BackoffTest
    touch "$BUILT"
    mkdir -p "$STATE"
    cp pom.xml "$STAMP"
    ;;
  build) build ;;
  generated) exit 1 ;; # the build makes it
  generate)
    maven generate-sources
    mkdir -p "$2"
    cp -r target/generated-sources/protobuf/*/. "$2"
    ;;
  test)
    build # javac with every warning an error, of the documentation comments too
    maven surefire:test
    sed -n 's/.*tests="\([0-9]*\)" errors="\([0-9]*\)" skipped="\([0-9]*\)" failures="\([0-9]*\)".*/\1 \2 \3 \4/p' \
      target/surefire-reports/TEST-*.xml |
      awk '{t += $1; e += $2; s += $3; f += $4} END {printf "Tests run: %d, Failures: %d, Errors: %d, Skipped: %d\n", t, f, e, s}'
    ;;
  conformance) # a JVM for each case: one that starts soon, and need not become fast
    java_program -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xshare:auto Conformance
    ;;
  bench) shift && java_program Bench "$@" ;;
  example)
    name=${2^}
    shift 2
    java_program "$name" "$@"
    ;;
  program) java_program "$2" ;; # java compiles it by itself
  *)
    echo "usage: dev.sh why_not|setup|build|generated|generate|test|conformance|bench|example|program" >&2
    exit 2
    ;;
esac
