"""The test's own reading of PHP serialize, against what PHP itself wrote (tests/vectors)."""

import json
import pathlib

import pytest
from php_values import array_key, as_json, serialize, unserialize

CALLS = pathlib.Path(__file__).parents[1] / "vectors" / "php" / "calls.jsonl"


def recorded_answers():
    for line in CALLS.read_text().splitlines():
        for packet in json.loads(line).get("packets", []):
            if packet["dir"] != "to_gateway" and "frame" not in packet:
                yield bytes.fromhex(packet["hex"])[4:]


def test_recorded_answers_survive_a_round_trip():
    answers = list(recorded_answers())
    assert len(answers) > 50
    for answer in answers:
        assert serialize(unserialize(answer)) == answer


@pytest.mark.parametrize(
    "key,stored", [("7", 7), ("-5", -5), ("0", 0), ("007", b"007"), ("-0", b"-0"), ("1.5", b"1.5"), ("", b""),
                   ("9223372036854775807", 2**63 - 1), ("9223372036854775808", b"9223372036854775808")]
)  # fmt: skip
def test_keys_that_look_like_integers_become_integers(key, stored):
    assert array_key(key) == stored


@pytest.mark.parametrize(
    "value,written", [(0.5, "0.5"), (-0.0, "-0"), (1.0, "1"), (1e15, "1000000000000000"), (1e17, "1.0E+17"),
                      (1.5e300, "1.5E+300"), (5e-324, "5.0E-324"), (1e-4, "0.0001"), (1.25e-5, "1.25E-5"),
                      (1 / 3, "0.3333333333333333"), (123.0, "123"), (120.5, "120.5")]
)  # fmt: skip
def test_doubles_as_php_writes_them(value, written):
    assert serialize(value) == f"d:{written};".encode()


def test_what_a_struct_shows():
    assert as_json({b"a": {0: 1, 1: b"x"}, 3: {5: None}}) == ({"a": [1.0, "x"], "3": {"5": None}}, True)
    assert as_json({0: 1}) == ({"0": 1.0}, True), "the top is always an object"
    assert as_json({b"a": {}}) == ({"a": []}, True)
    assert as_json({b"a": b"\xff", b"b": 2**60}) == ({"a": None, "b": float(2**60)}, False)
