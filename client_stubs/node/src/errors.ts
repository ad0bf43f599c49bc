/** What a call can fail with: one class a status, all of them `GatewayError`. */

import { status, type Metadata } from "@grpc/grpc-js";

/** The name of a gRPC status: `"OK"`, `"NOT_FOUND"`… */
export type StatusCode = keyof typeof status;

/** What an error says beside its code and message. */
export interface ErrorDetails {
  /** The field of the request that is at fault. */
  field?: string | undefined;
  /** A word for programs. */
  reason?: string | undefined;
  /** The Gateways concerned. */
  gateways?: readonly string[] | undefined;
  /** What it came from. */
  cause?: unknown;
}

/** A call or a stream that failed. `message` names field, Gateway and cause. */
export class GatewayError extends Error {
  /** The name of the status. Of the subclasses it is always the same one. */
  readonly code: StatusCode;
  /** The field of the request that is at fault, as `INVALID_ARGUMENT` names it. */
  readonly field: string | undefined;
  /**
   * A word for programs: `offline`, `no-link`, `generation-over`, `timeout`…, as gateway_service.proto lists them.
   */
  readonly reason: string | undefined;
  /** The Gateways concerned ("10.0.0.5:2900"). */
  readonly gateways: readonly string[];

  /** Made by the package; `makeError` chooses the class that belongs to a code. */
  constructor(code: StatusCode, message: string, details: ErrorDetails = {}) {
    super(message || code, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = new.target.name;
    this.code = code;
    this.field = details.field;
    this.reason = details.reason;
    this.gateways = details.gateways ?? [];
  }
}

/** `field` of the request cannot be. */
export class InvalidArgumentError extends GatewayError {}

/** The client is offline, its Gateway is no member of the cluster, or its generation is over. */
export class NotFoundError extends GatewayError {}

/** The cluster's dialect cannot do it, or the generation is of another daemon process. */
export class FailedPreconditionError extends GatewayError {}

/** No daemon, or no link to a Gateway. A command to one client was not sent: try again. */
export class UnavailableError extends GatewayError {}

/** A buffer is full or a message too large. Nothing was sent. */
export class ResourceExhaustedError extends GatewayError {}

/** The time was up. Of a command with `confirm` or `requireOnline`: unknown whether it ran. */
export class DeadlineExceededError extends GatewayError {}

/** A Gateway answered nonsense. */
export class DataLossError extends GatewayError {}

/** The daemon wants a token, and this is none that it knows. */
export class UnauthenticatedError extends GatewayError {}

/** The token does not allow this call. */
export class PermissionDeniedError extends GatewayError {}

const CLASSES: Partial<Record<StatusCode, typeof GatewayError>> = {
  INVALID_ARGUMENT: InvalidArgumentError,
  NOT_FOUND: NotFoundError,
  FAILED_PRECONDITION: FailedPreconditionError,
  UNAVAILABLE: UnavailableError,
  RESOURCE_EXHAUSTED: ResourceExhaustedError,
  DEADLINE_EXCEEDED: DeadlineExceededError,
  DATA_LOSS: DataLossError,
  UNAUTHENTICATED: UnauthenticatedError,
  PERMISSION_DENIED: PermissionDeniedError,
};

/** An error of the class that belongs to the code. */
export function makeError(code: StatusCode, message: string, details?: ErrorDetails): GatewayError {
  return new (CLASSES[code] ?? GatewayError)(code, message, details);
}

/** What this side refuses itself, because the daemon could not see that it is wrong. */
export function invalid(field: string, problem: string): GatewayError {
  return makeError("INVALID_ARGUMENT", `${field} ${problem}`, { field });
}

/** The name of a google.rpc.Code; UNKNOWN where there is no such number. */
export function statusName(code: number): StatusCode {
  return (status[code] as StatusCode | undefined) ?? "UNKNOWN";
}

/** The error of a status, with what its trailing metadata says. */
export function fromStatus(ended: { code: number; details: string; metadata?: Metadata }): GatewayError {
  const said = (key: string): string[] => (ended.metadata?.get(`gatewayd-${key}`) ?? []).map(String);
  return makeError(statusName(ended.code), ended.details, {
    field: said("field")[0],
    reason: said("reason")[0],
    gateways: said("gateway").flatMap((values) => values.split(", ")), // Node has joined what came under one key
  });
}
