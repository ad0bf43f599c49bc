# frozen_string_literal: true

require_relative "worker_helper"

# How a Worker is stopped, and what else ends it.
class LeavingTest < Minitest::Test
  include WorkerHelpers

  def test_a_handler_may_stop_the_worker
    stops = Class.new(Echo) do
      def on_message(_event) = stop
    end
    daemon = FakeDaemon.new(messages("1"))
    daemon.serving { |address| make(stops, address).run(handle_signals: false) }
    assert(take_until(daemon.requests, &:leave).any? { |request| request.acks&.up_to == 1 })
  end

  def test_stopping_while_nobody_is_there_ends_at_once
    worker = Echo.new("unix:/nobody/here", logger:, backoff: [60, 60])
    thread = Thread.new { worker.run(handle_signals: false) }
    Thread.pass until log.string.include?("attaching again")
    worker.stop
    thread.join
    assert_includes log.string, "left"
  end

  def test_a_refusal_fails_the_one_who_runs_it_and_no_thread
    before = Thread.abort_on_exception
    Thread.abort_on_exception = true
    daemon = FakeDaemon.new
    daemon.script = ->(*) { raise GRPC::PermissionDenied, "token" }
    daemon.serving do |address|
      failed = Thread.new do
        make(Echo, address).run(handle_signals: false)
      rescue Gatewayworker::PermissionDeniedError => e
        e
      end
      assert_equal "token", failed.value.message
    end
  ensure
    Thread.abort_on_exception = before
  end

  def test_an_error_of_the_hook_for_a_welcome_ends_it
    hooked = Class.new(Echo) do
      def on_attached(_welcome) = raise("no hook")
    end
    FakeDaemon.new.serving do |address|
      error = assert_raises(RuntimeError) { make(hooked, address).run(handle_signals: false) }
      assert_equal "no hook", error.message
    end
  end

  def test_stopped_before_it_is_run
    worker = Echo.new("unix:/nobody/here", logger:, backoff: [60, 60])
    worker.stop
    assert_nil worker.run(handle_signals: false)
    assert_raises(ThreadError) { worker.run }
  end

  def test_a_second_stop_cuts_it_short
    begun = Thread::Queue.new
    stuck = Class.new(Echo) do
      define_method(:on_message) do |_event|
        begun << :begun
        Thread::Queue.new.pop
      end
    end
    daemon = FakeDaemon.new(messages("1"))
    daemon.serving do |address|
      worker = make(stuck, address)
      thread = Thread.new { worker.run(handle_signals: false) }
      begun.pop
      2.times { worker.stop }
      thread.join
    end
  end

  def test_leaving_has_a_limit
    begun = Thread::Queue.new
    stuck = Class.new(Echo) do
      define_method(:on_message) do |_event|
        begun << :begun
        Thread::Queue.new.pop
      end
    end
    daemon = FakeDaemon.new(messages("1"))
    daemon.serving do |address|
      running(make(stuck, address, stop_timeout: 0)) { begun.pop }
    end
    assert_includes log.string, "they are killed"
  end

  def test_signals_are_taken_while_it_runs_and_given_back
    before = Signal.trap("TERM", "DEFAULT")
    daemon = FakeDaemon.new
    daemon.serving do |address|
      worker = make(Echo, address)
      sender = Thread.new do
        worker.attached.pop
        Process.kill("TERM", Process.pid)
      end
      worker.run
      sender.join
    end
    assert_equal "DEFAULT", Signal.trap("TERM", before || "DEFAULT")
    assert_equal :LEAVE_MODE_CLOSE_LINKS, take_until(daemon.requests, &:leave).last.leave.mode
  end

  def test_nothing_can_be_said_before_it_is_run
    worker = Echo.new("unix:/nobody/here", logger:)
    assert_raises(Gatewayworker::UnavailableError) { worker.sync }
    assert_raises(Gatewayworker::UnavailableError) { worker.ungroup("g") }
  end

  def test_an_exception_in_the_thread_that_runs_it_cuts_it
    daemon = FakeDaemon.new
    daemon.serving do |address|
      worker = make(Echo, address)
      thread = Thread.new do
        worker.run(handle_signals: false)
      rescue Interrupt => e
        e
      end
      worker.attached.pop
      thread.raise(Interrupt, "now")
      assert_instance_of Interrupt, thread.value
      assert_raises(Gatewayworker::UnavailableError) { worker.ungroup("g") }
    end
  end

  def test_an_exit_in_a_handler_is_the_programs
    exits = Class.new(Echo) do
      def on_message(_event) = exit(3)
    end
    daemon = FakeDaemon.new(messages("1"))
    status = daemon.serving do |address|
      assert_raises(SystemExit) { make(exits, address).run(handle_signals: false) }.status
    end
    assert_equal 3, status
  end
end
