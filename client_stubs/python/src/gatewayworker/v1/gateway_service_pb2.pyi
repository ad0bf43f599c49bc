from gatewayworker.v1 import types_pb2 as _types_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class SelectField(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SELECT_FIELD_UNSPECIFIED: _ClassVar[SelectField]
    SELECT_FIELD_UID: _ClassVar[SelectField]
    SELECT_FIELD_GROUPS: _ClassVar[SelectField]
    SELECT_FIELD_SESSION: _ClassVar[SelectField]
SELECT_FIELD_UNSPECIFIED: SelectField
SELECT_FIELD_UID: SelectField
SELECT_FIELD_GROUPS: SelectField
SELECT_FIELD_SESSION: SelectField

class SelectFilter(_message.Message):
    __slots__ = ("client_ids", "groups", "uids")
    CLIENT_IDS_FIELD_NUMBER: _ClassVar[int]
    GROUPS_FIELD_NUMBER: _ClassVar[int]
    UIDS_FIELD_NUMBER: _ClassVar[int]
    client_ids: _containers.RepeatedScalarFieldContainer[str]
    groups: _containers.RepeatedScalarFieldContainer[str]
    uids: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, client_ids: _Optional[_Iterable[str]] = ..., groups: _Optional[_Iterable[str]] = ..., uids: _Optional[_Iterable[str]] = ...) -> None: ...

class SelectedClient(_message.Message):
    __slots__ = ("client_id", "uid", "uid_not_utf8", "groups", "groups_not_utf8", "session")
    CLIENT_ID_FIELD_NUMBER: _ClassVar[int]
    UID_FIELD_NUMBER: _ClassVar[int]
    UID_NOT_UTF8_FIELD_NUMBER: _ClassVar[int]
    GROUPS_FIELD_NUMBER: _ClassVar[int]
    GROUPS_NOT_UTF8_FIELD_NUMBER: _ClassVar[int]
    SESSION_FIELD_NUMBER: _ClassVar[int]
    client_id: str
    uid: str
    uid_not_utf8: bytes
    groups: _containers.RepeatedScalarFieldContainer[str]
    groups_not_utf8: _containers.RepeatedScalarFieldContainer[bytes]
    session: _types_pb2.Session
    def __init__(self, client_id: _Optional[str] = ..., uid: _Optional[str] = ..., uid_not_utf8: _Optional[bytes] = ..., groups: _Optional[_Iterable[str]] = ..., groups_not_utf8: _Optional[_Iterable[bytes]] = ..., session: _Optional[_Union[_types_pb2.Session, _Mapping]] = ...) -> None: ...

class ClientSession(_message.Message):
    __slots__ = ("client_id", "session")
    CLIENT_ID_FIELD_NUMBER: _ClassVar[int]
    SESSION_FIELD_NUMBER: _ClassVar[int]
    client_id: str
    session: _types_pb2.Session
    def __init__(self, client_id: _Optional[str] = ..., session: _Optional[_Union[_types_pb2.Session, _Mapping]] = ...) -> None: ...

class GroupCount(_message.Message):
    __slots__ = ("group", "group_not_utf8", "count")
    GROUP_FIELD_NUMBER: _ClassVar[int]
    GROUP_NOT_UTF8_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    group: str
    group_not_utf8: bytes
    count: int
    def __init__(self, group: _Optional[str] = ..., group_not_utf8: _Optional[bytes] = ..., count: _Optional[int] = ...) -> None: ...

class GroupUids(_message.Message):
    __slots__ = ("group", "group_not_utf8", "uids", "uids_not_utf8")
    GROUP_FIELD_NUMBER: _ClassVar[int]
    GROUP_NOT_UTF8_FIELD_NUMBER: _ClassVar[int]
    UIDS_FIELD_NUMBER: _ClassVar[int]
    UIDS_NOT_UTF8_FIELD_NUMBER: _ClassVar[int]
    group: str
    group_not_utf8: bytes
    uids: _containers.RepeatedScalarFieldContainer[str]
    uids_not_utf8: _containers.RepeatedScalarFieldContainer[bytes]
    def __init__(self, group: _Optional[str] = ..., group_not_utf8: _Optional[bytes] = ..., uids: _Optional[_Iterable[str]] = ..., uids_not_utf8: _Optional[_Iterable[bytes]] = ...) -> None: ...

class GroupClientIds(_message.Message):
    __slots__ = ("group", "group_not_utf8", "client_ids")
    GROUP_FIELD_NUMBER: _ClassVar[int]
    GROUP_NOT_UTF8_FIELD_NUMBER: _ClassVar[int]
    CLIENT_IDS_FIELD_NUMBER: _ClassVar[int]
    group: str
    group_not_utf8: bytes
    client_ids: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, group: _Optional[str] = ..., group_not_utf8: _Optional[bytes] = ..., client_ids: _Optional[_Iterable[str]] = ...) -> None: ...

class UidClientIds(_message.Message):
    __slots__ = ("uid", "client_ids")
    UID_FIELD_NUMBER: _ClassVar[int]
    CLIENT_IDS_FIELD_NUMBER: _ClassVar[int]
    uid: str
    client_ids: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, uid: _Optional[str] = ..., client_ids: _Optional[_Iterable[str]] = ...) -> None: ...

class Command(_message.Message):
    __slots__ = ("send_to_client", "send_to_current_client", "send_to_all", "send_to_uid", "send_to_group", "bind_uid", "unbind_uid", "join_group", "leave_group", "ungroup", "set_session", "update_session", "close_client", "close_current_client", "destroy_client", "destroy_current_client")
    SEND_TO_CLIENT_FIELD_NUMBER: _ClassVar[int]
    SEND_TO_CURRENT_CLIENT_FIELD_NUMBER: _ClassVar[int]
    SEND_TO_ALL_FIELD_NUMBER: _ClassVar[int]
    SEND_TO_UID_FIELD_NUMBER: _ClassVar[int]
    SEND_TO_GROUP_FIELD_NUMBER: _ClassVar[int]
    BIND_UID_FIELD_NUMBER: _ClassVar[int]
    UNBIND_UID_FIELD_NUMBER: _ClassVar[int]
    JOIN_GROUP_FIELD_NUMBER: _ClassVar[int]
    LEAVE_GROUP_FIELD_NUMBER: _ClassVar[int]
    UNGROUP_FIELD_NUMBER: _ClassVar[int]
    SET_SESSION_FIELD_NUMBER: _ClassVar[int]
    UPDATE_SESSION_FIELD_NUMBER: _ClassVar[int]
    CLOSE_CLIENT_FIELD_NUMBER: _ClassVar[int]
    CLOSE_CURRENT_CLIENT_FIELD_NUMBER: _ClassVar[int]
    DESTROY_CLIENT_FIELD_NUMBER: _ClassVar[int]
    DESTROY_CURRENT_CLIENT_FIELD_NUMBER: _ClassVar[int]
    send_to_client: SendToClientRequest
    send_to_current_client: SendToCurrentClientRequest
    send_to_all: SendToAllRequest
    send_to_uid: SendToUidRequest
    send_to_group: SendToGroupRequest
    bind_uid: BindUidRequest
    unbind_uid: UnbindUidRequest
    join_group: JoinGroupRequest
    leave_group: LeaveGroupRequest
    ungroup: UngroupRequest
    set_session: SetSessionRequest
    update_session: UpdateSessionRequest
    close_client: CloseClientRequest
    close_current_client: CloseCurrentClientRequest
    destroy_client: DestroyClientRequest
    destroy_current_client: DestroyCurrentClientRequest
    def __init__(self, send_to_client: _Optional[_Union[SendToClientRequest, _Mapping]] = ..., send_to_current_client: _Optional[_Union[SendToCurrentClientRequest, _Mapping]] = ..., send_to_all: _Optional[_Union[SendToAllRequest, _Mapping]] = ..., send_to_uid: _Optional[_Union[SendToUidRequest, _Mapping]] = ..., send_to_group: _Optional[_Union[SendToGroupRequest, _Mapping]] = ..., bind_uid: _Optional[_Union[BindUidRequest, _Mapping]] = ..., unbind_uid: _Optional[_Union[UnbindUidRequest, _Mapping]] = ..., join_group: _Optional[_Union[JoinGroupRequest, _Mapping]] = ..., leave_group: _Optional[_Union[LeaveGroupRequest, _Mapping]] = ..., ungroup: _Optional[_Union[UngroupRequest, _Mapping]] = ..., set_session: _Optional[_Union[SetSessionRequest, _Mapping]] = ..., update_session: _Optional[_Union[UpdateSessionRequest, _Mapping]] = ..., close_client: _Optional[_Union[CloseClientRequest, _Mapping]] = ..., close_current_client: _Optional[_Union[CloseCurrentClientRequest, _Mapping]] = ..., destroy_client: _Optional[_Union[DestroyClientRequest, _Mapping]] = ..., destroy_current_client: _Optional[_Union[DestroyCurrentClientRequest, _Mapping]] = ...) -> None: ...

