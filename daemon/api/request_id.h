// The id that a caller gave his call, to find it again in errors.
#pragma once

#include <string>
#include <string_view>

namespace gatewayd::api {

// The metadata key of it, in calls and in the trailing metadata of those that failed.
inline constexpr char kRequestIdKey[] = "x-request-id";
inline constexpr char kTraceParentKey[] = "traceparent";
inline constexpr std::size_t kMaxRequestId = 128;

// Of a call with this metadata: `request_id` where it has 1 to 128 characters, each a letter, a digit or one
// of "-._~:/+=@"; else the trace id of a W3C `traceparent` (32 hexadecimal digits, not all of them 0); else
// "". What is not of this form could forge a line of a log, and is ignored.
std::string_view RequestId(std::string_view request_id, std::string_view traceparent);

}  // namespace gatewayd::api
