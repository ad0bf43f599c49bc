"""The queries of the API, as the Client has them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Generic, TypedDict, TypeVar, Unpack

from .v1 import gateway_service_pb2 as pb
from .v1 import types_pb2
from .values import GatewayFailure, Session, from_failures, from_session

_T = TypeVar("_T")
_K = TypeVar("_K")


class ClientQuery(TypedDict, total=False):
    """Options of a query about one client."""

    generation: str
    """The generation of the client's Gateway that is expected: NotFoundError where it is over."""
    any_consistency: bool
    """Take what the Gateway answers first, even if it has not run earlier commands yet."""
    timeout: float | None
    """Seconds; else the client's."""


class ClusterQuery(TypedDict, total=False):
    """Options of a query to every Gateway."""

    any_consistency: bool
    partial_ok: bool
    """Where a Gateway does not answer: return what there is, with the Gateway in `missing` of the result."""
    timeout: float | None


class Count(int):
    """A number; with `partial_ok`, `missing` has the Gateways whose clients are not counted."""

    missing: list[GatewayFailure]


class List(list[_T], Generic[_T]):
    """A list; with `partial_ok`, `missing` has the Gateways whose clients are not in it."""

    missing: list[GatewayFailure]


class Dict(dict[_K, _T], Generic[_K, _T]):
    """A dict; with `partial_ok`, `missing` has the Gateways whose clients are not in it."""

    missing: list[GatewayFailure]


class Field(IntEnum):
    """What `Client.select` can ask for."""

    UID = pb.SELECT_FIELD_UID
    GROUPS = pb.SELECT_FIELD_GROUPS
    SESSION = pb.SELECT_FIELD_SESSION


@dataclass(frozen=True, slots=True)
class SelectedClient:
    """A client as `Client.select` lists it: only what was asked for is set. `bytes` is what is not UTF-8."""

    client_id: str
    uid: str | bytes | None = None
    groups: list[str | bytes] = field(default_factory=list)
    session: Session | None = None


