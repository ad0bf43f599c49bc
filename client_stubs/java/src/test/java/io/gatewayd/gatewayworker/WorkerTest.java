package io.gatewayd.gatewayworker;

import static io.gatewayd.gatewayworker.FakeDaemon.messages;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gatewayd.gatewayworker.v1.AckMode;
import io.gatewayd.gatewayworker.v1.AttachRequest;
import io.gatewayd.gatewayworker.v1.AttachResponse;
import io.gatewayd.gatewayworker.v1.EventKind;
import io.gatewayd.gatewayworker.v1.Hello;
import io.gatewayd.gatewayworker.v1.LeaveMode;
import io.gatewayd.gatewayworker.v1.NumberedCommand;
import io.gatewayd.gatewayworker.v1.Synced;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A Worker on a daemon that does as a test wants. What it does on a real one: ../../conformance. */
@Timeout(60)
class WorkerTest {
  private final FakeDaemon daemon = new FakeDaemon();
  private Worker worker;
  private CompletableFuture<Void> served;

  @AfterEach
  void close() throws Exception {
    if (worker != null) {
      worker.stop();
      served.handle((nothing, error) -> nothing).get(20, TimeUnit.SECONDS);
    }
    daemon.close();
  }

  private WorkerBuilder builder() {
    return Worker.builder().address(daemon.address()).backoff(Duration.ofMillis(1), Duration.ofMillis(2));
  }

  private WorkerBuilder echo() {
    return builder().onMessage((worker, event) -> worker.sendToCurrentClient(event.body()));
  }

  private void serve(WorkerBuilder builder) {
    worker = builder.build();
    served = worker.start();
  }

  private void stop() throws Exception {
    worker.stop();
    served.get(20, TimeUnit.SECONDS);
  }

  private static List<String> bodies(AttachRequest request) {
    return request.getCommandsList().stream()
        .map(command -> command.getCommand().getSendToCurrentClient().getMessage().getData().toStringUtf8()).toList();
  }

  private static void await(CountDownLatch latch) throws InterruptedException {
    assertTrue(latch.await(20, TimeUnit.SECONDS));
  }

  @Test
  void theHelloSaysWhatIsWanted() throws Exception {
    CountDownLatch attached = new CountDownLatch(1);
    serve(builder().windowEvents(5).windowBytes(6).maxMessageBytes(100_000).sessionMode(SessionMode.RAW)
        .sessionFreshness(SessionFreshness.AS_SENT).ackOnSend(true).token("t").onAttached(welcome -> attached.countDown())
        .onConnect((worker, event) -> {}).onCloseAsync((worker, event) -> null));
    await(attached);
    Hello hello = daemon.hellos.get(0);
    assertEquals("workertest", hello.getWorkerName());
    assertEquals(List.of(EventKind.EVENT_KIND_CONNECT, EventKind.EVENT_KIND_CLOSE), hello.getKindsList());
    assertEquals(5, hello.getWindowEvents());
    assertEquals(6, hello.getWindowBytes());
    assertEquals(100_000, hello.getMaxMessageBytes());
    assertEquals(AckMode.ACK_MODE_ON_SEND, hello.getAckMode());
    assertEquals(io.gatewayd.gatewayworker.v1.SessionMode.SESSION_MODE_RAW, hello.getSessionMode());
    assertEquals(
        io.gatewayd.gatewayworker.v1.SessionFreshness.SESSION_FRESHNESS_AS_SENT, hello.getSessionFreshness());
    assertEquals("Bearer t", daemon.metadata.get(0).get(Connection.AUTHORIZATION));
  }

  @Test
  void whatIsDoneGoesBackInOrderAndLeavesLast() throws Exception {
    String[] bodies = IntStream.range(0, 200).mapToObj(Integer::toString).toArray(String[]::new);
    daemon.script = (number, to) -> to.onNext(messages("c1", 1, bodies));
    serve(echo());
    List<String> said = new ArrayList<>();
    int requests = 0;
    AttachRequest request;
    do {
      request = daemon.nextRequest();
      requests++;
      said.addAll(bodies(request));
      for (NumberedCommand command : request.getCommandsList()) {
        assertEquals(command.getNumber(), command.getEventId());
      }
    } while (request.getAcks().getUpTo() != 200);
    assertEquals(Arrays.asList(bodies), said);
    assertTrue(requests < 100, requests + " requests for one batch");
    stop();
    assertEquals(LeaveMode.LEAVE_MODE_CLOSE_LINKS, daemon.nextRequest().getLeave().getMode());
  }

