// The conformance program: the package, driven by JSON lines. What they say is in ../conformance/README.md.

import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

import { Client, GatewayError, Worker, commands } from "gatewayworker";

const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

// ---- JSON to the package's values, and back

const camel = (name) => name.replace(/_(.)/g, (_, letter) => letter.toUpperCase());
const upper = (name) => name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
const bytes = (base64) => Buffer.from(base64, "base64");

function message(given) {
  const data = given.text ?? bytes(given.data);
  return given.raw || given.websocket_binary
    ? { data, raw: given.raw ?? false, websocketBinary: given.websocket_binary ?? false }
    : data;
}

function value(given) {
  if (Array.isArray(given)) return given.map(value);
  if (typeof given !== "object" || given === null) return given;
  if ("$int64" in given) return BigInt(given.$int64);
  if ("$bytes" in given) return bytes(given.$bytes);
  return Object.fromEntries(Object.entries(given).map(([key, element]) => [key, value(element)]));
}

const CONVERSIONS = {
  message,
  session: (given) => ("stored" in given ? bytes(given.stored) : value(given.value)),
  fields: (given) => given.map((field) => field.toLowerCase()),
  commands: (given) => given.map((one) => commands[camel(one.command)](...inOrder(one.command, one.arguments))),
};

/** The arguments that a call has in front; all others are options. */
const IN_FRONT = {
  send_to_client: ["client_id", "message"],
  send_to_current_client: ["message"],
  send_to_all: ["message"],
  send_to_uid: ["uids", "message"],
  send_to_group: ["groups", "message"],
  bind_uid: ["client_id", "uid"],
  unbind_uid: ["client_id"],
  join_group: ["client_id", "group"],
  leave_group: ["client_id", "group"],
  ungroup: ["group"],
  set_session: ["client_id", "session"],
  update_session: ["client_id", "session"],
  close_client: ["client_id"],
  destroy_client: ["client_id"],
  is_online: ["client_id"],
  is_uid_online: ["uid"],
  get_session: ["client_id"],
  get_uid_by_client_id: ["client_id"],
  get_client_count_by_group: ["group"],
  get_uid_count_by_group: ["group"],
  get_client_count_by_groups: ["groups"],
  get_client_sessions_by_group: ["group"],
  get_client_id_list_by_group: ["group"],
  get_client_id_by_uid: ["uid"],
  get_client_id_by_uids: ["uids"],
  get_uid_list_by_group: ["group"],
  select: ["fields"],
  are_online: ["client_ids"],
  get_sessions: ["client_ids"],
  execute: ["commands"],
};

function inOrder(call, given, clientId) {
  const named = (element) =>
    Array.isArray(element) ? element.map(named) : element === "$client" ? (clientId ?? element) : element;
  const options = {};
  for (const [name, element] of Object.entries(given)) {
    options[name] = CONVERSIONS[name]?.(element) ?? named(element);
  }
  const front = (IN_FRONT[call] ?? []).map((name) => {
    const argument = options[name];
    delete options[name];
    return argument;
  });
  return [...front, Object.fromEntries(Object.entries(options).map(([name, element]) => [camel(name), element]))];
}

function plain(result) {
  if (result === undefined || result === null) return null;
  if (Buffer.isBuffer(result)) return { $bytes: result.toString("base64") };
  if (Array.isArray(result)) return result.map(plain);
  if (result instanceof Map) {
    const key = (name) => (Buffer.isBuffer(name) ? name.toString("base64") : name);
    return Object.fromEntries([...result].map(([name, element]) => [key(name), plain(element)]));
  }
  if (typeof result !== "object") return result;
  if ("stored" in result) return { ...result, stored: result.stored.toString("base64") };
  const snake = (name) => upper(name).toLowerCase();
  return Object.fromEntries(Object.entries(result).map(([name, element]) => [snake(name), plain(element)]));
}

const plainError = ({ code, message, field, reason, gateways }) => ({
  code,
  message,
  field: field ?? null,
  reason: reason ?? null,
  gateways,
});

function plainEvent(event) {
  const line = {
    kind: upper(event.kind),
    client_id: event.clientId,
    body: event.body.toString("base64"),
    body_omitted: event.bodyOmitted ?? null,
    attempt: event.attempt,
    redelivered: event.redelivered,
    session: event.session.value,
    session_stored: event.session.stored.toString("base64"),
    session_stale: event.sessionStale,
    client_ip: event.clientIp,
  };
  const { get, server, cookie, incomplete } = event.handshake;
  return event.kind === "websocketConnect" ? { ...line, handshake: { get, server, cookie, incomplete } } : line;
}

