"""clang-tidy over the files that changed, remembering what was clean. Run by `./dev lint`.

A file is looked at again only when it, a header of ours that it includes, its compile command or .clang-tidy
changed: the key of all that is kept in ~/.cache/gatewayd/tidy."""

import argparse
import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache")) / "gatewayd" / "tidy"
INCLUDE = re.compile(r'^\s*#include\s*"([^"]+)"', re.M)


def git(*args):
    return subprocess.run(["git", *args], cwd=ROOT, capture_output=True, text=True).stdout.strip()


def changed_files(base):
    """Files that differ from `base`, the work tree's own changes and new files included."""
    listed = git("diff", "--name-only", base).splitlines() + git("ls-files", "-o", "--exclude-standard").splitlines()
    return set(filter(None, listed))


def default_base():
    """Where this branch left origin/main; on main itself, the commit before."""
    head = git("rev-parse", "HEAD")
    base = git("merge-base", "HEAD", "origin/main")
    if base and base != head:
        return base
    return git("rev-parse", "--verify", "--quiet", "HEAD~1") or head


def own_includes(path, seen):
    """The headers of ours that a file includes, directly or not."""
    if path in seen or not path.is_file():
        return seen
    seen.add(path)
    for name in INCLUDE.findall(path.read_text(errors="replace")):
        for folder in (ROOT / "daemon", ROOT / "tests", path.parent):
            if (folder / name).is_file():
                own_includes((folder / name).resolve(), seen)
                break
    return seen


CONFIGURATIONS = [ROOT / ".clang-tidy", ROOT / "tests" / ".clang-tidy"]


def key_of(entry, includes):
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in CONFIGURATIONS))
    digest.update(entry["command"].replace(str(ROOT), "").encode())
    for path in sorted(includes):
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def tidy(entry, build):
    return subprocess.run(
        ["clang-tidy", "--quiet", "--extra-arg=-Wno-unknown-warning-option", "-p", build, entry["file"]],
        capture_output=True, text=True, cwd=ROOT,
    )  # fmt: skip


def select(entries, everything, base):
    """The entries to look at, with their keys: not known to be clean. Those that the change touches come first; the
    others follow with `everything` alone."""
    changed = {(ROOT / name).resolve() for name in changed_files(base)}
    touched, others = [], []
    for entry in entries:
        path = pathlib.Path(entry["file"]).resolve()
        if "generated" in path.parts or not path.is_relative_to(ROOT) or not path.is_file():
            continue
        includes = own_includes(path, set())
        key = CACHE / key_of(entry, includes)
        if not key.exists():
            (touched if changed & (includes | set(CONFIGURATIONS)) else others).append((entry, key))
    return touched + others if everything else touched


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--all", action="store_true")
    arguments = parser.parse_args()
    entries = json.loads((ROOT / arguments.build / "compile_commands.json").read_text())
    work = select(entries, arguments.all, os.environ.get("LINT_BASE") or default_base())
    budget = float(os.environ.get("TIDY_SECONDS", "inf"))
    started, failed, skipped = time.monotonic(), 0, 0
    CACHE.mkdir(parents=True, exist_ok=True)

    def look(item):
        if time.monotonic() - started > budget:
            return item, None
        return item, tidy(item[0], arguments.build)

    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        for (entry, key), done in pool.map(look, work):
            name = os.path.relpath(entry["file"], ROOT)
            if done is None:
                skipped += 1
                print(f"not looked at (TIDY_SECONDS is over): {name}")
            elif done.returncode == 0:
                key.touch()
            else:
                failed += 1
                print(done.stdout + (done.stderr if not done.stdout else ""))
    print(f"tidy: {len(work) - failed - skipped} files clean, {failed} with errors, {skipped} not looked at; "
          f"the others are as they were when clean, or did not change")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
