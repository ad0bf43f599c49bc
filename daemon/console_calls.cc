#include "console_calls.h"

#include <google/protobuf/util/json_util.h>

#include <algorithm>

#include "admin/json_writer.h"

namespace gatewayd {
namespace {

namespace pb = gatewayworker::v1;
using admin::JsonWriter;
using Stub = pb::GatewayService::Stub;
using Texts = google::protobuf::RepeatedPtrField<std::string>;
using Failures = google::protobuf::RepeatedPtrField<pb::GatewayFailure>;

constexpr std::size_t kMaxSession = 16 * 1024;  // bytes of JSON

void AddList(std::string_view key, const Texts& texts, JsonWriter& json) {
  json.Key(key);
  json.BeginArray();
  for (int i = 0; i < std::min(texts.size(), kMaxConsoleList); ++i)
    json.Value(texts[i]);
  json.EndArray();
}

void AddFailures(const Failures& failures, JsonWriter& json) {
  json.Key("missing");
  json.BeginArray();
  for (int i = 0; i < std::min(failures.size(), kMaxConsoleList); ++i) {
    json.BeginObject();
    json.Field("gateway", failures[i].gateway());
    json.Field("reason", failures[i].reason());
    json.EndObject();
  }
  json.EndArray();
}

void AddDelivery(const pb::Delivery& delivery, JsonWriter& json) {
  json.Field("gateways", delivery.gateways());
  AddFailures(delivery.unreachable(), json);
}

void AddSession(const pb::Session& session, JsonWriter& json) {
  std::string value;
  const bool whole = google::protobuf::util::MessageToJsonString(session.value(), &value).ok() &&
                     value.size() <= kMaxSession;
  json.Key("session");
  json.Raw(whole ? value : "null");
  json.Field("session_left_out", !whole || session.value_incomplete());
}

grpc::Status Send(Stub& stub, const ConsoleOrder& order, const RunCall& run, JsonWriter& json) {
  if (order.target == ConsoleOrder::Target::kClient) {
    pb::SendToClientRequest request;
    request.set_client_id(order.id);
    request.mutable_message()->set_text(order.text);
    request.set_require_online(true);
    pb::SendToClientResponse response;
    return run([&](auto& context) { return stub.SendToClient(&context, request, &response); });
  }
  pb::Delivery delivery;
  grpc::Status status;
  if (order.target == ConsoleOrder::Target::kUid) {
    pb::SendToUidRequest request;
    request.add_uids(order.id);
    request.mutable_message()->set_text(order.text);
    pb::SendToUidResponse response;
    status = run([&](auto& context) { return stub.SendToUid(&context, request, &response); });
    delivery = response.delivery();
  } else {
    pb::SendToGroupRequest request;
    request.add_groups(order.id);
    request.mutable_message()->set_text(order.text);
    pb::SendToGroupResponse response;
    status = run([&](auto& context) { return stub.SendToGroup(&context, request, &response); });
    delivery = response.delivery();
  }
  if (status.ok()) AddDelivery(delivery, json);
  return status;
}

grpc::Status LookUpClient(Stub& stub, const std::string& id, const RunCall& run, JsonWriter& json) {
  pb::IsOnlineRequest is_online;
  is_online.set_client_id(id);
  pb::IsOnlineResponse online;
  grpc::Status status = run([&](auto& context) { return stub.IsOnline(&context, is_online, &online); });
  if (!status.ok()) return status;
  pb::SelectResponse selected;
  if (online.online()) {
    pb::SelectRequest select;
    for (const pb::SelectField field :
         {pb::SELECT_FIELD_UID, pb::SELECT_FIELD_GROUPS, pb::SELECT_FIELD_SESSION})
      select.add_fields(field);
    select.mutable_filter()->add_client_ids(id);
    status = run([&](auto& context) { return stub.Select(&context, select, &selected); });
    if (!status.ok()) return status;
  }
  json.Field("online", selected.clients_size() > 0);  // it may have gone in between
  if (selected.clients_size() == 0) return status;
  const pb::SelectedClient& client = selected.clients(0);
  json.Field("client_id", client.client_id());
  json.Field("uid", client.has_uid() ? client.uid() : client.uid_not_utf8());
  json.Field("groups_total", client.groups_size() + client.groups_not_utf8_size());
  AddList("groups", client.groups(), json);
  AddSession(client.session(), json);
  return status;
}

grpc::Status LookUpUid(Stub& stub, const std::string& uid, const RunCall& run, JsonWriter& json) {
  pb::GetClientIdByUidRequest request;
  request.set_uid(uid);
  request.set_partial_ok(true);
  pb::GetClientIdByUidResponse response;
  const grpc::Status status =
      run([&](auto& context) { return stub.GetClientIdByUid(&context, request, &response); });
  if (!status.ok()) return status;
  json.Field("online", response.client_ids_size() > 0);
  json.Field("count", response.client_ids_size());
  AddList("client_ids", response.client_ids(), json);
  AddFailures(response.missing(), json);
  return status;
}

grpc::Status LookUpGroup(Stub& stub, const std::string& group, const RunCall& run, JsonWriter& json) {
  pb::GetClientCountByGroupRequest count;
  count.set_group(group);
  count.set_partial_ok(true);
  pb::GetClientCountByGroupResponse counted;
  grpc::Status status =
      run([&](auto& context) { return stub.GetClientCountByGroup(&context, count, &counted); });
  if (!status.ok()) return status;
  pb::GetClientIdListByGroupResponse listed;
  if (counted.count() > 0 && counted.count() <= kMaxConsoleGroup) {
    pb::GetClientIdListByGroupRequest list;
    list.set_group(group);
    list.set_partial_ok(true);
    status = run([&](auto& context) { return stub.GetClientIdListByGroup(&context, list, &listed); });
    if (!status.ok()) return status;
  }
  json.Field("count", counted.count());
  AddList("client_ids", listed.client_ids(), json);
  AddFailures(counted.missing(), json);
  return status;
}

}  // namespace

grpc::Status RunOrder(Stub& stub, const ConsoleOrder& order, const RunCall& run, std::string* json) {
  JsonWriter writer;
  writer.BeginObject();
  writer.Field("code", "OK");
  grpc::Status status;
  if (order.action == ConsoleOrder::Action::kSend) {
    status = Send(stub, order, run, writer);
  } else if (order.target == ConsoleOrder::Target::kClient) {
    status = LookUpClient(stub, order.id, run, writer);
  } else if (order.target == ConsoleOrder::Target::kUid) {
    status = LookUpUid(stub, order.id, run, writer);
  } else {
    status = LookUpGroup(stub, order.id, run, writer);
  }
  writer.EndObject();
  *json = writer.Take() + "\n";
  return status;
}

}  // namespace gatewayd
