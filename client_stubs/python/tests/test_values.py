"""Messages and sessions: there and back, and what is refused."""

import pytest

from gatewayworker import InvalidArgumentError, Message
from gatewayworker.values import from_session, from_struct, to_message, to_session
from gatewayworker.v1 import types_pb2


def test_messages_of_each_kind():
    assert to_message("é").text == "é"
    assert to_message(b"\xff").data == b"\xff"
    assert to_message(bytearray(b"ab")).data == b"ab"
    binary = to_message(Message(b"\xff", websocket_binary=True))
    assert binary.data == b"\xff" and binary.websocket_binary and not binary.raw
    assert to_message("").WhichOneof("payload") == "text"
    with pytest.raises(InvalidArgumentError, match="message is a int"):
        to_message(5)


def test_a_session_goes_there_and_comes_back_as_it_was():
    session = {"none": None, "on": True, "off": False, "n": 5, "big": 2**53, "small": -(2**53), "half": 0.5, "text": "用户",
               "list": [1, "a", [], {}, None], "map": {"k": {"k": [{"x": 1}]}}, "empty": {}}
    back = from_struct(to_session(session).value)
    assert back == session
    assert [type(back[key]) for key in ("on", "n", "half")] == [bool, int, float]


def test_an_empty_session_is_one():
    assert to_session({}).WhichOneof("session") == "value"
    assert to_session(b"").WhichOneof("session") == "stored"


@pytest.mark.parametrize("value, where", [
    (2**53 + 1, "an integer outside"), (-(2**53) - 1, "an integer outside"), (float("nan"), "not finite"), (float("inf"), "not finite"),
    (b"\xff", "a bytes"), ({1: 2}, "a key"), (object(), "an? object"), ({1, 2}, "a set"),
])  # fmt: skip
def test_what_a_struct_would_bend_is_refused(value, where):
    for session in ({"x": value}, {"x": [{"y": value}]}):
        with pytest.raises(InvalidArgumentError, match=where) as error:
            to_session(session)
        assert error.value.field == "session"


def test_what_is_not_a_dict_is_refused():
    with pytest.raises(InvalidArgumentError):
        to_session([1])


def test_a_session_keeps_its_stored_bytes():
    session = from_session(types_pb2.Session(value={"a": 1}, stored=b"a:1:{}", value_incomplete=True))
    assert session == {"a": 1} and session.stored == b"a:1:{}" and session.incomplete
