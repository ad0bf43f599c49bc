"""A scenario is played twice, on equal worlds: once by PHP's Gateway class, once by gatewayd."""

import contextlib
import time

from callers import client_id_of
from clients import END
from php_values import as_name, exact, unserialize


class World:
    """Five fresh clients: a1, a2 on the first WebSocket Gateway, b1, b2 on the second, t1 on the text Gateway."""

    def __init__(self, cluster):
        self.cluster = cluster
        self.clients = {name: cluster.connect(name[0]) for name in ("a1", "a2", "b1", "b2", "t1")}
        self.names = {client.client_id: name for name, client in self.clients.items()}

    def __getitem__(self, name):
        return self.clients[name].client_id

    @property
    def all(self):
        return [client.client_id for client in self.clients.values()]

    def named(self, value):
        """The same value with the clients' names in place of their ids, which differ from world to world."""
        if isinstance(value, str):
            return self.names.get(value, value)
        if isinstance(value, dict):
            return {self.named(key): self.named(item) for key, item in value.items()}
        if isinstance(value, frozenset):
            return frozenset(self.named(item) for item in value)
        if isinstance(value, (list, tuple)):
            return type(value)(self.named(item) for item in value)
        return value

    def state(self):
        """What the Gateways hold of each client, as PHP's select tells."""
        result = {}
        for ip, ports in self.cluster.call("select", ["uid", "groups", "session"]).items():
            for port, clients in ports.items():
                for connection, fields in clients.items():
                    name = self.names[client_id_of(ip, port, connection)]
                    session = fields[b"session"]
                    result[name] = {
                        "uid": None if fields[b"uid"] is None else as_name(fields[b"uid"]),
                        "groups": sorted(as_name(group) for group in (fields[b"groups"] or {}).values()),
                        "session": unserialize(session) if session else {},
                    }
        return result

    def finish(self, caller):
        """Everything was run and has arrived: ({client: what it received}, what the Gateways hold)."""
        caller.barrier(self.all)
        for client in self.clients.values():
            if not client.closed:
                caller.sendToClient(client.client_id, END)
        for client in self.clients.values():
            client.wait_end()
        received = {}
        for name, client in self.clients.items():
            got = [list(message) for message in client.received if END not in message[1]]
            ended = [body[: body.index(END)] for _, body in client.received if END in body]
            got += [["before the end mark", body] for body in ended if body]  # raw bytes to the text client
            received[name] = got + ([["closed", b""]] if client.closed else [])
        return self.named_text(received), self.state()

    def named_text(self, received):
        """Ids inside what clients received become names as well."""
        for name, messages in received.items():
            for index, (kind, body) in enumerate(messages):
                for client_id, client in self.names.items():
                    body = body.replace(client_id.encode(), client.encode())
                messages[index] = [kind, body]
        return received

    def close(self):
        for client in self.clients.values():
            client.close()
        deadline = time.monotonic() + 10
        while self.cluster.call("getAllClientCount") != 0:
            assert time.monotonic() < deadline, "clients do not go"
            time.sleep(0.005)


@contextlib.contextmanager
def world_of(cluster):
    world = World(cluster)
    try:
        yield world
    finally:
        world.close()


def play(cluster, caller, scenario):
    """What a scenario gives by that caller: its results, what clients received, what the Gateways hold after it."""
    with world_of(cluster) as world:
        results = world.named(scenario(world, caller))
        received, state = world.finish(caller)
    return exact({"results": results, "received": received, "state": state})
