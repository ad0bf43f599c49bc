# frozen_string_literal: true

require_relative "helper"

# What tests of workers share.
module WorkerHelpers
  include Helpers

  # A worker that sends back what comes, and says when it is attached.
  class Echo < Gatewayworker::Worker
    attr_reader :attached

    def initialize(*, **)
      @attached = Thread::Queue.new
      super
    end

    def on_attached(welcome)
      @attached << welcome
    end

    def on_message(event)
      send_to_current_client(event.body)
    end
  end

  def make(type, address, **options) = type.new(address, logger:, backoff: [0.001, 0.002], **options)

  def bodies(requests)
    requests.flat_map { |request| request.commands.map { |one| payload(one.command.send_to_current_client.message) } }
  end

  def payload(message) = message[message.payload.name]

  # The newest event that it acknowledges.
  def acked(request)
    request.acks && [request.acks.up_to, *request.acks.ids].max
  end

  def acked?(request) = request.acks && (request.acks.up_to.positive? || request.acks.ids.any?)
end