// ---- What is asked

const clients = new Map();
const gates = new Map();
const thrown = new Set();
let worker;
let serving;
let stopped = false;

function gate(name) {
  if (!gates.has(name)) gates.set(name, Promise.withResolvers?.() ?? withResolvers());
  return gates.get(name);
}

function withResolvers() {
  // Node 20 has no Promise.withResolvers
  let resolve;
  return { promise: new Promise((given) => (resolve = given)), resolve };
}

async function call(client, name, args) {
  const result = client[camel(name)](...args);
  if (!name.startsWith("stream_")) return plain(await result);
  const found = [];
  for await (const one of result) found.push(one);
  return plain(name.endsWith("sessions") ? new Map(found) : found);
}

/** The options of client and worker about how the daemon is spoken to. */
function connection({ tls, token, token_file }) {
  const options = {};
  if (tls) {
    const pem = (path) => (path === undefined ? undefined : readFileSync(path));
    options.tls = {
      rootCertificates: pem(tls.authorities),
      privateKey: pem(tls.key),
      certificateChain: pem(tls.certificate),
      serverName: tls.server_name,
    };
  }
  if (token !== undefined) options.token = token;
  if (token_file !== undefined) options.token = () => readFileSync(token_file, "utf8");
  return options;
}

const ASKED = {
  async call({ call: name, arguments: given, timeout, ...request }) {
    const { address, tls, token, token_file } = request;
    const key = JSON.stringify([address, tls, token, token_file]);
    if (!clients.has(key)) clients.set(key, new Client({ address, ...connection(request) }));
    const args = inOrder(name, given);
    if (timeout !== undefined) args.at(-1).timeout = timeout * 1000;
    return call(clients.get(key), name, args);
  },
  async open({ gate: name }) {
    gate(name).resolve();
  },
  async work(request) {
    const { promise, resolve } = withResolvers();
    worker = makeWorker(request, resolve);
    serving = worker.run();
    serving.then(
      () => stopped || process.exit(0),
      () => {},
    );
    const welcome = await Promise.race([promise, serving]);
    return plain(welcome);
  },
  async stop() {
    stopped = true;
    await worker.stop();
  },
};

const SESSION_FRESHNESS = { AS_SENT: "asSent", FRESH: "fresh" };

/** A worker with the handlers that the request wants, and no others. */
function makeWorker(
  { handlers, quiet, options: { on_error, session_mode, session_freshness, ...options } = {}, ...request },
  attached,
) {
  const made = new Worker({
    ...Object.fromEntries(Object.entries(options).map(([name, element]) => [camel(name), element])),
    sessionMode: session_mode?.toLowerCase(),
    sessionFreshness: SESSION_FRESHNESS[session_freshness],
    ...connection(request),
  });
  made.onAttached(attached);
  made.onError((event, error) => {
    say({ failed: error.message });
    return on_error;
  });
  made.onCommandError(({ code, message }) => say({ command_failed: { code, message } }));
  const on = {
    connect: "onConnect",
    websocket_connect: "onWebSocketConnect",
    message: "onMessage",
    close: "onClose",
  };
  for (const [kind, actions] of Object.entries(handlers)) {
    made[on[kind]](async (event) => {
      if (!quiet) say({ event: plainEvent(event) });
      for (const action of actions[event.text] ?? actions["*"] ?? []) await act(made, event, action);
    });
  }
  return made;
}

async function act(worker, event, action) {
  switch (action.do) {
    case "echo":
      return worker.sendToCurrentClient(event.body);
    case "wait":
      return gate(action.gate).promise;
    case "throw":
      throw new Error(action.text);
    case "throw_once":
      if (thrown.has(action.text)) return;
      thrown.add(action.text);
      throw new Error(action.text);
    case "command":
      return worker[camel(action.command)](...inOrder(action.command, action.arguments, event.clientId));
    case "sync":
      return say({ called: { call: "sync", value: plain(await worker.sync()) } });
    case "call":
      try {
        const result = await call(worker.client, action.call, inOrder(action.call, action.arguments, event.clientId));
        say({ called: { call: action.call, value: result } });
      } catch (error) {
        if (!(error instanceof GatewayError)) throw error;
        say({ called: { call: action.call, error: plainError(error) } });
      }
  }
}

async function answer(request) {
  try {
    say({ id: request.id, value: (await ASKED[request.do](request)) ?? null });
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    say({ id: request.id, error: plainError(error) });
  }
}

for await (const line of createInterface({ input: process.stdin })) void answer(JSON.parse(line));
process.exit(0);
