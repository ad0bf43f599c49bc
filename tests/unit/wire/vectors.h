// The recorded vectors (tests/vectors), read for tests.
#pragma once

#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json.hpp>

#include "absl/strings/escaping.h"

namespace gatewayd::wire {

// Each line of a file of JSON lines, by its path under tests/vectors.
inline std::vector<boost::json::object> ReadVectors(const std::string& path) {
  std::ifstream file(std::string(GATEWAYD_VECTORS) + "/" + path);
  if (!file) throw std::runtime_error("no vectors at " + path);
  std::vector<boost::json::object> lines;
  for (std::string line; std::getline(file, line);)
    lines.push_back(boost::json::parse(line).as_object());
  return lines;
}

inline std::string ToString(const boost::json::string& text) {
  return {text.data(), text.size()};
}

// A member that is a string.
inline std::string StringAt(const boost::json::object& object, std::string_view name) {
  return ToString(object.at({name.data(), name.size()}).as_string());
}

// A member that holds bytes as hex digits.
inline std::string BytesAt(const boost::json::object& object, std::string_view name) {
  return absl::HexStringToBytes(StringAt(object, name));
}

}  // namespace gatewayd::wire
