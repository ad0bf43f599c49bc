"""Sessions of every shape: stored and read by both, each reading what the other stored."""

import pytest
from php_values import exact, serialize, to_php, unserialize
from world import play, world_of

SHAPES = {
    "empty": {},
    "strings": {"name": "walkor", "empty": "", "zero": "0", "unicode": "用户 é \U0001f600", "quotes": '"\';{}:'},
    "integers": {"zero": 0, "minus": -5, "max 32": 2**31 - 1, "exact in a double": 2**53, "minus that": -(2**53)},
    "floats": {"half": 0.5, "minus": -1.5, "tiny": 5e-324, "large": 1e300, "third": 1 / 3, "pi": 3.141592653589793},
    "whole floats": {"one": 1.0, "minus zero": -0.0, "large": 1e15},
    "big integers": {"past 2^53": 2**53 + 1, "max": 2**63 - 1, "min": -(2**63)},
    "not finite": {"inf": float("inf"), "minus inf": float("-inf")},
    "truth and nothing": {"true": True, "false": False, "null": None},
    "lists": {"empty": [], "numbers": [1, 2, 3], "mixed": [1, "two", 3.5, None, True, [4, [5]]]},
    "nested": {"a": {"b": {"c": {"d": [{"e": "deep"}]}}}},
    "integer keys": {"1": "one", "7": {"8": "eight"}, "-3": "minus"},
    "a list at the top": ["zero", "one", "two"],
    "keys not in order": {"x": {"1": "b", "0": "a"}, "gap": {"0": "a", "2": "c"}},
    "odd keys": {"": "empty", "007": "bond", "1.5": "float", "用户": "unicode", "a.b": "dot", " ": "space"},
    "bytes": {"not utf-8": b"\xff\xfe\x00", "nul": b"\x00", "latin": b"caf\xe9"},
    "byte keys": {"fine": 1, b"\xff": 2},
    "large": {f"key {number}": "x" * 1000 for number in range(200)},
    "deep": {"a": [[[[[[[[[["ten"]]]]]]]]]]},
}  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
def test_set_and_get_by_both(cluster, php, gatewayd, shape):
    def scenario(world, caller):
        caller.setSession(world["a1"], {"old": "gone"})
        caller.setSession(world["a1"], SHAPES[shape])
        caller.setSession(world["b1"], SHAPES[shape])
        return [caller.getSession(world["a1"]), caller.getSession(world["b1"]), caller.getAllClientSessions()]

    mine, theirs = play(cluster, gatewayd, scenario), play(cluster, php, scenario)
    assert mine == theirs
    assert theirs["results"][0] == exact(to_php(SHAPES[shape]))


@pytest.mark.parametrize("shape", SHAPES)
def test_each_reads_what_the_other_stored(cluster, php, gatewayd, shape):
    with world_of(cluster) as world:
        php.setSession(world["a1"], SHAPES[shape])
        php.barrier(world.all)
        gatewayd.setSession(world["b1"], SHAPES[shape])
        gatewayd.barrier(world.all)
        by_php, by_gatewayd = php.getAllClientSessions(), gatewayd.getAllClientSessions()
        wanted = exact(to_php(SHAPES[shape]))
        for sessions in (by_php, by_gatewayd):
            assert exact(sessions[world["a1"]]) == exact(sessions[world["b1"]]) == wanted
        stored = {c.client_id: c.session.stored for c in gatewayd.rpc("GetAllClientSessions").clients}
        assert stored[world["a1"]] == serialize(SHAPES[shape]), "PHP's own bytes"


@pytest.mark.parametrize("shape", SHAPES)
def test_stored_bytes_pass_through(cluster, php, gatewayd, shape):
    """A session given as bytes is stored as it is, and PHP reads it."""
    stored = serialize(SHAPES[shape])
    with world_of(cluster) as world:
        session = gatewayd.api.types.SessionInput(stored=stored)
        gatewayd.rpc("SetSession", client_id=world["a1"], session=session, confirm=gatewayd.api.types.CONFIRM_RUN)
        assert repr(php.getSession(world["a1"])) == repr(unserialize(stored)), "the order of the keys too"


OLD = {"kept": 1, "changed": "old", "nested": {"kept": 1, "changed": {"deep": 1}}, "list": [1, 2, 3], "0": "zero"}
UPDATES = {
    "nothing": {},
    "one more": {"new": True},
    "changed": {"changed": "new"},
    "deep": {"nested": {"changed": {"deep": 2, "more": 3}}},
    "a list by its keys": {"list": [9]},
    "a list for a map": {"nested": [7]},
    "a map for a scalar": {"kept": {"now": "a map"}},
    "a scalar for a map": {"nested": "now a scalar"},
    "null": {"changed": None},
    "integer keys": {"0": "new zero", "5": "five"},
}


@pytest.mark.parametrize("update", UPDATES)
@pytest.mark.parametrize("old", ["nothing", "a session"])
def test_update_merges_as_php_does(cluster, php, gatewayd, old, update):
    def scenario(world, caller):
        if old == "a session":
            caller.setSession(world["a1"], OLD)
        caller.updateSession(world["a1"], UPDATES[update])
        caller.updateSession(world["b1"], UPDATES[update])
        caller.updateSession(world["b1"], UPDATES[update])
        return [caller.getSession(world["a1"]), caller.getSession(world["b1"])]

    assert play(cluster, gatewayd, scenario) == play(cluster, php, scenario)


def test_what_would_kill_a_gateway_is_never_sent(cluster, php, gatewayd):
    """UPDATE_SESSION with anything but one whole array stops a real PHP Gateway with all its clients."""
    import grpc

    with world_of(cluster) as world:
        for stored in (b"garbage", b"N;", b"i:1;", b's:1:"x";', b"a:1:{", b"a:0:{}more", b'a:1:{i:0;s:9:"short";}', b"a:99999999:{}"):
            for rpc in ("SetSession", "UpdateSession"):
                try:
                    gatewayd.rpc(rpc, client_id=world["a1"], session=gatewayd.api.types.SessionInput(stored=stored))
                    raise AssertionError(f"{rpc} took {stored!r}")
                except grpc.RpcError as error:
                    assert error.code() == grpc.StatusCode.INVALID_ARGUMENT, (stored, error)
        gatewayd.rpc("UpdateSession", client_id=world["a1"])
        gatewayd.barrier(world.all)
        assert php.getAllClientCount() == 5
        assert php.getSession(world["a1"]) == {}
