"""A real PHP cluster that loses a Gateway or its Register, and a daemon with the wrong secret."""

import contextlib
import functools
import subprocess
import time

import callers
import daemon as daemons
import grpc
import php_cluster
import pytest
from test_calls import SCENARIOS
from world import play, world_of


@contextlib.contextmanager
def eventually(seconds=15):
    """Gives a function to try things with until they hold."""
    deadline = time.monotonic() + seconds

    def until(condition):
        while True:
            try:
                result = condition()
            except (grpc.RpcError, php_cluster.PhpError):
                result = None
            if result or time.monotonic() > deadline:
                return result
            time.sleep(0.02)

    yield until


@pytest.fixture
def own(cluster, api, tmp_path):
    """A cluster and a daemon that this test may break."""
    own_cluster = php_cluster.PhpCluster(tmp_path, cluster.secret)
    daemon = None
    try:
        own_cluster.start()
        daemon = daemons.Daemon(own_cluster.register, own_cluster.secret)
        daemon.wait_ready()
        yield own_cluster, callers.PhpCaller(own_cluster), callers.GatewaydCaller(daemon.channel, api), Admin(daemon, api)
    finally:
        own_cluster.stop()
        status = daemon.stop() if daemon else 0
    assert status == 0, daemon.log


class Admin:
    def __init__(self, daemon, api):
        self.daemon = daemon
        self.api = api
        self.stub = api.admin_grpc.AdminServiceStub(daemon.channel)

    def view(self):
        return self.stub.GetClusterView(self.api.admin.GetClusterViewRequest(), timeout=5)

    def gateway(self, cluster, name):
        """The Gateway's entry in the view, or None."""
        address = "{}:{}".format(*cluster.inner[name])
        return next((gateway for gateway in self.view().gateways if gateway.address == address), None)

    def linked(self, cluster, name):
        gateway = self.gateway(cluster, name)
        return gateway is not None and gateway.links[0].state == self.api.admin.LINK_STATE_READY and gateway


def code_of(call):
    try:
        call()
        return grpc.StatusCode.OK
    except grpc.RpcError as error:
        return error.code()


def test_a_gateway_is_killed_and_comes_back(own):
    cluster, php, gatewayd, admin = own
    with world_of(cluster) as world, eventually() as until:
        before = admin.gateway(cluster, "a").generation
        old_id = world["a1"]
        assert before and gatewayd.isOnline(old_id)
        cluster.kill("a")
        # Never a silently short count: the old one, the right new one, or an error that names the Gateway.
        counts = set()
        while gatewayd_count(gatewayd, counts) != 3:
            pass
        assert counts <= {5, 3, grpc.StatusCode.UNAVAILABLE}, counts
        assert php.getAllClientCount() == 3
        assert code_of(lambda: gatewayd.sendToClient(old_id, b"x")) in (
            grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.NOT_FOUND)  # fmt: skip
        gatewayd.sendToAll(b"to the rest")

        cluster.start_gateway("a")
        assert until(lambda: admin.linked(cluster, "a"))
        assert until(lambda: connects(cluster, "a"))
        after = admin.gateway(cluster, "a").generation
        assert after and after != before
        # Ids count from 1 again, so an old one comes to name a stranger: who names the generation is safe.
        stranger = cluster.connect("a")
        for generation, code in [(before, grpc.StatusCode.NOT_FOUND), (after, grpc.StatusCode.OK), ("", grpc.StatusCode.OK)]:
            message = gatewayd.message(f"for generation {generation!r}")
            send = functools.partial(gatewayd.rpc, "SendToClient", client_id=stranger.client_id, message=message)
            assert code_of(lambda: send(generation=generation)) == code
        gatewayd.sendToClient(stranger.client_id, b"<end>")
        stranger.wait_end()
        assert [body for _, body in stranger.received] == [
            f"for generation {after!r}".encode(), b"for generation ''", b"<end>"]  # fmt: skip
        stranger.close()
        until(lambda: cluster.call("getAllClientCount") == 3)
    assert play(cluster, gatewayd, SCENARIOS["questions"]) == play(cluster, php, SCENARIOS["questions"])
    assert play(cluster, gatewayd, SCENARIOS["send_to_group"]) == play(cluster, php, SCENARIOS["send_to_group"])


def gatewayd_count(gatewayd, seen):
    try:
        count = gatewayd.getAllClientCount()
    except grpc.RpcError as error:
        count = error.code()
    seen.add(count)
    return count


def connects(cluster, name):
    try:
        cluster.connect(name).close()
        return True
    except (OSError, EOFError):
        return False


def test_the_register_goes_and_comes_back(own):
    cluster, php, gatewayd, admin = own
    cluster.kill("register")
    with world_of_static(cluster) as world:
        # All goes on: PHP cannot even find the Gateways then.
        assert gatewayd.getAllClientCount() == 1
        gatewayd.sendToAll(b"still here")
        gatewayd.sendToClient(world.client_id, b"<end>")
        world.wait_end()
        assert world.received[0][1] == b"still here"
        with pytest.raises(php_cluster.PhpError):
            php.getAllClientCount()
    cluster._start("register", "start_register.php")
    with eventually() as until:
        assert until(lambda: len(list(admin.view().registers[0].addresses)) == 3)
        assert until(lambda: connects(cluster, "a") and connects(cluster, "b") and connects(cluster, "t"))
        assert until(lambda: cluster.call("getAllClientCount") == 0)
    assert play(cluster, gatewayd, SCENARIOS["questions"]) == play(cluster, php, SCENARIOS["questions"])


@contextlib.contextmanager
def world_of_static(cluster):
    client = cluster.connect("a")
    try:
        yield client
    finally:
        client.close()


def test_a_wrong_secret_is_said_as_such(cluster, api):
    daemon = daemons.Daemon(cluster.register, "wr0ng")
    try:
        admin = Admin(daemon, api)
        with eventually() as until:
            assert until(lambda: "secret" in admin.view().registers[0].last_error.lower())
        assert "secret" in daemon.log.lower()
        assert "wr0ng" not in daemon.log, "the secret itself is never printed"
        caller = callers.GatewaydCaller(daemon.channel, api)
        with pytest.raises(grpc.RpcError) as caught:
            caller.getAllClientCount()
        assert caught.value.code() == grpc.StatusCode.UNAVAILABLE
        assert "secret" in caught.value.details().lower()
        waited = subprocess.run(
            [daemons.BINARY, "--wait", f"--address={daemon.address}", "--wait_timeout=1s"], capture_output=True, timeout=30
        )
        assert waited.returncode != 0
    finally:
        assert daemon.stop() == 0
