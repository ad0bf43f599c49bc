# frozen_string_literal: true

require_relative "errors"
require_relative "event"
require_relative "outbox"

module Gatewayworker
  # One stream to the daemon, from hello to its end: what comes is handed on by the thread that runs it, what is done
  # goes back by a thread of its own. Everything else may be called from any thread, and waits for nothing.
  # @api private
  class Attachment
    # @param stream [Stream]
    # @param ack_on_send [Boolean] events count as acknowledged when they come
    # @param logger [Logger]
    # @param receive [#events, #welcomed, #told] who is told what comes, on the thread that runs {#run}
    def initialize(stream, receive, ack_on_send:, logger:)
      @stream = stream
      @receive = receive
      @ack_on_send = ack_on_send
      @logger = logger
      @lock = Mutex.new
      @wanted = ConditionVariable.new
      @outbox = Outbox.new
      @in_hand = {}
      @newest = 0
      @welcomed = @ended = @breaking_off = @cancelled = false
    end

    # Whether the daemon has taken the hello.
    def welcomed? = @welcomed

    # Returns when the daemon has ended the stream with OK; raises {Error} where it ended otherwise.
    def run(hello)
      @outbox.hello(hello)
      writer = Thread.new { write_all }
      writer.name = "gatewayworker writer"
      read_all
      status = @stream.status
      return if status.code.zero?

      raise Errors.from_status(status.code, status.details, status.metadata)
    ensure
      finish(writer)
    end

    # Acknowledges an event, whose handler has returned.
    def done(event)
      @lock.synchronize do
        event.state = :done
        if @in_hand.delete(event.id) && !@ack_on_send
          @outbox.ack(event.id)
          @wanted.signal
        end
      end
    end

    # Sends a command that answers an event, before the event's acknowledgement; or none (nil). What answers an event
    # that comes again goes nowhere: the command comes again with it. False: the event is acknowledged, or without an
    # event the stream is at its end; nothing was done.
    def command(event, command, size)
      @lock.synchronize do
        return event.state == :lost if event&.done?
        return false if over? && event.nil?

        @outbox.command(command, event ? event.id : 0, size)
        @wanted.signal
        true
      end
    end

    # False: the stream is at its end.
    def sync(number, timeout)
      say { @outbox.sync(number, timeout) }
    end

    # Says that the worker goes; the stream ends when the last event is acknowledged.
    def leave(mode)
      say { @outbox.leave(mode) }
    end

    # Ends the stream after what is done was said: the rest is delivered again.
    def break_off
      say do
        @breaking_off = true
        let_go
      end
    end

    # Ends the stream at once.
    def cancel
      @lock.synchronize { @cancelled = true }
      @stream.cancel
    end

    private

    # Nothing more can be said.
    def over? = @ended || @breaking_off

    def say
      @lock.synchronize do
        return false if over?

        yield
        @wanted.signal
        true
      end
    end

    def read_all
      return unless @stream.open

      while (bytes = @stream.read)
        response = V1::AttachResponse.decode(bytes)
        case response.message
        when :events then take_in(response.events.events)
        when :welcome
          @welcomed = true
          @receive.welcomed(response.welcome)
        else @receive.told(response)
        end
      end
    end

    def take_in(protos)
      events = protos.map { |proto| Event.new(proto, self) }
      @lock.synchronize do
        return if @breaking_off

        events.each { |event| @in_hand[event.id] = event }
        @newest = events.last.id
      end
      @receive.events(events)
    end

    def write_all
      while (request = next_request)
        return unless @stream.write(V1::AttachRequest.encode(V1::AttachRequest.new(**request)))
      end
      @stream.half_close unless @ended
    rescue StandardError => e
      @logger.error("a request could not be written: #{e.full_message(highlight: false)}")
      cancel
    end

    # Waits for it; nil: there will be none.
    def next_request
      @lock.synchronize do
        loop do
          return if @ended

          all_done = @in_hand.empty? && !@breaking_off
          request = @outbox.take(all_done ? @newest : nil)
          return request if request
          return if @breaking_off

          @wanted.wait(@lock)
        end
      end
    end

    def finish(writer)
      @stream.cancel
      @lock.synchronize do
        @ended = true
        let_go
        @wanted.signal
      end
      writer&.join
      @stream.close
    end

    # The events are somebody else's now: handlers that have not begun do not run. What was acknowledged when it came
    # does not come again.
    def let_go
      @in_hand.each_value { |event| event.state = @ack_on_send ? :done : :lost }
      @in_hand.clear
    end
  end
end
