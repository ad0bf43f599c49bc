import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class LinkState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    LINK_STATE_UNSPECIFIED: _ClassVar[LinkState]
    LINK_STATE_IDLE: _ClassVar[LinkState]
    LINK_STATE_CONNECTING: _ClassVar[LinkState]
    LINK_STATE_AUTHENTICATING: _ClassVar[LinkState]
    LINK_STATE_READY: _ClassVar[LinkState]
    LINK_STATE_CLOSING: _ClassVar[LinkState]
    LINK_STATE_BACKOFF: _ClassVar[LinkState]
    LINK_STATE_STALLED: _ClassVar[LinkState]

class LinkKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    LINK_KIND_UNSPECIFIED: _ClassVar[LinkKind]
    LINK_KIND_COMMAND: _ClassVar[LinkKind]
    LINK_KIND_QUERY: _ClassVar[LinkKind]
    LINK_KIND_EVENT: _ClassVar[LinkKind]
LINK_STATE_UNSPECIFIED: LinkState
LINK_STATE_IDLE: LinkState
LINK_STATE_CONNECTING: LinkState
LINK_STATE_AUTHENTICATING: LinkState
LINK_STATE_READY: LinkState
LINK_STATE_CLOSING: LinkState
LINK_STATE_BACKOFF: LinkState
LINK_STATE_STALLED: LinkState
LINK_KIND_UNSPECIFIED: LinkKind
LINK_KIND_COMMAND: LinkKind
LINK_KIND_QUERY: LinkKind
LINK_KIND_EVENT: LinkKind

class GetClusterViewRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetClusterViewResponse(_message.Message):
    __slots__ = ("registers", "gateways", "complete", "ready", "degraded")
    REGISTERS_FIELD_NUMBER: _ClassVar[int]
    GATEWAYS_FIELD_NUMBER: _ClassVar[int]
    COMPLETE_FIELD_NUMBER: _ClassVar[int]
    READY_FIELD_NUMBER: _ClassVar[int]
    DEGRADED_FIELD_NUMBER: _ClassVar[int]
    registers: _containers.RepeatedCompositeFieldContainer[RegisterStatus]
    gateways: _containers.RepeatedCompositeFieldContainer[GatewayStatus]
    complete: bool
    ready: bool
    degraded: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, registers: _Optional[_Iterable[_Union[RegisterStatus, _Mapping]]] = ..., gateways: _Optional[_Iterable[_Union[GatewayStatus, _Mapping]]] = ..., complete: _Optional[bool] = ..., ready: _Optional[bool] = ..., degraded: _Optional[_Iterable[str]] = ...) -> None: ...

