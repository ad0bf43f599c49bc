package io.gatewayd.gatewayworker;

import java.util.List;

/**
 * A Gateway that did not take a command, or did not answer a query.
 *
 * @param gateway its address
 * @param reason why, for people
 */
public record GatewayFailure(String gateway, String reason) {
  static List<GatewayFailure> listOf(List<io.gatewayd.gatewayworker.v1.GatewayFailure> protos) {
    return protos.stream().map(proto -> new GatewayFailure(proto.getGateway(), proto.getReason())).toList();
  }
}
