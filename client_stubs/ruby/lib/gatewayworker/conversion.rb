# frozen_string_literal: true

require "google/protobuf/struct_pb"
require_relative "errors"
require_relative "values"
require_relative "v1/types_pb"

module Gatewayworker
  # Messages and sessions as Ruby values, there and back. What the daemon could not take, or a Struct would bend, is
  # refused here.
  # @api private
  module Conversion
    EXACT = 2**53
    private_constant :EXACT

    module_function

    # A message as the initializer of a V1::Message takes it.
    def message(given)
      case given
      when String then payload(given)
      when Message then payload(given.data).merge(raw: given.raw?, websocket_binary: given.websocket_binary?)
      else raise Errors.invalid("message", "is a #{given.class}, not a String or Message")
      end
    end

    # A string for a field of text.
    def text(field, given)
      raise Errors.invalid(field, "is a #{given.class}, not a String") unless given.is_a?(String)

      string = given.encoding == Encoding::UTF_8 ? given : utf8(given)
      raise Errors.invalid(field, "is not UTF-8") unless string&.valid_encoding?

      string
    end

    # Many strings for a list of text.
    def texts(field, given)
      # Of a String it would not be known whether one name or its characters are meant.
      raise Errors.invalid(field, "is a String, not a list of them") if given.is_a?(String)

      given.map { |one| text(field, one) }
    end

    # A name, or many.
    def names(field, given) = given.is_a?(String) ? [text(field, given)] : texts(field, given)

    # A session: a Hash, or a String in the form in which the Gateway stores it.
    def session_input(given)
      case given
      when Hash then { value: struct(given, "session") }
      when String then { stored: given.b }
      else raise Errors.invalid("session", "is a #{given.class}, not a Hash or a String")
      end
    end

    # A Session out of a V1::Session, which may be nil.
    def session(proto)
      return Session.new unless proto

      Session.new(hash(proto.value), stored: proto.stored, incomplete: proto.value_incomplete)
    end

    def failures(protos) = protos.map { |one| GatewayFailure.new(gateway: one.gateway, reason: one.reason) }

    # A Delivery out of a V1::Delivery; nil where there is none.
    def delivery(proto)
      proto && Delivery.new(gateways: proto.gateways, unreachable: failures(proto.unreachable))
    end

    # A Hash out of a Struct, which may be nil. (The `to_h` of Protobuf's own map takes no block.)
    def hash(struct)
      return {} unless struct

      struct.fields.map { |name, element| [name, value(element)] }.to_h # rubocop:disable Style/HashTransformValues
    end

    def value(proto)
      case proto.kind
      when :number_value then number(proto.number_value)
      when :string_value then proto.string_value
      when :bool_value then proto.bool_value
      when :struct_value then hash(proto.struct_value)
      when :list_value then proto.list_value.values.map { |element| value(element) }
      end
    end

    def number(float)
      float.finite? && float.abs <= EXACT && float == float.floor ? float.to_i : float
    end

    # Text where it can be: people at the daemon's logs and tools can read that.
    def payload(string)
      raise Errors.invalid("message", "is a #{string.class}, not a String") unless string.is_a?(String)
      return { data: string } if string.encoding == Encoding::BINARY

      string = utf8(string) || string unless string.encoding == Encoding::UTF_8
      string.valid_encoding? ? { text: string } : { data: string.b }
    end

    # The same text in UTF-8; nil where it cannot be.
    def utf8(string)
      string.encode(Encoding::UTF_8)
    rescue EncodingError
      nil
    end

    def struct(given, where)
      fields = given.each_with_object({}) do |(name, element), made|
        key = name.is_a?(Symbol) ? name.name : name
        raise Errors.invalid("session", "has a key in #{where} that is a #{name.class}") unless key.is_a?(String)
        raise Errors.invalid("session", "has the key #{key.inspect} in #{where} twice") if made.key?(key)

        made[text("session", key)] = proto_value(element, "#{where}[#{key.inspect}]")
      end
      Google::Protobuf::Struct.new(fields:)
    end

    def proto_value(given, where)
      Google::Protobuf::Value.new(
        case given
        when nil then { null_value: :NULL_VALUE }
        when true, false then { bool_value: given }
        when Integer, Float then { number_value: finite(given, where) }
        when String then { string_value: session_text(given, where) }
        when Hash then { struct_value: struct(given, where) }
        when Array then { list_value: list(given, where) }
        else raise Errors.invalid("session", "has a #{given.class} at #{where}: give the session as its stored bytes")
        end
      )
    end

    def list(given, where)
      elements = given.each_with_index.map { |element, index| proto_value(element, "#{where}[#{index}]") }
      Google::Protobuf::ListValue.new(values: elements)
    end

    def finite(given, where)
      if given.is_a?(Integer)
        return given if given.abs <= EXACT

        raise Errors.invalid("session",
                             "has an integer outside ±2^53 at #{where}: give the session as its stored bytes")
      end
      raise Errors.invalid("session", "has a number that is not finite at #{where}") unless given.finite?

      given
    end

    def session_text(given, where)
      string = given.encoding == Encoding::UTF_8 ? given : utf8(given)
      return string if string&.valid_encoding?

      raise Errors.invalid("session", "has bytes that are not UTF-8 at #{where}: give the session as its stored bytes")
    end

    private_class_method :payload, :utf8, :struct, :proto_value, :list, :finite, :session_text, :number
  end
end
