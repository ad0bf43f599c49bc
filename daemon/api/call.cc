#include "api/call.h"

namespace gatewayd::api {

absl::Time DeadlineOf(const grpc::ServerContext& context) {
  const auto deadline = context.deadline();
  return deadline == std::chrono::system_clock::time_point::max() ? absl::InfiniteFuture()
                                                                  : absl::FromChrono(deadline);
}

std::string_view MetadataOf(const grpc::ServerContext& context, const char* key) {
  const auto& metadata = context.client_metadata();
  const auto at = metadata.find(key);
  return at == metadata.end() ? std::string_view() : std::string_view(at->second.data(), at->second.size());
}

}  // namespace gatewayd::api
