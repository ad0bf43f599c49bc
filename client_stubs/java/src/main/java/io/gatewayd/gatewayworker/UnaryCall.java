package io.gatewayd.gatewayworker;

import io.grpc.ClientCall;
import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.Status;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Function;

/** A call under way, as the future of its result. Cancelling it cancels the call. */
final class UnaryCall<Q, A, T> extends CompletableFuture<T> {
  private final ClientCall<Q, A> call;
  private final Function<A, T> result;
  private final Executor executor;

  /** {@code result} may throw a GatewayException. {@code executor}: where it is called, and the future completes. */
  UnaryCall(ClientCall<Q, A> call, Function<A, T> result, Executor executor) {
    this.call = call;
    this.result = result;
    this.executor = executor;
  }

  UnaryCall<Q, A, T> start(Q request, Metadata metadata) {
    call.start(new Listener(), metadata);
    try {
      call.request(2); // gRPC's own stubs do: one response, and the end behind it
      call.sendMessage(request);
      call.halfClose();
    } catch (RuntimeException error) {
      call.cancel("the request could not be sent", error);
      throw error;
    }
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
    private A response;

    @Override
    public void onMessage(A message) {
      response = message;
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      executor.execute(Context.current().wrap(() -> end(status, trailers)));
    }

    private void end(Status status, Metadata trailers) {
      if (!status.isOk()) {
        completeExceptionally(Errors.of(status, trailers));
      } else if (response == null) {
        completeExceptionally(Errors.of(Status.Code.INTERNAL, "no answer came"));
      } else {
        try {
          complete(result.apply(response));
        } catch (RuntimeException error) {
          completeExceptionally(error);
        }
      }
    }
  }
}
