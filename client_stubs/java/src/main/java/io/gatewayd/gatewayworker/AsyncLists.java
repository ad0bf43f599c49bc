package io.gatewayd.gatewayworker;

import io.gatewayd.gatewayworker.v1.GatewayServiceGrpc;
import io.gatewayd.gatewayworker.v1.GetAllClientIdListRequest;
import io.gatewayd.gatewayworker.v1.GetAllClientSessionsRequest;
import io.gatewayd.gatewayworker.v1.GetAllGroupClientIdListRequest;
import io.gatewayd.gatewayworker.v1.GetAllGroupIdListRequest;
import io.gatewayd.gatewayworker.v1.GetAllGroupUidListRequest;
import io.gatewayd.gatewayworker.v1.GetAllUidListRequest;
import io.gatewayd.gatewayworker.v1.GetClientIdByUidRequest;
import io.gatewayd.gatewayworker.v1.GetClientIdByUidsRequest;
import io.gatewayd.gatewayworker.v1.GetClientIdListByGroupRequest;
import io.gatewayd.gatewayworker.v1.GetClientSessionsByGroupRequest;
import io.gatewayd.gatewayworker.v1.GetUidListByGroupRequest;
import io.grpc.MethodDescriptor;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/** The lists that an {@link AsyncClient} can ask for. */
abstract class AsyncLists extends CommandFunctions<CompletableFuture<Void>, CompletableFuture<Delivery>> {
  AsyncLists() {}

  /** {@code result} may throw a GatewayException. */
  abstract <Q, A, T> CompletableFuture<T> call(
      MethodDescriptor<Q, A> method, Q request, Function<A, T> result, Options options);

  // ---- Lists. Those that may pass the client's maxMessageBytes have a streaming form

  /**
   * Every client with its session.
   *
   * @param options what else it asks for
   * @return by client_id
   */
  public final CompletableFuture<Table<Session>> getAllClientSessions(Option.AboutCluster... options) {
    Options wanted = Options.of(options);
    return call(
        GatewayServiceGrpc.getGetAllClientSessionsMethod(),
        GetAllClientSessionsRequest.newBuilder()
            .setConsistency(wanted.consistency)
            .setPartialOk(wanted.partialOk)
            .build(),
        response -> Results.sessions(response.getClientsList(), response.getMissingList()),
        wanted);
  }

  /**
   * Every client of a group with its session.
   *
   * @param group its name
   * @param options what else it asks for
   * @return by client_id
   */
  public final CompletableFuture<Table<Session>> getAllClientSessions(String group, Option.AboutCluster... options) {
    Options wanted = Options.of(options);
    return call(
        GatewayServiceGrpc.getGetAllClientSessionsMethod(),
        GetAllClientSessionsRequest.newBuilder()
            .setGroup(group)
            .setConsistency(wanted.consistency)
            .setPartialOk(wanted.partialOk)
            .build(),
        response -> Results.sessions(response.getClientsList(), response.getMissingList()),
        wanted);
  }

  /**
   * The clients of a group with their sessions.
   *
   * @param group its name
   * @param options what else it asks for
   * @return by client_id
   */
  public final CompletableFuture<Table<Session>> getClientSessionsByGroup(String group, Option.AboutCluster... options) {
    Options wanted = Options.of(options);
    return call(
        GatewayServiceGrpc.getGetClientSessionsByGroupMethod(),
        GetClientSessionsByGroupRequest.newBuilder()
            .setGroup(group)
            .setConsistency(wanted.consistency)
            .setPartialOk(wanted.partialOk)
            .build(),
        response -> Results.sessions(response.getClientsList(), response.getMissingList()),
        wanted);
  }

  /**
   * Every client_id.
   *
   * @param options what else it asks for
   * @return in no order
   */
  public final CompletableFuture<Listing<String>> getAllClientIdList(Option.AboutCluster... options) {
    Options wanted = Options.of(options);
    return call(
        GatewayServiceGrpc.getGetAllClientIdListMethod(),
        GetAllClientIdListRequest.newBuilder()
            .setConsistency(wanted.consistency)
            .setPartialOk(wanted.partialOk)
            .build(),
        response -> Results.list(response.getClientIdsList(), response.getMissingList()),
        wanted);
  }

  /**
   * The client_ids of a group.
   *
   * @param group its name
   * @param options what else it asks for
   * @return in no order
   */
  public final CompletableFuture<Listing<String>> getClientIdListByGroup(String group, Option.AboutCluster... options) {
    Options wanted = Options.of(options);
    return call(
        GatewayServiceGrpc.getGetClientIdListByGroupMethod(),
        GetClientIdListByGroupRequest.newBuilder()
            .setGroup(group)
            .setConsistency(wanted.consistency)
            .setPartialOk(wanted.partialOk)
            .build(),
        response -> Results.list(response.getClientIdsList(), response.getMissingList()),
        wanted);
  }

