// The commands to one client.
#include <array>

#include "api/client_command.h"
#include "api/command_parts.h"

namespace gatewayd::api {
namespace {

using wire::Command;

// ---- Sending

absl::Status BuildMessage(const auto& request, const Context& context, ClientFrame& out) {
  if (!request.has_message()) return FieldError("message", "is not set");
  return PutMessage(context.dialect, request.message(), out.frame, out.storage);
}

struct SendToClient {
  static constexpr Info kInfo = {.name = "SendToClient",
                                 .kind = Kind::kCommand,
                                 .target = Target::kOneClient,
                                 .commands = {Command::kSendToOne}};
  static constexpr auto kTake = &GatewayRpcs::RequestSendToClient;
  static constexpr int kField = pb::Command::kSendToClientFieldNumber;
  static constexpr auto kGet = &pb::Command::send_to_client;
  static constexpr auto Build = [](const auto& request, const Context& context, ClientFrame& out) {
    return BuildMessage(request, context, out);
  };
};

struct SendToCurrentClient : SendToClient {
  static constexpr Info kInfo = {.name = "SendToCurrentClient",
                                 .kind = Kind::kCommand,
                                 .target = Target::kCurrentClient,
                                 .commands = {Command::kSendToOne}};
  static constexpr auto kTake = &GatewayRpcs::RequestSendToCurrentClient;
  static constexpr int kField = pb::Command::kSendToCurrentClientFieldNumber;
  static constexpr auto kGet = &pb::Command::send_to_current_client;
};

// ---- Uids and groups

absl::Status BuildName(std::string_view field, std::string_view name, const Context& context,
                       ClientFrame& out) {
  out.frame.ext = name;
  return CheckName(context.dialect, field, name);
}

struct BindUid {
  static constexpr Info kInfo = {.name = "BindUid",
                                 .kind = Kind::kCommand,
                                 .target = Target::kOneClient,
                                 .commands = {Command::kBindUid}};
  static constexpr auto kTake = &GatewayRpcs::RequestBindUid;
  static constexpr int kField = pb::Command::kBindUidFieldNumber;
  static constexpr auto kGet = &pb::Command::bind_uid;
  static absl::Status Build(const pb::BindUidRequest& request, const Context& context, ClientFrame& out) {
    return BuildName("uid", request.uid(), context, out);
  }
};

struct UnbindUid {
  static constexpr Info kInfo = {.name = "UnbindUid",
                                 .kind = Kind::kCommand,
                                 .target = Target::kOneClient,
                                 .commands = {Command::kUnbindUid}};
  static constexpr auto kTake = &GatewayRpcs::RequestUnbindUid;
  static constexpr int kField = pb::Command::kUnbindUidFieldNumber;
  static constexpr auto kGet = &pb::Command::unbind_uid;
  static absl::Status Build(const pb::UnbindUidRequest& request, const Context& /*context*/,
                            ClientFrame& out) {
    out.frame.ext = request.uid();  // the Gateway does not look at it
    return absl::OkStatus();
  }
};

struct JoinGroup {
  static constexpr Info kInfo = {.name = "JoinGroup",
                                 .kind = Kind::kCommand,
                                 .target = Target::kOneClient,
                                 .commands = {Command::kJoinGroup}};
  static constexpr auto kTake = &GatewayRpcs::RequestJoinGroup;
  static constexpr int kField = pb::Command::kJoinGroupFieldNumber;
  static constexpr auto kGet = &pb::Command::join_group;
  static absl::Status Build(const pb::JoinGroupRequest& request, const Context& context, ClientFrame& out) {
    return BuildName("group", request.group(), context, out);
  }
};

struct LeaveGroup {
  static constexpr Info kInfo = {.name = "LeaveGroup",
                                 .kind = Kind::kCommand,
                                 .target = Target::kOneClient,
                                 .commands = {Command::kLeaveGroup}};
  static constexpr auto kTake = &GatewayRpcs::RequestLeaveGroup;
  static constexpr int kField = pb::Command::kLeaveGroupFieldNumber;
  static constexpr auto kGet = &pb::Command::leave_group;
  static absl::Status Build(const pb::LeaveGroupRequest& request, const Context& context, ClientFrame& out) {
    return BuildName("group", request.group(), context, out);
  }
};

// ---- Sessions

struct SetSession {
  static constexpr Info kInfo = {.name = "SetSession",
                                 .kind = Kind::kCommand,
                                 .target = Target::kOneClient,
                                 .commands = {Command::kSetSession}};
  static constexpr auto kTake = &GatewayRpcs::RequestSetSession;
  static constexpr int kField = pb::Command::kSetSessionFieldNumber;
  static constexpr auto kGet = &pb::Command::set_session;
  static absl::Status Build(const pb::SetSessionRequest& request, const Context& context, ClientFrame& out) {
    return PutSession(context.dialect, request.session(), out.storage, &out.frame.ext);
  }
};

struct UpdateSession {
  static constexpr Info kInfo = {.name = "UpdateSession",
                                 .kind = Kind::kCommand,
                                 .target = Target::kOneClient,
                                 .commands = {Command::kUpdateSession}};
  static constexpr auto kTake = &GatewayRpcs::RequestUpdateSession;
  static constexpr int kField = pb::Command::kUpdateSessionFieldNumber;
  static constexpr auto kGet = &pb::Command::update_session;
  static absl::Status Build(const pb::UpdateSessionRequest& request, const Context& context,
                            ClientFrame& out) {
    absl::Status status = PutSessionUpdate(context.dialect, request.session(), out.storage, &out.frame.ext);
    out.nothing = out.frame.ext.empty();  // a PHP Gateway would die of it
    return status;
  }
};

// ---- Closing

absl::Status BuildKick(const auto& request, const Context& context, ClientFrame& out) {
  if (request.has_message()) {
    return PutMessage(context.dialect, request.message(), out.frame, out.storage);
  }
  context.dialect.SetNoMessage(out.frame);
  return absl::OkStatus();
}

struct CloseClient {
  static constexpr Info kInfo = {.name = "CloseClient",
                                 .kind = Kind::kCommand,
                                 .target = Target::kOneClient,
                                 .commands = {Command::kKick}};
  static constexpr auto kTake = &GatewayRpcs::RequestCloseClient;
  static constexpr int kField = pb::Command::kCloseClientFieldNumber;
  static constexpr auto kGet = &pb::Command::close_client;
  static constexpr auto Build = [](const auto& request, const Context& context, ClientFrame& out) {
    return BuildKick(request, context, out);
  };
};

struct CloseCurrentClient : CloseClient {
  static constexpr Info kInfo = {.name = "CloseCurrentClient",
                                 .kind = Kind::kCommand,
                                 .target = Target::kCurrentClient,
                                 .commands = {Command::kKick}};
  static constexpr auto kTake = &GatewayRpcs::RequestCloseCurrentClient;
  static constexpr int kField = pb::Command::kCloseCurrentClientFieldNumber;
  static constexpr auto kGet = &pb::Command::close_current_client;
};

struct DestroyClient {
  static constexpr Info kInfo = {.name = "DestroyClient",
                                 .kind = Kind::kCommand,
                                 .target = Target::kOneClient,
                                 .commands = {Command::kDestroy}};
  static constexpr auto kTake = &GatewayRpcs::RequestDestroyClient;
  static constexpr int kField = pb::Command::kDestroyClientFieldNumber;
  static constexpr auto kGet = &pb::Command::destroy_client;
  static constexpr auto Build = [](const auto& /*request*/, const Context& /*context*/,
                                   ClientFrame& /*out*/) { return absl::OkStatus(); };
};

struct DestroyCurrentClient : DestroyClient {
  static constexpr Info kInfo = {.name = "DestroyCurrentClient",
                                 .kind = Kind::kCommand,
                                 .target = Target::kCurrentClient,
                                 .commands = {Command::kDestroy}};
  static constexpr auto kTake = &GatewayRpcs::RequestDestroyCurrentClient;
  static constexpr int kField = pb::Command::kDestroyCurrentClientFieldNumber;
  static constexpr auto kGet = &pb::Command::destroy_current_client;
};

constexpr std::array kRows = {
    ClientCommandRow<SendToClient>(),  ClientCommandRow<SendToCurrentClient>(),
    ClientCommandRow<BindUid>(),       ClientCommandRow<UnbindUid>(),
    ClientCommandRow<JoinGroup>(),     ClientCommandRow<LeaveGroup>(),
    ClientCommandRow<SetSession>(),    ClientCommandRow<UpdateSession>(),
    ClientCommandRow<CloseClient>(),   ClientCommandRow<CloseCurrentClient>(),
    ClientCommandRow<DestroyClient>(), ClientCommandRow<DestroyCurrentClient>(),
};

}  // namespace

std::span<const Row> ClientCommandRows() {
  return kRows;
}

}  // namespace gatewayd::api
