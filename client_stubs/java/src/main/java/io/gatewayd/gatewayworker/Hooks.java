package io.gatewayd.gatewayworker;

import java.lang.System.Logger.Level;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/** Calls a worker's hooks, one after the other, in a thread that may wait. */
final class Hooks {
  private static final System.Logger LOG = System.getLogger("gatewayworker");

  private final String name;
  private final Executor executor;
  private CompletableFuture<Void> last = CompletableFuture.completedFuture(null);

  Hooks(String name, Executor executor) {
    this.name = name;
    this.executor = executor;
  }

  /** {@code then} is called after the hook, whatever became of it. */
  synchronized void run(String what, Runnable hook, Runnable then) {
    last = last.thenRunAsync(() -> {
      try {
        hook.run();
      } catch (Throwable error) {
        LOG.log(Level.ERROR, name + ": " + what + " failed", error);
      }
      then.run();
    }, executor).exceptionally(error -> null);
  }
}
