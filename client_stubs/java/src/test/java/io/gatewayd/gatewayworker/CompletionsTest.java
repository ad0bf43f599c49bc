package io.gatewayd.gatewayworker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Where futures complete, and what that costs. */
@Timeout(30)
class CompletionsTest {
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final Queue<Runnable> asked = new ArrayDeque<>();

  @AfterEach
  void close() {
    threads.shutdownNow();
  }

  private static void await(CountDownLatch latch) {
    try {
      assertTrue(latch.await(20, TimeUnit.SECONDS));
    } catch (InterruptedException error) {
      throw new AssertionError(error);
    }
  }

  @Test
  void thoseThatComeThickRunInOneThreadInTheirOrder() {
    Completions completions = new Completions(asked::add);
    List<Integer> seen = new ArrayList<>();
    for (int n = 0; n < 50; n++) {
      int number = n;
      completions.execute(() -> seen.add(number));
    }
    assertEquals(1, asked.size());
    asked.remove().run();
    assertEquals(IntStream.range(0, 50).boxed().toList(), seen);
    assertEquals(1, asked.size()); // for the rest, had one waited
    asked.remove().run();
    assertTrue(asked.isEmpty());
  }

  @Test
  void oneThatWaitsHoldsUpNone() {
    Completions completions = new Completions(threads);
    CountDownLatch later = new CountDownLatch(2);
    CountDownLatch over = new CountDownLatch(1);
    completions.execute(() -> {
      completions.execute(later::countDown);
      await(later);
      over.countDown();
    });
    completions.execute(later::countDown);
    await(over);
  }

  @Test
  void allOfThemMayWaitForTheLast() {
    Completions completions = new Completions(threads);
    CountDownLatch all = new CountDownLatch(30);
    CountDownLatch over = new CountDownLatch(30);
    for (int n = 0; n < 30; n++) {
      completions.execute(() -> {
        all.countDown();
        await(all);
        over.countDown();
      });
    }
    await(over);
  }

  @Test
  void othersOfTheExecutorGetTheirTurn() {
    Completions completions = new Completions(asked::add);
    List<String> seen = new ArrayList<>();
    for (int n = 0; n < 100; n++) {
      completions.execute(() -> seen.add("completion"));
    }
    asked.add(() -> seen.add("other"));
    while (!asked.isEmpty()) {
      asked.remove().run();
    }
    assertEquals(101, seen.size());
    assertTrue(seen.indexOf("other") < 100);
  }

  @Test
  void whatAnExecutorRefusesRunsAllTheSame() {
    Completions completions = new Completions(task -> {
      throw new RejectedExecutionException("full");
    });
    List<Integer> seen = new ArrayList<>();
    completions.execute(() -> {
      completions.execute(() -> seen.add(2));
      seen.add(1);
    });
    completions.execute(() -> seen.add(3));
    assertEquals(List.of(2, 1, 3), seen);
  }

  @Test
  void oneThatThrowsEndsNoOther() {
    Completions completions = new Completions(asked::add);
    List<Integer> seen = new ArrayList<>();
    completions.execute(() -> {
      throw new AssertionError("of the test");
    });
    completions.execute(() -> seen.add(1));
    asked.remove().run();
    assertEquals(List.of(1), seen);
  }

  /** From many threads at once, none is forgotten. */
  @Test
  void manyFromEverywhere() {
    Completions completions = new Completions(threads);
    int each = 5_000;
    CountDownLatch all = new CountDownLatch(4 * each);
    for (int thread = 0; thread < 4; thread++) {
      threads.execute(() -> {
        for (int n = 0; n < each; n++) {
          completions.execute(all::countDown);
        }
      });
    }
    await(all);
  }
}
