#include "api/server.h"

#include <grpc/grpc.h>
#include <grpc/support/time.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <mutex>
#include <thread>

#include "absl/strings/str_cat.h"
#include "api/admin.h"
#include "api/attach.h"
#include "api/core.h"
#include "api/functions.h"
#include "api/health.h"
#include "api/listen.h"
#include "api/queue_thread.h"

namespace gatewayd::api {
namespace {

// While the queue never runs dry, what was appended is written out after so many events.
constexpr int kEventsPerFlush = 64;

// Serves one completion queue until it is shut down.
void ServeQueue(grpc::ServerCompletionQueue& queue) {
  const QueueThread queue_thread;
  cluster::WriteBatch batch;
  int events = 0;
  void* tag = nullptr;
  bool ok = false;
  for (;;) {
    if (batch.empty()) {
      if (!queue.Next(&tag, &ok)) return;
    } else {
      const auto next = queue.AsyncNext(&tag, &ok, gpr_time_0(GPR_CLOCK_MONOTONIC));
      if (next == grpc::CompletionQueue::SHUTDOWN) return;
      if (next == grpc::CompletionQueue::TIMEOUT) {
        batch.Flush();
        events = 0;
        continue;
      }
    }
    static_cast<Tag*>(tag)->Proceed(ok, batch);
    if (++events >= kEventsPerFlush) {
      batch.Flush();
      events = 0;
    }
  }
}

int Milliseconds(absl::Duration duration) {
  return static_cast<int>(absl::ToInt64Milliseconds(duration));
}

class ServerImpl final : public Server {
 public:
  ServerImpl(cluster::Cluster& cluster, events::Hub& hub, ServerOptions options)
      : options_(std::move(options)), core_(cluster, hub, health_, options_) {}

  ~ServerImpl() override {
    if (server_ != nullptr) Shutdown(absl::Now());
  }

  absl::Status Start() {
    grpc::reflection::InitProtoReflectionServerBuilderPlugin();
    for (const std::string& address : options_.listen) {
      if (absl::Status status = CheckListenAddress(address); !status.ok()) return status;
    }
    grpc::ServerBuilder builder;
    Configure(builder);
    queue_ = builder.AddCompletionQueue();
    core_.set_queue(queue_.get());
    ports_.assign(options_.listen.size(), -1);
    for (std::size_t i = 0; i < options_.listen.size(); ++i)
      builder.AddListeningPort(options_.listen[i], grpc::InsecureServerCredentials(), &ports_[i]);
    server_ = builder.BuildAndStart();
    if (server_ == nullptr) return CannotListen();
    NameAddresses();
    for (const Row& row : Rows())
      methods_.push_back(row.serve(core_));
    std::ranges::move(ServeWorkers(core_), std::back_inserter(methods_));
    std::ranges::move(ServeAdmin(core_), std::back_inserter(methods_));
    std::ranges::move(ServeHealth(core_), std::back_inserter(methods_));
    for (int i = 0; i < std::max(1, options_.cq_threads); ++i)
      threads_.emplace_back([this] { ServeQueue(*queue_); });
    return absl::OkStatus();
  }

  const std::vector<std::string>& addresses() const override { return addresses_; }
  int port() const override { return port_; }
  void SetServing(bool serving) override { health_.Set(serving); }
  bool serving() const override { return health_.StatusOf("") == Health::Response::SERVING; }
  ServerStats stats() const override {
    ServerStats stats{
        .worker_commands = core_.worker_commands().commands.load(std::memory_order_relaxed),
        .worker_commands_failed = core_.worker_commands().failed.load(std::memory_order_relaxed),
        .stream_bytes = core_.stream_bytes().load(std::memory_order_relaxed),
        .stream_bytes_limit = kMaxStreamBytes};
    for (const RpcStats& rpc : core_.rpc_stats()) {
      ServerStats::Rpc& out = stats.rpcs.emplace_back();
      out = {.service = rpc.service(), .method = rpc.method(), .timed = rpc.timed(), .took = rpc.took()};
      for (std::size_t code = 0; code < RpcStats::kCodes; ++code)
        out.ended[code] = rpc.ended(static_cast<absl::StatusCode>(code));
      // Last: or a call that comes and ends meanwhile would have ended and not started.
      out.started = rpc.started();
    }
    return stats;
  }
  std::shared_ptr<grpc::Channel> InProcessChannel() override { return server_->InProcessChannel({}); }

