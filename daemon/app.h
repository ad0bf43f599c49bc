// The daemon as one object: cluster side, gRPC server, and the embedded cluster where asked for. main() makes
// one; the integration tests make many.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "admin/http_server.h"
#include "api/server.h"
#include "cluster/cluster.h"
#include "config.h"
#include "console.h"
#include "embedded/cluster.h"
#include "embedded/first_run_page.h"
#include "events/hub.h"

namespace gatewayd {

// "0.1.0".
std::string_view Version();

// Owns everything that runs; belongs to one thread (OnReady alone comes from the cluster's).
class App {
 public:
  struct Hooks {
    // What AdminService.Drain does: end the process as SIGTERM does. Called on a thread of the server; must
    // not block. Not set: the rpc is UNIMPLEMENTED.
    std::function<void()> request_drain;
  };

  // Serves once it returns: the listener is up before there is a view of the cluster. UNAVAILABLE, naming the
  // address, where a port is taken.
  static absl::StatusOr<std::unique_ptr<App>> Start(Config config, Hooks hooks = {});
  ~App();
  App(const App&) = delete;
  App& operator=(const App&) = delete;

  // Where gRPC is served, with the ports that were chosen.
  std::vector<std::string> addresses() const { return server_->addresses(); }
  // The same of the admin listener; empty where there is none.
  std::vector<std::string> admin_addresses() const;
  // What each of them serves, for people: "status page, health and metrics".
  std::string AdminText(const std::string& admin_address) const;
  cluster::Cluster& cluster() { return *cluster_; }
  events::Hub& hub() { return *hub_; }
  // Not null with --embedded.
  embedded::EmbeddedCluster* embedded_cluster() { return embedded_.get(); }
  // What a newcomer types next; "" without --embedded.
  std::string FirstRunText() const;

  // Drains: no longer ready, event links are left and what came is delivered, calls in flight finish, all
  // within `drain_timeout`; then everything ends. Idempotent.
  void Shutdown();

 private:
  bool ServesPage(const std::string& admin_address) const;
  explicit App(Config config) : config_(std::move(config)) {}
  absl::Status StartEmbedded();
  absl::Status StartPage();
  absl::Status StartAdmin();
  void OnReady();  // the cluster's thread
  void OnListening(std::unique_ptr<api::Server> server);

  Config config_;
  std::unique_ptr<embedded::EmbeddedCluster> embedded_;
  std::unique_ptr<cluster::Cluster> cluster_;
  std::unique_ptr<events::Hub> hub_;
  std::unique_ptr<api::Server> server_;  // set under mutex_, since OnReady may come at the same time
  std::unique_ptr<embedded::FirstRunPage> page_;
  std::shared_ptr<GrpcConsole> console_;  // null without --admin_console
  admin::HttpStats admin_stats_;
  std::unique_ptr<admin::HttpServer> admin_;
  std::mutex mutex_;
  bool ready_ = false;  // guarded by mutex_
  std::atomic<bool> draining_ = false;
};

}  // namespace gatewayd
