package io.gatewayd.gatewayworker;

import io.gatewayd.gatewayworker.v1.AckMode;
import io.gatewayd.gatewayworker.v1.Hello;
import io.gatewayd.gatewayworker.v1.LeaveMode;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/**
 * The options and handlers of a new {@link Worker}. Kinds of events without a handler do not come. Each kind has two forms: a
 * {@link Handler}, whose thread may wait, and an {@link AsyncHandler}, which returns a future.
 */
public final class WorkerBuilder extends WorkerHandlers {
  String address;
  int windowEvents;
  long windowBytes;
  long maxMessageBytes;
  boolean ackOnSend;
  SessionMode sessionMode = SessionMode.DECODED;
  SessionFreshness sessionFreshness = SessionFreshness.FRESH;
  int concurrency = 1000;
  Duration callTimeout = Duration.ofSeconds(10);
  Duration stopTimeout = Duration.ofSeconds(30);
  LeaveMode leaveMode = LeaveMode.LEAVE_MODE_CLOSE_LINKS;
  Duration shortestPause = Duration.ofMillis(100);
  Duration longestPause = Duration.ofSeconds(5);
  Tls tls;
  Supplier<String> token;
  Executor executor = Threads.SHARED;

  WorkerBuilder(String name) {
    super(name);
  }

  /**
   * For people, in logs and views.
   *
   * @param name at most 128 bytes; the name of the class that called {@link Worker#builder}, in lower case
   * @return this
   */
  public WorkerBuilder name(String name) {
    this.name = Objects.requireNonNull(name);
    return this;
  }

  /**
   * Where the daemon is.
   *
   * @param address {@code host:port} or {@code unix:/path}; else {@code GATEWAYD_ADDRESS}, else 127.0.0.1:50051
   * @return this
   */
  public WorkerBuilder address(String address) {
    this.address = address;
    return this;
  }

  /**
   * How many events may be here unacknowledged.
   *
   * @param events at most 100,000; 0: what the daemon thinks good, 1,000
   * @return this
   */
  public WorkerBuilder windowEvents(int events) {
    this.windowEvents = events;
    return this;
  }

  /**
   * How many bytes of events may be here unacknowledged.
   *
   * @param bytes at most 64 MiB; 0: what the daemon thinks good, 8 MiB
   * @return this
   */
  public WorkerBuilder windowBytes(long bytes) {
    this.windowBytes = bytes;
    return this;
  }

  /**
   * Events above it come with {@link Event#bodyOmitted}.
   *
   * @param bytes 0: 4 MiB less 64 KiB
   * @return this
   */
  public WorkerBuilder maxMessageBytes(long bytes) {
    this.maxMessageBytes = bytes;
    return this;
  }

  /**
   * Each event at most once: it counts as done when it is sent, and is lost if this program dies.
   *
   * @param ackOnSend false
   * @return this
   */
  public WorkerBuilder ackOnSend(boolean ackOnSend) {
    this.ackOnSend = ackOnSend;
    return this;
  }

  /**
   * How sessions come with events.
   *
   * @param mode {@link SessionMode#DECODED}
   * @return this
   */
  public WorkerBuilder sessionMode(SessionMode mode) {
    this.sessionMode = Objects.requireNonNull(mode);
    return this;
  }

  /**
   * Which session comes with an event.
   *
   * @param freshness {@link SessionFreshness#FRESH}
   * @return this
   */
  public WorkerBuilder sessionFreshness(SessionFreshness freshness) {
    this.sessionFreshness = Objects.requireNonNull(freshness);
    return this;
  }

  /**
   * How many handlers may run at a time. One that waits has a thread for itself, unless it is an {@link AsyncHandler}.
   *
   * @param handlers 1,000
   * @return this
   */
  public WorkerBuilder concurrency(int handlers) {
    this.concurrency = atLeastOne(handlers);
    return this;
  }

  /**
   * How long a call of {@link Worker#client} may take that says nothing else.
   *
   * @param timeout null: no limit; 10 s
   * @return this
   */
  public WorkerBuilder callTimeout(Duration timeout) {
    this.callTimeout = timeout;
    return this;
  }

