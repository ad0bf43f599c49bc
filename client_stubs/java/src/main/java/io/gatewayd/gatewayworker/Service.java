package io.gatewayd.gatewayworker;

import io.gatewayd.gatewayworker.v1.AttachResponse;
import io.gatewayd.gatewayworker.v1.Command;
import io.gatewayd.gatewayworker.v1.WorkerServiceGrpc;
import io.grpc.CallOptions;
import io.grpc.Status;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;

/** A worker at its work: attached, attached again, and left. */
final class Service implements Attachment.Host, Dispatcher.Work {
  private static final System.Logger LOG = System.getLogger("gatewayworker");

  /** Trying again does not heal these: a wrong hello, a daemon that takes no workers, a token that it does not know. */
  private static final Set<Status.Code> FINAL = Set.of(
      Status.Code.INVALID_ARGUMENT,
      Status.Code.FAILED_PRECONDITION,
      Status.Code.UNIMPLEMENTED,
      Status.Code.UNAUTHENTICATED,
      Status.Code.PERMISSION_DENIED);

  private final WorkerBuilder options;
  private final String address;
  private final HandlerRunner handlers;
  private final Dispatcher dispatcher;
  private final Watch watch = new Watch(this::look);
  private final Hooks hooks;
  private final Syncs syncs = new Syncs();

  /** Guards what follows; the thread that serves waits on it. */
  private final Object lock = new Object();

  private boolean served;
  private boolean stopping;

  /** By System.nanoTime, once it is stopping. */
  private long stopDeadline;

  private boolean ended;
  private GatewayException endedWith;

  private volatile Attachment attachment;
  private volatile Client client;

  Service(Worker worker, WorkerBuilder options) {
    this.options = options;
    this.address = Connection.addressOf(options.address, System.getenv("GATEWAYD_ADDRESS"));
    this.hooks = new Hooks(options.name, options.executor);
    this.dispatcher = new Dispatcher(this, options.executor, options.concurrency);
    this.handlers = new HandlerRunner(worker, options, dispatcher::finished);
  }

  String name() {
    return options.name;
  }

  Client client() {
    Client there = client;
    if (there == null) {
      throw new IllegalStateException("the worker is not served yet");
    }
    return there;
  }

  // ---- Serving

  void serve() {
    synchronized (lock) {
      if (served) {
        throw new IllegalStateException("a worker is served once");
      }
      served = true;
    }
    Connection connection = Connection.open(address, options.tls, options.token, options.maxMessageBytes);
    client = new Client(connection, options.callTimeout, options.executor);
    try {
      attachAgainAndAgain(connection);
      if (!dispatcher.awaitIdle(options.stopTimeout)) {
        LOG.log(Level.WARNING, "{0}: handlers still run; they are interrupted", options.name);
      }
    } catch (InterruptedException cut) {
      Thread.currentThread().interrupt();
    } finally {
      Attachment last = attachment;
      if (last != null) {
        last.cancel();
      }
      dispatcher.cancel();
      watch.close();
      connection.close();
    }
    LOG.log(Level.INFO, "{0}: left", options.name);
  }

  private void attachAgainAndAgain(Connection connection) throws InterruptedException {
    Backoff backoff =
        new Backoff(options.shortestPause, options.longestPause, () -> ThreadLocalRandom.current().nextDouble());
    while (true) {
      String problem;
      Attachment current = null;
      try {
        current = attach(connection);
        if (current == null) {
          return;
        }
        GatewayException error = awaitEnd(current);
        if (error != null && FINAL.contains(error.code()) && !isStopping()) {
          LOG.log(Level.ERROR, "{0}: {1}: {2}", options.name, address, error.getMessage());
          throw Errors.inCaller(error);
        }
        problem = error == null ? "the stream ended" : error.getMessage();
      } catch (TokenFailed error) {
        problem = error.toString();
      }
      if (isStopping()) {
        return;
      }
      if (current != null && current.isWelcomed()) {
        backoff.reset();
      }
      LOG.log(Level.WARNING, "{0}: {1}: {2}; attaching again", options.name, address, problem);
      pause(backoff.pause());
    }
  }

  private static final class TokenFailed extends Exception {
    private static final long serialVersionUID = 1;

    TokenFailed(RuntimeException cause) {
      super("no token", cause);
    }

    @Override
    public String toString() {
      return "no token: " + getCause();
    }
  }

