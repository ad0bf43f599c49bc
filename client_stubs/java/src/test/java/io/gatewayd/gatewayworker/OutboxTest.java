package io.gatewayd.gatewayworker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import io.gatewayd.gatewayworker.v1.AttachRequest;
import io.gatewayd.gatewayworker.v1.Command;
import io.gatewayd.gatewayworker.v1.LeaveMode;
import io.gatewayd.gatewayworker.v1.Message;
import io.gatewayd.gatewayworker.v1.SendToCurrentClientRequest;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is said becomes requests. */
class OutboxTest {
  private static Event event(long id) {
    return new Event(io.gatewayd.gatewayworker.v1.Event.newBuilder().setId(id).setClientId("c").build(), null);
  }

  private static Command command(int bytes) {
    return Command.newBuilder().setSendToCurrentClient(SendToCurrentClientRequest.newBuilder()
        .setMessage(Message.newBuilder().setData(ByteString.copyFrom(new byte[bytes])))).build();
  }

  @Test
  void whatIsDoneOfABatchIsOneRequest() {
    Outbox outbox = new Outbox(false);
    outbox.received(2, 2);
    for (long id = 1; id <= 2; id++) {
      Event event = event(id);
      assertTrue(outbox.command(command(1), event));
      outbox.done(event);
    }
    AttachRequest request = outbox.take();
    assertEquals(List.of(1L, 2L), request.getCommandsList().stream().map(one -> one.getEventId()).toList());
    assertEquals(2, request.getAcks().getUpTo());
    assertEquals(0, request.getAcks().getIdsCount());
    assertNull(outbox.take());
    assertTrue(outbox.isEmpty());
  }

  @Test
  void onlyWhatIsDoneIsAcknowledgedAndOnce() {
    Outbox outbox = new Outbox(false);
    outbox.received(3, 3);
    Event second = event(2);
    assertTrue(outbox.done(second));
    assertFalse(outbox.done(second));
    AttachRequest request = outbox.take();
    assertEquals(List.of(2L), request.getAcks().getIdsList());
    assertEquals(0, request.getAcks().getUpTo());
  }

  @Test
  void largeAnswersAreCut() {
    Outbox outbox = new Outbox(false);
    for (int i = 0; i < 9; i++) {
      outbox.command(command(400_000), null);
    }
    int commands = 0;
    AttachRequest request;
    while ((request = outbox.take()) != null) {
      commands += request.getCommandsCount();
      assertTrue(request.getSerializedSize() <= Outbox.REQUEST_BYTES);
    }
    assertEquals(9, commands);
  }

  @Test
  void aSyncIsForWhatWasSaidBefore() {
    Outbox outbox = new Outbox(false);
    outbox.command(command(1), null);
    outbox.sync(7, Duration.ofMillis(1500));
    outbox.command(command(2), null);
    outbox.leave(LeaveMode.LEAVE_MODE_KEEP_LINKS);
    AttachRequest first = outbox.take();
    assertEquals(1, first.getCommandsCount());
    assertEquals(7, first.getSync().getNumber());
    assertEquals(1, first.getSync().getTimeout().getSeconds());
    assertEquals(500_000_000, first.getSync().getTimeout().getNanos());
    AttachRequest second = outbox.take();
    assertEquals(1, second.getCommandsCount());
    assertFalse(second.hasSync());
    assertEquals(LeaveMode.LEAVE_MODE_KEEP_LINKS, second.getLeave().getMode());
  }

  @Test
  void aCommandOfAnEventThatWasAcknowledgedIsRefused() {
    Outbox outbox = new Outbox(false);
    outbox.received(1, 1);
    Event event = event(1);
    outbox.done(event);
    assertFalse(outbox.command(command(1), event));
  }

  @Test
  void atMostOnceAcknowledgesNothing() {
    Outbox outbox = new Outbox(true);
    outbox.received(1, 1);
    assertFalse(outbox.done(event(1)));
    assertNull(outbox.take());
  }

  @Test
  void atItsEndNothingIsAddedAndWhatIsThereIsSaidById() {
    Outbox outbox = new Outbox(false);
    outbox.received(2, 2);
    Event second = event(2);
    outbox.done(event(1));
    outbox.end();
    assertTrue(outbox.command(command(1), second)); // dropped: its event comes again
    assertFalse(outbox.done(second));
    AttachRequest request = outbox.take();
    assertEquals(List.of(1L), request.getAcks().getIdsList());
    assertEquals(0, request.getCommandsCount());
  }

  @Test
  void whatLiesThereForALookIsStale() {
    Outbox outbox = new Outbox(false);
    outbox.command(command(1), null);
    assertFalse(outbox.isStale());
    assertTrue(outbox.isStale());
    outbox.take();
    assertFalse(outbox.isStale());
  }
}
