// Sends every message back to the client that sent it.

import { Worker } from "gatewayworker";

const worker = new Worker({ name: "echo" });
worker.onMessage((event) => worker.sendToCurrentClient(event.body));
await worker.run();
