// What tests of a Worker share.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "fake_daemon.h"
#include "gatewayworker/worker.h"

namespace gatewayworker::testing {

// What a worker on the stream said.
struct Requests {
  std::vector<v1::AttachRequest> all;

  [[nodiscard]] std::vector<v1::NumberedCommand> Commands() const {
    std::vector<v1::NumberedCommand> commands;
    for (const auto& request : all)
      commands.insert(commands.end(), request.commands().begin(), request.commands().end());
    return commands;
  }
};

// Sends these, keeps what the worker says, and tells `acknowledged` of the first acknowledgement.
inline FakeDaemon::Script Script(std::vector<v1::AttachResponse> responses, Requests& requests,
                                 Latch& acknowledged) {
  return [&requests, &acknowledged, responses = std::move(responses)](int, AttachStream& stream) {
    for (const auto& response : responses)
      stream.Write(response);
    return UntilItLeaves(stream, [&](const v1::AttachRequest& request) {
      requests.all.push_back(request);
      if (request.has_acks()) acknowledged.Open();
    });
  };
}

// A worker there that says nothing and tries again at once.
inline WorkerConfig At(const std::string& address) {
  return {.address = address,
          .shortest_backoff = std::chrono::milliseconds(1),
          .longest_backoff = std::chrono::milliseconds(2),
          .log = [](LogLevel, std::string_view) {}};
}

inline std::string BodyOf(const v1::NumberedCommand& command) {
  return command.command().send_to_current_client().message().data();
}

// Serves a worker on a thread, and stops it in the end.
class Serving {
 public:
  explicit Serving(Worker& worker) : worker_(worker), thread_([&worker] { worker.Serve(); }) {}
  ~Serving() {
    worker_.Stop();
    thread_.join();
  }

 private:
  Worker& worker_;
  std::thread thread_;
};

}  // namespace gatewayworker::testing
