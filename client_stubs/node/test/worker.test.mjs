// A Worker on a daemon that does as a test wants. What it does on a real one: ../../conformance.

import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { afterEach, beforeEach, test } from "node:test";

import { status } from "@grpc/grpc-js";
import { InvalidArgumentError, UnavailableError, Worker, currentEvent } from "gatewayworker";

import {
  AckMode,
  EventKind,
  LeaveMode,
  SessionFreshness,
  SessionMode,
} from "../dist/generated/gatewayworker/v1/worker_service.js";
import { FakeDaemon, fail, messages, withResolvers } from "./fake-daemon.mjs";

const SILENT = { info() {}, warn() {}, error() {} };

/** @type {FakeDaemon} */ let daemon;
beforeEach(async () => (daemon = await new FakeDaemon().start()));
afterEach(() => daemon.stop());

function makeWorker(options = {}) {
  return new Worker({ address: daemon.address, logger: SILENT, backoff: [1, 2], ...options });
}

function echo(options) {
  const worker = makeWorker(options);
  return worker.onMessage((event) => worker.sendToCurrentClient(event.body));
}

/** Sends these to each worker that attaches; it ends when that leaves. Emits what comes. */
function script(...responses) {
  const said = new EventEmitter();
  daemon.script = (stream) => {
    for (const what of ["request", "acks", "leave"]) stream.on(what, (value) => said.emit(what, value));
    stream.on("leave", () => stream.end());
    responses.forEach((response) => stream.write(response));
  };
  return said;
}

const attached = (worker) => new Promise((resolve) => worker.onAttached(resolve));

/** Serves the worker until something has happened, then stops it. */
async function serveUntil(worker, happened) {
  const serving = worker.serve();
  await Promise.race([happened, serving]);
  await worker.stop();
  await serving;
}

test("the hello says what is wanted", async () => {
  const worker = makeWorker({
    name: "some",
    windowEvents: 5,
    windowBytes: 6,
    maxMessageBytes: 100_000,
    sessionMode: "raw",
    sessionFreshness: "asSent",
    ackOnSend: true,
    token: "t",
  });
  worker.onConnect(() => {}).onClose(() => {});
  const welcome = attached(worker);
  await serveUntil(worker, welcome);
  assert.deepEqual(daemon.hellos, [
    {
      workerName: "some",
      kinds: [EventKind.CONNECT, EventKind.CLOSE],
      windowEvents: 5,
      windowBytes: 6,
      maxMessageBytes: 100_000,
      ackMode: AckMode.ON_SEND,
      sessionMode: SessionMode.RAW,
      sessionFreshness: SessionFreshness.AS_SENT,
    },
  ]);
  assert.equal(daemon.metadata[0].authorization, "Bearer t");
  assert.deepEqual(await welcome, {
    version: "fake",
    dialect: "php",
    workerId: "w1",
    windowEvents: 10,
    windowBytes: 11,
    maxMessageBytes: 12,
  });
});

test("what is not said has the daemon's defaults", async () => {
  const worker = echo();
  await serveUntil(worker, attached(worker));
  assert.deepEqual(daemon.hellos, [
    {
      workerName: "worker",
      kinds: [EventKind.MESSAGE],
      windowEvents: 0,
      windowBytes: 0,
      maxMessageBytes: 0,
      ackMode: AckMode.EXPLICIT,
      sessionMode: SessionMode.DECODED,
      sessionFreshness: SessionFreshness.FRESH,
    },
  ]);
});

for (const [how, wrap] of [
  ["at once", (f) => f],
  ["by async functions", (f) => async (event) => f(event)],
]) {
  test(`a batch that is handled ${how} is answered by one request with one acknowledgement`, async () => {
    const bodies = Array.from({ length: 100 }, (_, n) => String(n));
    const said = script(messages(bodies));
    const worker = makeWorker();
    worker.onMessage(wrap((event) => worker.sendToCurrentClient(event.body)));
    await serveUntil(worker, once(said, "acks"));
    const [answer] = daemon.requests;
    assert.deepEqual(daemon.echoes, bodies);
    assert.deepEqual(
      answer.commands.map((command) => command.eventId),
      bodies.map((_, i) => i + 1),
    );
    assert.equal(answer.acks.upTo, 100);
    assert.equal(daemon.requests.at(-1).leave.mode, LeaveMode.CLOSE_LINKS);
  });
}

