// A worker of a test: a thin front to the rpc Attach, one thread.
#pragma once

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "gatewayworker/v1/worker_service.grpc.pb.h"

namespace gatewayd::test {

namespace pb = ::gatewayworker::v1;

// A worker that says what the test wants, and reads when the test wants.
class TestWorker {
 public:
  explicit TestWorker(const std::shared_ptr<grpc::Channel>& channel, const std::string& token = "")
      : stub_(pb::WorkerService::NewStub(channel)) {
    if (!token.empty()) context_.AddMetadata("authorization", "Bearer " + token);
    context_.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60));
    stream_ = stub_->Attach(&context_);
  }
  ~TestWorker() {
    if (stream_ == nullptr) return;
    context_.TryCancel();
    Finish();
  }

  // All kinds, and sessions as they were sent: several events of one client may be on their way.
  static pb::AttachRequest AllKinds() {
    pb::AttachRequest request;
    request.mutable_hello()->set_session_freshness(pb::SESSION_FRESHNESS_AS_SENT);
    for (int kind = pb::EVENT_KIND_CONNECT; kind <= pb::EVENT_KIND_GATEWAY_LOST; ++kind)
      request.mutable_hello()->add_kinds(static_cast<pb::EventKind>(kind));
    return request;
  }

  static pb::AttachRequest FreshSessions() {
    pb::AttachRequest request = AllKinds();
    request.mutable_hello()->set_session_freshness(pb::SESSION_FRESHNESS_FRESH);
    return request;
  }

  void Say(const pb::AttachRequest& request) { stream_->Write(request); }
  void WritesDone() { stream_->WritesDone(); }
  std::optional<pb::AttachResponse> Read() {
    pb::AttachResponse response;
    if (!stream_->Read(&response)) return std::nullopt;
    return response;
  }
  // Attaches; what the daemon says to it.
  pb::Welcome Attach(const pb::AttachRequest& request = AllKinds()) {
    Say(request);
    return Read().value_or(pb::AttachResponse()).welcome();
  }
  // The next `count` events, in as many batches as they come in.
  std::vector<pb::Event> Events(std::size_t count) {
    std::vector<pb::Event> events;
    while (events.size() < count) {
      const auto response = Read();
      if (!response) break;
      for (const pb::Event& event : response->events().events())
        events.push_back(event);
    }
    return events;
  }
  // Events until `wanted` says so of one, acknowledged up to it.
  std::vector<pb::Event> EventsUntil(const std::function<bool(const pb::Event&)>& wanted) {
    std::vector<pb::Event> events;
    while (const auto response = Read()) {
      bool found = false;
      for (const pb::Event& event : response->events().events()) {
        events.push_back(event);
        found = found || wanted(event);
      }
      if (!events.empty()) Ack(events.back().id());
      if (found) break;
    }
    return events;
  }
  void Ack(std::uint64_t up_to) {
    pb::AttachRequest request;
    request.mutable_acks()->set_up_to(up_to);
    Say(request);
  }
  void Leave(pb::LeaveMode mode = pb::LEAVE_MODE_CLOSE_LINKS) {
    pb::AttachRequest request;
    request.mutable_leave()->set_mode(mode);
    Say(request);
  }
  void Cancel() { context_.TryCancel(); }
  grpc::Status Finish() {
    const grpc::Status status = stream_->Finish();
    stream_.reset();
    return status;
  }

 private:
  std::unique_ptr<pb::WorkerService::Stub> stub_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReaderWriter<pb::AttachRequest, pb::AttachResponse>> stream_;
};

}  // namespace gatewayd::test
