// The queries to one client's Gateway.
#include <array>

#include "api/queries.h"
#include "api/query_parts.h"
#include "api/session_value.h"

namespace gatewayd::api {
namespace {

using wire::Command;

absl::Status Offline(const wire::ClientId& id) {
  return cluster::MakeError(absl::StatusCode::kNotFound, cluster::Reason::kOffline,
                            wire::ToString(id.gateway), "the client is not connected");
}

struct IsOnline {
  static constexpr Info kInfo = {.name = "IsOnline",
                                 .target = Target::kOneClient,
                                 .commands = {Command::kIsOnline},
                                 .bounded = true,
                                 .merge = "as it comes"};
  static constexpr auto kTake = &GatewayRpcs::RequestIsOnline;
  static constexpr std::size_t kBounded = kNumberAnswerSize;
  static void Ask(const wire::ClientId& /*id*/, wire::Frame& /*frame*/, std::string& /*storage*/) {}
  static absl::Status Finish(const wire::Dialect& dialect, const wire::ClientId& /*id*/,
                             std::string_view answer, pb::IsOnlineResponse& response) {
    const auto count = dialect.DecodeCount(answer);
    if (count.ok()) response.set_online(*count != 0);
    return count.status();
  }
};

struct GetSession {
  static constexpr Info kInfo = {.name = "GetSession",
                                 .target = Target::kOneClient,
                                 .commands = {Command::kGetSessionByClientId},
                                 .merge = "as it comes"};
  static constexpr auto kTake = &GatewayRpcs::RequestGetSession;
  static constexpr std::size_t kBounded = 0;
  static void Ask(const wire::ClientId& /*id*/, wire::Frame& /*frame*/, std::string& /*storage*/) {}
  static absl::Status Finish(const wire::Dialect& dialect, const wire::ClientId& id, std::string_view answer,
                             pb::GetSessionResponse& response) {
    const auto session = dialect.DecodeSession(answer);
    if (!session.ok()) return session.status();
    if (!*session) return Offline(id);
    FillSession(dialect, **session, response.mutable_session());
    return absl::OkStatus();
  }
};

struct GetUidByClientId {
  static constexpr Info kInfo = {.name = "GetUidByClientId",
                                 .target = Target::kOneClient,
                                 .commands = {Command::kSelect},
                                 .bounded = true,
                                 .merge = "as it comes"};
  static constexpr auto kTake = &GatewayRpcs::RequestGetUidByClientId;
  static constexpr std::size_t kBounded = 64 * 1024;
  static void Ask(const wire::ClientId& id, wire::Frame& frame, std::string& storage) {
    storage = wire::SelectJson({.uid = true}, {.connection_ids = {id.connection_id}});
    frame.connection_id = 0;
    frame.ext = storage;
  }
  static absl::Status Finish(const wire::Dialect& dialect, const wire::ClientId& id, std::string_view answer,
                             pb::GetUidByClientIdResponse& response) {
    bool found = false;
    absl::Status status = dialect.VisitSelected(answer, [&](const wire::SelectedClient& client) {
      found = found || client.connection_id == id.connection_id;
      if (!client.uid || client.connection_id != id.connection_id) return;
      IsUtf8(*client.uid) ? response.set_uid(*client.uid) : response.set_uid_not_utf8(*client.uid);
    });
    if (!status.ok()) return status;
    return found ? absl::OkStatus() : Offline(id);
  }
};

constexpr std::array kRows = {
    ClientQueryRow<IsOnline>(),
    ClientQueryRow<GetSession>(),
    ClientQueryRow<GetUidByClientId>(),
};

}  // namespace

std::span<const Row> ClientQueryRows() {
  return kRows;
}

}  // namespace gatewayd::api
