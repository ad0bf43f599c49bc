// The request of Execute, which the daemon reads by itself: Protobuf must find the same in any bytes, in one
// piece or in many.
#pragma once

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <string>
#include <string_view>

#include "api/command_list.h"
#include "fuzz/check.h"

namespace gatewayd::api {

inline std::string Deterministic(const gatewayworker::v1::Command& command) {
  std::string bytes;
  google::protobuf::io::StringOutputStream stream(&bytes);
  google::protobuf::io::CodedOutputStream out(&stream);
  out.SetSerializationDeterministic(true);
  command.SerializeWithCachedSizes(&out);
  return bytes;
}

// What Protobuf says an entry is.
inline gatewayworker::v1::Command ToCommand(const CommandList::Entry& entry) {
  if (entry.command != nullptr) return *entry.command;
  gatewayworker::v1::Command command;
  auto* send = command.mutable_send_to_client();
  send->set_client_id(std::string(entry.client_id));
  send->mutable_message()->set_data(std::string(entry.data));
  return command;
}

inline void FuzzCommandList(std::string_view bytes) {
  gatewayworker::v1::ExecuteRequest request;
  const bool parses = request.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
  CommandList list;
  for (const int piece : {1 << 20, 7}) {
    google::protobuf::io::ArrayInputStream in(bytes.data(), static_cast<int>(bytes.size()), piece);
    FUZZ_CHECK(list.Parse(&in) == parses);
    FUZZ_CHECK(list.commands_size() == (parses ? request.commands_size() : 0));
    for (int i = 0; i < list.commands_size(); ++i) {
      gatewayworker::v1::Command command = ToCommand(list.entries()[static_cast<std::size_t>(i)]);
      command.ByteSizeLong();
      request.commands(i).ByteSizeLong();
      FUZZ_CHECK(Deterministic(command) == Deterministic(request.commands(i)));
    }
  }
}

}  // namespace gatewayd::api