  void Shutdown(absl::Time deadline) override {
    std::lock_guard lock(shutdown_mutex_);
    if (threads_.empty()) return;
    health_.Stop();
    EndCalls(deadline);
    queue_->Shutdown();
    for (std::thread& thread : threads_)
      thread.join();
    threads_.clear();
  }

 private:
  void Configure(grpc::ServerBuilder& builder) {
    builder.RegisterService(&core_.rpcs(static_cast<GatewayRpcs*>(nullptr)));
    builder.RegisterService(&core_.rpcs(static_cast<WorkerRpcs*>(nullptr)));
    builder.RegisterService(&core_.rpcs(static_cast<AdminRpcs*>(nullptr)));
    builder.RegisterService(&core_.rpcs(static_cast<HealthRpcs*>(nullptr)));
    builder.SetMaxReceiveMessageSize(static_cast<int>(options_.max_request_bytes));
    // Or a second daemon would share the port, and each get some of the calls.
    builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
    builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, options_.max_concurrent_streams);
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
    // A little less than what clients are told: their pings travel.
    builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                               Milliseconds(options_.client_ping_interval * 0.9));
    if (!std::ranges::all_of(options_.listen, IsLocalAddress)) {
      builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, Milliseconds(options_.peer_ping_interval));
      builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, Milliseconds(options_.peer_ping_timeout));
      builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
    }
    // Reflection is a synchronous service; beside a queue of our own its threads poll no socket. They need
    // not wake up to find nothing either.
    builder.SetSyncServerOption(grpc::ServerBuilder::NUM_CQS, 1);
    builder.SetSyncServerOption(grpc::ServerBuilder::MIN_POLLERS, 1);
    builder.SetSyncServerOption(grpc::ServerBuilder::MAX_POLLERS, 1);
    builder.SetSyncServerOption(grpc::ServerBuilder::CQ_TIMEOUT_MSEC, 3'600'000);
  }

  // BuildAndStart tries one after the other: the first without a port is at fault.
  absl::Status CannotListen() {
    queue_->Shutdown();
    void* tag = nullptr;
    bool ok = false;
    while (queue_->Next(&tag, &ok)) {
    }
    const auto failed = std::ranges::find_if(ports_, [](int port) { return port <= 0; });
    const auto index = static_cast<std::size_t>(failed - ports_.begin());
    return absl::UnavailableError(
        absl::StrCat("cannot listen on ", index < ports_.size() ? options_.listen[index] : "any address"));
  }

  void NameAddresses() {
    for (std::size_t i = 0; i < options_.listen.size(); ++i) {
      const std::string& address = options_.listen[i];
      if (IsUnixAddress(address)) {
        addresses_.push_back(address);
        continue;
      }
      addresses_.push_back(absl::StrCat(address.substr(0, address.rfind(':')), ":", ports_[i]));
      if (port_ == 0) port_ = ports_[i];
    }
  }

  // gRPC cancels what is left at the deadline, but waits for whoever holds a call; those wait for Gateways.
  void EndCalls(absl::Time deadline) {
    const absl::Time latest = std::min(deadline, absl::Now() + absl::Hours(24));
    std::thread ending([&] { server_->Shutdown(absl::ToChronoTime(latest)); });
    if (core_.WaitUntilAllClosed(latest)) {
      // What gRPC still has is a call that slipped in while it shut down: nobody will ever take it.
      grpc_server_cancel_all_calls(server_->c_server());
    } else {
      core_.cluster().Stop();
    }
    ending.join();
    core_.WaitUntilAllClosed(absl::InfiniteFuture());
  }

  const ServerOptions options_;
  Health health_;
  Core core_;
  std::unique_ptr<grpc::ServerCompletionQueue> queue_;
  std::unique_ptr<grpc::Server> server_;
  std::vector<std::unique_ptr<Method>> methods_;
  std::vector<int> ports_;
  std::vector<std::string> addresses_;
  int port_ = 0;
  std::mutex shutdown_mutex_;
  std::vector<std::thread> threads_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Server>> Server::Start(cluster::Cluster& cluster, events::Hub& hub,
                                                      ServerOptions options) {
  auto server = std::make_unique<ServerImpl>(cluster, hub, std::move(options));
  if (absl::Status status = server->Start(); !status.ok()) return status;
  return server;
}

}  // namespace gatewayd::api
