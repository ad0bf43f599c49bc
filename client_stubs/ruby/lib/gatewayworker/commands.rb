# frozen_string_literal: true

require_relative "conversion"
require_relative "v1/gateway_service_pb"

module Gatewayworker
  # The commands of the API, as values: what {Client#execute} takes many of at once.
  #
  # Commands to one client take the options
  # - `generation:` (String) the generation of the client's Gateway that is expected, as an event gave it:
  #   {NotFoundError} where it is over;
  # - `confirm:` (true) answer when the Gateway has run it, and not when it stands in the link's buffer;
  # - `require_online:` (true) {NotFoundError} where the client is gone; without it that is no error, and nothing
  # happens.
  #
  # Commands to many clients take `confirm:` alone.
  #
  # A message is a String or a {Message}; a session a Hash (keys may be Symbols), or a String in the form in which the
  # Gateway stores it (PHP serialize, JSON). Each returns a `V1::Command`, or raises {InvalidArgumentError}.
  module Commands
    module_function

    # Sends a message to one client.
    def send_to_client(client_id, message, **options)
      V1::Command.new(send_to_client: { **one(client_id, **options), message: Conversion.message(message) })
    end

    # Sends a message to the client of the event at hand.
    def send_to_current_client(message, client_id: "", **options)
      V1::Command.new(send_to_current_client: { **one(client_id, **options), message: Conversion.message(message) })
    end

    # Sends a message to everyone (`client_ids` nil) or to these clients; an empty list is nobody.
    def send_to_all(message, client_ids: nil, exclude: [], **options)
      targets = client_ids && { client_ids: Conversion.texts("client_ids", client_ids) }
      V1::Command.new(send_to_all: { message: Conversion.message(message), targets:,
                                     exclude_client_ids: Conversion.texts("exclude", exclude), **many(**options) })
    end

    # Sends a message to every client bound to one of the uids (a String, or a list of them).
    def send_to_uid(uids, message, **options)
      V1::Command.new(send_to_uid: { uids: Conversion.names("uids", uids), message: Conversion.message(message),
                                     **many(**options) })
    end

    # Sends a message to every client in one of the groups (a String, or a list of them).
    def send_to_group(groups, message, exclude: [], **options)
      V1::Command.new(send_to_group: { groups: Conversion.names("groups", groups),
                                       message: Conversion.message(message),
                                       exclude_client_ids: Conversion.texts("exclude", exclude), **many(**options) })
    end

    # Binds a client to a uid, in place of its former one.
    def bind_uid(client_id, uid, **options)
      V1::Command.new(bind_uid: { **one(client_id, **options), uid: Conversion.text("uid", uid) })
    end

    # Takes a client's uid away.
    def unbind_uid(client_id, uid = "", **options)
      V1::Command.new(unbind_uid: { **one(client_id, **options), uid: Conversion.text("uid", uid) })
    end

    # Puts a client into a group.
    def join_group(client_id, group, **options)
      V1::Command.new(join_group: { **one(client_id, **options), group: Conversion.text("group", group) })
    end

    # Takes a client out of a group.
    def leave_group(client_id, group, **options)
      V1::Command.new(leave_group: { **one(client_id, **options), group: Conversion.text("group", group) })
    end

    # Dissolves a group: every client leaves it.
    def ungroup(group, **options)
      V1::Command.new(ungroup: { group: Conversion.text("group", group), **many(**options) })
    end

    # Replaces a client's session.
    def set_session(client_id, session, **options)
      V1::Command.new(set_session: { **one(client_id, **options), session: Conversion.session_input(session) })
    end

    # Merges into a client's session: on a php cluster at every depth, on a go cluster its top keys.
    def update_session(client_id, session, **options)
      V1::Command.new(update_session: { **one(client_id, **options), session: Conversion.session_input(session) })
    end

    # Closes a client once what was sent to it has drained, `message` at last.
    def close_client(client_id, message = nil, **options)
      V1::Command.new(close_client: { **one(client_id, **options), message: message && Conversion.message(message) })
    end

    # Closes the client of the event at hand.
    def close_current_client(message = nil, client_id: "", **options)
      V1::Command.new(close_current_client: { **one(client_id, **options),
                        message: message && Conversion.message(message) })
    end

    # Closes a client at once and drops what was not yet sent to it.
    def destroy_client(client_id, **options) = V1::Command.new(destroy_client: one(client_id, **options))

    # Destroys the client of the event at hand.
    def destroy_current_client(client_id: "", **options)
      V1::Command.new(destroy_current_client: one(client_id, **options))
    end

    # The fields of each command to one client.
    def one(client_id, generation: "", confirm: false, require_online: false)
      { client_id: Conversion.text("client_id", client_id), generation: Conversion.text("generation", generation),
        confirm: confirm ? :CONFIRM_RUN : :CONFIRM_UNSPECIFIED, require_online: }
    end

    def many(confirm: false) = { confirm: confirm ? :CONFIRM_RUN : :CONFIRM_UNSPECIFIED }

    private_class_method :one, :many
  end
end
