package io.gatewayd.gatewayworker;

import io.gatewayd.gatewayworker.v1.CommandStatus;
import io.grpc.Status;
import java.util.Optional;

/**
 * What became of one command of a {@link Batch}.
 *
 * @param code OK, or why it failed
 * @param message names field, Gateway and cause; empty where the code is OK
 * @param delivery of commands to many clients
 */
public record CommandResult(Status.Code code, String message, Optional<Delivery> delivery) {
  static CommandResult of(CommandStatus proto) {
    return new CommandResult(
        codeOf(proto.getCode()),
        proto.getMessage(),
        proto.hasDelivery() ? Optional.of(Delivery.of(proto.getDelivery())) : Optional.empty());
  }

  /**
   * Whether it was done.
   *
   * @return true where the code is OK
   */
  public boolean ok() {
    return code == Status.Code.OK;
  }

  /** UNKNOWN where there is no such number. */
  static Status.Code codeOf(int number) {
    return Status.fromCodeValue(number).getCode();
  }
}
