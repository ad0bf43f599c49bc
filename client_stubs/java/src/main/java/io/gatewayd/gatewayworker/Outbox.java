package io.gatewayd.gatewayworker;

import com.google.protobuf.Duration;
import io.gatewayd.gatewayworker.v1.Acks;
import io.gatewayd.gatewayworker.v1.AttachRequest;
import io.gatewayd.gatewayworker.v1.Command;
import io.gatewayd.gatewayworker.v1.Hello;
import io.gatewayd.gatewayworker.v1.Leave;
import io.gatewayd.gatewayworker.v1.LeaveMode;
import io.gatewayd.gatewayworker.v1.NumberedCommand;
import io.gatewayd.gatewayworker.v1.Sync;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Queue;

/** What is to be said on a stream: acknowledgements and commands collect, until they are taken as one request. */
final class Outbox {
  /** A request that has grown to this is not added to. The daemon takes 16 MiB. */
  static final int REQUEST_BYTES = 1024 * 1024;

  /** About what a command costs beside itself. */
  private static final int COMMAND_HEAD = 24;

  private final boolean ackOnSend;
  private final Queue<AttachRequest> full = new ArrayDeque<>();
  private AttachRequest.Builder request = AttachRequest.newBuilder();
  private long bytes;
  private boolean empty = true;
  private long[] done = new long[64];
  private int doneCount;
  private int inHand;
  private long newest;
  private boolean over;

  /** How often something was taken, and how often when it was last looked at. */
  private int takes;

  private int takesSeen = -1;

  Outbox(boolean ackOnSend) {
    this.ackOnSend = ackOnSend;
  }

  synchronized void hello(Hello hello) {
    request.setHello(hello);
    empty = false;
  }

  /** Events came; the last one of them is {@code newest}. */
  synchronized void received(int count, long newest) {
    inHand += count;
    this.newest = newest;
  }

  /** Acknowledges it. Returns whether there is something to be sent now. */
  synchronized boolean done(Event event) {
    if (!event.acknowledge() || over) {
      return false;
    }
    inHand--;
    if (ackOnSend) {
      return false;
    }
    if (doneCount == done.length) {
      done = Arrays.copyOf(done, 2 * doneCount);
    }
    done[doneCount++] = event.id();
    empty = false;
    return true;
  }

  /**
   * A command; {@code event}: which it answers, null: none. It runs before the event's acknowledgement. Returns false where
   * that was said already: the daemon does not know the event any more.
   */
  synchronized boolean command(Command command, Event event) {
    if (event != null && event.isAcknowledged()) {
      return false;
    }
    if (over) {
      return true; // its event comes again, and with it this command
    }
    int size = command.getSerializedSize() + COMMAND_HEAD;
    if (bytes > 0 && bytes + size > REQUEST_BYTES) {
      cut();
    }
    NumberedCommand.Builder numbered = NumberedCommand.newBuilder().setCommand(command);
    if (event != null) {
      numbered.setNumber(event.id()).setEventId(event.id());
    }
    request.addCommands(numbered);
    bytes += size;
    empty = false;
    return true;
  }

  /** To be answered when what was said so far has been run. */
  synchronized void sync(long number, java.time.Duration timeout) {
    request.setSync(Sync.newBuilder().setNumber(number).setTimeout(
        Duration.newBuilder().setSeconds(timeout.getSeconds()).setNanos(timeout.getNano())));
    cut();
  }

  synchronized void leave(LeaveMode mode) {
    request.setLeave(Leave.newBuilder().setMode(mode));
    empty = false;
  }

  /** From now on nothing is added: what is in hand comes again. */
  synchronized void end() {
    over = true;
  }

  /** The next request; null where there is nothing to say. */
  synchronized AttachRequest take() {
    AttachRequest next = full.poll();
    if (next == null && !empty) {
      next = build();
    }
    if (next != null) {
      takes++;
    }
    return next;
  }

  /** Whether there is something that was not sent since this was asked last. */
  synchronized boolean isStale() {
    boolean stale = !isEmpty() && takes == takesSeen;
    takesSeen = takes;
    return stale;
  }

  synchronized boolean isEmpty() {
    return empty && full.isEmpty();
  }

  private void cut() {
    full.add(build());
  }

  private AttachRequest build() {
    if (doneCount > 0) {
      Acks.Builder acks = Acks.newBuilder();
      if (inHand == 0 && !over) {
        acks.setUpTo(newest);
      } else {
        for (int i = 0; i < doneCount; i++) {
          acks.addIds(done[i]);
        }
      }
      request.setAcks(acks);
      doneCount = 0;
    }
    AttachRequest built = request.build();
    request = AttachRequest.newBuilder();
    bytes = 0;
    empty = true;
    return built;
  }
}