test("large answers are cut into requests", async () => {
  const large = "x".repeat(400_000);
  const said = script(...Array.from({ length: 9 }, (_, i) => messages([large], { first: i + 1, clientId: `c${i}` })));
  const worker = makeWorker();
  worker.onMessage((event) => worker.sendToClient("7f", event.body)); // not by the short way of sendToCurrentClient
  let acked = 0;
  const all = new Promise((resolve) =>
    said.on("request", ({ commands }) => (acked += commands.length) === 9 && resolve(undefined)),
  );
  await serveUntil(worker, all);
  assert.ok(daemon.requests.every(({ commands }) => commands.length <= 2));
});

test("only what is done is acknowledged", async () => {
  const gate = withResolvers();
  const said = script(messages(["1"], { clientId: "slow" }), messages(["2", "3"], { first: 2 }));
  const worker = makeWorker({ keepLinks: true });
  worker.onMessage((event) => (event.clientId === "slow" ? gate.promise : undefined));
  const serving = worker.serve();
  await once(said, "acks");
  const stopped = worker.stop();
  gate.resolve();
  await Promise.all([stopped, serving]);
  assert.deepEqual(daemon.requests[0].acks, { upTo: 0, ids: [2, 3], ranges: [] });
  assert.equal(daemon.requests.find((request) => request.leave).leave.mode, LeaveMode.KEEP_LINKS);
});

test("the current client is in the metadata of calls of its handler alone", async () => {
  const said = script(messages(["1"], { clientId: "7f" }), messages(["2"], { first: 2, clientId: "8f" }));
  const worker = makeWorker();
  const seen = [];
  worker.onMessage(async (event) => {
    await worker.client.sendToCurrentClient("hi");
    seen.push(currentEvent() === event);
  });
  let acks = 0;
  await serveUntil(worker, new Promise((resolve) => said.on("acks", ({ upTo }) => upTo === 2 && resolve(undefined))));
  assert.equal(currentEvent(), undefined);
  const asked = daemon.metadata.filter((metadata) => "gateway-client-id" in metadata);
  assert.deepEqual(
    asked.map((one) => [one["gateway-client-id"], one["gateway-generation"]]),
    [
      ["7f", "g1"],
      ["8f", "g1"],
    ],
  );
  assert.deepEqual(seen, [true, true]);
});

test("work that outlives its event names the client itself", async () => {
  const late = withResolvers();
  const said = script(messages(["1"], { clientId: "7f" }));
  const worker = makeWorker();
  worker.onMessage(() => {
    void late.promise.then(() => worker.sendToCurrentClient(Buffer.from("late")));
  });
  const sent = new Promise((resolve) => said.on("request", ({ commands }) => commands.length && resolve(commands)));
  void once(said, "acks").then(late.resolve);
  await serveUntil(worker, sent);
  const [{ eventId, command }] = await sent;
  assert.equal(eventId, 0);
  assert.equal(command.command.sendToCurrentClient.clientId, "7f");
  assert.equal(command.command.sendToCurrentClient.generation, "g1");
});

test("what a handler sends to a stream that has ended goes nowhere; its event comes again behind it", async () => {
  const gate = withResolvers();
  const order = [];
  let attaches = 0;
  const again = withResolvers();
  daemon.script = (stream) => {
    stream.on("leave", () => stream.end());
    stream.on("acks", again.resolve);
    stream.write(messages(["1"], { redelivered: attaches > 0 }));
    if (attaches++ === 0) begun.promise.then(() => fail(stream, status.UNAVAILABLE, "going"));
    else stream.write(messages(["2"], { first: 2, clientId: "c2" }));
  };
  const begun = withResolvers();
  const worker = makeWorker();
  worker.onMessage(async (event) => {
    order.push(`${event.clientId} ${event.redelivered}`);
    if (event.clientId === "c2") return gate.resolve();
    begun.resolve();
    await gate.promise;
    worker.sendToCurrentClient(Buffer.from(event.redelivered ? "again" : "lost"));
    order.push("ended");
  });
  await serveUntil(worker, again.promise);
  await worker.stop();
  assert.deepEqual(order, ["c1 false", "c2 false", "ended", "c1 true", "ended"]);
  assert.deepEqual(daemon.echoes, ["again"]);
});

