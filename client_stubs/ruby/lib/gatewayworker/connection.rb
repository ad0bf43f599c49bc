# frozen_string_literal: true

require "grpc"

module Gatewayworker
  # Where a daemon is looked for that nobody named.
  DEFAULT_ADDRESS = "127.0.0.1:50051"

  # TLS to the daemon; each part is PEM. Nothing set: gRPC's own authorities, and no certificate of our own.
  class Tls
    # @return [String, nil]
    attr_reader :root_certificates, :private_key, :certificate_chain, :server_name

    # @param root_certificates [String, nil] the authorities that are trusted
    # @param private_key [String, nil] our own key, and with it
    # @param certificate_chain [String, nil] our own certificate
    # @param server_name [String, nil] the name that the daemon's certificate must have, where it is not the host of the
    #   address
    def initialize(root_certificates: nil, private_key: nil, certificate_chain: nil, server_name: nil)
      if private_key.nil? != certificate_chain.nil?
        raise ArgumentError, "private_key and certificate_chain belong together"
      end

      @root_certificates = root_certificates
      @private_key = private_key
      @certificate_chain = certificate_chain
      @server_name = server_name
      freeze
    end

    # The key is no business of logs.
    def inspect = "#<#{self.class} server_name=#{server_name.inspect}>"
  end

  # How the daemon is spoken to.
  # @api private
  module Connection
    # What gRPC takes in one message unless it is told otherwise.
    MAX_MESSAGE_BYTES = 4 * 1024 * 1024

    module_function

    # `host:port` or `unix:/path`: the one given, else GATEWAYD_ADDRESS, else {DEFAULT_ADDRESS}.
    def address(given)
      [given, ENV.fetch("GATEWAYD_ADDRESS", nil), DEFAULT_ADDRESS].find { |one| one && !one.empty? }
    end

    # A channel that tries again soon when the daemon was away.
    def open(address, tls, max_message_bytes)
      options = {
        "grpc.max_receive_message_length" => [max_message_bytes, MAX_MESSAGE_BYTES].max,
        "grpc.initial_reconnect_backoff_ms" => 100,
        "grpc.min_reconnect_backoff_ms" => 100,
        "grpc.max_reconnect_backoff_ms" => 1000,
        "grpc.use_local_subchannel_pool" => 1, # or a second channel would share the first one's backoff
        "grpc.primary_user_agent" => "gatewayworker-ruby/#{VERSION} grpc-ruby/#{GRPC::VERSION}"
      }
      options[GRPC::Core::Channel::SSL_TARGET] = tls.server_name if tls&.server_name
      GRPC::Core::Channel.new(address, options, credentials(tls))
    end

    def credentials(tls)
      return :this_channel_is_insecure unless tls

      GRPC::Core::ChannelCredentials.new(tls.root_certificates, tls.private_key, tls.certificate_chain)
    end

    # The metadata of a call. `token`: a String, or what responds to `call` and gives the one that is valid now.
    def metadata(token)
      return {} unless token

      { "authorization" => "Bearer #{token.respond_to?(:call) ? token.call : token}" }
    end

    private_class_method :credentials
  end
end
