package io.gatewayd.gatewayworker;

/** The token does not allow this call. */
public final class PermissionDeniedException extends GatewayException {
  private static final long serialVersionUID = 1;

  PermissionDeniedException(Details details, Throwable cause) {
    super(details, cause);
  }
}
