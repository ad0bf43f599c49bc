#include "api/server.h"

#include <grpc/grpc.h>
#include <grpc/support/time.h>
#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <mutex>
#include <thread>

#include "absl/strings/str_cat.h"
#include "api/acceptor.h"
#include "api/admin.h"
#include "api/attach.h"
#include "api/core.h"
#include "api/functions.h"
#include "api/health.h"
#include "api/listen.h"
#include "api/queue_thread.h"
#include "api/reflection.h"
#include "api/tls.h"
#include "security/file_watch.h"

namespace gatewayd::api {
namespace {

// While the queue never runs dry, what was appended is written out after so many events.
constexpr int kEventsPerFlush = 64;

// Descriptors that are not for callers: links to Gateways and Registers, listeners, the log.
constexpr std::size_t kReservedFiles = 256;

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
      : options_(std::move(options)),
        core_(cluster, hub, health_, options_),
        acceptor_(ConnectionsThatFit(options_.max_connections, kReservedFiles),
                  core_.access_counters().connections_refused) {
    core_.set_tokens(options_.tokens.get());
  }

  ~ServerImpl() override {
    if (server_ != nullptr) Shutdown(absl::Now());
  }

  absl::Status Start() {
    std::vector<Listener> listeners;
    for (const std::string& address : options_.listen) {
      absl::StatusOr<Listener> listener = Listener::Open(address, options_.unix_socket);
      if (!listener.ok()) return listener.status();
      listeners.push_back(*std::move(listener));
    }
    grpc::ServerBuilder builder;
    Configure(builder);
    queue_ = builder.AddCompletionQueue();
    core_.set_queue(queue_.get());
    for (Listener& listener : listeners)
      Serve(std::move(listener), builder);
    server_ = builder.BuildAndStart();
    if (server_ == nullptr) return CannotStart();
    for (const Row& row : Rows())
      methods_.push_back(row.serve(core_));
    std::ranges::move(ServeWorkers(core_), std::back_inserter(methods_));
    std::ranges::move(ServeAdmin(core_), std::back_inserter(methods_));
    std::ranges::move(ServeHealth(core_), std::back_inserter(methods_));
    std::ranges::move(ServeReflection(core_), std::back_inserter(methods_));
    for (int i = 0; i < std::max(1, options_.cq_threads); ++i)
      threads_.emplace_back([this] { ServeQueue(*queue_); });
    WatchFiles();
    acceptor_.Start();
    return absl::OkStatus();
  }

  const std::vector<std::string>& addresses() const override { return addresses_; }
  int port() const override { return port_; }
  void SetServing(bool serving) override { health_.Set(serving); }
  bool serving() const override { return health_.StatusOf("") == Health::Response::SERVING; }
  ServerStats stats() override {
    ServerStats stats{
        .worker_commands = core_.worker_commands().commands.load(std::memory_order_relaxed),
        .worker_commands_failed = core_.worker_commands().failed.load(std::memory_order_relaxed),
        .stream_bytes = core_.stream_bytes().load(std::memory_order_relaxed),
        .stream_bytes_limit = kMaxStreamBytes,
        .unauthenticated = core_.access_counters().unauthenticated,
        .denied = core_.access_counters().denied,
        .over_rate = core_.access_counters().over_rate,
        .connections = acceptor_.connections(),
        .connections_refused = core_.access_counters().connections_refused};
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
  std::size_t connections() override { return acceptor_.connections(); }
  std::uint64_t connections_refused() override { return core_.access_counters().connections_refused; }
  std::shared_ptr<grpc::Channel> InProcessChannel() override { return server_->InProcessChannel({}); }

  void Shutdown(absl::Time deadline) override {
    std::lock_guard lock(shutdown_mutex_);
    if (threads_.empty()) return;
    health_.Stop();
    acceptor_.Stop();
    EndCalls(deadline);
    queue_->Shutdown();
    for (std::thread& thread : threads_)
      thread.join();
    threads_.clear();
    watch_.Stop();
  }

 private:
  void Configure(grpc::ServerBuilder& builder) {
    builder.RegisterService(&core_.rpcs(static_cast<GatewayRpcs*>(nullptr)));
    builder.RegisterService(&core_.rpcs(static_cast<WorkerRpcs*>(nullptr)));
    builder.RegisterService(&core_.rpcs(static_cast<AdminRpcs*>(nullptr)));
    builder.RegisterService(&core_.rpcs(static_cast<HealthRpcs*>(nullptr)));
    builder.RegisterService(&core_.rpcs(static_cast<ReflectionRpcs*>(nullptr)));
    builder.RegisterService(&core_.rpcs(static_cast<AlphaReflectionRpcs*>(nullptr)));
    builder.SetMaxReceiveMessageSize(static_cast<int>(options_.max_request_bytes));
    builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, options_.max_concurrent_streams);
    builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS,
                               Milliseconds(options_.handshake_timeout));
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
    // A little less than what clients are told: their pings travel.
    builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                               Milliseconds(options_.client_ping_interval * 0.9));
    if (!std::ranges::all_of(options_.listen, IsLocalAddress)) {
      builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, Milliseconds(options_.peer_ping_interval));
      builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, Milliseconds(options_.peer_ping_timeout));
      builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
    }
  }

  absl::Status CannotStart() {
    queue_->Shutdown();
    void* tag = nullptr;
    bool ok = false;
    while (queue_->Next(&tag, &ok)) {
    }
    return absl::UnavailableError("gRPC's server did not start");
  }

  void Serve(Listener listener, grpc::ServerBuilder& builder) {
    addresses_.push_back(listener.address());
    if (port_ == 0) port_ = listener.port();
    // A unix socket is on this host, behind a mode of its own.
    auto credentials = listener.is_unix() || options_.certificates == nullptr
                           ? grpc::InsecureServerCredentials()
                           : TlsCredentials(options_.certificates);
    auto target = builder.experimental().AddExternalConnectionAcceptor(
        grpc::ServerBuilder::experimental_type::ExternalConnectionType::FROM_FD, std::move(credentials));
    acceptor_.Add(std::move(listener), std::move(target));
  }

  void WatchFiles() {
    if (const auto& certificates = options_.certificates; certificates != nullptr) {
      const security::CertificateFiles& files = certificates->files();
      std::vector<std::string> paths = {files.certificate, files.key};
      if (!files.client_authorities.empty()) paths.push_back(files.client_authorities);
      watch_.Add(paths, [certificates] { return certificates->Reload(); });
    }
    if (const auto& tokens = options_.tokens; tokens != nullptr)
      watch_.Add({tokens->path()}, [tokens] { return tokens->Reload(); });
    watch_.Start();
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
  Acceptor acceptor_;
  security::FileWatch watch_;
  std::vector<std::unique_ptr<Method>> methods_;
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
