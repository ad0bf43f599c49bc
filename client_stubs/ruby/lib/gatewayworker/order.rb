# frozen_string_literal: true

module Gatewayworker
  # Which event may be worked on next: those of one client one after the other, in their order. Not safe for threads:
  # the crew's lock guards it.
  # @api private
  class Order
    def initialize
      @ready = []
      @clients = {} # whose handler runs: what waits behind it, nil where nothing does
    end

    # @param events [Array<Event>]
    def put(events) = @ready.concat(events)

    # Whether nothing waits and nothing is worked on.
    def quiet? = @ready.empty? && @clients.empty?

    # An event whose client has no handler running; nil where there is none. To be followed by {#following}.
    def take
      while (event = @ready.shift)
        unless @clients.key?(event.client_id)
          @clients[event.client_id] = nil
          return event
        end
        (@clients[event.client_id] ||= []) << event
      end
    end

    # The handler of this event has ended: the next one of its client, or nil.
    def following(event)
      @clients[event.client_id]&.shift || release(event)
    end

    # Nobody works on the client of this event any more.
    # @return [nil]
    def release(event)
      behind = @clients.delete(event.client_id)
      @ready.unshift(*behind) if behind
      nil
    end

    # Forgets all that waits.
    def clear
      @ready.clear
      @clients.each_value { |behind| behind&.clear }
    end
  end
end
