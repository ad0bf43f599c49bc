package io.gatewayd.gatewayworker;

import io.gatewayd.gatewayworker.v1.Synced;
import io.grpc.Context;
import io.grpc.Status;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;

/** Syncs that were asked for and not answered yet. */
final class Syncs {
  private record Asked(
      Attachment attachment,
      Executor executor,
      Context context,
      CompletableFuture<List<GatewayFailure>> answer) {}

  private final Map<Long, Asked> asked = new HashMap<>();
  private long number;

  /** {@code attachment}: null: there is none. {@code executor}: where the future completes. */
  CompletableFuture<List<GatewayFailure>> ask(Attachment attachment, Duration timeout, Executor executor) {
    CompletableFuture<List<GatewayFailure>> answer = new CompletableFuture<>();
    long mine;
    synchronized (this) {
      if (attachment == null || attachment.isOver()) {
        answer.completeExceptionally(Errors.of(Status.Code.UNAVAILABLE, "not attached"));
        return answer;
      }
      mine = ++number;
      asked.put(mine, new Asked(attachment, executor, Context.current(), answer));
    }
    attachment.sync(mine, timeout);
    return answer;
  }

  void answered(Synced synced) {
    Asked one;
    synchronized (this) {
      one = asked.remove(synced.getNumber());
    }
    if (one != null) {
      List<GatewayFailure> unknown = GatewayFailure.listOf(synced.getUnknownList());
      end(one, answer -> answer.complete(unknown));
    }
  }

  /** The stream has ended: it answers no more. Called after its attachment is over. */
  void failed(Attachment attachment) {
    List<Asked> lost = new ArrayList<>();
    synchronized (this) {
      asked.values().removeIf(one -> one.attachment() == attachment && lost.add(one));
    }
    for (Asked one : lost) {
      end(one, answer -> answer.completeExceptionally(Errors.of(Status.Code.UNAVAILABLE, "the stream ended")));
    }
  }

  private void end(Asked one, Consumer<CompletableFuture<List<GatewayFailure>>> how) {
    Runnable completes = one.context().wrap(() -> how.accept(one.answer()));
    try {
      one.executor().execute(completes);
    } catch (RejectedExecutionException full) {
      completes.run();
    }
  }
}
