"""Events of real PHP Gateways: handed to gatewayd's workers as to a PHP BusinessWorker, and not one lost where one takes
over from the other."""

import collections
import itertools
import time

import daemon as daemons
import grpc
import php_cluster
import pytest
from attached import AttachedWorker
from callers import from_struct
from clients import TextClient, WebSocketClient
from php_values import as_json, exact, unserialize
from waiting import links_are_up, until

LEAVES = 100
LEAVE_SECONDS = 40  # on a machine that is slower than that, fewer


@pytest.fixture(params=["a secret", "no secret"])
def own(request, tmp_path):
    """A cluster whose BusinessWorker comes and goes."""
    why = php_cluster.why_not_here()
    if why:
        pytest.skip(f"GatewayWorker is not here: {why}")
    cluster = php_cluster.PhpCluster(tmp_path, "s3cret \u7528" if request.param == "a secret" else "")
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()


with_secret = pytest.mark.parametrize("own", ["a secret"], indirect=True)


class RunningDaemon:
    """A gatewayd that must end well."""

    def __init__(self, cluster):
        self.daemon = daemons.Daemon(cluster.register, cluster.secret)

    def __enter__(self):
        self.daemon.wait_ready()
        return self.daemon

    def __exit__(self, *_):
        status = self.daemon.stop()
        assert status == 0, self.daemon.log


# ---- The same events as a PHP BusinessWorker is given

TARGET = b"/room/7?name=J%C3%BCrgen&a[]=1&a[]=two&m[x][y]=deep&m[]=0&empty=&flag&bytes=%FF%FE&007=bond&7=seven&q=%22%27%7B%7D"
HEADERS = (
    "Cookie: sid=abc; lang=\u7528\u6237; odd=a=b; 7=number\r\nX-Text: h\u00e9llo\r\nUser-Agent: \r\n".encode()
    + b"X-Bytes: \xff\xfe\r\nCookie-Like: \xe9\r\n"
)
MESSAGES = [b"hello", "h\u00e9llo \u7528\u6237".encode(), b"0", b"", b"\x00\xff not UTF-8", b"x" * 20_000, b'{"a":1}']
UPDATE = b'{"update":{"name":"Ann","list":[1,2],"deep":{"7":1.5}}}'


def play_clients(cluster, wait_handled):
    """What clients do while somebody watches: each step once the one before is handled. Gives the clients' ports."""
    ports = {}
    for name, connect in [
        ("websocket", lambda: WebSocketClient(cluster.ports["a"], TARGET, HEADERS)),
        ("plain websocket", lambda: WebSocketClient(cluster.ports["b"])),
        ("text", lambda: TextClient(cluster.ports["t"])),
    ]:
        client = connect()
        ports[client.own_port] = name
        events = 1 if name == "text" else 2
        wait_handled(client.own_port, events)
        for message in [*MESSAGES, UPDATE, b"after the update"]:
            if name == "text" and b"\n" in message:
                continue
            client.send(message)
            events += 1
            wait_handled(client.own_port, events)
        client.close()
        wait_handled(client.own_port, events + 1)
    return ports


def in_common_form(events, ports, first_ids):
    """(kind, body or handshake, session, address, gateway port) by client; what must differ from run to run is made
    equal or left out, after checking it."""
    result = {}
    for kind, client_id, data, session, ip, port, gateway_port in events:
        name = ports[port]
        first_ids.setdefault(port, client_id)
        assert client_id == first_ids[port], "one client, one id"
        if kind == "WEBSOCKET_CONNECT":
            server = data[b"server"]
            assert server.pop(b"REMOTE_PORT") == port and server.pop(b"HTTP_SEC_WEBSOCKET_KEY")
        result.setdefault(name, []).append((kind, exact(data), exact(session), ip, gateway_port))
    return result


def events_of_php(cluster):
    for kind, client_id, data, session, server in cluster.events("recorder"):
        yield (kind.decode(), client_id.decode(), data, session, server[b"REMOTE_ADDR"].decode(),
               server[b"REMOTE_PORT"], server[b"GATEWAY_PORT"])  # fmt: skip


def events_of_gatewayd(api, events):
    for event in events:
        kind = api.worker.EventKind.Name(event.kind).removeprefix("EVENT_KIND_")
        data = {"MESSAGE": event.body, "WEBSOCKET_CONNECT": event.handshake.stored}.get(kind)
        if kind == "WEBSOCKET_CONNECT":
            data = unserialize(data)
            check_handshake(event.handshake, data)
        session = unserialize(event.session.stored) if event.session.stored else None
        if session is not None:
            assert exact(from_struct(event.session.value)) == exact(as_json(session)[0])
        assert event.attempt == 1 and not event.redelivered and event.generation and event.time_read.seconds
        yield kind, event.client_id, data, session, event.client_ip, event.client_port, event.gateway_port


