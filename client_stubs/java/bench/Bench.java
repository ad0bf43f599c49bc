import io.gatewayd.gatewayworker.AsyncClient;
import io.gatewayd.gatewayworker.Client;
import io.gatewayd.gatewayworker.Worker;
import io.gatewayd.gatewayworker.WorkerBuilder;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;

/**
 * What ./dev bench stubs measures. {@code echo TARGET}: an echo worker that says "attached". {@code calls TARGET CLIENT_ID
 * SECONDS}: SendToClient with 64 in flight; its last line is JSON.
 */
public final class Bench {
  private static final int IN_FLIGHT = 64;

  /** A JVM takes so long to compile what it runs. */
  private static final double WARM_UP_SECONDS = 4;

  private static final byte[] MESSAGE = new byte[100];

  static {
    Arrays.fill(MESSAGE, (byte) 'x');
  }

  private final LongAdder done = new LongAdder();
  private final LongAdder failed = new LongAdder();
  private final AsyncClient client;
  private final String clientId;
  private final long began = System.nanoTime();
  private final long ends;

  private Bench(AsyncClient client, String clientId, double seconds) {
    this.client = client;
    this.clientId = clientId;
    this.ends = began + (long) (seconds * 1e9);
  }

  public static void main(String[] arguments) {
    if (arguments[0].equals("echo")) {
      echo(arguments[1]);
    } else {
      calls(arguments[1], arguments[2], Double.parseDouble(arguments[3]));
    }
  }

  private static void echo(String target) {
    WarmUp.run(echo(), MESSAGE, WARM_UP_SECONDS);
    echo().address(target).onAttached(welcome -> System.out.println("attached")).build().run();
  }

  private static WorkerBuilder echo() {
    return Worker.builder().name("java").onMessage((worker, event) -> worker.sendToCurrentClient(event.body()));
  }

  private static void calls(String target, String clientId, double seconds) {
    try (Client client = Client.create(target)) {
      new Bench(client.async(), clientId, WARM_UP_SECONDS).run();
      Bench bench = new Bench(client.async(), clientId, seconds);
      double took = bench.run();
      System.out.println(String.format(
          Locale.ROOT,
          "{\"per_second\": %.1f, \"count\": %d, \"failed\": %d}",
          bench.done.sum() / took,
          bench.done.sum(),
          bench.failed.sum()));
    }
  }

  /** Returns how many seconds it took. */
  private double run() {
    Stream.generate(this::oneAfterTheOther).limit(IN_FLIGHT).toList().forEach(CompletableFuture::join);
    return (System.nanoTime() - began) / 1e9;
  }

  private CompletableFuture<Void> oneAfterTheOther() {
    CompletableFuture<Void> over = new CompletableFuture<>();
    next(over);
    return over;
  }

  private void next(CompletableFuture<Void> over) {
    if (System.nanoTime() >= ends) {
      over.complete(null);
      return;
    }
    client.sendToClient(clientId, MESSAGE).whenComplete((nothing, error) -> {
      (error == null ? done : failed).increment();
      next(over);
    });
  }
}
