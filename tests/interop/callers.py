"""The 37 functions twice: through PHP's own Gateway class and through gatewayd. Both callers have the same methods,
named as PHP names them, take uids, groups and messages as str or bytes, and answer in one form: counts as int,
truth as bool, ids and names as frozensets, maps as dicts with bytes for uids and groups, sessions as PHP values.
A session of a client that is gone is None."""

import grpc
from google.protobuf import struct_pb2

from php_values import as_json, as_name, exact, serialize, to_php, unserialize

# PHP's name → gatewayd's rpc, for the 37 functions.
FUNCTIONS = {
    "sendToClient": "SendToClient", "sendToCurrentClient": "SendToCurrentClient", "sendToAll": "SendToAll",
    "sendToUid": "SendToUid", "sendToGroup": "SendToGroup", "bindUid": "BindUid", "unbindUid": "UnbindUid",
    "joinGroup": "JoinGroup", "leaveGroup": "LeaveGroup", "ungroup": "Ungroup", "setSession": "SetSession",
    "updateSession": "UpdateSession", "getSession": "GetSession", "closeClient": "CloseClient",
    "closeCurrentClient": "CloseCurrentClient", "destoryClient": "DestroyClient",
    "destoryCurrentClient": "DestroyCurrentClient", "isOnline": "IsOnline", "isUidOnline": "IsUidOnline",
    "getAllClientCount": "GetAllClientCount", "getClientCountByGroup": "GetClientCountByGroup",
    "getUidCountByGroup": "GetUidCountByGroup", "getAllUidCount": "GetAllUidCount",
    "getAllGroupClientIdCount": "GetAllGroupClientIdCount", "getAllGroupUidCount": "GetAllGroupUidCount",
    "getAllClientSessions": "GetAllClientSessions", "getClientSessionsByGroup": "GetClientSessionsByGroup",
    "getAllClientIdList": "GetAllClientIdList", "getClientIdListByGroup": "GetClientIdListByGroup",
    "getClientIdByUid": "GetClientIdByUid", "getClientIdByUids": "GetClientIdByUids",
    "getUidListByGroup": "GetUidListByGroup", "getAllUidList": "GetAllUidList",
    "getUidByClientId": "GetUidByClientId", "getAllGroupIdList": "GetAllGroupIdList",
    "getAllGroupUidList": "GetAllGroupUidList", "getAllGroupClientIdList": "GetAllGroupClientIdList",
}  # fmt: skip
assert len(FUNCTIONS) == 37


def names(values):
    return frozenset(as_name(value) for value in values)


def ids(values):
    return frozenset(value.decode() if isinstance(value, bytes) else value for value in values)


def client_id_of(ip, port, connection):
    return f"{int(ip):08x}{int(as_name(port)):04x}{connection:08x}"


class Caller:
    def __init__(self):
        self.called = {}  # function → how often

    def _count(self, function):
        self.called[function] = self.called.get(function, 0) + 1


class PhpCaller(Caller):
    """Asks PHP, and brings its answers into the common form."""

    name = "PHP's Gateway class"

    def __init__(self, cluster):
        super().__init__()
        self._cluster = cluster

    def _call(self, function, *args):
        self._count(function)
        return self._cluster.call(function, *args)

    def __getattr__(self, function):
        if function not in FUNCTIONS:
            raise AttributeError(function)

        def call(*args):
            result = self._call(function, *args)
            return _PHP_FORM.get(function, lambda _: None)(result)

        return call

    def sendToAll(self, message, targets=None, exclude=None, raw=False):
        self._call("sendToAll", message, targets, exclude, raw)

    def sendToGroup(self, groups, message, exclude=None, raw=False):
        self._call("sendToGroup", groups, message, exclude, raw)

    def getClientIdByUids(self, uids):
        result = {as_name(uid): set() for uid in uids}
        for uid, found in self._over_gateways("getClientIdByUids", uids):
            result[uid] |= found
        return {uid: frozenset(found) for uid, found in result.items()}

    def _over_gateways(self, function, argument):
        for ip, ports in self._call(function, argument).items():
            for port, answer in ports.items():
                for name, connections in answer.items():
                    yield as_name(name), {client_id_of(ip, port, connection) for connection in connections.values()}

    def currentClient(self, client, function, *args):
        """A function that PHP only has inside an event: the client asks the app's BusinessWorker to call it."""
        import json

        self._count(function)
        client.send(json.dumps({"current": function, "args": list(args)}).encode())

    def barrier(self, client_ids):
        for client_id in client_ids:
            self._cluster.call("isOnline", client_id)


