// Requests that the daemon reads by itself: Protobuf must find the same in any bytes, in one piece or in
// many.
#pragma once

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <string>
#include <string_view>

#include "api/command_list.h"
#include "api/worker_request.h"
#include "fuzz/check.h"

namespace gatewayd::api {

inline std::string Deterministic(const google::protobuf::MessageLite& message) {
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream out(&stream);
    out.SetSerializationDeterministic(true);
    message.SerializeToCodedStream(&out);
  }
  return bytes;
}

// What Protobuf says an entry is.
inline gatewayworker::v1::Command ToCommand(const CommandEntry& entry) {
  if (entry.command != nullptr) return *entry.command;
  gatewayworker::v1::Command command;
  const auto fill = [&entry](auto* send) {
    send->set_client_id(std::string(entry.client_id));
    send->mutable_message()->set_data(std::string(entry.data));
  };
  if (entry.current) {
    fill(command.mutable_send_to_current_client());
  } else {
    fill(command.mutable_send_to_client());
  }
  return command;
}

// Calls `check` with a request that was read from `bytes`, and with whether it could be, in several ways.
template <typename Request, typename Check>
void ReadInPieces(std::string_view bytes, Check check) {
  Request request;
  for (const int piece : {1 << 20, 7}) {
    google::protobuf::io::ArrayInputStream in(bytes.data(), static_cast<int>(bytes.size()), piece);
    const bool parsed = request.Parse(&in);
    check(request, parsed);
  }
}

inline void FuzzCommandList(std::string_view bytes) {
  gatewayworker::v1::ExecuteRequest wanted;
  const bool parses = wanted.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
  ReadInPieces<CommandList>(bytes, [&](const CommandList& list, bool parsed) {
    FUZZ_CHECK(parsed == parses);
    FUZZ_CHECK(list.commands_size() == (parses ? wanted.commands_size() : 0));
    for (int i = 0; i < list.commands_size(); ++i) {
      const auto& entry = list.entries()[static_cast<std::size_t>(i)];
      FUZZ_CHECK(Deterministic(ToCommand(entry)) == Deterministic(wanted.commands(i)));
    }
  });
}

inline void FuzzWorkerRequest(std::string_view bytes) {
  gatewayworker::v1::AttachRequest wanted;
  const bool parses = wanted.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
  if (!parses) wanted.Clear();
  ReadInPieces<WorkerRequest>(bytes, [&](const WorkerRequest& request, bool parsed) {
    FUZZ_CHECK(parsed == parses);
    FUZZ_CHECK(request.commands().size() == static_cast<std::size_t>(wanted.commands_size()));
    for (int i = 0; i < wanted.commands_size(); ++i) {
      const NumberedEntry& entry = request.commands()[static_cast<std::size_t>(i)];
      FUZZ_CHECK(entry.number == wanted.commands(i).number());
      FUZZ_CHECK(entry.event_id == wanted.commands(i).event_id());
      FUZZ_CHECK(Deterministic(ToCommand(entry.command)) == Deterministic(wanted.commands(i).command()));
    }
    // What a newer worker says, and nobody here knows, is not compared.
    const auto others_of = [](gatewayworker::v1::AttachRequest all) {
      all.clear_commands();
      all.DiscardUnknownFields();
      return Deterministic(all);
    };
    FUZZ_CHECK(others_of(request.others()) == others_of(wanted));
  });
}

}  // namespace gatewayd::api
