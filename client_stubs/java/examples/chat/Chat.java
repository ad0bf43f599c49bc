import static io.gatewayd.gatewayworker.Option.generation;

import com.google.gson.Gson;
import io.gatewayd.gatewayworker.Client;
import io.gatewayd.gatewayworker.Event;
import io.gatewayd.gatewayworker.Session;
import io.gatewayd.gatewayworker.Worker;
import java.util.List;
import java.util.Map;

/**
 * A chat room, with groups and presence.
 *
 * <p>Clients send lines of text: what they say, "/name Ann" to be called so, "/who" to ask who is here. They get JSON:
 * {"type": "say", "from": "Ann", "text": "hi"}, {"type": "system", "text": "Ann is here"}, {"type": "online", "names": […]}.
 * The room is a group and names are in sessions: both are kept by the Gateways, so this can be restarted, and run twice.
 */
public final class Chat {
  private static final String ROOM = "chat";
  private static final Gson JSON = new Gson();

  /** Or of two clients that come at once, the list without the second may come last. */
  private static final Object ANNOUNCING = new Object();

  private Chat() {}

  public static void main(String[] arguments) {
    Worker.builder().onConnect(Chat::connected).onMessage(Chat::said).onClose(Chat::left).build().run();
  }

  private static void connected(Worker worker, Event event) {
    enter(worker.client(), event, "guest " + Long.parseLong(event.clientId().substring(12), 16));
  }

  private static void said(Worker worker, Event event) {
    Client client = worker.client();
    String text = event.text().strip();
    if (nameIn(event.session()).isEmpty()) {
      connected(worker, event); // the client was there before us
    }
    if (text.startsWith("/name ") && !wanted(text).isEmpty() && !wanted(text).equals(nameIn(event.session()))) {
      enter(client, event, wanted(text));
      tellAll(client, Map.of("type", "system", "text", wanted(text) + " is here"));
    } else if (text.startsWith("/")) {
      client.sendToCurrentClient(JSON.toJson(online(client)));
    } else {
      tellAll(client, Map.of("type", "say", "from", nameIn(event.session()), "text", text));
    }
  }

  private static void left(Worker worker, Event event) {
    String name = nameIn(event.session());
    if (!name.isEmpty()) {
      tellAll(worker.client(), Map.of("type", "system", "text", name + " has left"));
      announce(worker.client());
    }
  }

  private static void enter(Client client, Event event, String name) {
    // The generation keeps a late answer from a stranger: a Gateway that was restarted uses its client_ids again.
    client.updateSession(event.clientId(), Map.of("name", name), generation(event.generation()));
    client.joinGroup(event.clientId(), ROOM, generation(event.generation()));
    event.session().put("name", name);
    announce(client);
  }

  private static void announce(Client client) {
    synchronized (ANNOUNCING) {
      tellAll(client, online(client));
    }
  }

  private static Map<String, Object> online(Client client) {
    List<String> names = client.getClientSessionsByGroup(ROOM).values().stream().map(Chat::nameIn).sorted().toList();
    return Map.of("type", "online", "names", names);
  }

  private static void tellAll(Client client, Map<String, Object> message) {
    client.sendToGroup(ROOM, JSON.toJson(message));
  }

  private static String nameIn(Session session) {
    return session.get("name") instanceof String name ? name : "";
  }

  private static String wanted(String text) {
    String name = text.substring("/name ".length());
    return name.substring(0, Math.min(20, name.length())).strip();
  }
}
