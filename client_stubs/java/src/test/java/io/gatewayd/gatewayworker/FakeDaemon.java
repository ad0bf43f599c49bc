package io.gatewayd.gatewayworker;

import com.google.protobuf.ByteString;
import io.gatewayd.gatewayworker.v1.AttachRequest;
import io.gatewayd.gatewayworker.v1.AttachResponse;
import io.gatewayd.gatewayworker.v1.EventBatch;
import io.gatewayd.gatewayworker.v1.EventKind;
import io.gatewayd.gatewayworker.v1.GatewayServiceGrpc;
import io.gatewayd.gatewayworker.v1.GetAllClientCountRequest;
import io.gatewayd.gatewayworker.v1.GetAllClientCountResponse;
import io.gatewayd.gatewayworker.v1.GetSessionRequest;
import io.gatewayd.gatewayworker.v1.GetSessionResponse;
import io.gatewayd.gatewayworker.v1.Hello;
import io.gatewayd.gatewayworker.v1.IsOnlineRequest;
import io.gatewayd.gatewayworker.v1.IsOnlineResponse;
import io.gatewayd.gatewayworker.v1.SendToCurrentClientRequest;
import io.gatewayd.gatewayworker.v1.SendToCurrentClientResponse;
import io.gatewayd.gatewayworker.v1.StreamAllUidListRequest;
import io.gatewayd.gatewayworker.v1.StreamAllUidListResponse;
import io.gatewayd.gatewayworker.v1.WorkerServiceGrpc;
import io.grpc.InsecureServerCredentials;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerCredentials;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/** Answers as a test wants, and keeps what it was asked. */
final class FakeDaemon implements AutoCloseable {
  /** What it does on an open stream. */
  interface Script {
    /** The worker has said hello; it was told welcome. {@code number}: which stream it is, from 1. */
    void begin(int number, StreamObserver<AttachResponse> to);

    /** The worker said something else. */
    default void said(int number, AttachRequest request, StreamObserver<AttachResponse> to) {}
  }

  final List<Metadata> metadata = new CopyOnWriteArrayList<>();
  final List<Hello> hellos = new CopyOnWriteArrayList<>();

  /** All requests but the hellos. */
  final BlockingQueue<AttachRequest> requests = new LinkedBlockingQueue<>();

  volatile Script script = (number, to) -> {};
  volatile Status refusal;
  private final Server server;

  FakeDaemon() {
    this(InsecureServerCredentials.create());
  }

  FakeDaemon(ServerCredentials credentials) {
    try {
      server = NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", 0), credentials)
          .addService(new Gateways())
          .addService(new Workers())
          .intercept(new ServerInterceptor() {
            @Override
            public <Q, A> ServerCall.Listener<Q> interceptCall(
                ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
              metadata.add(headers);
              return next.startCall(call, headers);
            }
          })
          .build()
          .start();
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
  }

  String address() {
    return "127.0.0.1:" + server.getPort();
  }

  AttachRequest nextRequest() throws InterruptedException {
    AttachRequest request = requests.poll(20, TimeUnit.SECONDS);
    if (request == null) {
      throw new AssertionError("the worker said nothing");
    }
    return request;
  }

  /** A batch of messages of one client. */
  static AttachResponse messages(String clientId, long first, String... bodies) {
    return AttachResponse.newBuilder().setEvents(EventBatch.newBuilder().addAllEvents(
        IntStream.range(0, bodies.length).mapToObj(i -> io.gatewayd.gatewayworker.v1.Event.newBuilder()
            .setId(first + i)
            .setKind(EventKind.EVENT_KIND_MESSAGE)
            .setClientId(clientId)
            .setGeneration("g1")
            .setBody(ByteString.copyFromUtf8(bodies[i]))
            .build()).toList())).build();
  }

  @Override
  public void close() {
    server.shutdownNow();
  }

  private final class Workers extends WorkerServiceGrpc.WorkerServiceImplBase {
    @Override
    public StreamObserver<AttachRequest> attach(StreamObserver<AttachResponse> to) {
      return new StreamObserver<>() {
        private int number;

        @Override
        public void onNext(AttachRequest request) {
          if (refusal != null) {
            to.onError(refusal.asRuntimeException());
          } else if (request.hasHello()) {
            hellos.add(request.getHello());
            number = hellos.size();
            to.onNext(AttachResponse.newBuilder()
                .setWelcome(io.gatewayd.gatewayworker.v1.Welcome.newBuilder().setVersion("fake").setWindowEvents(10))
                .build());
            script.begin(number, to);
          } else {
            requests.add(request);
            script.said(number, request, to);
            if (request.hasLeave()) {
              to.onCompleted();
            }
          }
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

  private static final class Gateways extends GatewayServiceGrpc.GatewayServiceImplBase {
    @Override
    public void isOnline(IsOnlineRequest request, StreamObserver<IsOnlineResponse> to) {
      to.onNext(IsOnlineResponse.newBuilder().setOnline(true).build());
      to.onCompleted();
    }

    @Override
    public void getAllClientCount(GetAllClientCountRequest request, StreamObserver<GetAllClientCountResponse> to) {
      // never answered
    }

    @Override
    public void sendToCurrentClient(
        SendToCurrentClientRequest request, StreamObserver<SendToCurrentClientResponse> to) {
      to.onNext(SendToCurrentClientResponse.getDefaultInstance());
      to.onCompleted();
    }

    @Override
    public void streamAllUidList(StreamAllUidListRequest request, StreamObserver<StreamAllUidListResponse> to) {
      to.onNext(StreamAllUidListResponse.newBuilder().addUids("a").addUids("b").build());
      to.onNext(StreamAllUidListResponse.newBuilder().addUids("c")
          .addMissing(io.gatewayd.gatewayworker.v1.GatewayFailure.newBuilder().setGateway("g").setReason("lost")).build());
      to.onCompleted();
    }

    @Override
    public void getSession(GetSessionRequest request, StreamObserver<GetSessionResponse> to) {
      Metadata trailers = new Metadata();
      trailers.put(Errors.REASON, "offline");
      trailers.put(Errors.GATEWAY, "a:1");
      trailers.put(Errors.GATEWAY, "b:2");
      trailers.put(Errors.FIELD, "client_id");
      to.onError(Status.NOT_FOUND.withDescription("client_id is offline").asRuntimeException(trailers));
    }
  }
}
