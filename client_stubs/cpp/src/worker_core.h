// What is behind a Worker: attaches, and again whenever the stream ends, until it is told to stop.
#pragma once

#include <grpcpp/alarm.h>
#include <grpcpp/channel.h>
#include <grpcpp/completion_queue.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "attachment.h"
#include "backoff.h"
#include "crew.h"
#include "gatewayworker/client.h"
#include "gatewayworker/worker.h"
#include "log.h"

namespace gatewayworker::internal {

// Thread-safe, but for the handlers and hooks, which are set before Serve.
class WorkerCore {
 public:
  struct Hooks {
    std::array<Worker::Handler, v1::EventKind_ARRAYSIZE> handlers;  // by v1::EventKind
    std::function<Outcome(const Event&, const std::exception&)> error;
    std::function<void(const CommandError&)> command_error;
    std::function<void(const Welcome&)> attached;
  };

  explicit WorkerCore(WorkerConfig config);
  // Serve has returned.
  ~WorkerCore();

  // As the Worker's.
  void Serve(bool handle_signals);
  void Stop();
  std::vector<GatewayFailure> Sync(std::chrono::milliseconds timeout);
  void Send(Command command);

  Hooks& hooks() noexcept { return hooks_; }
  Client& client() noexcept { return client_; }
  [[nodiscard]] const std::string& address() const noexcept { return address_; }
  [[nodiscard]] const Log& log() const noexcept { return log_; }

 private:
  using Syncs = std::map<std::uint64_t, std::promise<std::vector<GatewayFailure>>>;

  [[nodiscard]] v1::Hello MakeHello() const;
  void Attach();
  void AttachAfterPause(const std::string& problem);
  void Over();
  Crew::Job* Next(bool wait);
  std::shared_ptr<Attachment> Current();

  void OnWelcome(const v1::Welcome& welcome);
  void OnOther(const v1::AttachResponse& response);
  void OnCommandError(const v1::CommandError& error) const;
  void OnSynced(const v1::Synced& synced);
  void OnEnd(const grpc::Status& status, GatewayError::Details details);
  void OnDeadline(bool ok);

  void Handle(const Event& event) const;
  void HandlerFailed(const Event& event, const std::exception& error) const;

  const WorkerConfig config_;
  const std::string address_;
  const Log log_;
  Hooks hooks_;
  const std::shared_ptr<grpc::Channel> channel_;
  Client client_;
  const std::unique_ptr<v1::WorkerService::Stub> stub_;
  grpc::CompletionQueue queue_;
  Crew crew_;
  v1::Hello hello_;  // set by Serve

  std::mutex mutex_;
  std::shared_ptr<Attachment> attachment_;
  std::shared_ptr<Attachment> retired_;  // the one before, which may be calling OnEnd
  Backoff backoff_;
  Syncs syncs_;
  std::uint64_t sync_number_ = 0;
  bool served_ = false;
  bool stopping_ = false;
  bool pausing_ = false;
  std::exception_ptr refused_;  // what trying again does not heal

  grpc::Alarm pause_;
  grpc::Alarm deadline_;  // of leaving
  grpc::Alarm wake_;      // the leader, when all is over
  Completion on_pause_over_{[this](bool) { Attach(); }};
  Completion on_deadline_{[this](bool ok) { OnDeadline(ok); }};
  Completion on_wake_{[](bool) {}};
};

}  // namespace gatewayworker::internal