class RegisterStatus(_message.Message):
    __slots__ = ("address", "state", "answered", "addresses", "last_error", "state_since")
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    ANSWERED_FIELD_NUMBER: _ClassVar[int]
    ADDRESSES_FIELD_NUMBER: _ClassVar[int]
    LAST_ERROR_FIELD_NUMBER: _ClassVar[int]
    STATE_SINCE_FIELD_NUMBER: _ClassVar[int]
    address: str
    state: LinkState
    answered: bool
    addresses: _containers.RepeatedScalarFieldContainer[str]
    last_error: str
    state_since: _timestamp_pb2.Timestamp
    def __init__(self, address: _Optional[str] = ..., state: _Optional[_Union[LinkState, str]] = ..., answered: _Optional[bool] = ..., addresses: _Optional[_Iterable[str]] = ..., last_error: _Optional[str] = ..., state_since: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class GatewayStatus(_message.Message):
    __slots__ = ("address", "dial_address", "client_id_address", "generation", "listed", "links", "commands_refused")
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    DIAL_ADDRESS_FIELD_NUMBER: _ClassVar[int]
    CLIENT_ID_ADDRESS_FIELD_NUMBER: _ClassVar[int]
    GENERATION_FIELD_NUMBER: _ClassVar[int]
    LISTED_FIELD_NUMBER: _ClassVar[int]
    LINKS_FIELD_NUMBER: _ClassVar[int]
    COMMANDS_REFUSED_FIELD_NUMBER: _ClassVar[int]
    address: str
    dial_address: str
    client_id_address: str
    generation: str
    listed: bool
    links: _containers.RepeatedCompositeFieldContainer[GatewayLink]
    commands_refused: str
    def __init__(self, address: _Optional[str] = ..., dial_address: _Optional[str] = ..., client_id_address: _Optional[str] = ..., generation: _Optional[str] = ..., listed: _Optional[bool] = ..., links: _Optional[_Iterable[_Union[GatewayLink, _Mapping]]] = ..., commands_refused: _Optional[str] = ...) -> None: ...

class GatewayLink(_message.Message):
    __slots__ = ("kind", "state", "state_since", "last_error", "bytes_sent", "bytes_received", "bytes_queued", "queries_in_flight", "connects")
    KIND_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    STATE_SINCE_FIELD_NUMBER: _ClassVar[int]
    LAST_ERROR_FIELD_NUMBER: _ClassVar[int]
    BYTES_SENT_FIELD_NUMBER: _ClassVar[int]
    BYTES_RECEIVED_FIELD_NUMBER: _ClassVar[int]
    BYTES_QUEUED_FIELD_NUMBER: _ClassVar[int]
    QUERIES_IN_FLIGHT_FIELD_NUMBER: _ClassVar[int]
    CONNECTS_FIELD_NUMBER: _ClassVar[int]
    kind: LinkKind
    state: LinkState
    state_since: _timestamp_pb2.Timestamp
    last_error: str
    bytes_sent: int
    bytes_received: int
    bytes_queued: int
    queries_in_flight: int
    connects: int
    def __init__(self, kind: _Optional[_Union[LinkKind, str]] = ..., state: _Optional[_Union[LinkState, str]] = ..., state_since: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., last_error: _Optional[str] = ..., bytes_sent: _Optional[int] = ..., bytes_received: _Optional[int] = ..., bytes_queued: _Optional[int] = ..., queries_in_flight: _Optional[int] = ..., connects: _Optional[int] = ...) -> None: ...

class GetCountersRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetCountersResponse(_message.Message):
    __slots__ = ("counters",)
    class CountersEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: int
        def __init__(self, key: _Optional[str] = ..., value: _Optional[int] = ...) -> None: ...
    COUNTERS_FIELD_NUMBER: _ClassVar[int]
    counters: _containers.ScalarMap[str, int]
    def __init__(self, counters: _Optional[_Mapping[str, int]] = ...) -> None: ...

class GetInfoRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetInfoResponse(_message.Message):
    __slots__ = ("version", "dialect", "instance_id", "uptime", "limits")
    class LimitsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: int
        def __init__(self, key: _Optional[str] = ..., value: _Optional[int] = ...) -> None: ...
    VERSION_FIELD_NUMBER: _ClassVar[int]
    DIALECT_FIELD_NUMBER: _ClassVar[int]
    INSTANCE_ID_FIELD_NUMBER: _ClassVar[int]
    UPTIME_FIELD_NUMBER: _ClassVar[int]
    LIMITS_FIELD_NUMBER: _ClassVar[int]
    version: str
    dialect: str
    instance_id: str
    uptime: _duration_pb2.Duration
    limits: _containers.ScalarMap[str, int]
    def __init__(self, version: _Optional[str] = ..., dialect: _Optional[str] = ..., instance_id: _Optional[str] = ..., uptime: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., limits: _Optional[_Mapping[str, int]] = ...) -> None: ...

class GetWorkersRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetWorkersResponse(_message.Message):
    __slots__ = ("workers", "event_memory_used", "event_memory_limit", "events_held", "reading_stopped", "clients")
    WORKERS_FIELD_NUMBER: _ClassVar[int]
    EVENT_MEMORY_USED_FIELD_NUMBER: _ClassVar[int]
    EVENT_MEMORY_LIMIT_FIELD_NUMBER: _ClassVar[int]
    EVENTS_HELD_FIELD_NUMBER: _ClassVar[int]
    READING_STOPPED_FIELD_NUMBER: _ClassVar[int]
    CLIENTS_FIELD_NUMBER: _ClassVar[int]
    workers: _containers.RepeatedCompositeFieldContainer[WorkerStatus]
    event_memory_used: int
    event_memory_limit: int
    events_held: int
    reading_stopped: bool
    clients: int
    def __init__(self, workers: _Optional[_Iterable[_Union[WorkerStatus, _Mapping]]] = ..., event_memory_used: _Optional[int] = ..., event_memory_limit: _Optional[int] = ..., events_held: _Optional[int] = ..., reading_stopped: _Optional[bool] = ..., clients: _Optional[int] = ...) -> None: ...

class WorkerStatus(_message.Message):
    __slots__ = ("worker_id", "worker_name", "attached_at", "kinds", "window_events", "window_bytes", "events_in_flight", "bytes_in_flight", "events_queued", "bytes_queued", "clients", "events_delivered", "events_acknowledged", "events_redelivered", "unknown_acks", "commands", "commands_failed", "lag", "leaving")
    WORKER_ID_FIELD_NUMBER: _ClassVar[int]
    WORKER_NAME_FIELD_NUMBER: _ClassVar[int]
    ATTACHED_AT_FIELD_NUMBER: _ClassVar[int]
    KINDS_FIELD_NUMBER: _ClassVar[int]
    WINDOW_EVENTS_FIELD_NUMBER: _ClassVar[int]
    WINDOW_BYTES_FIELD_NUMBER: _ClassVar[int]
    EVENTS_IN_FLIGHT_FIELD_NUMBER: _ClassVar[int]
    BYTES_IN_FLIGHT_FIELD_NUMBER: _ClassVar[int]
    EVENTS_QUEUED_FIELD_NUMBER: _ClassVar[int]
    BYTES_QUEUED_FIELD_NUMBER: _ClassVar[int]
    CLIENTS_FIELD_NUMBER: _ClassVar[int]
    EVENTS_DELIVERED_FIELD_NUMBER: _ClassVar[int]
    EVENTS_ACKNOWLEDGED_FIELD_NUMBER: _ClassVar[int]
    EVENTS_REDELIVERED_FIELD_NUMBER: _ClassVar[int]
    UNKNOWN_ACKS_FIELD_NUMBER: _ClassVar[int]
    COMMANDS_FIELD_NUMBER: _ClassVar[int]
    COMMANDS_FAILED_FIELD_NUMBER: _ClassVar[int]
    LAG_FIELD_NUMBER: _ClassVar[int]
    LEAVING_FIELD_NUMBER: _ClassVar[int]
    worker_id: str
    worker_name: str
    attached_at: _timestamp_pb2.Timestamp
    kinds: _containers.RepeatedScalarFieldContainer[str]
    window_events: int
    window_bytes: int
    events_in_flight: int
    bytes_in_flight: int
    events_queued: int
    bytes_queued: int
    clients: int
    events_delivered: int
    events_acknowledged: int
    events_redelivered: int
    unknown_acks: int
    commands: int
    commands_failed: int
    lag: _duration_pb2.Duration
    leaving: bool
    def __init__(self, worker_id: _Optional[str] = ..., worker_name: _Optional[str] = ..., attached_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., kinds: _Optional[_Iterable[str]] = ..., window_events: _Optional[int] = ..., window_bytes: _Optional[int] = ..., events_in_flight: _Optional[int] = ..., bytes_in_flight: _Optional[int] = ..., events_queued: _Optional[int] = ..., bytes_queued: _Optional[int] = ..., clients: _Optional[int] = ..., events_delivered: _Optional[int] = ..., events_acknowledged: _Optional[int] = ..., events_redelivered: _Optional[int] = ..., unknown_acks: _Optional[int] = ..., commands: _Optional[int] = ..., commands_failed: _Optional[int] = ..., lag: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., leaving: _Optional[bool] = ...) -> None: ...

class DrainWorkerRequest(_message.Message):
    __slots__ = ("worker_id",)
    WORKER_ID_FIELD_NUMBER: _ClassVar[int]
    worker_id: str
    def __init__(self, worker_id: _Optional[str] = ...) -> None: ...

class DrainWorkerResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ClearGatewayRequest(_message.Message):
    __slots__ = ("address",)
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    address: str
    def __init__(self, address: _Optional[str] = ...) -> None: ...

class ClearGatewayResponse(_message.Message):
    __slots__ = ("cleared",)
    CLEARED_FIELD_NUMBER: _ClassVar[int]
    cleared: bool
    def __init__(self, cleared: _Optional[bool] = ...) -> None: ...

class DrainRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class DrainResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...
