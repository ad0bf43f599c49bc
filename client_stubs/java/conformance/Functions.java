import com.google.gson.JsonObject;
import io.gatewayd.gatewayworker.Batch;
import io.gatewayd.gatewayworker.Client;
import io.gatewayd.gatewayworker.CommandFunctions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The package's functions by the suite's names. */
final class Functions {
  private Functions() {}

  /** Calls a function of the client: its result as JSON has it. */
  static Object call(Client client, String name, Arguments given) {
    return switch (name) {
      case "is_online" -> client.isOnline(given.text("client_id"), given.aboutClient());
      case "get_session" -> Json.plain(client.getSession(given.text("client_id"), given.aboutClient()));
      case "get_uid_by_client_id" -> Json.plain(client.getUidByClientId(given.text("client_id"), given.aboutClient()));
      case "execute" -> Json.plain(client.execute(batch(given.commands()), given.timeouts()));
      case "select" -> Json.plain(client.select(given.fields(), given.selecting()));
      default -> {
        Object listed = list(client, name, given);
        yield listed != null ? listed : command(client, name, given);
      }
    };
  }

  private static Object list(Client client, String name, Arguments given) {
    return Json.plain(switch (name) {
      case "is_uid_online" -> client.isUidOnline(given.text("uid"), given.aboutCluster());
      case "get_all_client_count" -> client.getAllClientCount(given.aboutCluster());
      case "get_all_uid_count" -> client.getAllUidCount(given.aboutCluster());
      case "get_client_count_by_group" -> client.getClientCountByGroup(given.text("group"), given.aboutCluster());
      case "get_uid_count_by_group" -> client.getUidCountByGroup(given.text("group"), given.aboutCluster());
      case "get_all_group_client_id_count" -> client.getAllGroupClientIdCount(given.aboutCluster());
      case "get_all_group_uid_count" -> client.getAllGroupUidCount(given.aboutCluster());
      case "get_client_count_by_groups" -> client.getClientCountByGroups(given.texts("groups"), given.aboutCluster());
      case "get_all_client_sessions" -> given.has("group")
          ? client.getAllClientSessions(given.text("group"), given.aboutCluster())
          : client.getAllClientSessions(given.aboutCluster());
      case "get_client_sessions_by_group" -> client.getClientSessionsByGroup(given.text("group"), given.aboutCluster());
      case "get_all_client_id_list" -> client.getAllClientIdList(given.aboutCluster());
      case "get_client_id_list_by_group" -> client.getClientIdListByGroup(given.text("group"), given.aboutCluster());
      case "get_client_id_by_uid" -> client.getClientIdByUid(given.text("uid"), given.aboutCluster());
      case "get_client_id_by_uids" -> client.getClientIdByUids(given.texts("uids"), given.aboutCluster());
      case "get_uid_list_by_group" -> client.getUidListByGroup(given.text("group"), given.aboutCluster());
      case "get_all_uid_list" -> client.getAllUidList(given.aboutCluster());
      case "get_all_group_id_list" -> client.getAllGroupIdList(given.aboutCluster());
      case "get_all_group_uid_list" -> client.getAllGroupUidList(given.aboutCluster());
      case "get_all_group_client_id_list" -> client.getAllGroupClientIdList(given.aboutCluster());
      case "are_online" -> client.areOnline(given.texts("client_ids"), given.aboutCluster());
      case "get_sessions" -> client.getSessions(given.texts("client_ids"), given.aboutCluster());
      case "stream_all_client_id_list" -> {
        List<String> all = new ArrayList<>();
        client.streamAllClientIdList(all::add, given.aboutCluster());
        yield all;
      }
      case "stream_all_uid_list" -> {
        List<String> all = new ArrayList<>();
        client.streamAllUidList(all::add, given.aboutCluster());
        yield all;
      }
      case "stream_all_client_sessions" -> {
        Map<String, Object> all = new LinkedHashMap<>();
        client.streamAllClientSessions((clientId, session) -> all.put(clientId, Json.plain(session)), given.aboutCluster());
        yield all;
      }
      default -> null;
    });
  }

  /** Runs a command on a client or a worker's stream, or adds it to a batch. */
  static Object command(CommandFunctions<?, ?> on, String name, Arguments given) {
    String clientId = given.text("client_id");
    Object result = switch (name) {
      case "send_to_client" -> on.sendToClient(clientId, given.message(), given.toClient());
      case "send_to_current_client" -> on.sendToCurrentClient(given.message(), given.toCurrent());
      case "send_to_all" -> on.sendToAll(given.message(), given.toAll());
      case "send_to_uid" -> on.sendToUid(given.texts("uids"), given.message(), given.toMany());
      case "send_to_group" -> on.sendToGroup(given.texts("groups"), given.message(), given.toGroup());
      case "bind_uid" -> on.bindUid(clientId, given.text("uid"), given.toClient());
      case "unbind_uid" -> on.unbindUid(clientId, given.text("uid"), given.toClient());
      case "join_group" -> on.joinGroup(clientId, given.text("group"), given.toClient());
      case "leave_group" -> on.leaveGroup(clientId, given.text("group"), given.toClient());
      case "ungroup" -> on.ungroup(given.text("group"), given.toMany());
      case "set_session" -> given.object("session").has("stored")
          ? on.setSession(clientId, Json.bytes(given.object("session").get("stored")), given.toClient())
          : on.setSession(clientId, Json.map(given.object("session").getAsJsonObject("value")), given.toClient());
      case "update_session" -> given.object("session").has("stored")
          ? on.updateSession(clientId, Json.bytes(given.object("session").get("stored")), given.toClient())
          : on.updateSession(clientId, Json.map(given.object("session").getAsJsonObject("value")), given.toClient());
      case "close_client" -> given.has("message")
          ? on.closeClient(clientId, given.message(), given.toClient())
          : on.closeClient(clientId, given.toClient());
      case "close_current_client" -> given.has("message")
          ? on.closeCurrentClient(given.message(), given.toCurrent())
          : on.closeCurrentClient(given.toCurrent());
      case "destroy_client" -> on.destroyClient(clientId, given.toClient());
      case "destroy_current_client" -> on.destroyCurrentClient(given.toCurrent());
      default -> throw new IllegalArgumentException("no such function: " + name);
    };
    return result == on ? null : Json.plain(result);
  }

  private static Batch batch(List<JsonObject> commands) {
    Batch batch = new Batch();
    for (JsonObject one : commands) {
      command(batch, one.get("command").getAsString(), new Arguments(one.getAsJsonObject("arguments"), null, null));
    }
    return batch;
  }
}
