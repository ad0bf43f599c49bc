"""Every function through PHP's Gateway class and through gatewayd: the same answers, the same messages in the same
order at every client, the same state in the Gateways."""

import functools
import json

import pytest
from callers import FUNCTIONS
from world import play, world_of

# Names that one side or the other could take for something else: numbers, JSON, bytes of many kinds.
NAMES = ["7", "007", "-5", "-0", "1.5", "1e3", "用户", "é", " ", "a b", 'quo"te', "back\\slash", "{}", "[1]", "null", "false",
         "line\nbreak", "tab\t", "\x00", "9223372036854775807", "9223372036854775808", "x" * 1000]  # fmt: skip

SCENARIOS = {}


def scenario(function):
    SCENARIOS[function.__name__] = function
    return function


# ---- Sending


@scenario
def send_to_client(world, caller):
    for message in [b"hello", "h\u00e9llo \u7528\u6237", b"", b"0", b"x" * 100_000, b'{"a":1}', b"\x00\xff not UTF-8"]:
        for name in ("a1", "b2"):
            caller.sendToClient(world[name], message)
    caller.sendToClient(world["t1"], "a line")


@scenario
def send_to_client_in_order(world, caller):
    for number in range(300):
        caller.sendToClient(world[("a1", "b1", "t1")[number % 3]], f"message {number}")


@scenario
def send_to_client_that_is_gone(world, caller):
    gone = world["a1"][:12] + "0fffffff"
    caller.sendToClient(gone, b"nobody")
    caller.closeClient(gone)
    caller.destoryClient(gone)
    caller.bindUid(gone, "uid")
    caller.joinGroup(gone, "group")
    caller.setSession(gone, {"a": 1})
    caller.updateSession(gone, {"a": 1})
    return [caller.isOnline(gone), caller.getSession(gone), caller.getUidByClientId(gone)]


@scenario
def send_to_client_in_upper_case(world, caller):
    caller.sendToClient(world["a1"].upper(), b"shouted")
    return caller.isOnline(world["a1"].upper())


@scenario
def send_raw(world, caller):
    frame = b"\x82\x05\x00\x01\x02\x03\x04"
    caller.sendToClient(world["a1"], frame, True)
    caller.sendToAll(frame, [world["a2"], world["b1"]], None, True)
    caller.bindUid(world["b2"], "raw")
    caller.sendToUid("raw", frame, True)
    caller.joinGroup(world["b2"], "raw")
    caller.sendToGroup("raw", frame, None, True)
    caller.sendToClient(world["t1"], b"no line end", True)


@scenario
def send_to_all(world, caller):
    caller.sendToAll(b"everyone")
    caller.sendToAll("用户")
    caller.sendToAll(b"")


@scenario
def send_to_all_with_targets(world, caller):
    caller.sendToAll(b"one", [world["a1"]])
    caller.sendToAll(b"three", [world["a2"], world["b1"], world["t1"]])
    caller.sendToAll(b"twice named", [world["a1"], world["a1"]])
    caller.sendToAll(b"gone ones too", [world["a1"][:12] + "0fffffff", world["b2"]])
    caller.sendToAll(b"nobody", [])


@scenario
def send_to_all_with_exclusions(world, caller):
    caller.sendToAll(b"without a1", None, [world["a1"]])
    caller.sendToAll(b"without a2 b2 t1", None, [world["a2"], world["b2"], world["t1"]])
    caller.sendToAll(b"without any", None, world.all)
    caller.sendToAll(b"a1 and b1 without b1", [world["a1"], world["b1"]], [world["b1"]])


@scenario
def send_to_uid(world, caller):
    caller.bindUid(world["a1"], "one")
    caller.bindUid(world["b1"], "one")
    caller.bindUid(world["t1"], "two")
    caller.sendToUid("one", b"both of one")
    caller.sendToUid(["one", "two", "nobody"], b"three")
    caller.sendToUid("nobody", b"none")


@scenario
def send_to_group(world, caller):
    for name in ("a1", "b1", "t1"):
        caller.joinGroup(world[name], "first")
    caller.joinGroup(world["a1"], "second")
    caller.joinGroup(world["b2"], "second")
    caller.sendToGroup("first", b"to the first")
    caller.sendToGroup(["first", "second"], b"to both: a1 gets it twice")
    caller.sendToGroup("first", b"without a1", [world["a1"]])
    caller.sendToGroup(["second", "first"], b"without a1 b2", [world["a1"], world["b2"]])
    caller.sendToGroup("nobody", b"none")


