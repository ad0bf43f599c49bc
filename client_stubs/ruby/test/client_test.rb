# frozen_string_literal: true

require_relative "certificates"
require_relative "helper"

# What a Client has, where it goes, and what it says.
class ClientTest < Minitest::Test
  include Helpers

  Client = Gatewayworker::Client
  Commands = Gatewayworker::Commands
  Worker = Gatewayworker::Worker
  COMMANDS = V1::Command.descriptor.map { |field| field.name.to_sym }.freeze

  # The parameters of each method: what is given in front, and the names of options.
  def parameters(owner, name)
    owner.instance_method(name).parameters.reject { |_, parameter| parameter == :timeout }
  end

  def with_address(value)
    before = ENV.fetch("GATEWAYD_ADDRESS", nil)
    ENV["GATEWAYD_ADDRESS"] = value
    yield
  ensure
    ENV["GATEWAYD_ADDRESS"] = before
  end

  def test_every_call_of_the_service_is_there
    calls = V1::GatewayService::Service.rpc_descs.keys.map { |name| GRPC::GenericService.underscore(name.to_s).to_sym }
    assert_equal 45, calls.size
    assert_empty(calls.reject { |name| Client.public_method_defined?(name) })
  end

  def test_every_command_is_there_as_a_value_and_on_the_stream_and_takes_the_same
    assert_equal 16, COMMANDS.size
    COMMANDS.each do |name|
      assert_equal Commands.method(name).parameters, parameters(Client, name), name
      assert_equal Commands.method(name).parameters, parameters(Worker, name), name
    end
  end

  def test_the_address
    address = Gatewayworker::Connection.method(:address)
    with_address(nil) { assert_equal "127.0.0.1:50051", address.call(nil) }
    with_address("") { assert_equal Gatewayworker::DEFAULT_ADDRESS, address.call("") }
    with_address("unix:/run/gatewayd.sock") { assert_equal "unix:/run/gatewayd.sock", address.call(nil) }
    with_address("unix:/run/gatewayd.sock") { assert_equal "10.0.0.1:1", address.call("10.0.0.1:1") }
  end

  def test_a_string_is_no_list_of_clients
    error = assert_raises(Gatewayworker::InvalidArgumentError) { Commands.send_to_all("hi", client_ids: "7f00") }
    assert_equal "client_ids", error.field
  end

  def test_targets_absent_and_empty
    assert_nil Commands.send_to_all("hi").send_to_all.targets
    assert_empty Commands.send_to_all("hi", client_ids: []).send_to_all.targets.client_ids
    assert_equal %w[a b], Commands.send_to_uid(%w[a b], "hi").send_to_uid.uids
    assert_equal %w[a], Commands.send_to_uid("a", "hi").send_to_uid.uids
  end

  def test_options_of_commands
    command = Commands.join_group("7f", "g", generation: "g1", confirm: true, require_online: true).join_group
    assert_equal ["7f", "g", "g1", :CONFIRM_RUN, true],
                 [command.client_id, command.group, command.generation, command.confirm, command.require_online]
    assert_raises(ArgumentError) { Commands.ungroup("g", generation: "g1") }
  end

  def test_errors_say_what_the_metadata_says
    FakeDaemon.new.serving do |address|
      Client.open(address) do |client|
        error = assert_raises(Gatewayworker::NotFoundError) { client.get_session("x") }
        assert_equal [:not_found, "client_id is offline", "client_id", "offline", %w[a:1 b:2]],
                     [error.code, error.message, error.field, error.reason, error.gateways]
      end
    end
  end

  def test_each_code_has_its_class
    assert_instance_of Gatewayworker::DataLossError, Gatewayworker::Errors.from_status(15, "x", nil)
    assert_instance_of Gatewayworker::Error, Gatewayworker::Errors.from_status(13, "x", {})
    assert_equal :unknown, Gatewayworker::Errors.code(99)
    assert_equal "internal", Gatewayworker::Errors.from_status(13, "", {}).message
  end

  def test_counts_are_numbers_with_what_is_missing
    FakeDaemon.new.serving do |address|
      Client.open(address) do |client|
        count = client.get_all_client_count
        assert_equal [3, 4, "3", []], [count, count + 1, count.to_s, count.missing]
        assert_equal "a:1", client.get_all_client_count(partial_ok: true).missing.first.gateway
      end
    end
  end

  def test_streams_with_a_block_and_without_and_left_early
    FakeDaemon.new.serving do |address|
      Client.open(address) do |client|
        found = []
        client.stream_all_client_id_list { |client_id| found << client_id }
        assert_equal %w[a b c], found
        assert_equal %w[a b c], client.stream_all_client_id_list.to_a
        assert_equal "a", client.stream_all_client_id_list.first
        error = assert_raises(Gatewayworker::Error) { client.stream_all_uid_list.to_a }
        assert_equal :unimplemented, error.code
      end
    end
  end

  def test_a_token_is_asked_for_each_call
    daemon = FakeDaemon.new
    tokens = %w[one two].each
    daemon.serving do |address|
      Client.open(address, token: -> { tokens.next }) do |client|
        2.times { assert client.online?("x") }
        refute_match(/one/, client.inspect)
      end
    end
    assert_equal(["Bearer one", "Bearer two"], Array.new(2) { daemon.metadata.pop["authorization"] })
  end

  def test_nobody_there
    error = assert_raises(Gatewayworker::UnavailableError) { Client.new("unix:/nobody/here").get_all_client_count }
    assert_equal :unavailable, error.code
  end

  def test_tls_with_own_authorities_and_a_client_certificate
    pem = Certificates.new.pem
    credentials = GRPC::Core::ServerCredentials.new(
      pem["ca.crt"], [{ private_key: pem["server.key"], cert_chain: pem["server.crt"] }], true
    )
    daemon = FakeDaemon.new
    daemon.serving(credentials) do |address|
      tls = Gatewayworker::Tls.new(root_certificates: pem["ca.crt"], private_key: pem["client.key"],
                                   certificate_chain: pem["client.crt"], server_name: "gatewayd.test")
      Client.open(address, tls:, token: "t") { |client| assert client.is_online("x") }
      refute_match(/PRIVATE/, tls.inspect)
      stranger = Gatewayworker::Tls.new(root_certificates: pem["ca.crt"], server_name: "gatewayd.test")
      Client.open(address, tls: stranger, timeout: 5) do |client|
        assert_raises(Gatewayworker::UnavailableError) { client.is_online("x") }
      end
      Client.open(address, timeout: 5) do |plain|
        assert_raises(Gatewayworker::UnavailableError) { plain.is_online("x") }
      end
    end
    assert_equal "Bearer t", daemon.metadata.pop["authorization"]
  end

  def test_a_key_needs_its_certificate
    assert_raises(ArgumentError) { Gatewayworker::Tls.new(private_key: "key") }
  end
end