  /**
   * The client_ids bound to a uid.
   *
   * @param uid whose clients
   * @param options what else it asks for
   * @return in no order
   */
  public final CompletableFuture<Listing<String>> getClientIdByUid(String uid, Option.AboutCluster... options) {
    Options wanted = Options.of(options);
    return call(
        GatewayServiceGrpc.getGetClientIdByUidMethod(),
        GetClientIdByUidRequest.newBuilder()
            .setUid(uid)
            .setConsistency(wanted.consistency)
            .setPartialOk(wanted.partialOk)
            .build(),
        response -> Results.list(response.getClientIdsList(), response.getMissingList()),
        wanted);
  }

  /**
   * The client_ids bound to each of the uids; those without clients too.
   *
   * @param uids whose clients
   * @param options what else it asks for
   * @return by uid, in the order asked
   */
  public final CompletableFuture<Table<List<String>>> getClientIdByUids(Collection<String> uids, Option.AboutCluster... options) {
    Options wanted = Options.of(options);
    return call(
        GatewayServiceGrpc.getGetClientIdByUidsMethod(),
        GetClientIdByUidsRequest.newBuilder()
            .addAllUids(uids)
            .setConsistency(wanted.consistency)
            .setPartialOk(wanted.partialOk)
            .build(),
        Results::clientIdsByUid,
        wanted);
  }

  /**
   * The different uids in a group.
   *
   * @param group its name
   * @param options what else it asks for
   * @return in no order
   */
  public final CompletableFuture<Listing<String>> getUidListByGroup(String group, Option.AboutCluster... options) {
    Options wanted = Options.of(options);
    return call(
        GatewayServiceGrpc.getGetUidListByGroupMethod(),
        GetUidListByGroupRequest.newBuilder()
            .setGroup(group)
            .setConsistency(wanted.consistency)
            .setPartialOk(wanted.partialOk)
            .build(),
        response -> Results.list(
            response.getUidsList(), response.getUidsNotUtf8List(), response.getMissingList()),
        wanted);
  }

  /**
   * All different uids.
   *
   * @param options what else it asks for
   * @return in no order
   */
  public final CompletableFuture<Listing<String>> getAllUidList(Option.AboutCluster... options) {
    Options wanted = Options.of(options);
    return call(
        GatewayServiceGrpc.getGetAllUidListMethod(),
        GetAllUidListRequest.newBuilder()
            .setConsistency(wanted.consistency)
            .setPartialOk(wanted.partialOk)
            .build(),
        response -> Results.list(
            response.getUidsList(), response.getUidsNotUtf8List(), response.getMissingList()),
        wanted);
  }

  /**
   * The names of all groups that have clients.
   *
   * @param options what else it asks for
   * @return in no order
   */
  public final CompletableFuture<Listing<String>> getAllGroupIdList(Option.AboutCluster... options) {
    Options wanted = Options.of(options);
    return call(
        GatewayServiceGrpc.getGetAllGroupIdListMethod(),
        GetAllGroupIdListRequest.newBuilder()
            .setConsistency(wanted.consistency)
            .setPartialOk(wanted.partialOk)
            .build(),
        response -> Results.list(
            response.getGroupsList(), response.getGroupsNotUtf8List(), response.getMissingList()),
        wanted);
  }

  /**
   * The different uids in each group.
   *
   * @param options what else it asks for
   * @return by group
   */
  public final CompletableFuture<Table<Listing<String>>> getAllGroupUidList(Option.AboutCluster... options) {
    Options wanted = Options.of(options);
    return call(
        GatewayServiceGrpc.getGetAllGroupUidListMethod(),
        GetAllGroupUidListRequest.newBuilder()
            .setConsistency(wanted.consistency)
            .setPartialOk(wanted.partialOk)
            .build(),
        Results::uidsByGroup,
        wanted);
  }

  /**
   * The client_ids in each group.
   *
   * @param options what else it asks for
   * @return by group
   */
  public final CompletableFuture<Table<List<String>>> getAllGroupClientIdList(Option.AboutCluster... options) {
    Options wanted = Options.of(options);
    return call(
        GatewayServiceGrpc.getGetAllGroupClientIdListMethod(),
        GetAllGroupClientIdListRequest.newBuilder()
            .setConsistency(wanted.consistency)
            .setPartialOk(wanted.partialOk)
            .build(),
        Results::clientIdsByGroup,
        wanted);
  }
}
