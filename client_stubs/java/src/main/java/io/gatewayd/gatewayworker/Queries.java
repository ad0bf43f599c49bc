package io.gatewayd.gatewayworker;

import java.util.Collection;
import java.util.List;
import java.util.Optional;

/** What a {@link Client} can ask. */
abstract class Queries extends CommandFunctions<Client, Delivery> {
  Queries() {}

  /** The calls, whose results come in the thread that reads them: for who waits for them. */
  abstract AsyncClient calls();

  // ---- One client

  /**
   * Whether a client is connected. {@link NotFoundException} where no member of the cluster carries such ids.
   *
   * @param clientId 20 hex digits
   * @param options what else it asks for
   * @return true where its Gateway has the connection
   */
  public final boolean isOnline(String clientId, Option.AboutClient... options) {
    return Await.result(calls().isOnline(clientId, options));
  }

  /**
   * A client's session. {@link NotFoundException} where the client is gone.
   *
   * @param clientId 20 hex digits
   * @param options what else it asks for
   * @return empty where none was set
   */
  public final Session getSession(String clientId, Option.AboutClient... options) {
    return Await.result(calls().getSession(clientId, options));
  }

  /**
   * A client's uid. {@link NotFoundException} where the client is gone, {@link DataLossException} where it is not UTF-8:
   * {@link #select} has such.
   *
   * @param clientId 20 hex digits
   * @param options what else it asks for
   * @return empty where it has none
   */
  public final Optional<String> getUidByClientId(String clientId, Option.AboutClient... options) {
    return Await.result(calls().getUidByClientId(clientId, options));
  }

  // ---- Counts

  /**
   * Whether any client is bound to the uid.
   *
   * @param uid whose clients
   * @param options what else it asks for
   * @return true where one is
   */
  public final boolean isUidOnline(String uid, Option.AboutCluster... options) {
    return Await.result(calls().isUidOnline(uid, options));
  }

  /**
   * How many clients are connected.
   *
   * @param options what else it asks for
   * @return over all Gateways
   */
  public final Count getAllClientCount(Option.AboutCluster... options) {
    return Await.result(calls().getAllClientCount(options));
  }

  /**
   * How many clients are in a group.
   *
   * @param group its name
   * @param options what else it asks for
   * @return over all Gateways
   */
  public final Count getClientCountByGroup(String group, Option.AboutCluster... options) {
    return Await.result(calls().getClientCountByGroup(group, options));
  }

  /**
   * How many different uids are in a group.
   *
   * @param group its name
   * @param options what else it asks for
   * @return over all Gateways
   */
  public final Count getUidCountByGroup(String group, Option.AboutCluster... options) {
    return Await.result(calls().getUidCountByGroup(group, options));
  }

  /**
   * How many different uids are bound.
   *
   * @param options what else it asks for
   * @return over all Gateways
   */
  public final Count getAllUidCount(Option.AboutCluster... options) {
    return Await.result(calls().getAllUidCount(options));
  }

  /**
   * How many clients are in each group.
   *
   * @param options what else it asks for
   * @return by group
   */
  public final Table<Long> getAllGroupClientIdCount(Option.AboutCluster... options) {
    return Await.result(calls().getAllGroupClientIdCount(options));
  }

  /**
   * How many different uids are in each group. Groups whose clients have no uid are left out.
   *
   * @param options what else it asks for
   * @return by group
   */
  public final Table<Long> getAllGroupUidCount(Option.AboutCluster... options) {
    return Await.result(calls().getAllGroupUidCount(options));
  }

  /**
   * How many clients are in each of the groups named.
   *
   * @param groups their names
   * @param options what else it asks for
   * @return by group, in the order asked
   */
  public final Table<Long> getClientCountByGroups(Collection<String> groups, Option.AboutCluster... options) {
    return Await.result(calls().getClientCountByGroups(groups, options));
  }

  // ---- Lists. Those that may pass the client's maxMessageBytes have a streaming form

