// The answers of Go Gateways: JSON. What each function promises stands at the member of the same name of
// Dialect.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "wire/answers.h"

namespace gatewayd::wire::go {

absl::StatusOr<std::uint64_t> DecodeCount(std::string_view answer);
// `null` is nobody, here and below.
absl::StatusOr<ConnectionIds> DecodeConnectionIds(std::string_view answer);
absl::StatusOr<ConnectionIdsByUid> DecodeConnectionIdsByUid(std::string_view answer);
absl::StatusOr<CountsByGroup> DecodeCountsByGroup(std::string_view answer);
absl::StatusOr<std::vector<std::string>> DecodeGroups(std::string_view answer);
absl::Status VisitSessions(std::string_view answer, absl::FunctionRef<void(const ClientSession&)> visit);
absl::Status VisitSelected(std::string_view answer, absl::FunctionRef<void(const SelectedClient&)> visit);

// The bytes are any whole JSON value: a session that is no object can be stored, and is shown as it is.
absl::StatusOr<std::optional<std::string_view>> DecodeSession(std::string_view answer);

}  // namespace gatewayd::wire::go
