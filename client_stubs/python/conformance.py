"""The conformance program: the package, driven by JSON lines. What they say is in ../conformance/README.md."""

import asyncio
import base64
import json
import logging
import pathlib
import sys

import gatewayworker
from gatewayworker import Client, Event, EventKind, GatewayError, Message, Session, Worker, commands


def say(**line):
    print(json.dumps(line), flush=True)


# ---- JSON to the package's values, and back


def message(given):
    body = given["text"] if "text" in given else base64.b64decode(given["data"])
    flags = {name: given[name] for name in ("raw", "websocket_binary") if name in given}
    return Message(body, **flags) if flags else body


def session(given):
    return base64.b64decode(given["stored"]) if "stored" in given else value(given["value"])


def value(given):
    if isinstance(given, dict):
        if "$int64" in given:
            return int(given["$int64"])
        if "$bytes" in given:
            return base64.b64decode(given["$bytes"])
        return {key: value(element) for key, element in given.items()}
    return [value(element) for element in given] if isinstance(given, list) else given


def arguments(given, client_id=None):
    made = {key: named(element, client_id) for key, element in given.items()}
    for name, make in (("message", message), ("session", session)):
        if name in made:
            made[name] = make(made[name])
    if "fields" in made:
        made["fields"] = [gatewayworker.Field[name] for name in made["fields"]]
    if "commands" in made:
        made["commands"] = [getattr(commands, one["command"])(**arguments(one["arguments"])) for one in made["commands"]]
    return made


def named(given, client_id):
    if isinstance(given, list):
        return [named(element, client_id) for element in given]
    return client_id if given == "$client" else given


def plain(result):
    match result:
        case Session():
            return {"value": dict(result), "stored": plain_bytes(result.stored), "incomplete": result.incomplete}
        case gatewayworker.Delivery():
            return {"gateways": result.gateways, "unreachable": [plain(one) for one in result.unreachable]}
        case gatewayworker.GatewayFailure():
            return {"gateway": result.gateway, "reason": result.reason}
        case gatewayworker.CommandResult():
            return {"code": result.code.name, "message": result.message, "delivery": plain(result.delivery)}
        case gatewayworker.SelectedClient():
            return {"client_id": result.client_id, "uid": plain(result.uid), "groups": plain(result.groups),
                    "session": plain(result.session)}
        case bytes():
            return {"$bytes": plain_bytes(result)}
        case dict():
            return {key if isinstance(key, str) else plain_bytes(key): plain(element) for key, element in result.items()}
        case list():
            return [plain(element) for element in result]
    return result


def plain_bytes(data):
    return base64.b64encode(data).decode()


def plain_error(error):
    return {"code": error.code.name, "message": str(error), "field": error.field, "reason": error.reason,
            "gateways": list(error.gateways)}


def plain_event(event: Event):
    line = {"kind": event.kind.name, "client_id": event.client_id, "body": plain_bytes(event.body),
            "body_omitted": event.body_omitted, "attempt": event.attempt, "redelivered": event.redelivered,
            "session": dict(event.session), "session_stored": plain_bytes(event.session.stored),
            "session_stale": event.session_stale, "client_ip": event.client_ip}
    if event.kind is EventKind.WEBSOCKET_CONNECT:
        shake = event.handshake
        line["handshake"] = {"get": shake.get, "server": shake.server, "cookie": shake.cookie,
                             "incomplete": shake.incomplete}
    return line


# ---- What is asked


class Program:
    def __init__(self):
        self.clients = {}
        self.gates = {}
        self.worker = None
        self.stopped = False
        self.over = asyncio.Event()  # the worker was told by a signal to leave, and has left

    async def call(self, request):
        key = json.dumps([request.get(name) for name in ("address", "tls", "token", "token_file")])
        if key not in self.clients:
            self.clients[key] = Client(request.get("address"), **connection(request))
        options = {"timeout": request["timeout"]} if "timeout" in request else {}
        return await call(self.clients[key], request["call"], arguments(request["arguments"]) | options)

    async def open(self, request):
        self.gate(request["gate"]).set()

    def gate(self, name):
        return self.gates.setdefault(name, asyncio.Event())

    async def work(self, request):
        self.worker = make_worker(self, request)
        self.serving = asyncio.create_task(self.worker.serve(handle_signals=True))
        self.serving.add_done_callback(self.served)
        welcomed = asyncio.create_task(self.worker.welcomed.wait())
        await asyncio.wait([self.serving, welcomed], return_when=asyncio.FIRST_COMPLETED)
        if self.serving.done():
            self.serving.result()
        welcome = self.worker.welcome
        return {name: getattr(welcome, name) for name in welcome.__slots__}

    async def stop(self, request):
        self.stopped = True
        self.worker.stop()
        await self.serving

    def served(self, serving):
        if not (self.stopped or serving.cancelled()) and serving.exception() is None:
            self.over.set()


