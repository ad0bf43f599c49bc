"""Messages to clients and sessions, as Python values."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from google.protobuf import struct_pb2

from .errors import invalid
from .v1 import types_pb2

_EXACT = 2**53


@dataclass(frozen=True, slots=True)
class Message:
    """A message to clients that is more than its bytes. Where a `str` or `bytes` will do, give that."""

    data: bytes | str
    raw: bool = False
    """The Gateway writes the bytes to the client's socket as they are: for ready-made frames."""
    websocket_binary: bool = False
    """A WebSocket client gets a binary frame, and not one of text."""


MessageLike: TypeAlias = Message | bytes | str
"""What can be sent. A Gateway puts `bytes` and `str` into a WebSocket *text* frame; browsers close at one that is not
UTF-8, so binary data goes to them as `Message(data, websocket_binary=True)`."""


class Session(dict[str, Any]):
    """A client's session: a dict of None, bool, int, float, str, list and dict.

    `stored` are the exact bytes that the Gateway keeps (empty: no session was ever set). `incomplete`: the dict could
    not hold all of it (bytes that are not UTF-8, PHP objects, integers outside ±2^53); `stored` does."""

    __slots__ = ("stored", "incomplete")

    def __init__(self, value: Mapping[str, Any] | None = None, stored: bytes = b"", incomplete: bool = False) -> None:
        super().__init__(value or {})
        self.stored, self.incomplete = stored, incomplete


SessionLike: TypeAlias = Mapping[str, Any] | bytes
"""What a session can be set to: a dict, or `bytes` in the form in which the Gateway stores it (PHP serialize, JSON)."""


@dataclass(frozen=True, slots=True)
class GatewayFailure:
    """A Gateway that did not take a command, or did not answer a query."""

    gateway: str
    reason: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """How far a command to many clients came: how many Gateways took it, and which did not."""

    gateways: int
    unreachable: list[GatewayFailure] = field(default_factory=list)


def to_message(message: MessageLike) -> types_pb2.Message:
    if isinstance(message, str):
        return types_pb2.Message(text=message)
    if isinstance(message, (bytes, bytearray, memoryview)):
        return types_pb2.Message(data=bytes(message))
    if not isinstance(message, Message):
        raise invalid("message", f"is a {type(message).__name__}, not str, bytes or Message")
    out = to_message(message.data)
    out.raw, out.websocket_binary = message.raw, message.websocket_binary
    return out


def to_session(session: SessionLike) -> types_pb2.SessionInput:
    if isinstance(session, bytes):
        return types_pb2.SessionInput(stored=session)
    out = types_pb2.SessionInput()
    out.value.SetInParent()
    _fill_struct(session, out.value, "session")
    return out


def from_session(session: types_pb2.Session) -> Session:
    return Session(from_struct(session.value), session.stored, session.value_incomplete)


def from_failures(failures: Any) -> list[GatewayFailure]:
    return [GatewayFailure(failure.gateway, failure.reason) for failure in failures]


def from_delivery(delivery: types_pb2.Delivery) -> Delivery:
    return Delivery(delivery.gateways, from_failures(delivery.unreachable))


def from_struct(struct: struct_pb2.Struct) -> dict[str, Any]:
    return {name: _from_value(value) for name, value in struct.fields.items()}


def _from_value(value: struct_pb2.Value) -> Any:
    match value.WhichOneof("kind"):
        case "number_value":
            number = value.number_value
            return int(number) if number.is_integer() and abs(number) <= _EXACT else number
        case "string_value":
            return value.string_value
        case "bool_value":
            return value.bool_value
        case "struct_value":
            return from_struct(value.struct_value)
        case "list_value":
            return [_from_value(element) for element in value.list_value.values]
    return None


def _fill_struct(value: Mapping[str, Any], out: struct_pb2.Struct, where: str) -> None:
    if not isinstance(value, Mapping):
        raise invalid("session", f"is a {type(value).__name__}, not a dict")
    for name, element in value.items():
        if not isinstance(name, str):
            raise invalid("session", f"has a key in {where} that is a {type(name).__name__}, not a str")
        _fill(element, out.fields[name], f"{where}[{name!r}]")


def _fill(value: Any, out: struct_pb2.Value, where: str) -> None:
    """What a Struct would bend is refused: the bytes of the session can hold it."""
    if value is None:
        out.null_value = struct_pb2.NULL_VALUE
    elif isinstance(value, bool):
        out.bool_value = value
    elif isinstance(value, int):
        if abs(value) > _EXACT:
            raise invalid("session", f"has an integer outside ±2^53 at {where}: give the session as its stored bytes")
        out.number_value = value
    elif isinstance(value, float):
        if not math.isfinite(value):
            raise invalid("session", f"has a number that is not finite at {where}")
        out.number_value = value
    elif isinstance(value, str):
        out.string_value = value
    elif isinstance(value, Mapping):
        out.struct_value.SetInParent()
        _fill_struct(value, out.struct_value, where)
    elif isinstance(value, (list, tuple)):
        out.list_value.SetInParent()
        for position, element in enumerate(value):
            _fill(element, out.list_value.values.add(), f"{where}[{position}]")
    else:
        raise invalid("session", f"has a {type(value).__name__} at {where}: give the session as its stored bytes")
