"""docs/migrating-from-php.md as a stage: its two workers as the page shows them, its steps as methods, and clients who chat."""

import json
import re
import threading
import time
import urllib.parse

import callers
import daemon as daemons
from clients import WebSocketClient
from example import Example
from php_values import to_php
from waiting import links_are_up, until

PAGE = daemons.ROOT / "docs" / "migrating-from-php.md"


def block(language):
    """The page's one block of that language."""
    (text,) = re.findall(rf"^```{language}\n(.*?)^```", PAGE.read_text(), re.S | re.M)
    return text


class Stage:
    """`cluster` has Register and Gateways and no worker yet. `daemon` is the gatewayd that runs, or None."""

    def __init__(self, cluster, api, folder):
        self.cluster, self.api = cluster, api
        self.daemon = self._worker = None
        self._events, self._script = folder / "PageEvents.php", folder / "page_events.py"
        self._events.write_text("<?php\n" + block("php"))
        self._script.write_text(block("python"))
        self._php = callers.PhpCaller(cluster)

    # ---- The page's steps

    def start_php(self):
        self.cluster.start_businessworker("php", EVENTS=str(self._events), RECORD="1")
        until(lambda: self.cluster.businessworker_links("php") == len(self.cluster.inner))
        self._gateways_have_seen()

    def stop_php(self):
        self.cluster.stop_businessworker("php")
        self._gateways_have_seen()

    def start_ours(self):
        self.daemon = daemons.Daemon(self.cluster.register, self.cluster.secret)
        self.daemon.wait_ready()
        self._worker = Example(self._script, self.daemon.address)
        self._worker.wait_said("attached to gatewayd")
        links_are_up(self.cluster, self.daemon, self.api)

    def stop_ours(self):
        """The worker first, then gatewayd."""
        assert self._worker.stop() == 0, self._worker.log
        assert "Traceback" not in self._worker.log and "failed" not in self._worker.log, self._worker.log
        assert self._worker.log.endswith("left\n"), self._worker.log
        self._worker = None
        status = self.daemon.stop()
        assert status == 0, self.daemon.log
        self.daemon = None

    def close(self):
        """Ends what a failed test left."""
        for process in (self._worker, self.daemon):
            if process is not None:
                process.stop()

    # ---- What can be seen

    def workers(self):
        admin = self.api.admin_grpc.AdminServiceStub(self.daemon.channel)
        return admin.GetWorkers(self.api.admin.GetWorkersRequest()).workers

    def by_php(self):
        """The messages that PHP handlers were given so far, in order."""
        return [event[2].decode() for event in self.cluster.events("php") if event[0] == b"MESSAGE"]

    def php_said(self):
        """What the PHP worker wrote about mistakes of its handlers, and of ours."""
        text = (self.cluster.folder / "php.out").read_text()
        return [line for line in text.splitlines() if re.search(r"Warning|Error|Exception|Deprecated|not found", line)]

    def check_lists(self, guests):
        """PHP's class and gatewayd see these clients, their uids, groups and sessions, and nobody else."""
        ids = {guest.uid.encode(): self._id(guest) for guest in guests}
        sessions = {self._id(guest): to_php({"name": guest.name}) for guest in guests}
        for caller in [self._php, *([self._gatewayd()] if self.daemon else [])]:
            until(lambda caller=caller: caller.getAllClientCount() == len(guests))
            assert caller.getUidListByGroup("room") == caller.getAllUidList() == ids.keys(), caller.name
            assert caller.getClientIdListByGroup("room") == caller.getAllClientIdList() == set(ids.values()), caller.name
            assert caller.getAllGroupIdList() == {b"room"}, caller.name
            assert caller.getAllClientSessions() == caller.getClientSessionsByGroup("room") == sessions, caller.name
            for uid, client_id in ids.items():
                assert caller.getClientIdByUid(uid) == {client_id} and caller.getUidByClientId(client_id) == uid, caller.name
                assert caller.getSession(client_id) == sessions[client_id], caller.name

    def rename(self, guest, name, by):
        """Somebody else than the guest's worker writes its session: "php" or "gatewayd"."""
        caller = self._php if by == "php" else self._gatewayd()
        caller.updateSession(self._id(guest), {"name": name})
        caller.barrier([self._id(guest)])
        guest.name = name

    def _gatewayd(self):
        return callers.GatewaydCaller(self.daemon.channel, self.api)

    def _id(self, guest):
        if guest.client_id is None:
            (guest.client_id,) = self._php.getClientIdByUid(guest.uid)
        return guest.client_id

    def is_here(self, guest):
        """The handler of its handshake has run to its end: PHP writes the session last, Python the group."""
        room = self._php.getClientSessionsByGroup("room")
        return any(room.get(client_id) == to_php({"name": guest.name}) for client_id in self._php.getClientIdByUid(guest.uid))

    def _gateways_have_seen(self):
        """They have seen a worker come or go once they have answered twice."""
        for _ in range(2):
            self.cluster.call("getAllClientCount")


