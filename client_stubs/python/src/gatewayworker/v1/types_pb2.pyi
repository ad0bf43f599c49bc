from google.protobuf import struct_pb2 as _struct_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Confirm(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CONFIRM_UNSPECIFIED: _ClassVar[Confirm]
    CONFIRM_ACCEPTED: _ClassVar[Confirm]
    CONFIRM_RUN: _ClassVar[Confirm]

class Consistency(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CONSISTENCY_UNSPECIFIED: _ClassVar[Consistency]
    CONSISTENCY_READ_YOUR_WRITES: _ClassVar[Consistency]
    CONSISTENCY_ANY: _ClassVar[Consistency]
CONFIRM_UNSPECIFIED: Confirm
CONFIRM_ACCEPTED: Confirm
CONFIRM_RUN: Confirm
CONSISTENCY_UNSPECIFIED: Consistency
CONSISTENCY_READ_YOUR_WRITES: Consistency
CONSISTENCY_ANY: Consistency

class Message(_message.Message):
    __slots__ = ("data", "text", "raw", "websocket_binary")
    DATA_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    RAW_FIELD_NUMBER: _ClassVar[int]
    WEBSOCKET_BINARY_FIELD_NUMBER: _ClassVar[int]
    data: bytes
    text: str
    raw: bool
    websocket_binary: bool
    def __init__(self, data: _Optional[bytes] = ..., text: _Optional[str] = ..., raw: _Optional[bool] = ..., websocket_binary: _Optional[bool] = ...) -> None: ...

class Session(_message.Message):
    __slots__ = ("value", "stored", "value_incomplete")
    VALUE_FIELD_NUMBER: _ClassVar[int]
    STORED_FIELD_NUMBER: _ClassVar[int]
    VALUE_INCOMPLETE_FIELD_NUMBER: _ClassVar[int]
    value: _struct_pb2.Struct
    stored: bytes
    value_incomplete: bool
    def __init__(self, value: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., stored: _Optional[bytes] = ..., value_incomplete: _Optional[bool] = ...) -> None: ...

class SessionInput(_message.Message):
    __slots__ = ("value", "stored")
    VALUE_FIELD_NUMBER: _ClassVar[int]
    STORED_FIELD_NUMBER: _ClassVar[int]
    value: _struct_pb2.Struct
    stored: bytes
    def __init__(self, value: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., stored: _Optional[bytes] = ...) -> None: ...

class ClientIds(_message.Message):
    __slots__ = ("client_ids",)
    CLIENT_IDS_FIELD_NUMBER: _ClassVar[int]
    client_ids: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, client_ids: _Optional[_Iterable[str]] = ...) -> None: ...

class GatewayFailure(_message.Message):
    __slots__ = ("gateway", "reason")
    GATEWAY_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    gateway: str
    reason: str
    def __init__(self, gateway: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class Delivery(_message.Message):
    __slots__ = ("gateways", "unreachable")
    GATEWAYS_FIELD_NUMBER: _ClassVar[int]
    UNREACHABLE_FIELD_NUMBER: _ClassVar[int]
    gateways: int
    unreachable: _containers.RepeatedCompositeFieldContainer[GatewayFailure]
    def __init__(self, gateways: _Optional[int] = ..., unreachable: _Optional[_Iterable[_Union[GatewayFailure, _Mapping]]] = ...) -> None: ...

class CommandStatus(_message.Message):
    __slots__ = ("code", "message", "delivery")
    CODE_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    DELIVERY_FIELD_NUMBER: _ClassVar[int]
    code: int
    message: str
    delivery: Delivery
    def __init__(self, code: _Optional[int] = ..., message: _Optional[str] = ..., delivery: _Optional[_Union[Delivery, _Mapping]] = ...) -> None: ...
