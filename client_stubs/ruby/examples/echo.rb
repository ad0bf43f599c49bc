# frozen_string_literal: true

# Sends every message back to the client that sent it.

require "gatewayworker"

# The worker.
class Echo < Gatewayworker::Worker
  def on_message(event)
    send_to_current_client(event.body)
  end
end

Echo.new.run
