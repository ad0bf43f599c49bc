import io.gatewayd.gatewayworker.AsyncClient;
import io.gatewayd.gatewayworker.Client;
import io.gatewayd.gatewayworker.Worker;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;

/**
 * What ./dev bench stubs measures. {@code echo TARGET}: an echo worker that says "attached". {@code calls TARGET CLIENT_ID
 * SECONDS}: SendToClient with 64 in flight, once the JIT is quiet; its last line is JSON.
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
  private final long began = System.nanoTime();
  private volatile boolean ending;

  private Bench(AsyncClient client, String clientId) {
    this.client = client;
    this.clientId = clientId;
  }

  public static void main(String[] arguments) throws InterruptedException {
    if (arguments[0].equals("echo")) {
      echo(arguments[1]);
    } else {
      calls(arguments[1], arguments[2], Double.parseDouble(arguments[3]));
    }
  }

  private static void echo(String target) {
    Worker.builder()
        .name("java")
        .address(target)
        .onAttached(welcome -> System.out.println("attached"))
        .onMessage((worker, event) -> worker.sendToCurrentClient(event.body()))
        .build()
        .run();
  }

  private static void calls(String target, String clientId, double seconds) throws InterruptedException {
    try (Client client = Client.create(target)) {
      new Bench(client.async(), clientId).run(Jit::awaitQuiet);
      Bench bench = new Bench(client.async(), clientId);
      double took = bench.run(() -> Thread.sleep((long) (seconds * 1e3)));
      System.out.println(String.format(
          Locale.ROOT,
          "{\"per_second\": %.1f, \"count\": %d, \"failed\": %d}",
          bench.done.sum() / took,
          bench.done.sum(),
          bench.failed.sum()));
    }
  }

  private interface Waiting {
    void run() throws InterruptedException;
  }

  /** Returns how many seconds it took. */
  private double run(Waiting waiting) throws InterruptedException {
    List<CompletableFuture<Void>> all = Stream.generate(this::oneAfterTheOther).limit(IN_FLIGHT).toList();
    waiting.run();
    ending = true;
    all.forEach(CompletableFuture::join);
    return (System.nanoTime() - began) / 1e9;
  }

  private CompletableFuture<Void> oneAfterTheOther() {
    CompletableFuture<Void> over = new CompletableFuture<>();
    next(over);
    return over;
  }

  private void next(CompletableFuture<Void> over) {
    if (ending) {
      over.complete(null);
      return;
    }
    client.sendToClient(clientId, MESSAGE).whenComplete((nothing, error) -> {
      (error == null ? done : failed).increment();
      next(over);
    });
  }
}
