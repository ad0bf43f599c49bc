#include "wire/requests.h"

#include <charconv>

namespace gatewayd::wire {
namespace {

void AppendNumber(std::uint32_t number, std::string& out) {
  char digits[10];
  const auto result = std::to_chars(digits, digits + sizeof(digits), number);
  out.append(digits, result.ptr);
}

void AppendStringList(std::span<const std::string> strings, std::string& out) {
  out += '[';
  for (std::size_t i = 0; i < strings.size(); ++i) {
    if (i > 0) out += ',';
    AppendJsonString(strings[i], out);
  }
  out += ']';
}

void AppendIdList(std::span<const std::uint32_t> ids, std::string& out) {
  out += '[';
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (i > 0) out += ',';
    AppendNumber(ids[i], out);
  }
  out += ']';
}

// {"2":2,"5":5}: PHP tests isset(exclude[id]), Go decodes into map[uint32]uint32.
void AppendIdObject(std::span<const std::uint32_t> ids, std::string& out) {
  out += '{';
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (i > 0) out += ',';
    out += '"';
    AppendNumber(ids[i], out);
    out += "\":";
    AppendNumber(ids[i], out);
  }
  out += '}';
}

// Two digits, a comma between entries, at most ten digits an id: enough for one growth.
constexpr std::size_t kBytesPerId = 11;

void AppendField(std::string_view quoted, bool wanted, std::string& out) {
  if (!wanted) return;
  if (out.back() != '[') out += ',';
  out += quoted;
}

// Opens `"name":` inside an object, with a comma where an entry stands before it.
void AppendMember(std::string_view quoted_name, std::string& out) {
  if (out.back() != '{') out += ',';
  out += quoted_name;
  out += ':';
}

void AppendSecretObject(std::string_view secret, std::string& out) {
  out += "\"secret_key\":";
  AppendJsonString(secret, out);
  out += '}';
}

}  // namespace

void AppendJsonString(std::string_view text, std::string& out) {
  constexpr char kHexDigits[] = "0123456789abcdef";
  out += '"';
  std::size_t copied = 0;  // what stands before needs no escape, or has been written
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte >= 0x20 && byte != '"' && byte != '\\') continue;
    out.append(text, copied, i - copied);
    copied = i + 1;
    out += '\\';
    switch (byte) {
      case '"':
      case '\\':
        out += static_cast<char>(byte);
        break;
      case '\b':
        out += 'b';
        break;
      case '\f':
        out += 'f';
        break;
      case '\n':
        out += 'n';
        break;
      case '\r':
        out += 'r';
        break;
      case '\t':
        out += 't';
        break;
      default:
        out += "u00";
        out += kHexDigits[byte >> 4];
        out += kHexDigits[byte & 0xf];
    }
  }
  out.append(text, copied, text.size() - copied);
  out += '"';
}

std::string StringListJson(std::span<const std::string> strings) {
  std::string json;
  AppendStringList(strings, json);
  return json;
}

std::string ConnectionsJson(std::span<const std::uint32_t> connection_ids) {
  std::string json;
  json.reserve(20 + connection_ids.size() * kBytesPerId);
  json += "{\"connections\":";
  AppendIdList(connection_ids, json);
  json += '}';
  return json;
}

std::string ExcludeJson(std::span<const std::uint32_t> connection_ids) {
  std::string json;
  if (connection_ids.empty()) return json;
  json += "{\"exclude\":";
  AppendIdObject(connection_ids, json);
  json += '}';
  return json;
}

std::string GroupsJson(std::span<const std::string> groups, std::span<const std::uint32_t> exclude) {
  std::string json = "{\"group\":";
  AppendStringList(groups, json);
  json += ",\"exclude\":";
  if (exclude.empty()) {
    json += "null";
  } else {
    AppendIdObject(exclude, json);
  }
  json += '}';
  return json;
}

std::string SelectJson(const SelectFields& fields, const SelectFilter& filter) {
  std::string json = "{\"fields\":[";
  AppendField("\"uid\"", fields.uid, json);
  AppendField("\"groups\"", fields.groups, json);
  AppendField("\"session\"", fields.session, json);
  json += "],\"where\":{";
  if (!filter.connection_ids.empty()) {
    AppendMember("\"connection_id\"", json);
    AppendIdList(filter.connection_ids, json);
  }
  if (!filter.groups.empty()) {
    AppendMember("\"groups\"", json);
    AppendStringList(filter.groups, json);
  }
  if (!filter.uids.empty()) {
    AppendMember("\"uid\"", json);
    AppendStringList(filter.uids, json);
  }
  json += "}}";
  return json;
}

std::string WorkerConnectBody(std::string_view worker_key, std::string_view secret) {
  std::string json = "{\"worker_key\":";
  AppendJsonString(worker_key, json);
  json += ',';
  AppendSecretObject(secret, json);
  return json;
}

std::string ClientConnectBody(std::string_view secret) {
  std::string json = "{";
  AppendSecretObject(secret, json);
  return json;
}

}  // namespace gatewayd::wire
