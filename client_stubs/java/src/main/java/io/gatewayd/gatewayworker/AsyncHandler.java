package io.gatewayd.gatewayworker;

import java.util.concurrent.CompletionStage;

/** Handles events without a thread that waits. */
@FunctionalInterface
public interface AsyncHandler {
  /**
   * Called for each event.
   *
   * @param worker whose event it is
   * @param event what happened
   * @return the event is acknowledged when this is complete; null: it is by now
   * @throws Exception as a stage that fails: it is logged and given to the worker's {@code onError}
   */
  CompletionStage<?> handle(Worker worker, Event event) throws Exception;
}
