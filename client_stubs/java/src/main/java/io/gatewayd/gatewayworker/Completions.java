package io.gatewayd.gatewayworker;

import java.lang.System.Logger.Level;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Hands what completes futures to an executor. Those that come thick run in a thread one after the other, so that a future
 * costs no wake-up of its own; one that waits holds up none, for before a task runs another thread is on its way to the rest.
 * Tasks begin in the order in which they came. Safe from any number of threads.
 */
final class Completions implements Executor {
  private static final System.Logger LOG = System.getLogger("gatewayworker");

  /** After so many tasks what else the executor has to do gets its turn. */
  private static final int TASKS_A_TURN = 64;

  private final Executor executor;
  private final Queue<Runnable> ready = new ConcurrentLinkedQueue<>();

  /** A thread was asked for that has not looked into the queue yet. */
  private final AtomicBoolean coming = new AtomicBoolean();

  Completions(Executor executor) {
    this.executor = executor;
  }

  /** Where the executor refuses, it runs in this thread. */
  @Override
  public void execute(Runnable task) {
    ready.add(task);
    if (!oneComes()) {
      runReady();
    }
  }

  /** Returns false where nobody comes, for the executor refuses. */
  private boolean oneComes() {
    if (coming.get() || !coming.compareAndSet(false, true)) {
      return true;
    }
    try {
      executor.execute(this::runReady);
      return true;
    } catch (RejectedExecutionException full) {
      coming.set(false);
      return false;
    }
  }

  private void runReady() {
    coming.set(false); // before the look: who adds after it finds nobody coming
    int turn = 0;
    Runnable task;
    while ((task = ready.poll()) != null) {
      boolean relieved = !ready.isEmpty() && oneComes();
      run(task);
      if (++turn >= TASKS_A_TURN && relieved) {
        return;
      }
    }
  }

  private static void run(Runnable task) {
    try {
      task.run();
    } catch (Throwable error) {
      LOG.log(Level.ERROR, "completing a call failed", error);
    }
  }
}
