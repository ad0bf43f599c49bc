package io.gatewayd.gatewayworker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The order of handlers, and what they cost. */
@Timeout(30)
class DispatcherTest {
  private final ExecutorService executor = Executors.newCachedThreadPool();
  private Watch watch;
  private Dispatcher dispatcher;
  private final AtomicInteger flushes = new AtomicInteger();

  @AfterEach
  void close() {
    watch.close();
    executor.shutdownNow();
  }

  private void make(Executor on, int concurrency, Predicate<Event> handle) {
    dispatcher = new Dispatcher(new Dispatcher.Work() {
      @Override
      public boolean handle(Event event) {
        return handle.test(event);
      }

      @Override
      public void flush() {
        flushes.incrementAndGet();
      }

      @Override
      public void watch() {
        watch.arm();
      }
    }, on, concurrency);
    watch = new Watch(dispatcher::look);
  }

  /** "a1" is the first one of client a. */
  private static List<Event> events(String... names) {
    return Stream.of(names).map(name -> event(name, null)).toList();
  }

  private static Event event(String name, Attachment attachment) {
    return new Event(io.gatewayd.gatewayworker.v1.Event.newBuilder()
        .setClientId(name.substring(0, 1)).setId(Long.parseLong(name.substring(1))).build(), attachment);
  }

  private static String name(Event event) {
    return event.clientId() + event.id();
  }

  private void finish() throws InterruptedException {
    assertTrue(dispatcher.awaitIdle(Duration.ofSeconds(20)));
  }

  private static void await(CountDownLatch latch) {
    try {
      assertTrue(latch.await(20, TimeUnit.SECONDS));
    } catch (InterruptedException error) {
      throw new AssertionError(error);
    }
  }

  @Test
  void handlersThatFinishAtOnceRunInOrderInOneThread() throws Exception {
    List<String> seen = Collections.synchronizedList(new ArrayList<>());
    Set<Thread> threads = ConcurrentHashMap.newKeySet();
    CountDownLatch all = new CountDownLatch(150);
    make(executor, 1000, event -> {
      seen.add(name(event));
      threads.add(Thread.currentThread());
      all.countDown();
      return true;
    });
    watch.close(); // so that a slow machine starts no second thread
    String[] wanted =
        IntStream.range(0, 50).boxed().flatMap(n -> Stream.of("a" + n, "b" + n, "c" + n)).toArray(String[]::new);
    dispatcher.put(events(wanted));
    await(all);
    finish();
    assertEquals(List.of(wanted), seen);
    assertEquals(1, threads.size());
  }

  @Test
  void oneThatWaitsHoldsUpItsOwnClientAlone() throws Exception {
    CountDownLatch gate = new CountDownLatch(1);
    CountDownLatch others = new CountDownLatch(2);
    CountDownLatch last = new CountDownLatch(1);
    List<String> seen = Collections.synchronizedList(new ArrayList<>());
    make(executor, 1000, event -> {
      if (name(event).equals("a1")) {
        seen.add("a1 begins");
        await(gate);
      }
      seen.add(name(event));
      if (event.clientId().equals("b")) {
        others.countDown();
      } else if (event.clientId().equals("c")) {
        last.countDown();
      }
      return true;
    });
    dispatcher.put(events("a1", "a2", "b1", "a3", "b2"));
    await(others);
    dispatcher.put(events("a4", "c1"));
    await(last);
    assertEquals(List.of("a1 begins"), seen.stream().filter(line -> line.startsWith("a")).toList());
    gate.countDown();
    finish();
    assertEquals(
        List.of("a1 begins", "a1", "a2", "a3", "a4"), seen.stream().filter(line -> line.startsWith("a")).toList());
    assertEquals(List.of("b1", "b2"), seen.stream().filter(line -> line.startsWith("b")).toList());
  }

  @Test
  void oneThatSaysThatItWaitsIsNotWaitedFor() throws Exception {
    CountDownLatch other = new CountDownLatch(1);
    make(executor, 1000, event -> {
      if (event.clientId().equals("b")) {
        other.countDown();
        return true;
      }
      Pump.current().beginWaiting();
      await(other); // and no watch finds it out
      Pump.current().endWaiting();
      return true;
    });
    watch.close();
    dispatcher.put(events("a1", "b1"));
    await(other);
    finish();
  }

  @Test
  void noMoreHandlersRunThanAllowed() throws Exception {
    AtomicInteger running = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    CountDownLatch full = new CountDownLatch(3);
    CountDownLatch all = new CountDownLatch(20);
    CountDownLatch gate = new CountDownLatch(1);
    make(executor, 3, event -> {
      most.accumulateAndGet(running.incrementAndGet(), Math::max);
      full.countDown();
      await(gate);
      running.decrementAndGet();
      all.countDown();
      return true;
    });
    dispatcher.put(IntStream.range(0, 20).mapToObj(n -> event((char) ('a' + n) + "1", null)).toList());
    await(full);
    dispatcher.look();
    dispatcher.look();
    gate.countDown();
    await(all);
    finish();
    assertEquals(3, most.get());
  }

