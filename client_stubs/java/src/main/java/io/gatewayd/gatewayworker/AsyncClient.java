package io.gatewayd.gatewayworker;

import io.gatewayd.gatewayworker.v1.Command;
import io.gatewayd.gatewayworker.v1.ExecuteRequest;
import io.gatewayd.gatewayworker.v1.GatewayServiceGrpc;
import io.gatewayd.gatewayworker.v1.StreamAllClientIdListRequest;
import io.gatewayd.gatewayworker.v1.StreamAllClientIdListResponse;
import io.gatewayd.gatewayworker.v1.StreamAllClientSessionsRequest;
import io.gatewayd.gatewayworker.v1.StreamAllClientSessionsResponse;
import io.gatewayd.gatewayworker.v1.StreamAllUidListRequest;
import io.gatewayd.gatewayworker.v1.StreamAllUidListResponse;
import io.grpc.CallOptions;
import io.grpc.MethodDescriptor;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * The Gateway API as {@link CompletableFuture}s: {@link Client#async} of a client. They fail with {@link GatewayException}s,
 * complete on the client's executor, with the current event of the handler that made the call, and cancelling one cancels the
 * call. Safe from any number of threads.
 */
public final class AsyncClient extends AsyncQueries {
  private final Connection connection;
  private final Duration timeout;

  /** Where a result comes: gRPC itself would hand over each part of an answer. */
  private final Executor completions;

  /** Of calls with many answers, which gRPC hands over. */
  private final CallOptions streaming;

  /** {@code executor}: where results come; null: in the thread that has read them. {@code timeout}: null: no limit. */
  AsyncClient(Connection connection, Duration timeout, Executor executor) {
    this.connection = connection;
    this.timeout = timeout;
    this.completions = executor == null ? Runnable::run : new Completions(executor);
    this.streaming = executor == null ? CallOptions.DEFAULT : CallOptions.DEFAULT.withExecutor(executor);
  }

  AsyncClient on(Executor executor) {
    return new AsyncClient(connection, timeout, executor);
  }

  // ---- Many at once

  /**
   * Runs commands in order, for one call's price. One that fails does not stop the others.
   *
   * @param batch the commands
   * @param options how long it may take
   * @return one result for each command, in the order given
   */
  public CompletableFuture<List<CommandResult>> execute(Batch batch, Option.Timeout... options) {
    return call(
        GatewayServiceGrpc.getExecuteMethod(),
        ExecuteRequest.newBuilder().addAllCommands(batch.commands()).build(),
        response -> response.getStatusesList().stream().map(CommandResult::of).toList(),
        Options.of(options));
  }

  /**
   * Every client with its session, however many there are. No limit of time unless one is given.
   *
   * @param each is given them one after the other; what it throws ends the call
   * @param options what else it asks for
   * @return when all came: with {@link Option#partialOk}, Gateways whose clients did not
   */
  public CompletableFuture<List<GatewayFailure>> streamAllClientSessions(
      BiConsumer<String, Session> each, Option.AboutCluster... options) {
    return streamSessions(StreamAllClientSessionsRequest.newBuilder(), each, options);
  }

  /**
   * Every client of a group with its session, however many there are. No limit of time unless one is given.
   *
   * @param group its name
   * @param each is given them one after the other; what it throws ends the call
   * @param options what else it asks for
   * @return when all came: with {@link Option#partialOk}, Gateways whose clients did not
   */
  public CompletableFuture<List<GatewayFailure>> streamAllClientSessions(
      String group, BiConsumer<String, Session> each, Option.AboutCluster... options) {
    return streamSessions(StreamAllClientSessionsRequest.newBuilder().setGroup(group), each, options);
  }

  /**
   * Every client_id, however many there are. No limit of time unless one is given.
   *
   * @param each is given them one after the other; what it throws ends the call
   * @param options what else it asks for
   * @return when all came: with {@link Option#partialOk}, Gateways whose clients did not
   */
  public CompletableFuture<List<GatewayFailure>> streamAllClientIdList(
      Consumer<String> each, Option.AboutCluster... options) {
    Options wanted = Options.of(options);
    return stream(
        GatewayServiceGrpc.getStreamAllClientIdListMethod(),
        StreamAllClientIdListRequest.newBuilder()
            .setConsistency(wanted.consistency)
            .setPartialOk(wanted.partialOk)
            .build(),
        chunk -> chunk.getClientIdsList().forEach(each),
        StreamAllClientIdListResponse::getMissingList,
        wanted);
  }

  /**
   * Every uid, each once, however many there are; those that are not UTF-8 are left out, {@link #getAllUidList} has them. No
   * limit of time unless one is given.
   *
   * @param each is given them one after the other; what it throws ends the call
   * @param options what else it asks for
   * @return when all came: with {@link Option#partialOk}, Gateways whose clients did not
   */
  public CompletableFuture<List<GatewayFailure>> streamAllUidList(
      Consumer<String> each, Option.AboutCluster... options) {
    Options wanted = Options.of(options);
    return stream(
        GatewayServiceGrpc.getStreamAllUidListMethod(),
        StreamAllUidListRequest.newBuilder()
            .setConsistency(wanted.consistency)
            .setPartialOk(wanted.partialOk)
            .build(),
        chunk -> chunk.getUidsList().forEach(each),
        StreamAllUidListResponse::getMissingList,
        wanted);
  }

  private CompletableFuture<List<GatewayFailure>> streamSessions(
      StreamAllClientSessionsRequest.Builder request, BiConsumer<String, Session> each, Option... options) {
    Options wanted = Options.of(options);
    return stream(
        GatewayServiceGrpc.getStreamAllClientSessionsMethod(),
        request.setConsistency(wanted.consistency).setPartialOk(wanted.partialOk).build(),
        chunk -> chunk.getClientsList().forEach(
            client -> each.accept(client.getClientId(), Session.of(client.getSession()))),
        StreamAllClientSessionsResponse::getMissingList,
        wanted);
  }

  // ---- How a call is made

  @Override
  CompletableFuture<Void> one(Command.Builder command, Options options) {
    return one(CommandCall.of(command.getCommandCase()), command.build(), options);
  }

  private <Q, A> CompletableFuture<Void> one(CommandCall<Q, A> rpc, Command command, Options options) {
    return call(rpc.method(), rpc.request().apply(command), rpc::nothing, options);
  }

  @Override
  CompletableFuture<Delivery> many(Command.Builder command, Options options) {
    return many(CommandCall.of(command.getCommandCase()), command.build(), options);
  }

  private <Q, A> CompletableFuture<Delivery> many(CommandCall<Q, A> rpc, Command command, Options options) {
    return call(rpc.method(), rpc.request().apply(command), rpc::delivered, options);
  }

  @Override
  CompletableFuture<Void> refused(GatewayException error) {
    return CompletableFuture.failedFuture(error);
  }

  @Override
  <Q, A, T> CompletableFuture<T> call(
      MethodDescriptor<Q, A> method, Q request, Function<A, T> result, Options options) {
    try {
      CallOptions unary = within(CallOptions.DEFAULT, options.timeout(timeout));
      return new UnaryCall<>(connection.newCall(method, unary), result, completions)
          .start(request, connection.metadataOfCall());
    } catch (RuntimeException error) { // of who gives the token
      return CompletableFuture.failedFuture(error);
    }
  }

  private <Q, A> CompletableFuture<List<GatewayFailure>> stream(
      MethodDescriptor<Q, A> method,
      Q request,
      Consumer<A> each,
      Function<A, List<io.gatewayd.gatewayworker.v1.GatewayFailure>> missing,
      Options options) {
    try {
      return new StreamingCall<>(connection.newCall(method, within(streaming, options.timeout(null))), each, missing)
          .start(request, connection.metadataOfCall());
    } catch (RuntimeException error) {
      return CompletableFuture.failedFuture(error);
    }
  }

  private static CallOptions within(CallOptions options, Duration limit) {
    return limit == null ? options : options.withDeadlineAfter(limit.toNanos(), TimeUnit.NANOSECONDS);
  }
}