  @Test
  void onlyWhatIsDoneIsAcknowledged() throws Exception {
    CountDownLatch gate = new CountDownLatch(1);
    daemon.script = (number, to) -> {
      to.onNext(messages("slow", 1, "1"));
      to.onNext(messages("c1", 2, "2", "3"));
    };
    serve(builder().keepLinks(true).onMessage((worker, event) -> {
      if (event.clientId().equals("slow")) {
        await(gate);
      }
    }));
    List<Long> acked = new ArrayList<>();
    while (acked.size() < 2) {
      AttachRequest request = daemon.nextRequest();
      assertEquals(0, request.getAcks().getUpTo());
      acked.addAll(request.getAcks().getIdsList());
    }
    assertEquals(List.of(2L, 3L), acked);
    gate.countDown();
    assertEquals(3, daemon.nextRequest().getAcks().getUpTo());
    stop();
    assertEquals(LeaveMode.LEAVE_MODE_KEEP_LINKS, daemon.nextRequest().getLeave().getMode());
  }

  /** And what it said before it began to wait has gone out. */
  @Test
  void theCurrentClientIsInTheMetadataOfCallsOfItsHandlerAlone() throws Exception {
    AtomicReference<Optional<Event>> current = new AtomicReference<>();
    AtomicReference<Optional<Event>> later = new AtomicReference<>();
    daemon.script = (number, to) -> to.onNext(messages("7f", 1, "1"));
    serve(builder().onMessageAsync((worker, event) -> {
      current.set(Event.current());
      worker.client().sendToCurrentClient("hi");
      return worker.client().async().isOnline("x").thenAccept(online -> {
        later.set(Event.current());
        worker.sendToCurrentClient("and again");
      });
    }));
    AttachRequest request = daemon.nextRequest();
    assertEquals(1, request.getCommands(0).getEventId());
    assertEquals("7f", current.get().orElseThrow().clientId());
    assertSame(current.get().orElseThrow(), later.get().orElseThrow());
    assertEquals(Optional.empty(), Event.current());
    worker.client().isOnline("x");
    assertEquals(
        Arrays.asList(null, "7f g1", "7f g1", null),
        daemon.metadata.stream().map(metadata -> metadata.get(Connection.CLIENT_ID) == null
            ? null
            : metadata.get(Connection.CLIENT_ID) + " " + metadata.get(Connection.GENERATION)).toList());
  }

  @Test
  void aTaskThatOutlivesItsEventNamesTheClientItself() throws Exception {
    CompletableFuture<Void> late = new CompletableFuture<>();
    daemon.script = (number, to) -> to.onNext(messages("7f", 1, "1"));
    serve(builder().onMessage((worker, event) -> {
      Executor within = io.grpc.Context.current().fixedContextExecutor(Runnable::run);
      late.thenRunAsync(() -> worker.sendToCurrentClient("late"), within);
    }));
    assertEquals(1, daemon.nextRequest().getAcks().getUpTo());
    late.complete(null);
    NumberedCommand command = daemon.nextRequest().getCommands(0);
    assertEquals(0, command.getEventId());
    assertEquals("7f", command.getCommand().getSendToCurrentClient().getClientId());
    assertEquals("g1", command.getCommand().getSendToCurrentClient().getGeneration());
  }

  @Test
  void whatAHandlerSaysGoesOutThoughItGoesOn() throws Exception {
    CountDownLatch gate = new CountDownLatch(1);
    daemon.script = (number, to) -> to.onNext(messages("c", 1, "1"));
    serve(builder().onMessage((worker, event) -> {
      worker.sendToCurrentClient("I have begun".getBytes());
      await(gate);
      worker.sendToCurrentClient("and end".getBytes());
    }));
    assertEquals(List.of("I have begun"), bodies(daemon.nextRequest()));
    gate.countDown();
    AttachRequest last = daemon.nextRequest();
    assertEquals(List.of("and end"), bodies(last));
  }

