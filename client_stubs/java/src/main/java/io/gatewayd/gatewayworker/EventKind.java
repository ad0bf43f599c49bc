package io.gatewayd.gatewayworker;

/** What happened to a client. */
public enum EventKind {
  /** It connected. A WebSocket client has not finished its handshake: send it nothing raw yet. */
  CONNECT(io.gatewayd.gatewayworker.v1.EventKind.EVENT_KIND_CONNECT),
  /** Its WebSocket handshake is done: {@link Event#handshake}. */
  WEBSOCKET_CONNECT(io.gatewayd.gatewayworker.v1.EventKind.EVENT_KIND_WEBSOCKET_CONNECT),
  /** It sent a message: {@link Event#body}. */
  MESSAGE(io.gatewayd.gatewayworker.v1.EventKind.EVENT_KIND_MESSAGE),
  /** It is gone. */
  CLOSE(io.gatewayd.gatewayworker.v1.EventKind.EVENT_KIND_CLOSE),
  /** A Gateway is gone with all clients of {@link Event#generation}: no close comes for them. */
  GATEWAY_LOST(io.gatewayd.gatewayworker.v1.EventKind.EVENT_KIND_GATEWAY_LOST);

  private static final EventKind[] ALL = values();

  final io.gatewayd.gatewayworker.v1.EventKind proto;

  EventKind(io.gatewayd.gatewayworker.v1.EventKind proto) {
    this.proto = proto;
  }

  /** null where this package does not know it, which a worker does not ask for. */
  static EventKind of(int number) {
    return number >= 1 && number <= ALL.length ? ALL[number - 1] : null;
  }
}
