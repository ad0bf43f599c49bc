package io.gatewayd.gatewayworker;

import java.time.Duration;
import java.util.function.DoubleSupplier;

/** How long to wait before attaching again: twice as long each time, less up to a half by chance. */
final class Backoff {
  private final Duration shortest;
  private final Duration longest;
  private final DoubleSupplier chance;
  private Duration next;

  /** {@code chance}: from 0 to 1. */
  Backoff(Duration shortest, Duration longest, DoubleSupplier chance) {
    this.shortest = shortest;
    this.longest = longest;
    this.chance = chance;
    this.next = shortest;
  }

  /** It went well: from the start again. */
  void reset() {
    next = shortest;
  }

  Duration pause() {
    Duration pause = next;
    Duration twice = next.multipliedBy(2);
    next = twice.compareTo(longest) < 0 ? twice : longest;
    return Duration.ofNanos((long) (pause.toNanos() * (0.5 + chance.getAsDouble() / 2)));
  }
}
