"""The commands of the API, as values: what `Client.execute` takes many of at once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypedDict, Unpack

from .errors import invalid
from .v1 import gateway_service_pb2 as pb
from .v1 import types_pb2
from .v1.gateway_service_pb2 import Command
from .values import MessageLike, SessionLike, to_message, to_session

__all__ = [
    "Command", "ClientOptions", "ClusterOptions", "bind_uid", "close_client", "close_current_client", "destroy_client",
    "destroy_current_client", "join_group", "leave_group", "send_to_all", "send_to_client", "send_to_current_client",
    "send_to_group", "send_to_uid", "set_session", "unbind_uid", "ungroup", "update_session",
]  # fmt: skip


class ClientOptions(TypedDict, total=False):
    """What a command to one client may ask for."""

    generation: str
    """The generation of the client's Gateway that is expected, as an event gave it: NotFoundError where it is over."""
    confirm: bool
    """Answer when the Gateway has run it, and not when it stands in the link's buffer."""
    require_online: bool
    """NotFoundError where the client is gone; without it that is no error, and nothing happens."""


class ClusterOptions(TypedDict, total=False):
    """What a command to many clients may ask for."""

    confirm: bool
    """Answer when each Gateway has run it."""


class _ClientFields(TypedDict, total=False):
    generation: str
    confirm: types_pb2.Confirm
    require_online: bool


def send_to_client(client_id: str, message: MessageLike, **options: Unpack[ClientOptions]) -> Command:
    """Sends a message to one client."""
    return Command(send_to_client=pb.SendToClientRequest(
        client_id=client_id, message=to_message(message), **_client(options)))


def send_to_current_client(message: MessageLike, client_id: str = "", **options: Unpack[ClientOptions]) -> Command:
    """Sends a message to the client of the event at hand."""
    return Command(send_to_current_client=pb.SendToCurrentClientRequest(
        client_id=client_id, message=to_message(message), **_client(options)))


def send_to_all(message: MessageLike, client_ids: Iterable[str] | None = None, *, exclude: Iterable[str] = (),
                **options: Unpack[ClusterOptions]) -> Command:
    """Sends a message to everyone (`client_ids` None) or to these clients; an empty list is nobody."""
    request = pb.SendToAllRequest(message=to_message(message), exclude_client_ids=_list("exclude", exclude),
                                  confirm=_confirm(options))
    if client_ids is not None:
        request.targets.SetInParent()
        request.targets.client_ids.extend(_list("client_ids", client_ids))
    return Command(send_to_all=request)


def send_to_uid(uids: str | Iterable[str], message: MessageLike, **options: Unpack[ClusterOptions]) -> Command:
    """Sends a message to every client bound to one of the uids."""
    return Command(send_to_uid=pb.SendToUidRequest(
        uids=_one_or_many(uids), message=to_message(message), confirm=_confirm(options)))


def send_to_group(groups: str | Iterable[str], message: MessageLike, *, exclude: Iterable[str] = (),
                  **options: Unpack[ClusterOptions]) -> Command:
    """Sends a message to every client in one of the groups."""
    return Command(send_to_group=pb.SendToGroupRequest(
        groups=_one_or_many(groups), message=to_message(message), exclude_client_ids=_list("exclude", exclude),
        confirm=_confirm(options)))


def bind_uid(client_id: str, uid: str, **options: Unpack[ClientOptions]) -> Command:
    """Binds a client to a uid, in place of its former one."""
    return Command(bind_uid=pb.BindUidRequest(client_id=client_id, uid=uid, **_client(options)))


def unbind_uid(client_id: str, uid: str = "", **options: Unpack[ClientOptions]) -> Command:
    """Takes a client's uid away, whichever it is."""
    return Command(unbind_uid=pb.UnbindUidRequest(client_id=client_id, uid=uid, **_client(options)))


def join_group(client_id: str, group: str, **options: Unpack[ClientOptions]) -> Command:
    """Puts a client into a group."""
    return Command(join_group=pb.JoinGroupRequest(client_id=client_id, group=group, **_client(options)))


def leave_group(client_id: str, group: str, **options: Unpack[ClientOptions]) -> Command:
    """Takes a client out of a group."""
    return Command(leave_group=pb.LeaveGroupRequest(client_id=client_id, group=group, **_client(options)))


def ungroup(group: str, **options: Unpack[ClusterOptions]) -> Command:
    """Dissolves a group: every client leaves it."""
    return Command(ungroup=pb.UngroupRequest(group=group, confirm=_confirm(options)))


def set_session(client_id: str, session: SessionLike, **options: Unpack[ClientOptions]) -> Command:
    """Replaces a client's session."""
    return Command(set_session=pb.SetSessionRequest(
        client_id=client_id, session=to_session(session), **_client(options)))


def update_session(client_id: str, session: SessionLike, **options: Unpack[ClientOptions]) -> Command:
    """Merges into a client's session."""
    return Command(update_session=pb.UpdateSessionRequest(
        client_id=client_id, session=to_session(session), **_client(options)))


def close_client(client_id: str, message: MessageLike | None = None, **options: Unpack[ClientOptions]) -> Command:
    """Closes a client once what was sent to it has drained, `message` at last."""
    return Command(close_client=pb.CloseClientRequest(
        client_id=client_id, message=None if message is None else to_message(message), **_client(options)))


def close_current_client(message: MessageLike | None = None, client_id: str = "",
                         **options: Unpack[ClientOptions]) -> Command:
    """Closes the client of the event at hand."""
    return Command(close_current_client=pb.CloseCurrentClientRequest(
        client_id=client_id, message=None if message is None else to_message(message), **_client(options)))


def destroy_client(client_id: str, **options: Unpack[ClientOptions]) -> Command:
    """Closes a client at once and drops what was not yet sent to it."""
    return Command(destroy_client=pb.DestroyClientRequest(client_id=client_id, **_client(options)))


def destroy_current_client(client_id: str = "", **options: Unpack[ClientOptions]) -> Command:
    """Destroys the client of the event at hand."""
    return Command(destroy_current_client=pb.DestroyCurrentClientRequest(client_id=client_id, **_client(options)))


def _client(options: ClientOptions) -> _ClientFields:
    return {"generation": options.get("generation", ""), "require_online": options.get("require_online", False),
            "confirm": types_pb2.CONFIRM_RUN if options.get("confirm") else types_pb2.CONFIRM_UNSPECIFIED}


def _confirm(options: ClusterOptions) -> types_pb2.Confirm:
    return types_pb2.CONFIRM_RUN if options.get("confirm") else types_pb2.CONFIRM_UNSPECIFIED


def _list(field: str, ids: Iterable[str]) -> list[str]:
    if isinstance(ids, str):  # which would be a list of its letters
        raise invalid(field, "is a str, not a list of them")
    return list(ids)


def _one_or_many(names: str | Iterable[str]) -> list[str]:
    return [names] if isinstance(names, str) else list(names)
