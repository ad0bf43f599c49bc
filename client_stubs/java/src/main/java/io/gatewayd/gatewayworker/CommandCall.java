package io.gatewayd.gatewayworker;

import io.gatewayd.gatewayworker.v1.Command;
import io.gatewayd.gatewayworker.v1.Command.CommandCase;
import io.gatewayd.gatewayworker.v1.GatewayServiceGrpc;
import io.grpc.MethodDescriptor;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.Function;

/**
 * The rpc that runs a command.
 *
 * @param request takes its request out of the command
 * @param delivery how far it came; null for commands to one client
 */
record CommandCall<Q, A>(
    MethodDescriptor<Q, A> method,
    Function<Command, Q> request,
    Function<A, io.gatewayd.gatewayworker.v1.Delivery> delivery) {
  private static final Map<CommandCase, CommandCall<?, ?>> ALL = new EnumMap<>(CommandCase.class);

  static {
    one(CommandCase.SEND_TO_CLIENT, GatewayServiceGrpc.getSendToClientMethod(), Command::getSendToClient);
    one(
        CommandCase.SEND_TO_CURRENT_CLIENT,
        GatewayServiceGrpc.getSendToCurrentClientMethod(),
        Command::getSendToCurrentClient);
    many(
        CommandCase.SEND_TO_ALL,
        GatewayServiceGrpc.getSendToAllMethod(),
        Command::getSendToAll,
        response -> response.getDelivery());
    many(
        CommandCase.SEND_TO_UID,
        GatewayServiceGrpc.getSendToUidMethod(),
        Command::getSendToUid,
        response -> response.getDelivery());
    many(
        CommandCase.SEND_TO_GROUP,
        GatewayServiceGrpc.getSendToGroupMethod(),
        Command::getSendToGroup,
        response -> response.getDelivery());
    one(CommandCase.BIND_UID, GatewayServiceGrpc.getBindUidMethod(), Command::getBindUid);
    one(CommandCase.UNBIND_UID, GatewayServiceGrpc.getUnbindUidMethod(), Command::getUnbindUid);
    one(CommandCase.JOIN_GROUP, GatewayServiceGrpc.getJoinGroupMethod(), Command::getJoinGroup);
    one(CommandCase.LEAVE_GROUP, GatewayServiceGrpc.getLeaveGroupMethod(), Command::getLeaveGroup);
    many(
        CommandCase.UNGROUP,
        GatewayServiceGrpc.getUngroupMethod(),
        Command::getUngroup,
        response -> response.getDelivery());
    one(CommandCase.SET_SESSION, GatewayServiceGrpc.getSetSessionMethod(), Command::getSetSession);
    one(CommandCase.UPDATE_SESSION, GatewayServiceGrpc.getUpdateSessionMethod(), Command::getUpdateSession);
    one(CommandCase.CLOSE_CLIENT, GatewayServiceGrpc.getCloseClientMethod(), Command::getCloseClient);
    one(
        CommandCase.CLOSE_CURRENT_CLIENT,
        GatewayServiceGrpc.getCloseCurrentClientMethod(),
        Command::getCloseCurrentClient);
    one(CommandCase.DESTROY_CLIENT, GatewayServiceGrpc.getDestroyClientMethod(), Command::getDestroyClient);
    one(
        CommandCase.DESTROY_CURRENT_CLIENT,
        GatewayServiceGrpc.getDestroyCurrentClientMethod(),
        Command::getDestroyCurrentClient);
  }

  static CommandCall<?, ?> of(CommandCase command) {
    return ALL.get(command);
  }

  Void nothing(A response) {
    return null;
  }

  Delivery delivered(A response) {
    return Delivery.of(delivery.apply(response));
  }

  private static <Q, A> void one(CommandCase command, MethodDescriptor<Q, A> method, Function<Command, Q> request) {
    ALL.put(command, new CommandCall<>(method, request, null));
  }

  private static <Q, A> void many(
      CommandCase command,
      MethodDescriptor<Q, A> method,
      Function<Command, Q> request,
      Function<A, io.gatewayd.gatewayworker.v1.Delivery> delivery) {
    ALL.put(command, new CommandCall<>(method, request, delivery));
  }
}
