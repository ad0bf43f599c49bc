package io.gatewayd.gatewayworker;

/** Handles events, and may wait for what it needs: its thread is its own until it returns. */
@FunctionalInterface
public interface Handler {
  /**
   * Called for each event. The event is acknowledged when it has returned.
   *
   * @param worker whose event it is
   * @param event what happened
   * @throws Exception is logged and given to the worker's {@code onError}
   */
  void handle(Worker worker, Event event) throws Exception;
}
