"""A worker of a GatewayWorker cluster: gatewayd brings what clients do, your methods answer. Copy it and change it.

One thread works on the events as they come, so each client's are in order. An exception is printed and its event counts
as done. When the daemon goes away the worker attaches again; SIGTERM and Ctrl-C leave without losing an event."""

import os
import queue
import random
import signal
import sys
import time
import traceback

import grpc
from gatewayworker.v1 import gateway_service_pb2, gateway_service_pb2_grpc, worker_service_pb2, worker_service_pb2_grpc

ADDRESS = os.environ.get("GATEWAYD_ADDRESS", "127.0.0.1:50051")
# Trying again does not heal these: a wrong hello, or a daemon that takes no workers.
FINAL = (grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.FAILED_PRECONDITION, grpc.StatusCode.UNIMPLEMENTED)


class Worker:
    """Write on_connect, on_websocket_connect, on_message, on_close or on_gateway_lost, each with an Event of
    worker_service.proto, and run() it. Kinds of events that have no method do not come."""

    def __init__(self, name, window=0):
        """window: how many events may be on their way to here; 0 is the daemon's default."""
        self.name, self.window = name, window
        self.calls = None  # the GatewayService, for what is answered: self.calls.GetSession(…)
        self._requests = None  # where the stream takes its requests from; None while there is none
        self._leaving = False
        kinds = worker_service_pb2.EventKind.items()
        methods = {number: getattr(self, "on_" + kind.removeprefix("EVENT_KIND_").lower(), None) for kind, number in kinds}
        self._methods = {number: method for number, method in methods.items() if method}

    def command(self, **command):
        """Has the daemon run a command, one of Command in gateway_service.proto, that answers the event at hand:
        command(send_to_all={"message": {"text": "hello"}}). One that fails is printed."""
        command = gateway_service_pb2.Command(**command)
        self._request.commands.add(number=self._event.id, command=command, event_id=self._event.id)

    def run(self):
        """Returns once the worker has left."""
        signal.signal(signal.SIGTERM, self._leave)
        signal.signal(signal.SIGINT, self._leave)
        self._pause = 0.1
        while not self._leaving:
            try:
                # A new channel each time: an old one would wait longer and longer before it tries again.
                with grpc.insecure_channel(ADDRESS) as channel:
                    self._attach(channel)
            except grpc.RpcError as error:
                print(f"{self.name}: {ADDRESS}: {error.details() or error.code().name}", flush=True)
                if error.code() in FINAL:
                    sys.exit(1)
                time.sleep(random.uniform(0.5, 1) * self._pause)
                self._pause = min(2 * self._pause, 5)
        print(f"{self.name}: left", flush=True)

    def _attach(self, channel):
        self.calls = gateway_service_pb2_grpc.GatewayServiceStub(channel)
        requests = queue.SimpleQueue()
        hello = {"worker_name": self.name, "kinds": list(self._methods), "window_events": self.window}
        requests.put(worker_service_pb2.AttachRequest(hello=hello))
        try:
            for response in worker_service_pb2_grpc.WorkerServiceStub(channel).Attach(iter(requests.get, None)):
                if response.HasField("welcome"):
                    self._requests, self._pause = requests, 0.1
                    print(f"{self.name}: attached to gatewayd {response.welcome.version}, {ADDRESS}", flush=True)
                elif response.HasField("events"):
                    self._work(response.events.events)
                for error in response.command_errors.errors:
                    print(f"{self.name}: answering event {error.number}: {error.status.message}", flush=True)
        finally:
            self._requests = None
            requests.put(None)  # ends the thread that waits for one

    def _work(self, events):
        self._request, started = worker_service_pb2.AttachRequest(), time.monotonic()
        for event in events:
            self._event = event
            try:
                self._methods[event.kind](event)
            except Exception:
                traceback.print_exc()
            self._request.acks.up_to = event.id  # in one request with its commands: neither comes without the other
            if time.monotonic() - started > 0.01:  # what is slow need not wait for the rest of the batch
                self._requests.put(self._request)
                self._request, started = worker_service_pb2.AttachRequest(), time.monotonic()
        self._requests.put(self._request)

    def _leave(self, *_):
        if self._requests is None or self._leaving:
            sys.exit(0)  # not attached, or told so twice
        self._leaving = True
        self._requests.put(worker_service_pb2.AttachRequest(leave={"mode": worker_service_pb2.LEAVE_MODE_CLOSE_LINKS}))
