# frozen_string_literal: true

module Gatewayworker
  # The pauses before a worker attaches again: they double, with jitter so that workers do not come back all at once.
  # @api private
  class Backoff
    # @param shortest [Numeric] seconds
    # @param longest [Numeric] seconds
    def initialize(shortest, longest, random: Random)
      @shortest = shortest
      @longest = longest
      @random = random
      @pause = nil
    end

    # Begins anew: it had worked.
    def reset = @pause = nil

    # @return [Float] the next pause, in seconds: between half of it and all of it
    def next
      @pause = @pause ? [2 * @pause, @longest].min : @shortest
      @pause * @random.rand(0.5..1.0)
    end
  end
end
