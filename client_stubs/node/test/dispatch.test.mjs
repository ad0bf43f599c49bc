// The order of handlers, and what they cost.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Dispatcher } from "../dist/dispatch.js";
import { withResolvers } from "./fake-daemon.mjs";

/** "a1" is the first event of client a. */
const events = (...names) => names.map((name) => ({ clientId: name[0], name, done: false }));
const turn = () => new Promise((resolve) => setImmediate(resolve));

test("handlers that finish at once run in order, before put returns", () => {
  const seen = [];
  const dispatcher = new Dispatcher((event) => void seen.push(event.name), 1000);
  const wanted = Array.from({ length: 50 }, (_, number) => ["a", "b", "c"].map((client) => client + number)).flat();
  dispatcher.put(events(...wanted));
  assert.deepEqual(seen, wanted);
});

test("one that waits holds up its own client alone", async () => {
  const gate = withResolvers();
  const seen = [];
  const handle = async ({ name }) => {
    seen.push(`${name} begins`);
    if (name === "a1") await gate.promise;
    seen.push(`${name} ends`);
  };
  const dispatcher = new Dispatcher(handle, 1000);
  dispatcher.put(events("a1", "a2", "b1", "a3", "b2"));
  await turn();
  dispatcher.put(events("a4", "c1"));
  await turn();
  const of = (client) => seen.filter((line) => line[0] === client);
  assert.deepEqual(of("a"), ["a1 begins"]);
  gate.resolve();
  await dispatcher.idle();
  assert.deepEqual(
    of("a"),
    [1, 2, 3, 4].flatMap((n) => [`a${n} begins`, `a${n} ends`]),
  );
  assert.deepEqual(of("b"), ["b1 begins", "b1 ends", "b2 begins", "b2 ends"]);
  assert.deepEqual(of("c"), ["c1 begins", "c1 ends"]);
});

test("handlers that wait and handlers that do not keep a client's order", async () => {
  const seen = [];
  const dispatcher = new Dispatcher(({ name }) => {
    if (name.endsWith("0")) return turn().then(() => void seen.push(name));
    seen.push(name);
  }, 1000);
  const wanted = Array.from({ length: 40 }, (_, number) => `a${number}`);
  dispatcher.put(events(...wanted.slice(0, 25)));
  dispatcher.put(events(...wanted.slice(25)));
  await dispatcher.idle();
  assert.deepEqual(seen, wanted);
});

test("no more handlers wait than allowed, and each gets its turn", async () => {
  const gate = withResolvers();
  let waiting = 0;
  let most = 0;
  let handled = 0;
  const dispatcher = new Dispatcher(async () => {
    most = Math.max(most, ++waiting);
    await gate.promise;
    waiting--;
    handled++;
  }, 3);
  dispatcher.put(Array.from({ length: 20 }, (_, n) => ({ clientId: `client ${n}`, done: false })));
  await turn();
  assert.equal(waiting, 3);
  gate.resolve();
  await dispatcher.idle();
  assert.deepEqual([most, waiting, handled], [3, 0, 20]);
});

test("events that are somebody else's by now come again behind the handler that still runs", async () => {
  const gate = withResolvers();
  const seen = [];
  const dispatcher = new Dispatcher(async ({ name }) => {
    seen.push(name);
    await gate.promise;
  }, 1000);
  const batch = events("a1", "a2", "b1");
  dispatcher.put(batch);
  assert.deepEqual(seen, ["a1", "b1"]);
  batch.forEach((event) => (event.done = true));
  dispatcher.put(events("a2"));
  await turn();
  assert.deepEqual(seen, ["a1", "b1"]);
  gate.resolve();
  await dispatcher.idle();
  assert.deepEqual(seen, ["a1", "b1", "a2"]);
});

test("handlers that never wait let the loop go on", async () => {
  let handled = 0;
  const dispatcher = new Dispatcher(() => {
    const ends = performance.now() + 1;
    while (performance.now() < ends);
    handled++;
  }, 1000);
  dispatcher.put(Array.from({ length: 100 }, (_, n) => ({ clientId: `${n}`, done: false })));
  assert.ok(handled < 100);
  await dispatcher.idle();
  assert.equal(handled, 100);
});
