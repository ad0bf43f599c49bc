/** The Gateway API: every call of GatewayService. */

import type { Channel } from "@grpc/grpc-js";

import * as commands from "./commands.js";
import type {
  Command,
  LastMessage,
  ToAll,
  ToClient,
  ToCurrentClient,
  ToGroups,
  ToMany,
  Unbinding,
} from "./commands.js";
import { DEFAULT_MAX_MESSAGE_BYTES, addressOf, openChannel, type ConnectionOptions } from "./connection.js";
import { statusName, type StatusCode } from "./errors.js";
import { Queries, all, type ClusterQuery } from "./queries.js";
import { Rpc, type CallOptions } from "./rpc.js";
import {
  fromDelivery,
  fromNames,
  fromSession,
  type Delivery,
  type GatewayFailure,
  type MessageLike,
  type Name,
  type Session,
  type SessionLike,
} from "./values.js";

/** Milliseconds that a call may take unless it says otherwise. */
export const DEFAULT_TIMEOUT = 10_000;

/** What a `Client` can be told. */
export interface ClientOptions extends ConnectionOptions {
  /** Milliseconds that a call may take which names no other; 10,000. Infinity: no limit. */
  readonly timeout?: number | undefined;
  /** The largest answer; 4 MiB. */
  readonly maxMessageBytes?: number | undefined;
  /** A channel that is there already, in place of one to `address`; `close` leaves it open. */
  readonly channel?: Channel | undefined;
}

/** What became of one command of a list. */
export interface CommandResult {
  /** "OK", or why not. */
  readonly code: StatusCode;
  /** Names field, Gateway and cause; empty where the code is OK. */
  readonly message: string;
  /** Of commands to many clients. */
  readonly delivery: Delivery | undefined;
}

/** A list that comes in chunks, however long it is: `for await (const one of list)`, once. */
export class Listing<T> implements AsyncIterable<T> {
  /** With `partialOk`, at the end: Gateways whose clients are not in the list. */
  readonly missing: GatewayFailure[] = [];
  readonly #chunks: AsyncIterable<{ missing: GatewayFailure[] }>;
  readonly #entries: (chunk: any) => Iterable<T>;

  /** @internal */
  constructor(chunks: AsyncIterable<{ missing: GatewayFailure[] }>, entries: (chunk: any) => Iterable<T>) {
    this.#chunks = chunks;
    this.#entries = entries;
  }

  /** Its entries. Leaving the loop early ends the call. */
  async *[Symbol.asyncIterator](): AsyncGenerator<T, void> {
    for await (const chunk of this.#chunks) {
      this.missing.push(...chunk.missing);
      yield* this.#entries(chunk);
    }
  }
}

/**
 * The Gateway API, on one connection, which is made at the first call.
 *
 * Inside a handler of a `Worker`, `sendToCurrentClient` and its like need no client_id: calls say whose event they
 * answer. Every call fails with a `GatewayError`; with an InvalidArgumentError too where an argument cannot be sent.
 *
 * ```js
 * const client = new Client();
 * await client.sendToAll("hello");
 * client.close();
 * ```
 */
export class Client extends Queries {
  /** The daemon's address. */
  readonly address: string;
  /** @internal */
  protected readonly rpc: Rpc;
  readonly #channel: Channel;
  readonly #own: boolean;

