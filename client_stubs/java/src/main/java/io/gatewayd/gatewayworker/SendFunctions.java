package io.gatewayd.gatewayworker;

import io.gatewayd.gatewayworker.v1.Command;
import io.gatewayd.gatewayworker.v1.SendToAllRequest;
import io.gatewayd.gatewayworker.v1.SendToClientRequest;
import io.gatewayd.gatewayworker.v1.SendToCurrentClientRequest;
import io.gatewayd.gatewayworker.v1.SendToGroupRequest;
import io.gatewayd.gatewayworker.v1.SendToUidRequest;
import java.util.Collection;
import java.util.List;

/**
 * The functions that send. Clients call them, workers say them on their stream, and a {@link Batch} collects them.
 *
 * @param <R> what a command to one client gives back
 * @param <D> what a command to many clients gives back
 */
public abstract class SendFunctions<R, D> {
  SendFunctions() {}

  /** A command to one client. */
  abstract R one(Command.Builder command, Options options);

  /** A command to many clients. */
  abstract D many(Command.Builder command, Options options);

  /**
   * Sends a message to one client.
   *
   * @param clientId 20 hex digits
   * @param message what to send
   * @param options what else it asks for
   * @return once it is accepted, or as the options say
   */
  public final R sendToClient(String clientId, Message message, Option.ToClient... options) {
    Options wanted = Options.of(options);
    return one(
        Command.newBuilder().setSendToClient(SendToClientRequest.newBuilder()
            .setClientId(clientId)
            .setMessage(message.proto())
            .setGeneration(wanted.generation)
            .setConfirm(wanted.confirm)
            .setRequireOnline(wanted.requireOnline)),
        wanted);
  }

  /**
   * Sends a message to one client.
   *
   * @param clientId 20 hex digits
   * @param text what to send
   * @param options what else it asks for
   * @return once it is accepted, or as the options say
   */
  public final R sendToClient(String clientId, String text, Option.ToClient... options) {
    return sendToClient(clientId, Message.of(text), options);
  }

  /**
   * Sends a message to one client.
   *
   * @param clientId 20 hex digits
   * @param data what to send
   * @param options what else it asks for
   * @return once it is accepted, or as the options say
   */
  public final R sendToClient(String clientId, byte[] data, Option.ToClient... options) {
    return sendToClient(clientId, Message.of(data), options);
  }

  /**
   * Sends a message to the client of the event at hand.
   *
   * @param message what to send
   * @param options what else it asks for
   * @return once it is accepted, or as the options say
   */
  public final R sendToCurrentClient(Message message, Option.ToCurrent... options) {
    Options wanted = Options.of(options);
    return one(
        Command.newBuilder().setSendToCurrentClient(SendToCurrentClientRequest.newBuilder()
            .setClientId(wanted.clientId)
            .setMessage(message.proto())
            .setGeneration(wanted.generation)
            .setConfirm(wanted.confirm)
            .setRequireOnline(wanted.requireOnline)),
        wanted);
  }

  /**
   * Sends a message to the client of the event at hand.
   *
   * @param text what to send
   * @param options what else it asks for
   * @return once it is accepted, or as the options say
   */
  public final R sendToCurrentClient(String text, Option.ToCurrent... options) {
    return sendToCurrentClient(Message.of(text), options);
  }

  /**
   * Sends a message to the client of the event at hand.
   *
   * @param data what to send
   * @param options what else it asks for
   * @return once it is accepted, or as the options say
   */
  public final R sendToCurrentClient(byte[] data, Option.ToCurrent... options) {
    return sendToCurrentClient(Message.of(data), options);
  }

  /**
   * Sends a message to everyone, or to those that {@link Option#clients} names.
   *
   * @param message what to send
   * @param options what else it asks for
   * @return how far it came
   */
  public final D sendToAll(Message message, Option.ToAll... options) {
    Options wanted = Options.of(options);
    SendToAllRequest.Builder request = SendToAllRequest.newBuilder()
        .setMessage(message.proto())
        .addAllExcludeClientIds(wanted.exclude)
        .setConfirm(wanted.confirm);
    if (wanted.targets != null) {
      request.setTargets(wanted.targets);
    }
    return many(Command.newBuilder().setSendToAll(request), wanted);
  }

  /**
   * Sends a message to everyone, or to those that {@link Option#clients} names.
   *
   * @param text what to send
   * @param options what else it asks for
   * @return how far it came
   */
  public final D sendToAll(String text, Option.ToAll... options) {
    return sendToAll(Message.of(text), options);
  }