class SendToClientRequest(_message.Message):
    __slots__ = ("client_id", "message", "generation", "confirm", "require_online")
    CLIENT_ID_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    GENERATION_FIELD_NUMBER: _ClassVar[int]
    CONFIRM_FIELD_NUMBER: _ClassVar[int]
    REQUIRE_ONLINE_FIELD_NUMBER: _ClassVar[int]
    client_id: str
    message: _types_pb2.Message
    generation: str
    confirm: _types_pb2.Confirm
    require_online: bool
    def __init__(self, client_id: _Optional[str] = ..., message: _Optional[_Union[_types_pb2.Message, _Mapping]] = ..., generation: _Optional[str] = ..., confirm: _Optional[_Union[_types_pb2.Confirm, str]] = ..., require_online: _Optional[bool] = ...) -> None: ...

class SendToClientResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class SendToCurrentClientRequest(_message.Message):
    __slots__ = ("client_id", "message", "generation", "confirm", "require_online")
    CLIENT_ID_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    GENERATION_FIELD_NUMBER: _ClassVar[int]
    CONFIRM_FIELD_NUMBER: _ClassVar[int]
    REQUIRE_ONLINE_FIELD_NUMBER: _ClassVar[int]
    client_id: str
    message: _types_pb2.Message
    generation: str
    confirm: _types_pb2.Confirm
    require_online: bool
    def __init__(self, client_id: _Optional[str] = ..., message: _Optional[_Union[_types_pb2.Message, _Mapping]] = ..., generation: _Optional[str] = ..., confirm: _Optional[_Union[_types_pb2.Confirm, str]] = ..., require_online: _Optional[bool] = ...) -> None: ...

class SendToCurrentClientResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class SendToAllRequest(_message.Message):
    __slots__ = ("message", "targets", "exclude_client_ids", "confirm")
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    TARGETS_FIELD_NUMBER: _ClassVar[int]
    EXCLUDE_CLIENT_IDS_FIELD_NUMBER: _ClassVar[int]
    CONFIRM_FIELD_NUMBER: _ClassVar[int]
    message: _types_pb2.Message
    targets: _types_pb2.ClientIds
    exclude_client_ids: _containers.RepeatedScalarFieldContainer[str]
    confirm: _types_pb2.Confirm
    def __init__(self, message: _Optional[_Union[_types_pb2.Message, _Mapping]] = ..., targets: _Optional[_Union[_types_pb2.ClientIds, _Mapping]] = ..., exclude_client_ids: _Optional[_Iterable[str]] = ..., confirm: _Optional[_Union[_types_pb2.Confirm, str]] = ...) -> None: ...

class SendToAllResponse(_message.Message):
    __slots__ = ("delivery",)
    DELIVERY_FIELD_NUMBER: _ClassVar[int]
    delivery: _types_pb2.Delivery
    def __init__(self, delivery: _Optional[_Union[_types_pb2.Delivery, _Mapping]] = ...) -> None: ...

class SendToUidRequest(_message.Message):
    __slots__ = ("uids", "message", "confirm")
    UIDS_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    CONFIRM_FIELD_NUMBER: _ClassVar[int]
    uids: _containers.RepeatedScalarFieldContainer[str]
    message: _types_pb2.Message
    confirm: _types_pb2.Confirm
    def __init__(self, uids: _Optional[_Iterable[str]] = ..., message: _Optional[_Union[_types_pb2.Message, _Mapping]] = ..., confirm: _Optional[_Union[_types_pb2.Confirm, str]] = ...) -> None: ...

class SendToUidResponse(_message.Message):
    __slots__ = ("delivery",)
    DELIVERY_FIELD_NUMBER: _ClassVar[int]
    delivery: _types_pb2.Delivery
    def __init__(self, delivery: _Optional[_Union[_types_pb2.Delivery, _Mapping]] = ...) -> None: ...

class SendToGroupRequest(_message.Message):
    __slots__ = ("groups", "message", "exclude_client_ids", "confirm")
    GROUPS_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    EXCLUDE_CLIENT_IDS_FIELD_NUMBER: _ClassVar[int]
    CONFIRM_FIELD_NUMBER: _ClassVar[int]
    groups: _containers.RepeatedScalarFieldContainer[str]
    message: _types_pb2.Message
    exclude_client_ids: _containers.RepeatedScalarFieldContainer[str]
    confirm: _types_pb2.Confirm
    def __init__(self, groups: _Optional[_Iterable[str]] = ..., message: _Optional[_Union[_types_pb2.Message, _Mapping]] = ..., exclude_client_ids: _Optional[_Iterable[str]] = ..., confirm: _Optional[_Union[_types_pb2.Confirm, str]] = ...) -> None: ...

class SendToGroupResponse(_message.Message):
    __slots__ = ("delivery",)
    DELIVERY_FIELD_NUMBER: _ClassVar[int]
    delivery: _types_pb2.Delivery
    def __init__(self, delivery: _Optional[_Union[_types_pb2.Delivery, _Mapping]] = ...) -> None: ...

class BindUidRequest(_message.Message):
    __slots__ = ("client_id", "uid", "generation", "confirm", "require_online")
    CLIENT_ID_FIELD_NUMBER: _ClassVar[int]
    UID_FIELD_NUMBER: _ClassVar[int]
    GENERATION_FIELD_NUMBER: _ClassVar[int]
    CONFIRM_FIELD_NUMBER: _ClassVar[int]
    REQUIRE_ONLINE_FIELD_NUMBER: _ClassVar[int]
    client_id: str
    uid: str
    generation: str
    confirm: _types_pb2.Confirm
    require_online: bool
    def __init__(self, client_id: _Optional[str] = ..., uid: _Optional[str] = ..., generation: _Optional[str] = ..., confirm: _Optional[_Union[_types_pb2.Confirm, str]] = ..., require_online: _Optional[bool] = ...) -> None: ...

class BindUidResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class UnbindUidRequest(_message.Message):
    __slots__ = ("client_id", "uid", "generation", "confirm", "require_online")
    CLIENT_ID_FIELD_NUMBER: _ClassVar[int]
    UID_FIELD_NUMBER: _ClassVar[int]
    GENERATION_FIELD_NUMBER: _ClassVar[int]
    CONFIRM_FIELD_NUMBER: _ClassVar[int]
    REQUIRE_ONLINE_FIELD_NUMBER: _ClassVar[int]
    client_id: str
    uid: str
    generation: str
    confirm: _types_pb2.Confirm
    require_online: bool
    def __init__(self, client_id: _Optional[str] = ..., uid: _Optional[str] = ..., generation: _Optional[str] = ..., confirm: _Optional[_Union[_types_pb2.Confirm, str]] = ..., require_online: _Optional[bool] = ...) -> None: ...

class UnbindUidResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class JoinGroupRequest(_message.Message):
    __slots__ = ("client_id", "group", "generation", "confirm", "require_online")
    CLIENT_ID_FIELD_NUMBER: _ClassVar[int]
    GROUP_FIELD_NUMBER: _ClassVar[int]
    GENERATION_FIELD_NUMBER: _ClassVar[int]
    CONFIRM_FIELD_NUMBER: _ClassVar[int]
    REQUIRE_ONLINE_FIELD_NUMBER: _ClassVar[int]
    client_id: str
    group: str
    generation: str
    confirm: _types_pb2.Confirm
    require_online: bool
    def __init__(self, client_id: _Optional[str] = ..., group: _Optional[str] = ..., generation: _Optional[str] = ..., confirm: _Optional[_Union[_types_pb2.Confirm, str]] = ..., require_online: _Optional[bool] = ...) -> None: ...

class JoinGroupResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class LeaveGroupRequest(_message.Message):
    __slots__ = ("client_id", "group", "generation", "confirm", "require_online")
    CLIENT_ID_FIELD_NUMBER: _ClassVar[int]
    GROUP_FIELD_NUMBER: _ClassVar[int]
    GENERATION_FIELD_NUMBER: _ClassVar[int]
    CONFIRM_FIELD_NUMBER: _ClassVar[int]
    REQUIRE_ONLINE_FIELD_NUMBER: _ClassVar[int]
    client_id: str
    group: str
    generation: str
    confirm: _types_pb2.Confirm
    require_online: bool
    def __init__(self, client_id: _Optional[str] = ..., group: _Optional[str] = ..., generation: _Optional[str] = ..., confirm: _Optional[_Union[_types_pb2.Confirm, str]] = ..., require_online: _Optional[bool] = ...) -> None: ...

class LeaveGroupResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class UngroupRequest(_message.Message):
    __slots__ = ("group", "confirm")
    GROUP_FIELD_NUMBER: _ClassVar[int]
    CONFIRM_FIELD_NUMBER: _ClassVar[int]
    group: str
    confirm: _types_pb2.Confirm
    def __init__(self, group: _Optional[str] = ..., confirm: _Optional[_Union[_types_pb2.Confirm, str]] = ...) -> None: ...

class UngroupResponse(_message.Message):
    __slots__ = ("delivery",)
    DELIVERY_FIELD_NUMBER: _ClassVar[int]
    delivery: _types_pb2.Delivery
    def __init__(self, delivery: _Optional[_Union[_types_pb2.Delivery, _Mapping]] = ...) -> None: ...

class SetSessionRequest(_message.Message):
    __slots__ = ("client_id", "session", "generation", "confirm", "require_online")
    CLIENT_ID_FIELD_NUMBER: _ClassVar[int]
    SESSION_FIELD_NUMBER: _ClassVar[int]
    GENERATION_FIELD_NUMBER: _ClassVar[int]
    CONFIRM_FIELD_NUMBER: _ClassVar[int]
    REQUIRE_ONLINE_FIELD_NUMBER: _ClassVar[int]
    client_id: str
    session: _types_pb2.SessionInput
    generation: str
    confirm: _types_pb2.Confirm
    require_online: bool
    def __init__(self, client_id: _Optional[str] = ..., session: _Optional[_Union[_types_pb2.SessionInput, _Mapping]] = ..., generation: _Optional[str] = ..., confirm: _Optional[_Union[_types_pb2.Confirm, str]] = ..., require_online: _Optional[bool] = ...) -> None: ...

class SetSessionResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class UpdateSessionRequest(_message.Message):
    __slots__ = ("client_id", "session", "generation", "confirm", "require_online")
    CLIENT_ID_FIELD_NUMBER: _ClassVar[int]
    SESSION_FIELD_NUMBER: _ClassVar[int]
    GENERATION_FIELD_NUMBER: _ClassVar[int]
    CONFIRM_FIELD_NUMBER: _ClassVar[int]
    REQUIRE_ONLINE_FIELD_NUMBER: _ClassVar[int]
    client_id: str
    session: _types_pb2.SessionInput
    generation: str
    confirm: _types_pb2.Confirm
    require_online: bool
    def __init__(self, client_id: _Optional[str] = ..., session: _Optional[_Union[_types_pb2.SessionInput, _Mapping]] = ..., generation: _Optional[str] = ..., confirm: _Optional[_Union[_types_pb2.Confirm, str]] = ..., require_online: _Optional[bool] = ...) -> None: ...

class UpdateSessionResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetSessionRequest(_message.Message):
    __slots__ = ("client_id", "generation", "consistency")
    CLIENT_ID_FIELD_NUMBER: _ClassVar[int]
    GENERATION_FIELD_NUMBER: _ClassVar[int]
    CONSISTENCY_FIELD_NUMBER: _ClassVar[int]
    client_id: str
    generation: str
    consistency: _types_pb2.Consistency
    def __init__(self, client_id: _Optional[str] = ..., generation: _Optional[str] = ..., consistency: _Optional[_Union[_types_pb2.Consistency, str]] = ...) -> None: ...

class GetSessionResponse(_message.Message):
    __slots__ = ("session",)
    SESSION_FIELD_NUMBER: _ClassVar[int]
    session: _types_pb2.Session
    def __init__(self, session: _Optional[_Union[_types_pb2.Session, _Mapping]] = ...) -> None: ...

class CloseClientRequest(_message.Message):
    __slots__ = ("client_id", "message", "generation", "confirm", "require_online")
    CLIENT_ID_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    GENERATION_FIELD_NUMBER: _ClassVar[int]
    CONFIRM_FIELD_NUMBER: _ClassVar[int]
    REQUIRE_ONLINE_FIELD_NUMBER: _ClassVar[int]
    client_id: str
    message: _types_pb2.Message
    generation: str
    confirm: _types_pb2.Confirm
    require_online: bool
    def __init__(self, client_id: _Optional[str] = ..., message: _Optional[_Union[_types_pb2.Message, _Mapping]] = ..., generation: _Optional[str] = ..., confirm: _Optional[_Union[_types_pb2.Confirm, str]] = ..., require_online: _Optional[bool] = ...) -> None: ...

class CloseClientResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class CloseCurrentClientRequest(_message.Message):
    __slots__ = ("client_id", "message", "generation", "confirm", "require_online")
    CLIENT_ID_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    GENERATION_FIELD_NUMBER: _ClassVar[int]
    CONFIRM_FIELD_NUMBER: _ClassVar[int]
    REQUIRE_ONLINE_FIELD_NUMBER: _ClassVar[int]
    client_id: str
    message: _types_pb2.Message
    generation: str
    confirm: _types_pb2.Confirm
    require_online: bool
    def __init__(self, client_id: _Optional[str] = ..., message: _Optional[_Union[_types_pb2.Message, _Mapping]] = ..., generation: _Optional[str] = ..., confirm: _Optional[_Union[_types_pb2.Confirm, str]] = ..., require_online: _Optional[bool] = ...) -> None: ...

class CloseCurrentClientResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class DestroyClientRequest(_message.Message):
    __slots__ = ("client_id", "generation", "confirm", "require_online")
    CLIENT_ID_FIELD_NUMBER: _ClassVar[int]
    GENERATION_FIELD_NUMBER: _ClassVar[int]
    CONFIRM_FIELD_NUMBER: _ClassVar[int]
    REQUIRE_ONLINE_FIELD_NUMBER: _ClassVar[int]
    client_id: str
    generation: str
    confirm: _types_pb2.Confirm
    require_online: bool
    def __init__(self, client_id: _Optional[str] = ..., generation: _Optional[str] = ..., confirm: _Optional[_Union[_types_pb2.Confirm, str]] = ..., require_online: _Optional[bool] = ...) -> None: ...

class DestroyClientResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class DestroyCurrentClientRequest(_message.Message):
    __slots__ = ("client_id", "generation", "confirm", "require_online")
    CLIENT_ID_FIELD_NUMBER: _ClassVar[int]
    GENERATION_FIELD_NUMBER: _ClassVar[int]
    CONFIRM_FIELD_NUMBER: _ClassVar[int]
    REQUIRE_ONLINE_FIELD_NUMBER: _ClassVar[int]
    client_id: str
    generation: str
    confirm: _types_pb2.Confirm
    require_online: bool
    def __init__(self, client_id: _Optional[str] = ..., generation: _Optional[str] = ..., confirm: _Optional[_Union[_types_pb2.Confirm, str]] = ..., require_online: _Optional[bool] = ...) -> None: ...

class DestroyCurrentClientResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class IsOnlineRequest(_message.Message):
    __slots__ = ("client_id", "generation", "consistency")
    CLIENT_ID_FIELD_NUMBER: _ClassVar[int]
    GENERATION_FIELD_NUMBER: _ClassVar[int]
    CONSISTENCY_FIELD_NUMBER: _ClassVar[int]
    client_id: str
    generation: str
    consistency: _types_pb2.Consistency
    def __init__(self, client_id: _Optional[str] = ..., generation: _Optional[str] = ..., consistency: _Optional[_Union[_types_pb2.Consistency, str]] = ...) -> None: ...

class IsOnlineResponse(_message.Message):
    __slots__ = ("online",)
    ONLINE_FIELD_NUMBER: _ClassVar[int]
    online: bool
    def __init__(self, online: _Optional[bool] = ...) -> None: ...

class IsUidOnlineRequest(_message.Message):
    __slots__ = ("uid", "consistency", "partial_ok")
    UID_FIELD_NUMBER: _ClassVar[int]
    CONSISTENCY_FIELD_NUMBER: _ClassVar[int]
    PARTIAL_OK_FIELD_NUMBER: _ClassVar[int]
    uid: str
    consistency: _types_pb2.Consistency
    partial_ok: bool
    def __init__(self, uid: _Optional[str] = ..., consistency: _Optional[_Union[_types_pb2.Consistency, str]] = ..., partial_ok: _Optional[bool] = ...) -> None: ...

class IsUidOnlineResponse(_message.Message):
    __slots__ = ("online", "missing")
    ONLINE_FIELD_NUMBER: _ClassVar[int]
    MISSING_FIELD_NUMBER: _ClassVar[int]
    online: bool
    missing: _containers.RepeatedCompositeFieldContainer[_types_pb2.GatewayFailure]
    def __init__(self, online: _Optional[bool] = ..., missing: _Optional[_Iterable[_Union[_types_pb2.GatewayFailure, _Mapping]]] = ...) -> None: ...

class GetAllClientCountRequest(_message.Message):
    __slots__ = ("consistency", "partial_ok")
    CONSISTENCY_FIELD_NUMBER: _ClassVar[int]
    PARTIAL_OK_FIELD_NUMBER: _ClassVar[int]
    consistency: _types_pb2.Consistency
    partial_ok: bool
    def __init__(self, consistency: _Optional[_Union[_types_pb2.Consistency, str]] = ..., partial_ok: _Optional[bool] = ...) -> None: ...

class GetAllClientCountResponse(_message.Message):
    __slots__ = ("count", "missing")
    COUNT_FIELD_NUMBER: _ClassVar[int]
    MISSING_FIELD_NUMBER: _ClassVar[int]
    count: int
    missing: _containers.RepeatedCompositeFieldContainer[_types_pb2.GatewayFailure]
    def __init__(self, count: _Optional[int] = ..., missing: _Optional[_Iterable[_Union[_types_pb2.GatewayFailure, _Mapping]]] = ...) -> None: ...

class GetClientCountByGroupRequest(_message.Message):
    __slots__ = ("group", "consistency", "partial_ok")
    GROUP_FIELD_NUMBER: _ClassVar[int]
    CONSISTENCY_FIELD_NUMBER: _ClassVar[int]
    PARTIAL_OK_FIELD_NUMBER: _ClassVar[int]
    group: str
    consistency: _types_pb2.Consistency
    partial_ok: bool
    def __init__(self, group: _Optional[str] = ..., consistency: _Optional[_Union[_types_pb2.Consistency, str]] = ..., partial_ok: _Optional[bool] = ...) -> None: ...

class GetClientCountByGroupResponse(_message.Message):
    __slots__ = ("count", "missing")
    COUNT_FIELD_NUMBER: _ClassVar[int]
    MISSING_FIELD_NUMBER: _ClassVar[int]
    count: int
    missing: _containers.RepeatedCompositeFieldContainer[_types_pb2.GatewayFailure]
    def __init__(self, count: _Optional[int] = ..., missing: _Optional[_Iterable[_Union[_types_pb2.GatewayFailure, _Mapping]]] = ...) -> None: ...

class GetUidCountByGroupRequest(_message.Message):
    __slots__ = ("group", "consistency", "partial_ok")
    GROUP_FIELD_NUMBER: _ClassVar[int]
    CONSISTENCY_FIELD_NUMBER: _ClassVar[int]
    PARTIAL_OK_FIELD_NUMBER: _ClassVar[int]
    group: str
    consistency: _types_pb2.Consistency
    partial_ok: bool
    def __init__(self, group: _Optional[str] = ..., consistency: _Optional[_Union[_types_pb2.Consistency, str]] = ..., partial_ok: _Optional[bool] = ...) -> None: ...