  constructor(options: ClientOptions = {}) {
    super();
    this.address = addressOf(options.address);
    this.#own = options.channel === undefined;
    const maxMessageBytes = options.maxMessageBytes ?? DEFAULT_MAX_MESSAGE_BYTES;
    this.#channel = options.channel ?? openChannel(this.address, options, maxMessageBytes);
    this.rpc = new Rpc(this.#channel, options.timeout ?? DEFAULT_TIMEOUT, options.token);
  }

  /** Ends the connection; calls that are under way fail. */
  close(): void {
    if (this.#own) {
      this.#channel.close();
    }
  }

  /** `using client = new Client()` closes it. */
  [Symbol.dispose](): void {
    this.close();
  }

  // ---- Sending

  /** Sends a message to one client. */
  async sendToClient(clientId: string, message: MessageLike, options?: ToClient & CallOptions): Promise<void> {
    await this.#command("sendToClient", commands.sendToClient(clientId, message, options), options);
  }

  /** Sends a message to the client of the event at hand. */
  async sendToCurrentClient(message: MessageLike, options?: ToCurrentClient & CallOptions): Promise<void> {
    await this.#command("sendToCurrentClient", commands.sendToCurrentClient(message, options), options);
  }

  /** Sends a message to everyone, or to `clientIds`; an empty list of them is nobody. */
  async sendToAll(message: MessageLike, options?: ToAll & CallOptions): Promise<Delivery> {
    return this.#deliver("sendToAll", commands.sendToAll(message, options), options);
  }

  /** Sends a message to every client bound to one of the uids. */
  async sendToUid(
    uids: string | Iterable<string>,
    message: MessageLike,
    options?: ToMany & CallOptions,
  ): Promise<Delivery> {
    return this.#deliver("sendToUid", commands.sendToUid(uids, message, options), options);
  }

  /** Sends a message to every client in one of the groups. One that is in two of them may get it twice. */
  async sendToGroup(
    groups: string | Iterable<string>,
    message: MessageLike,
    options?: ToGroups & CallOptions,
  ): Promise<Delivery> {
    return this.#deliver("sendToGroup", commands.sendToGroup(groups, message, options), options);
  }

  // ---- Uids and groups

  /** Binds a client to a uid, in place of its former one. One uid may have many clients. */
  async bindUid(clientId: string, uid: string, options?: ToClient & CallOptions): Promise<void> {
    await this.#command("bindUid", commands.bindUid(clientId, uid, options), options);
  }

  /** Takes a client's uid away, whichever it is. */
  async unbindUid(clientId: string, options?: Unbinding & CallOptions): Promise<void> {
    await this.#command("unbindUid", commands.unbindUid(clientId, options), options);
  }

  /** Puts a client into a group. A group lives as long as it has clients. */
  async joinGroup(clientId: string, group: string, options?: ToClient & CallOptions): Promise<void> {
    await this.#command("joinGroup", commands.joinGroup(clientId, group, options), options);
  }

  /** Takes a client out of a group. */
  async leaveGroup(clientId: string, group: string, options?: ToClient & CallOptions): Promise<void> {
    await this.#command("leaveGroup", commands.leaveGroup(clientId, group, options), options);
  }

  /** Dissolves a group: every client leaves it. */
  async ungroup(group: string, options?: ToMany & CallOptions): Promise<Delivery> {
    return this.#deliver("ungroup", commands.ungroup(group, options), options);
  }

  // ---- Sessions

  /** Replaces a client's session. */
  async setSession(clientId: string, session: SessionLike, options?: ToClient & CallOptions): Promise<void> {
    await this.#command("setSession", commands.setSession(clientId, session, options), options);
  }

  /** Merges into a client's session: on a php cluster at every depth, on a go cluster its top keys. */
  async updateSession(clientId: string, session: SessionLike, options?: ToClient & CallOptions): Promise<void> {
    await this.#command("updateSession", commands.updateSession(clientId, session, options), options);
  }

  // ---- Closing

  /** Closes a client once what was sent to it has drained, `message` at last. */
  async closeClient(clientId: string, options?: ToClient & LastMessage & CallOptions): Promise<void> {
    await this.#command("closeClient", commands.closeClient(clientId, options), options);
  }

  /** Closes the client of the event at hand. */
  async closeCurrentClient(options?: ToCurrentClient & LastMessage & CallOptions): Promise<void> {
    await this.#command("closeCurrentClient", commands.closeCurrentClient(options), options);
  }

  /** Closes a client at once and drops what was not yet sent to it. */
  async destroyClient(clientId: string, options?: ToClient & CallOptions): Promise<void> {
    await this.#command("destroyClient", commands.destroyClient(clientId, options), options);
  }

  /** Destroys the client of the event at hand. */
  async destroyCurrentClient(options?: ToCurrentClient & CallOptions): Promise<void> {
    await this.#command("destroyCurrentClient", commands.destroyCurrentClient(options), options);
  }

  // ---- Many at once

  /**
   * Runs commands (made by the functions of `commands`) in order, for one call's price. One that fails does not stop
   * the others.
   */
  async execute(list: Iterable<Command>, options?: CallOptions): Promise<CommandResult[]> {
    const { statuses } = await this.rpc.unary("execute", { commands: [...list] }, options);
    return statuses.map(({ code, message, delivery }) => ({
      code: statusName(code),
      message,
      delivery: delivery && fromDelivery(delivery),
    }));
  }

  /** Every client (of `group`) with its session, however many there are. No timeout unless one is named. */
  streamAllClientSessions(
    options: ClusterQuery & { readonly group?: string | undefined } = {},
  ): Listing<[clientId: string, session: Session]> {
    const chunks = this.rpc.stream("streamAllClientSessions", { group: options.group, ...all(options) }, options);
    return new Listing(chunks, (chunk: typeof chunks extends AsyncIterable<infer C> ? C : never) =>
      chunk.clients.map((client): [string, Session] => [client.clientId, fromSession(client.session)]),
    );
  }

  /** Every client_id, however many there are. No timeout unless one is named. */
  streamAllClientIdList(options: ClusterQuery = {}): Listing<string> {
    const chunks = this.rpc.stream("streamAllClientIdList", all(options), options);
    return new Listing(chunks, (chunk: typeof chunks extends AsyncIterable<infer C> ? C : never) => chunk.clientIds);
  }

  /** Every uid, each once, however many there are; a Buffer where it is not UTF-8. No timeout unless one is named. */
  streamAllUidList(options: ClusterQuery = {}): Listing<Name> {
    const chunks = this.rpc.stream("streamAllUidList", all(options), options);
    return new Listing(chunks, (chunk: typeof chunks extends AsyncIterable<infer C> ? C : never) =>
      fromNames(chunk.uids, chunk.uidsNotUtf8),
    );
  }

  // ---- How a command is called

  #command(name: CommandName, command: Command, options: CallOptions | undefined): Promise<unknown> {
    return this.rpc.unary(name, requestOf(command), options);
  }

  async #deliver(name: DeliveredName, command: Command, options: CallOptions | undefined): Promise<Delivery> {
    return fromDelivery((await this.rpc.unary(name, requestOf(command), options)).delivery);
  }
}

type CommandName = NonNullable<Command["command"]>["$case"];
type DeliveredName = "sendToAll" | "sendToUid" | "sendToGroup" | "ungroup";

/** The request of the call that does what the command does: they are the same message. */
function requestOf(command: Command): any {
  const which = command.command!;
  return which[which.$case as keyof typeof which];
}
