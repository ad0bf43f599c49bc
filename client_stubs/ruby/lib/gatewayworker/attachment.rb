# frozen_string_literal: true

require_relative "current"
require_relative "errors"
require_relative "event"
require_relative "outbox"

module Gatewayworker
  # One stream to the daemon, from hello to its end: what comes is handed on, what is done goes back in batches. The
  # threads of a crew read and write it; everything else may be called from any thread, and waits for nothing.
  # @api private
  class Attachment
    # @param stream [Stream]
    # @param crew [Crew] gets the events
    # @param receive [#welcomed, #told] gets all else, on the thread that reads
    # @param ack_on_send [Boolean] events count as acknowledged when they come
    # @param logger [Logger]
    def initialize(stream, crew, receive, ack_on_send:, logger:)
      @stream = stream
      @crew = crew
      @receive = receive
      @ack_on_send = ack_on_send
      @logger = logger
      @lock = Mutex.new
      @rest = ConditionVariable.new # nobody reads or writes any more
      @over = Thread::Queue.new
      @outbox = Outbox.new
      @in_hand = {}
      @newest = 0
      @welcomed = @ended = @breaking_off = @half_closed = false
      @unsent = @reading = false
      @writer = nil
    end

    # Whether the daemon has taken the hello.
    def welcomed? = @welcomed

    # Returns when the daemon has ended the stream with OK; raises {Error} where it ended otherwise.
    def run(hello)
      say { @outbox.hello(hello) }
      if @stream.open
        flush
        @crew.attach(self)
        error = @over.pop
        raise error if error
      end
      status = @stream.status
      raise Errors.from_status(status.code, status.details, status.metadata) unless status.code.zero?
    ensure
      finish
    end

    # ---- What goes to the daemon

    # Acknowledges an event, whose handler has returned.
    def done(event)
      @lock.synchronize do
        event.state = :done
        return if @in_hand.delete(event.id).nil? || @ack_on_send

        @outbox.ack(event.id)
        @unsent = true
      end
      @crew.want_flush
    end

    # Sends a command that answers an event, before the event's acknowledgement; or none (nil). What answers an event
    # that comes again goes nowhere: the command comes again with it. False: the event is acknowledged, or without an
    # event the stream is at its end; nothing was done.
    def command(event, command, size)
      @lock.synchronize do
        return event.state == :lost if event&.done?
        return false if over? && event.nil?

        @outbox.command(command, event ? event.id : 0, size)
        @unsent = true
      end
      @crew.want_flush
      true
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
      @stream.cancel
      @over.push(nil)
    end

    # ---- For the crew

    # Reads a message and hands it on.
    # @return [Boolean] whether there will be more
    def read
      return false unless @lock.synchronize { @reading = !@ended }

      Current.event = nil
      bytes = @stream.read
      receive(V1::AttachResponse.decode(bytes)) if bytes
      more = !bytes.nil?
    rescue StandardError, ScriptError => e
      error = e
      false
    ensure
      rest { @reading = false }
      @over.push(error) unless more
    end

    # Whether there is something to send.
    def unsent? = @unsent

    # Writes what is to be sent, unless another thread is at it: that takes this too.
    def flush
      return if @writer || !@unsent

      request = @lock.synchronize { take unless @writer }
      return unless request

      begin
        request = @lock.synchronize { take } while request && write(request)
      ensure
        rest { @writer = nil if @writer == Thread.current } # it may be another one's by now
      end
    end

    private

    # Nothing more can be said.
    def over? = @ended || @breaking_off

    def say
      @lock.synchronize do
        return false if over?

        yield
        @unsent = true
      end
      @crew.want_flush
      true
    end

    def receive(response)
      case response.message
      when :events then take_in(response.events.events)
      when :welcome
        @welcomed = true
        @receive.welcomed(response.welcome)
      else @receive.told(response)
      end
      true
    end

    def take_in(protos)
      events = protos.map { |proto| Event.new(proto, self) }
      @lock.synchronize do
        return if over?

        events.each { |event| @in_hand[event.id] = event }
        @newest = events.last.id
      end
      @crew.put(events)
    end

    # With the lock held: the next request, `:half_close`, or nil where there is nothing to write.
    def take
      request = @outbox.take(@in_hand.empty? && !@breaking_off ? @newest : nil) unless @ended
      if request.nil? && @breaking_off && !@half_closed && !@ended
        @half_closed = true
        request = :half_close
      end
      @unsent = !request.nil?
      @writer = request && Thread.current
      request
    end

    # Whether the stream took it. One that does not is at its end, or comes to it here: what was lost is delivered
    # again.
    def write(request)
      taken = if request == :half_close
                @stream.half_close
              else
                @stream.write(V1::AttachRequest.encode(V1::AttachRequest.new(**request)))
              end
      @stream.cancel unless taken
      taken
    rescue StandardError => e
      @logger.error("a request could not be written: #{e.full_message(highlight: false)}")
      cancel
      false
    end

    def rest
      @lock.synchronize do
        yield
        @rest.signal
      end
    end

    def finish
      @stream.cancel
      @lock.synchronize do
        @ended = true
        let_go
        @rest.wait(@lock) while @reading || @writer
      end
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
