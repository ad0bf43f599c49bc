"""A GatewayWorker cluster from Python, through gatewayd: `Worker` gets what clients do, `Client` calls the Gateway API.

    from gatewayworker import Worker

    class Echo(Worker):
        async def on_message(self, event):
            self.send_to_current_client(event.body)

    Echo().run()

The generated messages are in `gatewayworker.v1`, for what is not wrapped here."""

from ._queries import ClientQuery, ClusterQuery, Count, Dict, Field, List, SelectedClient
from .client import Client, CommandResult
from .commands import ClientOptions, ClusterOptions, Command
from .connection import DEFAULT_ADDRESS, Tls, Token
from .errors import (
    DataLossError,
    DeadlineExceededError,
    FailedPreconditionError,
    GatewayError,
    InvalidArgumentError,
    NotFoundError,
    PermissionDeniedError,
    ResourceExhaustedError,
    UnauthenticatedError,
    UnavailableError,
)
from .event import Event, EventKind, Handshake, current_event
from .values import Delivery, GatewayFailure, Message, MessageLike, Session, SessionLike
from .worker import CommandError, Outcome, SessionFreshness, SessionMode, Welcome, Worker

__version__ = "0.1.0"

__all__ = [
    "DEFAULT_ADDRESS", "Client", "ClientOptions", "ClientQuery", "ClusterOptions",
    "ClusterQuery", "Command", "CommandError", "CommandResult", "Count", "DataLossError", "DeadlineExceededError",
    "Delivery", "Dict", "Event", "EventKind", "FailedPreconditionError", "Field", "GatewayError", "GatewayFailure",
    "Handshake", "InvalidArgumentError", "List", "Message", "MessageLike", "NotFoundError", "Outcome",
    "PermissionDeniedError", "ResourceExhaustedError", "SelectedClient", "Session", "SessionFreshness", "SessionLike",
    "SessionMode", "Tls", "Token", "UnauthenticatedError", "UnavailableError", "Welcome", "Worker", "current_event",
]  # fmt: skip
