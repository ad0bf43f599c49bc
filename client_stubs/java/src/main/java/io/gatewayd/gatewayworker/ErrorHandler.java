package io.gatewayd.gatewayworker;

/** Says what becomes of an event whose handler failed. */
@FunctionalInterface
public interface ErrorHandler {
  /**
   * Called once the error has been logged.
   *
   * @param event whose handler failed
   * @param error what it threw, or its stage failed with
   * @return what becomes of the event
   */
  Outcome failed(Event event, Throwable error);
}
