# frozen_string_literal: true

require_relative "serving"
require_relative "stream_commands"
require_relative "syncs"

module Gatewayworker
  # Your program as the worker of a GatewayWorker cluster.
  #
  # Subclass it, write the handlers you want ({#on_connect}, {#on_websocket_connect}, {#on_message}, {#on_close},
  # {#on_gateway_lost}) and {#run} it. Kinds of events without a handler do not come.
  #
  # Events of one client are handled one after the other, those of different clients beside each other, each on a thread
  # for as long as its handler runs; so what a handler shares with others is guarded as Ruby's threads need it. An event
  # is acknowledged when its handler has returned; what the handler sent by the methods of {StreamCommands} goes out
  # before that.
  #
  # @example
  #   class Echo < Gatewayworker::Worker
  #     def on_message(event)
  #       send_to_current_client(event.body)
  #     end
  #   end
  #
  #   Echo.new.run
  class Worker
    include StreamCommands

    # Exceptions of handlers that are theirs alone. `exit`, signals and the like are the program's.
    # @api private
    HANDLER_ERRORS = [StandardError, ScriptError, SystemStackError].freeze

    # @return [String]
    attr_reader :name, :address
    # @return [Client] for calls with an answer: `client.get_session(event.client_id)`
    attr_reader :client

    # @param address [String, nil] `host:port` or `unix:/path`; else GATEWAYD_ADDRESS, else 127.0.0.1:50051
    # @param name [String, nil] for people, in logs and views; else the class's name
    # @param window_events [Integer] how many events may be here unacknowledged; 0: what the daemon thinks good (1,000)
    # @param window_bytes [Integer] how many bytes of them; 0: 8 MiB
    # @param max_message_bytes [Integer] events above it come with `body_omitted`; 0: 4 MiB less 64 KiB
    # @param session_mode [Symbol] how sessions come: `:decoded`, `:raw` (their stored bytes alone) or `:none`
    # @param session_freshness [Symbol] `:fresh`: never older than what handlers wrote before, one event of a client at
    #   a time; `:as_sent`: as it was when the Gateway sent the event
    # @param ack_on_send [Boolean] each event at most once, and lost if this program dies
    # @param concurrency [Integer] how many handlers may run at a time, each on its thread
    # @param call_timeout [Numeric, nil] of {#client}, in seconds
    # @param stop_timeout [Numeric] how many seconds leaving may take; after that the stream is cut
    # @param keep_links [Boolean] on leaving: it will be back within the daemon's grace period
    # @param backoff [Array(Numeric, Numeric)] shortest and longest pause, in seconds, before attaching again
    # @param tls [Tls, nil]
    # @param token [String, #call, nil] a bearer token, or what gives the one that is valid now
    # @param logger [Logger] else {Gatewayworker.logger}
    def initialize(address = nil, name: nil, window_events: 0, window_bytes: 0, max_message_bytes: 0,
                   session_mode: :decoded, session_freshness: :fresh, ack_on_send: false, concurrency: 100,
                   call_timeout: 10, stop_timeout: 30, keep_links: false, backoff: [0.1, 5.0], tls: nil, token: nil,
                   logger: nil)
      raise ArgumentError, "concurrency is not positive" unless concurrency.positive?

      @name = name || self.class.name&.split("::")&.last&.downcase || "worker"
      @logger = logger || Gatewayworker.logger
      @handlers = Event::KINDS.transform_values { |kind| method(:"on_#{kind}") }
                              .reject { |_, handler| handler.owner == Worker }
      @ack_on_send = ack_on_send
      @hello = Options.hello(name: @name, kinds: @handlers.keys, window_events:,
                             window_bytes:, max_message_bytes:, ack_on_send:,
                             session_mode:, session_freshness:)
      @address = Connection.address(address)
      @channel = Connection.open(@address, tls, max_message_bytes)
      @client = Client.new(@address, timeout: call_timeout, token:, channel: @channel)
      @syncs = Syncs.new
      @serving = Serving.new(self, @channel, token:, concurrency:, stop_timeout:,
                                             leave_mode: Options.leave_mode(keep_links), backoff: Backoff.new(*backoff))
    end

    # @!group For you to write

    # A client connected. One of WebSocket has not finished its handshake: send it nothing raw yet.
    # @param event [Event]
    def on_connect(event); end

    # Its handshake is done: `event.handshake`.
    # @param event [Event]
    def on_websocket_connect(event); end

    # It sent a message: `event.body`.
    # @param event [Event]
    def on_message(event); end

    # It is gone.
    # @param event [Event]
    def on_close(event); end

    # A Gateway is gone with all clients of `event.generation`: no close comes for them.
    # @param event [Event]
    def on_gateway_lost(event); end

    # A handler failed; it has been logged. Says what becomes of the event: `:ack`, it counts as done; or `:redeliver`,
    # the stream ends, and all that is not acknowledged comes again, here or at another worker, marked as redelivered.
    # After `--max_deliveries` (5) the daemon gives an event up.
    # @param event [Event]
    # @param error [Exception]
    # @return [Symbol]
    def on_error(event, error) = :ack # rubocop:disable Lint/UnusedMethodArgument

    # A command on the stream failed. Called on the thread that reads: it must not wait.
    # @param error [CommandError]
    def on_command_error(error)
      @logger.warn("#{name}: a command failed: #{error.code} #{error.message}")
    end

    # Attached, again perhaps; events come after it has returned. Called on the thread that reads.
    # @param welcome [Welcome]
    def on_attached(welcome); end

    # @!endgroup

    # Works until it has left, by SIGTERM or Ctrl-C (which it takes for as long), or by {#stop}. A second signal cuts it
    # short. Raises {Error} where trying again is of no use: the daemon refuses the hello or the token. A worker is run
    # once.
    # @param handle_signals [Boolean] false: SIGTERM and SIGINT are the program's
    # @return [nil]
    def run(handle_signals: true)
      @serving.run(handle_signals:)
    end

    # Leaves: what has come is worked on and acknowledged, then {#run} returns. Called twice: at once. May be called
    # from any thread, handlers and signal handlers too; waits for nothing.
    # @return [nil]
    def stop = @serving.stop

    # Waits until the Gateways have run what was sent by the methods of {StreamCommands}. Raises {UnavailableError}
    # where the stream ended first, or there is none. Not to be called in {#on_attached} and {#on_command_error}.
    # @param timeout [Numeric] seconds that the Gateways have
    # @return [Array<GatewayFailure>] those of which it is not known
    def sync(timeout: 5)
      raise ThreadError, "the answer is read by this thread" if @serving.reading?

      @syncs.wait { |number| attachment&.sync(number, timeout) }
    end

    # @return [String]
    def inspect = "#<#{self.class} #{name} #{address}>"

    # What the thread that serves it tells.
    # @api private
    attr_reader :hello, :ack_on_send, :logger

    # @api private
    def handle(event)
      Current.event = event
      @handlers[event.proto.kind]&.call(event)
    rescue *HANDLER_ERRORS => e
      failed(event, e)
    else
      event.attachment.done(event)
    end

    # @api private
    def welcomed(welcome)
      logger.info("#{name}: attached to gatewayd #{welcome.version}, #{address}")
      on_attached(Welcome.new(**Welcome.members.to_h { |member| [member, welcome[member.name]] }))
    end

    # @api private
    def told(response)
      case response.message
      when :command_errors then response.command_errors.errors.each { |error| command_failed(error) }
      when :synced then @syncs.answer(response.synced.number, Conversion.failures(response.synced.unknown))
      when :draining then logger.info("#{name}: #{address} is going")
      end
    end

    # @api private
    def detached = @syncs.fail_all

    private

    def attachment = @serving.attachment

    def failed(event, error)
      logger.error("#{name}: handling #{event} failed: #{error.full_message(highlight: false)}")
      if outcome_of(event, error) == :redeliver && !@ack_on_send
        event.attachment.break_off
      else
        event.attachment.done(event)
      end
    end

    def outcome_of(event, error)
      outcome = on_error(event, error)
      return outcome if %i[ack redeliver].include?(outcome)

      logger.error("#{name}: on_error returned #{outcome.inspect}; the event counts as done")
      :ack
    rescue *HANDLER_ERRORS => e
      logger.error("#{name}: on_error failed; the event counts as done: #{e.full_message(highlight: false)}")
      :ack
    end

    def command_failed(error)
      status = error.status
      on_command_error(CommandError.new(event_id: error.number, code: Errors.code(status.code), message: status.message,
                                        delivery: Conversion.delivery(status.delivery)))
    rescue *HANDLER_ERRORS => e
      logger.error("#{name}: on_command_error failed: #{e.full_message(highlight: false)}")
    end
  end
end
