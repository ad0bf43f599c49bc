package io.gatewayd.gatewayworker;

import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;

/** Looks each millisecond for as long as there is something to look at. While there is nothing, it sleeps. */
final class Watch implements AutoCloseable {
  private static final int OFF = 0;
  private static final int ON = 1;
  private static final int ASKED_AGAIN = 2;

  private final AtomicInteger state = new AtomicInteger(OFF);
  private final ScheduledThreadPoolExecutor timer =
      new ScheduledThreadPoolExecutor(1, Threads.daemons("gatewayworker-watch-"));
  private final BooleanSupplier look;

  /** {@code look} does not throw, and returns whether to look again. */
  Watch(BooleanSupplier look) {
    this.look = look;
  }

  /** Looks in a millisecond, and from then on while there is something. */
  void arm() {
    if (state.get() != ASKED_AGAIN && state.getAndSet(ASKED_AGAIN) == OFF) {
      schedule();
    }
  }

  private void tick() {
    state.set(ON);
    if (look.getAsBoolean() || !state.compareAndSet(ON, OFF)) {
      schedule();
    }
  }

  private void schedule() {
    try {
      timer.schedule(this::tick, 1, TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException closed) {
      state.set(OFF);
    }
  }

  @Override
  public void close() {
    timer.shutdownNow();
  }
}
