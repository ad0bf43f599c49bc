// PHP serialize by hand, for canned answers.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace gatewayd::api::php {

inline std::string Int(long long value) {
  return "i:" + std::to_string(value) + ";";
}
inline std::string Str(const std::string& text) {
  return "s:" + std::to_string(text.size()) + ":\"" + text + "\";";
}
inline std::string Map(const std::vector<std::pair<std::string, std::string>>& entries) {
  std::string out = "a:" + std::to_string(entries.size()) + ":{";
  for (const auto& [key, value] : entries)
    out += key + value;
  return out + "}";
}
inline std::string List(const std::vector<std::string>& values) {
  std::vector<std::pair<std::string, std::string>> entries;
  for (const std::string& value : values)
    entries.emplace_back(Int(static_cast<long long>(entries.size())), value);
  return Map(entries);
}
// One row of SELECT, as a field list.
inline std::string Row(const std::vector<std::pair<std::string, std::string>>& fields) {
  std::vector<std::pair<std::string, std::string>> entries;
  for (const auto& [name, value] : fields)
    entries.emplace_back(Str(name), value);
  return Map(entries);
}
// The groups of a client: group => group.
inline std::string Groups(const std::vector<std::string>& groups) {
  std::vector<std::pair<std::string, std::string>> entries;
  for (const std::string& group : groups)
    entries.emplace_back(Str(group), Str(group));
  return Map(entries);
}

}  // namespace gatewayd::api::php
