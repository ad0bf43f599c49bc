# frozen_string_literal: true

module Gatewayworker # rubocop:disable Style/Documentation
  # The event whose handler this code runs in. Threads and fibers that a handler starts inherit it where the Ruby can do
  # that (3.2 and later).
  # @api private
  module Current
    KEY = :gatewayworker_event
    private_constant :KEY

    if Fiber.respond_to?(:[])
      def self.event = Fiber[KEY]

      def self.event=(event)
        Fiber[KEY] = event
      end
    else
      def self.event = Thread.current.thread_variable_get(KEY)

      def self.event=(event)
        Thread.current.thread_variable_set(KEY, event)
      end
    end
  end

  class << self
    # The event whose handler this code runs in: the *current client* is its client.
    # @return [Event, nil] nil outside of handlers
    def current_event = Current.event

    # Runs a block as if it were in the handler of an event: for threads of your own, which before Ruby 3.2 do not
    # inherit it.
    # @param event [Event]
    # @return what the block returns
    def with_current_event(event)
      before = Current.event
      Current.event = event
      yield
    ensure
      Current.event = before
    end
  end
end
