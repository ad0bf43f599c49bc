import java.lang.management.CompilationMXBean;
import java.lang.management.ManagementFactory;

/** Knows when a JVM has compiled what it runs: a client lives for days and is measured for a second. */
final class Jit {
  private static final int LOOK_MILLISECONDS = 500;

  /** Of compiling within a look, in two looks on end. */
  private static final long QUIET_MILLISECONDS = 50;

  private static final int QUIET_LOOKS = 2;
  private static final int AT_LEAST_LOOKS = 8;
  private static final int AT_MOST_LOOKS = 120;

  private Jit() {}

  /** Returns when what other threads run meanwhile is compiled, and says on stderr how long that took. */
  static void awaitQuiet() throws InterruptedException {
    CompilationMXBean jit = ManagementFactory.getCompilationMXBean();
    long before = jit.getTotalCompilationTime();
    int quiet = 0;
    int looks = 0;
    while (looks < AT_LEAST_LOOKS || (quiet < QUIET_LOOKS && looks < AT_MOST_LOOKS)) {
      Thread.sleep(LOOK_MILLISECONDS);
      long now = jit.getTotalCompilationTime();
      quiet = now - before <= QUIET_MILLISECONDS ? quiet + 1 : 0;
      before = now;
      looks++;
    }
    System.err.printf("warm after %.1f s, %.1f s of them compiling%n", looks * LOOK_MILLISECONDS / 1e3, before / 1e3);
  }
}
