# frozen_string_literal: true

# The conformance program: the package, driven by JSON lines. What they say is in ../conformance/README.md.

require "base64"
require "gatewayworker"
require "json"
require "set"

# One JSON object a line to stdout, from any thread.
module Out
  LOCK = Mutex.new

  def self.say(**line)
    text = JSON.generate(line)
    LOCK.synchronize do
      $stdout.write(text, "\n")
      $stdout.flush
    end
  end
end

# JSON to what the package takes.
module Given
  module_function

  # The options of client and worker about how the daemon is spoken to.
  def connection(request)
    options = {}
    options[:tls] = tls(request["tls"]) if request.key?("tls")
    options[:token] = request["token"] if request.key?("token")
    options[:token] = -> { File.read(request["token_file"]) } if request.key?("token_file")
    options
  end

  def tls(given)
    pem = ->(name) { given.key?(name) ? File.read(given[name]) : nil }
    Gatewayworker::Tls.new(root_certificates: pem.call("authorities"), private_key: pem.call("key"),
                           certificate_chain: pem.call("certificate"), server_name: given["server_name"])
  end

  def arguments(given, client_id = nil)
    given.to_h { |key, element| [key.to_sym, argument(key, named(element, client_id))] }
  end

  def argument(key, given)
    case key
    when "message" then message(given)
    when "session" then given["stored"] ? Base64.decode64(given["stored"]) : value(given["value"])
    when "fields" then given.map { |name| name.downcase.to_sym }
    when "commands" then given.map { |one| call(Gatewayworker::Commands, one["command"], arguments(one["arguments"])) }
    else given
    end
  end

  def named(given, client_id)
    return given.map { |element| named(element, client_id) } if given.is_a?(Array)

    given == "$client" ? client_id : given
  end

  def message(given)
    body = given["text"] || Base64.decode64(given["data"])
    flags = given.slice("raw", "websocket_binary").transform_keys(&:to_sym)
    flags.empty? ? body : Gatewayworker::Message.new(body, **flags)
  end

  def value(given)
    case given
    when Array then given.map { |element| value(element) }
    when Hash
      return Integer(given["$int64"]) if given.key?("$int64")
      return Base64.decode64(given["$bytes"]) if given.key?("$bytes")

      given.transform_values { |element| value(element) }
    else given
    end
  end

  # Calls a method with what it wants in front, and all else as options.
  def call(receiver, name, given)
    front = receiver.method(name).parameters.filter_map { |kind, parameter| parameter if %i[req opt].include?(kind) }
    front = front.select { |parameter| given.key?(parameter) }
    receiver.public_send(name, *given.values_at(*front), **given.except(*front))
  end
end

# What the package gives as JSON.
module Plain
  module_function

  def result(found)
    case found
    when Gatewayworker::Session then session(found)
    when Gatewayworker::Delivery, Gatewayworker::GatewayFailure, Gatewayworker::SelectedClient
      found.to_h.transform_values { |part| result(part) }
    when Gatewayworker::CommandResult
      { code: found.code.upcase, message: found.message, delivery: result(found.delivery) }
    when String then text?(found) ? found : { "$bytes" => bytes(found) }
    when Hash then found.to_h { |key, element| [text?(key) ? key : bytes(key), result(element)] }
    when Array then found.map { |element| result(element) }
    else found
    end
  end

  def text?(string) = string.encoding == Encoding::UTF_8

  def bytes(string) = Base64.strict_encode64(string)

  def session(session)
    { value: session.to_h, stored: bytes(session.stored), incomplete: session.incomplete? }
  end

  def error(error)
    { code: error.code.upcase, message: error.message, field: error.field, reason: error.reason,
      gateways: error.gateways }
  end

  def event(event)
    line = { kind: event.kind.upcase, client_id: event.client_id, body: bytes(event.body),
             body_omitted: event.body_omitted, attempt: event.attempt, redelivered: event.redelivered?,
             session: event.session.to_h, session_stored: bytes(event.session.stored),
             session_stale: event.session_stale?, client_ip: event.client_ip }
    line[:handshake] = event.handshake.to_h.except(:stored) if event.kind == :websocket_connect
    line
  end
end

