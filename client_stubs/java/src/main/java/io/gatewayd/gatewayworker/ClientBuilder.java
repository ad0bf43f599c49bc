package io.gatewayd.gatewayworker;

import io.grpc.Channel;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/** The options of a new {@link Client}; each has a default. */
public final class ClientBuilder {
  private String address;
  private Duration timeout = Duration.ofSeconds(10);
  private Tls tls;
  private Supplier<String> token;
  private int maxMessageBytes = Connection.DEFAULT_MAX_MESSAGE_BYTES;
  private Channel channel;
  private Executor executor = Threads.SHARED;

  ClientBuilder() {}

  /**
   * Where the daemon is.
   *
   * @param address {@code host:port} or {@code unix:/path}; else {@code GATEWAYD_ADDRESS}, else 127.0.0.1:50051
   * @return this
   */
  public ClientBuilder address(String address) {
    this.address = address;
    return this;
  }

  /**
   * How long a call may take that says nothing else.
   *
   * @param timeout null: no limit; 10 s
   * @return this
   */
  public ClientBuilder timeout(Duration timeout) {
    this.timeout = timeout;
    return this;
  }

  /**
   * Speaks TLS.
   *
   * @param tls authorities and certificate; without this call: no TLS
   * @return this
   */
  public ClientBuilder tls(Tls tls) {
    this.tls = tls;
    return this;
  }

  /**
   * Shows a bearer token.
   *
   * @param token always the same
   * @return this
   */
  public ClientBuilder token(String token) {
    Objects.requireNonNull(token);
    return token(() -> token);
  }

  /**
   * Shows a bearer token that is asked for at each call, in the thread that makes the call.
   *
   * @param token gives the one that is valid now; what it throws is the call's error
   * @return this
   */
  public ClientBuilder token(Supplier<String> token) {
    this.token = token;
    return this;
  }

  /**
   * The largest answer.
   *
   * @param bytes 4 MiB, and no less
   * @return this
   */
  public ClientBuilder maxMessageBytes(int bytes) {
    this.maxMessageBytes = bytes;
    return this;
  }

  /**
   * Uses a channel that is there already; address, TLS and maxMessageBytes are its own. {@link Client#close} leaves it open.
   *
   * @param channel to the daemon
   * @return this
   */
  public ClientBuilder channel(Channel channel) {
    this.channel = channel;
    return this;
  }

  /**
   * Where the futures of {@link Client#async} complete.
   *
   * @param executor threads of the package's own, as many as are busy at a time
   * @return this
   */
  public ClientBuilder executor(Executor executor) {
    this.executor = Objects.requireNonNull(executor);
    return this;
  }

  /**
   * A client with these options. It connects with the first call.
   *
   * @return to be closed
   */
  public Client build() {
    Connection connection = channel != null
        ? Connection.on(channel, token)
        : Connection.open(
            Connection.addressOf(address, System.getenv("GATEWAYD_ADDRESS")), tls, token, maxMessageBytes);
    return new Client(connection, timeout, executor);
  }
}
