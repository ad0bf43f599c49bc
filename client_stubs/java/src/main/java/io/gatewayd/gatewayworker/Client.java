package io.gatewayd.gatewayworker;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * The Gateway API, on one connection: every call waits for its answer, {@link #async} has the same as futures. Safe from any
 * number of threads.
 *
 * <pre>{@code
 * try (Client client = Client.create()) {
 *   client.sendToAll("hello");
 * }
 * }</pre>
 *
 * <p>Inside a handler of a {@link Worker}, {@code sendToCurrentClient} and its like need no client_id: calls say whose event
 * they answer. Every call throws a {@link GatewayException} where it fails; one whose thread is interrupted is cancelled,
 * fails with CANCELLED and leaves the thread interrupted.
 */
public final class Client extends Queries implements AutoCloseable {
  private final Connection connection;
  private final AsyncClient waitedFor;
  private final AsyncClient async;

  Client(Connection connection, Duration timeout, Executor executor) {
    this.connection = connection;
    this.waitedFor = new AsyncClient(connection, timeout, null);
    this.async = waitedFor.on(executor);
  }

  /**
   * A client with default options.
   *
   * @return to be closed
   */
  public static Client create() {
    return builder().build();
  }

  /**
   * A client of a daemon, otherwise with default options.
   *
   * @param address {@code host:port} or {@code unix:/path}
   * @return to be closed
   */
  public static Client create(String address) {
    return builder().address(address).build();
  }

  /**
   * The options of a new client.
   *
   * @return to be changed, and built
   */
  public static ClientBuilder builder() {
    return new ClientBuilder();
  }

  /**
   * The same calls as futures, on the same connection.
   *
   * @return not to be closed
   */
  public AsyncClient async() {
    return async;
  }

  /** Ends the connection; calls that are under way fail. A channel that was given stays open. */
  @Override
  public void close() {
    connection.close();
  }

  /**
   * Runs commands in order, for one call's price. One that fails does not stop the others.
   *
   * @param batch the commands
   * @param options how long it may take
   * @return one result for each command, in the order given
   */
  public List<CommandResult> execute(Batch batch, Option.Timeout... options) {
    return Await.result(waitedFor.execute(batch, options));
  }

  /**
   * Every client with its session, however many there are. No limit of time unless one is given.
   *
   * @param each is given them in this thread; what it throws ends the call
   * @param options what else it asks for
   * @return with {@link Option#partialOk}, Gateways whose clients did not come
   */
  public List<GatewayFailure> streamAllClientSessions(BiConsumer<String, Session> each, Option.AboutCluster... options) {
    return inThisThread(calls -> calls.streamAllClientSessions(each, options));
  }

  /**
   * Every client of a group with its session, however many there are. No limit of time unless one is given.
   *
   * @param group its name
   * @param each is given them in this thread; what it throws ends the call
   * @param options what else it asks for
   * @return with {@link Option#partialOk}, Gateways whose clients did not come
   */
  public List<GatewayFailure> streamAllClientSessions(
      String group, BiConsumer<String, Session> each, Option.AboutCluster... options) {
    return inThisThread(calls -> calls.streamAllClientSessions(group, each, options));
  }

  /**
   * Every client_id, however many there are. No limit of time unless one is given.
   *
   * @param each is given them in this thread; what it throws ends the call
   * @param options what else it asks for
   * @return with {@link Option#partialOk}, Gateways whose clients did not come
   */
  public List<GatewayFailure> streamAllClientIdList(Consumer<String> each, Option.AboutCluster... options) {
    return inThisThread(calls -> calls.streamAllClientIdList(each, options));
  }

  /**
   * Every uid, each once, however many there are; those that are not UTF-8 are left out, {@link #getAllUidList} has them. No
   * limit of time unless one is given.
   *
   * @param each is given them in this thread; what it throws ends the call
   * @param options what else it asks for
   * @return with {@link Option#partialOk}, Gateways whose clients did not come
   */
  public List<GatewayFailure> streamAllUidList(Consumer<String> each, Option.AboutCluster... options) {
    return inThisThread(calls -> calls.streamAllUidList(each, options));
  }

  private <T> T inThisThread(Function<AsyncClient, CompletableFuture<T>> call) {
    Await.InThisThread executor = new Await.InThisThread();
    return Await.result(call.apply(waitedFor.on(executor)), executor);
  }

  @Override
  AsyncClient calls() {
    return waitedFor;
  }

  @Override
  Client one(io.gatewayd.gatewayworker.v1.Command.Builder command, Options options) {
    Await.result(waitedFor.one(command, options));
    return this;
  }

  @Override
  Delivery many(io.gatewayd.gatewayworker.v1.Command.Builder command, Options options) {
    return Await.result(waitedFor.many(command, options));
  }
}
