# frozen_string_literal: true

module Gatewayworker
  # A call or a stream that failed. Its message names field, Gateway and cause. Each status code that a program may want
  # to tell from others has a class of its own below.
  class Error < StandardError
    # @return [Symbol] the status: `:not_found`, `:unavailable` …; of the subclasses it is always the same one
    attr_reader :code
    # @return [String, nil] the field of the request that is at fault
    attr_reader :field
    # @return [String, nil] a word for programs: `offline`, `no-link`, `generation-over`, `timeout` …, as
    #   gateway_service.proto lists them
    attr_reader :reason
    # @return [Array<String>] the Gateways concerned ("10.0.0.5:2900")
    attr_reader :gateways

    # @param code [Symbol]
    # @param message [String, nil]
    def initialize(code, message = nil, field: nil, reason: nil, gateways: [])
      super(message.nil? || message.empty? ? code.to_s : message)
      @code = code
      @field = field
      @reason = reason
      @gateways = gateways
    end
  end

  # `field` of the request cannot be.
  class InvalidArgumentError < Error; end

  # The client is offline, its Gateway is no member of the cluster, or its generation is over.
  class NotFoundError < Error; end

  # The cluster's dialect cannot do it, or the generation is of another daemon process.
  class FailedPreconditionError < Error; end

  # No daemon, or no link to a Gateway. A command to one client was not sent: try again.
  class UnavailableError < Error; end

  # A buffer is full or a message too large. Nothing was sent.
  class ResourceExhaustedError < Error; end

  # The time was up. Of a command with `confirm` or `require_online`: unknown whether it ran.
  class DeadlineExceededError < Error; end

  # A Gateway answered nonsense.
  class DataLossError < Error; end

  # The daemon wants a token, and this is none that it knows.
  class UnauthenticatedError < Error; end

  # The token does not allow this call.
  class PermissionDeniedError < Error; end

  # Makes errors out of what gRPC says.
  # @api private
  module Errors
    # Status codes by number.
    CODES = %i[
      ok cancelled unknown invalid_argument deadline_exceeded not_found already_exists permission_denied
      resource_exhausted failed_precondition aborted out_of_range unimplemented internal unavailable data_loss
      unauthenticated
    ].freeze

    CLASSES = {
      invalid_argument: InvalidArgumentError, not_found: NotFoundError, failed_precondition: FailedPreconditionError,
      unavailable: UnavailableError, resource_exhausted: ResourceExhaustedError,
      deadline_exceeded: DeadlineExceededError, data_loss: DataLossError, unauthenticated: UnauthenticatedError,
      permission_denied: PermissionDeniedError
    }.freeze
    private_constant :CLASSES

    module_function

    # The code of a number; `:unknown` where there is no such number.
    def code(number) = CODES.fetch(number, :unknown)

    # An error of the class that belongs to the code.
    def build(code, message = nil, **parts) = CLASSES.fetch(code, Error).new(code, message, **parts)

    # The error of a status, with what its trailing metadata says. A key that came more than once is an Array there.
    def from_status(number, message, metadata)
      metadata ||= {}
      one = ->(key) { Array(metadata[key]).first }
      build(code(number), message, field: one["gatewayd-field"], reason: one["gatewayd-reason"],
                                   gateways: Array(metadata["gatewayd-gateway"]))
    end

    # What this side refuses itself, because the daemon could not see that it is wrong.
    def invalid(field, problem) = build(:invalid_argument, "#{field} #{problem}", field:)
  end
end
