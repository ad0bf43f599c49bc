#include "api/error.h"

#include "absl/strings/cord.h"
#include "absl/strings/str_split.h"
#include "api/call.h"
#include "api/request_id.h"
#include "api/text.h"
#include "cluster/errors.h"
#include "cluster/text.h"

namespace gatewayd::api {
namespace {

void AddTrailer(const absl::Status& status, std::string_view key, grpc::ServerContext& context) {
  const std::string value = cluster::ErrorPayload(status, key);
  if (!value.empty()) context.AddTrailingMetadata(std::string(key), Printable(value));
}

}  // namespace

absl::Status FieldError(std::string_view field, std::string_view text) {
  absl::Status status = absl::InvalidArgumentError(cluster::StrCat(field, ": ", text));
  const std::string_view name = field.substr(0, field.find('['));
  status.SetPayload(wire::ToAbsl(cluster::kFieldKey), absl::Cord(wire::ToAbsl(name)));
  return status;
}

grpc::Status ToGrpc(const absl::Status& status, grpc::ServerContext& context) {
  if (status.ok()) return grpc::Status::OK;
  AddTrailer(status, cluster::kReasonKey, context);
  AddTrailer(status, cluster::kFieldKey, context);
  const std::string gateways = cluster::ErrorPayload(status, cluster::kGatewayKey);
  for (const absl::string_view gateway : absl::StrSplit(gateways, ',', absl::SkipEmpty())) {
    context.AddTrailingMetadata(std::string(cluster::kGatewayKey),
                                Printable({gateway.data(), gateway.size()}));
  }
  AddTrailer(status, kRetryKey, context);
  std::string text(status.message());
  if (!IsUtf8(text)) text = Printable(text);
  const std::string id(RequestId(MetadataOf(context, kRequestIdKey), MetadataOf(context, kTraceParentKey)));
  if (!id.empty()) {
    text += cluster::StrCat(" [request ", id, "]");
    context.AddTrailingMetadata(kRequestIdKey, id);
  }
  return {static_cast<grpc::StatusCode>(status.code()), text};
}

}  // namespace gatewayd::api