def connection(request):
    """The options of client and worker about how the daemon is spoken to."""
    options = {}
    if "tls" in request:
        given = request["tls"]
        pem = {name: pathlib.Path(given[name]).read_bytes() for name in ("authorities", "key", "certificate") if name in given}
        options["tls"] = gatewayworker.Tls(pem.get("authorities"), pem.get("key"), pem.get("certificate"), given.get("server_name"))
    if "token" in request:
        options["token"] = request["token"]
    if "token_file" in request:
        options["token"] = lambda: pathlib.Path(request["token_file"]).read_text()
    return options


async def call(client, name, given):
    result = getattr(client, name)(**given)
    if not name.startswith("stream_"):
        return plain(await result)
    found = [one async for one in result]
    return dict((key, plain(element)) for key, element in found) if name.endswith("sessions") else plain(found)


def make_worker(program, request):
    """A worker with the handlers that the request wants, and no others."""

    class Conformance(Worker):
        def __init__(self, *, on_error="ack", **options):
            for name, kind in (("session_mode", gatewayworker.SessionMode),
                               ("session_freshness", gatewayworker.SessionFreshness)):
                if name in options:
                    options[name] = kind[options[name]]
            super().__init__(**options)
            self.outcome = gatewayworker.Outcome(on_error)
            self.welcomed = asyncio.Event()
            self.thrown = set()

        def on_attached(self, welcome):
            self.welcome = welcome
            self.welcomed.set()

        def on_error(self, event, error):
            say(failed=str(error))
            return self.outcome

        def on_command_error(self, error):
            say(command_failed={"code": error.code.name, "message": error.message})

        async def work(self, event, actions):
            if not request.get("quiet"):
                say(event=plain_event(event))
            for action in actions.get(event.text, actions.get("*", [])):
                await self.act(event, action)

        async def act(self, event, action):
            match action["do"]:
                case "echo":
                    self.send_to_current_client(event.body)
                case "wait":
                    await program.gate(action["gate"]).wait()
                case "throw":
                    raise RuntimeError(action["text"])
                case "throw_once":
                    if action["text"] not in self.thrown:
                        self.thrown.add(action["text"])
                        raise RuntimeError(action["text"])
                case "command":
                    getattr(self, action["command"])(**arguments(action["arguments"], event.client_id))
                case "sync":
                    say(called={"call": "sync", "value": plain(await self.sync())})
                case "call":
                    try:
                        result = await call(self.client, action["call"], arguments(action["arguments"], event.client_id))
                        say(called={"call": action["call"], "value": result})
                    except GatewayError as error:
                        say(called={"call": action["call"], "error": plain_error(error)})

    for kind, actions in request["handlers"].items():
        setattr(Conformance, f"on_{kind}", lambda self, event, actions=actions: self.work(event, actions))
    return Conformance(**request.get("options", {}), **connection(request))


async def answer(program, request):
    try:
        say(id=request["id"], value=await getattr(program, request["do"])(request))
    except GatewayError as error:
        say(id=request["id"], error=plain_error(error))


async def read(program):
    reader = asyncio.StreamReader(limit=1 << 26)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    tasks = set()
    while line := await reader.readline():
        task = asyncio.create_task(answer(program, json.loads(line)))
        tasks.add(task)
        task.add_done_callback(tasks.discard)


async def main():
    program = Program()
    ends = [asyncio.create_task(read(program)), asyncio.create_task(program.over.wait())]
    await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    asyncio.run(main())