class GetUidCountByGroupResponse(_message.Message):
    __slots__ = ("count", "missing")
    COUNT_FIELD_NUMBER: _ClassVar[int]
    MISSING_FIELD_NUMBER: _ClassVar[int]
    count: int
    missing: _containers.RepeatedCompositeFieldContainer[_types_pb2.GatewayFailure]
    def __init__(self, count: _Optional[int] = ..., missing: _Optional[_Iterable[_Union[_types_pb2.GatewayFailure, _Mapping]]] = ...) -> None: ...

class GetAllUidCountRequest(_message.Message):
    __slots__ = ("consistency", "partial_ok")
    CONSISTENCY_FIELD_NUMBER: _ClassVar[int]
    PARTIAL_OK_FIELD_NUMBER: _ClassVar[int]
    consistency: _types_pb2.Consistency
    partial_ok: bool
    def __init__(self, consistency: _Optional[_Union[_types_pb2.Consistency, str]] = ..., partial_ok: _Optional[bool] = ...) -> None: ...

class GetAllUidCountResponse(_message.Message):
    __slots__ = ("count", "missing")
    COUNT_FIELD_NUMBER: _ClassVar[int]
    MISSING_FIELD_NUMBER: _ClassVar[int]
    count: int
    missing: _containers.RepeatedCompositeFieldContainer[_types_pb2.GatewayFailure]
    def __init__(self, count: _Optional[int] = ..., missing: _Optional[_Iterable[_Union[_types_pb2.GatewayFailure, _Mapping]]] = ...) -> None: ...

class GetAllGroupClientIdCountRequest(_message.Message):
    __slots__ = ("consistency", "partial_ok")
    CONSISTENCY_FIELD_NUMBER: _ClassVar[int]
    PARTIAL_OK_FIELD_NUMBER: _ClassVar[int]
    consistency: _types_pb2.Consistency
    partial_ok: bool
    def __init__(self, consistency: _Optional[_Union[_types_pb2.Consistency, str]] = ..., partial_ok: _Optional[bool] = ...) -> None: ...

class GetAllGroupClientIdCountResponse(_message.Message):
    __slots__ = ("groups", "missing")
    GROUPS_FIELD_NUMBER: _ClassVar[int]
    MISSING_FIELD_NUMBER: _ClassVar[int]
    groups: _containers.RepeatedCompositeFieldContainer[GroupCount]
    missing: _containers.RepeatedCompositeFieldContainer[_types_pb2.GatewayFailure]
    def __init__(self, groups: _Optional[_Iterable[_Union[GroupCount, _Mapping]]] = ..., missing: _Optional[_Iterable[_Union[_types_pb2.GatewayFailure, _Mapping]]] = ...) -> None: ...

class GetAllGroupUidCountRequest(_message.Message):
    __slots__ = ("consistency", "partial_ok")
    CONSISTENCY_FIELD_NUMBER: _ClassVar[int]
    PARTIAL_OK_FIELD_NUMBER: _ClassVar[int]
    consistency: _types_pb2.Consistency
    partial_ok: bool
    def __init__(self, consistency: _Optional[_Union[_types_pb2.Consistency, str]] = ..., partial_ok: _Optional[bool] = ...) -> None: ...

class GetAllGroupUidCountResponse(_message.Message):
    __slots__ = ("groups", "missing")
    GROUPS_FIELD_NUMBER: _ClassVar[int]
    MISSING_FIELD_NUMBER: _ClassVar[int]
    groups: _containers.RepeatedCompositeFieldContainer[GroupCount]
    missing: _containers.RepeatedCompositeFieldContainer[_types_pb2.GatewayFailure]
    def __init__(self, groups: _Optional[_Iterable[_Union[GroupCount, _Mapping]]] = ..., missing: _Optional[_Iterable[_Union[_types_pb2.GatewayFailure, _Mapping]]] = ...) -> None: ...

class GetAllClientSessionsRequest(_message.Message):
    __slots__ = ("group", "consistency", "partial_ok")
    GROUP_FIELD_NUMBER: _ClassVar[int]
    CONSISTENCY_FIELD_NUMBER: _ClassVar[int]
    PARTIAL_OK_FIELD_NUMBER: _ClassVar[int]
    group: str
    consistency: _types_pb2.Consistency
    partial_ok: bool
    def __init__(self, group: _Optional[str] = ..., consistency: _Optional[_Union[_types_pb2.Consistency, str]] = ..., partial_ok: _Optional[bool] = ...) -> None: ...

class GetAllClientSessionsResponse(_message.Message):
    __slots__ = ("clients", "missing")
    CLIENTS_FIELD_NUMBER: _ClassVar[int]
    MISSING_FIELD_NUMBER: _ClassVar[int]
    clients: _containers.RepeatedCompositeFieldContainer[ClientSession]
    missing: _containers.RepeatedCompositeFieldContainer[_types_pb2.GatewayFailure]
    def __init__(self, clients: _Optional[_Iterable[_Union[ClientSession, _Mapping]]] = ..., missing: _Optional[_Iterable[_Union[_types_pb2.GatewayFailure, _Mapping]]] = ...) -> None: ...

class GetClientSessionsByGroupRequest(_message.Message):
    __slots__ = ("group", "consistency", "partial_ok")
    GROUP_FIELD_NUMBER: _ClassVar[int]
    CONSISTENCY_FIELD_NUMBER: _ClassVar[int]
    PARTIAL_OK_FIELD_NUMBER: _ClassVar[int]
    group: str
    consistency: _types_pb2.Consistency
    partial_ok: bool
    def __init__(self, group: _Optional[str] = ..., consistency: _Optional[_Union[_types_pb2.Consistency, str]] = ..., partial_ok: _Optional[bool] = ...) -> None: ...

class GetClientSessionsByGroupResponse(_message.Message):
    __slots__ = ("clients", "missing")
    CLIENTS_FIELD_NUMBER: _ClassVar[int]
    MISSING_FIELD_NUMBER: _ClassVar[int]
    clients: _containers.RepeatedCompositeFieldContainer[ClientSession]
    missing: _containers.RepeatedCompositeFieldContainer[_types_pb2.GatewayFailure]
    def __init__(self, clients: _Optional[_Iterable[_Union[ClientSession, _Mapping]]] = ..., missing: _Optional[_Iterable[_Union[_types_pb2.GatewayFailure, _Mapping]]] = ...) -> None: ...

class GetAllClientIdListRequest(_message.Message):
    __slots__ = ("consistency", "partial_ok")
    CONSISTENCY_FIELD_NUMBER: _ClassVar[int]
    PARTIAL_OK_FIELD_NUMBER: _ClassVar[int]
    consistency: _types_pb2.Consistency
    partial_ok: bool
    def __init__(self, consistency: _Optional[_Union[_types_pb2.Consistency, str]] = ..., partial_ok: _Optional[bool] = ...) -> None: ...

class GetAllClientIdListResponse(_message.Message):
    __slots__ = ("client_ids", "missing")
    CLIENT_IDS_FIELD_NUMBER: _ClassVar[int]
    MISSING_FIELD_NUMBER: _ClassVar[int]
    client_ids: _containers.RepeatedScalarFieldContainer[str]
    missing: _containers.RepeatedCompositeFieldContainer[_types_pb2.GatewayFailure]
    def __init__(self, client_ids: _Optional[_Iterable[str]] = ..., missing: _Optional[_Iterable[_Union[_types_pb2.GatewayFailure, _Mapping]]] = ...) -> None: ...

