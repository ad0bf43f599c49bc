import io.gatewayd.gatewayworker.AsyncClient;
import io.gatewayd.gatewayworker.Client;
import io.gatewayd.gatewayworker.Worker;
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
  private static final byte[] MESSAGE = new byte[100];

  static {
    Arrays.fill(MESSAGE, (byte) 'x');
  }

  private final LongAdder done = new LongAdder();
  private final LongAdder failed = new LongAdder();
  private final AsyncClient client;
  private final String clientId;
  private final long ends;

  private Bench(AsyncClient client, String clientId, long ends) {
    this.client = client;
    this.clientId = clientId;
    this.ends = ends;
  }

  public static void main(String[] arguments) {
    if (arguments[0].equals("echo")) {
      echo(arguments[1]);
    } else {
      calls(arguments[1], arguments[2], Double.parseDouble(arguments[3]));
    }
  }

  private static void echo(String target) {
    Worker.builder()
        .address(target)
        .name("java")
        .onAttached(welcome -> System.out.println("attached"))
        .onMessage((worker, event) -> worker.sendToCurrentClient(event.body()))
        .build()
        .run();
  }

  private static void calls(String target, String clientId, double seconds) {
    try (Client client = Client.create(target)) {
      long began = System.nanoTime();
      Bench bench = new Bench(client.async(), clientId, began + (long) (seconds * 1e9));
      Stream.generate(bench::oneAfterTheOther).limit(IN_FLIGHT).toList().forEach(CompletableFuture::join);
      double took = (System.nanoTime() - began) / 1e9;
      System.out.println(String.format(
          Locale.ROOT,
          "{\"per_second\": %.1f, \"count\": %d, \"failed\": %d}",
          bench.done.sum() / took,
          bench.done.sum(),
          bench.failed.sum()));
    }
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
