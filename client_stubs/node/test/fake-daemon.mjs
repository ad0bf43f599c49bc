// A daemon that does as a test wants.

import { Metadata, Server, ServerCredentials, status } from "@grpc/grpc-js";

import { GatewayServiceDefinition } from "../dist/generated/gatewayworker/v1/gateway_service.js";
import { EventKind, WorkerServiceDefinition } from "../dist/generated/gatewayworker/v1/worker_service.js";

/** A service as grpc-js serves it. */
function serviceOf(definition) {
  return Object.fromEntries(
    Object.entries(definition.methods).map(([key, method]) => [
      key,
      {
        path: `/${definition.fullName}/${method.name}`,
        requestStream: method.requestStream,
        responseStream: method.responseStream,
        requestSerialize: (message) => Buffer.from(method.requestType.encode(message).finish()),
        requestDeserialize: (bytes) => method.requestType.decode(bytes),
        responseSerialize: (message) => message.bytes ?? Buffer.from(method.responseType.encode(message).finish()),
        responseDeserialize: (bytes) => method.responseType.decode(bytes),
      },
    ]),
  );
}

/** What a promise gives, from outside. */
export function withResolvers() {
  let resolve;
  let reject;
  const promise = new Promise((...both) => ([resolve, reject] = both));
  return { promise, resolve, reject };
}

/** Answers as a test wants, and keeps what it was asked. `script` is called with each Attach, behind its hello. */
export class FakeDaemon {
  metadata = [];
  hellos = [];
  requests = [];
  script = (stream) => stream.on("leave", () => stream.end());
  #server = new Server();
  address = "";

  constructor() {
    this.#server.addService(serviceOf(GatewayServiceDefinition), {
      isOnline: (call, answer) => {
        this.metadata.push(call.metadata.getMap());
        answer(null, { online: true });
      },
      getSession: (_, answer) => {
        const metadata = new Metadata();
        metadata.add("gatewayd-reason", "offline");
        metadata.add("gatewayd-gateway", "a:1");
        metadata.add("gatewayd-gateway", "b:2");
        metadata.add("gatewayd-field", "client_id");
        answer({ code: status.NOT_FOUND, details: "client_id is offline", metadata });
      },
      getAllClientCount: (_, answer) => answer(null, { count: 3, missing: [{ gateway: "b:2", reason: "gone" }] }),
      getAllUidList: (_, answer) => answer(null, { uids: ["a"], uidsNotUtf8: [Buffer.from([255])], missing: [] }),
      sendToCurrentClient: (call, answer) => {
        this.metadata.push(call.metadata.getMap());
        answer(null, {});
      },
      sendToClient: () => {}, // never answers
      streamAllClientIdList: (call) => {
        call.on("cancelled", () => call.emit("gone"));
        this.requests.push(call);
        call.write({ clientIds: ["a", "b"], missing: [] });
        if (call.request.partialOk) {
          call.write({ clientIds: ["c"], missing: [{ gateway: "b:2", reason: "gone" }] });
          call.end();
        }
      },
    });
    this.#server.addService(serviceOf(WorkerServiceDefinition), {
      attach: (stream) => {
        this.metadata.push(stream.metadata.getMap());
        stream.once("data", ({ hello }) => {
          this.hellos.push(hello);
          stream.write({ message: { $case: "welcome", welcome: { ...WELCOME } } });
          stream.on("data", (request) => {
            this.requests.push(request);
            stream.emit("request", request);
            if (request.acks) stream.emit("acks", request.acks);
            if (request.leave) stream.emit("leave");
          });
          this.script(stream);
        });
        stream.on("end", () => stream.end());
      },
    });
  }

  async start(credentials = ServerCredentials.createInsecure()) {
    const port = await new Promise((resolve, reject) => {
      this.#server.bindAsync("127.0.0.1:0", credentials, (error, port) => (error ? reject(error) : resolve(port)));
    });
    this.address = `127.0.0.1:${port}`;
    return this;
  }

  stop() {
    this.#server.forceShutdown();
  }

  /** The data of all messages to current clients, in order. */
  get echoes() {
    return this.requests
      .flatMap((request) => request.commands ?? [])
      .map(({ command: { command } }) => Buffer.from(command.sendToCurrentClient.message.payload.data).toString());
  }
}

const WELCOME = {
  version: "fake",
  dialect: "php",
  workerId: "w1",
  windowEvents: 10,
  windowBytes: 11,
  maxMessageBytes: 12,
  ackTimeout: undefined,
  maxDeliveries: 5,
};

const EVENT = {
  kind: EventKind.MESSAGE,
  generation: "g1",
  bodyOmitted: undefined,
  session: undefined,
  clientIp: "",
  clientPort: 0,
  gatewayPort: 0,
  timeRead: undefined,
  attempt: 1,
  redelivered: false,
  handshake: undefined,
  gateway: "",
  sessionStale: false,
};

/** A batch of messages of one client. */
export function messages(bodies, { first = 1, clientId = "c1", ...more } = {}) {
  const events = bodies.map((body, i) => ({ ...EVENT, id: first + i, clientId, body: Buffer.from(body), ...more }));
  return { message: { $case: "events", events: { events } } };
}

/** Ends a stream with a status. */
export function fail(stream, code, details) {
  stream.emit("error", Object.assign(new Error(details), { code, details }));
}
