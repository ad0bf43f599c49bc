package io.gatewayd.gatewayworker;

/** No daemon, or no link to a Gateway. A command to one client was not sent: try again. */
public final class UnavailableException extends GatewayException {
  private static final long serialVersionUID = 1;

  UnavailableException(Details details, Throwable cause) {
    super(details, cause);
  }
}
