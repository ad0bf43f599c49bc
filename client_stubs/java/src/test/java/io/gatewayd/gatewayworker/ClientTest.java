package io.gatewayd.gatewayworker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gatewayd.gatewayworker.v1.Command;
import io.gatewayd.gatewayworker.v1.GatewayServiceGrpc;
import io.grpc.Status;
import io.grpc.TlsServerCredentials;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a Client has, where it goes, and what it says. */
@Timeout(60)
class ClientTest {
  private static final String CLIENT_ID = "7f0000010b5400000001";

  private static Set<String> methods(Class<?> of) {
    return Arrays.stream(of.getMethods()).map(Method::getName).collect(Collectors.toSet());
  }

  @Test
  void everyCallOfTheServiceIsThere() {
    List<String> rpcs = GatewayServiceGrpc.getServiceDescriptor().getMethods().stream()
        .map(method -> method.getBareMethodName())
        .map(name -> Character.toLowerCase(name.charAt(0)) + name.substring(1))
        .toList();
    assertEquals(45, rpcs.size());
    for (Class<?> of : List.of(Client.class, AsyncClient.class)) {
      assertTrue(methods(of).containsAll(rpcs), of + " lacks some of " + rpcs);
    }
  }

  @Test
  void everyCommandIsThereOnTheStreamAndInBatches() {
    List<String> commands = Command.getDescriptor().getFields().stream().map(field -> field.getJsonName()).toList();
    assertEquals(16, commands.size());
    for (Class<?> of : List.of(Worker.class, Batch.class)) {
      assertTrue(methods(of).containsAll(commands), of + " lacks some of " + commands);
    }
    for (Command.CommandCase command : Command.CommandCase.values()) {
      assertEquals(command == Command.CommandCase.COMMAND_NOT_SET, CommandCall.of(command) == null);
    }
  }

  @Test
  void theAddress() {
    assertEquals("127.0.0.1:50051", Connection.addressOf(null, null));
    assertEquals("unix:/run/gatewayd.sock", Connection.addressOf(null, "unix:/run/gatewayd.sock"));
    assertEquals("10.0.0.1:1", Connection.addressOf("10.0.0.1:1", "unix:/run/gatewayd.sock"));
  }

  @Test
  void targetsAbsentAndEmpty() {
    List<Command> commands = new Batch()
        .sendToAll("hi")
        .sendToAll("hi", Option.clients(List.of()))
        .sendToAll("hi", Option.clients(List.of(CLIENT_ID)), Option.exclude(List.of("x")), Option.confirm())
        .commands();
    assertFalse(commands.get(0).getSendToAll().hasTargets());
    assertTrue(commands.get(1).getSendToAll().hasTargets());
    assertEquals(List.of(CLIENT_ID), commands.get(2).getSendToAll().getTargets().getClientIdsList());
    assertEquals(List.of("x"), commands.get(2).getSendToAll().getExcludeClientIdsList());
    assertEquals(io.gatewayd.gatewayworker.v1.Confirm.CONFIRM_RUN, commands.get(2).getSendToAll().getConfirm());
  }

  @Test
  void messagesOfEachKind() {
    List<Command> commands = new Batch()
        .sendToClient(CLIENT_ID, "é")
        .sendToClient(CLIENT_ID, new byte[] {-1}, Option.generation("g"), Option.requireOnline())
        .sendToClient(CLIENT_ID, Message.of("").websocketBinary())
        .closeClient(CLIENT_ID)
        .commands();
    assertEquals("é", commands.get(0).getSendToClient().getMessage().getText());
    assertEquals(-1, commands.get(1).getSendToClient().getMessage().getData().byteAt(0));
    assertEquals("g", commands.get(1).getSendToClient().getGeneration());
    assertTrue(commands.get(1).getSendToClient().getRequireOnline());
    assertTrue(commands.get(2).getSendToClient().getMessage().getWebsocketBinary());
    assertTrue(commands.get(2).getSendToClient().getMessage().hasText());
    assertFalse(commands.get(3).getCloseClient().hasMessage());
  }

  @Test
  void aBatchHasNoTimeouts() {
    assertThrows(
        IllegalArgumentException.class, () -> new Batch().sendToAll("hi", Option.timeout(Duration.ofSeconds(1))));
  }

  @Test
  void errorsSayWhatTheMetadataSays() {
    try (FakeDaemon daemon = new FakeDaemon(); Client client = Client.create(daemon.address())) {
      NotFoundException error = assertThrows(NotFoundException.class, () -> client.getSession("x"));
      assertEquals("client_id is offline", error.getMessage());
      assertEquals(Status.Code.NOT_FOUND, error.code());
      assertEquals(Optional.of("client_id"), error.field());
      assertEquals(Optional.of("offline"), error.reason());
      assertEquals(List.of("a:1", "b:2"), error.gateways());
      assertEquals("errorsSayWhatTheMetadataSays", Arrays.stream(error.getStackTrace())
          .filter(frame -> frame.getClassName().equals(ClientTest.class.getName()))
          .map(frame -> frame.getMethodName().replaceAll("lambda\\$(\\w+)\\$\\d+", "$1")).findFirst().orElse(""));
    }
  }

  @Test
  void theSameAsFutures() {
    try (FakeDaemon daemon = new FakeDaemon(); Client client = Client.create(daemon.address())) {
      assertTrue(client.async().isOnline("x").join());
      CompletionException error =
          assertThrows(CompletionException.class, () -> client.async().getSession("x").join());
      assertInstanceOf(NotFoundException.class, error.getCause());
      CompletableFuture<Void> refused = client.async().setSession("x", Map.of("big", Long.MAX_VALUE));
      assertInstanceOf(InvalidArgumentException.class, assertThrows(CompletionException.class, refused::join).getCause());
    }
  }

