// A chat room, with groups and presence.
//
// Clients send lines of text: what they say, "/name Ann" to be called so, "/who" to ask who is here. They get JSON:
// {"type": "say", "from": "Ann", "text": "hi"}, {"type": "system", "text": "Ann is here"} and
// {"type": "online", "names": […]}
// The room is a group and names are in sessions: both are kept by the Gateways, so this can be restarted, and run
// twice.

import { Worker } from "gatewayworker";

/** @import { Event, Session } from "gatewayworker" */

const ROOM = "chat";
const worker = new Worker({ name: "chat" });

worker.onConnect(welcome);

worker.onMessage(async (event) => {
  const text = event.text.trim();
  const wanted = text.startsWith("/name ") ? text.slice(6, 26).trim() : "";
  if (!nameIn(event.session)) await welcome(event); // the client was there before us
  if (wanted && wanted !== nameIn(event.session)) {
    await enter(event, wanted);
    await tellAll({ type: "system", text: `${wanted} is here` });
  } else if (text.startsWith("/")) {
    await worker.client.sendToCurrentClient(JSON.stringify(await online()));
  } else {
    await tellAll({ type: "say", from: nameIn(event.session), text });
  }
});

worker.onClose(async (event) => {
  if (!nameIn(event.session)) return;
  await tellAll({ type: "system", text: `${nameIn(event.session)} has left` });
  await announce();
});

/** @param {Event} event */
async function welcome(event) {
  await enter(event, `guest ${parseInt(event.clientId.slice(12), 16)}`);
}

/** @param {Event} event @param {string} name */
async function enter(event, name) {
  // The generation keeps a late answer from a stranger: a Gateway that was restarted uses its client_ids again.
  const { clientId, generation } = event;
  await worker.client.updateSession(clientId, { name }, { generation });
  await worker.client.joinGroup(clientId, ROOM, { generation });
  event.session.value.name = name;
  await announce();
}

let announced = Promise.resolve();

// One after the other, or of two clients that come at once, the list without the second may come last.
function announce() {
  const told = announced.then(async () => tellAll(await online()));
  announced = told.catch(() => {});
  return told;
}

async function online() {
  const sessions = await worker.client.getClientSessionsByGroup(ROOM);
  return { type: "online", names: [...sessions.values()].map(nameIn).sort() };
}

/** @param {object} message */
async function tellAll(message) {
  await worker.client.sendToGroup(ROOM, JSON.stringify(message));
}

/** @param {Session} session */
function nameIn(session) {
  return String(session.value.name ?? "");
}

await worker.run();
