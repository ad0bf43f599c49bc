// The request of Execute, as the daemon reads it. Workers that send in bulk send lists, and nearly all that
// stands in them is SendToClient of some bytes. Protobuf copies id and bytes of each into two strings, which
// are allocated to be copied once more into a frame: a quarter of what such a command costs. It is read where
// it stands here, and everything else by Protobuf.
#pragma once

#include <google/protobuf/arena.h>
#include <google/protobuf/io/zero_copy_stream.h>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gatewayworker/v1/gateway_service.pb.h"

namespace gatewayd::api {

// An ExecuteRequest. Not thread-safe; what it has kept is used again by the next Parse.
class CommandList {
 public:
  // Borrowed from the list.
  struct Entry {
    // A command that is no plain SendToClient; null for one that is.
    const gatewayworker::v1::Command* command = nullptr;
    // Of a SendToClient in which nothing is set but `client_id` (20 bytes, perhaps no hex digits) and
    // `message.data`.
    std::string_view client_id;
    std::string_view data;
  };

  // Takes all that comes. False, and an empty list, where Protobuf would not parse it.
  bool Parse(google::protobuf::io::ZeroCopyInputStream* in);

  // In the order of the request, valid until the next Parse or Clear.
  std::span<const Entry> entries() const { return entries_; }
  int commands_size() const { return static_cast<int>(entries_.size()); }

  // Empties it. False where it holds so much memory that it should rather be given back, by destroying this.
  bool Clear();

 private:
  bool ReadInPlace();
  bool ReadCommand(std::string_view bytes);
  bool ReadByProtobuf();

  std::string bytes_;
  std::vector<Entry> entries_;
  google::protobuf::Arena arena_;  // of what Protobuf has read
};

}  // namespace gatewayd::api