@scenario
def the_current_client(world, caller):
    def arrived(name):
        # PHP runs it in the worker, by the client's own message: wait before what comes next.
        assert world.clients[name].wait_for(lambda got, closed: got or closed)

    caller.currentClient(world.clients["a1"], "sendToCurrentClient", "to the one who asked 用户")
    arrived("a1")
    caller.currentClient(world.clients["t1"], "sendToCurrentClient", "a line")
    arrived("t1")
    caller.currentClient(world.clients["a2"], "closeCurrentClient", "bye")
    arrived("a2")
    caller.currentClient(world.clients["b1"], "closeCurrentClient")
    arrived("b1")
    caller.currentClient(world.clients["b2"], "destoryCurrentClient")
    arrived("b2")


# ---- Uids and groups


@scenario
def bind_and_unbind(world, caller):
    caller.bindUid(world["a1"], "first")
    caller.bindUid(world["a1"], "second")
    caller.bindUid(world["a2"], "second")
    caller.bindUid(world["b1"], "gone")
    caller.unbindUid(world["b1"], "gone")
    caller.bindUid(world["b2"], "whatever")
    caller.unbindUid(world["b2"], "another name")
    caller.unbindUid(world["t1"], "never bound")
    return [caller.getClientIdByUid(uid) for uid in ("first", "second", "gone", "whatever")]


@scenario
def join_and_leave(world, caller):
    for name in ("a1", "a2", "b1", "t1"):
        for group in ("red", "green", "blue"):
            caller.joinGroup(world[name], group)
    caller.joinGroup(world["a1"], "red")
    caller.leaveGroup(world["a1"], "green")
    caller.leaveGroup(world["a1"], "never joined")
    caller.leaveGroup(world["b2"], "red")
    caller.ungroup("blue")
    caller.ungroup("never there")
    return [caller.getClientIdListByGroup(group) for group in ("red", "green", "blue")]


@scenario
def unusual_names(world, caller):
    results = {}
    for name in NAMES:
        caller.bindUid(world["a1"], name)
        caller.bindUid(world["b1"], name)
        caller.joinGroup(world["b1"], name)
        caller.joinGroup(world["b2"], name)
        caller.sendToUid([name], f"to uid {name[:20]}")
        caller.sendToGroup([name], f"to group {name[:20]}", [world["b2"]])
        results[name] = {
            "uid": caller.getUidByClientId(world["a1"]),
            "by uid": caller.getClientIdByUid(name),
            "by uids": caller.getClientIdByUids([name, "nobody"]),
            "online": caller.isUidOnline(name),
            "uids": caller.getAllUidList(),
            "uids of the group": caller.getUidListByGroup(name),
            "groups": caller.getAllGroupIdList(),
            "group": caller.getClientIdListByGroup(name),
            "count": caller.getClientCountByGroup(name),
            "sessions": caller.getClientSessionsByGroup(name),
        }
        caller.leaveGroup(world["b1"], name)
    return results


@scenario
def other_names_are_other_names(world, caller):
    """"007" is not "7", and "1.0" not "1"."""
    for name, uid in zip(("a1", "a2", "b1", "b2"), ("7", "007", "1", "1.0")):
        caller.bindUid(world[name], uid)
        caller.joinGroup(world[name], uid)
    return [
        (caller.getClientIdByUid(uid), caller.getClientIdListByGroup(uid)) for uid in ("7", "007", "+7", "1", "1.0", "01")
    ]


# ---- Closing


@scenario
def close_client(world, caller):
    caller.sendToClient(world["a1"], b"before")
    caller.closeClient(world["a1"], b"goodbye")
    caller.closeClient(world["a2"])
    caller.closeClient(world["b1"], b"")
    caller.closeClient(world["b2"], "再见")
    caller.closeClient(world["t1"], b"a line")


@scenario
def destroy_client(world, caller):
    caller.destoryClient(world["a1"])
    caller.destoryClient(world["b2"])
    caller.destoryClient(world["t1"])
    caller.bindUid(world["a2"], "left behind")
    return caller.isOnline(world["a2"])


# ---- Online, counts, lists


