#!/usr/bin/env bash
# Runs the pieces of a page in this very shell; shell.py says which, and reads their status. `set -m`: %1 is what a page started.
exec 9<&0 8>&1 </dev/null
python3 - <<'END'
import fcntl, socket, struct
with socket.socket() as any_socket:  # loopback up: SIOCSIFFLAGS, IFF_UP
    fcntl.ioctl(any_socket, 0x8914, struct.pack("16sh14x", b"lo", 1))
END
echo "$?" >&8
set -m
trap 'echo "$?" >&8' EXIT
while read -r docs_mode docs_piece <&9; do
  case $docs_mode in
    run)
      set -eu
      # shellcheck source=/dev/null
      source "$docs_piece" >"$docs_piece.out" 2>&1
      set +eu
      echo 0 >&8
      ;;
    fails)
      # shellcheck source=/dev/null
      source "$docs_piece" >"$docs_piece.out" 2>&1
      echo "$?" >&8
      ;;
    stays)
      # shellcheck disable=SC2016 # its own arguments
      bash -c 'echo $$ >"$1.pid"; trap : INT; bash "$1"; echo "$?" >"$1.status"' stays "$docs_piece" \
        <>"$docs_piece.in" >"$docs_piece.out" 2>&1 8>&- 9<&- &
      disown
      echo 0 >&8
      ;;
    stop)
      kill -INT -- "-$(cat "$docs_piece.pid")"
      echo 0 >&8
      ;;
  esac
done
