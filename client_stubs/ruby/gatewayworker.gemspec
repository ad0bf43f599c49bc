# frozen_string_literal: true

require_relative "lib/gatewayworker/version"

Gem::Specification.new do |spec|
  spec.name = "gatewayworker"
  spec.version = Gatewayworker::VERSION
  spec.authors = ["The gatewayd authors"]
  spec.summary = "Workers and calls for GatewayWorker clusters, through gatewayd: in twenty lines"
  spec.description = "Write the worker of a GatewayWorker cluster (long-lived connections, WebSocket) in Ruby, or " \
                     "call its Gateway API: by gRPC, through gatewayd, the daemon beside your program."
  spec.homepage = "https://github.com/gatewayd/gatewayd"
  spec.license = "MIT"
  spec.required_ruby_version = ">= 3.1"
  spec.metadata = {
    "source_code_uri" => "#{spec.homepage}/tree/main/client_stubs/ruby",
    "changelog_uri" => "#{spec.homepage}/blob/main/CHANGELOG.md",
    "rubygems_mfa_required" => "true"
  }
  spec.files = Dir.chdir(__dir__) do
    Dir["lib/**/*.rb", "sig/**/*.rbs", "examples/*.rb", "README.md", "LICENSE", ".yardopts"]
  end
  spec.require_paths = ["lib"]
  spec.add_dependency "google-protobuf", ">= 3.21", "< 5"
  spec.add_dependency "grpc", ">= 1.51", "< 2"
  spec.add_dependency "logger", ">= 1.4", "< 2" # Ruby's own, which Bundler asks for by name from Ruby 3.5 on
end