def ask_everything(world, caller, uids, groups):
    """Every question of the API."""
    return {
        "online": [caller.isOnline(client_id) for client_id in world.all],
        "uid online": [caller.isUidOnline(uid) for uid in uids],
        "clients": caller.getAllClientCount(),
        "clients of groups": [caller.getClientCountByGroup(group) for group in groups],
        "uids of groups": [caller.getUidCountByGroup(group) for group in groups],
        "uids": caller.getAllUidCount(),
        "clients of each group": caller.getAllGroupClientIdCount(),
        "uids of each group": caller.getAllGroupUidCount(),
        "sessions": caller.getAllClientSessions(),
        "sessions of a group": caller.getAllClientSessions(groups[0]),
        "sessions of groups": [caller.getClientSessionsByGroup(group) for group in groups],
        "client ids": caller.getAllClientIdList(),
        "client ids of groups": [caller.getClientIdListByGroup(group) for group in groups],
        "client ids of uid": [caller.getClientIdByUid(uid) for uid in uids],
        "client ids of uids": caller.getClientIdByUids(uids),
        "uid list of groups": [caller.getUidListByGroup(group) for group in groups],
        "uid list": caller.getAllUidList(),
        "uid of clients": [caller.getUidByClientId(client_id) for client_id in world.all],
        "groups": caller.getAllGroupIdList(),
        "uid list of each group": caller.getAllGroupUidList(),
        "client ids of each group": caller.getAllGroupClientIdList(),
        "session": [caller.getSession(client_id) for client_id in world.all],
    }


