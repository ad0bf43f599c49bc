package io.gatewayd.gatewayworker;

import io.gatewayd.gatewayworker.v1.AttachRequest;
import io.gatewayd.gatewayworker.v1.AttachResponse;
import io.gatewayd.gatewayworker.v1.Hello;
import io.gatewayd.gatewayworker.v1.LeaveMode;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** One stream to the daemon, from hello to its end: what comes is handed on, what is done goes back in batches. */
final class Attachment {
  /** How many responses gRPC may have for us beyond the one that is worked on. The window bounds what they hold. */
  private static final int RESPONSES = 16;

  /** Who has attached. Called in gRPC's thread: none of it may wait, or throw. */
  interface Host {
    /** Events come after {@link #listen}. */
    void welcomed(Attachment attachment, io.gatewayd.gatewayworker.v1.Welcome welcome);

    void received(List<Event> events);

    /** All that is neither welcome nor events. */
    void told(AttachResponse response);

    /** {@code error}: null where the daemon ended the stream with OK. */
    void ended(Attachment attachment, GatewayException error);
  }

  private final ClientCall<AttachRequest, AttachResponse> call;
  private final Host host;
  private final Outbox outbox;

  /** Guards what follows, and what is done with the call: one at a time. */
  private final Object writing = new Object();

  /** The call is there. */
  private volatile boolean open;

  private boolean breakingOff;

  /** Nothing may be sent any more. */
  private boolean closed;

  private volatile boolean welcomed;
  private volatile boolean over;

  Attachment(ClientCall<AttachRequest, AttachResponse> call, Host host, boolean ackOnSend) {
    this.call = call;
    this.host = host;
    this.outbox = new Outbox(ackOnSend);
  }

  void start(Hello hello, Metadata metadata) {
    outbox.hello(hello);
    synchronized (writing) {
      if (!closed) {
        call.start(new Listener(), metadata);
        call.request(1);
        call.sendMessage(outbox.take()); // gRPC keeps it until it is connected
        open = true;
        return;
      }
    }
    host.ended(this, Errors.of(Status.Code.CANCELLED, "cancelled before it was begun"));
  }

  Host host() {
    return host;
  }

  boolean isWelcomed() {
    return welcomed;
  }

  /** Nothing that is done now can be said any more, and events that have not begun are somebody else's. */
  boolean isOver() {
    return over;
  }

  /** The worker is ready for events. */
  void listen() {
    call.request(RESPONSES);
  }

  // ---- What goes to the daemon. Each is put into the outbox; who says it calls flush, or sees to it that it is called.

  /** Acknowledges it. */
  void done(Event event) {
    outbox.done(event);
  }

  /** See {@link Outbox#command}. */
  boolean command(io.gatewayd.gatewayworker.v1.Command command, Event event) {
    return outbox.command(command, event);
  }

  void sync(long number, Duration timeout) {
    outbox.sync(number, timeout);
    flush();
  }

  /** Says that the worker goes; the stream ends when the last event is acknowledged. */
  void leave(LeaveMode mode) {
    outbox.leave(mode);
    flush();
  }

  /** Ends the stream after what is done was said: the rest is delivered again. */
  void breakOff() {
    end();
    synchronized (writing) {
      breakingOff = true;
    }
    flush();
  }

  /** Ends the stream now. */
  void cancel() {
    synchronized (writing) {
      closed = true;
      if (!open) {
        return;
      }
    }
    call.cancel("ended by the worker", null);
  }

  /** Sends what there is to say, as far as the connection takes it now; the rest goes when it takes more. */
  void flush() {
    synchronized (writing) {
      if (!open || closed) {
        return;
      }
      try {
        AttachRequest request;
        while (call.isReady() && (request = outbox.take()) != null) {
          call.sendMessage(request);
        }
        if (breakingOff && outbox.isEmpty()) {
          closed = true;
          call.halfClose();
        }
      } catch (RuntimeException error) { // no request may be left out: all that is not acknowledged comes again
        closed = true;
        call.cancel("a request could not be sent", error);
      }
    }
  }

  /** Sends what has been lying here since the last look; returns whether to look again. */
  boolean look() {
    if (!open || over || outbox.isEmpty() || !call.isReady()) {
      return false;
    }
    if (outbox.isStale()) {
      flush();
    }
    return true;
  }

  private void end() {
    over = true;
    outbox.end();
  }

  private final class Listener extends ClientCall.Listener<AttachResponse> {
    @Override
    public void onMessage(AttachResponse response) {
      switch (response.getMessageCase()) {
        case EVENTS -> {
          if (!over) {
            receive(response.getEvents().getEventsList());
          }
          call.request(1);
        }
        case WELCOME -> {
          welcomed = true;
          host.welcomed(Attachment.this, response.getWelcome());
        }
        default -> {
          host.told(response);
          call.request(1);
        }
      }
    }

    private void receive(List<io.gatewayd.gatewayworker.v1.Event> protos) {
      List<Event> events = new ArrayList<>(protos.size());
      for (io.gatewayd.gatewayworker.v1.Event proto : protos) {
        events.add(new Event(proto, Attachment.this));
      }
      if (!events.isEmpty()) {
        outbox.received(events.size(), events.get(events.size() - 1).id());
        host.received(events);
      }
    }

    @Override
    public void onReady() {
      flush();
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      synchronized (writing) {
        closed = true;
      }
      end();
      host.ended(Attachment.this, status.isOk() ? null : Errors.of(status, trailers));
    }
  }
}
