"""Your program as the worker of a GatewayWorker cluster."""

from __future__ import annotations

import asyncio
import logging
import random
import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum, IntEnum
from typing import Any

import grpc

from . import connection, errors
from ._attachment import Attachment
from ._dispatch import Dispatcher
from ._stream_commands import StreamCommands
from .client import Client
from .event import Event, EventKind
from .v1 import worker_service_pb2 as pb
from .v1 import worker_service_pb2_grpc
from .values import Delivery, GatewayFailure, from_delivery, from_failures

log = logging.getLogger("gatewayworker")

# Trying again does not heal these: a wrong hello, a daemon that takes no workers, a token that it does not know.
_FINAL = (grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.FAILED_PRECONDITION, grpc.StatusCode.UNIMPLEMENTED,
          grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.PERMISSION_DENIED)


class SessionMode(IntEnum):
    """How sessions come with events."""

    NONE = pb.SESSION_MODE_NONE
    RAW = pb.SESSION_MODE_RAW
    """As stored bytes alone: `event.session.stored`."""
    DECODED = pb.SESSION_MODE_DECODED


class SessionFreshness(IntEnum):
    """Which session comes with an event."""

    AS_SENT = pb.SESSION_FRESHNESS_AS_SENT
    """As it was when the Gateway sent the event. A client may have many events on their way to here."""
    FRESH = pb.SESSION_FRESHNESS_FRESH
    """Never older than what handlers wrote before; one event of a client at a time."""


class Outcome(Enum):
    """What becomes of an event whose handler failed."""

    ACK = "ack"
    """It counts as done."""
    REDELIVER = "redeliver"
    """The stream ends, and all that is not acknowledged comes again, here or at another worker, marked as redelivered.
    After `--max_deliveries` (5) the daemon gives an event up."""


@dataclass(frozen=True, slots=True)
class Welcome:
    """What the daemon said when this worker attached: what really applies."""

    version: str
    dialect: str
    worker_id: str
    window_events: int
    window_bytes: int
    max_message_bytes: int


@dataclass(frozen=True, slots=True)
class CommandError:
    """A command on the stream that failed. With code OK: one to many clients that did not reach every Gateway."""

    event_id: int
    """The event that it answered; 0: none."""
    code: grpc.StatusCode
    message: str
    delivery: Delivery | None