  /**
   * How long leaving may take; after that the stream is cut.
   *
   * @param timeout 30 s
   * @return this
   */
  public WorkerBuilder stopTimeout(Duration timeout) {
    this.stopTimeout = Objects.requireNonNull(timeout);
    return this;
  }

  /**
   * On leaving: whether it will be back, so that the daemon keeps its links for the grace period.
   *
   * @param keepLinks false: they are closed
   * @return this
   */
  public WorkerBuilder keepLinks(boolean keepLinks) {
    this.leaveMode = keepLinks ? LeaveMode.LEAVE_MODE_KEEP_LINKS : LeaveMode.LEAVE_MODE_CLOSE_LINKS;
    return this;
  }

  /**
   * How long to wait before attaching again: the pause doubles from the shortest to the longest, less up to a half by chance.
   *
   * @param shortest 0.1 s
   * @param longest 5 s
   * @return this
   */
  public WorkerBuilder backoff(Duration shortest, Duration longest) {
    if (shortest.isNegative() || longest.compareTo(shortest) < 0) {
      throw new IllegalArgumentException("backoff: from " + shortest + " to " + longest);
    }
    this.shortestPause = shortest;
    this.longestPause = longest;
    return this;
  }

  /**
   * Speaks TLS.
   *
   * @param tls authorities and certificate; without this call: no TLS
   * @return this
   */
  public WorkerBuilder tls(Tls tls) {
    this.tls = tls;
    return this;
  }

  /**
   * Shows a bearer token.
   *
   * @param token always the same
   * @return this
   */
  public WorkerBuilder token(String token) {
    Objects.requireNonNull(token);
    return token(() -> token);
  }

  /**
   * Shows a bearer token that is asked for each time the worker attaches, and for each call of {@link Worker#client}.
   *
   * @param token gives the one that is valid now; where it throws, the worker tries again later
   * @return this
   */
  public WorkerBuilder token(Supplier<String> token) {
    this.token = token;
    return this;
  }

  /**
   * Where handlers and hooks run. It must give each task a thread that may wait: no direct executor. On a pool of fewer threads
   * than {@code concurrency} the pool's size is the limit.
   *
   * @param executor threads of the package's own, as many as are busy at a time
   * @return this
   */
  public WorkerBuilder executor(Executor executor) {
    this.executor = Objects.requireNonNull(executor);
    return this;
  }

  /**
   * A worker with these options. It attaches when it is served.
   *
   * @return to be served once
   */
  public Worker build() {
    return new Worker(new WorkerBuilder(this));
  }

  private WorkerBuilder(WorkerBuilder other) {
    super(other);
    address = other.address;
    windowEvents = other.windowEvents;
    windowBytes = other.windowBytes;
    maxMessageBytes = other.maxMessageBytes;
    ackOnSend = other.ackOnSend;
    sessionMode = other.sessionMode;
    sessionFreshness = other.sessionFreshness;
    concurrency = other.concurrency;
    callTimeout = other.callTimeout;
    stopTimeout = other.stopTimeout;
    leaveMode = other.leaveMode;
    shortestPause = other.shortestPause;
    longestPause = other.longestPause;
    tls = other.tls;
    token = other.token;
    executor = other.executor;
  }

  @Override
  WorkerBuilder self() {
    return this;
  }

  Hello hello() {
    Hello.Builder hello = Hello.newBuilder()
        .setWorkerName(name)
        .setWindowEvents(windowEvents)
        .setWindowBytes(windowBytes)
        .setMaxMessageBytes(maxMessageBytes)
        .setAckMode(ackOnSend ? AckMode.ACK_MODE_ON_SEND : AckMode.ACK_MODE_EXPLICIT)
        .setSessionMode(sessionMode.proto)
        .setSessionFreshness(sessionFreshness.proto);
    for (EventKind kind : EventKind.values()) {
      if (handlers[kind.proto.getNumber()] != null) {
        hello.addKinds(kind.proto);
      }
    }
    return hello.build();
  }

  private static int atLeastOne(int number) {
    if (number < 1) {
      throw new IllegalArgumentException("concurrency: " + number);
    }
    return number;
  }
}
