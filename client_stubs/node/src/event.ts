/** What happened to a client, and the event that a handler is working on. */

import { AsyncLocalStorage } from "node:async_hooks";

import type { Attachment } from "./attachment.js";
import * as pb from "./generated/gatewayworker/v1/worker_service.js";
import { decodeStruct } from "./struct.js";
import { fromSession, type Session } from "./values.js";
import { Cursor, Reader, toBuffer } from "./wire.js";

/** What happened. */
export type EventKind = "connect" | "websocketConnect" | "message" | "close" | "gatewayLost";

/** The numbers of the kinds in the API. @internal */
export const KINDS: Readonly<Record<EventKind, pb.EventKind>> = {
  connect: pb.EventKind.CONNECT,
  websocketConnect: pb.EventKind.WEBSOCKET_CONNECT,
  message: pb.EventKind.MESSAGE,
  close: pb.EventKind.CLOSE,
  gatewayLost: pb.EventKind.GATEWAY_LOST,
};

const NAMES = new Map(Object.entries(KINDS).map(([name, number]) => [number, name as EventKind]));

// Tags of what an event is looked through for: a field's number in worker_service.proto, and how it is written.
const ID = 1 << 3;
const KIND = 2 << 3;
const CLIENT_ID = (3 << 3) | 2;
const BODY = (5 << 3) | 2;

/** What a WebSocket client said, as PHP's onWebSocketConnect has it. */
export interface Handshake {
  /** The query parameters: strings, lists or maps. */
  readonly get: Record<string, any>;
  /** REQUEST_URI, HTTP_HOST and so on. */
  readonly server: Record<string, any>;
  /** The cookies. */
  readonly cookie: Record<string, any>;
  /** The maps could not hold all of it; `stored` has it. */
  readonly incomplete: boolean;
  /** Exactly what the Gateway sent. */
  readonly stored: Buffer;
}

/** Whose an event is. @internal */
export const enum State {
  /** This worker's. */
  Open,
  /** Nobody's any more: it is acknowledged. */
  Done,
  /** Another's, or this worker's once more: its stream ended before it was acknowledged. */
  Lost,
}

/**
 * Something that happened to a client. Made for each delivery from its bytes, of which no more is read than what a
 * worker needs; the rest when it is asked for.
 */
export class Event {
  /** Names this delivery on this stream. */
  readonly id: number;
  /** 20 hex digits; empty for `gatewayLost`. */
  readonly clientId: string;
  /** @internal */
  state: State = State.Open;
  /** @internal */
  readonly attachment: Attachment;
  /** The kind's number in the API. @internal */
  readonly number: pb.EventKind;
  readonly #bytes: Buffer;
  readonly #start: number;
  readonly #end: number;
  readonly #bodyStart: number;
  readonly #bodyEnd: number;
  #read: pb.Event | undefined;
  #session: Session | undefined;

  /** Where `cursor` stands, up to `end`. @internal */
  constructor(cursor: Cursor, end: number, attachment: Attachment) {
    let id = 0;
    let number = 0;
    let clientId = "";
    let bodyStart = 0;
    let bodyEnd = 0;
    this.#start = cursor.position;
    while (cursor.position < end) {
      const tag = cursor.varint();
      if (tag === ID) {
        id = cursor.varint();
      } else if (tag === KIND) {
        number = cursor.varint();
      } else if (tag === CLIENT_ID) {
        clientId = cursor.text();
      } else if (tag === BODY) {
        bodyEnd = cursor.end();
        bodyStart = cursor.position;
        cursor.position = bodyEnd;
      } else {
        cursor.skip(tag);
      }
    }
    this.id = id;
    this.number = number;
    this.clientId = clientId;
    this.attachment = attachment;
    this.#bytes = cursor.bytes;
    this.#end = end;
    this.#bodyStart = bodyStart;
    this.#bodyEnd = bodyEnd;
  }

  /** All of it. @internal */
  get proto(): pb.Event {
    return (this.#read ??= pb.Event.decode(new Reader(this.#bytes.subarray(this.#start, this.#end))));
  }

  /** What happened. */
  get kind(): EventKind {
    return NAMES.get(this.number) ?? "message";
  }

  /** Of `message`: the message. Empty where `bodyOmitted` is a number. */
  get body(): Buffer {
    return this.#bytes.subarray(this.#bodyStart, this.#bodyEnd);
  }

  /** The size of a body that was larger than this worker's `maxMessageBytes`. */
  get bodyOmitted(): number | undefined {
    return this.proto.bodyOmitted;
  }

  /** The body as text; bytes that are not UTF-8 come as U+FFFD. */
  get text(): string {
    return this.#bytes.toString("utf8", this.#bodyStart, this.#bodyEnd);
  }

  /** The client's session, as the worker's `sessionMode` has it. */
  get session(): Session {
    return (this.#session ??= fromSession(this.proto.session));
  }

  /** A fresh session could not be had; this is the one that the event brought. */
  get sessionStale(): boolean {
    return this.proto.sessionStale;
  }

  /** The generation of the client's Gateway. */
  get generation(): string {
    return this.proto.generation;
  }

  /** IPv4; empty for IPv6 clients, which the protocol cannot carry. */
  get clientIp(): string {
    return this.proto.clientIp;
  }

  /** The client's port. */
  get clientPort(): number {
    return this.proto.clientPort;
  }

  /** The port that the client connected to; 0 in the go dialect. */
  get gatewayPort(): number {
    return this.proto.gatewayPort;
  }

  /** Of `gatewayLost`: the Gateway's address. */
  get gateway(): string {
    return this.proto.gateway;
  }

  /** When the daemon read it. */
  get timeRead(): Date {
    const { seconds = 0, nanos = 0 } = this.proto.timeRead ?? {};
    return new Date(seconds * 1000 + nanos / 1e6);
  }

  /** Which delivery of it this is, from 1. */
  get attempt(): number {
    return this.proto.attempt;
  }

  /** An earlier delivery may have been worked on. */
  get redelivered(): boolean {
    return this.proto.redelivered;
  }

  /** Of `websocketConnect`: what the client said. */
  get handshake(): Handshake {
    const said = this.proto.handshake;
    return {
      get: decodeStruct(said?.get),
      server: decodeStruct(said?.server),
      cookie: decodeStruct(said?.cookie),
      incomplete: said?.incomplete ?? false,
      stored: toBuffer(said?.stored ?? new Uint8Array()),
    };
  }

  /** True once it is acknowledged, or its stream has ended: it is not this worker's any more. */
  get done(): boolean {
    return this.state !== State.Open;
  }

  /** For logs. */
  toString(): string {
    return `event ${this.id} (${this.kind} of ${this.clientId || this.gateway})`;
  }
}

/** Has the event of the handler that runs. @internal */
export const CURRENT = new AsyncLocalStorage<Event>();

/** The event whose handler this code runs in: the *current client* is its client. Undefined outside of handlers. */
export function currentEvent(): Event | undefined {
  return CURRENT.getStore();
}
