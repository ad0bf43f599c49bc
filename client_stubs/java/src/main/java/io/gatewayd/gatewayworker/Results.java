package io.gatewayd.gatewayworker;

import com.google.protobuf.ByteString;
import io.gatewayd.gatewayworker.v1.ClientSession;
import io.gatewayd.gatewayworker.v1.GatewayFailure;
import io.gatewayd.gatewayworker.v1.GetAllGroupClientIdListResponse;
import io.gatewayd.gatewayworker.v1.GetAllGroupUidListResponse;
import io.gatewayd.gatewayworker.v1.GetClientIdByUidsResponse;
import io.gatewayd.gatewayworker.v1.GetSessionsResponse;
import io.gatewayd.gatewayworker.v1.GetUidByClientIdResponse;
import io.gatewayd.gatewayworker.v1.GroupCount;
import io.grpc.Status;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** What the responses of queries are to their callers. */
final class Results {
  private Results() {}

  static Count count(long count, List<GatewayFailure> missing) {
    return new Count(count, failures(missing));
  }

  static <T> Listing<T> list(List<T> elements, List<GatewayFailure> missing) {
    return new Listing<>(elements, List.of(), failures(missing));
  }

  static Listing<String> list(List<String> names, List<ByteString> notUtf8, List<GatewayFailure> missing) {
    return new Listing<>(names, notUtf8, failures(missing));
  }

  static <V> Table<V> table(Map<String, V> entries, List<GatewayFailure> missing) {
    return new Table<>(entries, Map.of(), failures(missing));
  }

  static Table<Long> counts(List<GroupCount> groups, List<GatewayFailure> missing) {
    return byGroup(groups, GroupCount::getGroup, GroupCount::getGroupNotUtf8, GroupCount::getCount, missing);
  }

  static Table<Session> sessions(List<ClientSession> clients, List<GatewayFailure> missing) {
    return table(sessions(clients), missing);
  }

  static Table<Session> sessionsAndOffline(GetSessionsResponse response) {
    Map<String, Session> sessions = sessions(response.getClientsList());
    response.getOfflineClientIdsList().forEach(clientId -> sessions.put(clientId, null));
    return table(sessions, response.getMissingList());
  }

  static Table<List<String>> clientIdsByUid(GetClientIdByUidsResponse response) {
    Map<String, List<String>> entries = new LinkedHashMap<>();
    response.getUidsList().forEach(entry -> entries.put(entry.getUid(), List.copyOf(entry.getClientIdsList())));
    return table(entries, response.getMissingList());
  }

  static Table<Listing<String>> uidsByGroup(GetAllGroupUidListResponse response) {
    return byGroup(
        response.getGroupsList(),
        group -> group.getGroup(),
        group -> group.getGroupNotUtf8(),
        group -> new Listing<>(group.getUidsList(), group.getUidsNotUtf8List(), List.of()),
        response.getMissingList());
  }

  static Table<List<String>> clientIdsByGroup(GetAllGroupClientIdListResponse response) {
    return byGroup(
        response.getGroupsList(),
        group -> group.getGroup(),
        group -> group.getGroupNotUtf8(),
        group -> List.copyOf(group.getClientIdsList()),
        response.getMissingList());
  }

  static Optional<String> uid(GetUidByClientIdResponse response) {
    if (!response.getUidNotUtf8().isEmpty()) {
      throw Errors.of(Status.Code.DATA_LOSS, "the client's uid is not UTF-8; select has its bytes");
    }
    return response.hasUid() ? Optional.of(response.getUid()) : Optional.empty();
  }

  private static List<io.gatewayd.gatewayworker.GatewayFailure> failures(List<GatewayFailure> missing) {
    return io.gatewayd.gatewayworker.GatewayFailure.listOf(missing);
  }

  private static Map<String, Session> sessions(List<ClientSession> clients) {
    Map<String, Session> sessions = new LinkedHashMap<>();
    clients.forEach(client -> sessions.put(client.getClientId(), Session.of(client.getSession())));
    return sessions;
  }

  private static <G, V> Table<V> byGroup(
      List<G> groups,
      Function<G, String> name,
      Function<G, ByteString> notUtf8,
      Function<G, V> value,
      List<GatewayFailure> missing) {
    Map<String, V> entries = new LinkedHashMap<>();
    Map<ByteString, V> others = new HashMap<>();
    for (G group : groups) {
      if (notUtf8.apply(group).isEmpty()) {
        entries.put(name.apply(group), value.apply(group));
      } else {
        others.put(notUtf8.apply(group), value.apply(group));
      }
    }
    return new Table<>(entries, others, failures(missing));
  }
}
