// The client itself, and its commands; its queries are in queries.cc.
#include "gatewayworker/client.h"

#include <utility>

#include "caller.h"
#include "crew.h"
#include "gatewayworker/event.h"
#include "status.h"

namespace gatewayworker {

using Stub = v1::GatewayService::Stub;

namespace internal {

namespace {

// A longer one is none: the clock would overflow.
constexpr std::chrono::milliseconds kLongestTimeout = std::chrono::hours(24 * 365);

}  // namespace

Caller::Caller(const ClientConfig& config)
    : timeout_(config.timeout),
      token_(config.token),
      stub_(v1::GatewayService::NewStub(
          config.channel ? config.channel
                         : OpenChannel(AddressOf(config.address), config.tls, config.max_message_bytes))) {}

void Caller::Prepare(grpc::ClientContext& context, Timeout timeout) const {
  if (timeout && *timeout < kLongestTimeout)
    context.set_deadline(std::chrono::system_clock::now() + *timeout);
  if (token_) context.AddMetadata("authorization", "Bearer " + token_());
  if (const Event* event = CurrentEvent(); event != nullptr && !event->client_id().empty()) {
    context.AddMetadata("gateway-client-id", event->client_id());
    context.AddMetadata("gateway-generation", event->generation());
  }
  Crew::HandOver();
}

void Caller::Fail(const grpc::Status& status, const grpc::ClientContext& context) {
  ThrowError(CodeOf(status.error_code()), status.error_message(), DetailsOf(context));
}

}  // namespace internal

Client::Client(const ClientConfig& config) : caller_(std::make_unique<internal::Caller>(config)) {}
Client::~Client() = default;
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;

void Client::SendToClient(std::string_view client_id, Message message, const ClientOptions& options) {
  const Command command = commands::SendToClient(client_id, std::move(message), options);
  caller_->Call(&Stub::SendToClient, command.send_to_client(), options.timeout);
}

void Client::SendToCurrentClient(Message message, const CurrentClientOptions& options) {
  const Command command = commands::SendToCurrentClient(std::move(message), options);
  caller_->Call(&Stub::SendToCurrentClient, command.send_to_current_client(), options.timeout);
}

Delivery Client::SendToAll(Message message, const Recipients& to, const ClusterOptions& options) {
  const Command command = commands::SendToAll(std::move(message), to, options);
  return caller_->Call(&Stub::SendToAll, command.send_to_all(), options.timeout).delivery();
}

Delivery Client::SendToUid(const Names& uids, Message message, const ClusterOptions& options) {
  const Command command = commands::SendToUid(uids, std::move(message), options);
  return caller_->Call(&Stub::SendToUid, command.send_to_uid(), options.timeout).delivery();
}

Delivery Client::SendToGroup(const Names& groups, Message message, const ClusterOptions& options) {
  const Command command = commands::SendToGroup(groups, std::move(message), options);
  return caller_->Call(&Stub::SendToGroup, command.send_to_group(), options.timeout).delivery();
}

void Client::BindUid(std::string_view client_id, std::string_view uid, const ClientOptions& options) {
  caller_->Call(&Stub::BindUid, commands::BindUid(client_id, uid, options).bind_uid(), options.timeout);
}

void Client::UnbindUid(std::string_view client_id, std::string_view uid, const ClientOptions& options) {
  caller_->Call(&Stub::UnbindUid, commands::UnbindUid(client_id, uid, options).unbind_uid(), options.timeout);
}

void Client::JoinGroup(std::string_view client_id, std::string_view group, const ClientOptions& options) {
  caller_->Call(&Stub::JoinGroup, commands::JoinGroup(client_id, group, options).join_group(),
                options.timeout);
}

void Client::LeaveGroup(std::string_view client_id, std::string_view group, const ClientOptions& options) {
  const Command command = commands::LeaveGroup(client_id, group, options);
  caller_->Call(&Stub::LeaveGroup, command.leave_group(), options.timeout);
}

Delivery Client::Ungroup(std::string_view group, const ClusterOptions& options) {
  return caller_->Call(&Stub::Ungroup, commands::Ungroup(group, options).ungroup(), options.timeout)
      .delivery();
}

void Client::SetSession(std::string_view client_id, SessionInput session, const ClientOptions& options) {
  const Command command = commands::SetSession(client_id, std::move(session), options);
  caller_->Call(&Stub::SetSession, command.set_session(), options.timeout);
}

void Client::UpdateSession(std::string_view client_id, SessionInput session, const ClientOptions& options) {
  const Command command = commands::UpdateSession(client_id, std::move(session), options);
  caller_->Call(&Stub::UpdateSession, command.update_session(), options.timeout);
}

void Client::CloseClient(std::string_view client_id, std::optional<Message> message,
                         const ClientOptions& options) {
  const Command command = commands::CloseClient(client_id, std::move(message), options);
  caller_->Call(&Stub::CloseClient, command.close_client(), options.timeout);
}

void Client::CloseCurrentClient(std::optional<Message> message, const CurrentClientOptions& options) {
  const Command command = commands::CloseCurrentClient(std::move(message), options);
  caller_->Call(&Stub::CloseCurrentClient, command.close_current_client(), options.timeout);
}

void Client::DestroyClient(std::string_view client_id, const ClientOptions& options) {
  caller_->Call(&Stub::DestroyClient, commands::DestroyClient(client_id, options).destroy_client(),
                options.timeout);
}

void Client::DestroyCurrentClient(const CurrentClientOptions& options) {
  const Command command = commands::DestroyCurrentClient(options);
  caller_->Call(&Stub::DestroyCurrentClient, command.destroy_current_client(), options.timeout);
}

std::vector<CommandResult> Client::Execute(std::vector<Command> commands,
                                           std::optional<std::chrono::milliseconds> timeout) {
  v1::ExecuteRequest request;
  request.mutable_commands()->Reserve(static_cast<int>(commands.size()));
  for (Command& command : commands)
    *request.add_commands() = std::move(command);
  v1::ExecuteResponse response = caller_->Call(&Stub::Execute, request, timeout);
  std::vector<CommandResult> results;
  results.reserve(static_cast<std::size_t>(response.statuses_size()));
  for (v1::CommandStatus& status : *response.mutable_statuses()) {
    CommandResult& result = results.emplace_back();
    result.code = CodeOf(status.code());
    result.message = std::move(*status.mutable_message());
    if (status.has_delivery()) result.delivery = std::move(*status.mutable_delivery());
  }
  return results;
}

}  // namespace gatewayworker
