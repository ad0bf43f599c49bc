# frozen_string_literal: true

require_relative "worker_helper"

# A Worker on a daemon that does as a test wants. What it does on a real one: ../../conformance.
class WorkerTest < Minitest::Test
  include WorkerHelpers

  def test_the_hello_says_what_is_wanted
    some = Class.new(Gatewayworker::Worker) do
      define_method(:attached) { @attached ||= Thread::Queue.new }
      define_method(:on_attached) { |welcome| attached << welcome }
      def on_connect(event); end
      def on_close(event); end
    end
    daemon = FakeDaemon.new
    daemon.serving do |address|
      worker = make(some, address, name: "some", window_events: 5, window_bytes: 6, max_message_bytes: 100_000,
                                   session_mode: :raw, session_freshness: :as_sent, ack_on_send: true, token: "t")
      running(worker) { assert_equal "fake", worker.attached.pop.version }
    end
    hello = daemon.hellos.pop
    assert_equal ["some", 5, 6, 100_000], [hello.worker_name, hello.window_events, hello.window_bytes,
                                           hello.max_message_bytes]
    assert_equal %i[EVENT_KIND_CONNECT EVENT_KIND_CLOSE], hello.kinds
    assert_equal %i[ACK_MODE_ON_SEND SESSION_MODE_RAW SESSION_FRESHNESS_AS_SENT],
                 [hello.ack_mode, hello.session_mode, hello.session_freshness]
    assert_equal "Bearer t", daemon.metadata.pop["authorization"]
  end

  # One, where no other thread gets its turn in between.
  def test_a_batch_is_answered_by_few_requests_and_acknowledged_as_a_whole
    wanted = Array.new(100, &:to_s)
    daemon = FakeDaemon.new(messages(*wanted))
    requests = daemon.serving do |address|
      running(make(Echo, address)) { take_until(daemon.requests) { |request| request.acks&.up_to == 100 } }
    end
    assert_equal wanted, bodies(requests)
    assert_equal (1..100).to_a, requests.flat_map { |request| request.commands.map(&:event_id) }
    assert_operator requests.size, :<, 50
    assert_equal :LEAVE_MODE_CLOSE_LINKS, daemon.requests.pop.leave.mode
  end

  def test_large_answers_are_cut_into_requests
    daemon = FakeDaemon.new(messages(*Array.new(9, "x" * 400_000)))
    requests = daemon.serving do |address|
      running(make(Echo, address)) { take_until(daemon.requests) { |request| acked(request) == 9 } }
    end
    assert_equal 9, requests.sum { |request| request.commands.size }
    assert_operator requests.map { |request| V1::AttachRequest.encode(request).bytesize }.max, :<, (2**20) + 1000
  end

  def test_only_what_is_done_is_acknowledged
    gate = Thread::Queue.new
    slow = Class.new(Echo) do
      define_method(:on_message) { |event| gate.pop if event.client_id == "slow" }
    end
    daemon = FakeDaemon.new(messages("1", client_id: "slow"), messages("2", "3", first: 2))
    first = leave = nil
    daemon.serving do |address|
      running(make(slow, address, keep_links: true)) do
        first = take_until(daemon.requests) { |request| request.acks&.ids&.include?(3) }
        gate << :open
        take_until(daemon.requests) { |request| acked?(request) }
      end
      leave = daemon.requests.pop
    end
    assert_equal [2, 3], first.flat_map { |request| request.acks.ids.to_a }
    assert_equal :LEAVE_MODE_KEEP_LINKS, leave.leave.mode
  end

  def test_the_current_client_is_in_the_metadata_of_calls_of_its_handler_alone
    seen = Thread::Queue.new
    calls = Class.new(Echo) do
      define_method(:on_message) do |event|
        seen << (Gatewayworker.current_event == event)
        client.send_to_current_client("hi")
        Enumerator.new { |out| out << client.send_to_current_client("in a fiber") }.next
      end
    end
    daemon = FakeDaemon.new(messages("1", client_id: "7f"))
    daemon.serving do |address|
      running(make(calls, address)) { daemon.requests.pop }
    end
    assert seen.pop
    assert_nil Gatewayworker.current_event
    asked = Array.new(3) { daemon.metadata.pop }
    asked = asked.map { |one| one.values_at("gateway-client-id", "gateway-generation") }
    assert_equal [[nil, nil], %w[7f g1], %w[7f g1]], asked
  end

  def test_a_thread_that_outlives_its_event_names_the_client_itself
    late = Thread::Queue.new
    outlives = Class.new(Echo) do
      define_method(:on_message) do |event|
        Thread.new do
          Gatewayworker.with_current_event(event) do
            late.pop
            send_to_current_client("late")
          end
        end
      end
    end
    daemon = FakeDaemon.new(messages("1", client_id: "7f"))
    found = daemon.serving do |address|
      running(make(outlives, address)) do
        take_until(daemon.requests) { |request| acked?(request) }
        late << :now
        take_until(daemon.requests) { |request| request.commands.any? }.last.commands.first
      end
    end
    assert_equal 0, found.event_id
    command = found.command.send_to_current_client
    assert_equal %w[7f g1 late], [command.client_id, command.generation, payload(command.message)]
  end

  def test_it_attaches_again_and_says_so
    daemon = FakeDaemon.new
    attaches = 0
    daemon.script = lambda do |requests, _|
      raise GRPC::Unavailable, "going" if (attaches += 1) < 4

      daemon.take(requests)
    end
    daemon.serving do |address|
      worker = make(Echo, address)
      running(worker) { 4.times { worker.attached.pop } }
    end
    assert_equal 4, attaches
    assert_equal 3, log.string.scan("going; attaching again").size
  end

  def test_what_trying_again_does_not_heal_is_raised
    daemon = FakeDaemon.new
    daemon.script = ->(*) { raise GRPC::InvalidArgument, "hello.kinds" }
    daemon.serving do |address|
      error = assert_raises(Gatewayworker::InvalidArgumentError) { make(Echo, address).run(handle_signals: false) }
      assert_equal "hello.kinds", error.message
    end
  end

  # Fails at "bad" the first time.
  class Fails < Echo
    def on_message(event)
      raise "bad" if event.text == "bad" && !event.redelivered?

      super
    end

    def on_error(_event, _error) = :redeliver
  end

  def redelivered
    again = messages("bad")
    again.events.events.first.redelivered = true
    again
  end

  def test_redelivery_says_what_is_done_and_attaches_again
    daemon = FakeDaemon.new
    streams = []
    daemon.script = lambda do |requests, out|
      streams << []
      out << (streams.size == 1 ? messages("good", "bad", "never") : redelivered)
      requests.each do |request|
        streams.last << request
        daemon.requests << request
        break if request.leave
      end
    end
    daemon.serving do |address|
      running(make(Fails, address)) { take_until(daemon.requests) { |request| request.acks&.up_to == 1 } }
    end
    assert_equal([%w[good], %w[bad]], streams.map { |requests| bodies(requests) })
    assert_equal([[1]], streams.first.map { |request| request.acks.ids.to_a })
    assert_match(/handling .*Event 2 message c1.* failed.*bad/m, log.string)
  end

  def test_what_a_handler_sends_after_its_stream_is_dropped
    gate = Thread::Queue.new
    begun = Thread::Queue.new
    slow = Class.new(Echo) do
      define_method(:on_message) do |event|
        begun << event
        gate.pop if event.text == "first"
        super(event)
      end
    end
    daemon = FakeDaemon.new
    attaches = 0
    daemon.script = lambda do |requests, out|
      out << messages((attaches += 1) == 1 ? "first" : "second")
      if attaches == 1
        begun.pop
        raise GRPC::Unavailable, "going"
      end
      daemon.take(requests)
    end
    requests = daemon.serving do |address|
      worker = make(slow, address)
      running(worker) do
        2.times { worker.attached.pop }
        gate << :open
        take_until(daemon.requests) { |request| acked?(request) }
      end
    end
    assert_equal %w[second], bodies(requests)
  end

  def test_errors_of_hooks_are_logged_and_the_event_counts_as_done
    bad = Class.new(Echo) do
      def on_message(_event) = raise(NotImplementedError, "no handler")
      def on_error(_event, _error) = raise("no hook")
    end
    odd = Class.new(bad) do
      def on_error(_event, _error) = :nonsense
    end
    [bad, odd].each do |type|
      daemon = FakeDaemon.new(messages("1"))
      daemon.serving do |address|
        running(make(type, address)) { assert_equal 1, daemon.requests.pop.acks.up_to }
      end
    end
    ["no handler", "no hook", ":nonsense"].each { |text| assert_includes log.string, text }
  end

  def test_failed_commands_come_to_the_hook_and_one_that_fails_disturbs_nothing
    failed = Thread::Queue.new
    hooked = Class.new(Echo) do
      define_method(:on_command_error) do |error|
        failed << error
        raise "no hook"
      end
    end
    errors = [{ number: 7, status: { code: 5, message: "gone" } },
              { number: 8, status: { code: 0, delivery: { gateways: 1, unreachable: [{ gateway: "a:1" }] } } }]
    daemon = FakeDaemon.new(V1::AttachResponse.new(command_errors: { errors: }))
    found = daemon.serving do |address|
      running(make(hooked, address)) { [failed.pop, failed.pop] }
    end
    assert_equal [[7, :not_found, "gone"], [8, :ok, ""]],
                 found.map { |error| [error.event_id, error.code, error.message] }
    assert_equal "a:1", found.last.delivery.unreachable.first.gateway
    assert_includes log.string, "on_command_error failed"
  end

  def test_sync_returns_who_is_not_known_and_fails_with_the_stream
    daemon = FakeDaemon.new
    daemon.script = lambda do |requests, out|
      requests.each do |request|
        raise GRPC::Unavailable, "going" if request.sync&.number == 2
        break if request.leave

        if request.sync
          out << V1::AttachResponse.new(synced: { number: 1,
                                                  unknown: [{ gateway: "g", reason: "lost" }] })
        end
      end
    end
    daemon.serving do |address|
      worker = make(Echo, address)
      running(worker) do
        worker.attached.pop
        assert_equal(%w[g], worker.sync.map(&:gateway))
        assert_raises(Gatewayworker::UnavailableError) { worker.sync }
      end
      assert_raises(Gatewayworker::UnavailableError) { worker.send_to_all("nobody hears it") }
    end
  end

  def test_commands_outside_of_handlers_go_at_once_and_before_a_sync
    daemon = FakeDaemon.new
    daemon.serving do |address|
      worker = make(Echo, address)
      running(worker) do
        worker.attached.pop
        worker.join_group("7f", "g")
        requests = take_until(daemon.requests) { |request| request.commands.any? }
        assert_equal %w[7f g], requests.last.commands.first.command.join_group.then { |one|
                                 [one.client_id, one.group]
                               }
      end
    end
  end

  def test_what_cannot_be_is_refused_in_the_handler
    seen = Thread::Queue.new
    bad = Class.new(Echo) do
      define_method(:on_message) do |event|
        join_group(event.client_id, 5)
      rescue Gatewayworker::InvalidArgumentError => e
        seen << e.field
      end
    end
    daemon = FakeDaemon.new(messages("1"))
    daemon.serving { |address| running(make(bad, address)) { assert_equal "group", seen.pop } }
  end

  def test_options_that_cannot_be
    [{ session_mode: :some }, { session_freshness: true }, { ack_on_send: nil }, { keep_links: 1 },
     { concurrency: 0 }].each { |option| assert_raises(ArgumentError) { Echo.new(**option) } }
  end

  def test_names
    assert_equal "echo", Echo.new.name
    assert_equal "worker", Class.new(Gatewayworker::Worker).new.name
  end
end
