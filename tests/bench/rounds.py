"""Rounds: what is compared is measured side by side, in random order, on a machine that nobody else uses."""

import dataclasses
import random

from machine import ForeignCpu


@dataclasses.dataclass
class Rounds:
    kept: list          # a dictionary of results for each round
    foreign: list       # cores that others took, a kept round
    dropped: list       # the same of the rounds that were dropped for it


def run(measures, wanted, pids, limit):
    """Measures in rounds until `wanted` are kept. `measures`: name to function. `pids()`: the processes that run
    for the benchmark. A round in which others took more than `limit` cores is dropped and repeated, three times
    `wanted` in all at most."""
    rounds = Rounds([], [], [])
    while len(rounds.kept) < wanted and len(rounds.kept) + len(rounds.dropped) < 3 * wanted:
        meter = ForeignCpu(pids())
        results = {name: measures[name]() for name in random.sample(list(measures), len(measures))}
        cores = meter.cores()
        if cores > limit:
            rounds.dropped.append(round(cores, 3))
        else:
            rounds.foreign.append(round(cores, 3))
            rounds.kept.append(results)
    return rounds
