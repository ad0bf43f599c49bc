import com.google.protobuf.ByteString;
import io.gatewayd.gatewayworker.WorkerBuilder;
import io.gatewayd.gatewayworker.v1.AttachRequest;
import io.gatewayd.gatewayworker.v1.AttachResponse;
import io.gatewayd.gatewayworker.v1.Event;
import io.gatewayd.gatewayworker.v1.EventBatch;
import io.gatewayd.gatewayworker.v1.EventKind;
import io.gatewayd.gatewayworker.v1.Welcome;
import io.gatewayd.gatewayworker.v1.WorkerServiceGrpc;
import io.grpc.InsecureServerCredentials;
import io.grpc.Server;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * A worker lives for days and is measured for a second, which is how long a JVM takes to compile it: so it works on a server
 * within this process first.
 */
final class WarmUp extends WorkerServiceGrpc.WorkerServiceImplBase {
  private static final int BATCH = 40;
  private static final int CLIENTS = 50;

  private final ByteString body;
  private final CompletableFuture<Void> over = new CompletableFuture<>();
  private volatile boolean ending;

  private WarmUp(byte[] body) {
    this.body = ByteString.copyFrom(body);
  }

  /** {@code worker}: without an address. */
  static void run(WorkerBuilder worker, byte[] body) {
    WarmUp service = new WarmUp(body);
    Server server = null;
    try {
      server = NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", 0), InsecureServerCredentials.create())
          .addService(service).build().start();
      var warmed = worker.address("127.0.0.1:" + server.getPort()).build();
      var served = warmed.start();
      Jit.awaitQuiet();
      service.ending = true;
      service.over.get(60, TimeUnit.SECONDS);
      warmed.stop();
      served.get(60, TimeUnit.SECONDS);
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    } catch (Exception error) {
      throw new IllegalStateException("the warm-up failed", error);
    } finally {
      if (server != null) {
        server.shutdownNow();
      }
    }
  }

  @Override
  public StreamObserver<AttachRequest> attach(StreamObserver<AttachResponse> to) {
    return new StreamObserver<>() {
      private long said;
      private long newest;

      @Override
      public void onNext(AttachRequest request) {
        if (request.hasHello()) {
          to.onNext(AttachResponse.newBuilder().setWelcome(Welcome.newBuilder().setVersion("warm-up")).build());
          send();
        }
        said += request.getCommandsCount();
        if (ending) {
          over.complete(null);
        } else if (said == newest && newest > 0) {
          send();
        }
        if (request.hasLeave()) {
          to.onCompleted();
        }
      }

      private void send() {
        EventBatch.Builder events = EventBatch.newBuilder();
        for (int i = 0; i < BATCH; i++) {
          newest++;
          events.addEvents(Event.newBuilder()
              .setId(newest)
              .setKind(EventKind.EVENT_KIND_MESSAGE)
              .setClientId(String.format("7f0000010b54%08x", newest % CLIENTS))
              .setGeneration("generation")
              .setBody(body));
        }
        to.onNext(AttachResponse.newBuilder().setEvents(events).build());
      }

      @Override
      public void onError(Throwable error) {}

      @Override
      public void onCompleted() {
        to.onCompleted();
      }
    };
  }
}
