package io.gatewayd.gatewayworker;

import io.grpc.Context;
import java.lang.System.Logger.Level;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/** Runs the handler of an event with the event as the current one, and sees to what becomes of it. */
final class HandlerRunner {
  private static final System.Logger LOG = System.getLogger("gatewayworker");

  private final Worker worker;
  private final WorkerBuilder options;
  private final Consumer<Event> finished;

  /** {@code finished} is told of events whose handler went on without a thread, when it is over. */
  HandlerRunner(Worker worker, WorkerBuilder options, Consumer<Event> finished) {
    this.worker = worker;
    this.options = options;
    this.finished = finished;
  }

  /** Returns whether the handler is over. */
  boolean handle(Event event) {
    Context context = event.asContext();
    Context before = context.attach();
    try {
      CompletionStage<?> stage = options.handlers[event.kindNumber()].handle(worker, event);
      if (stage != null && !isDone(stage)) {
        stage.whenComplete((result, error) -> completed(event, context, error));
        return false;
      }
      event.attachment().done(event);
    } catch (Throwable error) {
      failed(event, error);
    } finally {
      context.detach(before);
    }
    return true;
  }

  /** Throws what it failed with. */
  private static boolean isDone(CompletionStage<?> stage) throws Throwable {
    if (!(stage instanceof CompletableFuture<?> future) || !future.isDone()) {
      return false;
    }
    try {
      future.join();
    } catch (CompletionException error) {
      throw causeOf(error);
    }
    return true;
  }

  private void completed(Event event, Context context, Throwable error) {
    try {
      if (error == null) {
        event.attachment().done(event);
      } else {
        context.run(() -> failed(event, causeOf(error)));
      }
    } finally {
      finished.accept(event);
    }
  }

  private static Throwable causeOf(Throwable error) {
    return error instanceof CompletionException && error.getCause() != null ? error.getCause() : error;
  }

  private void failed(Event event, Throwable error) {
    LOG.log(Level.ERROR, options.name + ": handling " + event + " failed", error);
    Outcome outcome = Outcome.ACK;
    try {
      outcome = options.onError.failed(event, error);
    } catch (Throwable second) {
      LOG.log(Level.ERROR, options.name + ": onError failed; the event counts as done", second);
    }
    if (outcome == Outcome.REDELIVER && !options.ackOnSend) {
      event.attachment().breakOff();
    } else {
      event.attachment().done(event);
    }
  }
}