@scenario
def questions(world, caller):
    """Every client has a uid and a group, since PHP's own lists of each group stop at one that has not."""
    for number, name in enumerate(world.clients):
        caller.bindUid(world[name], str(1000 + number // 2))
        caller.joinGroup(world[name], "all")
        caller.joinGroup(world[name], f"group of {name[0]}")
        caller.setSession(world[name], {"number": number, "name": name})
    return ask_everything(world, caller, ["1000", "1001", "1002", "nobody"], ["all", "group of a", "group of t", "nobody"])


@scenario
def questions_about_nothing(world, caller):
    """Fresh clients: no uid, no group, no session."""
    return ask_everything(world, caller, ["nobody"], ["nobody"])


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_same_by_both(cluster, php, gatewayd, name):
    assert play(cluster, gatewayd, SCENARIOS[name]) == play(cluster, php, SCENARIOS[name])


# ---- One side changes, the other reads: state is not only alike, it is one


@pytest.mark.parametrize("uid", NAMES)
def test_what_one_binds_the_other_finds(cluster, php, gatewayd, uid):
    with world_of(cluster) as world:
        php.bindUid(world["a1"], uid)
        php.joinGroup(world["a1"], uid)
        php.barrier(world.all)
        gatewayd.bindUid(world["b1"], uid)
        gatewayd.joinGroup(world["b1"], uid)
        gatewayd.barrier(world.all)
        both = frozenset([world["a1"], world["b1"]])
        for caller in (php, gatewayd):
            assert caller.getClientIdByUid(uid) == both
            assert caller.getClientIdListByGroup(uid) == both
            assert caller.getAllUidList() == caller.getAllGroupIdList() == frozenset([uid.encode()])
            assert caller.getUidByClientId(world["a1"]) == caller.getUidByClientId(world["b1"]) == uid.encode()


def test_names_that_are_not_utf8(cluster, php, gatewayd):
    """PHP users may have stored them; gatewayd lists them apart, and no listing breaks."""
    with world_of(cluster) as world:
        for name, uid in zip(world.clients, (b"\xff\xfe", b"caf\xe9", "用户".encode()[:-1], b"fine", b"7")):
            php.bindUid(world[name], uid)
            php.joinGroup(world[name], uid)
        php.barrier(world.all)
        for question in ("getAllUidList", "getAllGroupIdList", "getAllGroupUidList", "getAllGroupClientIdList",
                         "getAllGroupUidCount", "getAllGroupClientIdCount"):  # fmt: skip
            assert getattr(gatewayd, question)() == getattr(php, question)(), question
        for client_id in world.all:
            assert gatewayd.getUidByClientId(client_id) == php.getUidByClientId(client_id)


# ---- Where PHP is wrong, known and asserted, so that we notice when it is mended


def as_php_lists(world, wanted):
    """PHP's getAllGroup… lists: for each Gateway, up to the first client that lacks one of the fields."""
    result = {}
    for ports in world.cluster.call("select", ["uid", "groups"]).values():
        for clients in ports.values():
            for connection, fields in clients.items():
                if not all(fields[field] for field in wanted):
                    break
                for group in fields[b"groups"].values():
                    result.setdefault(group, set()).add(connection)
    return frozenset(result)


def test_php_stops_at_the_first_client_without_uid_or_group(cluster, php, gatewayd):
    with world_of(cluster) as world:
        # On each Gateway the first client has neither; PHP never gets to the second.
        php.bindUid(world["a2"], "second")
        php.joinGroup(world["a2"], "group")
        php.bindUid(world["b2"], "second too")
        php.joinGroup(world["b2"], "group")
        php.barrier(world.all)
        assert as_php_lists(world, [b"uid", b"groups"]) == frozenset()
        assert php.getAllGroupUidList() == php.getAllGroupClientIdList() == {}
        assert php.getAllGroupUidCount() == php.getAllGroupClientIdCount() == {}
        assert gatewayd.getAllGroupUidList() == {b"group": frozenset([b"second", b"second too"])}
        assert gatewayd.getAllGroupClientIdList() == {b"group": frozenset([world["a2"], world["b2"]])}
        assert gatewayd.getAllGroupUidCount() == {b"group": 2}
        assert gatewayd.getAllGroupClientIdCount() == {b"group": 2}


def twice_named(world, caller):
    caller.bindUid(world["a1"], "uid")
    caller.sendToUid(["uid", "uid"], b"to the uid")
    caller.joinGroup(world["a1"], "group")
    caller.sendToGroup(["group", "group"], b"to the group")


def test_php_sends_twice_to_what_is_named_twice(cluster, php, gatewayd):
    twice = [["text", b"to the uid"]] * 2 + [["text", b"to the group"]] * 2
    assert play(cluster, php, twice_named)["received"]["a1"] == twice
    assert play(cluster, gatewayd, twice_named)["received"]["a1"] == twice[1:3]


# ---- What gatewayd adds, against PHP's inner select and batch queries


def test_select(cluster, php, gatewayd):
    gateway = gatewayd.api.gateway
    with world_of(cluster) as world:
        for name in ("a1", "b1", "t1"):
            php.bindUid(world[name], f"uid of {name}")
            php.joinGroup(world[name], "group")
            php.joinGroup(world[name], "7")
            php.setSession(world[name], {"name": name})
        php.barrier(world.all)
        fields = [gateway.SELECT_FIELD_UID, gateway.SELECT_FIELD_GROUPS, gateway.SELECT_FIELD_SESSION]

        def select(**filters):
            chosen = {"filter": gateway.SelectFilter(**filters)} if filters else {}
            return {
                world.names[client.client_id]: {
                    "uid": client.uid.encode() if client.HasField("uid") else None,
                    "groups": sorted(group.encode() for group in client.groups),
                    "session": gatewayd.session(client.session),
                }
                for client in gatewayd.rpc("Select", fields=fields, **chosen).clients
            }

        state = world.state()
        assert select() == state and len(state) == 5
        assert select(groups=["7"]) == {name: state[name] for name in ("a1", "b1", "t1")}
        assert select(uids=["uid of b1", "nobody"]) == {"b1": state["b1"]}
        assert select(client_ids=[world["a2"], world["t1"]]) == {name: state[name] for name in ("a2", "t1")}
        assert select(client_ids=[world["a2"]], uids=["uid of b1"]) == {name: state[name] for name in ("a2", "b1")}
        assert gatewayd.rpc("Select", fields=fields, filter=gateway.SelectFilter()).clients == []


def test_many_at_once(cluster, php, gatewayd):
    with world_of(cluster) as world:
        gone = world["b1"][:12] + "0fffffff"
        for name in ("a1", "b1", "b2"):
            php.joinGroup(world[name], "7")
            php.setSession(world[name], {"name": name})
        php.barrier(world.all)
        online = gatewayd.rpc("AreOnline", client_ids=[*world.all, gone]).online
        assert dict(online) == {**{client_id: True for client_id in world.all}, gone: False}
        answer = gatewayd.rpc("GetSessions", client_ids=[*world.all, gone])
        assert {c.client_id: gatewayd.session(c.session) for c in answer.clients} == php.getAllClientSessions()
        assert answer.offline_client_ids == [gone]
        counts = gatewayd.rpc("GetClientCountByGroups", groups=["7", "nobody", "007"]).groups
        by_gateway = [found for ports in cluster.call("getClientCountByGroups", ["7"]).values() for found in ports.values()]
        assert [(entry.group, entry.count) for entry in counts] == [("7", 3), ("nobody", 0), ("007", 0)]
        assert sum(found[7] for found in by_gateway) == 3


def test_streams(cluster, php, gatewayd):
    with world_of(cluster) as world:
        for number, name in enumerate(world.clients):
            php.bindUid(world[name], str(number // 2))
            php.setSession(world[name], {"number": number})
        php.bindUid(world["a1"], "1")
        php.barrier(world.all)
        listed = [client for part in gatewayd.rpc("StreamAllClientIdList") for client in part.client_ids]
        assert sorted(listed) == sorted(php.getAllClientIdList())
        uids = [uid.encode() for part in gatewayd.rpc("StreamAllUidList") for uid in part.uids]
        assert sorted(uids) == sorted(php.getAllUidList())
        sessions = [client for part in gatewayd.rpc("StreamAllClientSessions") for client in part.clients]
        assert {c.client_id: gatewayd.session(c.session) for c in sessions} == php.getAllClientSessions()


def test_execute_runs_in_order(cluster, php, gatewayd):
    """One Execute leaves what the same calls of PHP leave."""
    gateway, types = gatewayd.api.gateway, gatewayd.api.types

    def by_php(world, caller):
        for number in range(100):
            caller.sendToClient(world["a1"], f"{number}")
        caller.bindUid(world["a1"], "u")
        caller.sendToUid(["u"], b"to u")
        caller.unbindUid(world["a1"], "u")
        caller.sendToUid(["u"], b"to nobody")
        caller.joinGroup(world["b1"], "g")
        caller.sendToGroup(["g"], b"to g")
        caller.setSession(world["b1"], {"a": 1})
        caller.updateSession(world["b1"], {"b": 2})
        caller.closeClient(world["t1"], b"bye")

    def by_execute(world, caller):
        text = lambda body: types.Message(text=body)  # noqa: E731
        commands = [
            {"send_to_client": gateway.SendToClientRequest(client_id=world["a1"], message=text(str(number)))}
            for number in range(100)
        ] + [
            {"bind_uid": gateway.BindUidRequest(client_id=world["a1"], uid="u")},
            {"send_to_uid": gateway.SendToUidRequest(uids=["u"], message=text("to u"))},
            {"unbind_uid": gateway.UnbindUidRequest(client_id=world["a1"], uid="u")},
            {"send_to_uid": gateway.SendToUidRequest(uids=["u"], message=text("to nobody"))},
            {"join_group": gateway.JoinGroupRequest(client_id=world["b1"], group="g")},
            {"send_to_group": gateway.SendToGroupRequest(groups=["g"], message=text("to g"))},
            {"set_session": gateway.SetSessionRequest(client_id=world["b1"], session=caller.session_input({"a": 1}))},
            {"update_session": gateway.UpdateSessionRequest(client_id=world["b1"], session=caller.session_input({"b": 2}))},
            {"close_client": gateway.CloseClientRequest(client_id=world["t1"], message=text("bye"))},
        ]
        answer = caller.rpc("Execute", commands=[gateway.Command(**command) for command in commands])
        assert [status.code for status in answer.statuses] == [0] * len(commands)

    assert play(cluster, gatewayd, by_execute) == play(cluster, php, by_php)


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65535, 65536, 300_000])
def test_websocket_binary(cluster, gatewayd, size):
    """What no PHP caller can do for one message: a binary frame built by gatewayd."""
    body = bytes(range(256)) * (size // 256 + 1)
    with world_of(cluster) as world:
        message = functools.partial(gatewayd.message, binary=True)
        gatewayd.rpc("SendToClient", client_id=world["a1"], message=message(body[:size]))
        targets = gatewayd.api.types.ClientIds(client_ids=[world["a1"], world["a2"], world["b1"]])
        gatewayd.rpc("SendToAll", targets=targets, message=message(body[:size]))
        received, _ = world.finish(gatewayd)
    assert received["a1"] == [["binary", body[:size]]] * 2
    assert received["a2"] == received["b1"] == [["binary", body[:size]]]
    assert received["b2"] == []


def test_every_function_was_called_by_both(request, php, gatewayd):
    if request.config.option.keyword or any("::" in argument for argument in request.config.args):
        pytest.skip("only some of the tests were asked for")
    for caller in (php, gatewayd):
        missing = set(FUNCTIONS) - set(caller.called)
        assert not missing, f"{caller.name} was never asked for {json.dumps(sorted(missing))}"
