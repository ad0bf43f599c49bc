// Answers to queries: every decoder on any bytes, and what they hand out is what they promise.
#pragma once

#include <string_view>

#include "fuzz/check.h"
#include "wire/dialect.h"

namespace gatewayd::wire {

inline bool IsInside(std::string_view part, std::string_view whole) {
  return part.empty() ||
         (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

inline void FuzzIds(const ConnectionIds& ids) {
  for (const std::uint32_t id : ids)
    FUZZ_CHECK(id != 0);
}

inline void FuzzLists(std::string_view answer) {
  const Dialect& php = PhpDialect();
  for (const absl::Status& status : {php.DecodeCount(answer).status(), php.DecodeGroups(answer).status(),
                                     php.DecodeCountsByGroup(answer).status()}) {
    FUZZ_CHECK(status.ok() || absl::IsDataLoss(status));
  }
  if (const auto ids = php.DecodeConnectionIds(answer); ids.ok()) FuzzIds(*ids);
  if (const auto by_uid = php.DecodeConnectionIdsByUid(answer); by_uid.ok()) {
    for (const auto& [uid, ids] : *by_uid)
      FuzzIds(ids);
  }
}

inline void FuzzSessions(std::string_view answer) {
  const Dialect& php = PhpDialect();
  const absl::Status sessions = php.VisitSessions(answer, [&](const ClientSession& client) {
    FUZZ_CHECK(client.connection_id != 0 && IsInside(client.session, answer));
  });
  const absl::Status selected = php.VisitSelected(answer, [&](const SelectedClient& client) {
    FUZZ_CHECK(client.connection_id != 0 && IsInside(client.session, answer));
  });
  FUZZ_CHECK(sessions.ok() || absl::IsDataLoss(sessions));
  FUZZ_CHECK(selected.ok() || absl::IsDataLoss(selected));

  const auto session = php.DecodeSession(answer);
  if (!session.ok() || !session->has_value()) return;
  FUZZ_CHECK(**session == answer);
  const absl::StatusOr<Value> value = php.DecodeSessionValue(answer);
  FUZZ_CHECK(value.ok() == php.CheckSession(answer).ok());
  if (value.ok()) FUZZ_CHECK(php.CheckSession(php.EncodeSessionValue(*value)).ok());
}

inline void FuzzPhpAnswers(std::string_view answer) {
  FuzzLists(answer);
  FuzzSessions(answer);
}

}  // namespace gatewayd::wire
