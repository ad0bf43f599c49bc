"""Sends every message back to the client that sent it. Run it: ./dev example echo"""

import worker


class Echo(worker.Worker):
    def on_message(self, event):
        self.command(send_to_current_client={"message": {"data": event.body}})


Echo("echo").run()