# Gates, by name: once open, they stay open.
class Gates
  def initialize
    @lock = Mutex.new
    @changed = ConditionVariable.new
    @open = {}
    @asked = Set.new
  end

  def open(name)
    @lock.synchronize do
      @open[name] = true
      @changed.broadcast
    end
  end

  # Whether nobody had asked for that yet.
  def first?(text)
    @lock.synchronize { @asked.add?(text) }
  end

  def wait(name)
    @lock.synchronize { @changed.wait(@lock) until @open[name] }
  end
end

# What workers of all requests have.
class Conformance < Gatewayworker::Worker
  NAMED = %i[session_mode session_freshness].freeze

  # A worker with the handlers that the request wants, and no others.
  def self.make(request, gates)
    made = Class.new(self) do
      request["handlers"].each do |kind, actions|
        define_method(:"on_#{kind}") { |event| work(event, actions, request["quiet"]) }
      end
    end
    made.new(gates, **request.fetch("options", {}).transform_keys(&:to_sym), **Given.connection(request))
  end

  # Gets what `work` is answered by.
  attr_reader :attached

  def initialize(gates, on_error: "ack", **options)
    NAMED.each { |name| options[name] = options[name].downcase.to_sym if options[name] }
    super(**options)
    @gates = gates
    @outcome = on_error.to_sym
    @attached = Thread::Queue.new
  end

  def on_attached(welcome)
    @attached << welcome
  end

  def on_error(_event, error)
    Out.say(failed: error.message)
    @outcome
  end

  def on_command_error(error)
    Out.say(command_failed: { code: error.code.upcase, message: error.message })
  end

  private

  def work(event, actions, quiet)
    Out.say(event: Plain.event(event)) unless quiet
    actions.fetch(event.text) { actions.fetch("*", []) }.each { |action| act(event, action) }
  end

  def act(event, action)
    case action["do"]
    when "echo" then send_to_current_client(event.body)
    when "wait" then @gates.wait(action["gate"])
    when "throw" then raise action["text"]
    when "throw_once" then raise action["text"] if @gates.first?(action["text"])
    when "command" then Given.call(self, action["command"], Given.arguments(action["arguments"], event.client_id))
    when "sync" then Out.say(called: { call: "sync", value: Plain.result(sync) })
    when "call" then call(event, action)
    end
  end

  def call(event, action)
    given = Given.arguments(action["arguments"], event.client_id)
    Out.say(called: { call: action["call"], value: Program.call(client, action["call"], given) })
  rescue Gatewayworker::Error => e
    Out.say(called: { call: action["call"], error: Plain.error(e) })
  end
end

# What is asked.
class Program
  def self.call(client, name, given)
    found = Given.call(client, name, given)
    found = name.end_with?("sessions") ? found.to_h : found.to_a if name.start_with?("stream_")
    Plain.result(found)
  end

  def initialize
    @lock = Mutex.new
    @clients = {}
    @gates = Gates.new
    @stopped = false
  end

  def answer(request)
    Out.say(id: request["id"], value: public_send(request["do"], request))
  rescue Gatewayworker::Error => e
    Out.say(id: request["id"], error: Plain.error(e))
  end

  def call(request)
    key = request.values_at("address", "tls", "token", "token_file")
    client = @lock.synchronize do
      @clients[key] ||= Gatewayworker::Client.new(request["address"], **Given.connection(request))
    end
    given = Given.arguments(request["arguments"])
    given[:timeout] = request["timeout"] if request.key?("timeout")
    Program.call(client, request["call"], given)
  end

  def open(request)
    @gates.open(request["gate"])
    nil
  end

  def work(request)
    @worker = worker = Conformance.make(request, @gates)
    @serving = Thread.new { serve(worker) }
    welcome = worker.attached.pop
    raise welcome if welcome.is_a?(Gatewayworker::Error)

    welcome.to_h
  end

  def stop(_request)
    @stopped = true
    @worker.stop
    @serving.join
    nil
  end

  private

  # Where a signal told the worker to leave, the program leaves too.
  def serve(worker)
    worker.run
    exit!(0) unless @stopped
  rescue Gatewayworker::Error => e
    worker.attached << e
  end
end

Thread.abort_on_exception = true
program = Program.new
while (line = $stdin.gets)
  request = JSON.parse(line)
  Thread.new { program.answer(request) }
end
exit!(0)
