package io.gatewayd.gatewayworker;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ChannelCredentials;
import io.grpc.ClientCall;
import io.grpc.ConnectivityState;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.ManagedChannelRegistry;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/** Where the daemon is and how it is spoken to: address, TLS, token, and the current client in the metadata of calls. */
final class Connection implements AutoCloseable {
  static final String DEFAULT_ADDRESS = "127.0.0.1:50051";

  /** What gRPC takes in one message unless it is told otherwise. */
  static final int DEFAULT_MAX_MESSAGE_BYTES = 4 * 1024 * 1024;

  static final Metadata.Key<String> AUTHORIZATION = key("authorization");
  static final Metadata.Key<String> CLIENT_ID = key("gateway-client-id");
  static final Metadata.Key<String> GENERATION = key("gateway-generation");

  /** How soon after a connection failed the next call tries again. gRPC's own pause grows to two minutes. */
  private static final long AGAIN_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private final Channel channel;
  private final ManagedChannel own;
  private final Supplier<String> token;
  private final AtomicLong triedAgain = new AtomicLong(System.nanoTime() - AGAIN_NANOS);

  private Connection(Channel channel, ManagedChannel own, Supplier<String> token) {
    this.channel = channel;
    this.own = own;
    this.token = token;
  }

  /** {@code token}: asked for each call; null: none. Answers are worked on in the thread that has read them. */
  static Connection open(String address, Tls tls, Supplier<String> token, long maxMessageBytes) {
    ChannelCredentials credentials = tls == null ? InsecureChannelCredentials.create() : tls.credentials();
    ManagedChannelBuilder<?> builder = builder(address, credentials)
        .maxInboundMessageSize((int) Math.min(Math.max(maxMessageBytes, DEFAULT_MAX_MESSAGE_BYTES), Integer.MAX_VALUE))
        .directExecutor();
    if (tls != null) {
      tls.serverName().ifPresent(builder::overrideAuthority);
    }
    ManagedChannel channel = builder.build();
    return new Connection(channel, channel, token);
  }

  private static ManagedChannelBuilder<?> builder(String address, ChannelCredentials credentials) {
    try {
      return Grpc.newChannelBuilder(address, credentials);
    } catch (ManagedChannelRegistry.ProviderNotFoundException error) { // what is wrong with TLS comes as this too
      throw new IllegalArgumentException(address + " cannot be connected to: " + error.getMessage(), error);
    }
  }

  /** On a channel that is there already, and stays. */
  static Connection on(Channel channel, Supplier<String> token) {
    return new Connection(channel, null, token);
  }

  /** {@code host:port} or {@code unix:/path}: the one given, else {@code GATEWAYD_ADDRESS}, else 127.0.0.1:50051. */
  static String addressOf(String given, String environment) {
    if (given != null && !given.isEmpty()) {
      return given;
    }
    return environment == null || environment.isEmpty() ? DEFAULT_ADDRESS : environment;
  }

  <Q, A> ClientCall<Q, A> newCall(MethodDescriptor<Q, A> method, CallOptions options) {
    if (own != null && own.getState(false) == ConnectivityState.TRANSIENT_FAILURE) {
      tryAgain();
    }
    return channel.newCall(method, options);
  }

  /** So that this call waits for a connection of its own, and does not fail with what another one met before. */
  private void tryAgain() {
    long before = triedAgain.get();
    long now = System.nanoTime();
    if (now - before >= AGAIN_NANOS && triedAgain.compareAndSet(before, now)) {
      own.enterIdle();
    }
  }

  /** What a call says beside its request. */
  Metadata metadata() {
    Metadata metadata = new Metadata();
    if (token != null) {
      metadata.put(AUTHORIZATION, "Bearer " + token.get());
    }
    return metadata;
  }

  /** The same, with the client whose event the call answers. */
  Metadata metadataOfCall() {
    Metadata metadata = metadata();
    Event event = Event.currentOrNull();
    if (event != null && !event.clientId().isEmpty()) {
      metadata.put(CLIENT_ID, event.clientId());
      metadata.put(GENERATION, event.generation());
    }
    return metadata;
  }

  /** Ends the connection; calls that are under way fail. */
  @Override
  public void close() {
    if (own != null) {
      own.shutdownNow();
    }
  }

  private static Metadata.Key<String> key(String name) {
    return Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
  }
}