class Guest(WebSocketClient):
    """A client as the page's workers want them: with a uid and, mostly, a name."""

    def __init__(self, stage, gateway, uid, name=None):
        self.uid, self.name = uid, name or "guest"
        query = {"uid": uid, **({"name": name} if name else {})}
        super().__init__(stage.cluster.ports[gateway], b"/chat?" + urllib.parse.urlencode(query).encode())
        until(lambda: stage.is_here(self))

    def say(self, text):
        self.send(text.encode())

    def lines(self):
        return [body.decode() for kind, body in list(self.received) if kind == "text"]

    def hears(self, line, seconds=10):
        heard = self.wait_for(lambda got, closed: closed or line in self.lines(), seconds)
        assert heard and not self.closed, f"{self.name} did not hear {line!r} but {self.lines()}, closed: {self.closed}"

    def who(self):
        """What the app answers; nobody else hears of it."""
        before = len(self.received)
        self.say("who")
        assert self.wait_for(lambda got, closed: closed or len(got) > before) and not self.closed, f"{self.name}: no answer"
        return json.loads(self.lines()[before])


class Talk:
    """Guests who number what they say, a line each in a hundredth of a second, until the block is left."""

    _talks = 0

    def __init__(self, guests):
        Talk._talks += 1
        self._mark = f"talk {Talk._talks} #"
        self._guests = guests
        self._over = threading.Event()
        self._said = {guest: [] for guest in guests}  # when
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self._thread.start()
        self._go_on()
        return self

    def __exit__(self, *_):
        self._go_on()
        self._over.set()
        self._thread.join()

    def _go_on(self):
        """So that the step comes into the middle of it."""
        wanted = len(self._said[self._guests[-1]]) + 20
        until(lambda: len(self._said[self._guests[-1]]) >= wanted)

    def check(self, may_be_lost=None):
        """All heard everything once, but for what was said in that time, (from, to): how much was lost of how much then."""
        lost = set()
        for hearer in self._guests:
            for speaker in self._guests:
                if hearer is not speaker:
                    lost |= self._check(hearer, speaker, may_be_lost or (0, 0))
        begin, end = may_be_lost or (0, 0)
        return len(lost), sum(begin <= when <= end for times in self._said.values() for when in times)

    def _check(self, hearer, speaker, may_be_lost):
        start = f"{speaker.name}: {self._mark}"
        begin, end = may_be_lost
        must = {number for number, when in enumerate(self._said[speaker]) if not begin <= when <= end}

        def heard():
            return [int(line.removeprefix(start)) for line in hearer.lines() if line.startswith(start)]

        came = hearer.wait_for(lambda got, closed: closed or must <= set(heard()), 20)
        numbers = heard()
        assert came and not hearer.closed, f"{hearer.name} did not hear {sorted(must - set(numbers))} of {speaker.name}"
        assert len(set(numbers)) == len(numbers), f"{hearer.name} heard something of {speaker.name} twice"
        return {(speaker.name, number) for number in range(len(self._said[speaker]))} - {(speaker.name, number) for number in numbers}

    def _run(self):
        number = 0
        while not self._over.is_set():
            for guest in self._guests:
                self._said[guest].append(time.monotonic())
                guest.say(f"{self._mark}{number}")
            number += 1
            time.sleep(0.01)


def all_talk(stage, guests, text):
    """Each says something, and everybody else hears it once, with the name that is in the session. Returns whose words went
    to PHP. Asked who is there, all get the same answer."""
    for guest in guests:
        guest.say(f"{text}, says {guest.uid}")
    for guest in guests:
        for speaker in guests:
            line = f"{speaker.name}: {text}, says {speaker.uid}"
            if guest is speaker:
                assert line not in guest.lines(), "heard himself"
            else:
                guest.hears(line)
                assert guest.lines().count(line) == 1
    for guest in guests:
        assert guest.who() == {other.uid: other.uid for other in guests}, guest.name
    stage.check_lists(guests)
    return [guest for guest in guests if f"{text}, says {guest.uid}" in stage.by_php()]
