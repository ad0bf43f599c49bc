#!/bin/bash
# collect.sh BUILD ROOT: puts BUILD/gatewayd and what it needs to run into ROOT, a file system without a shell. Runs in
# the Dockerfile's build stage. Of each Debian package that anything comes from it keeps the licence, an entry in
# var/lib/dpkg/status.d (where scanners for known vulnerabilities look) and a line in usr/share/doc/gatewayd/packages.
# shellcheck disable=SC2016 # ${…} in single quotes are fields of dpkg-query
set -euo pipefail
export LC_ALL=C
build=$1 root=$2
doc=$root/usr/share/doc

install -D -m 0755 "$build/gatewayd" "$root/usr/bin/gatewayd"
install -D -m 0644 LICENSE "$doc/gatewayd/copyright"

# The package of a file. Debian's list has some under /lib and some under /usr/lib, which are one folder.
package_of() {
  local file
  file=$(readlink -f "$1")
  { dpkg -S "$file" || dpkg -S "${file#/usr}"; } 2>/dev/null | sed -n '1s/: .*//p'
}

# Lines of ldd are "name => path (address)", and of the loader "path (address)".
needed=$(ldd "$build/gatewayd")
if grep -F 'not found' <<<"$needed"; then exit 1; fi
mapfile -t libraries < <(grep -oE '/[^ ]+' <<<"$needed" | sort -u)
linked=()
for library in "${libraries[@]}"; do
  install -D -m 0755 "$library" "$root$library"
  package=$(package_of "$library")
  [[ -n $package ]] || { echo "no package has $library" >&2 && exit 1; }
  linked+=("$package")
done

# Headers that hold code are compiled in. What is linked too is named already; the kernel's have no code.
mapfile -t headers < <(ninja -C "$build" -t deps | grep -oE '/usr/(include|lib)/[^ ]+' | sort -u)
mapfile -t compiled < <(dpkg -S "${headers[@]}" 2>/dev/null | sed 's/: .*//' | sort -u)

describe() { dpkg-query -W -f="$1\n" "${@:2}"; }
mapfile -t linked < <(printf '%s\n' "${linked[@]}" | sort -u)
sources=$(describe '${source:Package}' "${linked[@]}" | sort -u)
packages=("${linked[@]}")
for package in "${compiled[@]}"; do
  source=$(describe '${source:Package}' "$package")
  if [[ $source != linux ]] && ! grep -qxF "$source" <<<"$sources"; then packages+=("$package"); fi
done

mkdir -p "$root/var/lib/dpkg/status.d"
for package in "${packages[@]}"; do
  name=${package%%:*}
  dpkg-query -s "$package" >"$root/var/lib/dpkg/status.d/$name"
  install -D -m 0644 "/usr/share/doc/$name/copyright" "$doc/$name/copyright"
done
{
  echo "# package version architecture source source-version"
  describe '${Package} ${Version} ${Architecture} ${source:Package} ${source:Version}' "${packages[@]}" | sort -u
} >"$doc/gatewayd/packages"

install -d "$root/run" # root's, whoever gets the folder in it
install -D -m 0644 /etc/os-release "$root/etc/os-release"
cat >"$root/etc/passwd" <<'PASSWD'
root:x:0:0:root:/:/none
gatewayd:x:65532:65532:gatewayd:/:/none
PASSWD
cat >"$root/etc/group" <<'GROUP'
root:x:0:
gatewayd:x:65532:
GROUP
echo 'hosts: files dns' >"$root/etc/nsswitch.conf"

find "$root" -exec touch -h -d "@${SOURCE_DATE_EPOCH:-0}" {} +
