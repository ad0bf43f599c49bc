package io.gatewayd.gatewayworker;

import io.grpc.Status;
import java.util.Optional;

/**
 * A command on a worker's stream that failed. With code OK: one to many clients that did not reach every Gateway.
 *
 * @param eventId the event that it answered; 0: none
 * @param code why
 * @param message names field, Gateway and cause
 * @param delivery of commands to many clients
 */
public record CommandError(long eventId, Status.Code code, String message, Optional<Delivery> delivery) {
  static CommandError of(io.gatewayd.gatewayworker.v1.CommandError proto) {
    CommandResult status = CommandResult.of(proto.getStatus());
    return new CommandError(proto.getNumber(), status.code(), status.message(), status.delivery());
  }
}
