package io.gatewayd.gatewayworker;

import io.grpc.Context;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;

/** Something that happened to a client. Made for each delivery; what is costly is read when it is asked for. */
public final class Event {
  private static final Context.Key<Event> CURRENT = Context.key("gatewayworker-event");

  private final io.gatewayd.gatewayworker.v1.Event proto;
  private final Attachment attachment;
  private final String clientId;
  private Session session;

  /** Guarded by the lock of the attachment's outbox. */
  private boolean acknowledged;

  Event(io.gatewayd.gatewayworker.v1.Event proto, Attachment attachment) {
    this.proto = proto;
    this.attachment = attachment;
    this.clientId = proto.getClientId();
  }

  /**
   * The event whose handler this code runs in: the <em>current client</em> is its client. It goes along with
   * {@link Context}: the futures of {@link AsyncClient} and {@link Worker#syncAsync} complete with it, and
   * {@code Context.current().wrap(…)} takes it to other threads.
   *
   * @return empty outside of handlers
   */
  public static Optional<Event> current() {
    return Optional.ofNullable(CURRENT.get());
  }

  static Event currentOrNull() {
    return CURRENT.get();
  }

  /** A context in which this is the current event. */
  Context asContext() {
    return Context.current().withValue(CURRENT, this);
  }

  Attachment attachment() {
    return attachment;
  }

  int kindNumber() {
    return proto.getKindValue();
  }

  /** To be asked by who holds the outbox's lock. */
  boolean isAcknowledged() {
    return acknowledged;
  }

  /** Returns whether it was not before. */
  boolean acknowledge() {
    boolean first = !acknowledged;
    acknowledged = true;
    return first;
  }

  /** Whether its stream has ended: it is not this worker's any more, and comes again. */
  boolean isLost() {
    return attachment != null && attachment.isOver();
  }

  /**
   * Names this delivery on this stream.
   *
   * @return ascending, from 1
   */
  public long id() {
    return proto.getId();
  }

  /**
   * What happened.
   *
   * @return one of those with a handler
   */
  public EventKind kind() {
    return EventKind.of(proto.getKindValue());
  }

  /**
   * To whom.
   *
   * @return 20 hex digits; empty for GATEWAY_LOST
   */
  public String clientId() {
    return clientId;
  }

  /**
   * The generation of the client's Gateway.
   *
   * @return to be given back to {@link Option#generation}
   */
  public String generation() {
    return proto.getGeneration();
  }

  /**
   * MESSAGE: the message.
   *
   * @return a copy; empty where {@link #bodyOmitted} is there
   */
  public byte[] body() {
    return proto.getBody().toByteArray();
  }

  /**
   * The body as text.
   *
   * @return bytes that are not UTF-8 come as U+FFFD
   */
  public String text() {
    return proto.getBody().toString(StandardCharsets.UTF_8);
  }

  /**
   * The size of a body that was larger than this worker's {@code maxMessageBytes}.
   *
   * @return empty where the body is there
   */
  public OptionalLong bodyOmitted() {
    return proto.hasBodyOmitted() ? OptionalLong.of(proto.getBodyOmitted()) : OptionalLong.empty();
  }

  /**
   * The client's session, as the worker's {@code sessionMode} has it.
   *
   * @return the same one each time
   */
  public Session session() {
    if (session == null) {
      session = Session.of(proto.getSession());
    }
    return session;
  }

  /**
   * Whether a fresh session could not be had: this is the one that the event brought.
   *
   * @return true where it may be older than what was written
   */
  public boolean sessionStale() {
    return proto.getSessionStale();
  }

  /**
   * WEBSOCKET_CONNECT: what the client said.
   *
   * @return empty maps for other kinds
   */
  public Handshake handshake() {
    return new Handshake(proto.getHandshake());
  }

  /**
   * The client's address.
   *
   * @return IPv4; empty for IPv6 clients, which the protocol cannot carry
   */
  public String clientIp() {
    return proto.getClientIp();
  }

  /**
   * The client's port.
   *
   * @return at its own end
   */
  public int clientPort() {
    return proto.getClientPort();
  }

  /**
   * The port that the client connected to.
   *
   * @return 0 in the go dialect
   */
  public int gatewayPort() {
    return proto.getGatewayPort();
  }

  /**
   * GATEWAY_LOST: the Gateway's address.
   *
   * @return empty for other kinds
   */
  public String gateway() {
    return proto.getGateway();
  }

  /**
   * When the daemon read it.
   *
   * @return by the daemon's clock
   */
  public Instant timeRead() {
    return Instant.ofEpochSecond(proto.getTimeRead().getSeconds(), proto.getTimeRead().getNanos());
  }

  /**
   * Which delivery of it this is.
   *
   * @return from 1
   */
  public int attempt() {
    return proto.getAttempt();
  }

  /**
   * Whether an earlier delivery may have been worked on.
   *
   * @return true where it comes again
   */
  public boolean redelivered() {
    return proto.getRedelivered();
  }

  @Override
  public String toString() {
    return "Event " + id() + " " + kind() + " " + clientId;
  }
}
