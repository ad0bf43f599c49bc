# frozen_string_literal: true

require_relative "helper"

# Messages and sessions: there and back, and what is refused.
class ConversionTest < Minitest::Test
  Conversion = Gatewayworker::Conversion
  Invalid = Gatewayworker::InvalidArgumentError

  def proto(given) = V1::Message.new(**Conversion.message(given))

  def back(session) = Conversion.hash(V1::SessionInput.new(**Conversion.session_input(session)).value)

  def test_messages_of_each_kind
    assert_equal "é", proto("é").text
    assert_equal "\xFF".b, proto("\xFF".b).data
    assert_equal "\xFF".b, proto("\xFF").data # UTF-8 by name alone
    assert_equal "é", proto("é".encode(Encoding::ISO_8859_1)).text
    assert_equal :text, proto("").payload
    assert_equal :data, proto("".b).payload
  end

  def test_messages_with_flags
    binary = proto(Gatewayworker::Message.new("\xFF".b, websocket_binary: true))
    assert_equal ["\xFF".b, true, false], [binary.data, binary.websocket_binary, binary.raw]
    raw = proto(Gatewayworker::Message.new("frame", raw: true))
    assert_equal ["frame", false, true], [raw.text, raw.websocket_binary, raw.raw]
  end

  def test_what_is_no_message_is_refused
    [5, :symbol, nil, Gatewayworker::Message.new(5)].each do |given|
      error = assert_raises(Invalid) { Conversion.message(given) }
      assert_equal "message", error.field
    end
  end

  def test_names_are_text
    assert_equal "用户", Conversion.text("uid", "用户")
    assert_equal "é", Conversion.text("uid", "é".encode(Encoding::ISO_8859_1))
    assert_equal "plain", Conversion.text("uid", "plain".b)
    ["\xFF", "\xFF".b, 5, nil, :symbol].each do |given|
      assert_equal "uid", assert_raises(Invalid) { Conversion.text("uid", given) }.field
    end
  end

  def test_a_session_goes_there_and_comes_back_as_it_was
    session = { "none" => nil, "on" => true, "off" => false, "n" => 5, "big" => 2**53, "small" => -(2**53),
                "half" => 0.5, "text" => "用户", "list" => [1, "a", [], {}, nil],
                "map" => { "k" => { "k" => [{ "x" => 1 }] } }, "empty" => {} }
    found = back(session)
    assert_equal session, found
    assert_equal [TrueClass, Integer, Float], found.values_at("on", "n", "half").map(&:class)
  end

  def test_keys_may_be_symbols
    assert_equal({ "a" => { "b" => 1 } }, back({ a: { b: 1 } }))
    assert_match(/twice/, assert_raises(Invalid) { back({ :a => 1, "a" => 2 }) }.message)
  end

  def test_an_empty_session_is_one
    assert_equal :value, V1::SessionInput.new(**Conversion.session_input({})).session
    assert_equal :stored, V1::SessionInput.new(**Conversion.session_input("")).session
  end

  {
    "an integer outside" => [(2**53) + 1, -(2**53) - 1], "not finite" => [Float::NAN, Float::INFINITY],
    "bytes that are not UTF-8" => ["\xFF".b, "\xFF"], "a key" => [{ 1 => 2 }], "has a Symbol" => [:symbol],
    "has a Object" => [Object.new], "has a Time" => [Time.now]
  }.each do |problem, values|
    define_method(:"test_refused_#{problem.tr(" ", "_")}") do
      values.product([->(value) { { "x" => value } }, ->(value) { { "x" => [{ "y" => value }] } }]) do |value, wrap|
        error = assert_raises(Invalid) { Conversion.session_input(wrap[value]) }
        assert_equal "session", error.field
        assert_match problem, error.message
      end
    end
  end

  def test_what_is_no_session_is_refused
    assert_raises(Invalid) { Conversion.session_input([1]) }
  end

  def test_a_session_keeps_its_stored_bytes
    value = Google::Protobuf::Struct.new(fields: { "a" => Google::Protobuf::Value.new(number_value: 1) })
    session = Conversion.session(V1::Session.new(value:, stored: "a:1:{}", value_incomplete: true))
    assert_equal({ "a" => 1 }, session)
    assert_equal "a:1:{}", session.stored
    assert_predicate session, :incomplete?
  end

  def test_an_event_without_a_session_has_an_empty_one
    event = Gatewayworker::Event.new(V1::Event.new(body: "é\xFF".b, kind: :EVENT_KIND_MESSAGE), nil)
    assert_empty event.session
    assert_equal "é\u{FFFD}", event.text
    assert_equal :message, event.kind
    assert_nil event.body_omitted
    assert_empty event.handshake.get
  end
end
