// The types as `require` sees them. Compiled, and never run.

import gatewayworker = require("gatewayworker");

export async function count(): Promise<number> {
  using client = new gatewayworker.Client();
  return client.getAllClientCount();
}

export const worker: gatewayworker.Worker = new gatewayworker.Worker().onMessage((event) => console.log(event.text));
