// What the calls of one server share, and what a completion queue's thread does with an event.
#pragma once

#include <grpcpp/completion_queue.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <string_view>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "api/access.h"
#include "api/rpc_stats.h"
#include "cluster/cluster.h"
#include "cluster/gateway.h"
#include "events/worker.h"
#include "gatewayworker/v1/admin_service.grpc.pb.h"
#include "gatewayworker/v1/gateway_service.grpc.pb.h"
#include "gatewayworker/v1/worker_service.grpc.pb.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "grpc/reflection/v1/reflection.grpc.pb.h"
#include "grpc/reflection/v1alpha/reflection.grpc.pb.h"

namespace gatewayd::events {
class Hub;
}  // namespace gatewayd::events

namespace gatewayd::api {

namespace pb = ::gatewayworker::v1;

class CommandList;
class WorkerRequest;

// The generated services. Classes of their own, since the generated type nests once for each rpc: its name
// would fill every symbol and error message with pages.
class GatewayRpcs final : public pb::GatewayService::AsyncService {
 public:
  // In place of the generated RequestExecute: the request is read in place (execute.cc).
  void RequestExecuteList(grpc::ServerContext* context, CommandList* request,
                          grpc::ServerAsyncResponseWriter<pb::ExecuteResponse>* writer,
                          grpc::CompletionQueue* call_queue, grpc::ServerCompletionQueue* queue, void* tag);
  static constexpr std::string_view kService = pb::GatewayService::service_full_name();
};
class WorkerRpcs final : public pb::WorkerService::AsyncService {
 public:
  // In place of the generated RequestAttach: requests are read in place (attach.cc).
  void RequestAttachStream(grpc::ServerContext* context,
                           grpc::ServerAsyncReaderWriter<pb::AttachResponse, WorkerRequest>* stream,
                           grpc::CompletionQueue* call_queue, grpc::ServerCompletionQueue* queue, void* tag);
  static constexpr std::string_view kService = pb::WorkerService::service_full_name();
};
class AdminRpcs final : public pb::AdminService::AsyncService {
 public:
  static constexpr std::string_view kService = pb::AdminService::service_full_name();
};
class HealthRpcs final : public ::grpc::health::v1::Health::AsyncService {
 public:
  static constexpr std::string_view kService = ::grpc::health::v1::Health::service_full_name();
};
class ReflectionRpcs final : public ::grpc::reflection::v1::ServerReflection::AsyncService {
 public:
  static constexpr std::string_view kService = ::grpc::reflection::v1::ServerReflection::service_full_name();
};
class AlphaReflectionRpcs final : public ::grpc::reflection::v1alpha::ServerReflection::AsyncService {
 public:
  static constexpr std::string_view kService =
      ::grpc::reflection::v1alpha::ServerReflection::service_full_name();
};

// An event of the completion queue. Proceed runs on a thread of the server; what it puts into `batch` is
// written out when the queue runs dry.
class Tag {
 public:
  virtual void Proceed(bool ok, cluster::WriteBatch& batch) = 0;

 protected:
  ~Tag() = default;
};

// Of chunks that wait for slow readers of streams, all streams together; above it one that grows ends.
inline constexpr std::size_t kMaxStreamBytes = 256 * 1024 * 1024;

class Health;
struct ServerOptions;

// Lives as long as the server does. Thread-safe.
class Core {
 public:
  Core(cluster::Cluster& cluster, events::Hub& hub, Health& health, const ServerOptions& options)
      : cluster_(cluster), hub_(hub), health_(health), options_(options) {}
  // Before the first call; null: everybody may call everything. Must outlive the server.
  void set_tokens(const security::TokenStore* tokens) { tokens_ = tokens; }
  const security::TokenStore* tokens() const { return tokens_; }
  AccessCounters& access_counters() { return access_counters_; }

  cluster::Cluster& cluster() { return cluster_; }
  events::Hub& hub() { return hub_; }
  Health& health() { return health_; }
  const ServerOptions& options() const { return options_; }
  absl::Time started() const { return started_; }
  const wire::Dialect& dialect() const { return cluster_.dialect(); }
  grpc::ServerCompletionQueue* queue() { return queue_; }
  void set_queue(grpc::ServerCompletionQueue* queue) { queue_ = queue; }

  GatewayRpcs& rpcs(GatewayRpcs*) { return gateway_rpcs_; }
  WorkerRpcs& rpcs(WorkerRpcs*) { return worker_rpcs_; }
  AdminRpcs& rpcs(AdminRpcs*) { return admin_rpcs_; }
  HealthRpcs& rpcs(HealthRpcs*) { return health_rpcs_; }
  ReflectionRpcs& rpcs(ReflectionRpcs*) { return reflection_rpcs_; }
  AlphaReflectionRpcs& rpcs(AlphaReflectionRpcs*) { return alpha_reflection_rpcs_; }

  // Counts call objects. There are always some that wait for a call, until gRPC's server has shut down: with
  // the last one all calls are over, and nothing uses the queue any more.
  void Opened() { open_.fetch_add(1, std::memory_order_relaxed); }
  void Closed() {
    if (open_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
    std::lock_guard lock(closed_mutex_);
    closed_ = true;
    closed_condition_.notify_all();
  }
  // False where some are left at the deadline.
  bool WaitUntilAllClosed(absl::Time deadline) {
    std::unique_lock lock(closed_mutex_);
    const auto left = std::clamp(deadline - absl::Now(), absl::ZeroDuration(), absl::Hours(24));
    return closed_condition_.wait_for(lock, absl::ToChronoNanoseconds(left), [&] { return closed_; });
  }

  // Bytes of chunks that wait for slow readers of streams, all streams together.
  std::atomic<std::size_t>& stream_bytes() { return stream_bytes_; }
  const std::atomic<std::size_t>& stream_bytes() const { return stream_bytes_; }

  // The counts of a rpc that is about to be served; before the server's threads run.
  RpcStats& Count(std::string_view service, std::string_view method, bool timed) {
    return rpc_stats_.emplace_back(service, method, timed);
  }
  const std::deque<RpcStats>& rpc_stats() const { return rpc_stats_; }
  // Of all workers' streams, those that have gone included.
  events::CommandCount& worker_commands() { return worker_commands_; }
  const events::CommandCount& worker_commands() const { return worker_commands_; }

 private:
  cluster::Cluster& cluster_;
  events::Hub& hub_;
  Health& health_;
  const ServerOptions& options_;
  const security::TokenStore* tokens_ = nullptr;
  AccessCounters access_counters_;
  const absl::Time started_ = absl::Now();
  grpc::ServerCompletionQueue* queue_ = nullptr;
  GatewayRpcs gateway_rpcs_;
  WorkerRpcs worker_rpcs_;
  AdminRpcs admin_rpcs_;
  HealthRpcs health_rpcs_;
  ReflectionRpcs reflection_rpcs_;
  AlphaReflectionRpcs alpha_reflection_rpcs_;
  std::atomic<int> open_ = 0;
  std::mutex closed_mutex_;
  std::condition_variable closed_condition_;
  bool closed_ = false;
  std::atomic<std::size_t> stream_bytes_ = 0;
  std::deque<RpcStats> rpc_stats_;  // whose elements do not move
  events::CommandCount worker_commands_;
};

}  // namespace gatewayd::api