  @Test
  void itAttachesAgainAfterAPause() throws Exception {
    CountDownLatch enough = new CountDownLatch(1);
    AtomicInteger attached = new AtomicInteger();
    daemon.script = (number, to) -> {
      if (number < 4) {
        to.onError(Status.UNAVAILABLE.withDescription("going").asRuntimeException());
      } else {
        enough.countDown();
      }
    };
    serve(echo().onAttached(welcome -> attached.incrementAndGet()));
    await(enough);
    stop();
    assertEquals(4, daemon.hellos.size());
  }

  @Test
  void whatTryingAgainDoesNotHealIsThrown() {
    daemon.refusal = Status.INVALID_ARGUMENT.withDescription("hello.kinds");
    InvalidArgumentException error = assertThrows(InvalidArgumentException.class, () -> echo().build().serve());
    assertEquals("hello.kinds", error.getMessage());
  }

  @Test
  void redeliverySaysWhatIsDoneAndAttachesAgain() throws Exception {
    daemon.script = (number, to) -> to.onNext(number == 1 ? messages("c", 1, "good", "bad", "never") : messages("c", 1, "bad"));
    AtomicInteger failed = new AtomicInteger();
    serve(builder().onError((event, error) -> Outcome.REDELIVER).onMessage((worker, event) -> {
      if (event.text().equals("bad") && failed.getAndIncrement() == 0) {
        worker.sendToCurrentClient("not said");
        throw new IllegalStateException("bad");
      }
      worker.sendToCurrentClient(event.body());
    }));
    AttachRequest first = daemon.nextRequest();
    assertEquals("good", bodies(first).get(0));
    assertEquals(List.of(1L), first.getAcks().getIdsList());
    AttachRequest second = daemon.nextRequest();
    assertEquals(List.of("bad"), bodies(second));
    assertEquals(1, second.getAcks().getUpTo());
    assertEquals(2, daemon.hellos.size());
  }

