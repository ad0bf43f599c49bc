package io.gatewayd.gatewayworker;

/** The cluster's dialect cannot do it, or the generation is of another daemon process. */
public final class FailedPreconditionException extends GatewayException {
  private static final long serialVersionUID = 1;

  FailedPreconditionException(Details details, Throwable cause) {
    super(details, cause);
  }
}