test("it attaches again after pauses", async () => {
  let attaches = 0;
  const enough = withResolvers();
  daemon.script = (stream) => {
    if (++attaches < 4) return fail(stream, status.UNAVAILABLE, "going");
    stream.on("leave", () => stream.end());
    enough.resolve();
  };
  await serveUntil(echo(), enough.promise);
  assert.equal(attaches, 4);
});

test("what trying again does not heal is an error", async () => {
  daemon.script = (stream) => fail(stream, status.INVALID_ARGUMENT, "hello.kinds");
  await assert.rejects(
    echo().serve(),
    (error) => error instanceof InvalidArgumentError && error.message === "hello.kinds",
  );
});

test("a token that cannot be had is asked for again", async () => {
  let asked = 0;
  const worker = echo({
    token: () => {
      if (++asked < 3) throw new Error("no vault");
      return "t";
    },
  });
  await serveUntil(worker, attached(worker));
  assert.equal(asked, 3);
});

for (const [how, failing] of [
  [
    "throws",
    () => {
      throw new Error("bad");
    },
  ],
  [
    "rejects",
    async () => {
      await null;
      throw new Error("bad");
    },
  ],
]) {
  test(`a handler that ${how}: redelivery says what is done and attaches again`, async () => {
    const each = [];
    const again = withResolvers();
    daemon.script = (stream) => {
      const mine = [];
      each.push(mine);
      stream.on("request", (request) => mine.push(request));
      stream.on("leave", () => stream.end());
      stream.on("acks", ({ upTo }) => upTo && again.resolve());
      stream.write(
        each.length === 1 ? messages(["good", "bad", "never"]) : messages(["bad"], { redelivered: true, attempt: 2 }),
      );
    };
    const worker = makeWorker();
    worker.onMessage((event) => {
      if (event.text === "bad" && !event.redelivered) return failing();
      worker.sendToCurrentClient(event.body);
    });
    const told = [];
    worker.onError(async (event, error) => {
      told.push([event.text, error.message, currentEvent() === event]);
      return "redeliver";
    });
    await serveUntil(worker, again.promise);
    assert.deepEqual(daemon.echoes, ["good", "bad"]);
    const acks = each[0].map((request) => request.acks).filter(Boolean);
    assert.deepEqual(
      acks.map(({ ids, upTo }) => [ids, upTo]),
      [[[1], 0]],
    );
    assert.deepEqual(told, [["bad", "bad", true]]);
  });
}

test("a hook that fails counts as an acknowledgement; what is thrown need not be an Error", async () => {
  const said = script(messages(["1", "2"]));
  const worker = makeWorker();
  const errors = [];
  worker.onMessage(() => {
    throw "text";
  });
  worker.onError((_, error) => {
    errors.push(error);
    throw new Error("the hook too");
  });
  await serveUntil(worker, new Promise((resolve) => said.on("acks", ({ upTo }) => upTo === 2 && resolve(undefined))));
  assert.deepEqual(
    errors.map((error) => [error instanceof Error, error.message]),
    [
      [true, "text"],
      [true, "text"],
    ],
  );
});

test("failed commands come to the hook", async () => {
  const worker = echo();
  const failed = new Promise((resolve) => worker.onCommandError(resolve));
  script({
    message: {
      $case: "commandErrors",
      commandErrors: { errors: [{ number: 7, status: { code: 5, message: "gone", delivery: undefined } }] },
    },
  });
  await serveUntil(worker, failed);
  assert.deepEqual(await failed, { eventId: 7, code: "NOT_FOUND", message: "gone", delivery: undefined });
});

