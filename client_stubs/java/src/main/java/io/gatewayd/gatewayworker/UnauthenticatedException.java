package io.gatewayd.gatewayworker;

/** The daemon wants a token, and this is none that it knows. */
public final class UnauthenticatedException extends GatewayException {
  private static final long serialVersionUID = 1;

  UnauthenticatedException(Details details, Throwable cause) {
    super(details, cause);
  }
}
