import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.gatewayd.gatewayworker.Client;
import io.gatewayd.gatewayworker.Event;
import io.gatewayd.gatewayworker.GatewayException;
import io.gatewayd.gatewayworker.Handler;
import io.gatewayd.gatewayworker.Outcome;
import io.gatewayd.gatewayworker.SessionFreshness;
import io.gatewayd.gatewayworker.SessionMode;
import io.gatewayd.gatewayworker.Welcome;
import io.gatewayd.gatewayworker.Worker;
import io.gatewayd.gatewayworker.WorkerBuilder;
import java.io.BufferedReader;
import java.io.FileOutputStream;
import java.io.FileDescriptor;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** The conformance program: the package, driven by JSON lines. What they say is in ../../conformance/README.md. */
public final class Conformance {
  private static final PrintStream OUT =
      new PrintStream(new FileOutputStream(FileDescriptor.out), false, StandardCharsets.UTF_8);

  private final Map<String, Client> clients = new ConcurrentHashMap<>();
  private final Map<String, CountDownLatch> gates = new ConcurrentHashMap<>();
  private final Set<String> thrown = ConcurrentHashMap.newKeySet();
  private volatile Worker worker;
  private volatile CompletableFuture<Void> serving;
  private volatile boolean stopped;

  private Conformance() {}

  public static void main(String[] arguments) throws IOException {
    ExecutorService requests = Executors.newCachedThreadPool();
    Conformance program = new Conformance();
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      JsonObject request = Json.object(line);
      requests.execute(() -> program.answer(request));
    }
    Runtime.getRuntime().halt(0);
  }

  private static synchronized void say(Object... keysAndValues) {
    OUT.println(Json.text(Json.line(keysAndValues)));
    OUT.flush();
  }

  private void answer(JsonObject request) {
    long id = request.get("id").getAsLong();
    try {
      say("id", id, "value", result(request));
    } catch (GatewayException error) {
      say("id", id, "error", Json.plainError(error));
    } catch (RuntimeException error) {
      error.printStackTrace(); // and no answer: the case fails, and shows this
    }
  }

  private Object result(JsonObject request) {
    switch (request.get("do").getAsString()) {
      case "call":
        Client client = clients.computeIfAbsent(Connection.key(request), key -> Connection.client(request));
        Double timeout = request.has("timeout") ? (Double) request.get("timeout").getAsDouble() : null;
        Arguments arguments = new Arguments(request.getAsJsonObject("arguments"), null, timeout);
        return Functions.call(client, request.get("call").getAsString(), arguments);
      case "work":
        return work(request);
      case "open":
        gate(request.get("gate").getAsString()).countDown();
        return null;
      case "stop":
        stopped = true;
        worker.stop();
        serving.join();
        return null;
      default:
        throw new IllegalArgumentException(request.toString());
    }
  }

  private CountDownLatch gate(String name) {
    return gates.computeIfAbsent(name, key -> new CountDownLatch(1));
  }

  // ---- The worker

  private Object work(JsonObject request) {
    CompletableFuture<Welcome> welcomed = new CompletableFuture<>();
    JsonObject options = request.has("options") ? request.getAsJsonObject("options") : new JsonObject();
    WorkerBuilder builder = options(options)
        .onAttached(welcomed::complete)
        .onCommandError(error ->
            say("command_failed", Json.line("code", error.code().name(), "message", error.message())));
    Outcome outcome = options.has("on_error")
        ? Outcome.valueOf(options.get("on_error").getAsString().toUpperCase(Locale.ROOT))
        : Outcome.ACK;
    Connection.apply(request, builder);
    builder.onError((event, error) -> {
      say("failed", error.getMessage());
      return outcome;
    });
    boolean quiet = request.has("quiet") && request.get("quiet").getAsBoolean();
    for (Map.Entry<String, JsonElement> kind : request.getAsJsonObject("handlers").entrySet()) {
      JsonObject actions = kind.getValue().getAsJsonObject();
      Handler handler = (worker, event) -> handle(worker, event, actions, quiet);
      switch (kind.getKey()) {
        case "connect" -> builder.onConnect(handler);
        case "websocket_connect" -> builder.onWebsocketConnect(handler);
        case "message" -> builder.onMessage(handler);
        case "close" -> builder.onClose(handler);
        default -> throw new IllegalArgumentException(kind.getKey());
      }
    }
    worker = builder.build();
    serving = CompletableFuture.runAsync(worker::run, task -> new Thread(task, "serving").start());
    serving.whenComplete((nothing, error) -> {
      if (error != null) {
        welcomed.completeExceptionally(error instanceof CompletionException ? error.getCause() : error);
      } else if (!stopped) {
        Runtime.getRuntime().halt(0); // told by a signal to leave, and has left
      }
    });
    try {
      return Json.plainWelcome(welcomed.join());
    } catch (CompletionException error) {
      throw error.getCause() instanceof GatewayException refused ? refused : error;
    }
  }

  private static WorkerBuilder options(JsonObject given) {
    WorkerBuilder builder = Worker.builder();
    for (String name : given.keySet()) {
      JsonElement value = given.get(name);
      switch (name) {
        case "name" -> builder.name(value.getAsString());
        case "window_events" -> builder.windowEvents(value.getAsInt());
        case "window_bytes" -> builder.windowBytes(value.getAsLong());
        case "max_message_bytes" -> builder.maxMessageBytes(value.getAsLong());
        case "session_mode" -> builder.sessionMode(SessionMode.valueOf(value.getAsString()));
        case "session_freshness" -> builder.sessionFreshness(SessionFreshness.valueOf(value.getAsString()));
        case "ack_on_send" -> builder.ackOnSend(value.getAsBoolean());
        case "keep_links" -> builder.keepLinks(value.getAsBoolean());
        case "on_error" -> { } // the hook's
        default -> throw new IllegalArgumentException(name);
      }
    }
    return builder;
  }

  private void handle(Worker worker, Event event, JsonObject actions, boolean quiet) throws InterruptedException {
    if (!quiet) {
      say("event", Json.plainEvent(event));
    }
    String key = actions.has(event.text()) ? event.text() : "*";
    for (JsonElement action : actions.has(key) ? actions.getAsJsonArray(key) : new JsonArray()) {
      act(worker, event, action.getAsJsonObject());
    }
  }

  private void act(Worker worker, Event event, JsonObject action) throws InterruptedException {
    Arguments arguments = new Arguments(action.getAsJsonObject("arguments"), event.clientId(), null);
    switch (action.get("do").getAsString()) {
      case "echo" -> worker.sendToCurrentClient(event.body());
      case "wait" -> gate(action.get("gate").getAsString()).await();
      case "throw" -> throw new IllegalStateException(action.get("text").getAsString());
      case "throw_once" -> {
        if (thrown.add(action.get("text").getAsString())) {
          throw new IllegalStateException(action.get("text").getAsString());
        }
      }
      case "command" -> Functions.command(worker, action.get("command").getAsString(), arguments);
      case "sync" -> say("called", Json.line("call", "sync", "value", Json.plain(worker.sync())));
      case "call" -> call(worker, action.get("call").getAsString(), arguments);
      default -> throw new IllegalArgumentException(action.toString());
    }
  }

  private void call(Worker worker, String name, Arguments arguments) {
    try {
      say("called", Json.line("call", name, "value", Functions.call(worker.client(), name, arguments)));
    } catch (GatewayException error) {
      say("called", Json.line("call", name, "error", Json.plainError(error)));
    }
  }
}
