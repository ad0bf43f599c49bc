#!/usr/bin/env bash
# What ./dev does for the tests of the status page: setup, why_not, test.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
OLDEST_NODE=20

installed() { cmp -s package-lock.json node_modules/.gatewayd-installed; }

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

case ${1:-} in
  why_not)
    why=$(no_node)
    if [[ -z $why ]] && ! installed; then why="./dev setup page was not run: its packages are not here"; fi
    if [[ -z $why ]] && ! command -v chromium >/dev/null; then why="no chromium"; fi
    [[ -z $why ]] || echo "$why"
    ;;
  setup)
    [[ -z $(no_node) ]] || exit 0 # why_not says so
    if installed; then exit 0; fi
    npm ci --no-audit --no-fund --loglevel=error
    cp package-lock.json node_modules/.gatewayd-installed
    ;;
  test) exec node --test --test-reporter=spec rates.test.mjs page.test.mjs token.test.mjs ;;
  *)
    echo "usage: dev.sh why_not|setup|test" >&2
    exit 2
    ;;
esac