class Queries:
    """What a Client can ask. Results hold each uid and client once, in no order; a uid or the name of a group that is
    not UTF-8 is `bytes`."""

    async def _call(self, name: str, request: Any, timeout: float | None = None) -> Any:
        raise NotImplementedError

    # ---- One client

    async def is_online(self, client_id: str, **options: Unpack[ClientQuery]) -> bool:
        """Whether a client is connected. NotFoundError where no member of the cluster carries such ids."""
        response: pb.IsOnlineResponse = await self._one("IsOnline", pb.IsOnlineRequest(client_id=client_id), options)
        return response.online

    async def get_session(self, client_id: str, **options: Unpack[ClientQuery]) -> Session:
        """A client's session; empty where none was set. NotFoundError where the client is gone."""
        request = pb.GetSessionRequest(client_id=client_id)
        response: pb.GetSessionResponse = await self._one("GetSession", request, options)
        return from_session(response.session)

    async def get_uid_by_client_id(self, client_id: str, **options: Unpack[ClientQuery]) -> str | bytes | None:
        """A client's uid, None where it has none. NotFoundError where the client is gone."""
        request = pb.GetUidByClientIdRequest(client_id=client_id)
        response: pb.GetUidByClientIdResponse = await self._one("GetUidByClientId", request, options)
        return response.uid if response.HasField("uid") else response.uid_not_utf8 or None

    # ---- Counts

    async def is_uid_online(self, uid: str, **options: Unpack[ClusterQuery]) -> bool:
        """Whether any client is bound to the uid."""
        response: pb.IsUidOnlineResponse = await self._all("IsUidOnline", pb.IsUidOnlineRequest(uid=uid), options)
        return response.online

    async def get_all_client_count(self, **options: Unpack[ClusterQuery]) -> Count:
        """How many clients are connected."""
        return _count(await self._all("GetAllClientCount", pb.GetAllClientCountRequest(), options))

    async def get_client_count_by_group(self, group: str, **options: Unpack[ClusterQuery]) -> Count:
        """How many clients are in a group."""
        request = pb.GetClientCountByGroupRequest(group=group)
        return _count(await self._all("GetClientCountByGroup", request, options))

    async def get_uid_count_by_group(self, group: str, **options: Unpack[ClusterQuery]) -> Count:
        """How many different uids are in a group."""
        return _count(await self._all("GetUidCountByGroup", pb.GetUidCountByGroupRequest(group=group), options))

    async def get_all_uid_count(self, **options: Unpack[ClusterQuery]) -> Count:
        """How many different uids are bound."""
        return _count(await self._all("GetAllUidCount", pb.GetAllUidCountRequest(), options))

    async def get_all_group_client_id_count(self, **options: Unpack[ClusterQuery]) -> Dict[str | bytes, int]:
        """How many clients are in each group."""
        response = await self._all("GetAllGroupClientIdCount", pb.GetAllGroupClientIdCountRequest(), options)
        return _by_group(response, lambda group: group.count)

    async def get_all_group_uid_count(self, **options: Unpack[ClusterQuery]) -> Dict[str | bytes, int]:
        """How many different uids are in each group. Groups whose clients have no uid are left out."""
        response = await self._all("GetAllGroupUidCount", pb.GetAllGroupUidCountRequest(), options)
        return _by_group(response, lambda group: group.count)

    async def get_client_count_by_groups(self, groups: Iterable[str], **options: Unpack[ClusterQuery]
                                         ) -> Dict[str | bytes, int]:
        """How many clients are in each of the groups named, in the order asked."""
        request = pb.GetClientCountByGroupsRequest(groups=groups)
        response = await self._all("GetClientCountByGroups", request, options)
        return _by_group(response, lambda group: group.count)

    # ---- Lists. Those that may pass `max_message_bytes` have a streaming form in Client.

    async def get_all_client_sessions(self, group: str | None = None, **options: Unpack[ClusterQuery]
                                      ) -> Dict[str, Session]:
        """Every client (of a group) with its session."""
        request = pb.GetAllClientSessionsRequest(group=group)
        return _sessions(await self._all("GetAllClientSessions", request, options))

    async def get_client_sessions_by_group(self, group: str, **options: Unpack[ClusterQuery]) -> Dict[str, Session]:
        """The clients of a group with their sessions."""
        request = pb.GetClientSessionsByGroupRequest(group=group)
        return _sessions(await self._all("GetClientSessionsByGroup", request, options))

    async def get_all_client_id_list(self, **options: Unpack[ClusterQuery]) -> List[str]:
        """Every client_id."""
        response = await self._all("GetAllClientIdList", pb.GetAllClientIdListRequest(), options)
        return _list(response, response.client_ids)

    async def get_client_id_list_by_group(self, group: str, **options: Unpack[ClusterQuery]) -> List[str]:
        """The client_ids of a group."""
        request = pb.GetClientIdListByGroupRequest(group=group)
        response = await self._all("GetClientIdListByGroup", request, options)
        return _list(response, response.client_ids)

    async def get_client_id_by_uid(self, uid: str, **options: Unpack[ClusterQuery]) -> List[str]:
        """The client_ids bound to a uid."""
        response = await self._all("GetClientIdByUid", pb.GetClientIdByUidRequest(uid=uid), options)
        return _list(response, response.client_ids)

    async def get_client_id_by_uids(self, uids: Iterable[str], **options: Unpack[ClusterQuery]) -> Dict[str, list[str]]:
        """The client_ids bound to each of the uids; those without clients too, in the order asked."""
        response = await self._all("GetClientIdByUids", pb.GetClientIdByUidsRequest(uids=uids), options)
        return _dict(response, {entry.uid: list(entry.client_ids) for entry in response.uids})

    async def get_uid_list_by_group(self, group: str, **options: Unpack[ClusterQuery]) -> List[str | bytes]:
        """The different uids in a group."""
        response = await self._all("GetUidListByGroup", pb.GetUidListByGroupRequest(group=group), options)
        return _list(response, (*response.uids, *response.uids_not_utf8))

    async def get_all_uid_list(self, **options: Unpack[ClusterQuery]) -> List[str | bytes]:
        """All different uids."""
        response = await self._all("GetAllUidList", pb.GetAllUidListRequest(), options)
        return _list(response, (*response.uids, *response.uids_not_utf8))

    async def get_all_group_id_list(self, **options: Unpack[ClusterQuery]) -> List[str | bytes]:
        """The names of all groups that have clients."""
        response = await self._all("GetAllGroupIdList", pb.GetAllGroupIdListRequest(), options)
        return _list(response, (*response.groups, *response.groups_not_utf8))

    async def get_all_group_uid_list(self, **options: Unpack[ClusterQuery]) -> Dict[str | bytes, list[str | bytes]]:
        """The different uids in each group."""
        response = await self._all("GetAllGroupUidList", pb.GetAllGroupUidListRequest(), options)
        return _by_group(response, lambda group: [*group.uids, *group.uids_not_utf8])

    async def get_all_group_client_id_list(self, **options: Unpack[ClusterQuery]) -> Dict[str | bytes, list[str]]:
        """The client_ids in each group."""
        response = await self._all("GetAllGroupClientIdList", pb.GetAllGroupClientIdListRequest(), options)
        return _by_group(response, lambda group: list(group.client_ids))

    # ---- Many clients

    async def select(self, fields: Iterable[Field], *, client_ids: Iterable[str] | None = None,
                     groups: Iterable[str] | None = None, uids: Iterable[str] | None = None,
                     **options: Unpack[ClusterQuery]) -> List[SelectedClient]:
        """Clients with the fields asked for: those that match any of the lists given; every client where none is."""
        request = pb.SelectRequest(fields=[int(one) for one in fields])  # type: ignore[misc]
        for name, wanted in (("client_ids", client_ids), ("groups", groups), ("uids", uids)):
            if wanted is not None:
                request.filter.SetInParent()
                getattr(request.filter, name).extend(wanted)
        response: pb.SelectResponse = await self._all("Select", request, options)
        return _list(response, [
            SelectedClient(client.client_id, client.uid if client.HasField("uid") else client.uid_not_utf8 or None,
                           [*client.groups, *client.groups_not_utf8],
                           from_session(client.session) if client.HasField("session") else None)
            for client in response.clients])

    async def are_online(self, client_ids: Iterable[str], **options: Unpack[ClusterQuery]) -> Dict[str, bool]:
        """Whether each of many clients is connected."""
        response = await self._all("AreOnline", pb.AreOnlineRequest(client_ids=client_ids), options)
        return _dict(response, dict(response.online))

    async def get_sessions(self, client_ids: Iterable[str], **options: Unpack[ClusterQuery]
                           ) -> Dict[str, Session | None]:
        """The sessions of many clients; None for those that are not online."""
        response = await self._all("GetSessions", pb.GetSessionsRequest(client_ids=client_ids), options)
        sessions = {client.client_id: from_session(client.session) for client in response.clients}
        return _dict(response, sessions | dict.fromkeys(response.offline_client_ids))

    async def _one(self, name: str, request: Any, options: ClientQuery) -> Any:
        request.generation = options.get("generation", "")
        if options.get("any_consistency"):
            request.consistency = types_pb2.CONSISTENCY_ANY
        return await self._call(name, request, options.get("timeout"))

    async def _all(self, name: str, request: Any, options: ClusterQuery) -> Any:
        self._ask(request, options)
        return await self._call(name, request, options.get("timeout"))

    @staticmethod
    def _ask(request: Any, options: ClusterQuery) -> None:
        request.partial_ok = options.get("partial_ok", False)
        if options.get("any_consistency"):
            request.consistency = types_pb2.CONSISTENCY_ANY


def _count(response: Any) -> Count:
    count = Count(response.count)
    count.missing = from_failures(response.missing)
    return count


def _list(response: Any, values: Iterable[_T]) -> List[_T]:
    result = List(values)
    result.missing = from_failures(response.missing)
    return result


def _dict(response: Any, values: dict[_K, _T]) -> Dict[_K, _T]:
    result = Dict(values)
    result.missing = from_failures(response.missing)
    return result


def _by_group(response: Any, value: Any) -> Dict[str | bytes, Any]:
    return _dict(response, {group.group or group.group_not_utf8: value(group) for group in response.groups})


def _sessions(response: Any) -> Dict[str, Session]:
    return _dict(response, {client.client_id: from_session(client.session) for client in response.clients})
