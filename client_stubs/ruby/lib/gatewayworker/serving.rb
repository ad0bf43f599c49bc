# frozen_string_literal: true

require_relative "attachment"
require_relative "backoff"
require_relative "client"
require_relative "connection"
require_relative "crew"
require_relative "options"
require_relative "stream"

module Gatewayworker
  # The run of a worker: attaches, and again whenever the stream ends, until it is stopped.
  # @api private
  class Serving
    ATTACH = "/gatewayworker.v1.WorkerService/Attach"
    # Trying again does not heal these: a wrong hello, a daemon that takes no workers, a token that it does not know.
    FINAL = %i[invalid_argument failed_precondition unimplemented unauthenticated permission_denied].freeze
    SIGNALS = %w[TERM INT].freeze
    private_constant :ATTACH, :FINAL, :SIGNALS

    # @return [Attachment, nil] the stream that there is now
    attr_reader :attachment

    # @param worker [#handle, #welcomed, #told, #detached, #hello, #ack_on_send, #logger, #name, #address]
    def initialize(worker, channel, token:, concurrency:, stop_timeout:, leave_mode:, backoff:)
      @worker = worker
      @channel = channel
      @token = token
      @stop_timeout = stop_timeout
      @leave_mode = leave_mode
      @backoff = backoff
      @crew = Crew.new(concurrency) { |event| worker.handle(event) }
      @lock = Mutex.new
      @stop_wanted = ConditionVariable.new
      @stopping = false
      @stop_ends = nil # when leaving has taken too long
      @stops = Thread::Queue.new # of who may be a signal handler, which may take no lock
      @helpers = []
      @thread = nil
    end

    # Streams are opened by a thread of its own: one that waits in gRPC can miss a signal, and signals come to the main
    # thread, which may be this one.
    def run(handle_signals:)
      raise ThreadError, "a worker is run once" if @thread

      former = handle_signals ? take_signals : {}
      begin
        help { loop { obey(@stops.pop) } }
        @thread = Thread.new { serve }
        @thread.name = "gatewayworker"
        error = @thread.value
        raise error if error
      ensure
        former.each { |signal, handler| Signal.trap(signal, handler) }
        close
      end
    end

    def stop(why = nil)
      @stops.push(why)
      nil
    end

    # Whether this is the thread that reads.
    def reading? = @crew.reading?

    # What an attachment tells.
    def welcomed(welcome)
      @backoff.reset
      @worker.welcomed(welcome)
    end

    def told(response) = @worker.told(response)

    private

    # The error that ended it, or nil. It is not this thread that fails: a program may want to abort where one does.
    def serve
      attach_again_and_again
      log(:warn, "handlers still run; they are killed") unless @crew.finish(@stop_ends - clock)
      log(:info, "left")
      nil
    rescue StandardError, ScriptError => e
      e
    end

    def attach_again_and_again
      while (attachment = begin_attachment)
        problem = attach(attachment)
        return if @stopping

        log(:warn, "#{@worker.address}: #{problem}; attaching again")
        pause(@backoff.next)
      end
    end

    # Nil: it is to stop.
    def begin_attachment
      stream = Stream.new(@channel, ATTACH, Connection.metadata(@token))
      @lock.synchronize do
        return if @stopping

        @attachment = Attachment.new(stream, @crew, self, ack_on_send: @worker.ack_on_send, logger: @worker.logger)
      end
    end

    # Why it ended; raises where trying again is of no use.
    def attach(attachment)
      attachment.run(@worker.hello)
      "the stream ended"
    rescue Error => e
      if FINAL.include?(e.code) && !@stopping
        log(:error, "#{@worker.address}: #{e.message}")
        raise
      end
      e.message
    ensure
      @lock.synchronize { @attachment = nil }
      @worker.detached
    end

    def pause(seconds)
      @lock.synchronize { @stop_wanted.wait(@lock, seconds) unless @stopping }
    end

    # Does what a stop asks for, on a thread of its own.
    def obey(why)
      log(:info, "leaving") if why == :signal
      again, attachment = begin_to_stop
      if again
        @crew.cancel
        attachment&.cancel
      elsif attachment&.welcomed?
        attachment.leave(@leave_mode)
        help { cut_after(@stop_timeout, attachment) }
      else
        attachment&.cancel
      end
    end

    # Whether it was to stop already, and the stream that there is.
    def begin_to_stop
      @lock.synchronize do
        again = @stopping
        @stopping = true
        @stop_ends ||= clock + @stop_timeout
        @stop_wanted.signal
        [again, @attachment]
      end
    end

    def clock = Process.clock_gettime(Process::CLOCK_MONOTONIC)

    def cut_after(seconds, attachment)
      sleep(seconds)
      log(:warn, "leaving takes too long; the stream is cut")
      attachment.cancel
    end

    def take_signals
      SIGNALS.to_h { |signal| [signal, Signal.trap(signal) { stop(:signal) }] }
    end

    def help(&) = @helpers << Thread.new(&)

    # Whatever still runs is cut: there is something where {#run} was broken off by an exception.
    def close
      @crew.cancel
      @helpers.each(&:kill)
      begin_to_stop.last&.cancel
      @thread&.join
    ensure
      @channel.close
    end

    def log(level, text) = @worker.logger.public_send(level, "#{@worker.name}: #{text}")
  end
end
