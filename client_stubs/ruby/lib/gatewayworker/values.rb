# frozen_string_literal: true

module Gatewayworker
  # A message to clients that is more than its bytes. Where a String will do, give that: a Gateway puts it into a
  # WebSocket *text* frame, and browsers close at one that is not UTF-8. Binary data goes to them as
  # `Message.new(data, websocket_binary: true)`.
  class Message
    # @return [String]
    attr_reader :data

    # @param data [String]
    # @param raw [Boolean] the Gateway writes the bytes to the client's socket as they are: for ready-made frames
    # @param websocket_binary [Boolean] a WebSocket client gets a binary frame, and not one of text
    def initialize(data, raw: false, websocket_binary: false)
      @data = data
      @raw = raw
      @websocket_binary = websocket_binary
      freeze
    end

    # @return [Boolean]
    def raw? = @raw

    # @return [Boolean]
    def websocket_binary? = @websocket_binary
  end

  # A client's session: a Hash whose keys are Strings, of nil, true, false, Integer, Float, String, Array and Hash.
  class Session < Hash
    # @return [String] the exact bytes that the Gateway keeps; empty: no session was ever set
    attr_reader :stored

    # @param value [Hash]
    # @param stored [String]
    # @param incomplete [Boolean]
    def initialize(value = {}, stored: "".b, incomplete: false)
      super()
      update(value)
      @stored = stored
      @incomplete = incomplete
    end

    # Whether the Hash could not hold all of it (bytes that are not UTF-8, PHP objects, integers outside ±2^53);
    # `stored` does.
    # @return [Boolean]
    def incomplete? = @incomplete
  end

  # A Gateway that did not take a command, or did not answer a query.
  #
  # @!attribute [r] gateway
  #   @return [String] its address
  # @!attribute [r] reason
  #   @return [String] why, for people
  GatewayFailure = Struct.new(:gateway, :reason, keyword_init: true)

  # How far a command to many clients came.
  #
  # @!attribute [r] gateways
  #   @return [Integer] how many Gateways took it
  # @!attribute [r] unreachable
  #   @return [Array<GatewayFailure>] those that did not
  Delivery = Struct.new(:gateways, :unreachable, keyword_init: true)

  # What became of one command of a list.
  #
  # @!attribute [r] code
  #   @return [Symbol] `:ok`, or as {Error#code}
  # @!attribute [r] message
  #   @return [String]
  # @!attribute [r] delivery
  #   @return [Delivery, nil] of commands to many clients
  CommandResult = Struct.new(:code, :message, :delivery, keyword_init: true) do
    # @return [Boolean]
    def ok? = code == :ok
  end

  # A command on the stream that failed. With code `:ok`: one to many clients that did not reach every Gateway.
  #
  # @!attribute [r] event_id
  #   @return [Integer] the event that it answered; 0: none
  # @!attribute [r] code
  #   @return [Symbol]
  # @!attribute [r] message
  #   @return [String]
  # @!attribute [r] delivery
  #   @return [Delivery, nil]
  CommandError = Struct.new(:event_id, :code, :message, :delivery, keyword_init: true)

  # What the daemon said when a worker attached: what really applies.
  #
  # @!attribute [r] version
  #   @return [String] the daemon's version
  # @!attribute [r] dialect
  #   @return [String] "php" or "go"
  # @!attribute [r] worker_id
  #   @return [String] names this attachment in views and logs
  # @!attribute [r] window_events
  #   @return [Integer]
  # @!attribute [r] window_bytes
  #   @return [Integer]
  # @!attribute [r] max_message_bytes
  #   @return [Integer]
  Welcome = Struct.new(:version, :dialect, :worker_id, :window_events, :window_bytes, :max_message_bytes,
                       keyword_init: true)

  # What a WebSocket client said, as PHP's onWebSocketConnect has it.
  #
  # @!attribute [r] get
  #   @return [Hash] the query's parameters
  # @!attribute [r] server
  #   @return [Hash] REQUEST_URI, HTTP_HOST and so on
  # @!attribute [r] cookie
  #   @return [Hash]
  # @!attribute [r] stored
  #   @return [String] exactly what the Gateway sent
  Handshake = Struct.new(:get, :server, :cookie, :incomplete, :stored, keyword_init: true) do
    # Whether the Hashes could not hold all of it; `stored` has it.
    # @return [Boolean]
    def incomplete? = incomplete
  end

  # A client as {Queries#select} lists it: only what was asked for is set. What is not UTF-8 is a binary String.
  #
  # @!attribute [r] client_id
  #   @return [String]
  # @!attribute [r] uid
  #   @return [String, nil]
  # @!attribute [r] groups
  #   @return [Array<String>]
  # @!attribute [r] session
  #   @return [Session, nil]
  SelectedClient = Struct.new(:client_id, :uid, :groups, :session, keyword_init: true)
end
