# frozen_string_literal: true

require_relative "order"

module Gatewayworker
  # The threads that do a worker's work: whoever is free handles an event, else writes what is to be sent, else reads.
  #
  # So one thread alone reads a batch of events, handles it and sends the answer, where its handlers finish at once.
  # While it does, another one stands by: it is awake, but the interpreter's lock lets it run only when the first one
  # waits for something; then it goes on with what is left. A handler that waits holds up nobody but its client.
  # @api private
  class Crew
    # How long handlers that never wait may keep the interpreter to themselves before what is done is sent.
    TURN_SECONDS = 0.01
    private_constant :TURN_SECONDS

    # @param concurrency [Integer] how many handlers run at most; there are two threads more, to read and to write
    # @yieldparam event [Event] to be handled; the block does not raise
    def initialize(concurrency, &handle)
      @concurrency = concurrency
      @handle = handle
      @lock = Mutex.new
      @work = ConditionVariable.new
      @quiet = ConditionVariable.new
      @order = Order.new
      @threads = []
      @running = 0
      @idle = 0
      @standby = nil # :called, a thread that has not begun to look for work; :wanted, but all had something to do
      @stream = nil
      @reader = nil
      @closed = false
      @turn_ends = 0
    end

    # Reads and writes this from now on.
    # @param stream [#read, #unsent?, #flush] `read` hands on what has come, and returns whether there will be more
    def attach(stream)
      @lock.synchronize do
        @stream = stream
        call_standby
      end
    end

    # @param events [Array<Event>]
    def put(events)
      @lock.synchronize do
        @order.put(events)
        call_standby
      end
    end

    # Something is to be sent. Costs nothing where somebody will look for that anyway.
    def want_flush
      @lock.synchronize { call_standby } unless @standby
    end

    # Whether the calling thread reads now.
    def reading? = @reader == Thread.current

    # Waits until all handlers have ended, but no longer than that. Then the threads end.
    # @return [Boolean] whether they have ended
    def finish(seconds)
      ends = clock + seconds
      ended = @lock.synchronize do
        @quiet.wait(@lock, [ends - clock, 0].max) until @order.quiet? || clock >= ends
        close
        @order.quiet?
      end
      @threads.dup.each(&:join) if ended && !@threads.include?(Thread.current)
      ended
    end

    # Handlers that have not begun do not run; those that run are killed, but for one that calls this.
    def cancel
      threads = @lock.synchronize do
        @order.clear
        close
        @threads - [Thread.current]
      end
      threads.each(&:kill)
    end

    private

    def clock = Process.clock_gettime(Process::CLOCK_MONOTONIC)

    def close
      @closed = true
      @work.broadcast
    end

    # With the lock held. One at a time: it calls the next one when it has found an event.
    def call_standby
      return if @standby || @closed

      if @idle.positive?
        @standby = :called
        @work.signal
      elsif @threads.size < @concurrency + 2
        @standby = :called
        begin_thread
      else
        @standby = :wanted
      end
    end

    def begin_thread
      thread = Thread.new { work }
      thread.name = "gatewayworker #{@threads.size}"
      @threads << thread
    end

    def work
      event = nil
      @lock.synchronize { @standby = nil }
      loop do
        while (event = next_event(event))
          @handle.call(event) unless event.done?
          pass if clock > @turn_ends
        end
        flush
        return if (found = wait_for_work) == :end

        read(found) if found
      end
    ensure
      leave(event)
    end

    # After an event whose handler has ended (nil: none): the next one for this thread, or nil.
    def next_event(event)
      @lock.synchronize do
        if event
          following = @order.following(event)
          return following if following

          @running -= 1
          @quiet.signal if @order.quiet?
        end
        return if @running >= @concurrency || !(taken = @order.take)

        @running += 1
        call_standby
        taken
      end
    end

    # The stream, where it is to be read; nil, where there may be something else to do; `:end`.
    def wait_for_work
      @lock.synchronize do
        return :end if @closed

        if @standby == :wanted
          @standby = nil
        elsif @stream && !@reader
          @reader = Thread.current
          return @stream
        else
          wait
        end
        nil
      end
    end

    def wait
      @idle += 1
      begin
        @work.wait(@lock)
      ensure
        @idle -= 1
        @standby = nil
      end
    end

    def read(stream)
      more = stream.read
    ensure
      @lock.synchronize do
        @reader = nil
        @stream = nil if !more && @stream.equal?(stream)
      end
    end

    # Lets others have the interpreter. The turn is that of all threads together: one that has just begun to work does
    # not hand on at once.
    def pass
      @turn_ends = clock + TURN_SECONDS
      flush
      Thread.pass
    end

    # A stream that does not take what is written may want to be read first.
    def flush
      stream = @stream
      return unless stream&.unsent?

      @lock.synchronize { call_standby } unless @reader || @standby
      stream.flush
    end

    # A thread that was killed, or in which somebody called exit, leaves its client free.
    def leave(event)
      @lock.synchronize do
        @threads.delete(Thread.current)
        if event
          @order.release(event)
          @running -= 1
        end
        @quiet.signal if @order.quiet?
      end
    end
  end
end