  @Test
  void listsThatStreamComeInTheThreadThatAsks() {
    try (FakeDaemon daemon = new FakeDaemon(); Client client = Client.create(daemon.address())) {
      List<String> uids = new ArrayList<>();
      Thread here = Thread.currentThread();
      List<GatewayFailure> missing = client.streamAllUidList(uid -> {
        assertSame(here, Thread.currentThread());
        uids.add(uid);
      }, Option.partialOk());
      assertEquals(List.of("a", "b", "c"), uids);
      assertEquals(List.of(new GatewayFailure("g", "lost")), missing);
      IllegalStateException enough = new IllegalStateException("enough");
      assertSame(enough, assertThrows(IllegalStateException.class, () -> client.streamAllUidList(uid -> {
        throw enough;
      })));
    }
  }

  @Test
  void aCallMayTakeSoLong() {
    try (FakeDaemon daemon = new FakeDaemon(); Client client = Client.create(daemon.address())) {
      assertThrows(
          DeadlineExceededException.class, () -> client.getAllClientCount(Option.timeout(Duration.ofMillis(10))));
    }
  }

  @Test
  void anInterruptedThreadGivesItsCallUpAndStaysInterrupted() {
    try (FakeDaemon daemon = new FakeDaemon(); Client client = Client.create(daemon.address())) {
      Thread.currentThread().interrupt();
      GatewayException error = assertThrows(GatewayException.class, client::getAllClientCount);
      assertEquals(Status.Code.CANCELLED, error.code());
      assertTrue(Thread.interrupted());
    }
  }

  @Test
  void nobodyThere(@TempDir Path folder) {
    try (Client client = Client.create("unix:" + folder.resolve("nobody.sock"))) {
      assertThrows(UnavailableException.class, () -> client.isOnline("x"));
      assertThrows(UnavailableException.class, () -> client.isOnline("x"));
    }
  }

  @Test
  void aTokenIsAskedForEachCall() {
    Iterator<String> tokens = List.of("one", "two").iterator();
    try (FakeDaemon daemon = new FakeDaemon();
        Client client = Client.builder().address(daemon.address()).token(tokens::next).build()) {
      client.isOnline("x");
      client.isOnline("x");
      assertThrows(java.util.NoSuchElementException.class, () -> client.isOnline("x"));
      assertEquals(
          List.of("Bearer one", "Bearer two"),
          daemon.metadata.stream().map(metadata -> metadata.get(Connection.AUTHORIZATION)).toList());
    }
  }

  @Test
  void tlsWithOwnAuthoritiesAndAClientCertificate(@TempDir Path folder) throws Exception {
    Certificates.make(folder);
    byte[] authority = Files.readAllBytes(folder.resolve("ca.crt"));
    try (FakeDaemon daemon = new FakeDaemon(TlsServerCredentials.newBuilder()
            .keyManager(folder.resolve("server.crt").toFile(), folder.resolve("server.key").toFile())
            .trustManager(new ByteArrayInputStream(authority))
            .clientAuth(TlsServerCredentials.ClientAuth.REQUIRE)
            .build())) {
      Tls named = new Tls().rootCertificates(authority).serverName("gatewayd.test");
      Tls known = named.certificate(
          Files.readAllBytes(folder.resolve("client.crt")), Files.readAllBytes(folder.resolve("client.key")));
      try (Client client = client(daemon, known)) {
        assertTrue(client.isOnline("x"));
        assertEquals("Bearer t", daemon.metadata.get(0).get(Connection.AUTHORIZATION));
      }
      for (Tls stranger : List.of(named, known.serverName("somebody.else"), new Tls().serverName("gatewayd.test"))) {
        try (Client client = client(daemon, stranger)) {
          assertThrows(UnavailableException.class, () -> client.isOnline("x"));
        }
      }
    }
  }

  private static Client client(FakeDaemon daemon, Tls tls) {
    return Client.builder().address(daemon.address()).tls(tls).token("t").build();
  }

  @Test
  void whatIsNoPemIsRefused() {
    byte[] nonsense = {1, 2, 3};
    assertThrows(
        IllegalArgumentException.class,
        () -> Client.builder().tls(new Tls().rootCertificates(nonsense)).build());
  }

  /** Made by openssl. */
  static final class Certificates {
    private Certificates() {}

    /** An authority, a server "gatewayd.test" and a client, each NAME.crt and NAME.key. */
    static void make(Path folder) throws IOException, InterruptedException {
      String key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
      openssl(folder, "req -x509 " + key + " -keyout ca.key -out ca.crt -subj /CN=authority -days 2");
      for (String name : List.of("server", "client")) {
        Files.writeString(folder.resolve(name + ".ext"), "subjectAltName=DNS:gatewayd.test\n");
        openssl(folder, "req " + key + " -keyout " + name + ".key -out " + name + ".csr -subj /CN=" + name);
        openssl(folder, "x509 -req -in " + name + ".csr -CA ca.crt -CAkey ca.key -CAcreateserial -out " + name
            + ".crt -days 2 -extfile " + name + ".ext");
      }
    }

    private static void openssl(Path folder, String arguments) throws IOException, InterruptedException {
      List<String> command = new ArrayList<>(List.of("openssl"));
      command.addAll(List.of(arguments.split(" ")));
      int status = new ProcessBuilder(command).directory(folder.toFile())
          .redirectErrorStream(true).redirectOutput(folder.resolve("openssl.log").toFile()).start().waitFor();
      assertEquals(0, status, () -> "openssl " + arguments);
    }
  }
}