  /** null: it is stopping. */
  private Attachment attach(Connection connection) throws TokenFailed {
    io.grpc.Metadata metadata;
    try {
      metadata = connection.metadata();
    } catch (RuntimeException error) {
      throw new TokenFailed(error);
    }
    Attachment next = new Attachment(
        connection.newCall(WorkerServiceGrpc.getAttachMethod(), CallOptions.DEFAULT), this, options.ackOnSend);
    synchronized (lock) {
      if (stopping) {
        return null;
      }
      ended = false;
      endedWith = null;
      attachment = next;
    }
    next.start(options.hello(), metadata);
    return next;
  }

  private GatewayException awaitEnd(Attachment current) throws InterruptedException {
    synchronized (lock) {
      boolean cut = false;
      while (!ended) {
        if (!stopping || cut) {
          lock.wait();
          continue;
        }
        long left = stopDeadline - System.nanoTime();
        if (left > 0) {
          lock.wait(left / 1_000_000 + 1);
        } else {
          cut = true;
          current.cancel();
        }
      }
      return endedWith;
    }
  }

  private void pause(Duration pause) throws InterruptedException {
    long deadline = System.nanoTime() + pause.toNanos();
    synchronized (lock) {
      long left;
      while (!stopping && (left = deadline - System.nanoTime()) > 0) {
        lock.wait(left / 1_000_000 + 1);
      }
    }
  }

  private boolean isStopping() {
    synchronized (lock) {
      return stopping;
    }
  }

  void signalled() {
    LOG.log(Level.INFO, "{0}: leaving", options.name);
    stop();
  }

  void stop() {
    boolean again;
    Attachment current;
    synchronized (lock) {
      again = stopping;
      if (!stopping) {
        stopping = true;
        stopDeadline = System.nanoTime() + options.stopTimeout.toNanos();
      }
      current = attachment;
      lock.notifyAll();
    }
    if (again) {
      dispatcher.cancel();
    }
    if (current == null) {
      return;
    }
    if (again) {
      current.cancel();
    } else {
      stop(current);
    }
  }

  private void stop(Attachment current) {
    if (current.isWelcomed()) {
      current.leave(options.leaveMode);
    } else {
      current.cancel();
    }
  }

  // ---- What handlers say

  void command(Command.Builder command) {
    Event event = Event.currentOrNull();
    if (event != null && event.attachment().host() == this) {
      if (event.attachment().command(command.build(), event)) {
        dispatcher.flushSoon();
        return;
      }
      LateCommands.nameClient(command, event);
    }
    Attachment current = attachment;
    if (current == null || current.isOver()) {
      throw Errors.of(Status.Code.UNAVAILABLE, "not attached");
    }
    current.command(command.build(), null);
    dispatcher.flushSoon();
  }

  /** For who waits for it. */
  CompletableFuture<List<GatewayFailure>> sync(Duration timeout) {
    return syncs.ask(attachment, timeout, Runnable::run);
  }

  CompletableFuture<List<GatewayFailure>> syncAsync(Duration timeout) {
    return syncs.ask(attachment, timeout, options.executor);
  }

  // ---- What the stream says, in gRPC's thread

  @Override
  public void welcomed(Attachment attached, io.gatewayd.gatewayworker.v1.Welcome welcome) {
    LOG.log(Level.INFO, "{0}: attached to gatewayd {1}, {2}", options.name, welcome.getVersion(), address);
    hooks.run("onAttached", () -> options.onAttached.accept(Welcome.of(welcome)), attached::listen);
  }

  @Override
  public void received(List<Event> events) {
    dispatcher.put(events);
  }

  @Override
  public void told(AttachResponse response) {
    switch (response.getMessageCase()) {
      case COMMAND_ERRORS -> response.getCommandErrors().getErrorsList().forEach(
          error -> hooks.run("onCommandError", () -> options.onCommandError.accept(CommandError.of(error)), () -> {}));
      case SYNCED -> syncs.answered(response.getSynced());
      case DRAINING -> LOG.log(Level.INFO, "{0}: {1} is going", options.name, address);
      default -> { } // of a newer daemon
    }
  }

  @Override
  public void ended(Attachment last, GatewayException error) {
    synchronized (lock) {
      attachment = null;
      ended = true;
      endedWith = error;
      lock.notifyAll();
    }
    syncs.failed(last);
  }

  // ---- What the dispatcher wants

  @Override
  public boolean handle(Event event) {
    return handlers.handle(event);
  }

  @Override
  public void flush() {
    Attachment current = attachment;
    if (current != null) {
      current.flush();
    }
  }

  @Override
  public void watch() {
    watch.arm();
  }

  private boolean look() {
    Attachment current = attachment;
    return dispatcher.look() | (current != null && current.look());
  }
}
