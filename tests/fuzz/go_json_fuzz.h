// JSON of the go dialect: answers, where every decoder takes any bytes and hands out what it promises; and
// sessions, where what may be stored is read, written and read again alike.
#pragma once

#include <string>
#include <string_view>

#include "fuzz/check.h"
#include "wire/dialect.h"
#include "wire/go_json.h"

namespace gatewayd::wire {

inline void FuzzGoAnswers(std::string_view answer) {
  const Dialect& dialect = GoDialect();
  for (const absl::Status& status :
       {dialect.DecodeCount(answer).status(), dialect.DecodeGroups(answer).status(),
        dialect.DecodeCountsByGroup(answer).status(), dialect.DecodeSession(answer).status()}) {
    FUZZ_CHECK(status.ok() || absl::IsDataLoss(status));
  }
  const auto check_ids = [](const ConnectionIds& ids) {
    for (const std::uint32_t id : ids)
      FUZZ_CHECK(id != 0);
  };
  if (const auto ids = dialect.DecodeConnectionIds(answer); ids.ok()) check_ids(*ids);
  if (const auto by_uid = dialect.DecodeConnectionIdsByUid(answer); by_uid.ok()) {
    for (const auto& [uid, ids] : *by_uid)
      check_ids(ids);
  }
  const auto visited = [](const auto& client) {
    FUZZ_CHECK(client.connection_id != 0 && go::IsUtf8(client.session));
  };
  const absl::Status sessions = dialect.VisitSessions(answer, visited);
  const absl::Status selected = dialect.VisitSelected(answer, [&](const SelectedClient& client) {
    visited(client);
    FUZZ_CHECK(client.uid != "");
  });
  FUZZ_CHECK(sessions.ok() || absl::IsDataLoss(sessions));
  FUZZ_CHECK(selected.ok() || absl::IsDataLoss(selected));
  if (const auto session = dialect.DecodeSession(answer); session.ok() && session->has_value()) {
    FUZZ_CHECK(**session == answer);
  }
}

inline void FuzzGoSession(std::string_view bytes) {
  const Dialect& dialect = GoDialect();
  const absl::StatusOr<Value> value = go::ParseJson(bytes);
  const absl::StatusOr<Value> session = dialect.DecodeSessionValue(bytes);
  const absl::Status check = dialect.CheckSession(bytes);
  FUZZ_CHECK(session.ok() || absl::IsDataLoss(session.status()));
  FUZZ_CHECK(check.ok() || absl::IsInvalidArgument(check));
  if (check.ok()) FUZZ_CHECK(session.ok() && value.ok() && go::IsUtf8(bytes));
  if (!value.ok()) return;
  std::string once;
  go::AppendJson(*value, once);
  const absl::StatusOr<Value> again = go::ParseJson(once);
  FUZZ_CHECK(again.ok() && *again == *value);
  if (check.ok()) FUZZ_CHECK(dialect.CheckSession(dialect.EncodeSessionValue(*session)).ok());
}

}  // namespace gatewayd::wire
