package io.gatewayd.gatewayworker;

import java.time.Duration;
import java.util.Collection;
import java.util.List;

/**
 * What a call may ask for beside its arguments; each call takes those that mean something to it, in any number and order:
 *
 * <pre>{@code
 * client.sendToClient(clientId, "hi", confirm(), requireOnline());
 * client.sendToAll("hi", exclude(List.of(clientId)));
 * client.getAllClientCount(partialOk(), timeout(Duration.ofSeconds(2)));
 * }</pre>
 */
public sealed interface Option {

  /** Options of commands to the current client. */
  sealed interface ToCurrent extends Option {}

  /** Options of every command to one client. */
  sealed interface ToClient extends ToCurrent {}

  /** Options of {@code sendToAll}. */
  sealed interface ToAll extends Option {}

  /** Options of {@code sendToGroup}. */
  sealed interface ToGroup extends ToAll {}

  /** Options of every command to many clients. */
  sealed interface ToMany extends ToGroup {}

  /** Options of queries about one client. */
  sealed interface AboutClient extends Option {}

  /** Options of {@code select}. */
  sealed interface Selecting extends Option {}

  /** Options of every query to the whole cluster. */
  sealed interface AboutCluster extends Selecting {}

  /**
   * How long a call may take, in place of the client's timeout. Not for commands on a worker's stream or in a {@link Batch}.
   *
   * @param value null: no limit
   */
  record Timeout(Duration value) implements ToClient, ToMany, AboutClient, AboutCluster {}

  /** See {@link Option#confirm}. */
  record Confirm() implements ToClient, ToMany {}

  /** See {@link Option#requireOnline}. */
  record RequireOnline() implements ToClient {}

  /**
   * See {@link Option#generation}.
   *
   * @param value as an event gave it
   */
  record Generation(String value) implements ToClient, AboutClient {}

  /** See {@link Option#anyConsistency}. */
  record AnyConsistency() implements AboutClient, AboutCluster {}

  /** See {@link Option#partialOk}. */
  record PartialOk() implements AboutCluster {}

  /**
   * See {@link Option#exclude}.
   *
   * @param clientIds who gets nothing
   */
  record Exclude(List<String> clientIds) implements ToGroup {}

  /**
   * See {@link Option#client}.
   *
   * @param clientId 20 hex digits
   */
  record NamedClient(String clientId) implements ToCurrent {}

  /**
   * See {@link Option#clients}.
   *
   * @param clientIds none: nobody
   */
  record Clients(List<String> clientIds) implements ToAll, Selecting {}

  /**
   * See {@link Option#groups}.
   *
   * @param names none: nobody
   */
  record Groups(List<String> names) implements Selecting {}

  /**
   * See {@link Option#uids}.
   *
   * @param uids none: nobody
   */
  record Uids(List<String> uids) implements Selecting {}

  /**
   * How long this call may take.
   *
   * @param timeout in place of the client's
   * @return the option
   */
  static Timeout timeout(Duration timeout) {
    return new Timeout(timeout);
  }

  /**
   * This call may take as long as it does.
   *
   * @return the option
   */
  static Timeout noTimeout() {
    return new Timeout(null);
  }

  /**
   * Answer when the Gateways have run the command, and not when it stands in the links' buffers.
   *
   * @return the option
   */
  static Confirm confirm() {
    return new Confirm();
  }

  /**
   * {@link NotFoundException} where the client is gone; without it that is no error, and nothing happens.
   *
   * @return the option
   */
  static RequireOnline requireOnline() {
    return new RequireOnline();
  }

  /**
   * The generation of the client's Gateway that is expected: {@link NotFoundException} where it is over.
   *
   * @param generation as {@link Event#generation} gave it
   * @return the option
   */
  static Generation generation(String generation) {
    return new Generation(generation);
  }

  /**
   * Take what the Gateways answer first, even if they have not run earlier commands yet.
   *
   * @return the option
   */
  static AnyConsistency anyConsistency() {
    return new AnyConsistency();
  }

  /**
   * Where a Gateway does not answer: return what there is, with the Gateway in {@code missing()} of the result.
   *
   * @return the option
   */
  static PartialOk partialOk() {
    return new PartialOk();
  }

  /**
   * Clients that do not get a message.
   *
   * @param clientIds who gets nothing
   * @return the option
   */
  static Exclude exclude(Collection<String> clientIds) {
    return new Exclude(List.copyOf(clientIds));
  }

  /**
   * Whom a command to the current client is for, where there is no current client, or not it.
   *
   * @param clientId 20 hex digits
   * @return the option
   */
  static NamedClient client(String clientId) {
    return new NamedClient(clientId);
  }

  /**
   * These clients alone; an empty list is nobody.
   *
   * @param clientIds 20 hex digits each
   * @return the option
   */
  static Clients clients(Collection<String> clientIds) {
    return new Clients(List.copyOf(clientIds));
  }

  /**
   * Clients in one of these groups; an empty list is nobody.
   *
   * @param names of groups
   * @return the option
   */
  static Groups groups(Collection<String> names) {
    return new Groups(List.copyOf(names));
  }

  /**
   * Clients bound to one of these uids; an empty list is nobody.
   *
   * @param uids of whom
   * @return the option
   */
  static Uids uids(Collection<String> uids) {
    return new Uids(List.copyOf(uids));
  }
}
