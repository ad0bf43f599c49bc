package io.gatewayd.gatewayworker;

/** How sessions come with events. */
public enum SessionMode {
  /** Not at all. */
  NONE(io.gatewayd.gatewayworker.v1.SessionMode.SESSION_MODE_NONE),
  /** As stored bytes alone: {@code event.session().stored()}. */
  RAW(io.gatewayd.gatewayworker.v1.SessionMode.SESSION_MODE_RAW),
  /** Decoded, and the stored bytes. */
  DECODED(io.gatewayd.gatewayworker.v1.SessionMode.SESSION_MODE_DECODED);

  final io.gatewayd.gatewayworker.v1.SessionMode proto;

  SessionMode(io.gatewayd.gatewayworker.v1.SessionMode proto) {
    this.proto = proto;
  }
}
