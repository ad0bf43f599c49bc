"""What a program is tested against: a gatewayd with a cluster inside, clients, and a server that never answers."""

import contextlib
import pathlib
import sys
import tempfile
import threading
import time
from concurrent import futures

import grpc
from google.protobuf import json_format

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "interop"))

import clients  # noqa: E402
import daemon as daemons  # noqa: E402
from program import SECONDS, Failed  # noqa: E402


class World:
    """`address` is that of the daemon, each time it is started, where it is a unix socket."""

    def __init__(self, api, unix, flags):
        self.api = api
        self._temporary = tempfile.TemporaryDirectory()
        self.folder = self._temporary.name
        self._flags = flags
        self._unix = f"unix:{self.folder}/gatewayd.sock" if unix else None
        self._daemons = []
        self.clients = {}
        self._taken = {}
        self._silent = SilentServer()
        self.silent_address = self._silent.address

    @property
    def daemon(self):
        return self._daemons[-1]

    @property
    def address(self):
        return self._unix or self.daemon.address

    @property
    def log(self):
        return "".join(daemon.log for daemon in self._daemons)

    def start_daemon(self):
        listen = [f"--listen=127.0.0.1:0,{self._unix}"] if self._unix else []
        self._daemons.append(daemons.Daemon.embedded(*listen, *self._flags))
        self.daemon.wait_ready()

    def connect(self, name, by, target):
        """The client_id of a new client."""
        before = set(self.client_ids())
        if by == "text":
            self.clients[name] = clients.TextClient(self.daemon.text_port)
        else:
            self.clients[name] = clients.WebSocketClient(self.daemon.websocket_port, target.encode())
        self._taken[name] = 0
        deadline = time.monotonic() + SECONDS
        while not (new := set(self.client_ids()) - before):
            if time.monotonic() > deadline:
                raise Failed(f"{name} is not connected")
            time.sleep(0.01)
        return new.pop()

    def receive(self, name):
        """The next message to a client: a kind and bytes."""
        client, number = self.clients[name], self._taken[name]
        if not client.wait_for(lambda got, closed: closed or len(got) > number, SECONDS) or len(client.received) <= number:
            raise Failed(f"{name} received nothing" + (" before it was closed" if client.closed else ""))
        self._taken[name] += 1
        return client.received[number]

    # ---- What the daemon says

    def client_ids(self):
        stub = self.api.gateway_grpc.GatewayServiceStub(self.daemon.channel)
        return list(stub.GetAllClientIdList(self.api.gateway.GetAllClientIdListRequest(), timeout=SECONDS).client_ids)

    def _admin(self):
        return self.api.admin_grpc.AdminServiceStub(self.daemon.channel)

    def workers(self):
        """As JSON has them, with the names of the .proto file."""
        response = self._admin().GetWorkers(self.api.admin.GetWorkersRequest(), timeout=SECONDS)
        return [json_format.MessageToDict(worker, preserving_proto_field_name=True,
                                          always_print_fields_with_no_presence=True) for worker in response.workers]

    def drain_worker(self):
        (worker,) = self.workers()
        self._admin().DrainWorker(self.api.admin.DrainWorkerRequest(worker_id=worker["worker_id"]), timeout=SECONDS)

    def counters(self):
        return dict(self._admin().GetCounters(self.api.admin.GetCountersRequest(), timeout=SECONDS).counters)

    def event_links(self):
        view = self._admin().GetClusterView(self.api.admin.GetClusterViewRequest(), timeout=SECONDS)
        return sum(link.kind == self.api.admin.LINK_KIND_EVENT and link.state == self.api.admin.LINK_STATE_READY
                   for gateway in view.gateways for link in gateway.links)

    def close(self):
        for client in self.clients.values():
            with contextlib.suppress(OSError):
                client.close()
        for daemon in self._daemons:
            daemon.channel.close()
            if daemon.process.poll() is None:
                daemon.process.kill()
                daemon.process.wait()
        self._silent.close()
        self._temporary.cleanup()


class SilentServer:
    """A gRPC server that takes every call and answers none."""

    def __init__(self):
        self._over = threading.Event()
        self._server = grpc.server(futures.ThreadPoolExecutor(4), handlers=[self])
        self.address = f"127.0.0.1:{self._server.add_insecure_port('127.0.0.1:0')}"
        self._server.start()

    def service(self, _):
        return grpc.unary_unary_rpc_method_handler(lambda request, context: self._over.wait())

    def close(self):
        self._over.set()
        self._server.stop(0)
