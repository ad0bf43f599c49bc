package io.gatewayd.gatewayworker;

import java.util.List;

/**
 * How far a command to many clients came.
 *
 * @param gateways how many Gateways took it
 * @param unreachable those that did not
 */
public record Delivery(int gateways, List<GatewayFailure> unreachable) {
  static Delivery of(io.gatewayd.gatewayworker.v1.Delivery proto) {
    return new Delivery(proto.getGateways(), GatewayFailure.listOf(proto.getUnreachableList()));
  }
}
