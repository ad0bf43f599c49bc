package io.gatewayd.gatewayworker;

import io.gatewayd.gatewayworker.v1.BindUidRequest;
import io.gatewayd.gatewayworker.v1.CloseClientRequest;
import io.gatewayd.gatewayworker.v1.CloseCurrentClientRequest;
import io.gatewayd.gatewayworker.v1.Command;
import io.gatewayd.gatewayworker.v1.DestroyClientRequest;
import io.gatewayd.gatewayworker.v1.DestroyCurrentClientRequest;
import io.gatewayd.gatewayworker.v1.JoinGroupRequest;
import io.gatewayd.gatewayworker.v1.LeaveGroupRequest;
import io.gatewayd.gatewayworker.v1.SessionInput;
import io.gatewayd.gatewayworker.v1.SetSessionRequest;
import io.gatewayd.gatewayworker.v1.UnbindUidRequest;
import io.gatewayd.gatewayworker.v1.UngroupRequest;
import io.gatewayd.gatewayworker.v1.UpdateSessionRequest;
import java.util.Map;

/**
 * The functions that change something, beside those that send.
 *
 * @param <R> what a command to one client gives back
 * @param <D> what a command to many clients gives back
 */
public abstract class CommandFunctions<R, D> extends SendFunctions<R, D> {
  CommandFunctions() {}

  /** What this side refuses itself. */
  R refused(GatewayException error) {
    throw error;
  }

  /**
   * Binds a client to a uid, in place of its former one. One uid may have many clients.
   *
   * @param clientId 20 hex digits
   * @param uid neither empty nor, on a php cluster, "0"
   * @param options what else it asks for
   * @return once it is accepted, or as the options say
   */
  public final R bindUid(String clientId, String uid, Option.ToClient... options) {
    Options wanted = Options.of(options);
    return one(
        Command.newBuilder().setBindUid(BindUidRequest.newBuilder()
            .setClientId(clientId)
            .setUid(uid)
            .setGeneration(wanted.generation)
            .setConfirm(wanted.confirm)
            .setRequireOnline(wanted.requireOnline)),
        wanted);
  }

  /**
   * Takes a client's uid away, in the form of the original API.
   *
   * @param clientId 20 hex digits
   * @param uid the Gateway does not look at it
   * @param options what else it asks for
   * @return once it is accepted, or as the options say
   */
  public final R unbindUid(String clientId, String uid, Option.ToClient... options) {
    Options wanted = Options.of(options);
    return one(
        Command.newBuilder().setUnbindUid(UnbindUidRequest.newBuilder()
            .setClientId(clientId)
            .setUid(uid)
            .setGeneration(wanted.generation)
            .setConfirm(wanted.confirm)
            .setRequireOnline(wanted.requireOnline)),
        wanted);
  }

  /**
   * Takes a client's uid away, whichever it is.
   *
   * @param clientId 20 hex digits
   * @param options what else it asks for
   * @return once it is accepted, or as the options say
   */
  public final R unbindUid(String clientId, Option.ToClient... options) {
    return unbindUid(clientId, "", options);
  }

  /**
   * Puts a client into a group. A group lives as long as it has clients.
   *
   * @param clientId 20 hex digits
   * @param group its name
   * @param options what else it asks for
   * @return once it is accepted, or as the options say
   */
  public final R joinGroup(String clientId, String group, Option.ToClient... options) {
    Options wanted = Options.of(options);
    return one(
        Command.newBuilder().setJoinGroup(JoinGroupRequest.newBuilder()
            .setClientId(clientId)
            .setGroup(group)
            .setGeneration(wanted.generation)
            .setConfirm(wanted.confirm)
            .setRequireOnline(wanted.requireOnline)),
        wanted);
  }

  /**
   * Takes a client out of a group.
   *
   * @param clientId 20 hex digits
   * @param group its name
   * @param options what else it asks for
   * @return once it is accepted, or as the options say
   */
  public final R leaveGroup(String clientId, String group, Option.ToClient... options) {
    Options wanted = Options.of(options);
    return one(
        Command.newBuilder().setLeaveGroup(LeaveGroupRequest.newBuilder()
            .setClientId(clientId)
            .setGroup(group)
            .setGeneration(wanted.generation)
            .setConfirm(wanted.confirm)
            .setRequireOnline(wanted.requireOnline)),
        wanted);
  }

