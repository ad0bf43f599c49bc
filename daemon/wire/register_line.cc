#include "wire/register_line.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include <boost/json.hpp>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "wire/absl_view.h"
#include "wire/requests.h"

namespace gatewayd::wire {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxQuoted = 64;
constexpr std::size_t kMaxHost = 253;  // a DNS name's limit

absl::Status Error(std::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("Register line: ", ToAbsl(what)));
}

// For operators to read: what is not printable becomes a dot.
std::string Quote(std::string_view line) {
  std::string quoted(line.substr(0, kMaxQuoted));
  for (char& byte : quoted) {
    if (!absl::ascii_isprint(static_cast<unsigned char>(byte))) byte = '.';
  }
  return quoted;
}

// A line that starts as an object may hold a secret, so only other lines are quoted: a PHP Register's error
// text.
absl::Status NotAnObject(std::string_view line) {
  line.remove_prefix(std::min(line.find_first_not_of(" \t\r"), line.size()));
  if (line.starts_with('{')) return Error("broken JSON object");
  return Error(absl::StrCat("not a JSON object: \"", Quote(line), "\""));
}

std::string_view View(const json::string& text) {
  return {text.data(), text.size()};
}

// Copies a member that must be a string where it is there and not null.
absl::Status ReadString(const json::object& object, std::string_view name, std::string* out) {
  const json::value* member = object.if_contains({name.data(), name.size()});
  if (member == nullptr || member->is_null()) return absl::OkStatus();
  const json::string* text = member->if_string();
  if (text == nullptr) return Error(absl::StrCat("\"", ToAbsl(name), "\" is not a string"));
  out->assign(View(*text));
  return absl::OkStatus();
}

absl::Status ReadCount(const json::object& object, std::string_view name, std::uint64_t* out) {
  const json::value* member = object.if_contains({name.data(), name.size()});
  if (member == nullptr || member->is_null()) return absl::OkStatus();
  boost::system::error_code error;
  *out = member->to_number<std::uint64_t>(error);
  return error ? Error(absl::StrCat("\"", ToAbsl(name), "\" is no count")) : absl::OkStatus();
}

absl::Status AddAddress(std::string_view name, const json::value& value, std::vector<std::string>* out) {
  const json::string* text = value.if_string();
  if (text == nullptr)
    return Error(absl::StrCat("\"", ToAbsl(name), "\" holds something other than strings"));
  std::string host;
  std::uint16_t port = 0;
  if (!SplitHostPort(View(*text), &host, &port)) {
    return Error(
        absl::StrCat("\"", ToAbsl(name), "\" holds \"", Quote(View(*text)), "\", which is not host:port"));
  }
  out->emplace_back(View(*text));
  return absl::OkStatus();
}

// A list, or an object whose values count: PHP makes one where it removed duplicates. Go writes null for
// none.
absl::Status ReadAddresses(const json::object& object, std::string_view name, std::vector<std::string>* out,
                           bool* is_there) {
  const json::value* member = object.if_contains({name.data(), name.size()});
  *is_there = member != nullptr && !member->is_null();
  if (!*is_there) return absl::OkStatus();
  absl::Status status;
  if (const json::array* list = member->if_array()) {
    out->reserve(list->size());
    for (const json::value& value : *list) {
      if (status = AddAddress(name, value, out); !status.ok()) return status;
    }
    return status;
  }
  const json::object* map = member->if_object();
  if (map == nullptr) return Error(absl::StrCat("\"", ToAbsl(name), "\" is neither a list nor an object"));
  out->reserve(map->size());
  for (const json::key_value_pair& entry : *map) {
    if (status = AddAddress(name, entry.value(), out); !status.ok()) return status;
  }
  return status;
}

absl::StatusOr<RegisterMessage> ReadMessage(const json::object& object) {
  RegisterMessage message;
  bool has_addresses = false;
  for (absl::Status status : {
           ReadString(object, "event", &message.event),
           ReadString(object, "secret_key", &message.secret_key),
           ReadString(object, "address", &message.address),
           ReadString(object, "worker_address", &message.worker_address),
           ReadString(object, "name", &message.name),
           ReadCount(object, "processed_count", &message.processed_count),
           ReadAddresses(object, "addresses", &message.addresses, &has_addresses),
           ReadAddresses(object, "sdk_addresses", &message.sdk_addresses, &message.has_sdk_addresses),
       }) {
    if (!status.ok()) return status;
  }
  if (message.event.empty()) return Error("no \"event\"");
  return message;
}

