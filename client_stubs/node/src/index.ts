/**
 * A GatewayWorker cluster from Node, through gatewayd: `Worker` gets what clients do, `Client` calls the Gateway API.
 *
 * ```js
 * import { Worker } from "gatewayworker";
 *
 * const worker = new Worker({ name: "echo" });
 * worker.onMessage((event) => worker.sendToCurrentClient(event.body));
 * await worker.run();
 * ```
 *
 * @packageDocumentation
 */

export { Client, Listing } from "./client.js";
export type { ClientOptions, CommandResult } from "./client.js";
export * as commands from "./commands.js";
export type {
  Command,
  LastMessage,
  ToAll,
  ToClient,
  ToCurrentClient,
  ToGroups,
  ToMany,
  Unbinding,
} from "./commands.js";
export { DEFAULT_ADDRESS } from "./connection.js";
export type { ConnectionOptions, TlsOptions, Token } from "./connection.js";
export {
  DataLossError,
  DeadlineExceededError,
  FailedPreconditionError,
  GatewayError,
  InvalidArgumentError,
  NotFoundError,
  PermissionDeniedError,
  ResourceExhaustedError,
  UnauthenticatedError,
  UnavailableError,
} from "./errors.js";
export type { ErrorDetails, StatusCode } from "./errors.js";
export { currentEvent } from "./event.js";
export type { Event, EventKind, Handshake } from "./event.js";
export type { Handlers } from "./handlers.js";
export type { Logger } from "./logger.js";
export type {
  Answer,
  ClientQuery,
  ClusterQuery,
  Field,
  Partial,
  Queries,
  SelectedClient,
  Selection,
} from "./queries.js";
export type { CallOptions } from "./rpc.js";
export type { StreamCommands } from "./stream-commands.js";
export type { SessionValue } from "./struct.js";
export type { Delivery, GatewayFailure, Message, MessageLike, Name, Session, SessionLike } from "./values.js";
export { Worker } from "./worker.js";
export type { CommandError, ErrorHandler, Handler, Outcome, Welcome, WorkerOptions } from "./worker-options.js";
