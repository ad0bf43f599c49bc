# frozen_string_literal: true

require_relative "errors"

module Gatewayworker
  # Those who wait for the answer to a sync.
  # @api private
  class Syncs
    def initialize
      @lock = Mutex.new
      @waiting = {}
      @number = 0
    end

    # Says by the block that a sync of this number is wanted, and waits for its answer. The block returns whether it
    # could be said.
    # @yieldparam number [Integer]
    # @return [Array<GatewayFailure>]
    def wait
      answer = Thread::Queue.new
      number = @lock.synchronize do
        @waiting[@number += 1] = answer
        @number
      end
      raise Errors.build(:unavailable, "not attached") unless yield number

      found = answer.pop
      found.is_a?(Error) ? raise(found) : found
    ensure
      @lock.synchronize { @waiting.delete(number) }
    end

    def answer(number, failures) = @lock.synchronize { @waiting[number] }&.push(failures)

    # The stream ended: there will be no answers.
    def fail_all
      @lock.synchronize do
        @waiting.each_value { |answer| answer.push(Errors.build(:unavailable, "the stream ended")) }
        @waiting.clear
      end
    end
  end
end
