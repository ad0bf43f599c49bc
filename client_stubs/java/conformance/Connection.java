import com.google.gson.JsonObject;
import io.gatewayd.gatewayworker.Client;
import io.gatewayd.gatewayworker.ClientBuilder;
import io.gatewayd.gatewayworker.Tls;
import io.gatewayd.gatewayworker.WorkerBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** How a request wants the daemon spoken to. */
final class Connection {
  private Connection() {
  }

  /** The same for requests that may share a client. */
  static String key(JsonObject request) {
    StringBuilder key = new StringBuilder();
    for (String name : new String[] {"address", "tls", "token", "token_file"}) {
      key.append(request.get(name)).append(' ');
    }
    return key.toString();
  }

  static Client client(JsonObject request) {
    ClientBuilder builder = Client.builder();
    if (request.has("address")) {
      builder.address(request.get("address").getAsString());
    }
    if (request.has("tls")) {
      builder.tls(tls(request.getAsJsonObject("tls")));
    }
    if (request.has("token")) {
      builder.token(request.get("token").getAsString());
    }
    if (request.has("token_file")) {
      String path = request.get("token_file").getAsString();
      builder.token(() -> new String(read(path), StandardCharsets.UTF_8));
    }
    return builder.build();
  }

  static void apply(JsonObject request, WorkerBuilder builder) {
    if (request.has("tls")) {
      builder.tls(tls(request.getAsJsonObject("tls")));
    }
    if (request.has("token")) {
      builder.token(request.get("token").getAsString());
    }
    if (request.has("token_file")) {
      String path = request.get("token_file").getAsString();
      builder.token(() -> new String(read(path), StandardCharsets.UTF_8));
    }
  }

  private static Tls tls(JsonObject given) {
    Tls tls = new Tls().serverName(given.get("server_name").getAsString());
    tls = tls.rootCertificates(read(given.get("authorities").getAsString()));
    return given.has("certificate")
        ? tls.certificate(read(given.get("certificate").getAsString()), read(given.get("key").getAsString()))
        : tls;
  }

  private static byte[] read(String path) {
    try {
      return Files.readAllBytes(Path.of(path));
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
  }
}
