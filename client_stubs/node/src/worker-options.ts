/** What a worker can be told, and what it tells. */

import type { ConnectionOptions } from "./connection.js";
import type { StatusCode } from "./errors.js";
import type { Event } from "./event.js";
import { AckMode, SessionFreshness, SessionMode } from "./generated/gatewayworker/v1/worker_service.js";
import type { EventKind, Hello } from "./generated/gatewayworker/v1/worker_service.js";
import type { Logger } from "./logger.js";
import type { Delivery } from "./values.js";

/** What a `Worker` can be told. */
export interface WorkerOptions extends ConnectionOptions {
  /** For people, in logs and views; "worker". */
  readonly name?: string | undefined;
  /** How many events may be here unacknowledged; 1,000. */
  readonly windowEvents?: number | undefined;
  /** How many bytes of events may be here unacknowledged; 8 MiB. */
  readonly windowBytes?: number | undefined;
  /** Events above it come with `bodyOmitted`; 4 MiB less 64 KiB. */
  readonly maxMessageBytes?: number | undefined;
  /** How sessions come with events: `"raw"` as stored bytes alone; `"none"`; `"decoded"`, the default. */
  readonly sessionMode?: "none" | "raw" | "decoded" | undefined;
  /**
   * Which session comes with an event. `"asSent"`: as it was when the Gateway sent the event; a client may have many
   * events on their way to here. `"fresh"`, the default: never older than what handlers wrote before; one event of a
   * client at a time.
   */
  readonly sessionFreshness?: "asSent" | "fresh" | undefined;
  /** Each event at most once, and lost if this program dies; false. */
  readonly ackOnSend?: boolean | undefined;
  /** How many handlers may wait at a time; 1,000. */
  readonly concurrency?: number | undefined;
  /** Milliseconds that a call of the worker's `client` may take which names no other; 10,000. Infinity: no limit. */
  readonly callTimeout?: number | undefined;
  /** Milliseconds that leaving may take, after which the stream is cut; 30,000. */
  readonly stopTimeout?: number | undefined;
  /** On leaving: it will be back, the daemon keeps its links for the grace period; false. */
  readonly keepLinks?: boolean | undefined;
  /** Shortest and longest pause before attaching again, in milliseconds; `[100, 5000]`. */
  readonly backoff?: readonly [shortest: number, longest: number] | undefined;
  /** Where its lines go; stderr. */
  readonly logger?: Logger | undefined;
}

/** What becomes of an event whose handler failed. `"ack"`: it counts as done. `"redeliver"`: the stream ends, and all
 * that is not acknowledged comes again, here or at another worker, marked as redelivered. After `--max_deliveries`
 * (5) the daemon gives an event up. */
export type Outcome = "ack" | "redeliver";

/** Works on an event. */
export type Handler = (event: Event) => void | PromiseLike<void>;

/** Says what becomes of an event whose handler failed; nothing: `"ack"`. */
export type ErrorHandler = (event: Event, error: Error) => Outcome | void | PromiseLike<Outcome | void>;

/** What the daemon said when this worker attached: what really applies. */
export interface Welcome {
  /** The daemon's. */
  readonly version: string;
  /** "php" or "go". */
  readonly dialect: string;
  /** This attachment; shown in views and logs. */
  readonly workerId: string;
  /** How many events may be here unacknowledged. */
  readonly windowEvents: number;
  /** How many bytes of events may be here unacknowledged. */
  readonly windowBytes: number;
  /** Larger events come with `bodyOmitted`. */
  readonly maxMessageBytes: number;
}

/** A command on the stream that failed. With code "OK": one to many clients that did not reach every Gateway. */
export interface CommandError {
  /** The event that it answered; 0: none. */
  readonly eventId: number;
  /** Why. */
  readonly code: StatusCode;
  /** Names field, Gateway and cause. */
  readonly message: string;
  /** Of commands to many clients. */
  readonly delivery: Delivery | undefined;
}

const MODES = { none: SessionMode.NONE, raw: SessionMode.RAW, decoded: SessionMode.DECODED };
const FRESHNESS = { asSent: SessionFreshness.AS_SENT, fresh: SessionFreshness.FRESH };

/** The hello of a worker. Zeros: what the daemon thinks good. */
export function helloOf(workerName: string, kinds: EventKind[], options: WorkerOptions): Hello {
  return {
    workerName,
    kinds,
    windowEvents: options.windowEvents ?? 0,
    windowBytes: options.windowBytes ?? 0,
    maxMessageBytes: options.maxMessageBytes ?? 0,
    ackMode: options.ackOnSend ? AckMode.ON_SEND : AckMode.EXPLICIT,
    sessionMode: MODES[options.sessionMode ?? "decoded"],
    sessionFreshness: FRESHNESS[options.sessionFreshness ?? "fresh"],
  };
}
