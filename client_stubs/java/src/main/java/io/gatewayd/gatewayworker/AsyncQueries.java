package io.gatewayd.gatewayworker;

import io.gatewayd.gatewayworker.v1.AreOnlineRequest;
import io.gatewayd.gatewayworker.v1.GatewayServiceGrpc;
import io.gatewayd.gatewayworker.v1.GetAllClientCountRequest;
import io.gatewayd.gatewayworker.v1.GetAllGroupClientIdCountRequest;
import io.gatewayd.gatewayworker.v1.GetAllGroupUidCountRequest;
import io.gatewayd.gatewayworker.v1.GetAllUidCountRequest;
import io.gatewayd.gatewayworker.v1.GetClientCountByGroupRequest;
import io.gatewayd.gatewayworker.v1.GetClientCountByGroupsRequest;
import io.gatewayd.gatewayworker.v1.GetSessionRequest;
import io.gatewayd.gatewayworker.v1.GetSessionsRequest;
import io.gatewayd.gatewayworker.v1.GetUidByClientIdRequest;
import io.gatewayd.gatewayworker.v1.GetUidCountByGroupRequest;
import io.gatewayd.gatewayworker.v1.IsOnlineRequest;
import io.gatewayd.gatewayworker.v1.IsOnlineResponse;
import io.gatewayd.gatewayworker.v1.IsUidOnlineRequest;
import io.gatewayd.gatewayworker.v1.IsUidOnlineResponse;
import io.gatewayd.gatewayworker.v1.SelectRequest;
import java.util.Collection;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** What an {@link AsyncClient} can ask, beside lists. */
abstract class AsyncQueries extends AsyncLists {
  AsyncQueries() {}

  // ---- One client

  /**
   * Whether a client is connected. {@link NotFoundException} where no member of the cluster carries such ids.
   *
   * @param clientId 20 hex digits
   * @param options what else it asks for
   * @return true where its Gateway has the connection
   */
  public final CompletableFuture<Boolean> isOnline(String clientId, Option.AboutClient... options) {
    Options wanted = Options.of(options);
    return call(
        GatewayServiceGrpc.getIsOnlineMethod(),
        IsOnlineRequest.newBuilder()
            .setClientId(clientId)
            .setGeneration(wanted.generation)
            .setConsistency(wanted.consistency)
            .build(),
        IsOnlineResponse::getOnline,
        wanted);
  }

  /**
   * A client's session. {@link NotFoundException} where the client is gone.
   *
   * @param clientId 20 hex digits
   * @param options what else it asks for
   * @return empty where none was set
   */
  public final CompletableFuture<Session> getSession(String clientId, Option.AboutClient... options) {
    Options wanted = Options.of(options);
    return call(
        GatewayServiceGrpc.getGetSessionMethod(),
        GetSessionRequest.newBuilder()
            .setClientId(clientId)
            .setGeneration(wanted.generation)
            .setConsistency(wanted.consistency)
            .build(),
        response -> Session.of(response.getSession()),
        wanted);
  }

  /**
   * A client's uid. {@link NotFoundException} where the client is gone, {@link DataLossException} where it is not UTF-8:
   * {@link #select} has such.
   *
   * @param clientId 20 hex digits
   * @param options what else it asks for
   * @return empty where it has none
   */
  public final CompletableFuture<Optional<String>> getUidByClientId(String clientId, Option.AboutClient... options) {
    Options wanted = Options.of(options);
    return call(
        GatewayServiceGrpc.getGetUidByClientIdMethod(),
        GetUidByClientIdRequest.newBuilder()
            .setClientId(clientId)
            .setGeneration(wanted.generation)
            .setConsistency(wanted.consistency)
            .build(),
        Results::uid,
        wanted);
  }

  // ---- Counts

  /**
   * Whether any client is bound to the uid.
   *
   * @param uid whose clients
   * @param options what else it asks for
   * @return true where one is
   */
  public final CompletableFuture<Boolean> isUidOnline(String uid, Option.AboutCluster... options) {
    Options wanted = Options.of(options);
    return call(
        GatewayServiceGrpc.getIsUidOnlineMethod(),
        IsUidOnlineRequest.newBuilder()
            .setUid(uid)
            .setConsistency(wanted.consistency)
            .setPartialOk(wanted.partialOk)
            .build(),
        IsUidOnlineResponse::getOnline,
        wanted);
  }

  /**
   * How many clients are connected.
   *
   * @param options what else it asks for
   * @return over all Gateways
   */
  public final CompletableFuture<Count> getAllClientCount(Option.AboutCluster... options) {
    Options wanted = Options.of(options);
    return call(
        GatewayServiceGrpc.getGetAllClientCountMethod(),
        GetAllClientCountRequest.newBuilder()
            .setConsistency(wanted.consistency)
            .setPartialOk(wanted.partialOk)
            .build(),
        response -> Results.count(response.getCount(), response.getMissingList()),
        wanted);
  }

  /**
   * How many clients are in a group.
   *
   * @param group its name
   * @param options what else it asks for
   * @return over all Gateways
   */
  public final CompletableFuture<Count> getClientCountByGroup(String group, Option.AboutCluster... options) {
    Options wanted = Options.of(options);
    return call(
        GatewayServiceGrpc.getGetClientCountByGroupMethod(),
        GetClientCountByGroupRequest.newBuilder()
            .setGroup(group)
            .setConsistency(wanted.consistency)
            .setPartialOk(wanted.partialOk)
            .build(),
        response -> Results.count(response.getCount(), response.getMissingList()),
        wanted);
  }