class Worker(StreamCommands):
    """Subclass it, write the handlers you want (`on_connect`, `on_websocket_connect`, `on_message`, `on_close`,
    `on_gateway_lost`; each `async def`, or `def` where nothing is awaited) and `run()` it. Kinds of events without a
    handler do not come.

    Events of one client are handled one after the other, those of different clients beside each other. An event is
    acknowledged when its handler has returned; what the handler sent by the methods here goes out before that.

        class Echo(Worker):
            async def on_message(self, event):
                self.send_to_current_client(event.body)

        Echo().run()
    """

    client: Client
    """For calls with an answer: `await self.client.get_session(event.client_id)`. Set while the worker is served."""

    def __init__(self, address: str | None = None, *, name: str | None = None, window_events: int = 0,
                 window_bytes: int = 0, max_message_bytes: int = 0, ack_on_send: bool = False,
                 session_mode: SessionMode = SessionMode.DECODED,
                 session_freshness: SessionFreshness = SessionFreshness.FRESH, concurrency: int = 1000,
                 call_timeout: float | None = 10.0, stop_timeout: float = 30.0, keep_links: bool = False,
                 backoff: tuple[float, float] = (0.1, 5.0), tls: connection.Tls | None = None,
                 token: connection.Token | None = None) -> None:
        """`address`: `host:port` or `unix:/path`; else GATEWAYD_ADDRESS, else 127.0.0.1:50051. `name`: for people, in
        logs and views; the class's name. `window_events`, `window_bytes`: how much may be here unacknowledged; 0: what
        the daemon thinks good (1,000 and 8 MiB). `max_message_bytes`: events above it come with `body_omitted`; 0: 4 MiB
        less 64 KiB. `ack_on_send`: each event at most once, and lost if this program dies. `concurrency`: how many
        handlers may wait at a time. `call_timeout`: of `client`. `stop_timeout`: how long leaving may take, after that
        the stream is cut. `keep_links`: it will be back within the daemon's grace period. `backoff`: shortest and
        longest pause, in seconds, before attaching again."""
        self.name = name or type(self).__name__.lower()
        self.address = connection.address_of(address)
        kinds = [kind for kind in EventKind if getattr(type(self), _method(kind)) is not getattr(Worker, _method(kind))]
        self._handlers: dict[int, Callable[[Event], Awaitable[None] | None]] = {
            int(kind): getattr(self, _method(kind)) for kind in kinds}
        self._hello = pb.Hello(
            worker_name=self.name, kinds=[int(kind) for kind in kinds], window_events=window_events,  # type: ignore[misc]
            window_bytes=window_bytes, max_message_bytes=max_message_bytes,
            ack_mode=pb.ACK_MODE_ON_SEND if ack_on_send else pb.ACK_MODE_EXPLICIT,
            session_mode=int(session_mode), session_freshness=int(session_freshness))  # type: ignore[arg-type]
        self._ack_on_send = ack_on_send
        self._tls, self._token, self._call_timeout = tls, token, call_timeout
        self._stop_timeout, self._backoff = stop_timeout, backoff
        self._leave_mode = pb.LEAVE_MODE_KEEP_LINKS if keep_links else pb.LEAVE_MODE_CLOSE_LINKS
        self._dispatcher = Dispatcher(self._handle, concurrency)
        self._attachment: Attachment | None = None
        self._stopping = False
        self._stop_wanted: asyncio.Event | None = None
        self._syncs: dict[int, asyncio.Future[list[GatewayFailure]]] = {}
        self._sync_number = 0

    # ---- For you to write

    def on_connect(self, event: Event) -> Awaitable[None] | None:
        """A client connected. One of WebSocket has not finished its handshake: send it nothing raw yet."""

    def on_websocket_connect(self, event: Event) -> Awaitable[None] | None:
        """Its handshake is done: `event.handshake`."""

    def on_message(self, event: Event) -> Awaitable[None] | None:
        """It sent a message: `event.body`."""

    def on_close(self, event: Event) -> Awaitable[None] | None:
        """It is gone."""

    def on_gateway_lost(self, event: Event) -> Awaitable[None] | None:
        """A Gateway is gone with all clients of `event.generation`: no close comes for them."""

    def on_error(self, event: Event, error: Exception) -> Outcome | Awaitable[Outcome]:
        """A handler failed; it has been logged. Says what becomes of the event."""
        return Outcome.ACK

    def on_command_error(self, error: CommandError) -> None:
        """A command on the stream failed."""
        log.warning("%s: a command failed: %s %s", self.name, error.code.name, error.message)

    def on_attached(self, welcome: Welcome) -> Awaitable[None] | None:
        """Attached, again perhaps; events come after it has returned."""

    # ---- Running

    def run(self) -> None:
        """Runs an event loop until the worker has left, by SIGTERM or Ctrl-C. A second signal cuts it short. Where no
        logging is set up, the worker's own lines go to stderr."""
        logging.basicConfig(level=logging.INFO, format="%(message)s")
        asyncio.run(self.serve(handle_signals=True))

    async def serve(self, *, handle_signals: bool = False) -> None:
        """Attaches, and again whenever the stream ends, until `stop`. Raises GatewayError where trying again is of no
        use: the daemon refuses the hello or the token. For programs that have a loop; a worker is served once.
        `handle_signals`: SIGTERM and SIGINT stop it (in the main thread alone)."""
        self._stop_wanted = asyncio.Event()
        if self._stopping:
            self._stop_wanted.set()
        signals = [signal.SIGTERM, signal.SIGINT] if handle_signals else []
        for number in signals:
            asyncio.get_running_loop().add_signal_handler(number, self._signalled)
        channel = connection.open_channel(self.address, self._tls, self._hello.max_message_bytes)
        self.client = Client(self.address, timeout=self._call_timeout, token=self._token, channel=channel)
        try:
            stub: Any = worker_service_pb2_grpc.WorkerServiceStub(channel)  # type: ignore[no-untyped-call]
            await self._attach_again_and_again(stub)
            await self._finish_handlers()
        finally:
            self._dispatcher.cancel()
            for number in signals:
                asyncio.get_running_loop().remove_signal_handler(number)
            await channel.close(None)
        log.info("%s: left", self.name)

    def stop(self) -> None:
        """Leaves: what has come is worked on and acknowledged, then `serve` returns. Called twice: at once."""
        again, self._stopping = self._stopping, True
        if self._stop_wanted is not None:
            self._stop_wanted.set()
        attachment = self._attachment
        if attachment is None:
            return
        if again or not attachment.welcomed:
            attachment.cancel()
            self._dispatcher.cancel()
        else:
            attachment.leave(self._leave_mode)
            asyncio.get_running_loop().call_later(self._stop_timeout, attachment.cancel)

    async def sync(self, timeout: float = 5.0) -> list[GatewayFailure]:
        """Waits until the Gateways have run what was sent by the methods here. Returns those of which that is not known;
        raises UnavailableError where the stream ended first, or there is none."""
        if self._attachment is None or self._attachment.ended:
            raise errors.make(grpc.StatusCode.UNAVAILABLE, "not attached")
        self._sync_number += 1
        answer: asyncio.Future[list[GatewayFailure]] = asyncio.get_running_loop().create_future()
        self._syncs[self._sync_number] = answer
        self._attachment.sync(self._sync_number, timeout)
        return await answer

    # ---- Within

    async def _attach_again_and_again(self, stub: Any) -> None:
        assert self._stop_wanted is not None
        shortest, longest = self._backoff
        pause = shortest
        while not self._stopping:
            call = stub.Attach(metadata=connection.metadata_of(self._token))
            attachment = Attachment(call, self._dispatcher, self._welcomed, self._told, self._ack_on_send)
            self._attachment = attachment
            try:
                await attachment.run(self._hello)
                problem = "the stream ended"
            except errors.GatewayError as error:
                if error.code in _FINAL and not self._stopping:
                    log.error("%s: %s: %s", self.name, self.address, error)
                    raise
                problem = str(error)
            finally:
                self._attachment = None
                self._fail_syncs()
            if self._stopping:
                return
            log.warning("%s: %s: %s; attaching again", self.name, self.address, problem)
            pause = shortest if attachment.welcomed else min(2 * pause, longest)
            try:
                await asyncio.wait_for(self._stop_wanted.wait(), random.uniform(0.5, 1) * pause)
            except TimeoutError:
                pass

    async def _welcomed(self, welcome: pb.Welcome) -> None:
        log.info("%s: attached to gatewayd %s, %s", self.name, welcome.version, self.address)
        attached = self.on_attached(Welcome(
            welcome.version, welcome.dialect, welcome.worker_id, welcome.window_events, welcome.window_bytes,
            welcome.max_message_bytes))
        if attached is not None:
            await attached

    def _told(self, response: pb.AttachResponse) -> None:
        for error in response.command_errors.errors:
            status = error.status
            try:
                self.on_command_error(CommandError(
                    error.number, errors.status_code(status.code), status.message,
                    from_delivery(status.delivery) if status.HasField("delivery") else None))
            except Exception:
                log.exception("%s: on_command_error failed", self.name)
        if response.HasField("synced"):
            answer = self._syncs.pop(response.synced.number, None)
            if answer is not None and not answer.done():
                answer.set_result(from_failures(response.synced.unknown))
        if response.HasField("draining"):
            log.info("%s: %s is going", self.name, self.address)

    def _handle(self, event: Event) -> Awaitable[None] | None:
        """Runs its handler: returns None where that has finished at once, else what is left to await."""
        try:
            waits = self._handlers[event.proto.kind](event)
        except Exception as error:
            return self._failed(event, error)
        if waits is not None:
            return self._await(event, waits)
        event.attachment.done(event)
        return None

    async def _await(self, event: Event, waits: Awaitable[None]) -> None:
        try:
            await waits
        except Exception as error:
            await self._failed(event, error)
        else:
            event.attachment.done(event)

    async def _failed(self, event: Event, error: Exception) -> None:
        log.error("%s: handling %r failed", self.name, event, exc_info=error)
        try:
            outcome = self.on_error(event, error)
            if not isinstance(outcome, Outcome):
                outcome = await outcome
        except Exception:
            log.exception("%s: on_error failed; the event counts as done", self.name)
            outcome = Outcome.ACK
        if outcome is Outcome.REDELIVER and not self._ack_on_send:
            event.attachment.break_off()
        else:
            event.attachment.done(event)

    def _command(self, event: Event | None, size: int) -> Any:
        attachment = self._attachment if event is None else event.attachment
        if attachment is None or attachment.ended:
            if event is None:
                raise errors.make(grpc.StatusCode.UNAVAILABLE, "not attached")
            return pb.NumberedCommand().command  # its event comes again, and with it this command
        return attachment.command(event, size)

    def _signalled(self) -> None:
        log.info("%s: leaving", self.name)
        self.stop()

    def _fail_syncs(self) -> None:
        for answer in self._syncs.values():
            if not answer.done():
                answer.set_exception(errors.make(grpc.StatusCode.UNAVAILABLE, "the stream ended"))
        self._syncs.clear()

    async def _finish_handlers(self) -> None:
        try:
            await asyncio.wait_for(self._dispatcher.finish(), self._stop_timeout)
        except TimeoutError:
            log.warning("%s: handlers still run; they are cancelled", self.name)


def _method(kind: EventKind) -> str:
    return "on_" + kind.name.lower()
