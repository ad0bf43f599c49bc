#!/usr/bin/env python3
"""The figures of gatewayd beside a raw gRPC server: what ./dev bench calls.

In each round the raw server and the daemon take turns in random order and the ratio is taken within the round, since
machines drift; rounds in which others took CPU are dropped and repeated. The Gateway is a process of its own that
answers at once. Prints a table with the targets, and writes JSON. `bench.py fanout` measures many Gateways instead,
`bench.py events` events and workers, `bench.py dialects` a command in go beside php, `bench.py stubs` the client
packages.
"""

import argparse
import json
import pathlib
import sys
import tempfile

import dialects
import events
import fanout
import figures
import machine
import stubs
from cluster import Processes
from rounds import Quiet


def print_row(row):
    value = "not measured: others took CPU"
    if row["kept"]:
        state = "no target" if row["met"] is None else "met" if row["met"] else "MISSED"
        value = f"{row['median']:>10.4g} ({row['min']:.4g}–{row['max']:.4g}) {state}, {row['kept']} rounds"
    dropped = f", {row['dropped']} dropped" if row["dropped"] else ""
    print(f"{row['name']:<55} {row['target']:<15} {value}{dropped}", flush=True)


def print_details(details):
    """What stands behind the ratios: the medians of what was measured."""
    for name in details["kept"][0] if details["kept"] else []:
        medians = {key: figures.statistics.median(round[name][key] for round in details["kept"])
                   for key, value in details["kept"][0][name].items() if isinstance(value, (int, float))}
        shown = ", ".join(f"{key} {value:.4g}" for key, value in medians.items() if key not in ("in_flight", "failed"))
        print(f"    {details['group']}, {name}: {shown}", flush=True)


def measured(args, processes, quiet, wanted):
    """Rows and what stands behind them, a group at a time."""
    if args.what == "figures":
        yield from figures.measure(figures.groups(figures.Bench(processes, args.seconds)), args.only, quiet, wanted)
        return
    if args.what == "dialects":
        bench = dialects.DialectsBench(processes, args.seconds)
        yield from figures.measure(bench.groups(), args.only, quiet, wanted)
        return
    if args.what == "stubs":
        bench = stubs.StubsBench(processes, args.seconds)
        print(*bench.missing(), sep="\n")
        yield from figures.measure(bench.groups(), args.only, quiet, wanted)
        return
    for what in events.missing(args.dialect):
        print(what)
    bench = events.EventBench(processes, args.seconds)
    yield from figures.measure(events.groups(bench), args.only, quiet, wanted)
    if not args.only or any(part in "kills" for part in args.only):
        yield events.kill_rows(processes, args.kill_seconds or (20 if args.quick else 120))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", nargs="?", choices=["figures", "fanout", "events", "dialects", "stubs"], default="figures")
    parser.add_argument("--dialect", choices=["php", "go"], default="php", help="that Gateways and daemon speak")
    parser.add_argument("--build", type=pathlib.Path, default=pathlib.Path("build"))
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=1.0, help="of each measurement")
    parser.add_argument("--quick", action="store_true", help="3 rounds")
    parser.add_argument("--only", action="append", default=[], help="groups whose name holds this; may be repeated")
    parser.add_argument("--foreign", type=float, default=0.15, help="cores that others may take in a round")
    parser.add_argument("--patience", type=int, default=300, help="seconds to wait in all for others to be done")
    parser.add_argument("--gateways", default="1,4,16,64,256", help="of fanout")
    parser.add_argument("--kill_seconds", type=int, help="of events: how long workers are killed (120; --quick: 20)")
    parser.add_argument("--details", action="store_true", help="print what stands behind the figures too")
    parser.add_argument("--json", type=pathlib.Path)
    args = parser.parse_args()
    wanted = 3 if args.quick else args.rounds
    results = {"machine": machine.describe(), "dialect": args.dialect, "rounds": wanted, "seconds": args.seconds,
               "rows": [], "details": []}
    print(results["machine"])
    with tempfile.TemporaryDirectory() as folder:
        processes = Processes(args.build.resolve(), folder, args.dialect)
        quiet = Quiet(processes.pids, args.foreign, args.patience)
        try:
            if args.what == "fanout":
                counts = [int(count) for count in args.gateways.split(",")]
                results["details"] = fanout.measure(processes, counts, quiet, wanted, args.seconds)
            else:
                for rows, details in measured(args, processes, quiet, wanted):
                    results["rows"] += rows
                    results["details"].append(details)
                    for row in rows:
                        print_row(row)
                    if args.details:
                        print_details(details)
        finally:
            processes.close()
    name = args.what if args.dialect == "php" else f"{args.what}-{args.dialect}"
    path = args.json or args.build / f"{name}.json"
    path.write_text(json.dumps(results, indent=1))
    print(f"medians of {wanted} rounds of {args.seconds:g} s (smallest–largest); details in {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
