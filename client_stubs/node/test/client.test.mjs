// What a Client has, where it goes, and what it says.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { ServerCredentials } from "@grpc/grpc-js";
import {
  Client,
  GatewayError,
  InvalidArgumentError,
  NotFoundError,
  UnavailableError,
  Worker,
  commands,
} from "gatewayworker";

import { addressOf } from "../dist/connection.js";
import { Command, GatewayServiceDefinition } from "../dist/generated/gatewayworker/v1/gateway_service.js";
import { makeCertificates } from "./certificates.mjs";
import { FakeDaemon } from "./fake-daemon.mjs";

/** @type {FakeDaemon} */ let daemon;
/** @type {Client} */ let client;

before(async () => {
  daemon = await new FakeDaemon().start();
  client = new Client({ address: daemon.address });
});

after(() => {
  client.close();
  daemon.stop();
});

const COMMANDS = [
  "sendToClient",
  "sendToCurrentClient",
  "sendToAll",
  "sendToUid",
  "sendToGroup",
  "bindUid",
  "unbindUid",
  "joinGroup",
  "leaveGroup",
  "ungroup",
  "setSession",
  "updateSession",
  "closeClient",
  "closeCurrentClient",
  "destroyClient",
  "destroyCurrentClient",
];

test("every call of the service is there", () => {
  const calls = Object.keys(GatewayServiceDefinition.methods);
  assert.equal(calls.length, 45);
  assert.deepEqual(
    calls.filter((name) => typeof client[name] !== "function"),
    [],
  );
});

test("every command is there as a value and on the stream, and is written", () => {
  const worker = new Worker();
  const given = { setSession: ["id", {}], updateSession: ["id", {}] };
  for (const name of COMMANDS) {
    assert.equal(typeof worker[name], "function", name);
    const command = commands[name](...(given[name] ?? ["id", "text"].slice(0, commands[name].length)));
    assert.equal(command.command.$case, name);
    assert.equal(Command.decode(Command.encode(command).finish()).command.$case, name);
  }
  assert.deepEqual(Object.keys(commands).sort(), [...COMMANDS].sort());
});

test("the address", () => {
  const before = process.env.GATEWAYD_ADDRESS;
  delete process.env.GATEWAYD_ADDRESS;
  assert.equal(addressOf(undefined), "127.0.0.1:50051");
  process.env.GATEWAYD_ADDRESS = "unix:/run/gatewayd.sock";
  assert.equal(addressOf(undefined), "unix:/run/gatewayd.sock");
  assert.equal(addressOf("10.0.0.1:1"), "10.0.0.1:1");
  if (before === undefined) delete process.env.GATEWAYD_ADDRESS;
  else process.env.GATEWAYD_ADDRESS = before;
});

test("a string is no list of clients", () => {
  assert.throws(() => commands.sendToAll("hi", { clientIds: "7f0000010b5400000001" }), InvalidArgumentError);
  assert.throws(() => commands.sendToGroup("g", "hi", { exclude: "7f0000010b5400000001" }), InvalidArgumentError);
});

test("what is no string is refused before it is written", () => {
  const none = /** @type {any} */ (undefined);
  assert.throws(() => commands.sendToClient(none, "hi"), { code: "INVALID_ARGUMENT", field: "clientId" });
  assert.throws(() => commands.joinGroup("id", none), { code: "INVALID_ARGUMENT", field: "group" });
  assert.throws(() => commands.sendToUid(["1", none], "hi"), { code: "INVALID_ARGUMENT", field: "uids" });
});

test("a client that is closed makes no calls", async () => {
  const client = new Client({ address: daemon.address });
  client.close();
  await assert.rejects(client.isOnline("x"), UnavailableError);
  await assert.rejects(client.streamAllClientIdList()[Symbol.asyncIterator]().next(), UnavailableError);
});

test("targets absent and empty", () => {
  const targets = (command) => Command.decode(Command.encode(command).finish()).command.sendToAll.targets;
  assert.equal(targets(commands.sendToAll("hi")), undefined);
  assert.deepEqual(targets(commands.sendToAll("hi", { clientIds: [] })), { clientIds: [] });
});

test("what cannot be sent fails the call's promise, not the caller", async () => {
  await assert.rejects(client.setSession("id", { at: /** @type {any} */ (new Date()) }), InvalidArgumentError);
});

