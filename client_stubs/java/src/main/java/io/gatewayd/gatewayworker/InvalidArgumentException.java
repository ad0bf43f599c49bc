package io.gatewayd.gatewayworker;

/** A {@link #field field} of the request cannot be. */
public final class InvalidArgumentException extends GatewayException {
  private static final long serialVersionUID = 1;

  InvalidArgumentException(Details details, Throwable cause) {
    super(details, cause);
  }
}