class GetClientIdListByGroupRequest(_message.Message):
    __slots__ = ("group", "consistency", "partial_ok")
    GROUP_FIELD_NUMBER: _ClassVar[int]
    CONSISTENCY_FIELD_NUMBER: _ClassVar[int]
    PARTIAL_OK_FIELD_NUMBER: _ClassVar[int]
    group: str
    consistency: _types_pb2.Consistency
    partial_ok: bool
    def __init__(self, group: _Optional[str] = ..., consistency: _Optional[_Union[_types_pb2.Consistency, str]] = ..., partial_ok: _Optional[bool] = ...) -> None: ...

class GetClientIdListByGroupResponse(_message.Message):
    __slots__ = ("client_ids", "missing")
    CLIENT_IDS_FIELD_NUMBER: _ClassVar[int]
    MISSING_FIELD_NUMBER: _ClassVar[int]
    client_ids: _containers.RepeatedScalarFieldContainer[str]
    missing: _containers.RepeatedCompositeFieldContainer[_types_pb2.GatewayFailure]
    def __init__(self, client_ids: _Optional[_Iterable[str]] = ..., missing: _Optional[_Iterable[_Union[_types_pb2.GatewayFailure, _Mapping]]] = ...) -> None: ...

class GetClientIdByUidRequest(_message.Message):
    __slots__ = ("uid", "consistency", "partial_ok")
    UID_FIELD_NUMBER: _ClassVar[int]
    CONSISTENCY_FIELD_NUMBER: _ClassVar[int]
    PARTIAL_OK_FIELD_NUMBER: _ClassVar[int]
    uid: str
    consistency: _types_pb2.Consistency
    partial_ok: bool
    def __init__(self, uid: _Optional[str] = ..., consistency: _Optional[_Union[_types_pb2.Consistency, str]] = ..., partial_ok: _Optional[bool] = ...) -> None: ...

class GetClientIdByUidResponse(_message.Message):
    __slots__ = ("client_ids", "missing")
    CLIENT_IDS_FIELD_NUMBER: _ClassVar[int]
    MISSING_FIELD_NUMBER: _ClassVar[int]
    client_ids: _containers.RepeatedScalarFieldContainer[str]
    missing: _containers.RepeatedCompositeFieldContainer[_types_pb2.GatewayFailure]
    def __init__(self, client_ids: _Optional[_Iterable[str]] = ..., missing: _Optional[_Iterable[_Union[_types_pb2.GatewayFailure, _Mapping]]] = ...) -> None: ...

class GetClientIdByUidsRequest(_message.Message):
    __slots__ = ("uids", "consistency", "partial_ok")
    UIDS_FIELD_NUMBER: _ClassVar[int]
    CONSISTENCY_FIELD_NUMBER: _ClassVar[int]
    PARTIAL_OK_FIELD_NUMBER: _ClassVar[int]
    uids: _containers.RepeatedScalarFieldContainer[str]
    consistency: _types_pb2.Consistency
    partial_ok: bool
    def __init__(self, uids: _Optional[_Iterable[str]] = ..., consistency: _Optional[_Union[_types_pb2.Consistency, str]] = ..., partial_ok: _Optional[bool] = ...) -> None: ...

class GetClientIdByUidsResponse(_message.Message):
    __slots__ = ("uids", "missing")
    UIDS_FIELD_NUMBER: _ClassVar[int]
    MISSING_FIELD_NUMBER: _ClassVar[int]
    uids: _containers.RepeatedCompositeFieldContainer[UidClientIds]
    missing: _containers.RepeatedCompositeFieldContainer[_types_pb2.GatewayFailure]
    def __init__(self, uids: _Optional[_Iterable[_Union[UidClientIds, _Mapping]]] = ..., missing: _Optional[_Iterable[_Union[_types_pb2.GatewayFailure, _Mapping]]] = ...) -> None: ...

class GetUidListByGroupRequest(_message.Message):
    __slots__ = ("group", "consistency", "partial_ok")
    GROUP_FIELD_NUMBER: _ClassVar[int]
    CONSISTENCY_FIELD_NUMBER: _ClassVar[int]
    PARTIAL_OK_FIELD_NUMBER: _ClassVar[int]
    group: str
    consistency: _types_pb2.Consistency
    partial_ok: bool
    def __init__(self, group: _Optional[str] = ..., consistency: _Optional[_Union[_types_pb2.Consistency, str]] = ..., partial_ok: _Optional[bool] = ...) -> None: ...

class GetUidListByGroupResponse(_message.Message):
    __slots__ = ("uids", "uids_not_utf8", "missing")
    UIDS_FIELD_NUMBER: _ClassVar[int]
    UIDS_NOT_UTF8_FIELD_NUMBER: _ClassVar[int]
    MISSING_FIELD_NUMBER: _ClassVar[int]
    uids: _containers.RepeatedScalarFieldContainer[str]
    uids_not_utf8: _containers.RepeatedScalarFieldContainer[bytes]
    missing: _containers.RepeatedCompositeFieldContainer[_types_pb2.GatewayFailure]
    def __init__(self, uids: _Optional[_Iterable[str]] = ..., uids_not_utf8: _Optional[_Iterable[bytes]] = ..., missing: _Optional[_Iterable[_Union[_types_pb2.GatewayFailure, _Mapping]]] = ...) -> None: ...

class GetAllUidListRequest(_message.Message):
    __slots__ = ("consistency", "partial_ok")
    CONSISTENCY_FIELD_NUMBER: _ClassVar[int]
    PARTIAL_OK_FIELD_NUMBER: _ClassVar[int]
    consistency: _types_pb2.Consistency
    partial_ok: bool
    def __init__(self, consistency: _Optional[_Union[_types_pb2.Consistency, str]] = ..., partial_ok: _Optional[bool] = ...) -> None: ...

class GetAllUidListResponse(_message.Message):
    __slots__ = ("uids", "uids_not_utf8", "missing")
    UIDS_FIELD_NUMBER: _ClassVar[int]
    UIDS_NOT_UTF8_FIELD_NUMBER: _ClassVar[int]
    MISSING_FIELD_NUMBER: _ClassVar[int]
    uids: _containers.RepeatedScalarFieldContainer[str]
    uids_not_utf8: _containers.RepeatedScalarFieldContainer[bytes]
    missing: _containers.RepeatedCompositeFieldContainer[_types_pb2.GatewayFailure]
    def __init__(self, uids: _Optional[_Iterable[str]] = ..., uids_not_utf8: _Optional[_Iterable[bytes]] = ..., missing: _Optional[_Iterable[_Union[_types_pb2.GatewayFailure, _Mapping]]] = ...) -> None: ...

class GetUidByClientIdRequest(_message.Message):
    __slots__ = ("client_id", "generation", "consistency")
    CLIENT_ID_FIELD_NUMBER: _ClassVar[int]
    GENERATION_FIELD_NUMBER: _ClassVar[int]
    CONSISTENCY_FIELD_NUMBER: _ClassVar[int]
    client_id: str
    generation: str
    consistency: _types_pb2.Consistency
    def __init__(self, client_id: _Optional[str] = ..., generation: _Optional[str] = ..., consistency: _Optional[_Union[_types_pb2.Consistency, str]] = ...) -> None: ...

