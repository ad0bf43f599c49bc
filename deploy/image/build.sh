#!/usr/bin/env bash
# build.sh [--fresh]: builds the image with buildah, which needs no daemon; `./dev image` calls it. Where BASE names no
# image, Debian's base is made here, from the packages that this machine's own apt has; --fresh makes that, and every
# layer, anew (for Debian's security updates).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
IMAGE=${IMAGE:-localhost/gatewayd:dev}
OWN_BASE=localhost/gatewayd-base:bookworm
CCACHE_DIR=${CCACHE_DIR:-$HOME/.cache/ccache}
cache=(--layers)
if [[ ${1:-} == --fresh ]]; then cache=(--layers --no-cache); fi

# make_base: a minimal Debian with this machine's mirrors, as an image. One that debootstrap can leave half made is
# never tagged.
make_base() {
  local root sources container
  # URI, suite's code name, component
  # shellcheck disable=SC2016 # names of apt, not variables
  sources=$(apt-get indextargets --format '$(REPO_URI) $(CODENAME) $(COMPONENT) $(ORIGIN)' 'Created-By: Packages' |
    awk '$4 ~ /^Debian/ && $2 ~ /^bookworm/ {print "deb", $1, $2, $3}' | sort -u)
  [[ -n $sources ]] || { echo "image: this machine's apt has no Debian 12: name a BASE" >&2 && exit 1; }
  root=$(mktemp -d)
  # shellcheck disable=SC2064 # as it is now
  trap "rm -rf --one-file-system '$root'" EXIT
  debootstrap --variant=minbase --include=ca-certificates bookworm "$root" \
    "$(awk '$3 == "bookworm" {print $2; exit}' <<<"$sources")" >/dev/null
  echo "$sources" >"$root/etc/apt/sources.list"
  rm -rf "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/*
  container=$(buildah from scratch)
  buildah add --quiet "$container" "$root" / >/dev/null
  buildah commit --quiet --rm "$container" "$OWN_BASE" >/dev/null
}

if [[ -z ${BASE:-} ]]; then
  BASE=$OWN_BASE
  if [[ ${1:-} == --fresh ]] || ! buildah inspect --type image "$BASE" >/dev/null 2>&1; then
    echo "image: a Debian base by debootstrap"
    make_base
  fi
fi

# Under sudo the clone is somebody else's.
git() { command git -c safe.directory="$PWD" "$@"; }
# A change of the commit alone changes labels and times, no layer that takes long.
epoch=$(git log -1 --format=%ct)
version=$(sed -nE 's/^project\(gatewayd VERSION ([0-9.]+).*/\1/p' CMakeLists.txt)
mkdir -p "$CCACHE_DIR"
buildah bud --isolation chroot --format docker "${cache[@]}" --timestamp "$epoch" \
  --volume "$CCACHE_DIR:/ccache" --build-arg BASE="$BASE" --build-arg JOBS="${JOBS:-}" \
  --build-arg VERSION="$version" --build-arg REVISION="$(git rev-parse HEAD)" \
  --build-arg CREATED="$(date -u -d "@$epoch" +%Y-%m-%dT%H:%M:%SZ)" \
  --tag "$IMAGE" .
echo "image: $IMAGE is built"
