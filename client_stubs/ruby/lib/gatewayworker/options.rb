# frozen_string_literal: true

require_relative "v1/worker_service_pb"

module Gatewayworker
  # What a worker asks for in its hello.
  # @api private
  module Options
    SESSION_MODES = { none: :SESSION_MODE_NONE, raw: :SESSION_MODE_RAW, decoded: :SESSION_MODE_DECODED }.freeze
    SESSION_FRESHNESS = { as_sent: :SESSION_FRESHNESS_AS_SENT, fresh: :SESSION_FRESHNESS_FRESH }.freeze
    ACK_MODES = { false => :ACK_MODE_EXPLICIT, true => :ACK_MODE_ON_SEND }.freeze
    LEAVE_MODES = { false => :LEAVE_MODE_CLOSE_LINKS, true => :LEAVE_MODE_KEEP_LINKS }.freeze
    private_constant :SESSION_MODES, :SESSION_FRESHNESS, :ACK_MODES, :LEAVE_MODES

    module_function

    def hello(name:, kinds:, window_events:, window_bytes:, max_message_bytes:, ack_on_send:, session_mode:,
              session_freshness:)
      {
        worker_name: name, kinds:, window_events:, window_bytes:, max_message_bytes:,
        ack_mode: one_of("ack_on_send", ACK_MODES, ack_on_send),
        session_mode: one_of("session_mode", SESSION_MODES, session_mode),
        session_freshness: one_of("session_freshness", SESSION_FRESHNESS, session_freshness)
      }
    end

    def leave_mode(keep_links) = one_of("keep_links", LEAVE_MODES, keep_links)

    def one_of(option, values, given)
      values.fetch(given) do
        raise ArgumentError, "#{option} is #{given.inspect}, not one of #{values.keys.map(&:inspect).join(", ")}"
      end
    end

    private_class_method :one_of
  end
end
