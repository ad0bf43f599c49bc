"""What a program is tested against: a gatewayd with a cluster inside, clients, and a server that never answers."""

import contextlib
import os
import pathlib
import subprocess
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


# A token of the daemon with all rights: the cases' own eyes and hands.
OWN_TOKEN = "token-of-the-harness-itself"


class World:
    """`address` is that of the daemon, each time it is started, where it is a unix socket. `files`: what a case may
    name, by name. `tls`: "server" or "mutual"; `tokens`: the lines of the daemon's --tokens_file."""

    def __init__(self, api, unix, flags, tls=None, tokens=None):
        self.api = api
        self._temporary = tempfile.TemporaryDirectory()
        self.folder = self._temporary.name
        self._flags = flags
        self._unix = f"unix:{self.folder}/gatewayd.sock" if unix else None
        self._daemons = []
        self.clients = {}
        self._taken = {}
        self.files = {"token": f"{self.folder}/token"}
        self._tls, self._tokens = tls, tokens
        if tls:
            self._flags = [*self._flags, *self._make_certificates()]
        if tokens:
            self.set_tokens(tokens)
            self._flags = [*self._flags, f"--tokens_file={self.folder}/tokens"]
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
        # Unix sockets have no TLS: there the harness gets in by itself.
        own = self._unix or f"unix:{self.folder}/harness.sock"
        self._daemons.append(daemons.Daemon.embedded(f"--listen=127.0.0.1:0,{own}", *self._flags))
        if self._tls:
            self.daemon.channel = grpc.insecure_channel(own)
        self.daemon.wait_ready(address=own)
        if self._tokens:
            self.daemon.channel = grpc.intercept_channel(self.daemon.channel, OwnToken())

    def set_tokens(self, text):
        replace(f"{self.folder}/tokens", f"{text}harness {OWN_TOKEN}\n")

    def _make_certificates(self):
        """The daemon's flags. The paths of what a program needs are in `files`."""
        make_certificates(self.folder)
        names = {"authorities": "ca.crt", "other_authorities": "other.crt", "certificate": "client.crt", "key": "client.key"}
        self.files |= {name: f"{self.folder}/{file}" for name, file in names.items()}
        flags = {"tls_certificate": "server.crt", "tls_key": "server.key"}
        if self._tls == "mutual":
            flags["tls_client_authorities"] = "ca.crt"
        return [f"--{name}={self.folder}/{file}" for name, file in flags.items()]

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


class OwnToken(grpc.UnaryUnaryClientInterceptor):
    """Gives each call the harness's own token."""

    def intercept_unary_unary(self, continuation, details, request):
        metadata = [*(details.metadata or ()), ("authorization", f"Bearer {OWN_TOKEN}")]
        return continuation(details._replace(metadata=metadata), request)


def replace(path, text):
    """At once, as a careful operator does it."""
    pathlib.Path(f"{path}.new").write_text(text)
    os.chmod(f"{path}.new", 0o600)
    os.rename(f"{path}.new", path)


def make_certificates(folder):
    """PEM files of an authority (ca), another one (other), and of a server "gatewayd.test" and a client by the first."""

    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)

    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    for name in ("ca", "other"):
        openssl("req", "-x509", *key, "-keyout", f"{name}.key", "-out", f"{name}.crt", "-subj", f"/CN=test {name}", "-days", "2")
    pathlib.Path(folder, "names").write_text("subjectAltName=DNS:gatewayd.test\n")
    for name in ("server", "client"):
        openssl("req", *key, "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}")
        openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial",
                "-out", f"{name}.crt", "-days", "2", "-extfile", "names")


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