test("events come when onAttached has returned", async () => {
  const said = script(messages(["1"]));
  const worker = makeWorker();
  const order = [];
  worker.onAttached(async () => {
    order.push("attached");
    await new Promise((resolve) => setTimeout(resolve, 20));
    order.push("ready");
  });
  worker.onMessage(() => void order.push("message"));
  await serveUntil(worker, once(said, "acks"));
  assert.deepEqual(order, ["attached", "ready", "message"]);
});

for (const [how, failing] of [
  [
    "throws",
    () => {
      throw new Error("not ready");
    },
  ],
  ["rejects", async () => Promise.reject(new Error("not ready"))],
]) {
  test(`onAttached that ${how} ends the worker`, async () => {
    const worker = echo();
    worker.onAttached(failing);
    await assert.rejects(worker.serve(), /not ready/);
  });
}

test("a message that cannot be read ends the stream, and it attaches again", async () => {
  let attaches = 0;
  const again = withResolvers();
  daemon.script = (stream) => {
    stream.on("leave", () => stream.end());
    if (++attaches === 2) return again.resolve();
    stream.write({ bytes: Buffer.from([0x12, 100, 1]) });
  };
  const worker = echo();
  await serveUntil(worker, again.promise);
});

test("sync gives who is not known, and fails with the stream", async () => {
  daemon.script = (stream) => {
    stream.on("leave", () => stream.end());
    stream.on("request", ({ sync }) => {
      if (sync?.number === 1) {
        assert.deepEqual(sync.timeout, { seconds: 1, nanos: 500_000_000 });
        stream.write({
          message: { $case: "synced", synced: { number: 1, unknown: [{ gateway: "g", reason: "lost" }] } },
        });
      } else if (sync) {
        fail(stream, status.UNAVAILABLE, "going");
      }
    });
  };
  const worker = echo();
  await assert.rejects(worker.sync(), UnavailableError);
  assert.throws(() => worker.sendToAll("hi"), UnavailableError);
  const welcomed = attached(worker);
  const serving = worker.serve();
  await welcomed;
  assert.deepEqual(await worker.sync(1500), [{ gateway: "g", reason: "lost" }]);
  await assert.rejects(worker.sync(), UnavailableError);
  await worker.stop();
  await serving;
});

test("stopping while nobody is there ends at once", async () => {
  const worker = echo({ address: "unix:/nowhere/none.sock", backoff: [60_000, 60_000] });
  await serveUntil(worker, new Promise((resolve) => setImmediate(resolve)));
});

test("stopped twice, it leaves handlers to themselves and tells them", async () => {
  const begun = withResolvers();
  script(messages(["1"]));
  const worker = makeWorker();
  worker.onMessage(() => {
    begun.resolve();
    return new Promise(() => {});
  });
  const serving = worker.serve();
  await begun.promise;
  const first = worker.stop();
  assert.equal(worker.signal.aborted, false);
  await worker.stop();
  assert.equal(worker.signal.aborted, true);
  await Promise.all([first, serving]);
});

test("leaving takes no longer than stopTimeout", async () => {
  const begun = withResolvers();
  script(messages(["1"]));
  const worker = makeWorker({ stopTimeout: 20 });
  worker.onMessage(() => {
    begun.resolve();
    return new Promise(() => {});
  });
  await serveUntil(worker, begun.promise);
  assert.equal(worker.signal.aborted, true);
});

test("one handler a kind, one run a worker", async () => {
  const worker = echo();
  assert.throws(() => worker.onMessage(() => {}), /one handler of message/);
  const serving = worker.serve();
  assert.throws(() => worker.onClose(() => {}), /before it is run/);
  assert.throws(() => worker.serve(), /served once/);
  await worker.stop();
  await serving;
});

test("run takes signals, and gives them back", async () => {
  const worker = echo();
  const before = process.listenerCount("SIGTERM");
  const welcomed = attached(worker);
  const running = worker.run();
  assert.equal(process.listenerCount("SIGTERM"), before + 1);
  await welcomed;
  process.kill(process.pid, "SIGTERM");
  await running;
  assert.equal(process.listenerCount("SIGTERM"), before);
  assert.equal(daemon.requests.at(-1).leave.mode, LeaveMode.CLOSE_LINKS);
});
