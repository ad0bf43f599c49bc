// What ./dev bench stubs measures. `echo TARGET`: an echo worker that says "attached". `calls TARGET CLIENT_ID
// SECONDS`: SendToClient with 64 in flight; its last line is JSON.

import { Client, GatewayError, Worker } from "gatewayworker";

const IN_FLIGHT = 64;
const BYTES = 100;

async function echo(address) {
  const worker = new Worker({ address, name: "node" });
  worker.onAttached(() => console.log("attached"));
  worker.onMessage((event) => worker.sendToCurrentClient(event.body));
  await worker.run();
}

async function calls(address, clientId, seconds) {
  const client = new Client({ address });
  const message = Buffer.alloc(BYTES, "x");
  const started = performance.now();
  const ends = started + seconds * 1000;
  let count = 0;
  let failed = 0;

  async function oneAfterTheOther() {
    while (performance.now() < ends) {
      try {
        await client.sendToClient(clientId, message);
        count++;
      } catch (error) {
        if (!(error instanceof GatewayError)) throw error;
        failed++;
      }
    }
  }

  await Promise.all(Array.from({ length: IN_FLIGHT }, oneAfterTheOther));
  const took = (performance.now() - started) / 1000;
  client.close();
  console.log(JSON.stringify({ per_second: count / took, count, failed }));
}

const [what, ...rest] = process.argv.slice(2);
await (what === "echo" ? echo(rest[0]) : calls(rest[0], rest[1], Number(rest[2])));