  /**
   * How many different uids are in a group.
   *
   * @param group its name
   * @param options what else it asks for
   * @return over all Gateways
   */
  public final CompletableFuture<Count> getUidCountByGroup(String group, Option.AboutCluster... options) {
    Options wanted = Options.of(options);
    return call(
        GatewayServiceGrpc.getGetUidCountByGroupMethod(),
        GetUidCountByGroupRequest.newBuilder()
            .setGroup(group)
            .setConsistency(wanted.consistency)
            .setPartialOk(wanted.partialOk)
            .build(),
        response -> Results.count(response.getCount(), response.getMissingList()),
        wanted);
  }

  /**
   * How many different uids are bound.
   *
   * @param options what else it asks for
   * @return over all Gateways
   */
  public final CompletableFuture<Count> getAllUidCount(Option.AboutCluster... options) {
    Options wanted = Options.of(options);
    return call(
        GatewayServiceGrpc.getGetAllUidCountMethod(),
        GetAllUidCountRequest.newBuilder()
            .setConsistency(wanted.consistency)
            .setPartialOk(wanted.partialOk)
            .build(),
        response -> Results.count(response.getCount(), response.getMissingList()),
        wanted);
  }

  /**
   * How many clients are in each group.
   *
   * @param options what else it asks for
   * @return by group
   */
  public final CompletableFuture<Table<Long>> getAllGroupClientIdCount(Option.AboutCluster... options) {
    Options wanted = Options.of(options);
    return call(
        GatewayServiceGrpc.getGetAllGroupClientIdCountMethod(),
        GetAllGroupClientIdCountRequest.newBuilder()
            .setConsistency(wanted.consistency)
            .setPartialOk(wanted.partialOk)
            .build(),
        response -> Results.counts(response.getGroupsList(), response.getMissingList()),
        wanted);
  }

  /**
   * How many different uids are in each group. Groups whose clients have no uid are left out.
   *
   * @param options what else it asks for
   * @return by group
   */
  public final CompletableFuture<Table<Long>> getAllGroupUidCount(Option.AboutCluster... options) {
    Options wanted = Options.of(options);
    return call(
        GatewayServiceGrpc.getGetAllGroupUidCountMethod(),
        GetAllGroupUidCountRequest.newBuilder()
            .setConsistency(wanted.consistency)
            .setPartialOk(wanted.partialOk)
            .build(),
        response -> Results.counts(response.getGroupsList(), response.getMissingList()),
        wanted);
  }

  /**
   * How many clients are in each of the groups named.
   *
   * @param groups their names
   * @param options what else it asks for
   * @return by group, in the order asked
   */
  public final CompletableFuture<Table<Long>> getClientCountByGroups(Collection<String> groups, Option.AboutCluster... options) {
    Options wanted = Options.of(options);
    return call(
        GatewayServiceGrpc.getGetClientCountByGroupsMethod(),
        GetClientCountByGroupsRequest.newBuilder()
            .addAllGroups(groups)
            .setConsistency(wanted.consistency)
            .setPartialOk(wanted.partialOk)
            .build(),
        response -> Results.counts(response.getGroupsList(), response.getMissingList()),
        wanted);
  }

  // ---- Many clients

  /**
   * Clients with the fields asked for: those that match any of {@link Option#clients}, {@link Option#groups} and
   * {@link Option#uids}; every client where none of these is given.
   *
   * @param fields at least one
   * @param options what else it asks for
   * @return in no order
   */
  public final CompletableFuture<Listing<SelectedClient>> select(Collection<Field> fields, Option.Selecting... options) {
    Options wanted = Options.of(options);
    SelectRequest.Builder request = SelectRequest.newBuilder()
        .setConsistency(wanted.consistency)
        .setPartialOk(wanted.partialOk);
    fields.forEach(field -> request.addFields(field.proto));
    if (wanted.filter != null) {
      request.setFilter(wanted.filter);
    }
    return call(
        GatewayServiceGrpc.getSelectMethod(),
        request.build(),
        response -> Results.list(
            response.getClientsList().stream().map(SelectedClient::of).toList(), response.getMissingList()),
        wanted);
  }

  /**
   * Whether each of many clients is connected.
   *
   * @param clientIds 20 hex digits each
   * @param options what else it asks for
   * @return by client_id
   */
  public final CompletableFuture<Table<Boolean>> areOnline(Collection<String> clientIds, Option.AboutCluster... options) {
    Options wanted = Options.of(options);
    return call(
        GatewayServiceGrpc.getAreOnlineMethod(),
        AreOnlineRequest.newBuilder()
            .addAllClientIds(clientIds)
            .setConsistency(wanted.consistency)
            .setPartialOk(wanted.partialOk)
            .build(),
        response -> Results.table(response.getOnlineMap(), response.getMissingList()),
        wanted);
  }

  /**
   * The sessions of many clients.
   *
   * @param clientIds 20 hex digits each
   * @param options what else it asks for
   * @return by client_id; null for those that are not online
   */
  public final CompletableFuture<Table<Session>> getSessions(Collection<String> clientIds, Option.AboutCluster... options) {
    Options wanted = Options.of(options);
    return call(
        GatewayServiceGrpc.getGetSessionsMethod(),
        GetSessionsRequest.newBuilder()
            .addAllClientIds(clientIds)
            .setConsistency(wanted.consistency)
            .setPartialOk(wanted.partialOk)
            .build(),
        Results::sessionsAndOffline,
        wanted);
  }
}
