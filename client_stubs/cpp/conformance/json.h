// JSON lines, as Structs; and the package's values as JSON.
#pragma once

#include <gatewayworker/gatewayworker.h>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace conformance {

using gatewayworker::Value;
using google::protobuf::ListValue;
using google::protobuf::Struct;

// Throws std::invalid_argument where it is no object.
Struct Parse(const std::string& line);
std::string Print(const Struct& object);

std::string ToBase64(const std::string& bytes);
std::string FromBase64(const std::string& text);

// The RESULTs of ../../conformance/README.md.
Value ToJson(const gatewayworker::Delivery& delivery);
Value ToJson(const gatewayworker::GatewayFailure& failure);
Value ToJson(const gatewayworker::Session& session);
Value ToJson(const gatewayworker::CommandResult& result);
Value ToJson(const gatewayworker::SelectedClient& client);
Value ToJson(const gatewayworker::Welcome& welcome);
Value ToJson(const gatewayworker::GatewayError& error);
Value ToJson(const gatewayworker::Event& event);
inline Value ToJson(bool value) {
  return value;
}
inline Value ToJson(std::uint64_t value) {
  return value;
}
// A uid, a name, a client_id.
Value ToJson(const std::string& name);

template <typename Element>
Value ToJson(const std::optional<Element>& element) {
  return element ? ToJson(*element) : Value(nullptr);
}

template <typename Element>
Value ToJson(const std::vector<Element>& elements) {
  ListValue list;
  for (const Element& element : elements)
    *list.add_values() = ToJson(element).proto();
  return list;
}

template <typename Element>
Value ToJson(const std::map<std::string, Element>& elements) {
  Struct object;
  for (const auto& [key, element] : elements) {
    (*object.mutable_fields())[gatewayworker::IsUtf8(key) ? key : ToBase64(key)] = ToJson(element).proto();
  }
  return object;
}

}  // namespace conformance
