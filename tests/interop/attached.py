"""A worker attached to gatewayd, as the tests want it: it keeps what it was sent, and can be told how to answer."""

import queue
import threading
import time

import grpc


class AttachedWorker:
    """Reads on a thread of its own. `answer` gets each event and returns commands, which go back together with the
    acknowledgement; an event for which it returns None is not acknowledged. `events` is what came, in order; `status`
    how the stream ended (None while it is open)."""

    def __init__(self, api, channel, answer=lambda event: [], **hello):
        self.events = []
        self.errors = []
        self.draining = False
        self.status = None
        self._api = api
        self._answer = answer
        self._welcome = None
        self._changed = threading.Condition()
        self._requests = queue.SimpleQueue()
        hello.setdefault("kinds", [number for number in api.worker.EventKind.values() if number])
        self.send(hello=hello)
        self._stream = api.worker_grpc.WorkerServiceStub(channel).Attach(iter(self._requests.get, None))
        threading.Thread(target=self._run, daemon=True).start()
        self.wait_for(lambda: self._welcome or self.status is not None)
        assert self.status is None, self.status

    def send(self, **fields):
        self._requests.put(self._api.worker.AttachRequest(**fields))

    def leave(self, mode="CLOSE_LINKS"):
        self.send(leave={"mode": f"LEAVE_MODE_{mode}"})

    def wait_for(self, condition, seconds=20):
        """Waits until it holds; it is asked again whenever something has come."""
        deadline = time.monotonic() + seconds
        with self._changed:
            while not condition():
                left = deadline - time.monotonic()
                assert left > 0, f"did not happen; {len(self.events)} events came, the stream is {self.status or 'open'}"
                self._changed.wait(left)

    def wait_end(self, seconds=20):
        """The status code with which the stream ends."""
        self.wait_for(lambda: self.status is not None, seconds)
        return self.status

    def close(self):
        """Breaks the stream, if it is still there, as a crash would."""
        self._stream.cancel()
        self.wait_end()

    def _run(self):
        try:
            for response in self._stream:
                self._handle(response)
        except grpc.RpcError:
            pass
        self._requests.put(None)
        with self._changed:
            self.status = self._stream.code()
            self._changed.notify_all()

    def _handle(self, response):
        for event in response.events.events:
            commands = self._answer(event)
            if commands is not None:
                numbered = [{"number": event.id, "event_id": event.id, "command": command} for command in commands]
                self.send(commands=numbered, acks={"ids": [event.id]})
        with self._changed:
            self._welcome = self._welcome or response.HasField("welcome")
            self.draining = self.draining or response.HasField("draining")
            self.events += response.events.events
            self.errors += response.command_errors.errors
            self._changed.notify_all()
