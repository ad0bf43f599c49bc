import datetime

from gatewayworker.v1 import gateway_service_pb2 as _gateway_service_pb2
from gatewayworker.v1 import types_pb2 as _types_pb2
from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import struct_pb2 as _struct_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class EventKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    EVENT_KIND_UNSPECIFIED: _ClassVar[EventKind]
    EVENT_KIND_CONNECT: _ClassVar[EventKind]
    EVENT_KIND_WEBSOCKET_CONNECT: _ClassVar[EventKind]
    EVENT_KIND_MESSAGE: _ClassVar[EventKind]
    EVENT_KIND_CLOSE: _ClassVar[EventKind]
    EVENT_KIND_GATEWAY_LOST: _ClassVar[EventKind]

class AckMode(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ACK_MODE_UNSPECIFIED: _ClassVar[AckMode]
    ACK_MODE_EXPLICIT: _ClassVar[AckMode]
    ACK_MODE_ON_SEND: _ClassVar[AckMode]

class SessionMode(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SESSION_MODE_UNSPECIFIED: _ClassVar[SessionMode]
    SESSION_MODE_NONE: _ClassVar[SessionMode]
    SESSION_MODE_RAW: _ClassVar[SessionMode]
    SESSION_MODE_DECODED: _ClassVar[SessionMode]

class SessionFreshness(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SESSION_FRESHNESS_UNSPECIFIED: _ClassVar[SessionFreshness]
    SESSION_FRESHNESS_AS_SENT: _ClassVar[SessionFreshness]
    SESSION_FRESHNESS_FRESH: _ClassVar[SessionFreshness]

class LeaveMode(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    LEAVE_MODE_UNSPECIFIED: _ClassVar[LeaveMode]
    LEAVE_MODE_CLOSE_LINKS: _ClassVar[LeaveMode]
    LEAVE_MODE_KEEP_LINKS: _ClassVar[LeaveMode]
EVENT_KIND_UNSPECIFIED: EventKind
EVENT_KIND_CONNECT: EventKind
EVENT_KIND_WEBSOCKET_CONNECT: EventKind
EVENT_KIND_MESSAGE: EventKind
EVENT_KIND_CLOSE: EventKind
EVENT_KIND_GATEWAY_LOST: EventKind
ACK_MODE_UNSPECIFIED: AckMode
ACK_MODE_EXPLICIT: AckMode
ACK_MODE_ON_SEND: AckMode
SESSION_MODE_UNSPECIFIED: SessionMode
SESSION_MODE_NONE: SessionMode
SESSION_MODE_RAW: SessionMode
SESSION_MODE_DECODED: SessionMode
SESSION_FRESHNESS_UNSPECIFIED: SessionFreshness
SESSION_FRESHNESS_AS_SENT: SessionFreshness
SESSION_FRESHNESS_FRESH: SessionFreshness
LEAVE_MODE_UNSPECIFIED: LeaveMode
LEAVE_MODE_CLOSE_LINKS: LeaveMode
LEAVE_MODE_KEEP_LINKS: LeaveMode

class AttachRequest(_message.Message):
    __slots__ = ("hello", "commands", "acks", "sync", "leave")
    HELLO_FIELD_NUMBER: _ClassVar[int]
    COMMANDS_FIELD_NUMBER: _ClassVar[int]
    ACKS_FIELD_NUMBER: _ClassVar[int]
    SYNC_FIELD_NUMBER: _ClassVar[int]
    LEAVE_FIELD_NUMBER: _ClassVar[int]
    hello: Hello
    commands: _containers.RepeatedCompositeFieldContainer[NumberedCommand]
    acks: Acks
    sync: Sync
    leave: Leave
    def __init__(self, hello: _Optional[_Union[Hello, _Mapping]] = ..., commands: _Optional[_Iterable[_Union[NumberedCommand, _Mapping]]] = ..., acks: _Optional[_Union[Acks, _Mapping]] = ..., sync: _Optional[_Union[Sync, _Mapping]] = ..., leave: _Optional[_Union[Leave, _Mapping]] = ...) -> None: ...

class Hello(_message.Message):
    __slots__ = ("worker_name", "kinds", "window_events", "window_bytes", "max_message_bytes", "ack_mode", "session_mode", "session_freshness")
    WORKER_NAME_FIELD_NUMBER: _ClassVar[int]
    KINDS_FIELD_NUMBER: _ClassVar[int]
    WINDOW_EVENTS_FIELD_NUMBER: _ClassVar[int]
    WINDOW_BYTES_FIELD_NUMBER: _ClassVar[int]
    MAX_MESSAGE_BYTES_FIELD_NUMBER: _ClassVar[int]
    ACK_MODE_FIELD_NUMBER: _ClassVar[int]
    SESSION_MODE_FIELD_NUMBER: _ClassVar[int]
    SESSION_FRESHNESS_FIELD_NUMBER: _ClassVar[int]
    worker_name: str
    kinds: _containers.RepeatedScalarFieldContainer[EventKind]
    window_events: int
    window_bytes: int
    max_message_bytes: int
    ack_mode: AckMode
    session_mode: SessionMode
    session_freshness: SessionFreshness
    def __init__(self, worker_name: _Optional[str] = ..., kinds: _Optional[_Iterable[_Union[EventKind, str]]] = ..., window_events: _Optional[int] = ..., window_bytes: _Optional[int] = ..., max_message_bytes: _Optional[int] = ..., ack_mode: _Optional[_Union[AckMode, str]] = ..., session_mode: _Optional[_Union[SessionMode, str]] = ..., session_freshness: _Optional[_Union[SessionFreshness, str]] = ...) -> None: ...

class NumberedCommand(_message.Message):
    __slots__ = ("number", "command", "event_id")
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    COMMAND_FIELD_NUMBER: _ClassVar[int]
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    number: int
    command: _gateway_service_pb2.Command
    event_id: int
    def __init__(self, number: _Optional[int] = ..., command: _Optional[_Union[_gateway_service_pb2.Command, _Mapping]] = ..., event_id: _Optional[int] = ...) -> None: ...

class Acks(_message.Message):
    __slots__ = ("up_to", "ids", "ranges")
    UP_TO_FIELD_NUMBER: _ClassVar[int]
    IDS_FIELD_NUMBER: _ClassVar[int]
    RANGES_FIELD_NUMBER: _ClassVar[int]
    up_to: int
    ids: _containers.RepeatedScalarFieldContainer[int]
    ranges: _containers.RepeatedCompositeFieldContainer[AckRange]
    def __init__(self, up_to: _Optional[int] = ..., ids: _Optional[_Iterable[int]] = ..., ranges: _Optional[_Iterable[_Union[AckRange, _Mapping]]] = ...) -> None: ...

class AckRange(_message.Message):
    __slots__ = ("first", "last")
    FIRST_FIELD_NUMBER: _ClassVar[int]
    LAST_FIELD_NUMBER: _ClassVar[int]
    first: int
    last: int
    def __init__(self, first: _Optional[int] = ..., last: _Optional[int] = ...) -> None: ...

class Sync(_message.Message):
    __slots__ = ("number", "timeout")
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    TIMEOUT_FIELD_NUMBER: _ClassVar[int]
    number: int
    timeout: _duration_pb2.Duration
    def __init__(self, number: _Optional[int] = ..., timeout: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class Leave(_message.Message):
    __slots__ = ("mode",)
    MODE_FIELD_NUMBER: _ClassVar[int]
    mode: LeaveMode
    def __init__(self, mode: _Optional[_Union[LeaveMode, str]] = ...) -> None: ...

class AttachResponse(_message.Message):
    __slots__ = ("welcome", "events", "command_errors", "synced", "draining")
    WELCOME_FIELD_NUMBER: _ClassVar[int]
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    COMMAND_ERRORS_FIELD_NUMBER: _ClassVar[int]
    SYNCED_FIELD_NUMBER: _ClassVar[int]
    DRAINING_FIELD_NUMBER: _ClassVar[int]
    welcome: Welcome
    events: EventBatch
    command_errors: CommandErrors
    synced: Synced
    draining: Draining
    def __init__(self, welcome: _Optional[_Union[Welcome, _Mapping]] = ..., events: _Optional[_Union[EventBatch, _Mapping]] = ..., command_errors: _Optional[_Union[CommandErrors, _Mapping]] = ..., synced: _Optional[_Union[Synced, _Mapping]] = ..., draining: _Optional[_Union[Draining, _Mapping]] = ...) -> None: ...

class Welcome(_message.Message):
    __slots__ = ("version", "dialect", "worker_id", "window_events", "window_bytes", "max_message_bytes", "ack_timeout", "max_deliveries")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    DIALECT_FIELD_NUMBER: _ClassVar[int]
    WORKER_ID_FIELD_NUMBER: _ClassVar[int]
    WINDOW_EVENTS_FIELD_NUMBER: _ClassVar[int]
    WINDOW_BYTES_FIELD_NUMBER: _ClassVar[int]
    MAX_MESSAGE_BYTES_FIELD_NUMBER: _ClassVar[int]
    ACK_TIMEOUT_FIELD_NUMBER: _ClassVar[int]
    MAX_DELIVERIES_FIELD_NUMBER: _ClassVar[int]
    version: str
    dialect: str
    worker_id: str
    window_events: int
    window_bytes: int
    max_message_bytes: int
    ack_timeout: _duration_pb2.Duration
    max_deliveries: int
    def __init__(self, version: _Optional[str] = ..., dialect: _Optional[str] = ..., worker_id: _Optional[str] = ..., window_events: _Optional[int] = ..., window_bytes: _Optional[int] = ..., max_message_bytes: _Optional[int] = ..., ack_timeout: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., max_deliveries: _Optional[int] = ...) -> None: ...

class EventBatch(_message.Message):
    __slots__ = ("events",)
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    events: _containers.RepeatedCompositeFieldContainer[Event]
    def __init__(self, events: _Optional[_Iterable[_Union[Event, _Mapping]]] = ...) -> None: ...

class Event(_message.Message):
    __slots__ = ("id", "kind", "client_id", "generation", "body", "body_omitted", "session", "client_ip", "client_port", "gateway_port", "time_read", "attempt", "redelivered", "handshake", "gateway", "session_stale")
    ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    CLIENT_ID_FIELD_NUMBER: _ClassVar[int]
    GENERATION_FIELD_NUMBER: _ClassVar[int]
    BODY_FIELD_NUMBER: _ClassVar[int]
    BODY_OMITTED_FIELD_NUMBER: _ClassVar[int]
    SESSION_FIELD_NUMBER: _ClassVar[int]
    CLIENT_IP_FIELD_NUMBER: _ClassVar[int]
    CLIENT_PORT_FIELD_NUMBER: _ClassVar[int]
    GATEWAY_PORT_FIELD_NUMBER: _ClassVar[int]
    TIME_READ_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    REDELIVERED_FIELD_NUMBER: _ClassVar[int]
    HANDSHAKE_FIELD_NUMBER: _ClassVar[int]
    GATEWAY_FIELD_NUMBER: _ClassVar[int]
    SESSION_STALE_FIELD_NUMBER: _ClassVar[int]
    id: int
    kind: EventKind
    client_id: str
    generation: str
    body: bytes
    body_omitted: int
    session: _types_pb2.Session
    client_ip: str
    client_port: int
    gateway_port: int
    time_read: _timestamp_pb2.Timestamp
    attempt: int
    redelivered: bool
    handshake: Handshake
    gateway: str
    session_stale: bool
    def __init__(self, id: _Optional[int] = ..., kind: _Optional[_Union[EventKind, str]] = ..., client_id: _Optional[str] = ..., generation: _Optional[str] = ..., body: _Optional[bytes] = ..., body_omitted: _Optional[int] = ..., session: _Optional[_Union[_types_pb2.Session, _Mapping]] = ..., client_ip: _Optional[str] = ..., client_port: _Optional[int] = ..., gateway_port: _Optional[int] = ..., time_read: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., attempt: _Optional[int] = ..., redelivered: _Optional[bool] = ..., handshake: _Optional[_Union[Handshake, _Mapping]] = ..., gateway: _Optional[str] = ..., session_stale: _Optional[bool] = ...) -> None: ...

class Handshake(_message.Message):
    __slots__ = ("get", "server", "cookie", "incomplete", "stored")
    GET_FIELD_NUMBER: _ClassVar[int]
    SERVER_FIELD_NUMBER: _ClassVar[int]
    COOKIE_FIELD_NUMBER: _ClassVar[int]
    INCOMPLETE_FIELD_NUMBER: _ClassVar[int]
    STORED_FIELD_NUMBER: _ClassVar[int]
    get: _struct_pb2.Struct
    server: _struct_pb2.Struct
    cookie: _struct_pb2.Struct
    incomplete: bool
    stored: bytes
    def __init__(self, get: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., server: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., cookie: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., incomplete: _Optional[bool] = ..., stored: _Optional[bytes] = ...) -> None: ...

class CommandErrors(_message.Message):
    __slots__ = ("errors",)
    ERRORS_FIELD_NUMBER: _ClassVar[int]
    errors: _containers.RepeatedCompositeFieldContainer[CommandError]
    def __init__(self, errors: _Optional[_Iterable[_Union[CommandError, _Mapping]]] = ...) -> None: ...

class CommandError(_message.Message):
    __slots__ = ("number", "status")
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    number: int
    status: _types_pb2.CommandStatus
    def __init__(self, number: _Optional[int] = ..., status: _Optional[_Union[_types_pb2.CommandStatus, _Mapping]] = ...) -> None: ...

class Synced(_message.Message):
    __slots__ = ("number", "unknown")
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    UNKNOWN_FIELD_NUMBER: _ClassVar[int]
    number: int
    unknown: _containers.RepeatedCompositeFieldContainer[_types_pb2.GatewayFailure]
    def __init__(self, number: _Optional[int] = ..., unknown: _Optional[_Iterable[_Union[_types_pb2.GatewayFailure, _Mapping]]] = ...) -> None: ...

class Draining(_message.Message):
    __slots__ = ("deadline",)
    DEADLINE_FIELD_NUMBER: _ClassVar[int]
    deadline: _duration_pb2.Duration
    def __init__(self, deadline: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class WatchRequest(_message.Message):
    __slots__ = ("kinds", "client_ids", "gateway_ports")
    KINDS_FIELD_NUMBER: _ClassVar[int]
    CLIENT_IDS_FIELD_NUMBER: _ClassVar[int]
    GATEWAY_PORTS_FIELD_NUMBER: _ClassVar[int]
    kinds: _containers.RepeatedScalarFieldContainer[EventKind]
    client_ids: _containers.RepeatedScalarFieldContainer[str]
    gateway_ports: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, kinds: _Optional[_Iterable[_Union[EventKind, str]]] = ..., client_ids: _Optional[_Iterable[str]] = ..., gateway_ports: _Optional[_Iterable[int]] = ...) -> None: ...

class WatchResponse(_message.Message):
    __slots__ = ("events", "lost")
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    LOST_FIELD_NUMBER: _ClassVar[int]
    events: _containers.RepeatedCompositeFieldContainer[Event]
    lost: int
    def __init__(self, events: _Optional[_Iterable[_Union[Event, _Mapping]]] = ..., lost: _Optional[int] = ...) -> None: ...
