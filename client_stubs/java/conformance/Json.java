import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.protobuf.ByteString;
import io.gatewayd.gatewayworker.CommandResult;
import io.gatewayd.gatewayworker.Count;
import io.gatewayd.gatewayworker.Delivery;
import io.gatewayd.gatewayworker.Event;
import io.gatewayd.gatewayworker.EventKind;
import io.gatewayd.gatewayworker.GatewayException;
import io.gatewayd.gatewayworker.GatewayFailure;
import io.gatewayd.gatewayworker.Handshake;
import io.gatewayd.gatewayworker.Listing;
import io.gatewayd.gatewayworker.SelectedClient;
import io.gatewayd.gatewayworker.Session;
import io.gatewayd.gatewayworker.Table;
import io.gatewayd.gatewayworker.Welcome;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** JSON to the package's values, and back. */
final class Json {
  private static final Gson GSON = new GsonBuilder().serializeNulls().disableHtmlEscaping().create();

  private Json() {}

  static String text(Object plain) {
    return GSON.toJson(plain);
  }

  static JsonObject object(String line) {
    return GSON.fromJson(line, JsonObject.class);
  }

  static byte[] bytes(JsonElement base64) {
    return Base64.getDecoder().decode(base64.getAsString());
  }

  /** A session's value. */
  static Object value(JsonElement given) {
    if (given.isJsonNull()) {
      return null;
    } else if (given.isJsonArray()) {
      List<Object> list = new ArrayList<>();
      given.getAsJsonArray().forEach(element -> list.add(value(element)));
      return list;
    } else if (given.isJsonObject()) {
      JsonObject object = given.getAsJsonObject();
      if (object.has("$int64")) {
        return Long.parseLong(object.get("$int64").getAsString());
      }
      return object.has("$bytes") ? bytes(object.get("$bytes")) : map(object);
    } else if (given.getAsJsonPrimitive().isBoolean()) {
      return given.getAsBoolean();
    } else if (given.getAsJsonPrimitive().isNumber()) {
      BigDecimal number = given.getAsBigDecimal();
      return given.getAsString().matches("-?\\d+") ? (Object) number.longValueExact() : number.doubleValue();
    }
    return given.getAsString();
  }

  static Map<String, Object> map(JsonObject object) {
    Map<String, Object> map = new LinkedHashMap<>();
    object.entrySet().forEach(entry -> map.put(entry.getKey(), value(entry.getValue())));
    return map;
  }

  // ---- What is said

  /** A result. */
  static Object plain(Object result) {
    if (result instanceof Optional<?> perhaps) {
      return plain(perhaps.orElse(null));
    } else if (result instanceof Count count) {
      return count.longValue();
    } else if (result instanceof Session session) {
      return line("value", new LinkedHashMap<>(session), "stored", base64(session.stored()), "incomplete", session.incomplete());
    } else if (result instanceof Delivery delivery) {
      return line("gateways", delivery.gateways(), "unreachable", plain(delivery.unreachable()));
    } else if (result instanceof GatewayFailure failure) {
      return line("gateway", failure.gateway(), "reason", failure.reason());
    } else if (result instanceof CommandResult one) {
      return line("code", one.code().name(), "message", one.message(), "delivery", plain(one.delivery()));
    } else if (result instanceof SelectedClient client) {
      Object uid = client.uidNotUtf8().<Object>map(Json::notUtf8).orElse(client.uid().orElse(null));
      return line("client_id", client.clientId(), "uid", uid, "groups", plain(client.groups()), "session", plain(client.session()));
    } else if (result instanceof Table<?> table) {
      Map<String, Object> map = new LinkedHashMap<>();
      table.forEach((key, value) -> map.put(key, plain(value)));
      table.notUtf8().forEach((key, value) -> map.put(base64(key.toByteArray()), plain(value)));
      return map;
    } else if (result instanceof List<?> list) {
      List<Object> plain = new ArrayList<>();
      list.forEach(element -> plain.add(plain(element)));
      if (list instanceof Listing<?> listing) {
        listing.notUtf8().forEach(bytes -> plain.add(notUtf8(bytes)));
      }
      return plain;
    }
    return result;
  }

  static Map<String, Object> plainError(GatewayException error) {
    return line(
        "code", error.code().name(),
        "message", error.getMessage(),
        "field", error.field().orElse(null),
        "reason", error.reason().orElse(null),
        "gateways", error.gateways());
  }

  static Map<String, Object> plainWelcome(Welcome welcome) {
    return line(
        "version", welcome.version(),
        "dialect", welcome.dialect(),
        "worker_id", welcome.workerId(),
        "window_events", welcome.windowEvents(),
        "window_bytes", welcome.windowBytes(),
        "max_message_bytes", welcome.maxMessageBytes());
  }

  static Map<String, Object> plainEvent(Event event) {
    Map<String, Object> line = line(
        "kind", event.kind().name(),
        "client_id", event.clientId(),
        "body", base64(event.body()),
        "body_omitted", event.bodyOmitted().isPresent() ? event.bodyOmitted().getAsLong() : null,
        "attempt", event.attempt(),
        "redelivered", event.redelivered(),
        "session", new LinkedHashMap<>(event.session()),
        "session_stored", base64(event.session().stored()),
        "session_stale", event.sessionStale(),
        "client_ip", event.clientIp());
    if (event.kind() == EventKind.WEBSOCKET_CONNECT) {
      Handshake said = event.handshake();
      line.put("handshake", line(
          "get", said.get(), "server", said.server(), "cookie", said.cookie(), "incomplete", said.incomplete()));
    }
    return line;
  }

  static Map<String, Object> line(Object... keysAndValues) {
    Map<String, Object> line = new LinkedHashMap<>();
    for (int i = 0; i < keysAndValues.length; i += 2) {
      line.put((String) keysAndValues[i], keysAndValues[i + 1]);
    }
    return line;
  }

  private static String base64(byte[] data) {
    return Base64.getEncoder().encodeToString(data);
  }

  private static Object notUtf8(ByteString bytes) {
    return line("$bytes", base64(bytes.toByteArray()));
  }
}