def check_handshake(handshake, stored):
    """The Structs show what the bytes hold, as far as a Struct can."""
    whole = True
    for name, shown in [(b"get", handshake.get), (b"server", handshake.server), (b"cookie", handshake.cookie)]:
        wanted, complete = as_json(stored[name])
        assert exact(from_struct(shown)) == exact(wanted), name
        whole = whole and complete
    assert handshake.incomplete == (not whole)


def test_the_same_events_as_a_php_businessworker(own, api):
    own.stop_businessworker()
    own.start_businessworker("recorder", RECORD="1")
    own.wait_ready()

    def recorded_by_php(port, count):
        until(lambda: sum(event[4][b"REMOTE_PORT"] == port for event in own.events("recorder")) >= count)

    ports = play_clients(own, recorded_by_php)
    theirs = in_common_form([event for event in events_of_php(own) if event[5] in ports], ports, {})

    with RunningDaemon(own) as daemon:
        # A window of one, so that no event is on its way to the worker while it writes the session.
        worker = AttachedWorker(api, daemon.channel, lambda event: updates(api, event), window_events=1)
        links_are_up(own, daemon, api)
        own.stop_businessworker("recorder")

        def came(port, count):
            worker.wait_for(lambda: sum(event.client_port == port for event in worker.events) >= count)

        ports = play_clients(own, came)
        mine = [event for event in worker.events if event.client_port in ports]
        mine = in_common_form(events_of_gatewayd(api, mine), ports, {})
        assert not worker.errors
        worker.leave()
        assert worker.wait_end() == grpc.StatusCode.OK
    assert mine.keys() == theirs.keys()
    for name in theirs:
        for number, (one, other) in enumerate(itertools.zip_longest(mine[name], theirs[name])):
            assert one == other, f"event {number} of the {name} client"


def updates(api, event):
    """The app's business logic, as far as the clients above need it."""
    if event.body == UPDATE:
        return [update_session(api, event, {"name": "Ann", "list": [1, 2], "deep": {"7": 1.5}})]
    return answers(api, event)


def update_session(api, event, value):
    client = {"client_id": event.client_id, "generation": event.generation}
    return api.gateway.Command(update_session={"session": {"value": value}, **client})


# ---- Sessions, and Gateways that go


@with_secret
def test_no_session_is_older_than_the_handlers_own_writes(own, api):
    """The client sends faster than anybody answers, so the Gateway has sent most events before the writes."""

    def count(event):
        if event.kind != api.worker.EVENT_KIND_MESSAGE or event.body == b"who am I":
            return answers(api, event)
        seen.append((int(event.body), int(event.session.value.fields["count"].number_value), event.session_stale))
        return [update_session(api, event, {"count": int(event.body)})]

    seen = []
    with RunningDaemon(own) as daemon:
        worker = AttachedWorker(api, daemon.channel, count, window_events=1)
        links_are_up(own, daemon, api)
        own.stop_businessworker()
        client = own.connect("a")
        for number in range(1, 201):
            client.send(b"%d" % number)
        worker.wait_for(lambda: len(worker.events) >= 200 and worker.events[-1].body == b"200")
        assert seen == [(number, number - 1, False) for number in range(1, 201)]
        admin = api.admin_grpc.AdminServiceStub(daemon.channel)
        assert admin.GetCounters(api.admin.GetCountersRequest()).counters["sessions_fetched"] > 0
        assert not worker.errors
        client.close()


@with_secret
def test_a_gateway_that_is_killed_is_told_once(own, api):
    lost = api.worker.EVENT_KIND_GATEWAY_LOST
    with RunningDaemon(own) as daemon:
        worker = AttachedWorker(api, daemon.channel, lambda event: answers(api, event))
        links_are_up(own, daemon, api)
        own.stop_businessworker()
        clients = [own.connect(name) for name in "ab"]
        generations = {event.client_id: event.generation for event in worker.events}
        own.kill("a")
        worker.wait_for(lambda: any(event.kind == lost for event in worker.events))
        event = next(event for event in worker.events if event.kind == lost)
        assert event.gateway == "{}:{}".format(*own.inner["a"])
        assert event.generation == generations[clients[0].client_id] != generations[clients[1].client_id]
        own.start_gateway("a")
        links_are_up(own, daemon, api)
        again = own.connect("a")
        assert again.client_id.endswith("00000001"), "ids count from 1 again"
        came = [event for event in worker.events if event.client_id == again.client_id]
        assert came[-1].generation not in generations.values()
        assert sum(event.kind == lost for event in worker.events) == 1


# ---- Nothing is lost where one takes over from the other


def answers(api, event):
    """As Events.php answers, but for the name."""
    if event.body == b"who am I":
        text = b"you are " + event.client_id.encode()
    elif event.body.startswith(b"#"):
        text = (b"gatewayd again " if event.redelivered else b"gatewayd ") + event.body
    else:
        return []
    return [api.gateway.Command(send_to_current_client={"message": {"data": text}})]