  /**
   * Every client with its session.
   *
   * @param options what else it asks for
   * @return by client_id
   */
  public final Table<Session> getAllClientSessions(Option.AboutCluster... options) {
    return Await.result(calls().getAllClientSessions(options));
  }

  /**
   * Every client of a group with its session.
   *
   * @param group its name
   * @param options what else it asks for
   * @return by client_id
   */
  public final Table<Session> getAllClientSessions(String group, Option.AboutCluster... options) {
    return Await.result(calls().getAllClientSessions(group, options));
  }

  /**
   * The clients of a group with their sessions.
   *
   * @param group its name
   * @param options what else it asks for
   * @return by client_id
   */
  public final Table<Session> getClientSessionsByGroup(String group, Option.AboutCluster... options) {
    return Await.result(calls().getClientSessionsByGroup(group, options));
  }

  /**
   * Every client_id.
   *
   * @param options what else it asks for
   * @return in no order
   */
  public final Listing<String> getAllClientIdList(Option.AboutCluster... options) {
    return Await.result(calls().getAllClientIdList(options));
  }

  /**
   * The client_ids of a group.
   *
   * @param group its name
   * @param options what else it asks for
   * @return in no order
   */
  public final Listing<String> getClientIdListByGroup(String group, Option.AboutCluster... options) {
    return Await.result(calls().getClientIdListByGroup(group, options));
  }

  /**
   * The client_ids bound to a uid.
   *
   * @param uid whose clients
   * @param options what else it asks for
   * @return in no order
   */
  public final Listing<String> getClientIdByUid(String uid, Option.AboutCluster... options) {
    return Await.result(calls().getClientIdByUid(uid, options));
  }

  /**
   * The client_ids bound to each of the uids; those without clients too.
   *
   * @param uids whose clients
   * @param options what else it asks for
   * @return by uid, in the order asked
   */
  public final Table<List<String>> getClientIdByUids(Collection<String> uids, Option.AboutCluster... options) {
    return Await.result(calls().getClientIdByUids(uids, options));
  }

  /**
   * The different uids in a group.
   *
   * @param group its name
   * @param options what else it asks for
   * @return in no order
   */
  public final Listing<String> getUidListByGroup(String group, Option.AboutCluster... options) {
    return Await.result(calls().getUidListByGroup(group, options));
  }

  /**
   * All different uids.
   *
   * @param options what else it asks for
   * @return in no order
   */
  public final Listing<String> getAllUidList(Option.AboutCluster... options) {
    return Await.result(calls().getAllUidList(options));
  }

  /**
   * The names of all groups that have clients.
   *
   * @param options what else it asks for
   * @return in no order
   */
  public final Listing<String> getAllGroupIdList(Option.AboutCluster... options) {
    return Await.result(calls().getAllGroupIdList(options));
  }

  /**
   * The different uids in each group.
   *
   * @param options what else it asks for
   * @return by group
   */
  public final Table<Listing<String>> getAllGroupUidList(Option.AboutCluster... options) {
    return Await.result(calls().getAllGroupUidList(options));
  }

  /**
   * The client_ids in each group.
   *
   * @param options what else it asks for
   * @return by group
   */
  public final Table<List<String>> getAllGroupClientIdList(Option.AboutCluster... options) {
    return Await.result(calls().getAllGroupClientIdList(options));
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
  public final Listing<SelectedClient> select(Collection<Field> fields, Option.Selecting... options) {
    return Await.result(calls().select(fields, options));
  }

  /**
   * Whether each of many clients is connected.
   *
   * @param clientIds 20 hex digits each
   * @param options what else it asks for
   * @return by client_id
   */
  public final Table<Boolean> areOnline(Collection<String> clientIds, Option.AboutCluster... options) {
    return Await.result(calls().areOnline(clientIds, options));
  }

  /**
   * The sessions of many clients.
   *
   * @param clientIds 20 hex digits each
   * @param options what else it asks for
   * @return by client_id; null for those that are not online
   */
  public final Table<Session> getSessions(Collection<String> clientIds, Option.AboutCluster... options) {
    return Await.result(calls().getSessions(clientIds, options));
  }
}
