/** The commands of the API, as values: what `Client.execute` takes many of at once. */

import { invalid } from "./errors.js";
import * as pb from "./generated/gatewayworker/v1/gateway_service.js";
import { Confirm } from "./generated/gatewayworker/v1/types.js";
import { toMessage, toSession, type MessageLike, type SessionLike } from "./values.js";

/** A command, as the functions of this module make it. */
export type Command = pb.Command;

/** What a command to one client may ask for. */
export interface ToClient {
  /** The generation of the client's Gateway that is expected, as an event gave it: NotFoundError where it is over. */
  readonly generation?: string | undefined;
  /** Answer when the Gateway has run it, and not when it stands in the link's buffer. */
  readonly confirm?: boolean | undefined;
  /** NotFoundError where the client is gone; without it that is no error, and nothing happens. */
  readonly requireOnline?: boolean | undefined;
}

/** What a command to the current client may ask for. */
export interface ToCurrentClient extends ToClient {
  /** The client; else that of the event at hand. */
  readonly clientId?: string | undefined;
}

/** What closing may ask for. */
export interface LastMessage {
  /** Sent before the connection is closed. */
  readonly message?: MessageLike | undefined;
}

/** What a command to many clients may ask for. */
export interface ToMany {
  /** Answer when each Gateway has run it. */
  readonly confirm?: boolean | undefined;
}

/** What a message to groups may ask for. */
export interface ToGroups extends ToMany {
  /** Clients that do not get it. */
  readonly exclude?: Iterable<string> | undefined;
}

/** What a message to all may ask for. */
export interface ToAll extends ToGroups {
  /** These clients alone; an empty list is nobody. Absent: everyone. */
  readonly clientIds?: Iterable<string> | undefined;
}

/** What unbinding may ask for. */
export interface Unbinding extends ToClient {
  /** Ignored by Gateways: whichever uid the client has is taken away. Here for the original API's form. */
  readonly uid?: string | undefined;
}

/** Sends a message to one client. */
export function sendToClient(clientId: string, message: MessageLike, options?: ToClient): Command {
  const sendToClient = { ...named(clientId), message: toMessage(message), ...toClient(options) };
  return { command: { $case: "sendToClient", sendToClient } };
}

/** Sends a message to the client of the event at hand. */
export function sendToCurrentClient(message: MessageLike, options?: ToCurrentClient): Command {
  const sendToCurrentClient =
    options === undefined // nearly all that workers send
      ? {
          clientId: "",
          message: toMessage(message),
          generation: "",
          confirm: Confirm.UNSPECIFIED,
          requireOnline: false,
        }
      : { ...toCurrent(options), message: toMessage(message) };
  return { command: { $case: "sendToCurrentClient", sendToCurrentClient } };
}

/** Sends a message to everyone, or to `clientIds`. */
export function sendToAll(message: MessageLike, options: ToAll = {}): Command {
  const sendToAll = {
    message: toMessage(message),
    targets: options.clientIds === undefined ? undefined : { clientIds: list("clientIds", options.clientIds) },
    excludeClientIds: list("exclude", options.exclude ?? []),
    confirm: confirm(options),
  };
  return { command: { $case: "sendToAll", sendToAll } };
}

/** Sends a message to every client bound to one of the uids. */
export function sendToUid(uids: string | Iterable<string>, message: MessageLike, options?: ToMany): Command {
  const sendToUid = { uids: oneOrMany("uids", uids), message: toMessage(message), confirm: confirm(options) };
  return { command: { $case: "sendToUid", sendToUid } };
}

/** Sends a message to every client in one of the groups. */
export function sendToGroup(
  groups: string | Iterable<string>,
  message: MessageLike,
  options: ToGroups = {},
): Command {
  const sendToGroup = {
    groups: oneOrMany("groups", groups),
    message: toMessage(message),
    excludeClientIds: list("exclude", options.exclude ?? []),
    confirm: confirm(options),
  };
  return { command: { $case: "sendToGroup", sendToGroup } };
}

/** Binds a client to a uid, in place of its former one. */
export function bindUid(clientId: string, uid: string, options?: ToClient): Command {
  return {
    command: { $case: "bindUid", bindUid: { ...named(clientId), uid: text("uid", uid), ...toClient(options) } },
  };
}

