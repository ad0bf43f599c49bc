# frozen_string_literal: true

require_relative "conversion"
require_relative "v1/worker_service_pb"

module Gatewayworker
  # Something that happened to a client. Made for each delivery; what is costly is read when it is asked for. Its
  # handler may read it from any thread.
  class Event
    # By the names that the API has for them.
    # @api private
    KINDS = {
      EVENT_KIND_CONNECT: :connect, EVENT_KIND_WEBSOCKET_CONNECT: :websocket_connect, EVENT_KIND_MESSAGE: :message,
      EVENT_KIND_CLOSE: :close, EVENT_KIND_GATEWAY_LOST: :gateway_lost
    }.freeze

    # @return [Integer] names this delivery on its stream
    attr_reader :id
    # @return [String] 20 hex digits; empty for `:gateway_lost`
    attr_reader :client_id
    # @return [V1::Event] the message as it came
    attr_reader :proto
    # @api private
    attr_reader :attachment
    # `:open`; `:done`: it is acknowledged; `:lost`: its stream ended first, so that it comes again. Guarded by the
    # attachment.
    # @api private
    attr_accessor :state

    # @api private
    def initialize(proto, attachment)
      @proto = proto
      @id = proto.id
      @client_id = proto.client_id
      @attachment = attachment
      @state = :open
      @session = nil
    end

    # Whether it is acknowledged, or its stream has ended: it is not this worker's any more.
    # @return [Boolean]
    def done? = @state != :open

    # @return [Symbol] `:connect`, `:websocket_connect`, `:message`, `:close` or `:gateway_lost`
    def kind = KINDS.fetch(proto.kind)

    # @return [String] `:message`: the message, in binary encoding. Empty where `body_omitted` is not nil.
    def body = proto.body

    # @return [Integer, nil] the size of a body that was larger than this worker's `max_message_bytes`
    def body_omitted = proto.has_body_omitted? ? proto.body_omitted : nil

    # @return [String] the body as text; bytes that are not UTF-8 come as U+FFFD
    def text = proto.body.dup.force_encoding(Encoding::UTF_8).scrub("\u{FFFD}")

    # @return [Session] the client's session, as the worker's `session_mode` has it. Changing it here changes nothing
    #   elsewhere.
    def session = @session ||= Conversion.session(proto.session)

    # @return [Boolean] whether a fresh session could not be had; this is the one that the event brought
    def session_stale? = proto.session_stale

    # @return [String] the generation of the client's Gateway
    def generation = proto.generation

    # @return [String] IPv4; empty for IPv6 clients, which the protocol cannot carry
    def client_ip = proto.client_ip

    # @return [Integer]
    def client_port = proto.client_port

    # @return [Integer] the port that the client connected to; 0 in the go dialect
    def gateway_port = proto.gateway_port

    # @return [String] `:gateway_lost`: the Gateway's address
    def gateway = proto.gateway

    # @return [Time] when the daemon read it
    def time_read
      read = proto.time_read
      Time.at(read ? read.seconds : 0, read ? read.nanos : 0, :nsec, in: "UTC")
    end

    # @return [Integer] which delivery of it this is, from 1
    def attempt = proto.attempt

    # @return [Boolean] whether an earlier delivery may have been worked on
    def redelivered? = proto.redelivered

    # @return [Handshake] `:websocket_connect`: what the client said
    def handshake
      said = proto.handshake || V1::Handshake.new
      Handshake.new(get: Conversion.hash(said.get), server: Conversion.hash(said.server),
                    cookie: Conversion.hash(said.cookie), incomplete: said.incomplete, stored: said.stored)
    end

    # @return [String]
    def inspect = "#<#{self.class} #{id} #{KINDS.fetch(proto.kind, proto.kind)} #{client_id}>"
    alias to_s inspect
  end
end