void AppendMember(std::string_view name, std::string_view value, std::string& out) {
  if (out.back() != '{') out += ',';
  AppendJsonString(name, out);
  out += ':';
  AppendJsonString(value, out);
}

bool IsNameByte(char byte) {
  return absl::ascii_isalnum(static_cast<unsigned char>(byte)) || byte == '.' || byte == '-' || byte == '_';
}

bool IsIpv6Byte(char byte) {
  return absl::ascii_isxdigit(static_cast<unsigned char>(byte)) || byte == ':' || byte == '.';
}

bool ReadPort(std::string_view text, std::uint16_t* port) {
  std::uint16_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value == 0) return false;
  *port = value;
  return true;
}

// The host without brackets, or "" where it is of no known form.
std::string_view ReadHost(std::string_view text) {
  const bool bracketed = text.size() > 2 && text.front() == '[' && text.back() == ']';
  if (bracketed) text = text.substr(1, text.size() - 2);
  if (text.size() > kMaxHost || !std::all_of(text.begin(), text.end(), bracketed ? IsIpv6Byte : IsNameByte)) {
    return {};
  }
  if (bracketed && text.find(':') == std::string_view::npos) return {};
  return text;
}

}  // namespace

absl::StatusOr<RegisterMessage> ParseRegisterJson(std::string_view line) {
  if (line.size() > kMaxRegisterLine) return Error(absl::StrCat("too long: ", line.size(), " bytes"));
  boost::system::error_code error;
  const json::value value = json::parse({line.data(), line.size()}, error);
  const json::object* object = error ? nullptr : value.if_object();
  if (object == nullptr) return NotAnObject(line);
  return ReadMessage(*object);
}

std::string WorkerConnectJson(std::string_view secret, std::string_view name) {
  std::string out = "{";
  AppendMember("event", "worker_connect", out);
  AppendMember("secret_key", secret, out);
  if (!name.empty()) AppendMember("name", name, out);
  out += '}';
  return out;
}

std::string PingJson() {
  return "{\"event\":\"ping\"}";
}

std::string WorkerStatsJson(std::string_view name, std::uint64_t processed_count) {
  std::string out = "{";
  AppendMember("event", "worker_stats", out);
  AppendMember("name", name, out);
  absl::StrAppend(&out, ",\"processed_count\":", processed_count, "}");
  return out;
}

std::string GatewayConnectJson(std::string_view address, std::string_view secret) {
  std::string out = "{";
  AppendMember("event", "gateway_connect", out);
  AppendMember("address", address, out);
  AppendMember("secret_key", secret, out);
  out += '}';
  return out;
}

std::string BroadcastAddressesJson(const std::vector<std::string>& addresses) {
  std::string out = "{";
  AppendMember("event", "broadcast_addresses", out);
  absl::StrAppend(&out, ",\"addresses\":", StringListJson(addresses), "}");
  return out;
}

std::string GoGatewayConnectJson(std::string_view address, std::string_view worker_address,
                                 std::string_view secret) {
  std::string out = "{";
  AppendMember("address", address, out);
  AppendMember("event", "gateway_connect", out);
  AppendMember("secret_key", secret, out);
  AppendMember("worker_address", worker_address, out);
  out += '}';
  return out;
}

std::string GoBroadcastAddressesJson(const std::vector<std::string>& addresses,
                                     const std::vector<std::string>& sdk_addresses) {
  std::string out = "{";
  AppendMember("event", "broadcast_addresses", out);
  if (!addresses.empty()) absl::StrAppend(&out, ",\"addresses\":", StringListJson(addresses));
  if (!sdk_addresses.empty()) absl::StrAppend(&out, ",\"sdk_addresses\":", StringListJson(sdk_addresses));
  out += '}';
  return out;
}

bool SplitHostPort(std::string_view address, std::string* host, std::uint16_t* port) {
  const std::size_t colon = address.rfind(':');
  if (colon == std::string_view::npos) return false;
  const std::string_view host_part = ReadHost(address.substr(0, colon));
  if (host_part.empty() || !ReadPort(address.substr(colon + 1), port)) return false;
  host->assign(host_part);
  return true;
}

}  // namespace gatewayd::wire