class GetUidByClientIdResponse(_message.Message):
    __slots__ = ("uid", "uid_not_utf8")
    UID_FIELD_NUMBER: _ClassVar[int]
    UID_NOT_UTF8_FIELD_NUMBER: _ClassVar[int]
    uid: str
    uid_not_utf8: bytes
    def __init__(self, uid: _Optional[str] = ..., uid_not_utf8: _Optional[bytes] = ...) -> None: ...

class GetAllGroupIdListRequest(_message.Message):
    __slots__ = ("consistency", "partial_ok")
    CONSISTENCY_FIELD_NUMBER: _ClassVar[int]
    PARTIAL_OK_FIELD_NUMBER: _ClassVar[int]
    consistency: _types_pb2.Consistency
    partial_ok: bool
    def __init__(self, consistency: _Optional[_Union[_types_pb2.Consistency, str]] = ..., partial_ok: _Optional[bool] = ...) -> None: ...

class GetAllGroupIdListResponse(_message.Message):
    __slots__ = ("groups", "groups_not_utf8", "missing")
    GROUPS_FIELD_NUMBER: _ClassVar[int]
    GROUPS_NOT_UTF8_FIELD_NUMBER: _ClassVar[int]
    MISSING_FIELD_NUMBER: _ClassVar[int]
    groups: _containers.RepeatedScalarFieldContainer[str]
    groups_not_utf8: _containers.RepeatedScalarFieldContainer[bytes]
    missing: _containers.RepeatedCompositeFieldContainer[_types_pb2.GatewayFailure]
    def __init__(self, groups: _Optional[_Iterable[str]] = ..., groups_not_utf8: _Optional[_Iterable[bytes]] = ..., missing: _Optional[_Iterable[_Union[_types_pb2.GatewayFailure, _Mapping]]] = ...) -> None: ...

class GetAllGroupUidListRequest(_message.Message):
    __slots__ = ("consistency", "partial_ok")
    CONSISTENCY_FIELD_NUMBER: _ClassVar[int]
    PARTIAL_OK_FIELD_NUMBER: _ClassVar[int]
    consistency: _types_pb2.Consistency
    partial_ok: bool
    def __init__(self, consistency: _Optional[_Union[_types_pb2.Consistency, str]] = ..., partial_ok: _Optional[bool] = ...) -> None: ...

class GetAllGroupUidListResponse(_message.Message):
    __slots__ = ("groups", "missing")
    GROUPS_FIELD_NUMBER: _ClassVar[int]
    MISSING_FIELD_NUMBER: _ClassVar[int]
    groups: _containers.RepeatedCompositeFieldContainer[GroupUids]
    missing: _containers.RepeatedCompositeFieldContainer[_types_pb2.GatewayFailure]
    def __init__(self, groups: _Optional[_Iterable[_Union[GroupUids, _Mapping]]] = ..., missing: _Optional[_Iterable[_Union[_types_pb2.GatewayFailure, _Mapping]]] = ...) -> None: ...

class GetAllGroupClientIdListRequest(_message.Message):
    __slots__ = ("consistency", "partial_ok")
    CONSISTENCY_FIELD_NUMBER: _ClassVar[int]
    PARTIAL_OK_FIELD_NUMBER: _ClassVar[int]
    consistency: _types_pb2.Consistency
    partial_ok: bool
    def __init__(self, consistency: _Optional[_Union[_types_pb2.Consistency, str]] = ..., partial_ok: _Optional[bool] = ...) -> None: ...

class GetAllGroupClientIdListResponse(_message.Message):
    __slots__ = ("groups", "missing")
    GROUPS_FIELD_NUMBER: _ClassVar[int]
    MISSING_FIELD_NUMBER: _ClassVar[int]
    groups: _containers.RepeatedCompositeFieldContainer[GroupClientIds]
    missing: _containers.RepeatedCompositeFieldContainer[_types_pb2.GatewayFailure]
    def __init__(self, groups: _Optional[_Iterable[_Union[GroupClientIds, _Mapping]]] = ..., missing: _Optional[_Iterable[_Union[_types_pb2.GatewayFailure, _Mapping]]] = ...) -> None: ...

class GetClientCountByGroupsRequest(_message.Message):
    __slots__ = ("groups", "consistency", "partial_ok")
    GROUPS_FIELD_NUMBER: _ClassVar[int]
    CONSISTENCY_FIELD_NUMBER: _ClassVar[int]
    PARTIAL_OK_FIELD_NUMBER: _ClassVar[int]
    groups: _containers.RepeatedScalarFieldContainer[str]
    consistency: _types_pb2.Consistency
    partial_ok: bool
    def __init__(self, groups: _Optional[_Iterable[str]] = ..., consistency: _Optional[_Union[_types_pb2.Consistency, str]] = ..., partial_ok: _Optional[bool] = ...) -> None: ...

class GetClientCountByGroupsResponse(_message.Message):
    __slots__ = ("groups", "missing")
    GROUPS_FIELD_NUMBER: _ClassVar[int]
    MISSING_FIELD_NUMBER: _ClassVar[int]
    groups: _containers.RepeatedCompositeFieldContainer[GroupCount]
    missing: _containers.RepeatedCompositeFieldContainer[_types_pb2.GatewayFailure]
    def __init__(self, groups: _Optional[_Iterable[_Union[GroupCount, _Mapping]]] = ..., missing: _Optional[_Iterable[_Union[_types_pb2.GatewayFailure, _Mapping]]] = ...) -> None: ...

class SelectRequest(_message.Message):
    __slots__ = ("fields", "filter", "consistency", "partial_ok")
    FIELDS_FIELD_NUMBER: _ClassVar[int]
    FILTER_FIELD_NUMBER: _ClassVar[int]
    CONSISTENCY_FIELD_NUMBER: _ClassVar[int]
    PARTIAL_OK_FIELD_NUMBER: _ClassVar[int]
    fields: _containers.RepeatedScalarFieldContainer[SelectField]
    filter: SelectFilter
    consistency: _types_pb2.Consistency
    partial_ok: bool
    def __init__(self, fields: _Optional[_Iterable[_Union[SelectField, str]]] = ..., filter: _Optional[_Union[SelectFilter, _Mapping]] = ..., consistency: _Optional[_Union[_types_pb2.Consistency, str]] = ..., partial_ok: _Optional[bool] = ...) -> None: ...

class SelectResponse(_message.Message):
    __slots__ = ("clients", "missing")
    CLIENTS_FIELD_NUMBER: _ClassVar[int]
    MISSING_FIELD_NUMBER: _ClassVar[int]
    clients: _containers.RepeatedCompositeFieldContainer[SelectedClient]
    missing: _containers.RepeatedCompositeFieldContainer[_types_pb2.GatewayFailure]
    def __init__(self, clients: _Optional[_Iterable[_Union[SelectedClient, _Mapping]]] = ..., missing: _Optional[_Iterable[_Union[_types_pb2.GatewayFailure, _Mapping]]] = ...) -> None: ...

