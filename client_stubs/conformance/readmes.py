#!/usr/bin/env python3
"""The worker of each package's README, copied out and run against `gatewayd --embedded`: a "ping" must bring a "pong".

What `./dev test stubs` calls after the cases. Ends with 1 where a worker did not answer or did not leave."""

import argparse
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time

import run
from program import SECONDS, Failed, environment_for
from world import World, daemons

FILES = {"python": "room.py", "node": "room.mjs", "go": "room.go", "java": "Room.java", "rust": "room.rs", "ruby": "room.rb",
         "cpp": "room.cc"}  # fmt: skip
BUILD_SECONDS = 300  # some have to be compiled first
LEAVING = (0, 128 + signal.SIGTERM)  # a JVM says that it was asked to, though all went well


def worker_of(readme):
    """The first block of code below the heading "A worker in …"."""
    found = re.search(r"^## A worker in .*?^```[\w,]+\n(.*?)^```$", readme, re.M | re.S)
    if not found:
        raise Failed("its README has no worker")
    return found[1]


def run_worker(language, api):
    world = World(api, unix=False, flags=[])
    try:
        world.start_daemon()
        source = pathlib.Path(world.folder, FILES[language])
        source.write_text(worker_of((run.STUBS / language / "README.md").read_text()))
        with open(f"{world.folder}/log", "w+") as log, subprocess.Popen(
            [run.STUBS / language / "dev.sh", "program", source], env=environment_for(world.address),
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
        ) as process:  # fmt: skip
            try:
                talk(world, process)
            except Failed as error:
                log.seek(0)
                raise Failed(f"{error}\n{log.read()}") from None
            finally:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)
    finally:
        world.close()


def talk(world, process):
    deadline = time.monotonic() + BUILD_SECONDS
    while not world.workers():
        if process.poll() is not None or time.monotonic() > deadline:
            raise Failed("it did not attach" + (f", and ended with {process.returncode}" if process.returncode is not None else ""))
        time.sleep(0.02)
    world.connect("client", "websocket", "/?name=ann")
    world.clients["client"].send(b"ping")
    while world.receive("client") != ("text", b"pong"):  # others tell who came
        pass
    process.terminate()
    try:
        status = process.wait(SECONDS)
    except subprocess.TimeoutExpired:
        raise Failed("it did not end on SIGTERM") from None
    if status not in LEAVING:
        raise Failed(f"it ended with {status} on SIGTERM")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--language", action="append", help="only this one; may be repeated")
    languages = parser.parse_args().language or run.all_languages()
    failed = []
    with tempfile.TemporaryDirectory() as stubs:
        api = daemons.load_api(pathlib.Path(stubs))
        for language in languages:
            if reason := run.why_not(language):
                print(f"readmes: NOT RUN: {language}: {reason}", flush=True)
                continue
            started = time.monotonic()
            try:
                run_worker(language, api)
                print(f"{language}: the README's worker answered in {time.monotonic() - started:.1f} s", flush=True)
            except Failed as error:
                failed.append(language)
                print(f"FAILED {language}: the README's worker: {error}", flush=True)
    print(f"readmes: {'FAILED: ' + ', '.join(failed) if failed else 'each worker that was copied out and run answered'}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
