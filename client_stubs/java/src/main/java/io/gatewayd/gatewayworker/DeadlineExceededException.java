package io.gatewayd.gatewayworker;

/** The time was up. Of a command with {@link Option#confirm} or {@link Option#requireOnline}: unknown whether it ran. */
public final class DeadlineExceededException extends GatewayException {
  private static final long serialVersionUID = 1;

  DeadlineExceededException(Details details, Throwable cause) {
    super(details, cause);
  }
}
