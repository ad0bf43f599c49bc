"""A chat room. Run it: ./dev example chat

Clients send lines of text: what they say, "/name Ann" to be called so, "/who" to ask who is here. They get JSON:
{"type": "say", "from": "Ann", "text": "hi"}, {"type": "system", "text": "Ann is here"}, {"type": "online", "names": […]}
The room is a group and names are in sessions: both are kept by the Gateways, so this can be restarted, and run twice."""

import json

import worker
from gatewayworker.v1 import gateway_service_pb2 as api

ROOM = "chat"


class Chat(worker.Worker):
    def on_connect(self, event):
        self.enter(event, f"guest {int(event.client_id[12:], 16)}")

    def on_message(self, event):
        text = event.body.decode(errors="replace").strip()
        wanted = text.removeprefix("/name ")[:20].strip()
        if not name_in(event.session):
            self.on_connect(event)  # the client was there before us
        if text.startswith("/name ") and wanted not in ("", name_in(event.session)):
            self.enter(event, wanted)
            self.tell_all(type="system", text=f"{wanted} is here")
        elif text.startswith("/"):
            message = {"text": json.dumps(self.online())}
            self.calls.SendToClient(api.SendToClientRequest(message=message, **client_of(event)))
        else:
            self.tell_all(**{"type": "say", "from": name_in(event.session), "text": text})

    def on_close(self, event):
        if name_in(event.session):
            self.tell_all(type="system", text=f"{name_in(event.session)} has left")
            self.tell_all(**self.online())

    def enter(self, event, name):
        self.calls.UpdateSession(api.UpdateSessionRequest(session={"value": {"name": name}}, **client_of(event)))
        self.calls.JoinGroup(api.JoinGroupRequest(group=ROOM, **client_of(event)))
        event.session.value["name"] = name
        self.tell_all(**self.online())

    def online(self):
        clients = self.calls.GetClientSessionsByGroup(api.GetClientSessionsByGroupRequest(group=ROOM)).clients
        return {"type": "online", "names": sorted(name_in(client.session) for client in clients)}

    def tell_all(self, **message):
        self.calls.SendToGroup(api.SendToGroupRequest(groups=[ROOM], message={"text": json.dumps(message)}))


def client_of(event):
    # The generation keeps a late answer from a stranger: a Gateway that was restarted uses its client_ids again.
    return {"client_id": event.client_id, "generation": event.generation}


def name_in(session):
    return session.value.fields["name"].string_value


Chat("chat").run()
