#include "app.h"

#include <glog/logging.h>

#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "admin/pages.h"
#include "admin/sources.h"
#include "admin/status_pages.h"
#include "api/listen.h"
#include "security/certificates.h"

#ifndef GATEWAYD_VERSION
#error "CMake defines GATEWAYD_VERSION"
#endif

namespace gatewayd {
namespace {

void AddListener(embedded::GatewayOptions& gateway, embedded::ClientProtocol protocol, int port) {
  if (port < 0) return;
  gateway.listeners.push_back({.protocol = protocol, .port = static_cast<std::uint16_t>(port)});
}

// What to type to run client_stubs/python/examples/<name>.py against the daemon at `address`.
std::string ExampleCommand(const std::string& name, const std::string& address) {
  // The examples look there unless they are told otherwise.
  const std::string setting = address == "127.0.0.1:50051" ? "" : "GATEWAYD_ADDRESS=" + address + " ";
  return setting + "./dev example " + name;
}

// admin/ may not know api/.
admin::ServerCounts CountsOf(const api::ServerStats& stats) {
  admin::ServerCounts counts{.worker_commands = stats.worker_commands,
                             .worker_commands_failed = stats.worker_commands_failed,
                             .stream_bytes = stats.stream_bytes,
                             .stream_bytes_limit = stats.stream_bytes_limit,
                             .unauthenticated = stats.unauthenticated,
                             .denied = stats.denied,
                             .over_rate = stats.over_rate,
                             .connections = stats.connections,
                             .connections_refused = stats.connections_refused};
  for (const api::ServerStats::Rpc& rpc : stats.rpcs) {
    counts.rpcs.push_back({.service = rpc.service,
                           .method = rpc.method,
                           .started = rpc.started,
                           .ended = {rpc.ended.begin(), rpc.ended.end()},
                           .timed = rpc.timed,
                           .took = rpc.took});
  }
  return counts;
}

}  // namespace

std::string_view Version() {
  return GATEWAYD_VERSION;
}

absl::StatusOr<std::unique_ptr<App>> App::Start(Config config, Hooks hooks) {
  std::unique_ptr<App> app(new App(std::move(config)));
  if (app->config_.embedded.enabled) {
    if (absl::Status status = app->StartEmbedded(); !status.ok()) return status;
  }
  // The cluster may be ready before the server is there, so what it says on being ready is kept.
  app->cluster_ = cluster::Cluster::Start(*app->config_.dialect, app->config_.cluster,
                                          cluster::NewInstanceId(), [app = app.get()] { app->OnReady(); });
  app->hub_ = std::make_unique<events::Hub>(*app->cluster_, app->config_.events);
  absl::StatusOr<std::unique_ptr<api::Server>> server =
      api::Server::Start(*app->cluster_, *app->hub_,
                         {.listen = app->config_.listen,
                          .cq_threads = app->config_.cq_threads,
                          .max_request_bytes = app->config_.max_request_bytes,
                          .max_concurrent_streams = app->config_.max_streams_per_connection,
                          .max_connections = app->config_.max_connections,
                          .unix_socket = app->config_.unix_socket,
                          .certificates = app->config_.certificates,
                          .tokens = app->config_.tokens,
                          .version = std::string(Version()),
                          .limits = LimitsInForce(app->config_),
                          .request_drain = std::move(hooks.request_drain)});
  if (!server.ok()) return server.status();
  app->OnListening(*std::move(server));
  if (absl::Status status = app->StartAdmin(); !status.ok()) return status;
  if (app->config_.embedded.enabled && app->config_.embedded.page_port >= 0) {
    if (absl::Status status = app->StartPage(); !status.ok()) return status;
  }
  return app;
}

App::~App() {
  Shutdown();
}

absl::Status App::StartEmbedded() {
  const EmbeddedOptions& wanted = config_.embedded;
  embedded::ClusterOptions options =
      embedded::ClusterOptions::Loopback(wanted.gateways, config_.cluster.secret, *config_.dialect);
  for (embedded::GatewayOptions& gateway : options.gateways) {
    gateway.close_clients_without_worker = wanted.close_clients_without_worker;
  }
  embedded::GatewayOptions& first = options.gateways.front();
  first.listeners.clear();
  AddListener(first, embedded::ClientProtocol::kWebSocket, wanted.websocket_port);
  AddListener(first, embedded::ClientProtocol::kText, wanted.text_port);
  AddListener(first, embedded::ClientProtocol::kFrame, wanted.frame_port);
  if (config_.dialect->kind() == wire::DialectKind::kGo) {
    AddListener(first, embedded::ClientProtocol::kTcp, wanted.tcp_port);
  }
  embedded_ = std::make_unique<embedded::EmbeddedCluster>(std::move(options));
  if (absl::Status status = embedded_->Start(); !status.ok()) return status;
  // Or the daemon would be ready with a Register that lists nothing yet.
  embedded_->WaitUntilRegistered();
  config_.cluster.registers = embedded_->register_addresses();
  return absl::OkStatus();
}

absl::Status App::StartPage() {
  page_ = std::make_unique<embedded::FirstRunPage>(
      embedded::FirstRunPageOptions{.port = static_cast<std::uint16_t>(config_.embedded.page_port),
                                    .websocket_url = embedded_->gateway(0).websocket_url(),
                                    .grpc_address = addresses().front(),
                                    .chat_command = ExampleCommand("chat", addresses().front())});
  return page_->Start();
}

absl::Status App::StartAdmin() {
  if (config_.admin_listen.empty()) return absl::OkStatus();
  const admin::HttpOptions options{.listen = config_.admin_listen};
  std::map<std::string, std::uint64_t> limits;
  for (const auto& [name, limit] : LimitsInForce(config_))
    limits[name] = limit;
  const admin::Sources sources{.cluster = cluster_.get(),
                               .hub = hub_.get(),
                               .http = &admin_stats_,
                               .server =
                                   [this] {
                                     admin::ServerCounts counts = CountsOf(server_->stats());
                                     if (config_.certificates != nullptr) {
                                       counts.certificate_expiry_seconds = absl::ToDoubleSeconds(
                                           config_.certificates->expires() - absl::UnixEpoch());
                                     }
                                     return counts;
                                   },
                               .serving = [this] { return server_->serving(); },
                               .draining = [this] { return draining_.load(); },
                               .limits = std::move(limits),
                               .max_connections = options.max_connections,
                               .version = std::string(Version())};
  admin::Router router;
  admin::AddPages(sources, router);
  if (config_.admin_console) {
    console_ = std::make_shared<GrpcConsole>([this] { return server_->InProcessChannel(); });
  }
  admin::AddStatusPages(sources, {.tokens = config_.tokens, .console = console_}, router);
  absl::StatusOr<std::unique_ptr<admin::HttpServer>> server =
      admin::HttpServer::Start(options, std::move(router), admin_stats_);
  if (!server.ok()) return server.status();
  admin_ = *std::move(server);
  return absl::OkStatus();
}

std::vector<std::string> App::admin_addresses() const {
  return admin_ == nullptr ? std::vector<std::string>() : admin_->addresses();
}

std::string App::AdminText(const std::string& admin_address) const {
  return ServesPage(admin_address) ? "status page, health and metrics" : "health and metrics";
}

bool App::ServesPage(const std::string& admin_address) const {
  return config_.tokens != nullptr || api::IsLocalAddress(admin_address);
}

void App::OnReady() {
  std::lock_guard lock(mutex_);
  ready_ = true;
  if (server_ != nullptr) server_->SetServing(true);
}

void App::OnListening(std::unique_ptr<api::Server> server) {
  std::lock_guard lock(mutex_);
  server_ = std::move(server);
  if (ready_) server_->SetServing(true);
}

std::string App::FirstRunText() const {
  if (embedded_ == nullptr) return "";
  const std::string address = addresses().front();
  std::string text = "\nA cluster runs inside this process. Next:\n\n";
  int step = 0;
  if (page_ != nullptr) {
    absl::StrAppend(&text, "  ", ++step, ". Open ", page_->url(),
                    " in a browser: it connects as a WebSocket client.\n\n");
  }
  absl::StrAppend(&text, "  ", ++step, ". Start a worker that answers it, in another terminal:\n\n     ",
                  ExampleCommand("chat", address), "\n\n");
  // A unix socket stays in clear.
  const bool tls = config_.certificates != nullptr && !api::IsUnixAddress(address);
  const std::string grpcurl =
      absl::StrCat("grpcurl ", tls ? "-insecure" : "-plaintext",
                   config_.tokens == nullptr ? "" : " -H \"authorization: Bearer TOKEN\"");
  absl::StrAppend(&text, "  ", ++step,
                  ". Call the API: send every client a message, ask who is there:\n\n     ", grpcurl,
                  " -d '{\"message\": {\"text\": \"hello\"}}' ", address,
                  " gatewayworker.v1.GatewayService/SendToAll\n     ", grpcurl, " ", address,
                  " gatewayworker.v1.GatewayService/GetAllClientIdList\n\n",
                  "  (./dev setup tools builds .tools/bin/grpcurl.) Clients: ");
  const embedded::EmbeddedGateway& gateway = embedded_->gateway(0);
  absl::StrAppend(&text, gateway.websocket_url());
  if (config_.embedded.text_port >= 0) {
    absl::StrAppend(&text, ", lines on port ", gateway.port(embedded::ClientProtocol::kText));
  }
  if (config_.embedded.frame_port >= 0) {
    absl::StrAppend(&text, ", frames on port ", gateway.port(embedded::ClientProtocol::kFrame));
  }
  if (config_.embedded.tcp_port >= 0 && config_.dialect->kind() == wire::DialectKind::kGo) {
    absl::StrAppend(&text, ", tcp on port ", gateway.port(embedded::ClientProtocol::kTcp));
  }
  if (const std::vector<std::string> admin = admin_addresses(); !admin.empty() && ServesPage(admin.front())) {
    absl::StrAppend(&text, "\n  What goes on in the daemon, and what changed: http://", admin.front(), "/");
  }
  absl::StrAppend(&text, "\n  Ctrl-C ends it.\n");
  return text;
}

void App::Shutdown() {
  if (page_ != nullptr) page_->Stop();
  const absl::Time deadline = absl::Now() + config_.drain_timeout;
  if (!draining_.exchange(true) && cluster_ != nullptr) {
    cluster_->changes()->Add(cluster::ChangeKind::kDraining, "", "no longer ready; what came is finished");
  }
  if (server_ != nullptr) server_->SetServing(false);
  // Commands and queries are served meanwhile. Some of the time is left for calls in flight.
  if (hub_ != nullptr) hub_->Drain(deadline - config_.drain_timeout / 5);
  if (console_ != nullptr) console_->Stop();
  if (server_ != nullptr) server_->Shutdown(deadline);
  // To the end: who asks is told that it drains.
  if (admin_ != nullptr) admin_->Stop();
  if (cluster_ != nullptr) cluster_->Stop();
  if (embedded_ != nullptr) embedded_->Stop();
}

}  // namespace gatewayd
