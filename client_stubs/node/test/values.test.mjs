// Messages and sessions: there and back, and what is refused.

import assert from "node:assert/strict";
import { test } from "node:test";

import { InvalidArgumentError } from "gatewayworker";

import { Session, SessionInput } from "../dist/generated/gatewayworker/v1/types.js";
import { fromSession, toMessage, toSession } from "../dist/values.js";
import { Reader } from "../dist/wire.js";

const FLAGS = { raw: false, websocketBinary: false };

test("messages of each kind", () => {
  assert.deepEqual(toMessage("é"), { payload: { $case: "text", text: "é" }, ...FLAGS });
  const data = Buffer.from([255]);
  assert.deepEqual(toMessage(data), { payload: { $case: "data", data }, ...FLAGS });
  assert.deepEqual(toMessage({ data, websocketBinary: true }), {
    payload: { $case: "data", data },
    raw: false,
    websocketBinary: true,
  });
  assert.deepEqual(toMessage({ data: "", raw: true }), {
    payload: { $case: "text", text: "" },
    raw: true,
    websocketBinary: false,
  });
  for (const wrong of [5, null, undefined, {}, [], { data: 5 }]) {
    assert.throws(() => toMessage(/** @type {any} */ (wrong)), InvalidArgumentError);
  }
});

/** As it is written to the daemon, and read back. */
function thereAndBack(session) {
  const written = SessionInput.encode(toSession(session)).finish();
  const { value } = SessionInput.decode(new Reader(written)).session;
  return fromSession({ value, stored: Buffer.alloc(0), valueIncomplete: false }).value;
}

test("a session goes there and comes back as it was", () => {
  const session = {
    none: null,
    on: true,
    off: false,
    n: 5,
    zero: 0,
    big: 2 ** 53,
    small: -(2 ** 53),
    half: 0.5,
    text: "用户 🙂",
    "": "no name",
    list: [1, "a", [], {}, null, [[2]]],
    map: { k: { k: [{ x: 1 }] } },
    empty: {},
    toString: "own",
    constructor: 1,
  };
  assert.deepEqual(thereAndBack(session), session);
  assert.deepEqual(thereAndBack(Object.assign(Object.create(null), { a: 1 })), { a: 1 });
  assert.deepEqual(thereAndBack({ n: 5n }), { n: 5 });
});

test("a key is only a key", () => {
  const back = thereAndBack(JSON.parse('{"__proto__": {"admin": true}}'));
  assert.deepEqual(Object.keys(back), ["__proto__"]);
  assert.equal(back.admin, undefined);
});

test("the plain reader of the generated code reads sessions too", () => {
  const written = Session.encode({
    value: { a: [{ b: 1 }] },
    stored: Buffer.from("x"),
    valueIncomplete: true,
  }).finish();
  assert.deepEqual(Session.decode(written).value, { a: [{ b: 1 }] });
  const session = fromSession(Session.decode(new Reader(written)));
  assert.deepEqual(session, { value: { a: [{ b: 1 }] }, stored: Buffer.from("x"), incomplete: true });
});

test("an empty session is one", () => {
  assert.equal(toSession({}).session.$case, "value");
  assert.equal(toSession(Buffer.alloc(0)).session.$case, "stored");
  assert.deepEqual(thereAndBack({}), {});
});

const BENT = [
  [2 ** 53 + 2, /an integer outside/],
  [-(2 ** 53) - 2, /an integer outside/],
  [2n ** 53n + 1n, /an integer outside/],
  [NaN, /not finite/],
  [-Infinity, /not finite/],
  [Buffer.from([255]), /a Buffer/],
  [new Date(), /a Date/],
  [new Map(), /a Map/],
  [undefined, /type undefined/],
  [() => {}, /type function/],
  [Symbol("s"), /type symbol/],
  ["\ud800", /surrogate/],
  [{ "\udfff": 1 }, /surrogate/],
  [[1, , 2], /type undefined/],
];

for (const [value, why] of BENT) {
  test(`what a Struct would bend is refused: ${String(why)}`, () => {
    for (const session of [{ x: value }, { x: [{ y: value }] }]) {
      assert.throws(
        () => toSession(/** @type {any} */ (session)),
        (error) => {
          assert.ok(error instanceof InvalidArgumentError);
          assert.match(error.message, /** @type {RegExp} */ (why));
          return error.field === "session" && error.code === "INVALID_ARGUMENT";
        },
      );
    }
  });
}

test("what holds itself, or is no map, is refused", () => {
  const itself = {};
  itself.itself = itself;
  for (const wrong of [itself, [1], null, "text", 5, new Map()]) {
    assert.throws(() => toSession(/** @type {any} */ (wrong)), InvalidArgumentError);
  }
});

test("nested as deep as the daemon takes it", () => {
  const deep = (levels) => (levels === 0 ? {} : { k: deep(levels - 1) });
  assert.deepEqual(thereAndBack(deep(30)), deep(30));
  assert.throws(() => toSession(deep(33)), InvalidArgumentError);
});
