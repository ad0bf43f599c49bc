# frozen_string_literal: true

require "rbs"
require "rbs/cli"
require_relative "helper"

# The signatures in sig/ are whole, and say what there is.
class SignaturesTest < Minitest::Test
  SIGNATURES = File.expand_path("../sig", __dir__)
  # What is not for users, though Ruby has it public.
  INTERNAL = {
    Gatewayworker::Event => %i[attachment state state= inspect to_s],
    Gatewayworker::Worker => %i[handle welcomed told detached hello ack_on_send logger inspect],
    Gatewayworker::Client => %i[inspect],
    Gatewayworker::Tls => %i[inspect]
  }.freeze
  TYPES = Gatewayworker.constants.map { |name| Gatewayworker.const_get(name) }.grep(Module) - [
    Gatewayworker::V1, Gatewayworker::Attachment, Gatewayworker::Backoff, Gatewayworker::Connection,
    Gatewayworker::Conversion, Gatewayworker::Current, Gatewayworker::Crew, Gatewayworker::Errors,
    Gatewayworker::Options, Gatewayworker::Order, Gatewayworker::Outbox, Gatewayworker::Serving,
    Gatewayworker::Stream, Gatewayworker::Syncs
  ]

  def environment
    loader = RBS::EnvironmentLoader.new
    %w[logger monitor].each { |library| loader.add(library:, version: nil) }
    loader.add(path: Pathname(SIGNATURES))
    RBS::Environment.from_loader(loader).resolve_type_names
  end

  # The members that a declaration of the type has, with their overloads.
  def members(entry)
    entry.decls.flat_map { |one| one.decl.members }.grep_v(RBS::AST::Members::Include).flat_map do |member|
      case member
      when RBS::AST::Members::AttrAccessor then [member.name, :"#{member.name}="]
      else [member.name]
      end
    end
  end

  def test_they_are_valid
    out, err = capture_io do
      RBS::CLI.new(stdout: $stdout, stderr: $stderr)
              .run(["-r", "logger", "-r", "monitor", "-I", SIGNATURES, "validate", "--silent"])
    end
    assert_empty out + err
  end

  def test_every_public_method_has_one_and_every_one_a_method
    entries = environment.class_decls.transform_keys { |name| name.to_s.delete_prefix("::") }
    TYPES.each do |type|
      assert_includes entries, type.name
      there = type == Gatewayworker::Commands ? type.singleton_methods(false) : type.public_instance_methods(false)
      there &= %i[missing] if type == Gatewayworker::Count # all else is the Integer's
      there -= INTERNAL.fetch(type, [])
      assert_equal there.sort, (members(entries[type.name]) - %i[initialize open]).uniq.sort, type
    end
  end
end
