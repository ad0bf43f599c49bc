"""A Worker on a daemon that does as a test wants. What it does on a real one: ../../conformance."""

import asyncio

import grpc
import pytest
from conftest import messages, run, serving

from gatewayworker import InvalidArgumentError, Outcome, SessionMode, UnavailableError, Worker, current_event
from gatewayworker.v1 import worker_service_pb2 as pb


async def serve(daemon, worker, until):
    """Serves the worker until something has happened, then stops it."""
    serving_it = asyncio.create_task(worker.serve())
    await asyncio.wait([serving_it, asyncio.ensure_future(until)], return_when=asyncio.FIRST_COMPLETED)
    worker.stop()
    await serving_it


def script(daemon, *responses):
    """Sends these, then takes requests until the worker leaves. Returns the list that they go to, and an event for each
    batch of acknowledgements."""
    requests, acked = [], asyncio.Event()

    async def attach(incoming, context):
        for response in responses:
            yield response
        async for request in incoming:
            requests.append(request)
            if request.HasField("acks"):
                acked.set()
            if request.HasField("leave"):
                return

    daemon.script = attach
    return requests, acked


class Echo(Worker):
    async def on_message(self, event):
        self.send_to_current_client(event.body)


@run
async def test_the_hello_says_what_is_wanted(daemon):
    class Some(Worker):
        async def on_connect(self, event): ...
        def on_close(self, event): ...

    script(daemon)
    async with serving(daemon) as port:
        worker = Some(f"127.0.0.1:{port}", window_events=5, window_bytes=6, max_message_bytes=100_000,
                      session_mode=SessionMode.RAW, ack_on_send=True, token="t")
        attached = asyncio.Event()
        worker.on_attached = lambda welcome: attached.set()
        await serve(daemon, worker, attached.wait())
    (hello,) = daemon.hellos
    assert hello.worker_name == "some" and list(hello.kinds) == [pb.EVENT_KIND_CONNECT, pb.EVENT_KIND_CLOSE]
    assert (hello.window_events, hello.window_bytes, hello.max_message_bytes) == (5, 6, 100_000)
    assert hello.session_mode == pb.SESSION_MODE_RAW and hello.ack_mode == pb.ACK_MODE_ON_SEND
    assert daemon.metadata[0]["authorization"] == "Bearer t"


@run
async def test_a_batch_is_answered_by_one_request_with_one_acknowledgement(daemon):
    requests, acked = script(daemon, messages(*(b"%d" % n for n in range(100))))
    async with serving(daemon) as port:
        await serve(daemon, Echo(f"127.0.0.1:{port}"), acked.wait())
    answer = requests[0]
    assert [command.command.send_to_current_client.message.data for command in answer.commands] == [
        b"%d" % n for n in range(100)]
    assert [command.event_id for command in answer.commands] == list(range(1, 101))
    assert answer.acks.up_to == 100
    assert requests[-1].leave.mode == pb.LEAVE_MODE_CLOSE_LINKS


@run
async def test_large_answers_are_cut_into_requests(daemon):
    requests, acked = script(daemon, messages(*(b"x" * 400_000 for _ in range(9))))
    async with serving(daemon) as port:
        await serve(daemon, Echo(f"127.0.0.1:{port}"), acked.wait())
    assert sum(len(request.commands) for request in requests) == 9
    assert max(request.ByteSize() for request in requests) < 2**20 + 1000


@run
async def test_only_what_is_done_is_acknowledged(daemon):
    gate = asyncio.Event()

    class Slow(Worker):
        async def on_message(self, event):
            if event.client_id == "slow":
                await gate.wait()

    requests, acked = script(daemon, messages(b"1", client_id="slow"), messages(b"2", b"3", first=2))
    async with serving(daemon) as port:
        worker = Slow(f"127.0.0.1:{port}", keep_links=True)
        serving_it = asyncio.create_task(worker.serve())
        await acked.wait()
        worker.stop()
        gate.set()
        await serving_it
    assert list(requests[0].acks.ids) == [2, 3] and not requests[0].acks.up_to
    assert requests[-1].leave.mode == pb.LEAVE_MODE_KEEP_LINKS


@run
async def test_the_current_client_is_in_the_metadata_of_calls_of_its_handler_alone(daemon):
    called = asyncio.Event()

    class Calls(Worker):
        async def on_message(self, event):
            assert current_event() is event
            await self.client.send_to_current_client("hi")
            called.set()

    _, acked = script(daemon, messages(b"1", client_id="7f"))
    async with serving(daemon) as port:
        await serve(daemon, Calls(f"127.0.0.1:{port}"), acked.wait())
    assert current_event() is None
    asked = [metadata for metadata in daemon.metadata if "gateway-client-id" in metadata]
    assert [(one["gateway-client-id"], one["gateway-generation"]) for one in asked] == [("7f", "g1")]


