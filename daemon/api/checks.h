// Checks of what requests hold: each gives INVALID_ARGUMENT naming the field, before anything is sent.
#pragma once

#include <google/protobuf/repeated_field.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gatewayworker/v1/types.pb.h"
#include "wire/client_id.h"
#include "wire/dialect.h"

namespace gatewayd::api {

using RepeatedStrings = google::protobuf::RepeatedPtrField<std::string>;

// A uid or group above this is refused: a list of them must fit into 64 KiB, and an answer that holds one
// must be bounded.
inline constexpr std::size_t kMaxNameSize = 8 * 1024;

// The most client_ids, uids, groups or commands that one call may name.
inline constexpr int kMaxListSize = 100'000;

// 20 hex digits.
absl::StatusOr<wire::ClientId> CheckClientId(std::string_view field, std::string_view text);

// The ids, each once, in the order given.
absl::StatusOr<std::vector<wire::ClientId>> CheckClientIds(std::string_view field,
                                                           const RepeatedStrings& ids);

// A uid or group that the dialect can carry.
absl::Status CheckName(const wire::Dialect& dialect, std::string_view field, std::string_view name);

// The names, each once, in the order given.
absl::StatusOr<std::vector<std::string>> CheckNames(const wire::Dialect& dialect, std::string_view field,
                                                    const RepeatedStrings& names);

// Values of enums that this daemon knows: proto3 lets any number through.
absl::Status CheckConfirm(gatewayworker::v1::Confirm confirm);
absl::Status CheckConsistency(gatewayworker::v1::Consistency consistency);

}  // namespace gatewayd::api
