# frozen_string_literal: true

require "delegate"

module Gatewayworker
  # A number; with `partial_ok`, `missing` has the Gateways whose clients are not counted. Behaves as the Integer.
  class Count < DelegateClass(Integer)
    # @return [Array<GatewayFailure>]
    attr_reader :missing

    # @api private
    def initialize(number, missing)
      super(number)
      @missing = missing
    end
  end

  # An Array; with `partial_ok`, `missing` has the Gateways whose clients are not in it.
  class List < Array
    # @return [Array<GatewayFailure>]
    attr_reader :missing

    # @api private
    def initialize(elements, missing)
      super(elements)
      @missing = missing
    end
  end

  # A Hash; with `partial_ok`, `missing` has the Gateways whose clients are not in it.
  class Dictionary < Hash
    # @return [Array<GatewayFailure>]
    attr_reader :missing

    # @api private
    def initialize(entries, missing)
      super()
      update(entries)
      @missing = missing
    end
  end
end
