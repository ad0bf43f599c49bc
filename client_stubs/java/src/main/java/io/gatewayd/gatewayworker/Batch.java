package io.gatewayd.gatewayworker;

import io.gatewayd.gatewayworker.v1.Command;
import java.util.ArrayList;
import java.util.List;

/**
 * Commands that {@link Client#execute} runs in order, for one call's price:
 *
 * <pre>{@code
 * client.execute(new Batch().bindUid(clientId, "42").joinGroup(clientId, "news").sendToGroup("news", "hi"));
 * }</pre>
 *
 * <p>Not for several threads at once.
 */
public final class Batch extends CommandFunctions<Batch, Batch> {
  private final List<Command> commands = new ArrayList<>();

  /** One with no commands yet. */
  public Batch() {}

  /**
   * How many commands there are.
   *
   * @return at most 100,000 are taken at once
   */
  public int size() {
    return commands.size();
  }

  List<Command> commands() {
    return commands;
  }

  @Override
  Batch one(Command.Builder command, Options options) {
    options.refuseTimeout();
    commands.add(command.build());
    return this;
  }

  @Override
  Batch many(Command.Builder command, Options options) {
    return one(command, options);
  }
}
