/** Your program as the worker of a GatewayWorker cluster. */

import { Client as GrpcClient, credentials, type Channel } from "@grpc/grpc-js";

import { Attachment, notAttached, type Listener } from "./attachment.js";
import { Backoff } from "./backoff.js";
import { Client, DEFAULT_TIMEOUT } from "./client.js";
import { addressOf, metadataSource, openChannel } from "./connection.js";
import { Dispatcher } from "./dispatch.js";
import { GatewayError, type StatusCode } from "./errors.js";
import type { Event } from "./event.js";
import type { Command } from "./generated/gatewayworker/v1/gateway_service.js";
import * as pb from "./generated/gatewayworker/v1/worker_service.js";
import { Handlers } from "./handlers.js";
import { STDERR, described } from "./logger.js";
import type { GatewayFailure } from "./values.js";
import { serializer } from "./wire.js";
import { helloOf, type WorkerOptions } from "./worker-options.js";

/** Trying again does not heal these: a wrong hello, a daemon that takes no workers, a token that it does not know. */
const FINAL: ReadonlySet<StatusCode> = new Set([
  "INVALID_ARGUMENT",
  "FAILED_PRECONDITION",
  "UNIMPLEMENTED",
  "UNAUTHENTICATED",
  "PERMISSION_DENIED",
]);

const ATTACH = `/${pb.WorkerServiceDefinition.fullName}/${pb.WorkerServiceDefinition.methods.attach.name}`;
const serialize = serializer(pb.AttachRequest);

interface Waiting {
  resolve(unknown: GatewayFailure[]): void;
  reject(error: Error): void;
}

/**
 * Give it handlers (`onConnect`, `onWebSocketConnect`, `onMessage`, `onClose`, `onGatewayLost`) and `run()` it. Kinds
 * of events without a handler do not come.
 *
 * Events of one client are handled one after the other, those of different clients beside each other. An event is
 * acknowledged when its handler has returned, or the promise that it returned is fulfilled; what the handler sent by
 * the methods here goes out before that.
 *
 * ```js
 * const worker = new Worker({ name: "echo" });
 * worker.onMessage((event) => worker.sendToCurrentClient(event.body));
 * await worker.run();
 * ```
 */
export class Worker extends Handlers {
  /** The daemon's address. */
  readonly address: string;
  /** For calls with an answer: `await worker.client.getSession(event.clientId)`. Usable until the worker has left. */
  readonly client: Client;
  /** Aborted once the worker has left, or must leave without waiting for its handlers. */
  readonly signal: AbortSignal;

  readonly #channel: Channel;
  readonly #metadata: ReturnType<typeof metadataSource>;
  readonly #hello: pb.Hello;
  readonly #leaveMode: pb.LeaveMode;
  readonly #stopTimeout: number;
  readonly #backoff: Backoff;
  readonly #ackOnSend: boolean;
  readonly #dispatcher: Dispatcher<Event>;
  readonly #cut = new AbortController();

  #attachment: Attachment | undefined;
  #serving: Promise<void> | undefined;
  #stopping = false;
  #wake: () => void = () => {};
  readonly #syncs = new Map<number, Waiting>();
  #syncNumber = 0;

  constructor(options: WorkerOptions = {}) {
    super(options.name ?? "worker", options.ackOnSend ?? false, options.logger ?? STDERR);
    this.#hello = helloOf(this.name, this.kinds, options);
    this.address = addressOf(options.address);
    this.#channel = openChannel(this.address, options, this.#hello.maxMessageBytes);
    this.client = new Client({
      address: this.address,
      channel: this.#channel,
      timeout: options.callTimeout ?? DEFAULT_TIMEOUT,
      token: options.token,
    });
    this.signal = this.#cut.signal;
    this.#metadata = metadataSource(options.token);
    this.#leaveMode = options.keepLinks ? pb.LeaveMode.KEEP_LINKS : pb.LeaveMode.CLOSE_LINKS;
    this.#stopTimeout = options.stopTimeout ?? 30_000;
    this.#backoff = new Backoff(...(options.backoff ?? [100, 5000]));
    this.#ackOnSend = options.ackOnSend ?? false;
    this.#dispatcher = new Dispatcher((event) => this.handle(event), options.concurrency ?? 1000);
  }

  // ---- Running

  /** Serves until the worker has left, by SIGTERM, Ctrl-C or `stop`. A second signal cuts it short. */
  async run(): Promise<void> {
    const signalled = (): void => {
      this.log.info(`${this.name}: leaving`);
      void this.stop();
    };
    process.on("SIGTERM", signalled).on("SIGINT", signalled);
    try {
      await this.serve();
    } finally {
      process.off("SIGTERM", signalled).off("SIGINT", signalled);
    }
  }

