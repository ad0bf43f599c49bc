"""What a call can fail with: one class a status code, all of them GatewayError."""

from __future__ import annotations

from typing import Any

import grpc


class GatewayError(Exception):
    """A call or a stream that failed. `str()` of it names field, Gateway and cause."""

    code: grpc.StatusCode
    """The status. Of the subclasses it is always the same one."""
    field: str | None
    """The field of the request that is at fault, as `INVALID_ARGUMENT` names it."""
    gateways: tuple[str, ...]
    """The Gateways concerned ("10.0.0.5:2900")."""
    reason: str | None
    """A word for programs: `offline`, `no-link`, `generation-over`, `timeout`…, as gateway_service.proto lists them."""

    def __init__(self, code: grpc.StatusCode, message: str, *, field: str | None = None,
                 gateways: tuple[str, ...] = (), reason: str | None = None) -> None:
        super().__init__(message or code.name)
        self.code, self.field, self.gateways, self.reason = code, field, gateways, reason


class InvalidArgumentError(GatewayError, ValueError):
    """`field` of the request cannot be."""


class NotFoundError(GatewayError, LookupError):
    """The client is offline, its Gateway is no member of the cluster, or its generation is over."""


class FailedPreconditionError(GatewayError):
    """The cluster's dialect cannot do it, or the generation is of another daemon process."""


class UnavailableError(GatewayError, ConnectionError):
    """No daemon, or no link to a Gateway. A command to one client was not sent: try again."""


class ResourceExhaustedError(GatewayError):
    """A buffer is full or a message too large. Nothing was sent."""


class DeadlineExceededError(GatewayError, TimeoutError):
    """The time was up. Of a command with `confirm` or `require_online`: unknown whether it ran."""


class DataLossError(GatewayError):
    """A Gateway answered nonsense."""


class UnauthenticatedError(GatewayError, PermissionError):
    """The daemon wants a token, and this is none that it knows."""


class PermissionDeniedError(GatewayError, PermissionError):
    """The token does not allow this call."""


_CLASSES: dict[grpc.StatusCode, type[GatewayError]] = {
    grpc.StatusCode.INVALID_ARGUMENT: InvalidArgumentError,
    grpc.StatusCode.NOT_FOUND: NotFoundError,
    grpc.StatusCode.FAILED_PRECONDITION: FailedPreconditionError,
    grpc.StatusCode.UNAVAILABLE: UnavailableError,
    grpc.StatusCode.RESOURCE_EXHAUSTED: ResourceExhaustedError,
    grpc.StatusCode.DEADLINE_EXCEEDED: DeadlineExceededError,
    grpc.StatusCode.DATA_LOSS: DataLossError,
    grpc.StatusCode.UNAUTHENTICATED: UnauthenticatedError,
    grpc.StatusCode.PERMISSION_DENIED: PermissionDeniedError,
}
_NUMBERS: dict[int, grpc.StatusCode] = {code.value[0]: code for code in grpc.StatusCode}


def invalid(field: str, problem: str) -> InvalidArgumentError:
    """What this side refuses itself, because the daemon could not see that it is wrong."""
    return InvalidArgumentError(grpc.StatusCode.INVALID_ARGUMENT, f"{field} {problem}", field=field)


def from_rpc(error: grpc.aio.AioRpcError) -> GatewayError:
    """The error of a call, with what its trailing metadata says."""
    return make(error.code(), error.details() or "", error.trailing_metadata() or ())


def make(code: grpc.StatusCode, message: str, metadata: Any = ()) -> GatewayError:
    """An error of the class that belongs to the code."""
    found: dict[str, list[str]] = {}
    for key, value in metadata:
        found.setdefault(key, []).append(value if isinstance(value, str) else value.decode(errors="replace"))
    return _CLASSES.get(code, GatewayError)(
        code, message, field=next(iter(found.get("gatewayd-field", ())), None),
        gateways=tuple(found.get("gatewayd-gateway", ())), reason=next(iter(found.get("gatewayd-reason", ())), None))


def status_code(number: int) -> grpc.StatusCode:
    """The code of a google.rpc.Code number; UNKNOWN where there is no such number."""
    return _NUMBERS.get(number, grpc.StatusCode.UNKNOWN)
