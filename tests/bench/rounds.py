"""Rounds: what is compared is measured side by side, in random order, on a machine that nobody else uses."""

import dataclasses
import random
import time

from machine import ForeignCpu


@dataclasses.dataclass
class Rounds:
    kept: list          # a dictionary of results for each round
    foreign: list       # cores that others took, a kept round
    dropped: list       # the same of the rounds that were dropped for it


class Quiet:
    """Decides which rounds count: those in which others took at most `limit` cores. After one that does not, it
    waits until they are done, `patience` seconds in all at most. `pids()`: what runs for the benchmark."""

    def __init__(self, pids, limit, patience):
        self.pids = pids
        self.limit = limit
        self.patience = patience

    def wait(self):
        while self.patience > 0:
            meter = ForeignCpu(self.pids())
            time.sleep(1)
            self.patience -= 1
            if meter.cores() <= self.limit:
                return

    def run(self, measures, wanted):
        """Measures in rounds until `wanted` are kept, or as many were dropped; twice as many with patience left.
        `measures`: name to function."""
        rounds = Rounds([], [], [])
        while len(rounds.kept) < wanted and len(rounds.dropped) < (2 if self.patience > 0 else 1) * wanted:
            meter = ForeignCpu(self.pids())
            results = {name: measures[name]() for name in random.sample(list(measures), len(measures))}
            cores = round(meter.cores(), 3)
            if cores > self.limit:
                rounds.dropped.append(cores)
                self.wait()
            else:
                rounds.foreign.append(cores)
                rounds.kept.append(results)
        return rounds
