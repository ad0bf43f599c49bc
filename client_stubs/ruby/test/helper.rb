# frozen_string_literal: true

ENV["GRPC_VERBOSITY"] ||= "NONE" # what gRPC's core says of handshakes that fail as they should

require "gatewayworker"
require "gatewayworker/v1/worker_service_services_pb"
require "logger"
require "minitest/autorun"
require "stringio"
require "timeout"

# The generated code.
V1 = Gatewayworker::V1

# A daemon that answers as a test wants, and keeps what it was asked.
class FakeDaemon
  # Its unary calls.
  class Gateway < V1::GatewayService::Service
    def initialize(daemon)
      super()
      @daemon = daemon
    end

    def is_online(_request, call)
      @daemon.metadata << call.metadata
      V1::IsOnlineResponse.new(online: true)
    end

    def get_session(_request, _call)
      raise GRPC::NotFound.new("client_id is offline",
                               { "gatewayd-reason" => "offline", "gatewayd-field" => "client_id",
                                 "gatewayd-gateway" => %w[a:1 b:2] })
    end

    def send_to_current_client(_request, call)
      @daemon.metadata << call.metadata
      V1::SendToCurrentClientResponse.new
    end

    def get_all_client_count(request, _call)
      missing = request.partial_ok ? [{ gateway: "a:1", reason: "no link" }] : []
      V1::GetAllClientCountResponse.new(count: 3, missing:)
    end

    def stream_all_client_id_list(_request, _call)
      [%w[a b], %w[c]].map { |ids| V1::StreamAllClientIdListResponse.new(client_ids: ids) }
    end
  end

  # Its Attach: says welcome, then what the test's script says.
  class Worker < V1::WorkerService::Service
    def initialize(daemon)
      super()
      @daemon = daemon
    end

    def attach(requests, call)
      @daemon.metadata << call.metadata
      Enumerator.new { |out| @daemon.attached(requests, out) }
    end
  end

  # What came, as queues.
  attr_reader :metadata, :hellos, :requests
  # Called for each Attach with an Enumerator of the requests after the hello, and with what takes the responses.
  attr_accessor :script

  # The script, where a test sets no other: sends these responses and takes requests until the worker leaves.
  def initialize(*responses)
    @metadata = Thread::Queue.new
    @hellos = Thread::Queue.new
    @requests = Thread::Queue.new
    @script = lambda do |requests, out|
      responses.each { |response| out << response }
      take(requests)
    end
  end

  # Takes requests until the worker leaves.
  def take(requests)
    requests.each do |request|
      @requests << request
      break if request.leave
    end
  end

  def attached(requests, out)
    @hellos << requests.next.hello
    out << V1::AttachResponse.new(welcome: { version: "fake", window_events: 10 })
    script.call(Enumerator.new { |rest| loop { rest << requests.next } }, out)
  end

  # Yields its address.
  def serving(credentials = :this_port_is_insecure)
    server = GRPC::RpcServer.new(pool_size: 10, poll_period: 0.1)
    port = server.add_http2_port("127.0.0.1:0", credentials)
    server.handle(Gateway.new(self))
    server.handle(Worker.new(self))
    running = Thread.new { server.run }
    server.wait_till_running
    yield "127.0.0.1:#{port}"
  ensure
    server.stop
    running.join
  end
end

# What tests share.
module Helpers
  # The logger of workers in tests; what it got.
  def log = @log ||= StringIO.new

  def logger = @logger ||= Logger.new(log)

  # A batch of messages of one client.
  def messages(*bodies, first: 1, client_id: "c1")
    events = bodies.each_with_index.map do |body, index|
      { id: first + index, kind: :EVENT_KIND_MESSAGE, client_id:, generation: "g1", body: body.b }
    end
    V1::AttachResponse.new(events: { events: })
  end

  # Runs a worker, and stops it when the block has returned. Returns what the block returned.
  def running(worker)
    thread = Thread.new { worker.run(handle_signals: false) }
    thread.report_on_exception = false
    found = yield
    worker.stop
    thread.join
    found
  end

  # Takes from a queue until one fits; all that was taken.
  def take_until(queue, &)
    taken = []
    taken << queue.pop until taken.any?(&)
    taken
  end

  # Runs each test with a limit of time.
  def run
    Timeout.timeout(60) { super }
  end
end
