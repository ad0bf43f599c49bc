// What a worker says on its stream, as the daemon reads it.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "api/read_in_place.h"
#include "gatewayworker/v1/worker_service.pb.h"

namespace gatewayd::api {

// A NumberedCommand.
struct NumberedEntry {
  std::uint64_t number = 0;
  std::uint64_t event_id = 0;
  CommandEntry command;
};

// An AttachRequest.
class WorkerRequest final : public InPlaceMessage {
 public:
  // In the order of the request, valid until the next Parse or Clear, as is what follows.
  std::span<const NumberedEntry> commands() const { return commands_; }
  // Everything else that the request says: hello, acks, sync, leave.
  const gatewayworker::v1::AttachRequest& others() const { return *others_; }

 private:
  bool ReadInPlace(std::string_view bytes) override;
  bool ReadByProtobuf(std::string_view bytes) override;
  void Forget() override;

  bool ReadNumbered(std::string_view bytes);

  std::vector<NumberedEntry> commands_;
  const gatewayworker::v1::AttachRequest* others_ = &gatewayworker::v1::AttachRequest::default_instance();
};

}  // namespace gatewayd::api
