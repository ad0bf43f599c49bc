#!/usr/bin/env python3
"""Line coverage a folder of daemon/, and whether it is above the floors of floors.txt. Called by ./dev coverage, after
the tests have run in a build with --coverage."""

import argparse
import collections
import fnmatch
import json
import os
import pathlib
import subprocess
import sys

FLOORS = pathlib.Path(__file__).parent / "floors.txt"


def read_lines(build, jobs):
    """path -> {line number: how often it ran}, by gcovr. Lines of brackets alone are no code: there gcc puts what
    only runs when an exception flies through the function."""
    command = [sys.executable, "-m", "gcovr", "--root", ".", "--object-directory", build, "--filter", "daemon/",
               "--merge-lines", "--exclude-noncode-lines", "-j", str(jobs), "--json", "-", build]
    report = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    return lines_of(report)


def lines_of(report):
    files = {}
    for file in report["files"]:
        lines = files.setdefault(file["file"], collections.Counter())
        for line in file["lines"]:
            if not line.get("gcovr/noncode") and not line.get("gcovr/excluded"):
                lines[line["line_number"]] += line["count"]
    return files


def share(files):
    """Of {path: lines}: (lines that ran, all lines)."""
    counts = [count for lines in files.values() for count in lines.values()]
    return sum(count > 0 for count in counts), len(counts)


def percent(covered, total):
    return 100 * covered / total if total else 100.0


def matching(files, pattern):
    return {path: lines for path, lines in files.items()
            if path.startswith(pattern + "/") or fnmatch.fnmatch(path, pattern)}


def read_floors(text, part=False):
    """[(pattern, percent)]. `part`: only some of the tests have run, so those marked "all" are left out."""
    floors = []
    for line in text.splitlines():
        if line.strip() and not line.startswith("#"):
            floor, pattern, *marks = line.split()
            if marks not in ([], ["all"]):
                raise ValueError(f"floors.txt: {line}: only 'all' may follow a pattern")
            if not (part and marks):
                floors.append((pattern, float(floor)))
    return floors


def check(files, floors):
    """Problems: floors that are not reached, and those that name nothing any more."""
    problems = []
    for pattern, floor in floors:
        covered, total = share(matching(files, pattern))
        if not total:
            problems.append(f"{pattern}: no such file has a line; floors.txt names it")
        elif percent(covered, total) < floor:
            problems.append(f"{pattern}: {percent(covered, total):.2f} % of {total} lines, the floor is {floor:g} %")
    return problems


def print_missed(files):
    for path, lines in sorted(files.items()):
        missed = sorted(number for number, count in lines.items() if count == 0)
        if missed:
            print(f"  {path}: {', '.join(map(str, missed))}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default="build-coverage")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--part", action="store_true", help="only some tests have run: leave out floors that are for all")
    parser.add_argument("--missed", metavar="PATTERN", help="list the lines of these files that never ran")
    args = parser.parse_args()
    files = read_lines(args.build, args.jobs)
    for folder in sorted({str(pathlib.PurePath(path).parent) for path in files}):
        covered, total = share({path: lines for path, lines in files.items()
                                if str(pathlib.PurePath(path).parent) == folder})
        print(f"{folder:<18} {covered:>5} of {total:>5} lines  {percent(covered, total):6.2f} %")
    if args.missed:
        print_missed(matching(files, args.missed))
    problems = check(files, read_floors(FLOORS.read_text(), args.part))
    print("\n".join(problems))
    covered, total = share(files)
    print(f"coverage: {percent(covered, total):.2f} % of {total} lines, {len(problems)} floors missed")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