  /**
   * Dissolves a group: every client leaves it.
   *
   * @param group its name
   * @param options what else it asks for
   * @return how far it came
   */
  public final D ungroup(String group, Option.ToMany... options) {
    Options wanted = Options.of(options);
    return many(
        Command.newBuilder().setUngroup(UngroupRequest.newBuilder().setGroup(group).setConfirm(wanted.confirm)), wanted);
  }

  /**
   * Replaces a client's session.
   *
   * @param clientId 20 hex digits
   * @param session of null, Boolean, numbers, String, List and Map; what it would bend is refused
   * @param options what else it asks for
   * @return once it is accepted, or as the options say
   */
  public final R setSession(String clientId, Map<String, ?> session, Option.ToClient... options) {
    SessionInput input;
    try {
      input = Structs.session(session);
    } catch (InvalidArgumentException error) {
      return refused(error);
    }
    return setSession(clientId, input, options);
  }

  /**
   * Replaces a client's session.
   *
   * @param clientId 20 hex digits
   * @param stored as the Gateway keeps it: PHP serialize, or JSON
   * @param options what else it asks for
   * @return once it is accepted, or as the options say
   */
  public final R setSession(String clientId, byte[] stored, Option.ToClient... options) {
    return setSession(clientId, Structs.session(stored), options);
  }

  private R setSession(String clientId, SessionInput session, Option.ToClient... options) {
    Options wanted = Options.of(options);
    return one(
        Command.newBuilder().setSetSession(SetSessionRequest.newBuilder()
            .setClientId(clientId)
            .setSession(session)
            .setGeneration(wanted.generation)
            .setConfirm(wanted.confirm)
            .setRequireOnline(wanted.requireOnline)),
        wanted);
  }

  /**
   * Merges into a client's session: on a php cluster at every depth, on a go cluster its top keys.
   *
   * @param clientId 20 hex digits
   * @param session of null, Boolean, numbers, String, List and Map; what it would bend is refused
   * @param options what else it asks for
   * @return once it is accepted, or as the options say
   */
  public final R updateSession(String clientId, Map<String, ?> session, Option.ToClient... options) {
    SessionInput input;
    try {
      input = Structs.session(session);
    } catch (InvalidArgumentException error) {
      return refused(error);
    }
    return updateSession(clientId, input, options);
  }

  /**
   * Merges into a client's session: on a php cluster at every depth, on a go cluster its top keys.
   *
   * @param clientId 20 hex digits
   * @param stored as the Gateway keeps it: PHP serialize, or JSON
   * @param options what else it asks for
   * @return once it is accepted, or as the options say
   */
  public final R updateSession(String clientId, byte[] stored, Option.ToClient... options) {
    return updateSession(clientId, Structs.session(stored), options);
  }

  private R updateSession(String clientId, SessionInput session, Option.ToClient... options) {
    Options wanted = Options.of(options);
    return one(
        Command.newBuilder().setUpdateSession(UpdateSessionRequest.newBuilder()
            .setClientId(clientId)
            .setSession(session)
            .setGeneration(wanted.generation)
            .setConfirm(wanted.confirm)
            .setRequireOnline(wanted.requireOnline)),
        wanted);
  }

  /**
   * Closes a client once what was sent to it has drained.
   *
   * @param clientId 20 hex digits
   * @param options what else it asks for
   * @return once it is accepted, or as the options say
   */
  public final R closeClient(String clientId, Option.ToClient... options) {
    Options wanted = Options.of(options);
    return one(
        Command.newBuilder().setCloseClient(CloseClientRequest.newBuilder()
            .setClientId(clientId)
            .setGeneration(wanted.generation)
            .setConfirm(wanted.confirm)
            .setRequireOnline(wanted.requireOnline)),
        wanted);
  }

