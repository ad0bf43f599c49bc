# frozen_string_literal: true

require "logger"

# A GatewayWorker cluster from Ruby, through gatewayd: a {Worker} gets what clients do, a {Client} calls the Gateway
# API. The generated messages are in `Gatewayworker::V1`, for what is not wrapped here.
module Gatewayworker
  class << self
    # @return [Logger] where workers say what they do; else to stderr
    attr_writer :logger

    def logger
      @logger ||= Logger.new($stderr, level: Logger::INFO, formatter: ->(_, _, _, text) { "#{text}\n" })
    end
  end
end

require_relative "gatewayworker/version"
require_relative "gatewayworker/client"
require_relative "gatewayworker/worker"
