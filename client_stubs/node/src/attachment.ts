/** One stream to the daemon, from hello to its end: what comes is handed on, what is done goes back in batches. */

import type { ClientDuplexStream, StatusObject } from "@grpc/grpc-js";

import type { Dispatcher } from "./dispatch.js";
import { fromStatus, makeError } from "./errors.js";
import { Event, State } from "./event.js";
import type { Command } from "./generated/gatewayworker/v1/gateway_service.js";
import * as pb from "./generated/gatewayworker/v1/worker_service.js";
import { Cursor, Reader } from "./wire.js";

/** A request is sent when it has grown to this, or when what came is worked on. The daemon takes 16 MiB. */
const REQUEST_BYTES = 1024 * 1024;

/** The tag of `events` in an AttachResponse, which then has nothing else; and that of an event in an EventBatch. */
const EVENTS = (2 << 3) | 2;
const EVENT = (1 << 3) | 2;

/** The open stream, as an attachment uses it: responses are read here. */
export type Stream = ClientDuplexStream<pb.AttachRequest, Buffer>;

/** Who is told of what is no event. */
export interface Listener {
  /** The daemon has said welcome. Events come when it has returned. */
  welcomed(welcome: pb.Welcome): Promise<void> | undefined;
  /** Anything else: failed commands, a sync's answer, that the daemon drains. */
  told(message: NonNullable<pb.AttachResponse["message"]>): void;
}

/**
 * Acknowledgements and commands that come up while a request is being written go into the next one: so there is one
 * request for a batch of events, and more in a batch when there is more to do.
 */
export class Attachment {
  /** The daemon has said welcome. */
  welcomed = false;
  /** Nothing that is done now can be said any more. */
  ended = false;
  #breakingOff = false;
  readonly #inHand = new Map<number, Event>();
  #newest = 0;
  #done: number[] = [];
  #full: pb.AttachRequest[] = [];
  #request = emptyRequest();
  #bytes = 0;
  #flushing = false;

  constructor(
    private readonly stream: Stream,
    private readonly dispatcher: Dispatcher<Event>,
    private readonly listener: Listener,
    private readonly ackOnSend: boolean,
  ) {}

  /** Resolves when the daemon has ended the stream with OK; rejects with a GatewayError where it ended otherwise. */
  run(hello: pb.Hello): Promise<void> {
    this.#request.hello = hello;
    this.#want();
    return new Promise((resolve, reject) => {
      this.stream.on("data", (response: Buffer) => {
        try {
          this.#receive(response, reject);
        } catch (error) {
          reject(makeError("INTERNAL", `a message of the daemon cannot be read: ${String(error)}`, { cause: error }));
          this.cancel();
        }
      });
      this.stream.on("error", () => {}); // `status` tells the same
      this.stream.on("status", (status: StatusObject) => {
        this.ended = true;
        this.#dropInHand();
        if (status.code === 0) {
          resolve();
        } else {
          reject(fromStatus(status));
        }
      });
    });
  }

  // ---- What goes to the daemon. Each is a few pushes; nothing waits.

  /** Acknowledges an event. */
  done(event: Event): void {
    if (event.state !== State.Open) {
      return;
    }
    event.state = State.Done;
    if (this.#inHand.delete(event.id) && !this.ackOnSend) {
      this.#done.push(event.id);
      this.#want();
    }
  }

  /**
   * A command that answers the event. It runs before the event's acknowledgement. `size`: about how many bytes it
   * has.
   */
  command(command: Command, event: Event | undefined, size: number): void {
    if (this.#bytes + size > REQUEST_BYTES && this.#bytes > 0) {
      this.#close();
    }
    this.#bytes += size;
    const eventId = event?.id ?? 0;
    this.#request.commands.push({ number: eventId, command, eventId });
    this.#want();
  }

  /** Asks to be told when what came before has run. `timeout` in milliseconds. */
  sync(number: number, timeout: number): void {
    const seconds = Math.floor(timeout / 1000);
    this.#request.sync = { number, timeout: { seconds, nanos: Math.trunc((timeout - seconds * 1000) * 1e6) } };
    this.#close(); // in one request, what comes after it would run before it
    this.#want();
  }

  /** Says that the worker goes; the stream ends when the last event is acknowledged. */
  leave(mode: pb.LeaveMode): void {
    this.#request.leave = { mode };
    this.#want();
  }

  /** Ends the stream after what is done was said: the rest is delivered again. */
  breakOff(): void {
    this.#breakingOff = true;
    this.#dropInHand();
    this.#want();
  }

  /** Ends the stream at once. */
  cancel(): void {
    this.stream.cancel();
  }

  // ---- Reading

  #receive(response: Buffer, failed: (error: unknown) => void): void {
    if (this.ended) {
      return;
    }
    if (response[0] === EVENTS) {
      this.#take(new Cursor(response, 1));
      return;
    }
    const message = pb.AttachResponse.decode(new Reader(response)).message;
    if (message?.$case === "welcome") {
      this.welcomed = true;
      const waits = this.listener.welcomed(message.welcome);
      if (waits !== undefined) {
        this.stream.pause();
        waits.then(
          () => this.stream.resume(),
          (error: unknown) => {
            failed(error);
            this.cancel();
          },
        );
      }
    } else if (message !== undefined) {
      this.listener.told(message);
    }
  }

  /** An EventBatch, with its length in front. */
  #take(batch: Cursor): void {
    if (this.#breakingOff) {
      return;
    }
    const events: Event[] = [];
    const end = batch.end();
    while (batch.position < end) {
      const tag = batch.varint();
      if (tag !== EVENT) {
        batch.skip(tag);
        continue;
      }
      const event = new Event(batch, batch.end(), this);
      events.push(event);
      this.#inHand.set(event.id, event);
      this.#newest = event.id;
    }
    this.dispatcher.put(events);
  }

  /** They are somebody else's now, or nobody's: handlers that have not begun do not run. */
  #dropInHand(): void {
    for (const event of this.#inHand.values()) {
      event.state = this.ackOnSend ? State.Done : State.Lost;
    }
    this.#inHand.clear();
  }

  // ---- Writing

  /** Has a request sent, behind all handlers that finish at once. */
  #want(): void {
    if (!this.#flushing) {
      this.#flushing = true;
      process.nextTick(this.#flush);
    }
  }

  readonly #flush = (): void => {
    if (this.ended) {
      return;
    }
    const request = this.#full.shift() ?? this.#collected();
    if (request !== undefined) {
      this.stream.write(request, this.#flush);
    } else if (this.#breakingOff) {
      this.stream.end();
    } else {
      this.#flushing = false;
    }
  };

  /** Commands go on in another request. */
  #close(): void {
    this.#full.push(this.#request);
    this.#request = emptyRequest();
    this.#bytes = 0;
  }

  /** All that is still to be said; undefined where that is nothing. */
  #collected(): pb.AttachRequest | undefined {
    const request = this.#request;
    if (this.#done.length > 0) {
      const all = this.#inHand.size === 0 && !this.#breakingOff;
      request.acks = { upTo: all ? this.#newest : 0, ids: all ? [] : this.#done, ranges: [] };
      this.#done = [];
    } else if (request.commands.length === 0 && !request.hello && !request.leave) {
      return undefined;
    }
    this.#request = emptyRequest();
    this.#bytes = 0;
    return request;
  }
}

/** The error of what needs a stream where there is none. */
export function notAttached(): Error {
  return makeError("UNAVAILABLE", "not attached");
}

function emptyRequest(): pb.AttachRequest {
  return { hello: undefined, commands: [], acks: undefined, sync: undefined, leave: undefined };
}
