package io.gatewayd.gatewayworker;

import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;

/** A list that comes in chunks, under way: the future of its end. One chunk is asked for at a time. */
final class StreamingCall<Q, A> extends CompletableFuture<List<GatewayFailure>> {
  private final ClientCall<Q, A> call;
  private final Consumer<A> each;
  private final Function<A, List<io.gatewayd.gatewayworker.v1.GatewayFailure>> missing;

  /** {@code each} may throw: that ends the call. */
  StreamingCall(
      ClientCall<Q, A> call,
      Consumer<A> each,
      Function<A, List<io.gatewayd.gatewayworker.v1.GatewayFailure>> missing) {
    this.call = call;
    this.each = each;
    this.missing = missing;
  }

  StreamingCall<Q, A> start(Q request, Metadata metadata) {
    call.start(new Listener(), metadata);
    call.request(1);
    call.sendMessage(request);
    call.halfClose();
    return this;
  }

  @Override
  public boolean cancel(boolean mayInterruptIfRunning) {
    boolean cancelled = super.cancel(mayInterruptIfRunning);
    if (cancelled) {
      call.cancel("cancelled", null);
    }
    return cancelled;
  }

  private final class Listener extends ClientCall.Listener<A> {
    private final List<GatewayFailure> notThere = new ArrayList<>();

    @Override
    public void onMessage(A chunk) {
      if (isDone()) {
        return;
      }
      try {
        notThere.addAll(GatewayFailure.listOf(missing.apply(chunk)));
        each.accept(chunk);
      } catch (Throwable error) {
        completeExceptionally(error);
        call.cancel("the caller takes no more", error);
        return;
      }
      call.request(1);
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      if (status.isOk()) {
        complete(List.copyOf(notThere));
      } else {
        completeExceptionally(Errors.of(status, trailers));
      }
    }
  }
}
