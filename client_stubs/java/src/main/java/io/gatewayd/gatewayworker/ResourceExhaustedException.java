package io.gatewayd.gatewayworker;

/** A buffer is full or a message too large. Nothing was sent. */
public final class ResourceExhaustedException extends GatewayException {
  private static final long serialVersionUID = 1;

  ResourceExhaustedException(Details details, Throwable cause) {
    super(details, cause);
  }
}
