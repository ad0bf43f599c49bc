package io.gatewayd.gatewayworker;

import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;

/** Where code of the package's user runs unless it says otherwise. */
final class Threads {
  /** As many threads as are busy at a time; they hold up no program's end, and end after a minute without work. */
  static final Executor SHARED = Executors.newCachedThreadPool(daemons("gatewayworker-"));

  private Threads() {}

  static ThreadFactory daemons(String prefix) {
    AtomicInteger number = new AtomicInteger();
    return task -> {
      Thread thread = new Thread(task, prefix + number.incrementAndGet());
      thread.setDaemon(true);
      return thread;
    };
  }
}
