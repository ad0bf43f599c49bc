# frozen_string_literal: true

require_relative "commands"
require_relative "connection"
require_relative "current"
require_relative "queries"
require_relative "v1/gateway_service_services_pb"

module Gatewayworker
  # The Gateway API, on one connection. Safe to use from any number of threads.
  #
  # Inside a handler of a {Worker}, {#send_to_current_client} and its like need no client_id: calls say whose event they
  # answer. Every call raises an {Error} where it fails. The options of commands are those of {Commands}, those of
  # queries those of {Queries}; beside them each call takes `timeout:`, in seconds.
  #
  # @example
  #   client = Gatewayworker::Client.new
  #   client.send_to_all("hello")
  class Client
    include Queries

    # @return [String]
    attr_reader :address

    # With a block: yields the client, closes it, and returns what the block returned.
    def self.open(...)
      client = new(...)
      return client unless block_given?

      begin
        yield client
      ensure
        client.close
      end
    end

    # @param address [String, nil] `host:port` or `unix:/path`; else GATEWAYD_ADDRESS, else 127.0.0.1:50051
    # @param timeout [Numeric, nil] seconds that a call may take unless it says otherwise; nil: no limit
    # @param tls [Tls, nil]
    # @param token [String, #call, nil] a bearer token, or what gives the one that is valid now; it is asked for each
    #   call
    # @param max_message_bytes [Integer] the largest answer
    # @param channel [GRPC::Core::Channel, nil] one that is there already; {#close} leaves it open
    def initialize(address = nil, timeout: 10, tls: nil, token: nil, max_message_bytes: Connection::MAX_MESSAGE_BYTES,
                   channel: nil)
      @address = Connection.address(address)
      @timeout = timeout
      @token = token
      @own = channel.nil?
      @channel = channel || Connection.open(@address, tls, max_message_bytes)
      @stub = V1::GatewayService::Stub.new(@address, :this_channel_is_insecure, channel_override: @channel)
    end

    # Ends the connection: no call may be made after it.
    # @return [nil]
    def close
      @channel.close if @own
      nil
    end

    # The token is no business of logs.
    # @return [String]
    def inspect = "#<#{self.class} #{address}>"

    # Sends a message to one client.
    # @return [nil]
    def send_to_client(client_id, message, timeout: nil, **options)
      run(:send_to_client, Commands.send_to_client(client_id, message, **options), timeout)
    end

    # Sends a message to the client of the event at hand.
    # @return [nil]
    def send_to_current_client(message, client_id: "", timeout: nil, **options)
      run(:send_to_current_client, Commands.send_to_current_client(message, client_id:, **options), timeout)
    end

    # Sends a message to everyone (`client_ids` nil) or to these clients; an empty list is nobody.
    # @return [Delivery]
    def send_to_all(message, client_ids: nil, exclude: [], timeout: nil, **options)
      command = Commands.send_to_all(message, client_ids:, exclude:, **options)
      deliver(:send_to_all, command, timeout)
    end

    # Sends a message to every client bound to one of the uids (a String, or a list of them).
    # @return [Delivery]
    def send_to_uid(uids, message, timeout: nil, **options)
      deliver(:send_to_uid, Commands.send_to_uid(uids, message, **options), timeout)
    end

    # Sends a message to every client in one of the groups (a String, or a list of them). One that is in two of them
    # gets it twice.
    # @return [Delivery]
    def send_to_group(groups, message, exclude: [], timeout: nil, **options)
      deliver(:send_to_group, Commands.send_to_group(groups, message, exclude:, **options), timeout)
    end

    # Binds a client to a uid, in place of its former one. One uid may have many clients.
    # @return [nil]
    def bind_uid(client_id, uid, timeout: nil, **options)
      run(:bind_uid, Commands.bind_uid(client_id, uid, **options), timeout)
    end

    # Takes a client's uid away, whichever it is.
    # @return [nil]
    def unbind_uid(client_id, uid = "", timeout: nil, **options)
      run(:unbind_uid, Commands.unbind_uid(client_id, uid, **options), timeout)
    end

    # Puts a client into a group. A group lives as long as it has clients.
    # @return [nil]
    def join_group(client_id, group, timeout: nil, **options)
      run(:join_group, Commands.join_group(client_id, group, **options), timeout)
    end

    # Takes a client out of a group.
    # @return [nil]
    def leave_group(client_id, group, timeout: nil, **options)
      run(:leave_group, Commands.leave_group(client_id, group, **options), timeout)
    end

    # Dissolves a group: every client leaves it.
    # @return [Delivery]
    def ungroup(group, timeout: nil, **options) = deliver(:ungroup, Commands.ungroup(group, **options), timeout)

    # Replaces a client's session.
    # @return [nil]
    def set_session(client_id, session, timeout: nil, **options)
      run(:set_session, Commands.set_session(client_id, session, **options), timeout)
    end

    # Merges into a client's session: on a php cluster at every depth, on a go cluster its top keys.
    # @return [nil]
    def update_session(client_id, session, timeout: nil, **options)
      run(:update_session, Commands.update_session(client_id, session, **options), timeout)
    end

    # Closes a client once what was sent to it has drained, `message` at last.
    # @return [nil]
    def close_client(client_id, message = nil, timeout: nil, **options)
      run(:close_client, Commands.close_client(client_id, message, **options), timeout)
    end

    # Closes the client of the event at hand.
    # @return [nil]
    def close_current_client(message = nil, client_id: "", timeout: nil, **options)
      run(:close_current_client, Commands.close_current_client(message, client_id:, **options), timeout)
    end

    # Closes a client at once and drops what was not yet sent to it.
    # @return [nil]
    def destroy_client(client_id, timeout: nil, **options)
      run(:destroy_client, Commands.destroy_client(client_id, **options), timeout)
    end

    # Destroys the client of the event at hand.
    # @return [nil]
    def destroy_current_client(client_id: "", timeout: nil, **options)
      run(:destroy_current_client, Commands.destroy_current_client(client_id:, **options), timeout)
    end

    # Runs commands (made by the functions of {Commands}) in order, for one call's price. One that fails does not stop
    # the others.
    # @param commands [Enumerable<V1::Command>]
    # @return [Array<CommandResult>] one for each
    def execute(commands, timeout: nil)
      call(:execute, V1::ExecuteRequest.new(commands: commands.to_a), timeout).statuses.map do |status|
        CommandResult.new(code: Errors.code(status.code), message: status.message,
                          delivery: Conversion.delivery(status.delivery))
      end
    end

    # Every client (of a group) with its session, however many there are. No limit of time but `timeout:`.
    # @yieldparam client_id [String]
    # @yieldparam session [Session]
    # @return [Enumerator, nil] without a block: an Enumerator
    def stream_all_client_sessions(group: nil, **options)
      return enum_for(__method__, group:, **options) unless block_given?

      fields = group ? in_group(group) : {}
      stream(:stream_all_client_sessions, V1::StreamAllClientSessionsRequest, fields, **options) do |chunk|
        chunk.clients.each { |client| yield client.client_id, Conversion.session(client.session) }
      end
    end

    # Every client_id, however many there are.
    # @yieldparam client_id [String]
    # @return [Enumerator, nil] without a block: an Enumerator
    def stream_all_client_id_list(**options, &block)
      return enum_for(__method__, **options) unless block

      stream(:stream_all_client_id_list, V1::StreamAllClientIdListRequest, **options) do |chunk|
        chunk.client_ids.each(&block)
      end
    end

    # Every uid, each once, however many there are; a binary String where it is not UTF-8.
    # @yieldparam uid [String]
    # @return [Enumerator, nil] without a block: an Enumerator
    def stream_all_uid_list(**options, &block)
      return enum_for(__method__, **options) unless block

      stream(:stream_all_uid_list, V1::StreamAllUidListRequest, **options) do |chunk|
        chunk.uids.each(&block)
        chunk.uids_not_utf8.each(&block)
      end
    end

    private

    def run(name, command, timeout)
      call(name, command[name.name], timeout)
      nil
    end

    def deliver(name, command, timeout)
      Conversion.delivery(call(name, command[name.name], timeout).delivery || V1::Delivery.new)
    end

    def call(name, request, timeout)
      translating { @stub.public_send(name, request, deadline: deadline(timeout || @timeout), metadata:) }
    end

    # Yields each part of the answer. Who leaves the block early ends the call.
    def stream(name, type, fields = {}, timeout: nil, **options, &block)
      translating do
        operation = @stub.public_send(name, query(type, fields, **options), deadline: deadline(timeout),
                                                                            metadata:, return_op: true)
        begin
          operation.execute.each(&block)
        ensure
          operation.cancel
        end
      end
      nil
    end

    def translating
      yield
    rescue GRPC::BadStatus => e
      raise Errors.from_status(e.code, e.details, e.metadata), cause: nil
    end

    def deadline(timeout) = timeout && (Time.now + timeout)

    def metadata
      made = Connection.metadata(@token)
      event = Current.event
      if event && !event.client_id.empty?
        made["gateway-client-id"] = event.client_id
        made["gateway-generation"] = event.generation
      end
      made
    end
  end
end
