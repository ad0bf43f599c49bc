"""What ./dev bench stubs measures. `echo TARGET`: an echo worker that says "attached". `calls TARGET CLIENT_ID SECONDS`:
SendToClient with 64 in flight; its last line is JSON."""

import asyncio
import json
import sys
import time

from gatewayworker import Client, Event, GatewayError, Welcome, Worker

IN_FLIGHT, BYTES = 64, 100


class Echo(Worker):
    def on_attached(self, welcome: Welcome) -> None:
        print("attached", flush=True)

    async def on_message(self, event: Event) -> None:
        self.send_to_current_client(event.body)


async def calls(target: str, client_id: str, seconds: float) -> None:
    message = b"x" * BYTES
    done, failed = 0, 0
    ends = time.monotonic() + seconds

    async def one_after_the_other(client: Client) -> None:
        nonlocal done, failed
        while time.monotonic() < ends:
            try:
                await client.send_to_client(client_id, message)
                done += 1
            except GatewayError:
                failed += 1

    async with Client(target) as client:
        started = time.monotonic()
        await asyncio.gather(*(one_after_the_other(client) for _ in range(IN_FLIGHT)))
        took = time.monotonic() - started
    print(json.dumps({"per_second": done / took, "count": done, "failed": failed}))


if sys.argv[1] == "echo":
    Echo(sys.argv[2], name="python").run()
else:
    asyncio.run(calls(sys.argv[2], sys.argv[3], float(sys.argv[4])))
