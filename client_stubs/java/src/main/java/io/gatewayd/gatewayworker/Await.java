package io.gatewayd.gatewayworker;

import io.grpc.Status;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;

/** Waiting for a call in the thread that made it. In a handler's thread, others take the worker's next events meanwhile. */
final class Await {
  private Await() {}

  /** Waits for a future; throws GatewayException: what it failed with, or CANCELLED where the thread was interrupted. */
  static <T> T result(CompletableFuture<T> call) {
    return call.isDone() ? waitFor(call, call::get) : aside(() -> waitFor(call, call::get));
  }

  /** The same, and runs meanwhile what the call hands to {@code executor}. */
  static <T> T result(CompletableFuture<T> call, InThisThread executor) {
    return aside(() -> waitFor(call, () -> executor.runUntilDone(call)));
  }

  private interface Waiting<T> {
    T result() throws InterruptedException, ExecutionException;
  }

  private interface Part<T> {
    T run();
  }

  private static <T> T aside(Part<T> part) {
    Pump pump = Pump.current();
    if (pump == null) {
      return part.run();
    }
    pump.beginWaiting();
    try {
      return part.run();
    } finally {
      pump.endWaiting();
    }
  }

  private static <T> T waitFor(CompletableFuture<T> call, Waiting<T> waiting) {
    try {
      return waiting.result();
    } catch (InterruptedException error) {
      call.cancel(true);
      Thread.currentThread().interrupt();
      throw Errors.of(Status.Code.CANCELLED, "the thread was interrupted");
    } catch (CancellationException error) {
      throw Errors.of(Status.Code.CANCELLED, "cancelled");
    } catch (ExecutionException error) {
      throw unchecked(error.getCause());
    }
  }

  private static RuntimeException unchecked(Throwable error) {
    if (error instanceof GatewayException failed) {
      return Errors.inCaller(failed);
    }
    if (error instanceof Error serious) {
      throw serious;
    }
    return error instanceof RuntimeException other ? other : new IllegalStateException(error);
  }

  /** Runs what a call gives it in the thread that waits for the call. */
  static final class InThisThread implements Executor {
    private final BlockingQueue<Runnable> tasks = new LinkedBlockingQueue<>();

    @Override
    public void execute(Runnable task) {
      tasks.add(task);
    }

    private <T> T runUntilDone(CompletableFuture<T> call) throws InterruptedException, ExecutionException {
      call.whenComplete((result, error) -> tasks.add(() -> {}));
      while (!call.isDone()) {
        tasks.take().run();
      }
      return call.get();
    }
  }
}
