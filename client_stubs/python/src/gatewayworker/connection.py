"""Where the daemon is and how it is spoken to: address, TLS, token."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import grpc
import grpc.aio

DEFAULT_ADDRESS = "127.0.0.1:50051"
DEFAULT_MAX_MESSAGE_BYTES = 4 * 1024 * 1024
"""What gRPC takes in one message unless it is told otherwise."""

Token: TypeAlias = str | Callable[[], str]
"""A bearer token, or a function that gives the one that is valid now; it is asked for each call."""


@dataclass(frozen=True, slots=True)
class Tls:
    """TLS to the daemon; each part is PEM. Nothing set: the system's authorities, and no certificate of our own."""

    root_certificates: bytes | None = None
    private_key: bytes | None = None
    certificate_chain: bytes | None = None
    server_name: str | None = None
    """The name that the daemon's certificate must have, where it is not the host of the address."""


def address_of(address: str | None) -> str:
    """`host:port` or `unix:/path`: the one given, else GATEWAYD_ADDRESS, else 127.0.0.1:50051."""
    return address or os.environ.get("GATEWAYD_ADDRESS") or DEFAULT_ADDRESS


def open_channel(address: str, tls: Tls | None, max_message_bytes: int) -> grpc.aio.Channel:
    """A channel that tries again soon when the daemon was away."""
    options: list[tuple[str, str | int]] = [
        ("grpc.max_receive_message_length", max(max_message_bytes, DEFAULT_MAX_MESSAGE_BYTES)),
        ("grpc.initial_reconnect_backoff_ms", 100),
        ("grpc.min_reconnect_backoff_ms", 100),
        ("grpc.max_reconnect_backoff_ms", 1000),
        ("grpc.use_local_subchannel_pool", 1),  # or a second channel would share the first one's backoff
    ]
    if tls is None:
        return grpc.aio.insecure_channel(address, options=options)
    if tls.server_name:
        options.append(("grpc.ssl_target_name_override", tls.server_name))
    credentials = grpc.ssl_channel_credentials(tls.root_certificates, tls.private_key, tls.certificate_chain)
    return grpc.aio.secure_channel(address, credentials, options=options)


def metadata_of(token: Token | None) -> list[tuple[str, str]]:
    if token is None:
        return []
    return [("authorization", "Bearer " + (token if isinstance(token, str) else token()))]
