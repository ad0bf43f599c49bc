package io.gatewayd.gatewayworker;

import io.gatewayd.gatewayworker.v1.Command;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Your program as the worker of a GatewayWorker cluster.
 *
 * <pre>{@code
 * Worker.builder()
 *     .onMessage((worker, event) -> worker.sendToCurrentClient(event.body()))
 *     .build()
 *     .run();
 * }</pre>
 *
 * <p>Events of one client are handled one after the other, those of different clients beside each other. An event is
 * acknowledged when its handler is over.
 *
 * <p>The commands here ({@code sendTo…}, {@code joinGroup} and so on) go out with the acknowledgement of the event whose handler
 * calls them, before it, in the order of the calls; outside of handlers at once. Nothing is waited for: one that fails comes to
 * {@code onCommandError}. What has an answer, and what must be known to have run, is a call of {@link #client}. Outside of
 * handlers they throw {@link UnavailableException} while the worker is not attached.
 *
 * <p>Safe from any number of threads.
 */
public final class Worker extends CommandFunctions<Worker, Worker> {
  private final Service service;

  Worker(WorkerBuilder options) {
    this.service = new Service(this, options);
  }

  /**
   * The options and handlers of a new worker. Its name is that of the class which calls this.
   *
   * @return to be changed, and built
   */
  public static WorkerBuilder builder() {
    Class<?> caller = StackWalker.getInstance(StackWalker.Option.RETAIN_CLASS_REFERENCE).getCallerClass();
    return new WorkerBuilder(caller.getSimpleName().toLowerCase(java.util.Locale.ROOT));
  }

  /**
   * Serves until SIGTERM or SIGINT: then it leaves, which a second signal cuts short. For the main thread of a program.
   *
   * @throws GatewayException as {@link #serve} does
   */
  public void run() {
    Signals signals = new Signals(service::signalled);
    try {
      serve();
    } finally {
      signals.close();
    }
  }

  /**
   * Attaches, and again whenever the stream ends, until {@link #stop}. A worker is served once. Where its thread is interrupted
   * the stream is cut, and this returns with the thread interrupted.
   *
   * @throws GatewayException where trying again is of no use: the daemon refuses the hello or the token
   */
  public void serve() {
    service.serve();
  }

  /**
   * Serves in a thread of its own.
   *
   * @return what {@link #serve} ends with
   */
  public CompletableFuture<Void> start() {
    CompletableFuture<Void> served = new CompletableFuture<>();
    Thread thread = new Thread(() -> {
      try {
        serve();
        served.complete(null);
      } catch (Throwable error) {
        served.completeExceptionally(error);
      }
    }, service.name());
    thread.start();
    return served;
  }

  /** Leaves: what has come is worked on and acknowledged, then {@link #serve} returns. Called twice: at once. */
  public void stop() {
    service.stop();
  }

  /**
   * For calls with an answer. Set while the worker is served.
   *
   * @return on the worker's connection; not to be closed
   */
  public Client client() {
    return service.client();
  }

  /**
   * Waits until the Gateways have run what was sent by the commands here, for 5 s.
   *
   * @return Gateways of which that is not known
   * @throws UnavailableException where the stream ended first, or there is none
   */
  public List<GatewayFailure> sync() {
    return sync(Duration.ofSeconds(5));
  }

  /**
   * Waits until the Gateways have run what was sent by the commands here.
   *
   * @param timeout how long the daemon waits for them
   * @return Gateways of which that is not known
   * @throws UnavailableException where the stream ended first, or there is none
   */
  public List<GatewayFailure> sync(Duration timeout) {
    return Await.result(service.sync(timeout));
  }

  /**
   * Asks whether the Gateways have run what was sent by the commands here.
   *
   * @param timeout how long the daemon waits for them
   * @return Gateways of which that is not known; fails with {@link UnavailableException} where the stream ended first, or there
   *     is none
   */
  public CompletableFuture<List<GatewayFailure>> syncAsync(Duration timeout) {
    return service.syncAsync(timeout);
  }

  @Override
  Worker one(Command.Builder command, Options options) {
    options.refuseTimeout();
    service.command(command);
    return this;
  }

  @Override
  Worker many(Command.Builder command, Options options) {
    return one(command, options);
  }
}
