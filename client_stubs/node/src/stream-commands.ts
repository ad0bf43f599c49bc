/** The commands of the API on a worker's stream: said and gone. */

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
import { CURRENT, State, type Event } from "./event.js";
import { sizeOf, type MessageLike, type SessionLike } from "./values.js";

/** Bytes of ids, uids and so on, beside a message. */
const SMALL = 256;

/**
 * Each is sent with the acknowledgement of the event whose handler calls it, before it, in the order of the calls;
 * outside of handlers at once. Nothing is awaited and nothing returned: a command that fails comes to the worker's
 * `onCommandError`. What has an answer, and what must be known to have run, is a call of the worker's `client`.
 *
 * Outside of handlers they throw UnavailableError while the worker is not attached. In a handler whose stream has
 * ended they do nothing: its event comes again, and with it the command.
 */
export abstract class StreamCommands {
  /** @internal */
  protected abstract command(command: Command, event: Event | undefined, size: number): void;

  /** Sends a message to the client of the event at hand. */
  sendToCurrentClient(message: MessageLike, options?: ToCurrentClient): void {
    this.#send(commands.sendToCurrentClient(message, options), SMALL + sizeOf(message));
  }

  /** Sends a message to one client. */
  sendToClient(clientId: string, message: MessageLike, options?: ToClient): void {
    this.#send(commands.sendToClient(clientId, message, options));
  }

  /** Sends a message to everyone, or to `clientIds`; an empty list of them is nobody. */
  sendToAll(message: MessageLike, options?: ToAll): void {
    this.#send(commands.sendToAll(message, options));
  }

  /** Sends a message to every client bound to one of the uids. */
  sendToUid(uids: string | Iterable<string>, message: MessageLike, options?: ToMany): void {
    this.#send(commands.sendToUid(uids, message, options));
  }

  /** Sends a message to every client in one of the groups. */
  sendToGroup(groups: string | Iterable<string>, message: MessageLike, options?: ToGroups): void {
    this.#send(commands.sendToGroup(groups, message, options));
  }

  /** Binds a client to a uid. */
  bindUid(clientId: string, uid: string, options?: ToClient): void {
    this.#send(commands.bindUid(clientId, uid, options));
  }

  /** Takes a client's uid away. */
  unbindUid(clientId: string, options?: Unbinding): void {
    this.#send(commands.unbindUid(clientId, options));
  }

  /** Puts a client into a group. */
  joinGroup(clientId: string, group: string, options?: ToClient): void {
    this.#send(commands.joinGroup(clientId, group, options));
  }

  /** Takes a client out of a group. */
  leaveGroup(clientId: string, group: string, options?: ToClient): void {
    this.#send(commands.leaveGroup(clientId, group, options));
  }

  /** Dissolves a group. */
  ungroup(group: string, options?: ToMany): void {
    this.#send(commands.ungroup(group, options));
  }

  /** Replaces a client's session. */
  setSession(clientId: string, session: SessionLike, options?: ToClient): void {
    this.#send(commands.setSession(clientId, session, options));
  }

  /** Merges into a client's session. */
  updateSession(clientId: string, session: SessionLike, options?: ToClient): void {
    this.#send(commands.updateSession(clientId, session, options));
  }

  /** Closes a client once what was sent to it has drained, `message` at last. */
  closeClient(clientId: string, options?: ToClient & LastMessage): void {
    this.#send(commands.closeClient(clientId, options));
  }

  /** Closes the client of the event at hand. */
  closeCurrentClient(options?: ToCurrentClient & LastMessage): void {
    this.#send(commands.closeCurrentClient(options));
  }

  /** Closes a client at once. */
  destroyClient(clientId: string, options?: ToClient): void {
    this.#send(commands.destroyClient(clientId, options));
  }

  /** Destroys the client of the event at hand. */
  destroyCurrentClient(options?: ToCurrentClient): void {
    this.#send(commands.destroyCurrentClient(options));
  }

  #send(command: Command, size = sizeOfCommand(command)): void {
    const event = CURRENT.getStore();
    if (event === undefined || event.state === State.Open) {
      this.command(command, event, size);
    } else if (event.state === State.Done) {
      nameCurrentClient(command, event); // by work that outlived its event: the daemon knows that no more
      this.command(command, undefined, size);
    }
  }
}

function nameCurrentClient(command: Command, event: Event): void {
  const which = command.command;
  let request;
  switch (which?.$case) {
    case "sendToCurrentClient":
      request = which.sendToCurrentClient;
      break;
    case "closeCurrentClient":
      request = which.closeCurrentClient;
      break;
    case "destroyCurrentClient":
      request = which.destroyCurrentClient;
      break;
    default:
      return;
  }
  if (request.clientId === "") {
    request.clientId = event.clientId;
    request.generation = event.generation;
  }
}

/** About how many bytes a command has: what is long is its message, its session or its lists of ids. */
function sizeOfCommand(command: Command): number {
  let size = SMALL;
  const which = command.command as Record<string, any>;
  for (const field of Object.values(which[which.$case] as object) as unknown[]) {
    size += sizeOfField(field);
  }
  return size;
}

function sizeOfField(field: unknown): number {
  if (typeof field === "string" || field instanceof Uint8Array) {
    return field.length;
  }
  let size = 0;
  if (typeof field === "object" && field !== null) {
    for (const part of Object.values(field) as unknown[]) {
      size += sizeOfField(part) + 4;
    }
  }
  return size;
}
