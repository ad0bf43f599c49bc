# frozen_string_literal: true

module Gatewayworker
  # Works on events: those of one client in their order, those of others meanwhile.
  #
  # A thread takes events one after the other. While it works another one stands by: it is awake, but the interpreter's
  # lock lets it run only when the first one waits for something. So handlers that finish at once all run on one thread,
  # and one that waits holds up nobody but its client.
  # @api private
  class Dispatcher
    # How long handlers that never wait may keep the interpreter to themselves before what is done is sent.
    TURN_SECONDS = 0.01
    private_constant :TURN_SECONDS

    # @param concurrency [Integer] how many threads there are at most
    # @yieldparam event [Event] to be handled; the block does not raise
    def initialize(concurrency, &handle)
      @concurrency = concurrency
      @handle = handle
      @lock = Mutex.new
      @work = ConditionVariable.new
      @quiet = ConditionVariable.new
      @ready = []
      @clients = {} # whose handler runs: what waits behind it, nil where nothing does
      @threads = []
      @idle = 0
      @standby = false # a thread was called that has not begun to look for work
      @closed = false
      @turn_ends = 0
    end

    # @param events [Array<Event>]
    def put(events)
      @lock.synchronize do
        @ready.concat(events)
        call_standby
      end
    end

    # Waits until all handlers have ended, but no longer than that. The threads end.
    # @return [Boolean] whether they have
    def finish(seconds)
      ends = clock + seconds
      ended = @lock.synchronize do
        @quiet.wait(@lock, [ends - clock, 0].max) until quiet? || clock >= ends
        close
        quiet?
      end
      @threads.dup.each(&:join) if ended && !@threads.include?(Thread.current)
      ended
    end

    # Handlers that have not begun do not run; those that run are killed, but for one that calls this.
    def cancel
      threads = @lock.synchronize do
        @ready.clear
        @clients.each_value { |behind| behind&.clear }
        close
        @threads - [Thread.current]
      end
      threads.each(&:kill)
    end

    private

    def quiet? = @ready.empty? && @clients.empty?

    def close
      @closed = true
      @work.broadcast
    end

    def clock = Process.clock_gettime(Process::CLOCK_MONOTONIC)

    # With the lock held. One at a time: it calls the next one when it has found work.
    def call_standby
      return if @standby || @ready.empty? || @closed

      if @idle.positive?
        @standby = true
        @work.signal
      elsif @threads.size < @concurrency
        @standby = true
        begin_thread
      end
    end

    def begin_thread
      thread = Thread.new { work }
      thread.name = "gatewayworker handler #{@threads.size}"
      @threads << thread
    end

    def work
      @lock.synchronize { @standby = false }
      while (event = first)
        while event
          @handle.call(event) unless event.done?
          pass if clock > @turn_ends
          event = behind(event)
        end
      end
    ensure
      # A thread that was killed, or in which somebody called exit, leaves its client free.
      @lock.synchronize do
        @threads.delete(Thread.current)
        @clients.delete(event.client_id) if event
        @quiet.signal if quiet?
      end
    end

    # Lets others have the interpreter, the writer among them. The turn is that of all threads together: a thread that
    # has just begun to work does not hand on at once.
    def pass
      @turn_ends = clock + TURN_SECONDS
      Thread.pass
    end

    # Waits for an event whose client has no handler running; nil: there will be none.
    def first
      @lock.synchronize do
        loop do
          while (event = @ready.shift)
            if @clients.key?(event.client_id)
              (@clients[event.client_id] ||= []) << event
            else
              @clients[event.client_id] = nil
              call_standby
              return event
            end
          end
          return if @closed

          @idle += 1
          begin
            @work.wait(@lock)
          ensure
            @idle -= 1
            @standby = false
          end
        end
      end
    end

    # The next event of the client of this one, which is done; nil: there is none.
    def behind(event)
      @lock.synchronize do
        following = @clients[event.client_id]&.shift
        return following if following

        @clients.delete(event.client_id)
        @quiet.signal if quiet?
        nil
      end
    end
  end
end
