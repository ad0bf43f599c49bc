# frozen_string_literal: true

require_relative "commands"
require_relative "current"

module Gatewayworker
  # The commands of the API on a worker's stream: said and gone.
  #
  # Each is sent with the acknowledgement of the event whose handler calls it, before it, in the order of the calls;
  # outside of handlers at once. Nothing is waited for and nothing returned: a command that fails comes to
  # {Worker#on_command_error}. What has an answer, and what must be known to have run, is a call of {Worker#client}. The
  # options are those of {Commands}. Each may be called from any thread. Outside of handlers they raise
  # {UnavailableError} while the worker is not attached.
  module StreamCommands
    # Sends a message to the client of the event at hand.
    # @return [nil]
    def send_to_current_client(message, client_id: "", **options)
      event = Current.event
      if event && client_id.empty? && options.empty? # nearly all that workers send
        given = Conversion.message(message)
        size = (given[:data] || given[:text]).bytesize
        return if event.attachment.command(event, { send_to_current_client: { message: given } }, size)
      end
      submit(Commands.send_to_current_client(message, client_id:, **options))
    end

    # Sends a message to one client.
    # @return [nil]
    def send_to_client(client_id, message, **options) = submit(Commands.send_to_client(client_id, message, **options))

    # Sends a message to everyone (`client_ids` nil) or to these clients; an empty list is nobody.
    # @return [nil]
    def send_to_all(message, client_ids: nil, exclude: [], **options)
      submit(Commands.send_to_all(message, client_ids:, exclude:, **options))
    end

    # Sends a message to every client bound to one of the uids.
    # @return [nil]
    def send_to_uid(uids, message, **options) = submit(Commands.send_to_uid(uids, message, **options))

    # Sends a message to every client in one of the groups.
    # @return [nil]
    def send_to_group(groups, message, exclude: [], **options)
      submit(Commands.send_to_group(groups, message, exclude:, **options))
    end

    # Binds a client to a uid.
    # @return [nil]
    def bind_uid(client_id, uid, **options) = submit(Commands.bind_uid(client_id, uid, **options))

    # Takes a client's uid away.
    # @return [nil]
    def unbind_uid(client_id, uid = "", **options) = submit(Commands.unbind_uid(client_id, uid, **options))

    # Puts a client into a group.
    # @return [nil]
    def join_group(client_id, group, **options) = submit(Commands.join_group(client_id, group, **options))

    # Takes a client out of a group.
    # @return [nil]
    def leave_group(client_id, group, **options) = submit(Commands.leave_group(client_id, group, **options))

    # Dissolves a group.
    # @return [nil]
    def ungroup(group, **options) = submit(Commands.ungroup(group, **options))

    # Replaces a client's session.
    # @return [nil]
    def set_session(client_id, session, **options) = submit(Commands.set_session(client_id, session, **options))

    # Merges into a client's session.
    # @return [nil]
    def update_session(client_id, session, **options) = submit(Commands.update_session(client_id, session, **options))

    # Closes a client once what was sent to it has drained.
    # @return [nil]
    def close_client(client_id, message = nil, **options) = submit(Commands.close_client(client_id, message, **options))

    # Closes the client of the event at hand.
    # @return [nil]
    def close_current_client(message = nil, client_id: "", **options)
      submit(Commands.close_current_client(message, client_id:, **options))
    end

    # Closes a client at once.
    # @return [nil]
    def destroy_client(client_id, **options) = submit(Commands.destroy_client(client_id, **options))

    # Destroys the client of the event at hand.
    # @return [nil]
    def destroy_current_client(client_id: "", **options)
      submit(Commands.destroy_current_client(client_id:, **options))
    end

    private

    # @param command [V1::Command]
    def submit(command)
      event = Current.event
      size = V1::Command.encode(command).bytesize
      if event
        return if event.attachment.command(event, command, size)

        name_client(command, event)
      end
      return if attachment&.command(nil, command, size)

      raise Errors.build(:unavailable, "not attached")
    end

    # For what outlived its event: the daemon knows that no more.
    def name_client(command, event)
      kind = command.command
      request = command[kind.name]
      return unless kind.name.include?("current") && request.client_id.empty?

      request.client_id = event.client_id
      request.generation = event.generation
    end
  end
end
