import io.gatewayd.gatewayworker.Worker;

/** Sends every message back to the client that sent it. */
public final class Echo {
  private Echo() {}

  public static void main(String[] arguments) {
    Worker.builder()
        .onMessage((worker, event) -> worker.sendToCurrentClient(event.body()))
        .build()
        .run();
  }
}
