package io.gatewayd.gatewayworker;

/** A Gateway answered nonsense, or with what does not fit the result's type. */
public final class DataLossException extends GatewayException {
  private static final long serialVersionUID = 1;

  DataLossException(Details details, Throwable cause) {
    super(details, cause);
  }
}
