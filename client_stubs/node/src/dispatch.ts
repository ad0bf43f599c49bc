/** Handlers beside each other, and each client's one after the other. */

/** How long handlers that finish at once may keep the loop to themselves, in milliseconds. */
const TURN = 10;

/** What the dispatcher needs to know of an event. */
export interface Dispatchable {
  readonly clientId: string;
  /** It is somebody else's by now: its handler is not begun. */
  readonly done: boolean;
}

/**
 * Works on events: those of one client in their order, those of others meanwhile. A handler that finishes at once
 * costs a call; only one that waits costs a promise and an entry here.
 */
export class Dispatcher<E extends Dispatchable> {
  readonly #handle: (event: E) => Promise<void> | undefined;
  readonly #concurrency: number;
  /** What is to be begun, from `#next` on. */
  #ready: E[] = [];
  #next = 0;
  /** The clients whose handler waits for something, each with what comes behind it. */
  readonly #clients = new Map<string, E[]>();
  /** A turn is over, and the next one is coming. */
  #resting = false;
  #whenIdle: (() => void)[] = [];

  /**
   * `handle` neither throws nor rejects; it returns undefined where it has finished. `concurrency`: how many handlers
   * may wait at a time.
   */
  constructor(handle: (event: E) => Promise<void> | undefined, concurrency: number) {
    this.#handle = handle;
    this.#concurrency = concurrency;
  }

  /** Takes events, and begins what can begin. */
  put(events: readonly E[]): void {
    if (this.#ready.length === 0) {
      this.#ready = events.slice();
    } else {
      for (const event of events) {
        this.#ready.push(event);
      }
    }
    this.#pump();
  }

  /** Resolves when all handlers have ended. */
  idle(): Promise<void> {
    return this.#isIdle() ? Promise.resolve() : new Promise((resolve) => this.#whenIdle.push(resolve));
  }

  #isIdle(): boolean {
    return this.#clients.size === 0 && this.#ready.length === 0;
  }

  #pump(): void {
    if (this.#resting) {
      return;
    }
    const turnEnds = performance.now() + TURN;
    while (this.#next < this.#ready.length && this.#clients.size < this.#concurrency) {
      const event = this.#ready[this.#next++]!;
      const behind = this.#clients.get(event.clientId);
      if (behind !== undefined) {
        behind.push(event);
        continue;
      }
      if (event.done) {
        continue;
      }
      const waits = this.#handle(event);
      if (waits !== undefined) {
        this.#clients.set(event.clientId, []);
        this.#goOnAfter(waits, event.clientId);
      } else if ((this.#next & 15) === 0 && performance.now() > turnEnds) {
        this.#rest();
        return;
      }
    }
    if (this.#next === this.#ready.length) {
      this.#ready = [];
      this.#next = 0;
    }
    if (this.#whenIdle.length > 0 && this.#isIdle()) {
      this.#whenIdle.splice(0).forEach((resolve) => resolve());
    }
  }

  /** Lets the loop send what is done. */
  #rest(): void {
    this.#resting = true;
    setImmediate(() => {
      this.#resting = false;
      this.#pump();
    });
  }

  #goOnAfter(waits: Promise<void>, clientId: string): void {
    void waits.then(() => this.#ended(clientId));
  }

  /** A client's handler has ended after it had waited. */
  #ended(clientId: string): void {
    const behind = this.#clients.get(clientId)!;
    let event: E | undefined;
    while ((event = behind.shift()) !== undefined) {
      if (event.done) {
        continue;
      }
      const waits = this.#handle(event);
      if (waits !== undefined) {
        this.#goOnAfter(waits, clientId);
        return;
      }
    }
    this.#clients.delete(clientId);
    if (this.#next < this.#ready.length || this.#whenIdle.length > 0) {
      this.#pump();
    }
  }
}
