import asyncio
import contextlib

import grpc
import pytest

from gatewayworker.v1 import (
    gateway_service_pb2_grpc,
    types_pb2,
    worker_service_pb2 as pb,
    worker_service_pb2_grpc,
)
from gatewayworker.v1 import gateway_service_pb2 as api


class FakeDaemon(gateway_service_pb2_grpc.GatewayServiceServicer, worker_service_pb2_grpc.WorkerServiceServicer):
    """Answers as a test wants, and keeps what it was asked. `script` is called with each Attach."""

    def __init__(self):
        self.metadata = []
        self.hellos = []
        self.script = None
        self.session = types_pb2.Session()

    async def IsOnline(self, request, context):
        self.metadata.append(dict(context.invocation_metadata()))
        return api.IsOnlineResponse(online=True)

    async def GetSession(self, request, context):
        context.set_trailing_metadata((("gatewayd-reason", "offline"), ("gatewayd-gateway", "a:1"),
                                       ("gatewayd-gateway", "b:2"), ("gatewayd-field", "client_id")))
        await context.abort(grpc.StatusCode.NOT_FOUND, "client_id is offline")

    async def SendToCurrentClient(self, request, context):
        self.metadata.append(dict(context.invocation_metadata()))
        return api.SendToCurrentClientResponse()

    async def Attach(self, requests, context):
        self.metadata.append(dict(context.invocation_metadata()))
        hello = await anext(aiter(requests))
        self.hellos.append(hello.hello)
        yield pb.AttachResponse(welcome={"version": "fake", "window_events": 10})
        async for response in self.script(requests, context):
            yield response


@contextlib.asynccontextmanager
async def serving(daemon, credentials=None):
    """The port of a server with it."""
    server = grpc.aio.server()
    gateway_service_pb2_grpc.add_GatewayServiceServicer_to_server(daemon, server)
    worker_service_pb2_grpc.add_WorkerServiceServicer_to_server(daemon, server)
    address = "127.0.0.1:0"
    port = server.add_secure_port(address, credentials) if credentials else server.add_insecure_port(address)
    await server.start()
    try:
        yield port
    finally:
        await server.stop(None)


@pytest.fixture
def daemon():
    return FakeDaemon()


def run(test):
    """Runs a coroutine function as a test."""

    def wrapped(**fixtures):
        asyncio.run(asyncio.wait_for(test(**fixtures), 30))

    import functools
    import inspect

    functools.update_wrapper(wrapped, test)
    wrapped.__signature__ = inspect.signature(test)
    return wrapped


def messages(*bodies, first=1, client_id="c1"):
    """A batch of messages of one client."""
    return pb.AttachResponse(events={"events": [
        {"id": first + i, "kind": pb.EVENT_KIND_MESSAGE, "client_id": client_id, "generation": "g1", "body": body}
        for i, body in enumerate(bodies)]})
