"""The examples of the Python package against `gatewayd --embedded`, as a newcomer runs them. Needs no PHP."""

import contextlib
import itertools
import re

import daemon as daemons
import pytest
from clients import TextClient, WebSocketClient
from example import Example, messages, of_type


@pytest.fixture
def start(tmp_path):
    """Starts a daemon; each at one address, that of the one before, which has ended."""
    address = f"unix:{tmp_path}/gatewayd.sock"
    daemons_started = []

    def start():
        if daemons_started:
            assert daemons_started[-1].stop() == 0, daemons_started[-1].log
        daemons_started.append(daemons.Daemon.embedded(f"--listen=127.0.0.1:0,{address}"))
        daemons_started[-1].wait_ready()
        return daemons_started[-1], address

    yield start
    assert daemons_started[-1].stop() == 0, daemons_started[-1].log


@contextlib.contextmanager
def clients_of(daemon):
    clients = [WebSocketClient(daemon.websocket_port), TextClient(daemon.text_port)]
    try:
        yield clients
    finally:
        for client in clients:
            client.close()


def listening(daemon):
    """Once it is the worker of its Gateway: then clients' connects are told."""
    daemon.printed("(event link up)")
    return contextlib.nullcontext()


def test_echo_answers_in_order_and_outlives_a_restart_of_the_daemon(start):
    def echoes():
        for number in range(200):
            for client in clients:
                client.send(b"message %d" % number)
        for client in clients:
            assert client.wait_for(lambda got, closed: closed or len(got) == 200)
            assert [body for _, body in client.received] == [b"message %d" % number for number in range(200)]

    daemon, address = start()
    with Example("echo", address) as echo:
        with clients_of(daemon) as clients:
            echoes()
        for times in (2, 3):
            daemon, _ = start()
            echo.wait_said("attached to gatewayd", times)
            with clients_of(daemon) as clients:
                echoes()
    assert echo.log.count("\n") >= 6 and echo.log.endswith("echo: left\n"), echo.log


def test_examples_wait_for_a_daemon_that_is_not_there(start, tmp_path):
    nowhere = Example("echo", f"unix:{tmp_path}/none.sock")
    nowhere.wait_said("echo: unix:", times=2)
    assert nowhere.stop() == 0, nowhere.log

    _, address = start()
    with Example("echo", address):
        pass


def test_chat_names_says_and_lists_who_is_online(start):
    daemon, address = start()
    with Example("chat", address), clients_of(daemon) as (ann, bob):
        for client, name in [(ann, "Ann"), (bob, "Bob")]:
            client.send(f"/name {name}".encode())
            client.send(f"I am {name}".encode())  # at once: the session must be the new one
            assert client.wait_for(lambda got, closed, name=name: any(say["from"] == name for say in of_type(got, "say")))
        assert ann.wait_for(lambda got, closed: len(of_type(got, "say")) == 2)
        assert [say["text"] for say in of_type(ann.received, "say")] == ["I am Ann", "I am Bob"]
        assert of_type(ann.received, "online")[-1]["names"] == ["Ann", "Bob"]

        bob.send(b"/who")
        bob.close()
        assert ann.wait_for(lambda got, closed: of_type(got, "online")[-1]["names"] == ["Ann"])
        assert of_type(ann.received, "system")[-1]["text"] == "Bob has left"


def test_chat_keeps_nothing_so_that_it_can_be_restarted_and_run_twice(start):
    daemon, address = start()
    with clients_of(daemon) as (ann, bob):  # both are there before any worker is
        for turn in itertools.count(1):
            with Example("chat", address), Example("chat", address):
                if turn == 1:
                    ann.send(b"/name Ann")
                    bob.send(b"/name Bob")
                    assert ann.wait_for(lambda got, closed: messages(got) and names_in(got) == ["Ann", "Bob"])
                ann.send(b"turn %d" % turn)
                assert bob.wait_for(lambda got, closed, turn=turn: len(of_type(got, "say")) == turn)
                bob.send(b"/who")
                assert bob.wait_for(lambda got, closed: names_in(got) == ["Ann", "Bob"])
            if turn == 3:
                break
        assert [(say["from"], say["text"]) for say in of_type(bob.received, "say")] == [
            ("Ann", "turn 1"), ("Ann", "turn 2"), ("Ann", "turn 3")]  # fmt: skip


def names_in(received):
    lists = of_type(received, "online")
    return lists[-1]["names"] if lists else []


def test_push_reaches_everyone_a_uid_and_a_group(start):
    daemon, address = start()
    with Example("chat", address), listening(daemon), clients_of(daemon) as (ann, bob):
        for client in (ann, bob):
            assert client.wait_for(lambda got, closed: got and len(names_in(got)) > 0)
        for arguments in (("to all",), ("--group", "chat", "to a group"), ("--uid", "nobody", "to nobody")):
            push = Example("push", address, *arguments)
            assert push.wait_end() == 0, push.log
            assert push.log == "sent to 1 Gateways, 2 clients are online\n"
        for client in (ann, bob):
            assert client.wait_for(lambda got, closed: got and got[-1][1] == b"to a group")
            assert [body for _, body in client.received if b"to " in body] == [b"to all", b"to a group"]


def test_the_worker_of_the_readme_works_as_it_stands(start, tmp_path):
    readme = (daemons.ROOT / "client_stubs" / "python" / "README.md").read_text()
    script = tmp_path / "room.py"
    script.write_text(re.search(r"```python\n(.*?)```", readme, re.S).group(1))
    daemon, address = start()
    with Example(script, address), listening(daemon):
        ann = WebSocketClient(daemon.websocket_port, b"/?name=Ann")
        assert ann.wait_for(lambda got, closed: [body for _, body in got] == [b"Ann is here"])
        bob = WebSocketClient(daemon.websocket_port, b"/?name=Bob")
        assert ann.wait_for(lambda got, closed: got[-1][1] == b"Bob is here")
        ann.send(b"ping")
        assert ann.wait_for(lambda got, closed: got[-1][1] == b"pong")
        ann.send(b"hello")
        assert bob.wait_for(lambda got, closed: got[-1][1] == b"Ann: hello")
        ann.close()
        assert bob.wait_for(lambda got, closed: got[-1][1] == b"Ann has left")
        bob.close()