  /**
   * Closes a client once what was sent to it has drained, the message at last.
   *
   * @param clientId 20 hex digits
   * @param message what to send
   * @param options what else it asks for
   * @return once it is accepted, or as the options say
   */
  public final R closeClient(String clientId, Message message, Option.ToClient... options) {
    Options wanted = Options.of(options);
    return one(
        Command.newBuilder().setCloseClient(CloseClientRequest.newBuilder()
            .setClientId(clientId)
            .setMessage(message.proto())
            .setGeneration(wanted.generation)
            .setConfirm(wanted.confirm)
            .setRequireOnline(wanted.requireOnline)),
        wanted);
  }

  /**
   * Closes a client once what was sent to it has drained, the message at last.
   *
   * @param clientId 20 hex digits
   * @param text what to send
   * @param options what else it asks for
   * @return once it is accepted, or as the options say
   */
  public final R closeClient(String clientId, String text, Option.ToClient... options) {
    return closeClient(clientId, Message.of(text), options);
  }

  /**
   * Closes a client once what was sent to it has drained, the message at last.
   *
   * @param clientId 20 hex digits
   * @param data what to send
   * @param options what else it asks for
   * @return once it is accepted, or as the options say
   */
  public final R closeClient(String clientId, byte[] data, Option.ToClient... options) {
    return closeClient(clientId, Message.of(data), options);
  }

  /**
   * Closes the client of the event at hand once what was sent to it has drained.
   *
   * @param options what else it asks for
   * @return once it is accepted, or as the options say
   */
  public final R closeCurrentClient(Option.ToCurrent... options) {
    Options wanted = Options.of(options);
    return one(
        Command.newBuilder().setCloseCurrentClient(CloseCurrentClientRequest.newBuilder()
            .setClientId(wanted.clientId)
            .setGeneration(wanted.generation)
            .setConfirm(wanted.confirm)
            .setRequireOnline(wanted.requireOnline)),
        wanted);
  }

  /**
   * Closes the client of the event at hand once what was sent to it has drained, the message at last.
   *
   * @param message what to send
   * @param options what else it asks for
   * @return once it is accepted, or as the options say
   */
  public final R closeCurrentClient(Message message, Option.ToCurrent... options) {
    Options wanted = Options.of(options);
    return one(
        Command.newBuilder().setCloseCurrentClient(CloseCurrentClientRequest.newBuilder()
            .setClientId(wanted.clientId)
            .setMessage(message.proto())
            .setGeneration(wanted.generation)
            .setConfirm(wanted.confirm)
            .setRequireOnline(wanted.requireOnline)),
        wanted);
  }

  /**
   * Closes the client of the event at hand once what was sent to it has drained, the message at last.
   *
   * @param text what to send
   * @param options what else it asks for
   * @return once it is accepted, or as the options say
   */
  public final R closeCurrentClient(String text, Option.ToCurrent... options) {
    return closeCurrentClient(Message.of(text), options);
  }

  /**
   * Closes the client of the event at hand once what was sent to it has drained, the message at last.
   *
   * @param data what to send
   * @param options what else it asks for
   * @return once it is accepted, or as the options say
   */
  public final R closeCurrentClient(byte[] data, Option.ToCurrent... options) {
    return closeCurrentClient(Message.of(data), options);
  }

  /**
   * Closes a client at once and drops what was not yet sent to it.
   *
   * @param clientId 20 hex digits
   * @param options what else it asks for
   * @return once it is accepted, or as the options say
   */
  public final R destroyClient(String clientId, Option.ToClient... options) {
    Options wanted = Options.of(options);
    return one(
        Command.newBuilder().setDestroyClient(DestroyClientRequest.newBuilder()
            .setClientId(clientId)
            .setGeneration(wanted.generation)
            .setConfirm(wanted.confirm)
            .setRequireOnline(wanted.requireOnline)),
        wanted);
  }

  /**
   * Closes the client of the event at hand at once.
   *
   * @param options what else it asks for
   * @return once it is accepted, or as the options say
   */
  public final R destroyCurrentClient(Option.ToCurrent... options) {
    Options wanted = Options.of(options);
    return one(
        Command.newBuilder().setDestroyCurrentClient(DestroyCurrentClientRequest.newBuilder()
            .setClientId(wanted.clientId)
            .setGeneration(wanted.generation)
            .setConfirm(wanted.confirm)
            .setRequireOnline(wanted.requireOnline)),
        wanted);
  }
}
