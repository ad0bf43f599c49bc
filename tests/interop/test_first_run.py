"""What a newcomer does: start it, open the page, paste the lines that it printed."""

import os
import re
import shlex
import shutil
import subprocess
import urllib.request

import daemon as daemons
import grpc
import pytest
from clients import TextClient, WebSocketClient
from example import Example, messages, of_type


@pytest.fixture
def first_run():
    daemon = daemons.Daemon.embedded()
    try:
        daemon.wait_ready()
        yield daemon
    finally:
        status = daemon.stop()
    assert status == 0, daemon.log


def test_the_page_is_served_and_names_the_websocket(first_run):
    url = first_run.printed(r"Open (http://127\.0\.0\.1:\d+/)")
    websocket = first_run.printed(r"(ws://127\.0\.0\.1:\d+)")
    with urllib.request.urlopen(url, timeout=5) as page:
        text = page.read().decode()
        assert page.status == 200 and "html" in page.headers["Content-Type"]
    assert websocket in text and first_run.address in text
    assert f"<pre>{first_run.printed(r'(GATEWAYD_ADDRESS=.* ./dev example chat)')}</pre>" in text


def test_the_page_and_the_chat_understand_each_other(first_run):
    """The page asks "/who" until somebody answers, so it may be open before a worker is there."""
    page, other = WebSocketClient(first_run.websocket_port), TextClient(first_run.text_port)
    page.send(b"/who")
    with Example("chat", first_run.address):
        page.send(b"/who")
        assert page.wait_for(lambda got, closed: messages(got))
        assert messages(page.received)[0]["type"] == "online"
        page.send("/name J\u00fcrgen <b>".encode())
        other.send(b"hello page")
        assert other.wait_for(lambda got, closed: len(of_type(got, "say")) == 1)
        page.send(b"hello terminal")
        assert page.wait_for(lambda got, closed: len(of_type(got, "say")) == 2)
        assert [(say["from"], say["text"]) for say in of_type(page.received, "say")] == [
            ("guest 2", "hello page"), ("J\u00fcrgen <b>", "hello terminal")]  # fmt: skip
        assert of_type(page.received, "online")[-1]["names"] == ["J\u00fcrgen <b>", "guest 2"]
        assert of_type(page.received, "system") == [{"type": "system", "text": "J\u00fcrgen <b> is here"}]


def test_a_message_reaches_every_kind_of_client(first_run, api):
    websocket = WebSocketClient(first_run.websocket_port)
    text = TextClient(first_run.text_port)
    stub = api.gateway_grpc.GatewayServiceStub(first_run.channel)
    while stub.GetAllClientCount(api.gateway.GetAllClientCountRequest()).count < 2:
        pass
    answer = stub.SendToAll(api.gateway.SendToAllRequest(message=api.types.Message(text="hello <end>")))
    assert answer.delivery.gateways == 1 and not answer.delivery.unreachable
    websocket.wait_end()
    text.wait_end()
    assert websocket.received == [("text", b"hello <end>")]
    assert text.received == [("line", b"hello <end>")]


def test_the_printed_lines_work_as_they_are(first_run):
    """Pasted into a shell, quoting and all."""
    path = f"{daemons.ROOT / '.tools' / 'bin'}:{os.environ['PATH']}"
    if not shutil.which("grpcurl", path=path):
        pytest.skip("grpcurl is not here: ./dev setup tools builds it")
    client = WebSocketClient(first_run.websocket_port)
    lines = re.findall(r"^\s+(grpcurl .*)$", first_run.log, re.M)
    assert len(lines) >= 2, first_run.log
    for line in lines:
        done = subprocess.run(["bash", "-c", line], env={**os.environ, "PATH": path}, capture_output=True, text=True, timeout=20)
        assert done.returncode == 0, (line, done.stderr)
    assert client.wait_for(lambda got, closed: got), "nothing arrived"
    assert client.received == [("text", b"hello")]
    assert shlex.split(lines[0])[0] == "grpcurl"


def test_reflection_and_health(first_run):
    """What any tool finds out without our .proto files."""
    names = b"grpc.health.v1.Health"
    call = first_run.channel.unary_unary(f"/{names.decode()}/Check")
    for service in (b"", b"gatewayworker.v1.GatewayService"):
        request = b"\x0a" + bytes([len(service)]) + service if service else b""
        assert call(request, timeout=5) == b"\x08\x01", "SERVING"
    with pytest.raises(grpc.RpcError) as caught:
        call(b"\x0a\x07nothing", timeout=5)
    assert caught.value.code() == grpc.StatusCode.NOT_FOUND
