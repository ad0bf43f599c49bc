# frozen_string_literal: true

require_relative "v1/worker_service_pb"

module Gatewayworker
  # What is to go to the daemon: collected until the writer takes it, so that there is one request for a batch of
  # events, and more in a batch when there is more to do. Not safe for threads: the attachment's lock guards it.
  # @api private
  class Outbox
    # A request is cut where it has grown to this. The daemon takes 16 MiB.
    REQUEST_BYTES = 1024 * 1024
    # About what a command costs beside its own bytes.
    COMMAND_BYTES = 64
    private_constant :REQUEST_BYTES, :COMMAND_BYTES

    def initialize
      @full = []
      begin_request
    end

    # Whether there is nothing to send.
    def empty? = @full.empty? && @fields.empty? && @commands.empty? && @acks.empty?

    def hello(hello) = @fields[:hello] = hello

    # `command`: a V1::Command, or what the initializer of one takes. `event_id`: the event that it answers; 0: none.
    def command(command, event_id, size)
      cut if @bytes.positive? && @bytes + size > REQUEST_BYTES
      @bytes += size + COMMAND_BYTES
      @commands << { number: event_id, event_id:, command: }
    end

    def ack(event_id) = @acks << event_id

    # After all commands before it, and before those after it.
    def sync(number, timeout)
      cut unless @commands.empty?
      nanoseconds = (timeout * 1_000_000_000).to_i
      seconds, nanos = nanoseconds.divmod(1_000_000_000)
      @fields[:sync] = { number:, timeout: { seconds:, nanos: } }
      cut
    end

    def leave(mode) = @fields[:leave] = { mode: }

    # The next request, as its initializer takes it; nil where there is none. `newest`: the id up to which everything is
    # done, nil where that is not so.
    def take(newest)
      return @full.shift unless @full.empty?
      return if empty?

      acks = newest ? { up_to: newest } : { ids: @acks } unless @acks.empty?
      made = { **@fields, commands: @commands, acks: }
      begin_request
      @acks = []
      made
    end

    private

    def cut
      @full << { **@fields, commands: @commands }
      begin_request
    end

    def begin_request
      @fields = {}
      @commands = []
      @acks ||= []
      @bytes = 0
    end
  end
end
