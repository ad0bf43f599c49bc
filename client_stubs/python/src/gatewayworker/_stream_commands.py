"""The commands of the API on a worker's stream: said and gone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Unpack

from . import commands
from .commands import ClientOptions, ClusterOptions, Command
from .event import CURRENT, Event
from .values import MessageLike, SessionLike, to_message


class StreamCommands:
    """Each is sent with the acknowledgement of the event whose handler calls it, before it, in the order of the calls;
    outside of handlers at once. Nothing is awaited and nothing returned: a command that fails comes to
    `Worker.on_command_error`. What has an answer, and what must be known to have run, is a call of `Worker.client`."""

    def _command(self, event: Event | None, size: int) -> Any:
        raise NotImplementedError

    def send_to_current_client(self, message: MessageLike, client_id: str = "",
                               **options: Unpack[ClientOptions]) -> None:
        """Sends a message to the client of the event at hand."""
        event = CURRENT.get()
        if event is None or event.done or client_id or options:
            return self._send(commands.send_to_current_client(message, client_id, **options))
        if type(message) is bytes:  # nearly all that workers send
            self._command(event, len(message)).send_to_current_client.message.data = message
        else:
            wanted = to_message(message)
            self._command(event, wanted.ByteSize()).send_to_current_client.message.CopyFrom(wanted)

    def send_to_client(self, client_id: str, message: MessageLike, **options: Unpack[ClientOptions]) -> None:
        """Sends a message to one client."""
        self._send(commands.send_to_client(client_id, message, **options))

    def send_to_all(self, message: MessageLike, client_ids: Iterable[str] | None = None, *, exclude: Iterable[str] = (),
                    **options: Unpack[ClusterOptions]) -> None:
        """Sends a message to everyone (`client_ids` None) or to these clients; an empty list is nobody."""
        self._send(commands.send_to_all(message, client_ids, exclude=exclude, **options))

    def send_to_uid(self, uids: str | Iterable[str], message: MessageLike, **options: Unpack[ClusterOptions]) -> None:
        """Sends a message to every client bound to one of the uids."""
        self._send(commands.send_to_uid(uids, message, **options))

    def send_to_group(self, groups: str | Iterable[str], message: MessageLike, *, exclude: Iterable[str] = (),
                      **options: Unpack[ClusterOptions]) -> None:
        """Sends a message to every client in one of the groups."""
        self._send(commands.send_to_group(groups, message, exclude=exclude, **options))

    def bind_uid(self, client_id: str, uid: str, **options: Unpack[ClientOptions]) -> None:
        """Binds a client to a uid."""
        self._send(commands.bind_uid(client_id, uid, **options))

    def unbind_uid(self, client_id: str, uid: str = "", **options: Unpack[ClientOptions]) -> None:
        """Takes a client's uid away."""
        self._send(commands.unbind_uid(client_id, uid, **options))

    def join_group(self, client_id: str, group: str, **options: Unpack[ClientOptions]) -> None:
        """Puts a client into a group."""
        self._send(commands.join_group(client_id, group, **options))

    def leave_group(self, client_id: str, group: str, **options: Unpack[ClientOptions]) -> None:
        """Takes a client out of a group."""
        self._send(commands.leave_group(client_id, group, **options))

    def ungroup(self, group: str, **options: Unpack[ClusterOptions]) -> None:
        """Dissolves a group."""
        self._send(commands.ungroup(group, **options))

    def set_session(self, client_id: str, session: SessionLike, **options: Unpack[ClientOptions]) -> None:
        """Replaces a client's session."""
        self._send(commands.set_session(client_id, session, **options))

    def update_session(self, client_id: str, session: SessionLike, **options: Unpack[ClientOptions]) -> None:
        """Merges into a client's session."""
        self._send(commands.update_session(client_id, session, **options))

    def close_client(self, client_id: str, message: MessageLike | None = None,
                     **options: Unpack[ClientOptions]) -> None:
        """Closes a client once what was sent to it has drained."""
        self._send(commands.close_client(client_id, message, **options))

    def close_current_client(self, message: MessageLike | None = None, client_id: str = "",
                             **options: Unpack[ClientOptions]) -> None:
        """Closes the client of the event at hand."""
        self._send(commands.close_current_client(message, client_id, **options))

    def destroy_client(self, client_id: str, **options: Unpack[ClientOptions]) -> None:
        """Closes a client at once."""
        self._send(commands.destroy_client(client_id, **options))

    def destroy_current_client(self, client_id: str = "", **options: Unpack[ClientOptions]) -> None:
        """Destroys the client of the event at hand."""
        self._send(commands.destroy_current_client(client_id, **options))

    def _send(self, command: Command) -> None:
        event = CURRENT.get()
        if event is not None and event.done:  # a task that outlived its event: the daemon knows it no more
            which = command.WhichOneof("command") or ""
            if "current" in which and not getattr(command, which).client_id:
                request = getattr(command, which)
                request.client_id, request.generation = event.client_id, event.generation
            event = None
        self._command(event, command.ByteSize()).CopyFrom(command)
