"""What happened to a client, and the event that a handler is working on."""

from __future__ import annotations

import datetime
from contextvars import ContextVar
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from .v1 import worker_service_pb2 as pb
from .values import Session, from_session, from_struct

if TYPE_CHECKING:
    from ._attachment import Attachment


class EventKind(IntEnum):
    """What happened."""

    CONNECT = pb.EVENT_KIND_CONNECT
    WEBSOCKET_CONNECT = pb.EVENT_KIND_WEBSOCKET_CONNECT
    MESSAGE = pb.EVENT_KIND_MESSAGE
    CLOSE = pb.EVENT_KIND_CLOSE
    GATEWAY_LOST = pb.EVENT_KIND_GATEWAY_LOST


@dataclass(frozen=True, slots=True)
class Handshake:
    """What a WebSocket client said, as PHP's onWebSocketConnect has it."""

    get: dict[str, Any]
    server: dict[str, Any]
    cookie: dict[str, Any]
    incomplete: bool
    """The dicts could not hold all of it; `stored` has it."""
    stored: bytes


class Event:
    """Something that happened to a client. Made for each delivery; what is costly is read when it is asked for."""

    __slots__ = ("id", "client_id", "proto", "attachment", "done", "dropped", "_session")

    def __init__(self, proto: pb.Event, attachment: Attachment) -> None:
        self.id: int = proto.id
        """Names this delivery on this stream."""
        self.client_id: str = proto.client_id
        """20 hex digits; empty for GATEWAY_LOST."""
        self.proto = proto
        """The message as it came."""
        self.attachment = attachment
        self.done = False
        self.dropped = False  # its stream ended first: it comes again
        """True once it is acknowledged, or its stream has ended: it is not this worker's any more."""
        self._session: Session | None = None

    @property
    def kind(self) -> EventKind:
        return EventKind(self.proto.kind)

    @property
    def body(self) -> bytes:
        """MESSAGE: the message. Empty where `body_omitted` is not None."""
        return self.proto.body

    @property
    def body_omitted(self) -> int | None:
        """The size of a body that was larger than this worker's `max_message_bytes`."""
        return self.proto.body_omitted if self.proto.HasField("body_omitted") else None

    @property
    def text(self) -> str:
        """The body as text; bytes that are not UTF-8 come as U+FFFD."""
        return self.proto.body.decode(errors="replace")

    @property
    def session(self) -> Session:
        """The client's session, as the worker's `session_mode` has it. Changing it here changes nothing elsewhere."""
        if self._session is None:
            self._session = from_session(self.proto.session)
        return self._session

    @property
    def session_stale(self) -> bool:
        """A fresh session could not be had; this is the one that the event brought."""
        return self.proto.session_stale

    @property
    def generation(self) -> str:
        """The generation of the client's Gateway."""
        return self.proto.generation

    @property
    def client_ip(self) -> str:
        """IPv4; empty for IPv6 clients, which the protocol cannot carry."""
        return self.proto.client_ip

    @property
    def client_port(self) -> int:
        return self.proto.client_port

    @property
    def gateway_port(self) -> int:
        """The port that the client connected to; 0 in the go dialect."""
        return self.proto.gateway_port

    @property
    def gateway(self) -> str:
        """GATEWAY_LOST: the Gateway's address."""
        return self.proto.gateway

    @property
    def time_read(self) -> datetime.datetime:
        """When the daemon read it."""
        return self.proto.time_read.ToDatetime(tzinfo=datetime.timezone.utc)

    @property
    def attempt(self) -> int:
        """Which delivery of it this is, from 1."""
        return self.proto.attempt

    @property
    def redelivered(self) -> bool:
        """An earlier delivery may have been worked on."""
        return self.proto.redelivered

    @property
    def handshake(self) -> Handshake:
        """WEBSOCKET_CONNECT: what the client said."""
        said = self.proto.handshake
        return Handshake(from_struct(said.get), from_struct(said.server), from_struct(said.cookie), said.incomplete,
                         said.stored)

    def __repr__(self) -> str:
        return f"<Event {self.id} {self.kind.name} {self.client_id}>"


CURRENT: ContextVar[Event | None] = ContextVar("gatewayworker_event", default=None)


def current_event() -> Event | None:
    """The event whose handler this code runs in: the *current client* is its client. None outside of handlers."""
    return CURRENT.get()
