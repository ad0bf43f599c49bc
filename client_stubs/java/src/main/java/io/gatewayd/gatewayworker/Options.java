package io.gatewayd.gatewayworker;

import io.gatewayd.gatewayworker.v1.ClientIds;
import io.gatewayd.gatewayworker.v1.Confirm;
import io.gatewayd.gatewayworker.v1.Consistency;
import io.gatewayd.gatewayworker.v1.SelectFilter;
import java.time.Duration;
import java.util.List;

/** The options of one call, put together. */
final class Options {
  private static final Options NONE = new Options();

  String clientId = "";
  String generation = "";
  Confirm confirm = Confirm.CONFIRM_UNSPECIFIED;
  Consistency consistency = Consistency.CONSISTENCY_UNSPECIFIED;
  boolean requireOnline;
  boolean partialOk;
  List<String> exclude = List.of();

  /** null: everyone. */
  ClientIds targets;

  /** null: everyone. */
  SelectFilter.Builder filter;

  /** null: none was given. */
  Option.Timeout timeout;

  private Options() {}

  /** Not to be changed. */
  static Options of(Option... options) {
    if (options.length == 0) {
      return NONE;
    }
    Options made = new Options();
    for (Option option : options) {
      made.add(option);
    }
    return made;
  }

  private void add(Option option) {
    if (option instanceof Option.Confirm) {
      confirm = Confirm.CONFIRM_RUN;
    } else if (option instanceof Option.RequireOnline) {
      requireOnline = true;
    } else if (option instanceof Option.NamedClient given) {
      clientId = given.clientId();
    } else if (option instanceof Option.Generation given) {
      generation = given.value();
    } else if (option instanceof Option.Timeout given) {
      timeout = given;
    } else if (option instanceof Option.AnyConsistency) {
      consistency = Consistency.CONSISTENCY_ANY;
    } else if (option instanceof Option.PartialOk) {
      partialOk = true;
    } else if (option instanceof Option.Exclude given) {
      exclude = given.clientIds();
    } else if (option instanceof Option.Clients given) {
      targets = ClientIds.newBuilder().addAllClientIds(given.clientIds()).build();
      filter().addAllClientIds(given.clientIds());
    } else if (option instanceof Option.Groups given) {
      filter().addAllGroups(given.names());
    } else if (option instanceof Option.Uids given) {
      filter().addAllUids(given.uids());
    }
  }

  private SelectFilter.Builder filter() {
    if (filter == null) {
      filter = SelectFilter.newBuilder();
    }
    return filter;
  }

  /** How long a call may take that is given {@code otherwise}; null: no limit. */
  Duration timeout(Duration otherwise) {
    return timeout == null ? otherwise : timeout.value();
  }

  /** What has no answer cannot be waited for. */
  void refuseTimeout() {
    if (timeout != null) {
      throw new IllegalArgumentException("a timeout is for calls: a command on the stream or in a batch has none of its own");
    }
  }
}
