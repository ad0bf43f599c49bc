#include "api/query_parts.h"

namespace gatewayd::api {

absl::Status BadAnswer(std::string_view gateway, const absl::Status& status) {
  return cluster::MakeError(absl::StatusCode::kDataLoss, cluster::Reason::kBadAnswer, gateway,
                            {status.message().data(), status.message().size()});
}

absl::Status ReadUids(const Answer& answer, Texts& uids) {
  return answer.dialect.VisitSelected(answer.bytes, [&](const wire::SelectedClient& client) {
    if (client.uid) uids.push_back(*client.uid);
  });
}

absl::Status ReadClients(const Answer& answer, wire::ConnectionIds& ids) {
  return answer.dialect.VisitSelected(
      answer.bytes, [&](const wire::SelectedClient& client) { ids.push_back(client.connection_id); });
}

absl::Status ReadConnectionIds(const Answer& answer, wire::ConnectionIds& ids) {
  return Keep(answer.dialect.DecodeConnectionIds(answer.bytes), ids);
}

absl::Status ReadCount(const Answer& answer, std::uint64_t& count) {
  return Keep(answer.dialect.DecodeCount(answer.bytes), count);
}

}  // namespace gatewayd::api
