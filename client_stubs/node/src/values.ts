/** Messages to clients and sessions, as JavaScript values. */

import { invalid } from "./errors.js";
import type * as pb from "./generated/gatewayworker/v1/types.js";
import { EncodedStruct, decodeStruct, encodeStruct, isPlain, type SessionValue } from "./struct.js";
import { toBuffer } from "./wire.js";

/** A message to clients that is more than its bytes. Where a string or bytes will do, give that. */
export interface Message {
  /** What the client gets. */
  readonly data: string | Uint8Array;
  /** The Gateway writes the bytes to the client's socket as they are: for ready-made frames. */
  readonly raw?: boolean;
  /** A WebSocket client gets a binary frame, and not one of text. */
  readonly websocketBinary?: boolean;
}

/**
 * What can be sent. A Gateway puts bytes and strings into a WebSocket *text* frame; browsers close at one that is not
 * UTF-8, so binary data goes to them as `{ data, websocketBinary: true }`.
 */
export type MessageLike = string | Uint8Array | Message;

/** A client's session. */
export interface Session {
  /** What it holds, as JSON users expect it. Changing it here changes nothing elsewhere. */
  readonly value: Record<string, any>;
  /** The exact bytes that the Gateway keeps (empty: no session was ever set). */
  readonly stored: Buffer;
  /**
   * `value` could not hold all of it (bytes that are not UTF-8, PHP objects, integers outside ±2^53); `stored`
   * does.
   */
  readonly incomplete: boolean;
}

/** What a session can be set to: a map, or bytes in the form in which the Gateway stores it (PHP serialize, JSON). */
export type SessionLike = { readonly [key: string]: SessionValue } | Uint8Array;

/** A Gateway that did not take a command, or did not answer a query. */
export interface GatewayFailure {
  /** Its address as the Register lists it. */
  readonly gateway: string;
  /** Why, for people. */
  readonly reason: string;
}

/** How far a command to many clients came. */
export interface Delivery {
  /** How many Gateways took it. */
  readonly gateways: number;
  /** Which did not. */
  readonly unreachable: readonly GatewayFailure[];
}

/** Text, or the bytes of what is not UTF-8. */
export type Name = string | Buffer;

/** The API's form of a message. Throws InvalidArgumentError where it is none. */
export function toMessage(message: MessageLike): pb.Message {
  if (typeof message === "string") {
    return { payload: { $case: "text", text: message }, raw: false, websocketBinary: false };
  }
  if (message instanceof Uint8Array) {
    return { payload: { $case: "data", data: message }, raw: false, websocketBinary: false };
  }
  if (isPlain(message) && (typeof message.data === "string" || message.data instanceof Uint8Array)) {
    return {
      payload: toMessage(message.data).payload,
      raw: message.raw ?? false,
      websocketBinary: message.websocketBinary ?? false,
    };
  }
  throw invalid("message", "is neither a string nor bytes nor { data }");
}

/** About how many bytes a message has. */
export function sizeOf(message: MessageLike): number {
  return typeof message === "string" || message instanceof Uint8Array ? message.length : message.data.length;
}

/** The API's form of a session. Throws InvalidArgumentError where a Struct would bend it. */
export function toSession(session: SessionLike): pb.SessionInput {
  if (session instanceof Uint8Array) {
    return { session: { $case: "stored", stored: session } };
  }
  if (!isPlain(session)) {
    throw invalid("session", "is neither a map nor bytes");
  }
  return { session: { $case: "value", value: encodeStruct(session) satisfies EncodedStruct } };
}

/** A session of the API. */
export function fromSession(session: pb.Session | undefined): Session {
  return {
    value: decodeStruct(session?.value),
    stored: toBuffer(session?.stored ?? new Uint8Array()),
    incomplete: session?.valueIncomplete ?? false,
  };
}

/** A delivery of the API. */
export function fromDelivery(delivery: pb.Delivery | undefined): Delivery {
  return { gateways: delivery?.gateways ?? 0, unreachable: delivery?.unreachable ?? [] };
}

/** Names, those that are not UTF-8 behind the others. */
export function fromNames(names: string[], notUtf8: Uint8Array[]): Name[] {
  return notUtf8.length === 0 ? names : [...names, ...notUtf8.map(toBuffer)];
}
