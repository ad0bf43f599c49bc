package io.gatewayd.gatewayworker;

/** What becomes of an event whose handler failed. */
public enum Outcome {
  /** It counts as done. */
  ACK,
  /**
   * The stream ends, and all that is not acknowledged comes again, here or at another worker, marked as redelivered. After
   * {@code --max_deliveries} (5) the daemon gives an event up.
   */
  REDELIVER
}