@run
async def test_a_task_that_outlives_its_event_names_the_client_itself(daemon):
    late = asyncio.Event()

    class Late(Worker):
        async def on_message(self, event):
            self.task = asyncio.create_task(self.later())

        async def later(self):
            await late.wait()
            self.send_to_current_client("late")

    requests, acked = script(daemon, messages(b"1", client_id="7f"))

    async def until():
        await acked.wait()
        late.set()
        while not any(request.commands for request in requests):
            await asyncio.sleep(0.001)

    async with serving(daemon) as port:
        await serve(daemon, Late(f"127.0.0.1:{port}"), until())
    (command,) = [command for request in requests for command in request.commands]
    assert command.event_id == 0
    assert command.command.send_to_current_client.client_id == "7f"
    assert command.command.send_to_current_client.generation == "g1"


@run
async def test_it_attaches_again_after_a_growing_pause(daemon):
    attaches = 0

    async def attach(incoming, context):
        nonlocal attaches
        attaches += 1
        if attaches < 4:
            await context.abort(grpc.StatusCode.UNAVAILABLE, "going")
        enough.set()
        async for request in incoming:
            if request.HasField("leave"):
                return
        yield

    enough = asyncio.Event()
    daemon.script = attach
    async with serving(daemon) as port:
        await serve(daemon, Echo(f"127.0.0.1:{port}", backoff=(0.001, 0.002)), enough.wait())
    assert attaches == 4


@run
async def test_what_trying_again_does_not_heal_is_raised(daemon):
    async def attach(incoming, context):
        await context.abort(grpc.StatusCode.INVALID_ARGUMENT, "hello.kinds")
        yield

    daemon.script = attach
    async with serving(daemon) as port:
        with pytest.raises(InvalidArgumentError, match="hello.kinds"):
            await Echo(f"127.0.0.1:{port}").serve()


@run
async def test_redelivery_says_what_is_done_and_attaches_again(daemon):
    requests, again = [], asyncio.Event()

    class Fails(Worker):
        def on_message(self, event):
            if event.body == b"bad" and not event.redelivered:
                raise RuntimeError("bad")
            self.send_to_current_client(event.body)

        async def on_error(self, event, error):
            return Outcome.REDELIVER

    async def attach(incoming, context):
        first = not requests
        requests.append([])
        mine = requests[-1]
        yield messages(b"good", b"bad", b"never") if first else messages(b"bad")
        async for request in incoming:
            mine.append(request)
            if not first and request.acks.up_to:
                again.set()
            if request.HasField("leave"):
                return

    daemon.script = attach

    class Second(Fails):
        def on_message(self, event):
            if len(requests) == 2:
                self.send_to_current_client(event.body)
            else:
                super().on_message(event)

    async with serving(daemon) as port:
        await serve(daemon, Second(f"127.0.0.1:{port}", backoff=(0.001, 0.001)), again.wait())
    commands = [[c.command.send_to_current_client.message.data for r in each for c in r.commands] for each in requests]
    assert commands == [[b"good"], [b"bad"]]
    assert [list(request.acks.ids) for request in requests[0]] == [[1]]


@run
async def test_what_a_handler_says_after_its_stream_has_ended_is_not_said(daemon):
    """Its event comes again, and with it all of that."""
    requests, said, ended = [], asyncio.Event(), asyncio.Event()

    class Slow(Worker):
        async def on_message(self, event):
            if event.body == b"slow" and not event.redelivered:
                await ended.wait()
            self.send_to_current_client(event.body)
            self.send_to_client("8f", event.body)

    async def attach(incoming, context):
        requests.append([])
        mine = requests[-1]
        if len(requests) == 1:
            yield messages(b"slow")
            await context.abort(grpc.StatusCode.UNAVAILABLE, "going")
        ended.set()
        # Behind the handler that still runs, since it is of the same client.
        yield messages(b"next", first=2)
        async for request in incoming:
            mine.append(request)
            if request.acks.up_to or request.acks.ids:
                said.set()
            if request.HasField("leave"):
                return

    daemon.script = attach
    async with serving(daemon) as port:
        await serve(daemon, Slow(f"127.0.0.1:{port}", backoff=(0.001, 0.001)), said.wait())
    bodies = [c.command.WhichOneof("command") + " " + getattr(
        c.command, c.command.WhichOneof("command")).message.data.decode() for r in requests[1] for c in r.commands]
    assert bodies == ["send_to_current_client next", "send_to_client next"]


@run
async def test_sync_returns_who_is_not_known_and_fails_with_the_stream(daemon):
    async def attach(incoming, context):
        async for request in incoming:
            if request.sync.number == 1:
                yield pb.AttachResponse(synced={"number": 1, "unknown": [{"gateway": "g", "reason": "lost"}]})
            elif request.sync.number:
                await context.abort(grpc.StatusCode.UNAVAILABLE, "going")
            elif request.HasField("leave"):
                return

    daemon.script = attach
    attached = asyncio.Event()
    async with serving(daemon) as port:
        worker = Echo(f"127.0.0.1:{port}")
        worker.on_attached = lambda welcome: attached.set()
        serving_it = asyncio.create_task(worker.serve())
        await attached.wait()
        assert [failure.gateway for failure in await worker.sync()] == ["g"]
        with pytest.raises(UnavailableError):
            await worker.sync()
        worker.stop()
        await serving_it


@run
async def test_stopping_while_nobody_is_there_ends_at_once(tmp_path):
    worker = Echo(f"unix:{tmp_path}/none.sock")
    serving_it = asyncio.create_task(worker.serve())
    await asyncio.sleep(0)
    worker.stop()
    await serving_it
