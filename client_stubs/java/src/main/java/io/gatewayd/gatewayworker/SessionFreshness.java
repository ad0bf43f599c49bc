package io.gatewayd.gatewayworker;

/** Which session comes with an event. */
public enum SessionFreshness {
  /** As it was when the Gateway sent the event. A client may have many events on their way to here. */
  AS_SENT(io.gatewayd.gatewayworker.v1.SessionFreshness.SESSION_FRESHNESS_AS_SENT),
  /** Never older than what handlers wrote before; one event of a client at a time. */
  FRESH(io.gatewayd.gatewayworker.v1.SessionFreshness.SESSION_FRESHNESS_FRESH);

  final io.gatewayd.gatewayworker.v1.SessionFreshness proto;

  SessionFreshness(io.gatewayd.gatewayworker.v1.SessionFreshness proto) {
    this.proto = proto;
  }
}
