"""An echo worker on asyncio and plain stubs. Usage: python_echo_worker.py TARGET, with the stubs in PYTHONPATH.
Prints "attached" after the welcome; SIGTERM: it leaves."""

import asyncio
import signal
import sys

import grpc
from gatewayworker.v1 import worker_service_pb2, worker_service_pb2_grpc


async def main():
    async with grpc.aio.insecure_channel(sys.argv[1]) as channel:
        stream = worker_service_pb2_grpc.WorkerServiceStub(channel).Attach()
        hello = {
            "worker_name": "python",
            "kinds": [worker_service_pb2.EVENT_KIND_MESSAGE],
            "session_mode": worker_service_pb2.SESSION_MODE_NONE,
        }
        await stream.write(worker_service_pb2.AttachRequest(hello=hello))
        writing = asyncio.Lock()  # a second write beside the first ends the call

        async def write(request):
            async with writing:
                await stream.write(request)

        async def leave():
            await write(worker_service_pb2.AttachRequest(leave={}))

        leaving = []  # a task that nobody holds can be collected before it has run
        asyncio.get_running_loop().add_signal_handler(
            signal.SIGTERM, lambda: leaving.append(asyncio.ensure_future(leave())))
        async for response in stream:
            if response.HasField("welcome"):
                print("attached", flush=True)
            events = response.events.events
            if not events:
                continue
            request = worker_service_pb2.AttachRequest()
            for event in events:
                command = request.commands.add(number=event.id, event_id=event.id).command
                command.send_to_current_client.message.data = event.body
            request.acks.up_to = events[-1].id
            await write(request)


asyncio.run(main())