  @Test
  void eventsThatAreSomebodyElsesByNowDoNotRun() throws Exception {
    CountDownLatch gate = new CountDownLatch(1);
    CountDownLatch begun = new CountDownLatch(2);
    List<String> seen = Collections.synchronizedList(new ArrayList<>());
    make(executor, 1000, event -> {
      seen.add(name(event));
      begun.countDown();
      await(gate);
      return true;
    });
    Attachment old = new Attachment(null, null, false);
    dispatcher.put(Stream.of("a1", "a2", "b1").map(name -> event(name, old)).toList());
    await(begun);
    old.breakOff();
    dispatcher.put(events("a2")); // it comes again, on another stream: after the handler that still runs
    gate.countDown();
    finish();
    assertEquals(List.of("a1", "b1", "a2"), seen);
  }

  @Test
  void handlersThatGoOnWithoutAThreadKeepTheOrderToo() throws Exception {
    Map<String, CompletableFuture<Void>> stages = new ConcurrentHashMap<>();
    List<String> seen = Collections.synchronizedList(new ArrayList<>());
    Semaphore begun = new Semaphore(0);
    make(executor, 2, event -> {
      seen.add(name(event));
      CompletableFuture<Void> stage = new CompletableFuture<>();
      stages.put(name(event), stage);
      stage.thenRun(() -> dispatcher.finished(event));
      begun.release();
      return false;
    });
    dispatcher.put(events("a1", "a2", "b1", "c1"));
    begun.acquire(2);
    assertEquals(Set.of("a1", "b1"), Set.copyOf(seen)); // in any order; c1 is one too many
    stages.get("a1").complete(null);
    begun.acquire();
    assertEquals(List.of("a2"), seen.subList(2, seen.size()));
    int before = flushes.get();
    stages.get("b1").complete(null);
    begun.acquire();
    stages.get("a2").complete(null);
    stages.get("c1").complete(null);
    finish();
    assertEquals(List.of("a2", "c1"), seen.subList(2, seen.size()));
    assertTrue(flushes.get() >= before);
  }

  @Test
  void anExecutorThatTakesNothingForNowIsAskedAgain() throws Exception {
    AtomicBoolean taken = new AtomicBoolean();
    CountDownLatch all = new CountDownLatch(1);
    make(task -> {
      if (taken.compareAndSet(false, true)) {
        throw new RejectedExecutionException("full");
      }
      executor.execute(task);
    }, 1000, event -> {
      all.countDown();
      return true;
    });
    dispatcher.put(events("a1"));
    await(all);
    finish();
  }

  @Test
  void cancellingInterruptsWhatRunsAndBeginsNothing() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch interrupted = new CountDownLatch(1);
    List<String> seen = Collections.synchronizedList(new ArrayList<>());
    make(executor, 1000, event -> {
      seen.add(name(event));
      begun.countDown();
      try {
        new CountDownLatch(1).await();
      } catch (InterruptedException error) {
        interrupted.countDown();
      }
      return true;
    });
    dispatcher.put(events("a1", "a2"));
    await(begun);
    assertFalse(dispatcher.awaitIdle(Duration.ZERO));
    dispatcher.cancel();
    dispatcher.put(events("b1"));
    await(interrupted);
    finish();
    assertEquals(List.of("a1"), seen);
  }

  /** Of all kinds of handlers beside each other, each client's in order, one at a time. */
  @Test
  void manyOfAllKindsStayInOrder() throws Exception {
    int clients = 20;
    int each = 300;
    Map<String, Long> last = new ConcurrentHashMap<>();
    Map<String, Boolean> running = new ConcurrentHashMap<>();
    Collection<String> wrong = Collections.synchronizedList(new ArrayList<>());
    CountDownLatch all = new CountDownLatch(clients * each);
    make(executor, 8, event -> {
      if (running.putIfAbsent(event.clientId(), true) != null || last.getOrDefault(event.clientId(), 0L) + 1 != event.id()) {
        wrong.add(name(event));
      }
      last.put(event.clientId(), event.id());
      Runnable over = () -> {
        running.remove(event.clientId());
        all.countDown();
      };
      switch (ThreadLocalRandom.current().nextInt(20)) {
        case 0 -> {
          executor.execute(() -> {
            over.run();
            dispatcher.finished(event);
          });
          return false;
        }
        case 1 -> {
          Pump.current().beginWaiting();
          Thread.yield();
          Pump.current().endWaiting();
        }
        case 2 -> dispatcher.flushSoon();
        default -> { }
      }
      over.run();
      return true;
    });
    for (int n = 1; n <= each; n++) {
      List<Event> batch = new ArrayList<>();
      for (int client = 0; client < clients; client++) {
        batch.add(event((char) ('a' + client) + Integer.toString(n), null));
      }
      dispatcher.put(batch);
    }
    await(all);
    finish();
    assertEquals(List.of(), List.copyOf(wrong));
  }
}
