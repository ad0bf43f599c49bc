"""One stream to the daemon, from hello to its end: what comes is handed on, what is done goes back in batches."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

import grpc

from . import errors
from ._dispatch import Dispatcher
from .event import Event
from .v1 import worker_service_pb2 as pb

# A request is sent when it has grown to this, or a turn of the loop is over. The daemon takes 16 MiB.
_REQUEST_BYTES = 1024 * 1024


class Attachment:
    """Acknowledgements and commands that come up while a request is being written go into the next one: so there is one
    request for a batch of events, and more in a batch when there is more to do."""

    def __init__(self, call: Any, dispatcher: Dispatcher, on_welcome: Callable[[pb.Welcome], Awaitable[None]],
                 on_other: Callable[[pb.AttachResponse], None], ack_on_send: bool) -> None:
        """`call` is the open stream. `on_other` is told of all that is neither welcome nor events."""
        self._call, self._dispatcher = call, dispatcher
        self._on_welcome, self._on_other = on_welcome, on_other
        self._ack_on_send = ack_on_send
        self.welcomed = False
        self.ended = False  # nothing that is done now can be said any more
        self._breaking_off = False
        self._in_hand: dict[int, Event] = {}
        self._newest = 0
        self._done: list[int] = []
        self._full: deque[pb.AttachRequest] = deque()
        self._request = pb.AttachRequest()
        self._bytes = 0
        self._wanted = asyncio.Event()

    async def run(self, hello: pb.Hello) -> None:
        """Returns when the daemon has ended the stream with OK; raises GatewayError where it ended otherwise."""
        self._request.hello.CopyFrom(hello)
        self._wanted.set()
        writer = asyncio.create_task(self._write())
        try:
            await self._read()
        except grpc.aio.AioRpcError as error:
            raise errors.from_rpc(error) from None
        except asyncio.CancelledError:
            if self._call.cancelled() and not _being_cancelled():
                raise errors.make(grpc.StatusCode.CANCELLED, "the stream was ended here") from None
            raise
        finally:
            self._end()
            writer.cancel()
            await asyncio.gather(writer, return_exceptions=True)
            self._call.cancel()
        code = await self._call.code()
        if code is not grpc.StatusCode.OK:
            raise errors.make(code, await self._call.details() or "", await self._call.trailing_metadata() or ())

    # ---- What goes to the daemon. Each is a few appends; nothing waits.

    def done(self, event: Event) -> None:
        """Acknowledges it."""
        event.done = True
        if self._in_hand.pop(event.id, None) is not None and not self._ack_on_send:
            self._done.append(event.id)
            self._wanted.set()

    def command(self, event: Event | None, size: int) -> Any:
        """A command to be filled in, that answers the event. It runs before the event's acknowledgement. `size`: about
        how many bytes it has."""
        if self._bytes + size > _REQUEST_BYTES and self._bytes:
            self._full.append(self._request)
            self._request, self._bytes = pb.AttachRequest(), 0
        self._bytes += size + 64
        self._wanted.set()
        if event is None:
            return self._request.commands.add().command
        return self._request.commands.add(number=event.id, event_id=event.id).command

    def sync(self, number: int, timeout: float) -> None:
        self._full.append(self._request)
        self._request, self._bytes = pb.AttachRequest(), 0
        self._request.sync.number = number
        self._request.sync.timeout.FromNanoseconds(int(timeout * 1e9))
        self._full.append(self._request)
        self._request = pb.AttachRequest()
        self._wanted.set()

    def leave(self, mode: pb.LeaveMode) -> None:
        """Says that the worker goes; the stream ends when the last event is acknowledged."""
        self._request.leave.mode = mode
        self._wanted.set()

    def break_off(self) -> None:
        """Ends the stream after what is done was said: the rest is delivered again."""
        self._breaking_off = True
        self._drop_in_hand()
        self._wanted.set()

    def cancel(self) -> None:
        self._call.cancel()

    # ---- Reading

    async def _read(self) -> None:
        read, put = self._call.read, self._dispatcher.put
        while (response := await read()) is not grpc.aio.EOF:  # type: ignore[attr-defined]
            match response.WhichOneof("message"):
                case "events":
                    if not self._breaking_off:
                        events = [Event(event, self) for event in response.events.events]
                        self._in_hand.update((event.id, event) for event in events)
                        self._newest = events[-1].id
                        put(events)
                case "welcome":
                    self.welcomed = True
                    await self._on_welcome(response.welcome)
                case _:
                    self._on_other(response)

    def _end(self) -> None:
        self.ended = True
        self._drop_in_hand()

    def _drop_in_hand(self) -> None:
        """They are somebody else's now: handlers that have not begun do not run."""
        for event in self._in_hand.values():
            event.dropped = True
        self._in_hand.clear()

    # ---- Writing

    async def _write(self) -> None:
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            while self._full:
                await self._call.write(self._full.popleft())
            await self._call.write(self._take())
            if self._breaking_off:
                await self._call.done_writing()
                return

    def _take(self) -> pb.AttachRequest:
        request, self._request, self._bytes = self._request, pb.AttachRequest(), 0
        if self._done:
            if self._in_hand or self._breaking_off:
                request.acks.ids.extend(self._done)
            else:
                request.acks.up_to = self._newest
            self._done.clear()
        return request


def _being_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
