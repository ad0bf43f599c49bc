# frozen_string_literal: true

require_relative "helper"

# The order of handlers, and what they cost.
class CrewTest < Minitest::Test
  include Helpers

  # What a crew knows of an event.
  Event = Struct.new(:client_id, :number, :done) do
    def done? = done

    def to_s = "#{client_id}#{number}"
  end

  def setup = @seen = Thread::Queue.new

  # "a1" is the first one of client a.
  def events(*names) = names.map { |name| Event.new(name[0], Integer(name[1..]), false) }

  def seen = Array.new(@seen.size) { @seen.pop }

  # Pops from the queue of what was seen, until it was that.
  def wait_for(what) = take_until(@seen) { |one| one == what }

  def crew(concurrency = 10, &) = @crew = Gatewayworker::Crew.new(concurrency, &)

  def test_handlers_that_finish_at_once_run_in_order
    crew { |event| @seen << event.to_s }
    wanted = Array.new(50) { |number| %W[a#{number} b#{number} c#{number}] }.flatten
    @crew.put(events(*wanted))
    assert @crew.finish(10)
    found = seen
    %w[a b c].each { |client| assert_equal of(wanted, client), of(found, client) }
    assert_equal wanted.size, found.size
  end

  def of(names, client) = names.select { |name| name.start_with?(client) }

  def test_handlers_that_finish_at_once_share_a_few_threads
    crew(100) { @seen << Thread.current }
    50.times { @crew.put(Array.new(100) { |client| Event.new("client #{client}", 1, false) }) }
    assert @crew.finish(10)
    assert_operator seen.uniq.size, :<, 20
  end

  def test_one_that_waits_holds_up_its_own_client_alone
    gate = Thread::Queue.new
    crew do |event|
      @seen << "#{event} begins"
      gate.pop if event.to_s == "a1"
      @seen << "#{event} ends"
    end
    @crew.put(events("a1", "a2", "b1", "a3", "b2"))
    before = wait_for("b2 ends")
    @crew.put(events("a4", "c1"))
    before += wait_for("c1 ends")
    assert_equal ["a1 begins"], of(before, "a")
    assert_equal ["b1 begins", "b1 ends", "b2 begins", "b2 ends"], of(before, "b")
    gate.close
    assert @crew.finish(10)
    rest = [2, 3, 4].flat_map { |number| ["a#{number} begins", "a#{number} ends"] }
    assert_equal ["a1 ends", *rest], seen
  end

  def test_no_more_handlers_run_than_allowed
    gate = Thread::Queue.new
    running = most = 0
    lock = Mutex.new
    crew(3) do |event|
      lock.synchronize { most = [most, running += 1].max }
      @seen << event.to_s
      gate.pop
      lock.synchronize { running -= 1 }
    end
    @crew.put(Array.new(20) { |number| Event.new("client #{number}", 1, false) })
    3.times { @seen.pop }
    gate.close
    assert @crew.finish(10)
    assert_equal [3, 0, 17], [most, running, @seen.size]
  end

  def test_all_may_wait_at_once
    gate = Thread::Queue.new
    crew(20) do |event|
      @seen << event.to_s
      gate.pop
    end
    20.times { |number| @crew.put([Event.new("client #{number}", 1, false)]) }
    20.times { @seen.pop }
    gate.close
    assert @crew.finish(10)
  end

  def test_events_that_are_somebody_elses_by_now_do_not_run
    gate = Thread::Queue.new
    crew do |event|
      @seen << event.to_s
      gate.pop
    end
    batch = events("a1", "a2", "b1")
    @crew.put(batch)
    begun = [@seen.pop, @seen.pop]
    batch.each { |event| event.done = true }
    @crew.put(events("a2")) # it comes again, on another stream: after the handler that still runs
    assert_empty @seen
    gate.close
    assert @crew.finish(10)
    assert_equal %w[a1 b1], begun.sort
    assert_equal %w[a2], seen
  end

  def test_finishing_has_a_limit_and_cancelling_kills
    ended = Thread::Queue.new
    crew do |event|
      @seen << event.to_s
      Thread::Queue.new.pop
    ensure
      ended << event.to_s
    end
    @crew.put(events("a1", "a2"))
    @seen.pop
    refute @crew.finish(0)
    @crew.cancel
    assert_equal "a1", ended.pop
    assert @crew.finish(10)
    assert_empty seen
  end

  def test_finishing_may_be_asked_for_by_nobody_who_has_work
    crew { |event| @seen << event.to_s }
    assert @crew.finish(0)
  end

  def test_many_threads_put
    crew(4) { |event| @seen << event.to_s }
    putting = Array.new(8) do |client|
      Thread.new { 200.times { |number| @crew.put([Event.new(client.to_s, number, false)]) } }
    end
    putting.each(&:join)
    assert @crew.finish(30)
    found = seen
    8.times { |client| assert_equal Array.new(200) { |number| "#{client}#{number}" }, of(found, client.to_s) }
  end
end
