# frozen_string_literal: true

require_relative "helper"

# What many threads send over one stream.
class AttachmentTest < Minitest::Test
  include Helpers

  # A stream whose writes a test lets through.
  class GatedStream
    attr_reader :begun, :gate, :written

    def initialize(takes: true)
      @takes = takes
      @begun = Thread::Queue.new
      @gate = Thread::Queue.new
      @written = []
      @cancelled = false
    end

    def write(bytes)
      @begun << Thread.current
      @gate.pop
      @written << V1::AttachRequest.decode(bytes)
      @takes
    end

    def cancelled? = @cancelled

    def cancel = @cancelled = true
  end

  # A lock that calls a test when it is free again.
  class TellingLock < Thread::Mutex
    attr_accessor :listener

    def synchronize
      super
    ensure
      listener&.call
    end
  end

  # A crew of which nobody is called.
  class Nobody
    def want_flush = nil
  end

  def setup
    @lock = TellingLock.new
    @stream = GatedStream.new
  end

  def attachment
    @attachment ||= Gatewayworker::Attachment.new(@stream, Nobody.new, nil, ack_on_send: false, logger:).tap do |made|
      made.instance_variable_set(:@lock, @lock)
    end
  end

  # A thread that sends a command.
  def send_one(group)
    attachment.command(nil, Gatewayworker::Commands.ungroup(group), 10)
    Thread.new { attachment.flush }
  end

  def groups = @stream.written.map { |request| request.commands.map { |one| one.command.ungroup.group } }

  def test_while_one_writes_the_next_request_collects
    writing = send_one("a")
    @stream.begun.pop
    [send_one("b"), send_one("c")].each(&:join)
    2.times { @stream.gate << :open }
    writing.join
    assert_equal [%w[a], %w[b c]], groups
  end

  def test_one_writes_at_a_time_though_the_next_begins_before_the_last_has_gone
    first = send_one("a")
    @stream.begun.pop
    second = nil
    @lock.listener = lambda do
      next unless Thread.current == first

      @lock.listener = nil # it has found nothing more to write
      second = send_one("b")
      @stream.begun.pop
    end
    @stream.gate << :open
    first.join
    third = send_one("c")
    Thread.pass while third.alive? && @stream.begun.empty?
    assert_empty @stream.begun
    2.times { @stream.gate << :open }
    second.join
    assert_equal [%w[a], %w[b], %w[c]], groups
  end

  def test_a_stream_that_takes_nothing_is_ended
    @stream = GatedStream.new(takes: false)
    @stream.gate << :open
    send_one("a").join
    assert_predicate @stream, :cancelled?
  end
end
