#include "json.h"

#include <google/protobuf/util/json_util.h>
#include <google/protobuf/wrappers.pb.h>

#include <stdexcept>

namespace conformance {

using gatewayworker::Map;
using google::protobuf::util::JsonStringToMessage;
using google::protobuf::util::MessageToJsonString;

Struct Parse(const std::string& line) {
  Struct object;
  const auto status = JsonStringToMessage(line, &object);
  if (!status.ok()) throw std::invalid_argument(status.ToString());
  return object;
}

std::string Print(const Struct& object) {
  std::string line;
  const auto status = MessageToJsonString(object, &line);
  if (!status.ok()) throw std::invalid_argument(status.ToString());
  return line;
}

// Protobuf writes bytes as base64 in quotes.
std::string ToBase64(const std::string& bytes) {
  google::protobuf::BytesValue value;
  value.set_value(bytes);
  std::string text;
  static_cast<void>(MessageToJsonString(value, &text));
  return text.substr(1, text.size() - 2);
}

std::string FromBase64(const std::string& text) {
  google::protobuf::BytesValue value;
  const auto status = JsonStringToMessage("\"" + text + "\"", &value);
  if (!status.ok()) throw std::invalid_argument(status.ToString());
  return value.value();
}

Value ToJson(const std::string& name) {
  if (gatewayworker::IsUtf8(name)) return name;
  return Map({{"$bytes", ToBase64(name)}});
}

Value ToJson(const gatewayworker::GatewayFailure& failure) {
  return Map({{"gateway", failure.gateway()}, {"reason", failure.reason()}});
}

Value ToJson(const gatewayworker::Delivery& delivery) {
  const std::vector<gatewayworker::GatewayFailure> unreachable(delivery.unreachable().begin(),
                                                               delivery.unreachable().end());
  return Map({{"gateways", delivery.gateways()}, {"unreachable", ToJson(unreachable)}});
}

Value ToJson(const gatewayworker::Session& session) {
  return Map({{"value", session.value()},
              {"stored", ToBase64(session.stored())},
              {"incomplete", session.value_incomplete()}});
}

Value ToJson(const gatewayworker::CommandResult& result) {
  return Map(
      {{"code", CodeName(result.code)}, {"message", result.message}, {"delivery", ToJson(result.delivery)}});
}

Value ToJson(const gatewayworker::SelectedClient& client) {
  return Map({{"client_id", client.client_id},
              {"uid", ToJson(client.uid)},
              {"groups", ToJson(client.groups)},
              {"session", ToJson(client.session)}});
}

Value ToJson(const gatewayworker::Welcome& welcome) {
  return Map({{"version", welcome.version()},
              {"dialect", welcome.dialect()},
              {"worker_id", welcome.worker_id()},
              {"window_events", welcome.window_events()},
              {"window_bytes", welcome.window_bytes()},
              {"max_message_bytes", welcome.max_message_bytes()}});
}

Value ToJson(const gatewayworker::GatewayError& error) {
  const auto or_null = [](const std::string& text) { return text.empty() ? Value(nullptr) : Value(text); };
  return Map({{"code", CodeName(error.code())},
              {"message", error.what()},
              {"field", or_null(error.field())},
              {"reason", or_null(error.reason())},
              {"gateways", ToJson(error.gateways())}});
}

Value ToJson(const gatewayworker::Event& event) {
  Struct object = Map({{"kind", KindName(event.kind())},
                       {"client_id", event.client_id()},
                       {"body", ToBase64(event.body())},
                       {"body_omitted", ToJson(event.body_omitted())},
                       {"attempt", event.attempt()},
                       {"redelivered", event.redelivered()},
                       {"session", event.session().value()},
                       {"session_stored", ToBase64(event.session().stored())},
                       {"session_stale", event.session_stale()},
                       {"client_ip", event.client_ip()}});
  if (event.kind() == gatewayworker::EventKind::kWebSocketConnect) {
    const gatewayworker::Handshake& shake = event.handshake();
    *(*object.mutable_fields())["handshake"].mutable_struct_value() =
        Map({{"get", shake.get()},
             {"server", shake.server()},
             {"cookie", shake.cookie()},
             {"incomplete", shake.incomplete()}});
  }
  return object;
}

}  // namespace conformance
