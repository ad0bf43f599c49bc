package io.gatewayd.gatewayworker;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** How long a worker waits. */
class BackoffTest {
  @Test
  void thePauseDoublesUpToTheLongestAndStartsAnew() {
    Backoff backoff = new Backoff(Duration.ofMillis(100), Duration.ofSeconds(5), () -> 1);
    assertEquals(
        List.of(100L, 200L, 400L, 800L, 1600L, 3200L, 5000L, 5000L),
        Stream.generate(backoff::pause).limit(8).map(Duration::toMillis).toList());
    backoff.reset();
    assertEquals(Duration.ofMillis(100), backoff.pause());
  }

  @Test
  void chanceTakesUpToAHalf() {
    assertEquals(Duration.ofMillis(50), new Backoff(Duration.ofMillis(100), Duration.ofSeconds(5), () -> 0).pause());
  }
}
