# frozen_string_literal: true

# What ./dev bench stubs measures. `echo TARGET`: an echo worker that says "attached". `calls TARGET CLIENT_ID SECONDS`:
# SendToClient with 64 in flight; its last line is JSON.

require "gatewayworker"
require "json"

IN_FLIGHT = 64
BYTES = 100

# The worker of `echo`.
class Echo < Gatewayworker::Worker
  def on_attached(_welcome)
    puts "attached"
    $stdout.flush
  end

  def on_message(event)
    send_to_current_client(event.body)
  end
end

def clock = Process.clock_gettime(Process::CLOCK_MONOTONIC)

# [how many were done, how many failed]
def call_until(ends, client, client_id, message)
  done = failed = 0
  while clock < ends
    begin
      client.send_to_client(client_id, message)
      done += 1
    rescue Gatewayworker::Error
      failed += 1
    end
  end
  [done, failed]
end

def calls(target, client_id, seconds)
  message = "x".b * BYTES
  Gatewayworker::Client.open(target) do |client|
    started = clock
    threads = Array.new(IN_FLIGHT) { Thread.new { call_until(started + seconds, client, client_id, message) } }
    done, failed = threads.map(&:value).transpose.map(&:sum)
    puts JSON.generate(per_second: done / (clock - started), count: done, failed:)
  end
end

case ARGV
in ["echo", target] then Echo.new(target, name: "ruby").run
in ["calls", target, client_id, seconds] then calls(target, client_id, Float(seconds))
end
