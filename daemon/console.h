// The console of the status page: what an operator types becomes calls to this daemon's own gRPC server, with
// his token, so that checks, rights, rates and counters are those of every call.
#pragma once

#include <grpcpp/channel.h>

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "admin/console.h"
#include "gatewayworker/v1/gateway_service.grpc.pb.h"

namespace gatewayd {

// Has a thread of its own from the first request on, since calls wait for Gateways and the listener's thread
// must not. Each use is logged once: by which token, what kind and how it ended, never a message or a target.
class GrpcConsole final : public admin::Console {
 public:
  static constexpr std::size_t kMaxWaiting = 8;  // above: RESOURCE_EXHAUSTED

  // `connect` gives a channel to the daemon; called once, on the console's thread, at the first use.
  explicit GrpcConsole(std::function<std::shared_ptr<grpc::Channel>()> connect)
      : connect_(std::move(connect)) {}
  ~GrpcConsole() override { Stop(); }

  void Run(admin::ConsoleRequest request, admin::Router::Done done) override;
  // Cancels what is in flight, and refuses what waits and what still comes. Idempotent.
  void Stop();

 private:
  struct Job {
    admin::ConsoleRequest request;
    admin::Router::Done done;
  };
  void Work();
  admin::HttpResponse Handle(gatewayworker::v1::GatewayService::Stub& stub,
                             const admin::ConsoleRequest& request);
  // With deadline and token, so that Stop can cancel it.
  grpc::Status Call(const std::string& token, const std::function<grpc::Status(grpc::ClientContext&)>& call);

  const std::function<std::shared_ptr<grpc::Channel>()> connect_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job> waiting_;                 // guarded by mutex_
  bool stopped_ = false;                    // guarded by mutex_
  grpc::ClientContext* current_ = nullptr;  // guarded by mutex_
  std::thread thread_;                      // guarded by mutex_ until Stop
};

}  // namespace gatewayd
