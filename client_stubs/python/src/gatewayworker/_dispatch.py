"""Handlers beside each other, and each client's one after the other."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable

from .event import CURRENT, Event

# How long handlers that never wait may keep the loop to themselves before what is done is sent.
_TURN_SECONDS = 0.01

Handle = Callable[[Event], Awaitable[None] | None]


class Dispatcher:
    """Works on events: those of one client in their order, those of others meanwhile.

    A task takes events one after the other for as long as their handlers do not wait for anything; only when one does,
    another task goes on behind it. So handlers that finish at once cost no task each, and every handler still runs in a
    task of its own while it waits."""

    def __init__(self, handle: Handle, concurrency: int) -> None:
        """`handle` does not raise. `concurrency`: how many handlers may wait at a time."""
        self._handle = handle
        self._concurrency = concurrency
        self._ready: deque[Event] = deque()
        self._clients: dict[str, deque[Event] | None] = {}  # whose handler runs: what waits behind it
        self._tasks: set[asyncio.Task[None]] = set()
        self._pumping = False

    def put(self, events: Iterable[Event]) -> None:
        self._ready.extend(events)
        if not self._pumping:
            self._pumping = True
            self._pump()

    async def finish(self) -> None:
        """Waits until all handlers have ended."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    def cancel(self) -> None:
        """Cancels the handlers that run."""
        self._ready.clear()
        for task in self._tasks:
            task.cancel()

    def _pump(self) -> None:
        """Starts a task, and comes back when it has had its first turn: what it left over then is for another."""
        if not self._ready or len(self._tasks) >= self._concurrency:
            self._pumping = False
            return
        task = asyncio.create_task(self._work())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        asyncio.get_running_loop().call_soon(self._pump)

    async def _work(self) -> None:
        ready, clients, handle = self._ready, self._clients, self._handle
        turn_ends = time.monotonic() + _TURN_SECONDS
        while ready:
            event = ready.popleft()
            client = event.client_id
            if client in clients:
                behind = clients[client]
                if behind is None:
                    clients[client] = behind = deque()
                behind.append(event)
                continue
            clients[client] = None
            try:
                while True:
                    if not event.dropped:
                        CURRENT.set(event)
                        waits = handle(event)
                        if waits is not None:
                            await waits
                    behind = clients[client]
                    if not behind:
                        break
                    event = behind.popleft()
            finally:
                del clients[client]
            if time.monotonic() > turn_ends:
                await asyncio.sleep(0)
                turn_ends = time.monotonic() + _TURN_SECONDS
