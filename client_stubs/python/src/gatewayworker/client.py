"""The Gateway API: every call of GatewayService, for asyncio."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self, Unpack

import grpc

from . import commands, connection, errors
from ._queries import ClusterQuery, Queries
from .commands import ClientOptions, ClusterOptions, Command
from .event import CURRENT
from .v1 import gateway_service_pb2 as pb
from .v1 import gateway_service_pb2_grpc
from .values import Delivery, MessageLike, Session, SessionLike, from_delivery, from_session


@dataclass(frozen=True, slots=True)
class CommandResult:
    """What became of one command of a list."""

    code: grpc.StatusCode
    message: str
    delivery: Delivery | None
    """Of commands to many clients."""

    @property
    def ok(self) -> bool:
        return self.code is grpc.StatusCode.OK


class Client(Queries):
    """The Gateway API, on one connection. Safe to use from any number of tasks of one event loop.

    Inside a handler of a `Worker`, `send_to_current_client` and its like need no client_id: calls say whose event they
    answer. Every call raises a `GatewayError` where it fails.

        async with Client() as client:
            await client.send_to_all("hello")
    """

    def __init__(self, address: str | None = None, *, timeout: float | None = 10.0, tls: connection.Tls | None = None,
                 token: connection.Token | None = None,
                 max_message_bytes: int = connection.DEFAULT_MAX_MESSAGE_BYTES,
                 channel: grpc.aio.Channel | None = None) -> None:
        """`address`: `host:port` or `unix:/path`; else GATEWAYD_ADDRESS, else 127.0.0.1:50051. `timeout`: seconds that a
        call may take unless it says otherwise; None: no limit. `max_message_bytes`: the largest answer. `channel`: one
        that is there already; `close` leaves it open."""
        self.address = connection.address_of(address)
        self._timeout, self._token = timeout, token
        self._own = channel is None
        self._channel = channel or connection.open_channel(self.address, tls, max_message_bytes)
        self._stub: Any = gateway_service_pb2_grpc.GatewayServiceStub(self._channel)  # type: ignore[no-untyped-call]

    async def close(self) -> None:
        """Ends the connection; calls that are under way fail."""
        if self._own:
            await self._channel.close(None)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None,
                        trace: TracebackType | None) -> None:
        await self.close()

    # ---- Sending

    async def send_to_client(self, client_id: str, message: MessageLike,
                             *, timeout: float | None = None, **options: Unpack[ClientOptions]) -> None:
        """Sends a message to one client."""
        command = commands.send_to_client(client_id, message, **options)
        await self._call("SendToClient", command.send_to_client, timeout)

    async def send_to_current_client(self, message: MessageLike, client_id: str = "",
                                     *, timeout: float | None = None, **options: Unpack[ClientOptions]) -> None:
        """Sends a message to the client of the event at hand."""
        command = commands.send_to_current_client(message, client_id, **options)
        await self._call("SendToCurrentClient", command.send_to_current_client, timeout)

    async def send_to_all(self, message: MessageLike, client_ids: Iterable[str] | None = None, *,
                          exclude: Iterable[str] = (), timeout: float | None = None,
                          **options: Unpack[ClusterOptions]) -> Delivery:
        """Sends a message to everyone (`client_ids` None) or to these clients; an empty list is nobody."""
        command = commands.send_to_all(message, client_ids, exclude=exclude, **options)
        return await self._deliver("SendToAll", command.send_to_all, timeout)

    async def send_to_uid(self, uids: str | Iterable[str], message: MessageLike,
                          *, timeout: float | None = None, **options: Unpack[ClusterOptions]) -> Delivery:
        """Sends a message to every client bound to one of the uids."""
        return await self._deliver("SendToUid", commands.send_to_uid(uids, message, **options).send_to_uid, timeout)

    async def send_to_group(self, groups: str | Iterable[str], message: MessageLike,
                            *, exclude: Iterable[str] = (), timeout: float | None = None,
                            **options: Unpack[ClusterOptions]) -> Delivery:
        """Sends a message to every client in one of the groups. One that is in two of them gets it twice."""
        command = commands.send_to_group(groups, message, exclude=exclude, **options)
        return await self._deliver("SendToGroup", command.send_to_group, timeout)

    # ---- Uids and groups

    async def bind_uid(self, client_id: str, uid: str,
                       *, timeout: float | None = None, **options: Unpack[ClientOptions]) -> None:
        """Binds a client to a uid, in place of its former one. One uid may have many clients."""
        await self._call("BindUid", commands.bind_uid(client_id, uid, **options).bind_uid, timeout)

    async def unbind_uid(self, client_id: str, uid: str = "",
                         *, timeout: float | None = None, **options: Unpack[ClientOptions]) -> None:
        """Takes a client's uid away, whichever it is."""
        await self._call("UnbindUid", commands.unbind_uid(client_id, uid, **options).unbind_uid, timeout)

    async def join_group(self, client_id: str, group: str,
                         *, timeout: float | None = None, **options: Unpack[ClientOptions]) -> None:
        """Puts a client into a group. A group lives as long as it has clients."""
        await self._call("JoinGroup", commands.join_group(client_id, group, **options).join_group, timeout)

    async def leave_group(self, client_id: str, group: str,
                          *, timeout: float | None = None, **options: Unpack[ClientOptions]) -> None:
        """Takes a client out of a group."""
        await self._call("LeaveGroup", commands.leave_group(client_id, group, **options).leave_group, timeout)

    async def ungroup(self, group: str,
                      *, timeout: float | None = None, **options: Unpack[ClusterOptions]) -> Delivery:
        """Dissolves a group: every client leaves it."""
        return await self._deliver("Ungroup", commands.ungroup(group, **options).ungroup, timeout)

    # ---- Sessions

    async def set_session(self, client_id: str, session: SessionLike,
                          *, timeout: float | None = None, **options: Unpack[ClientOptions]) -> None:
        """Replaces a client's session."""
        await self._call("SetSession", commands.set_session(client_id, session, **options).set_session, timeout)

    async def update_session(self, client_id: str, session: SessionLike,
                             *, timeout: float | None = None, **options: Unpack[ClientOptions]) -> None:
        """Merges into a client's session: on a php cluster at every depth, on a go cluster its top keys."""
        command = commands.update_session(client_id, session, **options)
        await self._call("UpdateSession", command.update_session, timeout)

    # ---- Closing

    async def close_client(self, client_id: str, message: MessageLike | None = None,
                           *, timeout: float | None = None, **options: Unpack[ClientOptions]) -> None:
        """Closes a client once what was sent to it has drained, `message` at last."""
        await self._call("CloseClient", commands.close_client(client_id, message, **options).close_client, timeout)

    async def close_current_client(self, message: MessageLike | None = None, client_id: str = "",
                                   *, timeout: float | None = None, **options: Unpack[ClientOptions]) -> None:
        """Closes the client of the event at hand."""
        command = commands.close_current_client(message, client_id, **options)
        await self._call("CloseCurrentClient", command.close_current_client, timeout)

    async def destroy_client(self, client_id: str,
                             *, timeout: float | None = None, **options: Unpack[ClientOptions]) -> None:
        """Closes a client at once and drops what was not yet sent to it."""
        await self._call("DestroyClient", commands.destroy_client(client_id, **options).destroy_client, timeout)

    async def destroy_current_client(self, client_id: str = "",
                                     *, timeout: float | None = None, **options: Unpack[ClientOptions]) -> None:
        """Destroys the client of the event at hand."""
        command = commands.destroy_current_client(client_id, **options)
        await self._call("DestroyCurrentClient", command.destroy_current_client, timeout)

    # ---- Many at once

    async def execute(self, commands: Iterable[Command], *, timeout: float | None = None) -> list[CommandResult]:
        """Runs commands (made by the functions of `gatewayworker.commands`) in order, for one call's price. One that
        fails does not stop the others."""
        response: pb.ExecuteResponse = await self._call("Execute", pb.ExecuteRequest(commands=commands), timeout)
        return [CommandResult(errors.status_code(status.code), status.message,
                              from_delivery(status.delivery) if status.HasField("delivery") else None)
                for status in response.statuses]

    async def stream_all_client_sessions(self, group: str | None = None, **options: Unpack[ClusterQuery]
                                         ) -> AsyncIterator[tuple[str, Session]]:
        """Every client with its session, however many there are."""
        request = pb.StreamAllClientSessionsRequest(group=group)
        async for chunk in self._stream("StreamAllClientSessions", request, options):
            for client in chunk.clients:
                yield client.client_id, from_session(client.session)

    async def stream_all_client_id_list(self, **options: Unpack[ClusterQuery]) -> AsyncIterator[str]:
        """Every client_id, however many there are."""
        async for chunk in self._stream("StreamAllClientIdList", pb.StreamAllClientIdListRequest(), options):
            for client_id in chunk.client_ids:
                yield client_id

    async def stream_all_uid_list(self, **options: Unpack[ClusterQuery]) -> AsyncIterator[str | bytes]:
        """Every uid, each once, however many there are; `bytes` where it is not UTF-8."""
        async for chunk in self._stream("StreamAllUidList", pb.StreamAllUidListRequest(), options):
            for uid in (*chunk.uids, *chunk.uids_not_utf8):
                yield uid

    # ---- How a call is made

    async def _deliver(self, name: str, request: Any, timeout: float | None) -> Delivery:
        return from_delivery((await self._call(name, request, timeout)).delivery)

    async def _call(self, name: str, request: Any, timeout: float | None = None) -> Any:
        try:
            return await getattr(self._stub, name)(request, timeout=self._timeout if timeout is None else timeout,
                                                   metadata=self._metadata())
        except grpc.aio.AioRpcError as error:
            raise errors.from_rpc(error) from None

    async def _stream(self, name: str, request: Any, options: ClusterQuery) -> AsyncIterator[Any]:
        self._ask(request, options)
        try:
            async for chunk in getattr(self._stub, name)(request, timeout=options.get("timeout"),
                                                         metadata=self._metadata()):
                yield chunk
        except grpc.aio.AioRpcError as error:
            raise errors.from_rpc(error) from None

    def _metadata(self) -> list[tuple[str, str]]:
        metadata = connection.metadata_of(self._token)
        event = CURRENT.get()
        if event is not None and event.client_id:
            metadata += [("gateway-client-id", event.client_id), ("gateway-generation", event.generation)]
        return metadata
