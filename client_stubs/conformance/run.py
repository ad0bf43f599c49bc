#!/usr/bin/env python3
"""Every case of cases/ for every language of client_stubs, against `gatewayd --embedded`: what `./dev test stubs` calls.

Prints a table; ends with 1 where a case failed. A language that cannot run here says why."""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

FOLDER = pathlib.Path(__file__).resolve().parent
STUBS = FOLDER.parent
sys.path.insert(0, str(FOLDER))

import world  # noqa: E402
from program import Failed  # noqa: E402
from steps import Case  # noqa: E402

PASSED, FAILED, NOT_RUN = "passed", "FAILED", "not run"


def all_languages():
    return sorted(path.parent.name for path in STUBS.glob("*/dev.sh"))


def all_cases():
    return [case for path in sorted((FOLDER / "cases").glob("*.json")) for case in json.loads(path.read_text())]


def why_not(language):
    """Why its programs cannot run here, in a line; empty where they can."""
    done = subprocess.run([STUBS / language / "dev.sh", "why_not"], capture_output=True, text=True, timeout=60)
    return done.stdout.strip() or (f"dev.sh why_not failed: {done.stderr.strip()}" if done.returncode else "")


def run_case(case, language, api, dialect):
    """(state, what there is to say, the logs)."""
    if "not_run" in case:
        return NOT_RUN, case["not_run"], ""
    running = Case(case, [STUBS / language / "dev.sh", "conformance"], STUBS / language, api, dialect)
    try:
        running.run()
    except Failed as error:
        return FAILED, str(error), running.log
    return PASSED, "", ""


def run_language(language, cases, api, dialect, pool):
    """By name of the case, in order."""
    started = time.monotonic()
    results = dict(zip((case["name"] for case in cases), pool.map(lambda case: run_case(case, language, api, dialect), cases)))
    for name, (state, said, log) in results.items():
        if state is FAILED:
            print(f"FAILED {language}: {name}\n  {said}\n{log}", flush=True)
    print(f"{language}: {summary(results)} in {time.monotonic() - started:.0f} s", flush=True)
    return results


def summary(results):
    states = [state for state, _, _ in results.values()]
    return ", ".join(f"{states.count(state)} {state}" for state in (PASSED, FAILED, NOT_RUN) if state in states)


def table(dialect, languages, cases, results):
    """Languages × cases, and why what did not run did not."""
    width = max(len(case["name"]) for case in cases)
    columns = [max(len(language), 7) for language in languages]
    row = lambda first, cells: "  ".join([first.ljust(width), *map(str.ljust, cells, columns)]).rstrip()
    lines = [row(f"conformance, {dialect}", languages)]
    reasons = {}
    for case in cases:
        cells = []
        for language in languages:
            state, said, _ = results[language][case["name"]]
            cells.append(state)
            if state is NOT_RUN:
                reasons.setdefault(said, []).append((language, case["name"]))
        lines.append(row(case["name"], cells))
    for reason, which in reasons.items():
        named = sorted({language for language, _ in which}), sorted({name for _, name in which})
        whole = [len(part) == len(every) for part, every in zip(named, (languages, cases))]
        what = f"{'every language' if whole[0] else ', '.join(named[0])}: {'every case' if whole[1] else ', '.join(named[1])}"
        lines.append(f"NOT RUN: {what}: {reason}")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--language", action="append", help="only this one; may be repeated")
    parser.add_argument("--case", action="append", help="only cases whose name holds this; may be repeated")
    parser.add_argument("--dialect", choices=("php", "go"), default="php", help="of the daemon and the cluster inside it")
    parser.add_argument("--jobs", type=int, default=2, help="cases at a time")
    parser.add_argument("--list", action="store_true", help="print the cases, and run none")
    args = parser.parse_args()
    languages = args.language or all_languages()
    cases = [case for case in all_cases() if case.get("dialect", args.dialect) == args.dialect
             and (not args.case or any(part in case["name"] for part in args.case))]
    if args.list:
        print("\n".join(f"{case['name']}: {case['about']}" for case in cases))
        return 0
    unknown = set(languages) - set(all_languages())
    if unknown or not cases:
        parser.error(f"no such language: {', '.join(unknown)}" if unknown else "no such case")
    results = {}
    with tempfile.TemporaryDirectory() as stubs, ThreadPoolExecutor(args.jobs) as pool:
        api = world.daemons.load_api(pathlib.Path(stubs))
        for language in languages:
            reason = why_not(language)
            if reason:
                results[language] = {case["name"]: (NOT_RUN, reason, "") for case in cases}
            else:
                results[language] = run_language(language, cases, api, args.dialect, pool)
    print(table(args.dialect, languages, cases, results))
    failed = sum(state is FAILED for each in results.values() for state, _, _ in each.values())
    passed = sum(state is PASSED for each in results.values() for state, _, _ in each.values())
    print(f"conformance, {args.dialect}: {passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