  @Test
  void whatAHandlerSaysToAStreamThatHasEndedIsDropped() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch gate = new CountDownLatch(1);
    CountDownLatch again = new CountDownLatch(1);
    AtomicReference<StreamObserver<AttachResponse>> stream = new AtomicReference<>();
    daemon.script = (number, to) -> {
      stream.set(to);
      to.onNext(messages("c", 1, number == 1 ? "lost" : "kept"));
      if (number == 2) {
        again.countDown();
      }
    };
    serve(builder().onMessage((worker, event) -> {
      if (event.text().equals("lost")) {
        begun.countDown();
        await(gate);
      }
      worker.sendToCurrentClient(event.body());
    }));
    await(begun);
    stream.get().onError(Status.UNAVAILABLE.asRuntimeException());
    await(again);
    gate.countDown();
    AttachRequest request = daemon.nextRequest(); // of the second event, behind the handler of the first
    assertEquals(List.of("kept"), bodies(request));
    assertEquals(1, request.getAcks().getUpTo());
  }

  @Test
  void errorsOfEveryKindOfHandlerAreGivenToTheHook() throws Exception {
    List<String> seen = new ArrayList<>();
    CountDownLatch all = new CountDownLatch(4);
    daemon.script = (number, to) -> to.onNext(messages("c", 1, "throws", "failed", "fails later", "hook"));
    serve(builder().onError((event, error) -> {
      seen.add(event.text() + ": " + error.getMessage());
      all.countDown();
      if (event.text().equals("hook")) {
        throw new IllegalStateException("the hook fails too");
      }
      return Outcome.ACK;
    }).onMessageAsync((worker, event) -> switch (event.text()) {
      case "throws" -> throw new java.io.IOException("1");
      case "failed" -> CompletableFuture.failedFuture(new IllegalStateException("2"));
      case "fails later" -> CompletableFuture.supplyAsync(() -> {
        throw new IllegalStateException("3");
      });
      default -> throw new AssertionError("4");
    }));
    await(all);
    assertEquals(List.of("throws: 1", "failed: 2", "fails later: 3", "hook: 4"), seen);
    AttachRequest request;
    do {
      request = daemon.nextRequest();
    } while (request.getAcks().getUpTo() != 4);
  }

  @Test
  void syncReturnsWhoIsNotKnownAndFailsWithTheStream() throws Exception {
    CountDownLatch attached = new CountDownLatch(1);
    daemon.script = new FakeDaemon.Script() {
      @Override
      public void begin(int number, StreamObserver<AttachResponse> to) {}

      @Override
      public void said(int number, AttachRequest request, StreamObserver<AttachResponse> to) {
        if (request.getSync().getNumber() == 1) {
          to.onNext(AttachResponse.newBuilder().setSynced(Synced.newBuilder().setNumber(1).addUnknown(
              io.gatewayd.gatewayworker.v1.GatewayFailure.newBuilder().setGateway("g").setReason("lost"))).build());
        } else if (request.hasSync()) {
          to.onError(Status.UNAVAILABLE.withDescription("going").asRuntimeException());
        }
      }
    };
    serve(echo().onAttached(welcome -> attached.countDown()));
    await(attached);
    assertEquals(List.of(new GatewayFailure("g", "lost")), worker.sync());
    assertThrows(UnavailableException.class, worker::sync);
  }

  @Test
  void oneThreadIsEnoughForAHandlerThatWaitsForCallsAndSyncs() throws Exception {
    daemon.script = new FakeDaemon.Script() {
      @Override
      public void begin(int number, StreamObserver<AttachResponse> to) {
        to.onNext(messages("c", 1, "1"));
      }

      @Override
      public void said(int number, AttachRequest request, StreamObserver<AttachResponse> to) {
        if (request.hasSync()) {
          to.onNext(AttachResponse.newBuilder().setSynced(
              Synced.newBuilder().setNumber(request.getSync().getNumber())).build());
        }
      }
    };
    var executor = Executors.newSingleThreadExecutor();
    try {
      serve(builder().executor(executor).onMessage((worker, event) -> {
        worker.client().isOnline("x");
        worker.sync();
        worker.sendToCurrentClient("done".getBytes());
      }));
      daemon.nextRequest(); // the sync
      assertEquals(List.of("done"), bodies(daemon.nextRequest()));
    } finally {
      close();
      executor.shutdown();
    }
  }

  @Test
  void stoppingWhileNobodyIsThereEndsAtOnce(@TempDir Path folder) throws Exception {
    serve(echo().address("unix:" + folder.resolve("none.sock")).backoff(Duration.ofHours(1), Duration.ofHours(1)));
    stop();
  }

  @Test
  void stoppingTwiceCutsWhatRuns() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch interrupted = new CountDownLatch(1);
    daemon.script = (number, to) -> to.onNext(messages("c", 1, "1"));
    serve(builder().onMessage((worker, event) -> {
      begun.countDown();
      try {
        new CountDownLatch(1).await();
      } catch (InterruptedException error) {
        interrupted.countDown();
        throw error;
      }
    }));
    await(begun);
    worker.stop();
    worker.stop();
    await(interrupted);
    served.get(20, TimeUnit.SECONDS);
  }

  @Test
  void whereThereIsNoTokenItTriesAgain() throws Exception {
    CountDownLatch attached = new CountDownLatch(1);
    AtomicInteger asked = new AtomicInteger();
    serve(echo().onAttached(welcome -> attached.countDown()).token(() -> {
      if (asked.getAndIncrement() == 0) {
        throw new IllegalStateException("the issuer is away");
      }
      return "t";
    }));
    await(attached);
    assertEquals(2, asked.get());
  }

  @Test
  void outsideOfHandlersItSpeaksOnlyWhileAttached() throws Exception {
    CountDownLatch attached = new CountDownLatch(1);
    worker = echo().onAttached(welcome -> attached.countDown()).build();
    assertThrows(UnavailableException.class, () -> worker.sendToAll("nobody hears this"));
    assertThrows(IllegalStateException.class, worker::client);
    served = worker.start();
    await(attached);
    worker.sendToGroup("g", "hi");
    assertEquals(0, daemon.nextRequest().getCommands(0).getEventId());
    assertThrows(IllegalStateException.class, worker::serve);
    assertFalse(served.isDone());
    stop();
    assertInstanceOf(
        UnavailableException.class,
        assertThrows(CompletionException.class, () -> worker.syncAsync(Duration.ofSeconds(1)).join()).getCause());
  }
}
