import io.gatewayd.gatewayworker.Client;
import io.gatewayd.gatewayworker.Count;
import io.gatewayd.gatewayworker.Delivery;

/**
 * Sends a message from a script, with no worker: to everyone, to a uid or to a group. Says how far it came.
 *
 * <p>{@code push "hello"} · {@code push --uid 42 "your parcel is here"} · {@code push --group news "extra"}. (Where no worker is
 * attached at all, PHP Gateways close their clients: run gatewayd with --events=always.)
 */
public final class Push {
  private Push() {}

  public static void main(String[] arguments) {
    String to = arguments.length == 3 ? arguments[0] : "";
    if (arguments.length != 1 && !to.equals("--uid") && !to.equals("--group")) {
      System.err.println("usage: push [--uid UID | --group GROUP] MESSAGE");
      System.exit(2);
    }
    String message = arguments[arguments.length - 1];
    try (Client client = Client.create()) {
      Delivery delivery = switch (to) {
        case "--uid" -> client.sendToUid(arguments[1], message);
        case "--group" -> client.sendToGroup(arguments[1], message);
        default -> client.sendToAll(message);
      };
      Count online = client.getAllClientCount();
      System.out.println("sent to " + delivery.gateways() + " Gateways, " + online + " clients are online");
      delivery.unreachable().forEach(failure ->
          System.out.println("not to " + failure.gateway() + ": " + failure.reason()));
    }
  }
}
