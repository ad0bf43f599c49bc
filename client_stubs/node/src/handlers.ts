/** A worker's handlers and hooks: how they are given, and how they are run. */

import { CURRENT, KINDS, type Event, type EventKind } from "./event.js";
import type * as pb from "./generated/gatewayworker/v1/worker_service.js";
import { statusName } from "./errors.js";
import { described, toError, type Logger } from "./logger.js";
import { StreamCommands } from "./stream-commands.js";
import { fromDelivery } from "./values.js";
import type { CommandError, ErrorHandler, Handler, Outcome, Welcome } from "./worker-options.js";

/** One handler a kind, given before the worker is run. Each method returns the worker. */
export abstract class Handlers extends StreamCommands {
  /** For people, in logs and views. */
  readonly name: string;
  /** @internal */
  protected readonly log: Logger;
  /** The kinds that have a handler. @internal */
  protected readonly kinds: pb.EventKind[] = [];
  /** No more of them can be given. @internal */
  protected sealed = false;
  readonly #ackOnSend: boolean;
  readonly #handlers: (Handler | undefined)[] = [];
  #errorHandler: ErrorHandler = () => "ack";
  #attachedHandler: ((welcome: Welcome) => void | PromiseLike<void>) | undefined;
  #commandErrorHandler = (error: CommandError): void =>
    this.log.warn(`${this.name}: a command failed: ${error.code} ${error.message}`);

  /** @internal */
  protected constructor(name: string, ackOnSend: boolean, log: Logger) {
    super();
    this.name = name;
    this.#ackOnSend = ackOnSend;
    this.log = log;
  }

  /** A client connected. One of WebSocket has not finished its handshake: send it nothing raw yet. */
  onConnect(handler: Handler): this {
    return this.#on("connect", handler);
  }

  /** Its handshake is done: `event.handshake`. */
  onWebSocketConnect(handler: Handler): this {
    return this.#on("websocketConnect", handler);
  }

  /** It sent a message: `event.body`. */
  onMessage(handler: Handler): this {
    return this.#on("message", handler);
  }

  /** It is gone. */
  onClose(handler: Handler): this {
    return this.#on("close", handler);
  }

  /** A Gateway is gone with all clients of `event.generation`: no close comes for them. */
  onGatewayLost(handler: Handler): this {
    return this.#on("gatewayLost", handler);
  }

  /** A handler failed; it has been logged. Says what becomes of the event; without it, it counts as done. */
  onError(handler: ErrorHandler): this {
    this.#errorHandler = handler;
    return this;
  }

  /** A command on the stream failed. Without it that is logged. */
  onCommandError(handler: (error: CommandError) => void): this {
    this.#commandErrorHandler = handler;
    return this;
  }

  /** Attached, again perhaps; events come after it has returned. */
  onAttached(handler: (welcome: Welcome) => void | PromiseLike<void>): this {
    this.#attachedHandler = handler;
    return this;
  }

  #on(kind: EventKind, handler: Handler): this {
    const number = KINDS[kind];
    if (this.sealed || this.#handlers[number] !== undefined) {
      throw new Error(`a worker has one handler of ${kind}, given before it is run`);
    }
    this.#handlers[number] = handler;
    this.kinds.push(number);
    return this;
  }

  // ---- Running them

  /** Runs an event's handler; undefined where that has finished. Neither throws nor rejects. @internal */
  protected handle(event: Event): Promise<void> | undefined {
    let waits: void | PromiseLike<void>;
    try {
      waits = CURRENT.run(event, this.#handlers[event.number]!, event);
    } catch (error) {
      return this.#failed(event, error);
    }
    if (!isThenable(waits)) {
      event.attachment.done(event);
      return undefined;
    }
    return Promise.resolve(waits).then(
      () => event.attachment.done(event),
      (error: unknown) => this.#failed(event, error),
    );
  }

  /** @internal */
  protected attached(welcome: pb.Welcome): Promise<void> | undefined {
    const { version, dialect, workerId, windowEvents, windowBytes, maxMessageBytes } = welcome;
    try {
      const waits = this.#attachedHandler?.({
        version,
        dialect,
        workerId,
        windowEvents,
        windowBytes,
        maxMessageBytes,
      });
      return isThenable(waits) ? Promise.resolve(waits) : undefined;
    } catch (error) {
      return Promise.reject(toError(error));
    }
  }

  /** @internal */
  protected commandFailed({ number, status }: pb.CommandError): void {
    try {
      this.#commandErrorHandler({
        eventId: number,
        code: statusName(status?.code ?? 0),
        message: status?.message ?? "",
        delivery: status?.delivery && fromDelivery(status.delivery),
      });
    } catch (error) {
      this.log.error(`${this.name}: onCommandError failed: ${described(error)}`);
    }
  }

  async #failed(event: Event, thrown: unknown): Promise<void> {
    this.log.error(`${this.name}: handling ${event} failed: ${described(thrown)}`);
    let outcome: Outcome | void = "ack";
    try {
      outcome = await CURRENT.run(event, this.#errorHandler, event, toError(thrown));
    } catch (error) {
      this.log.error(`${this.name}: onError failed; the event counts as done: ${described(error)}`);
    }
    if (outcome === "redeliver" && !this.#ackOnSend) {
      event.attachment.breakOff();
    } else {
      event.attachment.done(event);
    }
  }
}

function isThenable(value: unknown): value is PromiseLike<void> {
  return typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function";
}