_PHP_FORM = {
    "isOnline": bool,
    "isUidOnline": bool,
    "getSession": lambda answer: answer,
    "getAllClientCount": int,
    "getClientCountByGroup": int,
    "getUidCountByGroup": int,
    "getAllUidCount": int,
    "getAllGroupClientIdCount": lambda answer: {as_name(group): count for group, count in answer.items()},
    "getAllGroupUidCount": lambda answer: {as_name(group): count for group, count in answer.items()},
    "getAllClientSessions": lambda answer: {client.decode(): session for client, session in answer.items()},
    "getClientSessionsByGroup": lambda answer: {client.decode(): session for client, session in answer.items()},
    "getAllClientIdList": ids,
    "getClientIdListByGroup": ids,
    "getClientIdByUid": lambda answer: ids(answer.values()),
    "getUidListByGroup": names,
    "getAllUidList": names,
    "getUidByClientId": lambda answer: None if answer is None else as_name(answer),
    "getAllGroupIdList": names,
    "getAllGroupUidList": lambda answer: {as_name(group): names(uids) for group, uids in answer.items()},
    "getAllGroupClientIdList": lambda answer: {as_name(group): ids(found) for group, found in answer.items()},
}


class GatewaydCaller(Caller):
    """Asks gatewayd. `api` is what load_api gives."""

    name = "gatewayd"

    def __init__(self, channel, api):
        super().__init__()
        self.api = api
        self.stub = api.gateway_grpc.GatewayServiceStub(channel)

    def rpc(self, name, request=None, metadata=None, **fields):
        """Any rpc by its name; the request's fields by theirs."""
        if request is None:
            request = getattr(self.api.gateway, name + "Request")(**fields)
        return getattr(self.stub, name)(request, timeout=10, metadata=metadata)

    def _call(self, function, metadata=None, **fields):
        self._count(function)
        return self.rpc(FUNCTIONS[function], metadata=metadata, **fields)

    def message(self, body, raw=False, binary=False):
        if isinstance(body, str):
            return self.api.types.Message(text=body, raw=raw, websocket_binary=binary)
        return self.api.types.Message(data=body, raw=raw, websocket_binary=binary)

    def session_input(self, session):
        """As a Struct where one can say it exactly, else as PHP's own bytes."""
        value = to_php(session)
        shown, whole = as_json(value)
        if whole and exact(to_php_from_json(shown)) == exact(value):
            struct = struct_pb2.Struct()
            struct.update(shown)
            return self.api.types.SessionInput(value=struct)
        return self.api.types.SessionInput(stored=serialize(value))

    def session(self, session):
        """A session in the common form, after checking that its Struct shows what its bytes hold."""
        value = unserialize(session.stored) if session.stored else {}
        shown, whole = as_json(value)
        assert exact(from_struct(session.value)) == exact(shown), f"value of {session.stored!r}"
        assert session.value_incomplete == (not whole), f"value_incomplete of {session.stored!r}"
        return value

    # Sending

    def sendToClient(self, client_id, message, raw=False):
        self._call("sendToClient", client_id=client_id, message=self.message(message, raw))

    def sendToAll(self, message, targets=None, exclude=None, raw=False):
        fields = {} if targets is None else {"targets": self.api.types.ClientIds(client_ids=targets)}
        self._call("sendToAll", message=self.message(message, raw), exclude_client_ids=exclude or [], **fields)

    def sendToUid(self, uids, message, raw=False):
        uids = [uids] if isinstance(uids, str) else uids
        self._call("sendToUid", uids=uids, message=self.message(message, raw))

    def sendToGroup(self, groups, message, exclude=None, raw=False):
        groups = [groups] if isinstance(groups, str) else groups
        self._call("sendToGroup", groups=groups, message=self.message(message, raw), exclude_client_ids=exclude or [])

    def currentClient(self, client, function, *args):
        """As a worker does it that answers an event: the client's id travels in the metadata."""
        fields = {"message": self.message(args[0])} if args else {}
        self._call(function, metadata=[("gateway-client-id", client.client_id)], **fields)

    # Uids, groups, sessions, closing

    def bindUid(self, client_id, uid):
        self._call("bindUid", client_id=client_id, uid=uid)

    def unbindUid(self, client_id, uid):
        self._call("unbindUid", client_id=client_id, uid=uid)

    def joinGroup(self, client_id, group):
        self._call("joinGroup", client_id=client_id, group=group)

    def leaveGroup(self, client_id, group):
        self._call("leaveGroup", client_id=client_id, group=group)

    def ungroup(self, group):
        self._call("ungroup", group=group)

    def setSession(self, client_id, session):
        self._call("setSession", client_id=client_id, session=self.session_input(session))

    def updateSession(self, client_id, session):
        self._call("updateSession", client_id=client_id, session=self.session_input(session))

    def getSession(self, client_id):
        return self._unless_gone(lambda: self.session(self._call("getSession", client_id=client_id).session))

    def closeClient(self, client_id, message=None):
        fields = {} if message is None else {"message": self.message(message)}
        self._call("closeClient", client_id=client_id, **fields)

    def destoryClient(self, client_id):
        self._call("destoryClient", client_id=client_id)

    # Questions

    def isOnline(self, client_id):
        return self._call("isOnline", client_id=client_id).online

    def isUidOnline(self, uid):
        return self._call("isUidOnline", uid=uid).online

    def getAllClientCount(self):
        return self._call("getAllClientCount").count

    def getClientCountByGroup(self, group):
        return self._call("getClientCountByGroup", group=group).count

    def getUidCountByGroup(self, group):
        return self._call("getUidCountByGroup", group=group).count

    def getAllUidCount(self):
        return self._call("getAllUidCount").count

    def getAllGroupClientIdCount(self):
        return {self.group(entry): entry.count for entry in self._call("getAllGroupClientIdCount").groups}

    def getAllGroupUidCount(self):
        return {self.group(entry): entry.count for entry in self._call("getAllGroupUidCount").groups}

    def getAllClientSessions(self, group=None):
        answer = self._call("getAllClientSessions", **({} if group is None else {"group": group}))
        return {client.client_id: self.session(client.session) for client in answer.clients}

    def getClientSessionsByGroup(self, group):
        answer = self._call("getClientSessionsByGroup", group=group)
        return {client.client_id: self.session(client.session) for client in answer.clients}

    def getAllClientIdList(self):
        return once(self._call("getAllClientIdList").client_ids)

    def getClientIdListByGroup(self, group):
        return once(self._call("getClientIdListByGroup", group=group).client_ids)

    def getClientIdByUid(self, uid):
        return once(self._call("getClientIdByUid", uid=uid).client_ids)

    def getClientIdByUids(self, uids):
        answer = self._call("getClientIdByUids", uids=uids)
        return {entry.uid.encode(): once(entry.client_ids) for entry in answer.uids}

    def getUidListByGroup(self, group):
        return self.uids(self._call("getUidListByGroup", group=group))

    def getAllUidList(self):
        return self.uids(self._call("getAllUidList"))

    def getUidByClientId(self, client_id):
        def ask():
            answer = self._call("getUidByClientId", client_id=client_id)
            return answer.uid_not_utf8 or (answer.uid.encode() if answer.HasField("uid") else None)

        return self._unless_gone(ask)

    def getAllGroupIdList(self):
        answer = self._call("getAllGroupIdList")
        return once([name.encode() for name in answer.groups] + list(answer.groups_not_utf8))

    def getAllGroupUidList(self):
        return {self.group(entry): self.uids(entry) for entry in self._call("getAllGroupUidList").groups}

    def getAllGroupClientIdList(self):
        return {self.group(entry): once(entry.client_ids) for entry in self._call("getAllGroupClientIdList").groups}

    def barrier(self, client_ids):
        for client_id in client_ids:
            self.rpc("IsOnline", client_id=client_id)

    @staticmethod
    def group(entry):
        return entry.group_not_utf8 or entry.group.encode()

    @staticmethod
    def uids(answer):
        return once([uid.encode() for uid in answer.uids] + list(answer.uids_not_utf8))

    @staticmethod
    def _unless_gone(ask):
        try:
            return ask()
        except grpc.RpcError as error:
            if error.code() == grpc.StatusCode.NOT_FOUND:
                return None
            raise


def once(values):
    """As a set, after checking that nothing came twice."""
    values = list(values)
    assert len(set(values)) == len(values), f"twice in one list: {values}"
    return frozenset(values)


def from_struct(value):
    """A Struct, ListValue or Value as Python has it."""
    if isinstance(value, struct_pb2.Struct):
        return {key: from_struct(item) for key, item in value.fields.items()}
    if isinstance(value, struct_pb2.ListValue):
        return [from_struct(item) for item in value.values]
    kind = value.WhichOneof("kind")
    if kind in ("struct_value", "list_value"):
        return from_struct(getattr(value, kind))
    return None if kind == "null_value" else getattr(value, kind)


def to_php_from_json(shown):
    """What gatewayd stores for a Struct: a number without a fraction in ±2^53 is an integer."""
    if isinstance(shown, dict):
        return to_php({key: to_php_from_json(item) for key, item in shown.items()})
    if isinstance(shown, list):
        return to_php([to_php_from_json(item) for item in shown])
    if isinstance(shown, float) and shown.is_integer() and abs(shown) <= 2**53:
        return int(shown)
    return to_php(shown)
