package io.gatewayd.gatewayworker;

/** The client is offline, its Gateway is no member of the cluster, or its generation is over. */
public final class NotFoundException extends GatewayException {
  private static final long serialVersionUID = 1;

  NotFoundException(Details details, Throwable cause) {
    super(details, cause);
  }
}
