package io.gatewayd.gatewayworker;

import java.util.Map;

/** What a WebSocket client said, as PHP's onWebSocketConnect has it. */
public final class Handshake {
  private final io.gatewayd.gatewayworker.v1.Handshake proto;

  Handshake(io.gatewayd.gatewayworker.v1.Handshake proto) {
    this.proto = proto;
  }

  /**
   * The query parameters.
   *
   * @return strings, lists or maps ({@code ?a[]=1}) by name
   */
  public Map<String, Object> get() {
    return Structs.toUnmodifiableMap(proto.getGet());
  }

  /**
   * REQUEST_URI, HTTP_HOST and so on.
   *
   * @return as PHP's {@code $_SERVER}
   */
  public Map<String, Object> server() {
    return Structs.toUnmodifiableMap(proto.getServer());
  }

  /**
   * The cookies.
   *
   * @return by name; empty in the go dialect
   */
  public Map<String, Object> cookie() {
    return Structs.toUnmodifiableMap(proto.getCookie());
  }

  /**
   * Whether the maps could not hold all of it.
   *
   * @return true where only {@link #stored} has it all
   */
  public boolean incomplete() {
    return proto.getIncomplete();
  }

  /**
   * Exactly what the Gateway sent.
   *
   * @return a copy
   */
  public byte[] stored() {
    return proto.getStored().toByteArray();
  }
}