  /**
   * Sends a message to everyone, or to those that {@link Option#clients} names.
   *
   * @param data what to send
   * @param options what else it asks for
   * @return how far it came
   */
  public final D sendToAll(byte[] data, Option.ToAll... options) {
    return sendToAll(Message.of(data), options);
  }

  /**
   * Sends a message to every client bound to one of the uids; an empty list is nobody.
   *
   * @param uids whose clients get it
   * @param message what to send
   * @param options what else it asks for
   * @return how far it came
   */
  public final D sendToUid(Collection<String> uids, Message message, Option.ToMany... options) {
    Options wanted = Options.of(options);
    return many(
        Command.newBuilder().setSendToUid(SendToUidRequest.newBuilder()
            .addAllUids(uids)
            .setMessage(message.proto())
            .setConfirm(wanted.confirm)),
        wanted);
  }

  /**
   * Sends a message to every client bound to one of the uids; an empty list is nobody.
   *
   * @param uids whose clients get it
   * @param text what to send
   * @param options what else it asks for
   * @return how far it came
   */
  public final D sendToUid(Collection<String> uids, String text, Option.ToMany... options) {
    return sendToUid(uids, Message.of(text), options);
  }

  /**
   * Sends a message to every client bound to one of the uids; an empty list is nobody.
   *
   * @param uids whose clients get it
   * @param data what to send
   * @param options what else it asks for
   * @return how far it came
   */
  public final D sendToUid(Collection<String> uids, byte[] data, Option.ToMany... options) {
    return sendToUid(uids, Message.of(data), options);
  }

  /**
   * Sends a message to every client bound to a uid.
   *
   * @param uid whose clients get it
   * @param message what to send
   * @param options what else it asks for
   * @return how far it came
   */
  public final D sendToUid(String uid, Message message, Option.ToMany... options) {
    return sendToUid(List.of(uid), message, options);
  }

  /**
   * Sends a message to every client bound to a uid.
   *
   * @param uid whose clients get it
   * @param text what to send
   * @param options what else it asks for
   * @return how far it came
   */
  public final D sendToUid(String uid, String text, Option.ToMany... options) {
    return sendToUid(uid, Message.of(text), options);
  }

  /**
   * Sends a message to every client bound to a uid.
   *
   * @param uid whose clients get it
   * @param data what to send
   * @param options what else it asks for
   * @return how far it came
   */
  public final D sendToUid(String uid, byte[] data, Option.ToMany... options) {
    return sendToUid(uid, Message.of(data), options);
  }

  /**
   * Sends a message to every client in one of the groups; an empty list is nobody.
   *
   * @param groups whose clients get it
   * @param message what to send
   * @param options what else it asks for
   * @return how far it came
   */
  public final D sendToGroup(Collection<String> groups, Message message, Option.ToGroup... options) {
    Options wanted = Options.of(options);
    return many(
        Command.newBuilder().setSendToGroup(SendToGroupRequest.newBuilder()
            .addAllGroups(groups)
            .setMessage(message.proto())
            .addAllExcludeClientIds(wanted.exclude)
            .setConfirm(wanted.confirm)),
        wanted);
  }

  /**
   * Sends a message to every client in one of the groups; an empty list is nobody.
   *
   * @param groups whose clients get it
   * @param text what to send
   * @param options what else it asks for
   * @return how far it came
   */
  public final D sendToGroup(Collection<String> groups, String text, Option.ToGroup... options) {
    return sendToGroup(groups, Message.of(text), options);
  }

  /**
   * Sends a message to every client in one of the groups; an empty list is nobody.
   *
   * @param groups whose clients get it
   * @param data what to send
   * @param options what else it asks for
   * @return how far it came
   */
  public final D sendToGroup(Collection<String> groups, byte[] data, Option.ToGroup... options) {
    return sendToGroup(groups, Message.of(data), options);
  }

  /**
   * Sends a message to every client in a group.
   *
   * @param group whose clients get it
   * @param message what to send
   * @param options what else it asks for
   * @return how far it came
   */
  public final D sendToGroup(String group, Message message, Option.ToGroup... options) {
    return sendToGroup(List.of(group), message, options);
  }

  /**
   * Sends a message to every client in a group.
   *
   * @param group whose clients get it
   * @param text what to send
   * @param options what else it asks for
   * @return how far it came
   */
  public final D sendToGroup(String group, String text, Option.ToGroup... options) {
    return sendToGroup(group, Message.of(text), options);
  }

  /**
   * Sends a message to every client in a group.
   *
   * @param group whose clients get it
   * @param data what to send
   * @param options what else it asks for
   * @return how far it came
   */
  public final D sendToGroup(String group, byte[] data, Option.ToGroup... options) {
    return sendToGroup(group, Message.of(data), options);
  }
}
