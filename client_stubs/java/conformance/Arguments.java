import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.gatewayd.gatewayworker.Field;
import io.gatewayd.gatewayworker.Message;
import io.gatewayd.gatewayworker.Option;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The arguments of a call, by the suite's names. */
final class Arguments {
  private final JsonObject given;
  private final String clientId;
  private final Double timeout;

  /** {@code clientId} stands for "$client". {@code timeout}: in seconds; null: none. */
  Arguments(JsonObject given, String clientId, Double timeout) {
    this.given = given;
    this.clientId = clientId;
    this.timeout = timeout;
  }

  boolean has(String name) {
    return given.has(name);
  }

  JsonObject object(String name) {
    return given.getAsJsonObject(name);
  }

  String text(String name) {
    return given.has(name) ? text(given.get(name)) : "";
  }

  List<String> texts(String name) {
    List<String> texts = new ArrayList<>();
    given.getAsJsonArray(name).forEach(element -> texts.add(text(element)));
    return texts;
  }

  private String text(JsonElement element) {
    return clientId != null && element.getAsString().equals("$client") ? clientId : element.getAsString();
  }

  List<JsonObject> commands() {
    List<JsonObject> commands = new ArrayList<>();
    given.getAsJsonArray("commands").forEach(element -> commands.add(element.getAsJsonObject()));
    return commands;
  }

  List<Field> fields() {
    return texts("fields").stream().map(Field::valueOf).toList();
  }

  Message message() {
    JsonObject message = given.getAsJsonObject("message");
    Message made =
        message.has("text") ? Message.of(message.get("text").getAsString()) : Message.of(Json.bytes(message.get("data")));
    made = is(message, "raw") ? made.raw() : made;
    return is(message, "websocket_binary") ? made.websocketBinary() : made;
  }

  private static boolean is(JsonObject object, String name) {
    return object.has(name) && object.get(name).getAsBoolean();
  }

  // ---- Options

  Option.ToClient[] toClient() {
    List<Option.ToClient> options = new ArrayList<>(toMany(Option.ToClient.class));
    if (has("generation")) {
      options.add(Option.generation(text("generation")));
    }
    if (is(given, "require_online")) {
      options.add(Option.requireOnline());
    }
    return options.toArray(Option.ToClient[]::new);
  }

  Option.ToCurrent[] toCurrent() {
    List<Option.ToCurrent> options = new ArrayList<>(List.of(toClient()));
    if (has("client_id")) {
      options.add(Option.client(text("client_id")));
    }
    return options.toArray(Option.ToCurrent[]::new);
  }

  Option.ToMany[] toMany() {
    return toMany(Option.ToMany.class).toArray(Option.ToMany[]::new);
  }

  Option.ToGroup[] toGroup() {
    List<Option.ToGroup> options = new ArrayList<>(toMany(Option.ToGroup.class));
    if (has("exclude")) {
      options.add(Option.exclude(texts("exclude")));
    }
    return options.toArray(Option.ToGroup[]::new);
  }

  Option.ToAll[] toAll() {
    List<Option.ToAll> options = new ArrayList<>(List.of(toGroup()));
    if (has("client_ids")) {
      options.add(Option.clients(texts("client_ids")));
    }
    return options.toArray(Option.ToAll[]::new);
  }

  private <T extends Option> List<T> toMany(Class<T> kind) {
    List<T> options = new ArrayList<>();
    if (is(given, "confirm")) {
      options.add(kind.cast(Option.confirm()));
    }
    if (timeout != null) {
      options.add(kind.cast(timeouts()[0]));
    }
    return options;
  }

  Option.AboutClient[] aboutClient() {
    List<Option.AboutClient> options = new ArrayList<>(List.of(timeouts()));
    if (has("generation")) {
      options.add(Option.generation(text("generation")));
    }
    return options.toArray(Option.AboutClient[]::new);
  }

  Option.AboutCluster[] aboutCluster() {
    return timeouts();
  }

  Option.Timeout[] timeouts() {
    return timeout == null
        ? new Option.Timeout[0]
        : new Option.Timeout[] {Option.timeout(Duration.ofNanos((long) (timeout * 1e9)))};
  }

  Option.Selecting[] selecting() {
    List<Option.Selecting> options = new ArrayList<>(List.of(timeouts()));
    if (has("client_ids")) {
      options.add(Option.clients(texts("client_ids")));
    }
    if (has("groups")) {
      options.add(Option.groups(texts("groups")));
    }
    if (has("uids")) {
      options.add(Option.uids(texts("uids")));
    }
    return options.toArray(Option.Selecting[]::new);
  }
}