class Counting:
    """Clients that number their messages and send on while few of them are unanswered. Each message is answered by who
    worked on it."""

    WINDOW = 50

    def __init__(self, cluster, gateways="aabbtt"):
        self._clients = [cluster.connect(name) for name in gateways]
        self._sent = 0

    def send(self, rounds=1):
        for _ in range(rounds):
            self._sent += 1
            for client in self._clients:
                answered = client.wait_for(lambda got, closed: closed or self._sent - len(got) <= self.WINDOW, 30)
                assert answered and not client.closed, self._lost(client)
                client.send(b"#%d" % self._sent)

    def send_while(self, condition, seconds=20):
        deadline = time.monotonic() + seconds
        while condition():
            assert time.monotonic() < deadline, "takes too long"
            self.send()

    def check(self):
        """Waits for the answers; each message was worked on once, or more often with the mark. Who did how many."""
        by = collections.Counter()
        for client in self._clients:
            # One answer for each number: those marked come on top.
            done = client.wait_for(lambda got, closed: closed or len(got) >= self._sent and len(numbers(got)) == self._sent)
            assert done and not client.closed, self._lost(client)
            first_time = [body for _, body in client.received if b"again" not in body]
            assert len(first_time) == len(numbers([(None, body) for body in first_time])), "twice without the mark"
            by.update(body.split()[0].decode() for _, body in client.received)
        return by

    def close(self):
        for client in self._clients:
            client.close()

    def _lost(self, client):
        missing = sorted(set(range(1, self._sent + 1)) - numbers(client.received))
        return f"client {client.client_id}, closed: {client.closed}, answers missing: {missing}"


def numbers(received):
    return {int(body.rpartition(b"#")[2]) for _, body in received}


@with_secret
def test_a_hundred_leaves_under_load_lose_nothing(own, api):
    by = collections.Counter()
    started, leaves = time.monotonic(), 0
    with RunningDaemon(own) as daemon:
        while leaves < LEAVES and time.monotonic() - started < LEAVE_SECONDS:
            leaves += 1
            worker = AttachedWorker(api, daemon.channel, lambda event: answers(api, event))
            links_are_up(own, daemon, api)
            clients = Counting(own)
            clients.send(5)
            worker.leave()
            clients.send_while(lambda worker=worker: worker.status is None)
            clients.send(5)
            assert worker.wait_end() == grpc.StatusCode.OK
            by += clients.check()
            clients.close()
            assert not worker.errors
        admin = api.admin_grpc.AdminServiceStub(daemon.channel)
        counters = admin.GetCounters(api.admin.GetCountersRequest()).counters
        assert counters["event_leaves"] == leaves * len(own.inner) and counters["event_leaves_forced"] == 0
    assert by["gatewayd"] > leaves and by["php"] > leaves, by
    print(f"{leaves} leaves: {dict(by)}")


@with_secret
def test_gatewayd_takes_over_from_a_businessworker_that_stops(own, api):
    with RunningDaemon(own) as daemon:
        clients = Counting(own)
        clients.send(20)
        assert clients.check().keys() == {"php"}
        worker = AttachedWorker(api, daemon.channel, lambda event: answers(api, event))
        links_are_up(own, daemon, api)
        own.stop_businessworker()
        for _ in range(2):  # the Gateways have seen it go once they have answered twice
            own.call("getAllClientCount")
        clients.send(20)
        by = clients.check()
        assert by["gatewayd"] == by["php"] == 20 * 6
        clients.close()
        worker.wait_for(lambda: sum(event.kind == api.worker.EVENT_KIND_CLOSE for event in worker.events) == 6)


@with_secret
def test_restarts_under_load_beside_a_second_gatewayd_lose_nothing(own, api):
    def start():
        daemon = daemons.Daemon(own.register, own.secret)
        running.append(daemon)
        daemon.wait_ready()
        worker = AttachedWorker(api, daemon.channel, lambda event: answers(api, event))
        links_are_up(own, daemon, api)
        return daemon, worker

    running = []
    handled = []
    try:
        pair = [start(), start()]
        own.stop_businessworker()
        for _ in range(5):
            clients = Counting(own)
            clients.send(5)
            daemon, worker = pair.pop(0)
            daemon.process.terminate()
            clients.send_while(lambda worker=worker, daemon=daemon: worker.status is None or daemon.process.poll() is None)
            clients.send(5)
            assert worker.wait_end() == grpc.StatusCode.UNAVAILABLE and worker.draining
            assert daemon.process.wait(20) == 0, daemon.log
            clients.check()
            clients.close()
            handled.append(sum(event.body.startswith(b"#") for event in worker.events))
            pair.append(start())
        assert sum(handled) > 0, "the daemons that went had something to do"
    finally:
        for daemon in running:
            daemon.stop()
