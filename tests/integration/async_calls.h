// Many calls at once from one thread, through gRPC's callback API.
#pragma once

#include <grpcpp/grpcpp.h>
#include <unistd.h>

#include <condition_variable>
#include <cstddef>
#include <fstream>
#include <memory>
#include <mutex>

#include "integration/fault_fixture.h"

namespace gatewayd::test {

// Counts calls that are under way.
class InFlight {
 public:
  void Add() {
    std::lock_guard lock(mutex_);
    ++count_;
  }
  void Remove() {
    std::lock_guard lock(mutex_);
    --count_;
    changed_.notify_all();
  }
  // False where some never ended: they hang.
  bool WaitForAll() {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(60), [this] { return count_ == 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int count_ = 0;
};

// One call, by a member function of Stub::async_interface. Must live until it has ended.
template <typename Request, typename Response>
class AsyncCall {
 public:
  using Stub = pb::GatewayService::StubInterface;
  using Method = void (Stub::async_interface::*)(grpc::ClientContext*, const Request*, Response*,
                                                 std::function<void(grpc::Status)>);

  AsyncCall(Stub& stub, Method method, Request request, InFlight& in_flight) : request_(std::move(request)) {
    SetPatience(context_);
    in_flight.Add();
    (stub.async()->*method)(&context_, &request_, &response_, [this, &in_flight](grpc::Status status) {
      status_ = std::move(status);
      in_flight.Remove();
    });
  }

  void Cancel() { context_.TryCancel(); }
  // Once it has ended.
  Outcome outcome() const { return OutcomeOf(status_, context_); }
  const Response& response() const { return response_; }

 private:
  const Request request_;
  Response response_;
  grpc::ClientContext context_;
  grpc::Status status_;
};

// Bytes of memory that this process, the daemon in it included, holds now.
inline std::size_t ResidentMemory() {
  std::ifstream file("/proc/self/statm");
  std::size_t all = 0, resident = 0;
  file >> all >> resident;
  return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

}  // namespace gatewayd::test
