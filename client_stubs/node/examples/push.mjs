// Sends a message from a script, with no worker: to everyone, to a uid or to a group. Says how far it came.
//
// push.mjs "hello" · push.mjs --uid 42 "your parcel is here" · push.mjs --group news "extra"
// (Where no worker is attached at all, PHP Gateways close their clients: run gatewayd with --events=always.)

import { parseArgs } from "node:util";

import { Client } from "gatewayworker";

const { values, positionals } = parseArgs({
  options: { uid: { type: "string" }, group: { type: "string" } },
  allowPositionals: true,
});
const [message] = positionals;
if (message === undefined || (values.uid && values.group)) {
  console.error('usage: push.mjs [--uid UID | --group GROUP] "message"');
  process.exit(2);
}

const client = new Client();
const delivery = values.uid
  ? await client.sendToUid(values.uid, message)
  : values.group
    ? await client.sendToGroup(values.group, message)
    : await client.sendToAll(message);
const online = await client.getAllClientCount();
client.close();

console.log(`sent to ${delivery.gateways} Gateways, ${online} clients are online`);
for (const failure of delivery.unreachable) {
  console.log(`not to ${failure.gateway}: ${failure.reason}`);
}