class AreOnlineRequest(_message.Message):
    __slots__ = ("client_ids", "consistency", "partial_ok")
    CLIENT_IDS_FIELD_NUMBER: _ClassVar[int]
    CONSISTENCY_FIELD_NUMBER: _ClassVar[int]
    PARTIAL_OK_FIELD_NUMBER: _ClassVar[int]
    client_ids: _containers.RepeatedScalarFieldContainer[str]
    consistency: _types_pb2.Consistency
    partial_ok: bool
    def __init__(self, client_ids: _Optional[_Iterable[str]] = ..., consistency: _Optional[_Union[_types_pb2.Consistency, str]] = ..., partial_ok: _Optional[bool] = ...) -> None: ...

class AreOnlineResponse(_message.Message):
    __slots__ = ("online", "missing")
    class OnlineEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: bool
        def __init__(self, key: _Optional[str] = ..., value: _Optional[bool] = ...) -> None: ...
    ONLINE_FIELD_NUMBER: _ClassVar[int]
    MISSING_FIELD_NUMBER: _ClassVar[int]
    online: _containers.ScalarMap[str, bool]
    missing: _containers.RepeatedCompositeFieldContainer[_types_pb2.GatewayFailure]
    def __init__(self, online: _Optional[_Mapping[str, bool]] = ..., missing: _Optional[_Iterable[_Union[_types_pb2.GatewayFailure, _Mapping]]] = ...) -> None: ...

class GetSessionsRequest(_message.Message):
    __slots__ = ("client_ids", "consistency", "partial_ok")
    CLIENT_IDS_FIELD_NUMBER: _ClassVar[int]
    CONSISTENCY_FIELD_NUMBER: _ClassVar[int]
    PARTIAL_OK_FIELD_NUMBER: _ClassVar[int]
    client_ids: _containers.RepeatedScalarFieldContainer[str]
    consistency: _types_pb2.Consistency
    partial_ok: bool
    def __init__(self, client_ids: _Optional[_Iterable[str]] = ..., consistency: _Optional[_Union[_types_pb2.Consistency, str]] = ..., partial_ok: _Optional[bool] = ...) -> None: ...

class GetSessionsResponse(_message.Message):
    __slots__ = ("clients", "offline_client_ids", "missing")
    CLIENTS_FIELD_NUMBER: _ClassVar[int]
    OFFLINE_CLIENT_IDS_FIELD_NUMBER: _ClassVar[int]
    MISSING_FIELD_NUMBER: _ClassVar[int]
    clients: _containers.RepeatedCompositeFieldContainer[ClientSession]
    offline_client_ids: _containers.RepeatedScalarFieldContainer[str]
    missing: _containers.RepeatedCompositeFieldContainer[_types_pb2.GatewayFailure]
    def __init__(self, clients: _Optional[_Iterable[_Union[ClientSession, _Mapping]]] = ..., offline_client_ids: _Optional[_Iterable[str]] = ..., missing: _Optional[_Iterable[_Union[_types_pb2.GatewayFailure, _Mapping]]] = ...) -> None: ...

class ExecuteRequest(_message.Message):
    __slots__ = ("commands",)
    COMMANDS_FIELD_NUMBER: _ClassVar[int]
    commands: _containers.RepeatedCompositeFieldContainer[Command]
    def __init__(self, commands: _Optional[_Iterable[_Union[Command, _Mapping]]] = ...) -> None: ...

class ExecuteResponse(_message.Message):
    __slots__ = ("statuses",)
    STATUSES_FIELD_NUMBER: _ClassVar[int]
    statuses: _containers.RepeatedCompositeFieldContainer[_types_pb2.CommandStatus]
    def __init__(self, statuses: _Optional[_Iterable[_Union[_types_pb2.CommandStatus, _Mapping]]] = ...) -> None: ...

class StreamAllClientSessionsRequest(_message.Message):
    __slots__ = ("group", "consistency", "partial_ok")
    GROUP_FIELD_NUMBER: _ClassVar[int]
    CONSISTENCY_FIELD_NUMBER: _ClassVar[int]
    PARTIAL_OK_FIELD_NUMBER: _ClassVar[int]
    group: str
    consistency: _types_pb2.Consistency
    partial_ok: bool
    def __init__(self, group: _Optional[str] = ..., consistency: _Optional[_Union[_types_pb2.Consistency, str]] = ..., partial_ok: _Optional[bool] = ...) -> None: ...

class StreamAllClientSessionsResponse(_message.Message):
    __slots__ = ("clients", "missing")
    CLIENTS_FIELD_NUMBER: _ClassVar[int]
    MISSING_FIELD_NUMBER: _ClassVar[int]
    clients: _containers.RepeatedCompositeFieldContainer[ClientSession]
    missing: _containers.RepeatedCompositeFieldContainer[_types_pb2.GatewayFailure]
    def __init__(self, clients: _Optional[_Iterable[_Union[ClientSession, _Mapping]]] = ..., missing: _Optional[_Iterable[_Union[_types_pb2.GatewayFailure, _Mapping]]] = ...) -> None: ...

class StreamAllClientIdListRequest(_message.Message):
    __slots__ = ("consistency", "partial_ok")
    CONSISTENCY_FIELD_NUMBER: _ClassVar[int]
    PARTIAL_OK_FIELD_NUMBER: _ClassVar[int]
    consistency: _types_pb2.Consistency
    partial_ok: bool
    def __init__(self, consistency: _Optional[_Union[_types_pb2.Consistency, str]] = ..., partial_ok: _Optional[bool] = ...) -> None: ...

class StreamAllClientIdListResponse(_message.Message):
    __slots__ = ("client_ids", "missing")
    CLIENT_IDS_FIELD_NUMBER: _ClassVar[int]
    MISSING_FIELD_NUMBER: _ClassVar[int]
    client_ids: _containers.RepeatedScalarFieldContainer[str]
    missing: _containers.RepeatedCompositeFieldContainer[_types_pb2.GatewayFailure]
    def __init__(self, client_ids: _Optional[_Iterable[str]] = ..., missing: _Optional[_Iterable[_Union[_types_pb2.GatewayFailure, _Mapping]]] = ...) -> None: ...

class StreamAllUidListRequest(_message.Message):
    __slots__ = ("consistency", "partial_ok")
    CONSISTENCY_FIELD_NUMBER: _ClassVar[int]
    PARTIAL_OK_FIELD_NUMBER: _ClassVar[int]
    consistency: _types_pb2.Consistency
    partial_ok: bool
    def __init__(self, consistency: _Optional[_Union[_types_pb2.Consistency, str]] = ..., partial_ok: _Optional[bool] = ...) -> None: ...

class StreamAllUidListResponse(_message.Message):
    __slots__ = ("uids", "uids_not_utf8", "missing")
    UIDS_FIELD_NUMBER: _ClassVar[int]
    UIDS_NOT_UTF8_FIELD_NUMBER: _ClassVar[int]
    MISSING_FIELD_NUMBER: _ClassVar[int]
    uids: _containers.RepeatedScalarFieldContainer[str]
    uids_not_utf8: _containers.RepeatedScalarFieldContainer[bytes]
    missing: _containers.RepeatedCompositeFieldContainer[_types_pb2.GatewayFailure]
    def __init__(self, uids: _Optional[_Iterable[str]] = ..., uids_not_utf8: _Optional[_Iterable[bytes]] = ..., missing: _Optional[_Iterable[_Union[_types_pb2.GatewayFailure, _Mapping]]] = ...) -> None: ...