  /**
   * Attaches, and again whenever the stream ends, until `stop`. Fails with a GatewayError where trying again is of no
   * use: the daemon refuses the hello or the token. A worker is served once.
   */
  serve(): Promise<void> {
    if (this.#serving !== undefined) {
      throw new Error("a worker is served once");
    }
    this.sealed = true;
    this.#serving = this.#serve();
    return this.#serving;
  }

  /**
   * Leaves: what has come is worked on and acknowledged, then `serve` returns, and the promise is fulfilled. Called
   * twice, or while the worker is not attached: at once.
   */
  async stop(): Promise<void> {
    const again = this.#stopping;
    this.#stopping = true;
    this.#wake();
    if (again) {
      this.#cut.abort();
      this.#attachment?.cancel();
    } else if (this.#attachment?.welcomed === false) {
      this.#attachment.cancel();
    } else {
      this.#attachment?.leave(this.#leaveMode);
    }
    const timer = setTimeout(() => {
      this.#cut.abort();
      this.#attachment?.cancel();
    }, this.#stopTimeout);
    try {
      await this.#serving;
    } catch {
      // whoever awaits `serve` is told
    } finally {
      clearTimeout(timer);
    }
  }

  /**
   * Waits until the Gateways have run what was sent by the methods here. Gives those of which that is not known;
   * fails with UnavailableError where the stream ended first, or there is none. `timeout` in milliseconds.
   */
  async sync(timeout = 5000): Promise<GatewayFailure[]> {
    const attachment = this.#attachment;
    if (attachment === undefined || attachment.ended) {
      throw notAttached();
    }
    const number = ++this.#syncNumber;
    return new Promise((resolve, reject) => {
      this.#syncs.set(number, { resolve, reject });
      attachment.sync(number, timeout);
    });
  }

  // ---- Within

  async #serve(): Promise<void> {
    const grpc = new GrpcClient(this.address, credentials.createInsecure(), { channelOverride: this.#channel });
    try {
      while (!this.#stopping) {
        const problem = await this.#attach(grpc);
        if (!this.#stopping) {
          this.log.warn(`${this.name}: ${this.address}: ${problem}; attaching again`);
          await this.#pause(this.#backoff.next());
        }
      }
      await this.#finishHandlers();
    } finally {
      this.#cut.abort();
      this.#channel.close();
    }
    this.log.info(`${this.name}: left`);
  }

  /** One attachment; says why it ended. Throws where the next one would end like it. */
  async #attach(grpc: GrpcClient): Promise<string> {
    try {
      const metadata = await this.#metadata();
      if (this.#stopping) {
        return "";
      }
      const stream = grpc.makeBidiStreamRequest(ATTACH, serialize, (bytes) => bytes, metadata);
      this.#attachment = new Attachment(stream, this.#dispatcher, this.#listener, this.#ackOnSend);
      await this.#attachment.run(this.#hello);
      return "the stream ended";
    } catch (error) {
      if (!(error instanceof GatewayError) || (FINAL.has(error.code) && !this.#stopping)) {
        const why = error instanceof GatewayError ? `${error.code} ${error.message}` : described(error);
        this.log.error(`${this.name}: ${this.address}: ${why}`);
        throw error;
      }
      return error.message;
    } finally {
      this.#attachment = undefined;
      const ended = notAttached();
      this.#syncs.forEach((waiting) => waiting.reject(ended));
      this.#syncs.clear();
    }
  }

  #pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Waits for handlers whose stream has ended before they have. */
  #finishHandlers(): Promise<void> {
    return new Promise((resolve) => {
      const leftAlone = (): void => {
        this.log.warn(`${this.name}: handlers still run; they are left to themselves`);
        resolve();
      };
      if (this.signal.aborted) {
        resolve();
        return;
      }
      this.signal.addEventListener("abort", leftAlone);
      void this.#dispatcher.idle().then(() => {
        this.signal.removeEventListener("abort", leftAlone);
        resolve();
      });
    });
  }

  readonly #listener: Listener = {
    welcomed: (welcome) => {
      this.log.info(`${this.name}: attached to gatewayd ${welcome.version}, ${this.address}`);
      this.#backoff.reset();
      return this.attached(welcome);
    },
    told: (message) => {
      if (message.$case === "commandErrors") {
        message.commandErrors.errors.forEach((error) => this.commandFailed(error));
      } else if (message.$case === "synced") {
        this.#syncs.get(message.synced.number)?.resolve(message.synced.unknown);
        this.#syncs.delete(message.synced.number);
      } else if (message.$case === "draining") {
        this.log.info(`${this.name}: ${this.address} is going`);
      }
    },
  };

  /** @internal */
  protected override command(command: Command, event: Event | undefined, size: number): void {
    const attachment = event === undefined ? this.#attachment : event.attachment;
    if (attachment === undefined || attachment.ended) {
      throw notAttached();
    }
    attachment.command(command, event, size);
  }
}
