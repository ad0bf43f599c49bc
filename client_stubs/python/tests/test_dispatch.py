"""The order of handlers, and what they cost."""

import asyncio
from types import SimpleNamespace

from conftest import run

from gatewayworker._dispatch import Dispatcher


def event(client, number):
    return SimpleNamespace(client_id=client, number=number, dropped=False)


def events(*names):
    """"a1" is the first one of client a."""
    return [event(name[0], int(name[1:])) for name in names]


def name(event):
    return f"{event.client_id}{event.number}"


@run
async def test_handlers_that_finish_at_once_run_in_order_in_one_task():
    seen, tasks = [], set()

    async def handle(event):
        seen.append(name(event))
        tasks.add(asyncio.current_task())

    dispatcher = Dispatcher(handle, 1000)
    wanted = [f"{client}{number}" for number in range(50) for client in "abc"]
    dispatcher.put(events(*wanted))
    while dispatcher._tasks:
        await dispatcher.finish()
    assert seen == wanted and len(tasks) == 1


@run
async def test_one_that_waits_holds_up_its_own_client_alone():
    gate, seen = asyncio.Event(), []

    async def handle(event):
        seen.append(f"{name(event)} begins")
        if name(event) == "a1":
            await gate.wait()
        seen.append(f"{name(event)} ends")

    dispatcher = Dispatcher(handle, 1000)
    dispatcher.put(events("a1", "a2", "b1", "a3", "b2"))
    while "b2 ends" not in seen:
        await asyncio.sleep(0)
    dispatcher.put(events("a4", "c1"))
    while "c1 ends" not in seen:
        await asyncio.sleep(0)
    assert [line for line in seen if line[0] == "a"] == ["a1 begins"]
    gate.set()
    await dispatcher.finish()
    assert [line for line in seen if line[0] == "a"] == [f"a{n} {what}" for n in (1, 2, 3, 4) for what in ("begins", "ends")]
    assert [line for line in seen if line[0] == "b"] == ["b1 begins", "b1 ends", "b2 begins", "b2 ends"]


@run
async def test_no_more_handlers_wait_than_allowed():
    waiting, most, gate = 0, 0, asyncio.Event()

    async def handle(event):
        nonlocal waiting, most
        waiting += 1
        most = max(most, waiting)
        await gate.wait()
        waiting -= 1

    dispatcher = Dispatcher(handle, 3)
    dispatcher.put([event(f"client {n}", 1) for n in range(20)])
    while waiting < 3:
        await asyncio.sleep(0)
    for _ in range(10):
        await asyncio.sleep(0)
    gate.set()
    await dispatcher.finish()
    assert most == 3 and waiting == 0


@run
async def test_events_that_are_somebody_elses_by_now_do_not_run():
    gate, seen = asyncio.Event(), []

    async def handle(event):
        seen.append(name(event))
        await gate.wait()

    dispatcher = Dispatcher(handle, 1000)
    batch = events("a1", "a2", "b1")
    dispatcher.put(batch)
    while len(seen) < 2:
        await asyncio.sleep(0)
    for one in batch:
        one.dropped = True
    dispatcher.put(events("a2"))  # it comes again, on another stream: after the handler that still runs
    gate.set()
    await dispatcher.finish()
    assert seen == ["a1", "b1", "a2"]


@run
async def test_a_handler_has_a_task_of_its_own_for_timeouts():
    seen = []

    async def handle(event):
        try:
            async with asyncio.timeout(0.001):
                await asyncio.Event().wait()
        except TimeoutError:
            seen.append(name(event))

    dispatcher = Dispatcher(handle, 1000)
    dispatcher.put(events("a1", "b1", "a2"))
    await dispatcher.finish()
    assert sorted(seen) == ["a1", "a2", "b1"]
