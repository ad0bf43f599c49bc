// What the types say, to `import`ers. Compiled, and never run; types.test.cts is the same for `require`.

import {
  Client,
  GatewayError,
  NotFoundError,
  Worker,
  commands,
  type Event,
  type GatewayFailure,
  type Name,
  type Session,
} from "gatewayworker";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function is<A, B>(_: Equal<A, B>): void {}

export async function queries(client: Client): Promise<void> {
  const count = await client.getAllClientCount();
  is<typeof count, number>(true);
  const partial = await client.getAllClientCount({ partialOk: true, timeout: 5 });
  is<typeof partial.value, number>(true);
  is<typeof partial.missing, readonly GatewayFailure[]>(true);
  const whole = await client.getAllUidList({ partialOk: false });
  is<typeof whole, Name[]>(true);
  const sessions: Map<string, Session> = await client.getAllClientSessions({ group: "g" });
  for await (const [clientId, session] of client.streamAllClientSessions()) {
    sessions.set(clientId, session);
  }
  const perhaps = await client.getAllClientCount({ partialOk: Math.random() < 0.5 });
  // @ts-expect-error: it may be a Partial
  perhaps.toFixed();
}

export async function messages(client: Client): Promise<void> {
  await client.sendToUid(["1", "2"], Buffer.from([1]));
  await client.sendToAll({ data: "x", websocketBinary: true }, { clientIds: new Set(["7f"]), confirm: true });
  await client.setSession("7f", { name: "Ann", tags: ["a", 1, null], deep: { n: 1n } });
  await client.execute([commands.sendToGroup("news", "x"), commands.closeClient("7f", { message: "bye" })]);
  // @ts-expect-error: no message
  await client.sendToUid("1", 5);
  // @ts-expect-error: a Date is not in a session
  await client.setSession("7f", { at: new Date() });
  // @ts-expect-error: no such option
  await client.sendToUid("1", "x", { requireOnline: true });
}

export function handlers(): Worker {
  const worker = new Worker({ sessionMode: "none" });
  return worker
    .onMessage((event) => is<typeof event, Event>(true))
    .onClose(async (event) => void (await worker.client.getSession(event.clientId)))
    .onError((event, error) => {
      is<typeof error, Error>(true);
      return event.attempt < 3 ? "redeliver" : "ack";
    })
    .onAttached((welcome) => console.log(welcome.version));
}

export function asyncHook(worker: Worker): void {
  worker.onError(async (event, error) => {
    await worker.client.sendToClient(event.clientId, error.message);
    if (event.redelivered) return "ack";
    return "redeliver";
  });
  // @ts-expect-error: no such outcome
  worker.onError(async () => "drop");
  worker.onError((_, error) => console.log(error));
}

export function errors(error: unknown): string | undefined {
  if (error instanceof NotFoundError) return error.reason;
  if (error instanceof GatewayError && error.code === "UNAVAILABLE") return error.gateways[0];
  // @ts-expect-error: no such code
  if (error instanceof GatewayError && error.code === "GONE") return error.field;
  return undefined;
}
