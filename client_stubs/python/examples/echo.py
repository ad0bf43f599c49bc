"""Sends every message back to the client that sent it."""

from gatewayworker import Event, Worker


class Echo(Worker):
    async def on_message(self, event: Event) -> None:
        self.send_to_current_client(event.body)


Echo().run()
