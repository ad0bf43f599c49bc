package io.gatewayd.gatewayworker;

import com.google.protobuf.ByteString;

/**
 * A message to clients that is more than its bytes. Where a {@code String} or a {@code byte[]} will do, give that: a Gateway
 * puts both into a WebSocket <em>text</em> frame. Browsers close at one that is not UTF-8, so binary data goes to them as
 * {@code Message.of(data).websocketBinary()}.
 */
public final class Message {
  private final io.gatewayd.gatewayworker.v1.Message proto;

  private Message(io.gatewayd.gatewayworker.v1.Message proto) {
    this.proto = proto;
  }

  /**
   * A message of text.
   *
   * @param text what the client gets, as UTF-8
   * @return the message
   */
  public static Message of(String text) {
    return new Message(io.gatewayd.gatewayworker.v1.Message.newBuilder().setText(text).build());
  }

  /**
   * A message of any bytes.
   *
   * @param data is copied
   * @return the message
   */
  public static Message of(byte[] data) {
    return new Message(io.gatewayd.gatewayworker.v1.Message.newBuilder().setData(ByteString.copyFrom(data)).build());
  }

  /**
   * The same message, which the Gateway writes to the client's socket as it is: for ready-made frames. php only.
   *
   * @return another message
   */
  public Message raw() {
    return new Message(proto.toBuilder().setRaw(true).build());
  }

  /**
   * The same message, which a WebSocket client gets as a binary frame, and not as one of text. php only.
   *
   * @return another message
   */
  public Message websocketBinary() {
    return new Message(proto.toBuilder().setWebsocketBinary(true).build());
  }

  io.gatewayd.gatewayworker.v1.Message proto() {
    return proto;
  }
}