test("errors say what the metadata says, and where the call was", async () => {
  async function whoCalled() {
    await client.getSession("x");
  }
  await assert.rejects(whoCalled(), (error) => {
    assert.ok(error instanceof NotFoundError && error instanceof GatewayError && error instanceof Error);
    assert.deepEqual([error.name, error.code, error.message], ["NotFoundError", "NOT_FOUND", "client_id is offline"]);
    assert.deepEqual([error.field, error.reason, error.gateways], ["client_id", "offline", ["a:1", "b:2"]]);
    assert.match(String(error.stack), /whoCalled/);
    return true;
  });
});

test("partial answers have what is missing beside them", async () => {
  const missing = [{ gateway: "b:2", reason: "gone" }];
  assert.equal(await client.getAllClientCount(), 3);
  assert.deepEqual(await client.getAllClientCount({ partialOk: true }), { value: 3, missing });
  const listing = client.streamAllClientIdList({ partialOk: true });
  const found = [];
  for await (const clientId of listing) found.push(clientId);
  assert.deepEqual([found, listing.missing], [["a", "b", "c"], missing]);
});

test("names that are not UTF-8 are Buffers", async () => {
  assert.deepEqual(await client.getAllUidList(), ["a", Buffer.from([255])]);
});

test("a loop that is left early ends the call", async () => {
  for await (const clientId of client.streamAllClientIdList()) {
    assert.equal(clientId, "a");
    break;
  }
  const call = daemon.requests.at(-1);
  if (!call.cancelled) await new Promise((resolve) => call.once("gone", resolve));
});

test("a call takes no longer than its timeout, and no longer than its signal lets it", async () => {
  await assert.rejects(client.sendToClient("x", "hi", { timeout: 50 }), { code: "DEADLINE_EXCEEDED" });
  const controller = new AbortController();
  const call = client.sendToClient("x", "hi", { signal: controller.signal });
  controller.abort();
  await assert.rejects(call, { name: "AbortError" });
  await assert.rejects(client.sendToClient("x", "hi", { signal: AbortSignal.abort(new Error("why")) }), /why/);
  const listing = client.streamAllClientIdList({ signal: AbortSignal.timeout(50) });
  await assert.rejects(
    async () => {
      for await (const _ of listing);
    },
    { name: "TimeoutError" },
  );
});

test("a token is asked for each call, and may be waited for", async () => {
  const tokens = ["one", Promise.resolve("two")];
  const client = new Client({ address: daemon.address, token: () => /** @type {any} */ (tokens.shift()) });
  daemon.metadata = [];
  await client.isOnline("x");
  await client.isOnline("x");
  client.close();
  assert.deepEqual(
    daemon.metadata.map((metadata) => metadata.authorization),
    ["Bearer one", "Bearer two"],
  );
});

test("a token that cannot be had fails the call", async () => {
  for (const token of [
    () => {
      throw new Error("no vault");
    },
    async () => {
      throw new Error("no vault");
    },
  ]) {
    const client = new Client({ address: daemon.address, token });
    await assert.rejects(
      client.isOnline("x"),
      (error) => error instanceof UnavailableError && /no vault/.test(error.message),
    );
    client.close();
  }
});

test("TLS with own authorities and a client certificate", async () => {
  const pem = makeCertificates();
  const credentials = ServerCredentials.createSsl(
    pem["ca.crt"],
    [{ private_key: pem["server.key"], cert_chain: pem["server.crt"] }],
    true,
  );
  const daemon = await new FakeDaemon().start(credentials);
  const tls = {
    rootCertificates: pem["ca.crt"].toString(),
    privateKey: pem["client.key"],
    certificateChain: pem["client.crt"],
    serverName: "gatewayd.test",
  };
  const known = new Client({ address: daemon.address, tls, token: "t" });
  assert.equal(await known.isOnline("x"), true);
  assert.equal(daemon.metadata[0].authorization, "Bearer t");
  const { privateKey, certificateChain, ...noCertificate } = tls;
  const { serverName, ...otherName } = tls;
  for (const wrong of [noCertificate, otherName, {}]) {
    const stranger = new Client({ address: daemon.address, tls: wrong, timeout: 5000 });
    await assert.rejects(stranger.isOnline("x"), UnavailableError);
    stranger.close();
  }
  known.close();
  daemon.stop();
});
