# frozen_string_literal: true

require_relative "helper"

# The pauses between two attachments.
class BackoffTest < Minitest::Test
  # Chance that always has the same end of what it may choose.
  Fixed = Struct.new(:which) do
    def rand(range) = range.public_send(which)
  end

  def pauses(which) = Gatewayworker::Backoff.new(0.1, 5.0, random: Fixed.new(which))

  def test_it_doubles_to_its_limit
    longest = pauses(:end)
    found = Array.new(8) { longest.next }
    [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0].zip(found) { |wanted, pause| assert_in_delta wanted, pause }
  end

  def test_jitter_takes_up_to_a_half
    assert_in_delta 0.05, pauses(:begin).next
  end

  def test_it_begins_anew
    backoff = pauses(:end)
    3.times { backoff.next }
    backoff.reset
    assert_in_delta 0.1, backoff.next
  end
end
