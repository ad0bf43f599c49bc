#include "api/request_id.h"

#include <algorithm>

#include "absl/strings/ascii.h"

namespace gatewayd::api {
namespace {

bool IsIdCharacter(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
         std::string_view("-._~:/+=@").find(c) != std::string_view::npos;
}

bool IsLowerHex(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

// version "-" trace-id "-" parent-id "-" flags; versions after 00 may add more.
std::string_view TraceId(std::string_view traceparent) {
  constexpr std::size_t kTrace = 3, kTraceLength = 32, kParent = 36, kFlags = 53, kLength = 55;
  if (traceparent.size() < kLength || traceparent[2] != '-' || traceparent[kParent - 1] != '-' ||
      traceparent[kFlags - 1] != '-' || (traceparent.size() > kLength && traceparent[kLength] != '-')) {
    return {};
  }
  const std::string_view trace = traceparent.substr(kTrace, kTraceLength);
  const bool known = IsLowerHex(traceparent.substr(0, 2)) && traceparent.substr(0, 2) != "ff";
  if (!known || !IsLowerHex(trace) || trace.find_first_not_of('0') == std::string_view::npos) return {};
  return trace;
}

}  // namespace

std::string_view RequestId(std::string_view request_id, std::string_view traceparent) {
  if (!request_id.empty() && request_id.size() <= kMaxRequestId &&
      std::ranges::all_of(request_id, IsIdCharacter)) {
    return request_id;
  }
  return TraceId(traceparent);
}

}  // namespace gatewayd::api
