"""A chat room, with groups and presence.

Clients send lines of text: what they say, "/name Ann" to be called so, "/who" to ask who is here. They get JSON:
{"type": "say", "from": "Ann", "text": "hi"}, {"type": "system", "text": "Ann is here"}, {"type": "online", "names": […]}
The room is a group and names are in sessions: both are kept by the Gateways, so this can be restarted, and run twice."""

import asyncio
import json

from gatewayworker import Event, Session, Worker

ROOM = "chat"


class Chat(Worker):
    announcing = asyncio.Lock()  # or of two clients that come at once, the list without the second may come last

    async def on_connect(self, event: Event) -> None:
        await self.enter(event, f"guest {int(event.client_id[12:], 16)}")

    async def on_message(self, event: Event) -> None:
        text = event.text.strip()
        wanted = text.removeprefix("/name ")[:20].strip()
        if not name_in(event.session):
            await self.on_connect(event)  # the client was there before us
        if text.startswith("/name ") and wanted not in ("", name_in(event.session)):
            await self.enter(event, wanted)
            await self.tell_all(type="system", text=f"{wanted} is here")
        elif text.startswith("/"):
            await self.client.send_to_current_client(json.dumps(await self.online()))
        else:
            await self.tell_all(**{"type": "say", "from": name_in(event.session), "text": text})

    async def on_close(self, event: Event) -> None:
        if name_in(event.session):
            await self.tell_all(type="system", text=f"{name_in(event.session)} has left")
            await self.announce()

    async def enter(self, event: Event, name: str) -> None:
        # The generation keeps a late answer from a stranger: a Gateway that was restarted uses its client_ids again.
        await self.client.update_session(event.client_id, {"name": name}, generation=event.generation)
        await self.client.join_group(event.client_id, ROOM, generation=event.generation)
        event.session["name"] = name
        await self.announce()

    async def announce(self) -> None:
        async with self.announcing:
            await self.tell_all(**await self.online())

    async def online(self) -> dict[str, object]:
        sessions = await self.client.get_client_sessions_by_group(ROOM)
        return {"type": "online", "names": sorted(map(name_in, sessions.values()))}

    async def tell_all(self, **message: object) -> None:
        await self.client.send_to_group(ROOM, json.dumps(message))


def name_in(session: Session) -> str:
    return str(session.get("name", ""))


Chat().run()
