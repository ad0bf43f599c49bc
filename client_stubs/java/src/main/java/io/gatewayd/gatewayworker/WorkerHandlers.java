package io.gatewayd.gatewayworker;

import java.lang.System.Logger.Level;
import java.util.Objects;
import java.util.function.Consumer;

/** What a {@link WorkerBuilder} knows of handlers and hooks. */
abstract class WorkerHandlers {
  private static final System.Logger LOG = System.getLogger("gatewayworker");

  /** By the number of the kind. */
  final AsyncHandler[] handlers = new AsyncHandler[EventKind.values().length + 1];

  String name;
  ErrorHandler onError = (event, error) -> Outcome.ACK;
  Consumer<CommandError> onCommandError =
      error -> LOG.log(Level.WARNING, "{0}: a command failed: {1} {2}", name, error.code(), error.message());
  Consumer<Welcome> onAttached = welcome -> {};

  WorkerHandlers(String name) {
    this.name = name;
  }

  WorkerHandlers(WorkerHandlers other) {
    System.arraycopy(other.handlers, 0, handlers, 0, handlers.length);
    name = other.name;
    onError = other.onError;
    onCommandError = other.onCommandError;
    onAttached = other.onAttached;
  }

  abstract WorkerBuilder self();

  // ---- Handlers

  /**
   * A client connected. One of WebSocket has not finished its handshake: send it nothing raw yet.
   *
   * @param handler may wait
   * @return this
   */
  public WorkerBuilder onConnect(Handler handler) {
    return handler(EventKind.CONNECT, wait(handler));
  }

  /**
   * A client connected. One of WebSocket has not finished its handshake: send it nothing raw yet.
   *
   * @param handler returns a future, or null
   * @return this
   */
  public WorkerBuilder onConnectAsync(AsyncHandler handler) {
    return handler(EventKind.CONNECT, Objects.requireNonNull(handler));
  }

  /**
   * Its WebSocket handshake is done: {@link Event#handshake}.
   *
   * @param handler may wait
   * @return this
   */
  public WorkerBuilder onWebsocketConnect(Handler handler) {
    return handler(EventKind.WEBSOCKET_CONNECT, wait(handler));
  }

  /**
   * Its WebSocket handshake is done: {@link Event#handshake}.
   *
   * @param handler returns a future, or null
   * @return this
   */
  public WorkerBuilder onWebsocketConnectAsync(AsyncHandler handler) {
    return handler(EventKind.WEBSOCKET_CONNECT, Objects.requireNonNull(handler));
  }

  /**
   * It sent a message: {@link Event#body}.
   *
   * @param handler may wait
   * @return this
   */
  public WorkerBuilder onMessage(Handler handler) {
    return handler(EventKind.MESSAGE, wait(handler));
  }

  /**
   * It sent a message: {@link Event#body}.
   *
   * @param handler returns a future, or null
   * @return this
   */
  public WorkerBuilder onMessageAsync(AsyncHandler handler) {
    return handler(EventKind.MESSAGE, Objects.requireNonNull(handler));
  }

  /**
   * It is gone.
   *
   * @param handler may wait
   * @return this
   */
  public WorkerBuilder onClose(Handler handler) {
    return handler(EventKind.CLOSE, wait(handler));
  }

  /**
   * It is gone.
   *
   * @param handler returns a future, or null
   * @return this
   */
  public WorkerBuilder onCloseAsync(AsyncHandler handler) {
    return handler(EventKind.CLOSE, Objects.requireNonNull(handler));
  }

  /**
   * A Gateway is gone with all clients of {@link Event#generation}: no close comes for them.
   *
   * @param handler may wait
   * @return this
   */
  public WorkerBuilder onGatewayLost(Handler handler) {
    return handler(EventKind.GATEWAY_LOST, wait(handler));
  }

  /**
   * A Gateway is gone with all clients of {@link Event#generation}: no close comes for them.
   *
   * @param handler returns a future, or null
   * @return this
   */
  public WorkerBuilder onGatewayLostAsync(AsyncHandler handler) {
    return handler(EventKind.GATEWAY_LOST, Objects.requireNonNull(handler));
  }

  private WorkerBuilder handler(EventKind kind, AsyncHandler handler) {
    handlers[kind.proto.getNumber()] = handler;
    return self();
  }

  private static AsyncHandler wait(Handler handler) {
    Objects.requireNonNull(handler);
    return (worker, event) -> {
      handler.handle(worker, event);
      return null;
    };
  }

  // ---- Hooks

  /**
   * A handler failed; it has been logged.
   *
   * @param hook says what becomes of the event; {@link Outcome#ACK}
   * @return this
   */
  public WorkerBuilder onError(ErrorHandler hook) {
    this.onError = Objects.requireNonNull(hook);
    return self();
  }

  /**
   * A command on the stream failed.
   *
   * @param hook is told of each; logs it
   * @return this
   */
  public WorkerBuilder onCommandError(Consumer<CommandError> hook) {
    this.onCommandError = Objects.requireNonNull(hook);
    return self();
  }

  /**
   * Attached, again perhaps; events come after it has returned.
   *
   * @param hook is told what really applies; nothing
   * @return this
   */
  public WorkerBuilder onAttached(Consumer<Welcome> hook) {
    this.onAttached = Objects.requireNonNull(hook);
    return self();
  }
}
