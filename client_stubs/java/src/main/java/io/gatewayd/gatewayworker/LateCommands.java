package io.gatewayd.gatewayworker;

import io.gatewayd.gatewayworker.v1.Command;

/** Commands of a task that outlived its event: the daemon does not know the event any more, so they say whom they are for. */
final class LateCommands {
  private LateCommands() {}

  static void nameClient(Command.Builder command, Event event) {
    switch (command.getCommandCase()) {
      case SEND_TO_CURRENT_CLIENT -> {
        if (command.getSendToCurrentClient().getClientId().isEmpty()) {
          command.getSendToCurrentClientBuilder().setClientId(event.clientId()).setGeneration(event.generation());
        }
      }
      case CLOSE_CURRENT_CLIENT -> {
        if (command.getCloseCurrentClient().getClientId().isEmpty()) {
          command.getCloseCurrentClientBuilder().setClientId(event.clientId()).setGeneration(event.generation());
        }
      }
      case DESTROY_CURRENT_CLIENT -> {
        if (command.getDestroyCurrentClient().getClientId().isEmpty()) {
          command.getDestroyCurrentClientBuilder().setClientId(event.clientId()).setGeneration(event.generation());
        }
      }
      default -> { } // says it itself
    }
  }
}
