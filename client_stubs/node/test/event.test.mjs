// Events from their bytes: each field, in any order, and what is cut off.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Event } from "../dist/event.js";
import { Event as Proto, EventKind } from "../dist/generated/gatewayworker/v1/worker_service.js";
import { Cursor, Reader } from "../dist/wire.js";

const WHOLE = {
  id: 2 ** 40 + 5,
  kind: EventKind.WEBSOCKET_CONNECT,
  clientId: "7f0000010b5400000001",
  generation: "g1",
  body: Buffer.from("b\xc3\xa9", "latin1"),
  bodyOmitted: 5_000_000_000,
  session: { value: { a: 1 }, stored: Buffer.from("s"), valueIncomplete: true },
  clientIp: "10.0.0.1",
  clientPort: 65535,
  gatewayPort: 8282,
  timeRead: { seconds: 1_700_000_000, nanos: 5_000_000 },
  attempt: 3,
  redelivered: true,
  handshake: { get: { token: "t" }, server: {}, cookie: { c: "1" }, incomplete: true, stored: Buffer.from("h") },
  gateway: "10.0.0.5:2900",
  sessionStale: true,
};

function made(bytes) {
  const padded = Buffer.concat([Buffer.from("front"), bytes, Buffer.from("behind")]);
  const cursor = new Cursor(padded, 5);
  const event = new Event(cursor, 5 + bytes.length, /** @type {any} */ (undefined));
  assert.equal(cursor.position, 5 + bytes.length);
  return event;
}

test("each field of an event", () => {
  const event = made(Proto.encode(WHOLE).finish());
  assert.deepEqual(
    [event.id, event.kind, event.clientId, event.generation],
    [2 ** 40 + 5, "websocketConnect", WHOLE.clientId, "g1"],
  );
  assert.deepEqual([event.body, event.text, event.bodyOmitted], [WHOLE.body, "bé", 5_000_000_000]);
  assert.deepEqual(event.session, { value: { a: 1 }, stored: Buffer.from("s"), incomplete: true });
  assert.equal(event.session, event.session);
  assert.deepEqual(
    [event.clientIp, event.clientPort, event.gatewayPort, event.gateway],
    ["10.0.0.1", 65535, 8282, "10.0.0.5:2900"],
  );
  assert.equal(event.timeRead.toISOString(), "2023-11-14T22:13:20.005Z");
  assert.deepEqual([event.attempt, event.redelivered, event.sessionStale, event.done], [3, true, true, false]);
  assert.deepEqual(event.handshake, {
    get: { token: "t" },
    server: {},
    cookie: { c: "1" },
    incomplete: true,
    stored: Buffer.from("h"),
  });
  assert.match(String(event), /websocketConnect of 7f0000010b5400000001/);
});

test("an event with nothing in it", () => {
  const event = made(Buffer.alloc(0));
  assert.deepEqual(
    [event.id, event.clientId, event.text, event.body.length, event.bodyOmitted],
    [0, "", "", 0, undefined],
  );
  assert.deepEqual(event.session, { value: {}, stored: Buffer.alloc(0), incomplete: false });
});

test("fields in any order, and fields that are not known", () => {
  const [id, body] = [{ ...WHOLE, body: Buffer.alloc(0) }, { body: WHOLE.body }].map((part) =>
    Proto.encode({ ...Proto.decode(Buffer.alloc(0)), ...part }).finish(),
  );
  const unknown = Buffer.from([
    ...[0x98, 0x06, 0x80, 0x01],
    ...[0x9a, 0x06, 1, 7],
    ...[0x99, 0x06, 1, 2, 3, 4, 5, 6, 7, 8],
    ...[0x9d, 0x06, 1, 2, 3, 4],
  ]);
  const event = made(Buffer.concat([unknown, body, id]));
  assert.deepEqual([event.id, event.clientId, event.text, event.attempt], [WHOLE.id, WHOLE.clientId, "bé", 3]);
});

test("what is cut off, or no message, is an error", () => {
  for (const bytes of [[0x08], [0x08, 0x80], [0x2a, 5, 1], [0x0b], [0x08, ...Array(11).fill(0x80)]]) {
    assert.throws(
      () => new Event(new Cursor(Buffer.from(bytes)), bytes.length, /** @type {any} */ (undefined)),
      RangeError,
    );
  }
});

test("64-bit numbers are exact, or refused", () => {
  const read = (number) =>
    Proto.decode(new Reader(Proto.encode({ ...WHOLE, bodyOmitted: number }).finish())).bodyOmitted;
  for (const number of [1, 127, 128, 2 ** 31, 2 ** 32, 2 ** 49 - 1, 2 ** 49, Number.MAX_SAFE_INTEGER]) {
    assert.equal(read(number), number);
  }
  assert.throws(
    () => Proto.decode(new Reader(Buffer.from([0x30, ...Array(9).fill(0xff), 0x01]))),
    /MAX_SAFE_INTEGER/,
  );
});
