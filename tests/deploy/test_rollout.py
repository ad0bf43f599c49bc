"""A rolling update as Kubernetes does it, with processes for pods: the next pod is started and ready before an old one goes; of that
one the worker gets SIGTERM first and leaves, then gatewayd, as native sidecars do. Clients send all the while."""

import threading

import daemon as daemons
import pytest
from clients import TextClient
from example import Example

SECRET = "of the cluster"
CLIENTS = 4
AHEAD = 50  # messages that a client sends before their echoes have come


class Cluster:
    """A Register and a Gateway, in a process of their own that is no worker."""

    def __init__(self, api):
        ports = [f"--embedded_{what}_port=0" for what in ("websocket", "text", "frame", "page")]
        self.daemon = daemons.Daemon(None, SECRET, "--embedded", "--events=never", *ports)
        self.daemon.wait_ready()
        admin = api.admin_grpc.AdminServiceStub(self.daemon.channel)
        (register,) = admin.GetClusterView(api.admin.GetClusterViewRequest(), timeout=10).registers
        self.register = register.address


class Pod:
    """gatewayd, then the worker, which is started once the daemon is ready."""

    def __init__(self, cluster):
        self.daemon = daemons.Daemon(cluster.register, SECRET)
        self.daemon.wait_ready()
        self.worker = Example("echo", self.daemon.address)
        self.worker.wait_said("attached to gatewayd")
        self.daemon.printed("(event link up)")

    def terminate(self):
        """As the kubelet: the worker, and once it has gone the sidecar."""
        assert self.worker.stop() == 0, self.worker.log
        assert "Traceback" not in self.worker.log, self.worker.log
        assert self.daemon.stop() == 0, self.daemon.log

    def kill(self):
        for process in (self.worker.process, self.daemon.process):
            if process.poll() is None:
                process.kill()
                process.wait()


class Sender:
    """A client that sends numbers without a pause, and counts their echoes."""

    def __init__(self, port):
        self.client = TextClient(port)
        self.sent = 0
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def wait_more(self, count):
        """Until so many more have been echoed."""
        wanted = len(self.client.received) + count
        assert self.client.wait_for(lambda got, closed: closed or len(got) >= wanted, 20) and not self.client.closed

    def end(self):
        """Sends no more; returns the echoes once the last has come."""
        self._end.set()
        self._thread.join()
        self.client.wait_for(lambda got, closed: closed or len(got) >= self.sent, 20)
        return [int(body) for _, body in self.client.received]

    def _run(self):
        while not self._end.is_set():
            try:
                self.client.send(b"%d" % self.sent)
            except OSError:
                return  # the test sees that it is closed
            self.sent += 1
            behind = self.sent - AHEAD
            if not self.client.wait_for(lambda got, closed: closed or len(got) > behind or self._end.is_set(), 20):
                return


@pytest.fixture
def world(tmp_path):
    """The cluster, and a function that starts a pod; all are ended."""
    cluster = Cluster(daemons.load_api(tmp_path))
    pods = []

    def start():
        pods.append(Pod(cluster))
        return pods[-1]

    yield cluster, start
    for pod in pods:
        pod.kill()
    assert cluster.daemon.stop() == 0, cluster.daemon.log


def test_a_rollout_loses_no_event_of_clients_that_keep_sending(world):
    cluster, start_pod = world
    pods = [start_pod(), start_pod()]
    senders = [Sender(cluster.daemon.text_port) for _ in range(CLIENTS)]
    for old in list(pods):
        for sender in senders:
            sender.wait_more(2 * AHEAD)
        pods.append(start_pod())  # maxSurge: 1
        for sender in senders:
            sender.wait_more(2 * AHEAD)
        old.terminate()  # maxUnavailable: 0
    for sender in senders:
        sender.wait_more(2 * AHEAD)
    for sender in senders:
        echoes = sender.end()
        assert not sender.client.closed, "the Gateway closed it"
        # Sorted: what the old worker still has and what the Gateway gives the new one are worked on at the same time.
        assert sorted(echoes) == list(range(sender.sent)), "lost, or twice"
        sender.client.close()


def test_the_last_worker_leaves_the_cluster_before_its_sidecar_is_told(world):
    """CLOSE_LINKS: after it the daemon is no worker any more, so no event can reach a pod that nobody works in."""
    _, start_pod = world
    pod = start_pod()
    assert pod.worker.stop() == 0, pod.worker.log
    pod.daemon.printed("(event link gone)")
    assert pod.daemon.stop() == 0, pod.daemon.log
