// The request of Execute, as the daemon reads it.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "api/read_in_place.h"

namespace gatewayd::api {

// An ExecuteRequest.
class CommandList final : public InPlaceMessage {
 public:
  // In the order of the request, valid until the next Parse or Clear.
  std::span<const CommandEntry> entries() const { return entries_; }
  int commands_size() const { return static_cast<int>(entries_.size()); }

 private:
  bool ReadInPlace(std::string_view bytes) override;
  bool ReadByProtobuf(std::string_view bytes) override;
  void Forget() override;

  std::vector<CommandEntry> entries_;
};

}  // namespace gatewayd::api