/** Takes a client's uid away, whichever it is. */
export function unbindUid(clientId: string, options?: Unbinding): Command {
  const unbindUid = { ...named(clientId), uid: text("uid", options?.uid ?? ""), ...toClient(options) };
  return { command: { $case: "unbindUid", unbindUid } };
}

/** Puts a client into a group. */
export function joinGroup(clientId: string, group: string, options?: ToClient): Command {
  const joinGroup = { ...named(clientId), group: text("group", group), ...toClient(options) };
  return { command: { $case: "joinGroup", joinGroup } };
}

/** Takes a client out of a group. */
export function leaveGroup(clientId: string, group: string, options?: ToClient): Command {
  const leaveGroup = { ...named(clientId), group: text("group", group), ...toClient(options) };
  return { command: { $case: "leaveGroup", leaveGroup } };
}

/** Dissolves a group. */
export function ungroup(group: string, options?: ToMany): Command {
  return { command: { $case: "ungroup", ungroup: { group: text("group", group), confirm: confirm(options) } } };
}

/** Replaces a client's session. */
export function setSession(clientId: string, session: SessionLike, options?: ToClient): Command {
  const setSession = { ...named(clientId), session: toSession(session), ...toClient(options) };
  return { command: { $case: "setSession", setSession } };
}

/** Merges into a client's session. */
export function updateSession(clientId: string, session: SessionLike, options?: ToClient): Command {
  const updateSession = { ...named(clientId), session: toSession(session), ...toClient(options) };
  return { command: { $case: "updateSession", updateSession } };
}

/** Closes a client once what was sent to it has drained, `message` at last. */
export function closeClient(clientId: string, options?: ToClient & LastMessage): Command {
  const closeClient = { ...named(clientId), message: lastMessage(options), ...toClient(options) };
  return { command: { $case: "closeClient", closeClient } };
}

/** Closes the client of the event at hand. */
export function closeCurrentClient(options?: ToCurrentClient & LastMessage): Command {
  const closeCurrentClient = { ...toCurrent(options), message: lastMessage(options) };
  return { command: { $case: "closeCurrentClient", closeCurrentClient } };
}

/** Closes a client at once and drops what was not yet sent to it. */
export function destroyClient(clientId: string, options?: ToClient): Command {
  return { command: { $case: "destroyClient", destroyClient: { ...named(clientId), ...toClient(options) } } };
}

/** Destroys the client of the event at hand. */
export function destroyCurrentClient(options?: ToCurrentClient): Command {
  return { command: { $case: "destroyCurrentClient", destroyCurrentClient: toCurrent(options) } };
}

function toClient(options: ToClient | undefined): { generation: string; confirm: Confirm; requireOnline: boolean } {
  return {
    generation: text("generation", options?.generation ?? ""),
    confirm: confirm(options),
    requireOnline: options?.requireOnline ?? false,
  };
}

function toCurrent(options: ToCurrentClient | undefined): ReturnType<typeof toClient> & { clientId: string } {
  return { ...named(options?.clientId ?? ""), ...toClient(options) };
}

function confirm(options: ToMany | undefined): Confirm {
  return options?.confirm ? Confirm.RUN : Confirm.UNSPECIFIED;
}

function lastMessage(options: LastMessage | undefined): ReturnType<typeof toMessage> | undefined {
  return options?.message === undefined ? undefined : toMessage(options.message);
}

function named(clientId: string): { clientId: string } {
  return { clientId: text("clientId", clientId) };
}

/** What is no string is refused here: written to a stream, it would end that, with all that others have in it. */
function text(field: string, value: string): string {
  if (typeof value !== "string") {
    throw invalid(field, `is no string: ${String(value)}`);
  }
  return value;
}

function list(field: string, names: Iterable<string>): string[] {
  if (typeof names === "string") {
    throw invalid(field, "is a string, not a list of them"); // it would be a list of its letters
  }
  return Array.from(names, (name) => text(field, name));
}

function oneOrMany(field: string, names: string | Iterable<string>): string[] {
  return typeof names === "string" ? [names] : list(field, names);
}
