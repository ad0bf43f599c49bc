"""What a Client has, where it goes, and what it says."""

import inspect
import re

import grpc
import pytest
from conftest import run, serving

import gatewayworker
from gatewayworker import Client, InvalidArgumentError, NotFoundError, UnavailableError, Worker, commands
from gatewayworker.connection import DEFAULT_ADDRESS, address_of
from gatewayworker.v1 import gateway_service_pb2 as pb


def snake(name):
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def test_every_call_of_the_service_is_there():
    rpcs = [method.name for method in pb.DESCRIPTOR.services_by_name["GatewayService"].methods]
    assert len(rpcs) == 45
    assert [name for name in map(snake, rpcs) if not callable(getattr(Client, name, None))] == []
    assert [name for name in map(snake, rpcs) if not getattr(Client, name).__doc__] == []


def test_every_command_is_there_as_a_value_and_on_the_stream():
    names = [field.name for field in pb.Command.DESCRIPTOR.fields]
    assert [name for name in names if not callable(getattr(commands, name, None))] == []
    assert [name for name in names if not callable(getattr(Worker, name, None))] == []
    for name in names:  # and take the same things
        of = lambda owner: [p for p in inspect.signature(getattr(owner, name)).parameters if p not in ("self", "timeout")]
        assert of(Client) == of(Worker) == of(commands)


def test_what_is_exported_is_there():
    assert all(hasattr(gatewayworker, name) for name in gatewayworker.__all__)


def test_the_address(monkeypatch):
    monkeypatch.delenv("GATEWAYD_ADDRESS", raising=False)
    assert address_of(None) == DEFAULT_ADDRESS == "127.0.0.1:50051"
    monkeypatch.setenv("GATEWAYD_ADDRESS", "unix:/run/gatewayd.sock")
    assert address_of(None) == "unix:/run/gatewayd.sock"
    assert address_of("10.0.0.1:1") == "10.0.0.1:1"


def test_a_str_is_no_list_of_clients():
    with pytest.raises(InvalidArgumentError):
        commands.send_to_all("hi", "7f0000010b5400000001")


def test_targets_absent_and_empty():
    assert not commands.send_to_all("hi").send_to_all.HasField("targets")
    assert commands.send_to_all("hi", []).send_to_all.HasField("targets")


@run
async def test_errors_say_what_the_metadata_says(daemon):
    async with serving(daemon) as port, Client(f"127.0.0.1:{port}") as client:
        with pytest.raises(NotFoundError, match="client_id is offline") as caught:
            await client.get_session("x")
    error = caught.value
    assert isinstance(error, LookupError) and error.code is grpc.StatusCode.NOT_FOUND
    assert (error.field, error.reason, error.gateways) == ("client_id", "offline", ("a:1", "b:2"))


@run
async def test_a_token_is_asked_for_each_call(daemon):
    tokens = iter(["one", "two"])
    async with serving(daemon) as port, Client(f"127.0.0.1:{port}", token=lambda: next(tokens)) as client:
        await client.is_online("x")
        await client.is_online("x")
    assert [metadata["authorization"] for metadata in daemon.metadata] == ["Bearer one", "Bearer two"]


@run
async def test_tls_with_own_authorities_and_a_client_certificate(daemon, tmp_path):
    from certificates import make

    pem = make(tmp_path)
    credentials = grpc.ssl_server_credentials(
        [(pem["server.key"], pem["server.crt"])], root_certificates=pem["ca.crt"], require_client_auth=True)
    async with serving(daemon, credentials) as port:
        tls = gatewayworker.Tls(pem["ca.crt"], pem["client.key"], pem["client.crt"], server_name="gatewayd.test")
        async with Client(f"127.0.0.1:{port}", tls=tls, token="t") as client:
            assert await client.is_online("x")
        async with Client(f"127.0.0.1:{port}", timeout=5, tls=gatewayworker.Tls(pem["ca.crt"])) as stranger:
            with pytest.raises(UnavailableError):
                await stranger.is_online("x")
    assert daemon.metadata[0]["authorization"] == "Bearer t"
