// A Gateway with its sockets: GatewayMachine under one lock, a Connection for each link, one timer. Callers
// append to a link's buffer on their own thread and write it out there; answers are finished on the io thread
// that read them.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "cluster/connection.h"
#include "cluster/gateway.h"
#include "cluster/gateway_machine.h"

namespace gatewayd::cluster {

// The machine's clock: monotonic, so that a set wall clock ends no link.
absl::Time MonotonicNow();

class GatewayShell final : public Gateway,
                           public ConnectionEvents,
                           public std::enable_shared_from_this<GatewayShell> {
 public:
  // Called on the io thread with no lock held.
  using Watcher = std::function<void(GatewayShell&, const GatewayChange&)>;

  GatewayShell(boost::asio::io_context& io, GatewayMachine::Settings settings,
               const std::string& dial_address, Watcher watcher);
  // Must be called once, right after construction.
  void Start();

  // ---- Gateway
  const std::string& address() const override { return address_; }
  absl::Status Send(const wire::Frame& frame, std::string_view generation, WriteBatch& batch) override;
  void SendConfirmed(const wire::Frame& frame, const CommandOptions& options, WriteBatch& batch,
                     OnDone done) override;
  void Query(const wire::Frame& frame, const QueryOptions& options, WriteBatch& batch,
             OnAnswer answer) override;
  void Flush() override;
  GatewayView view() const override;

  // ---- For the cluster; io thread only.
  void SetListed(bool listed);
  void Stop();
  bool linked() const;
  bool tried() const;
  // As GatewayMachine::effects_unknown, for the next time that the address joins.
  bool effects_unknown() const;
  // Bytes that wait to be written, over all links.
  std::size_t pending() const;
  Counters counters() const;
  std::string why_unlinked() const;
  // The inner address that client_ids carry, where known.
  std::optional<wire::GatewayAddress> route() const;
  // Called when `route` becomes known or changes; io thread.
  void set_on_route(std::function<void()> on_route) { on_route_ = std::move(on_route); }

  // ---- ConnectionEvents
  void OnConnected(std::size_t i) override;
  void OnConnectFailed(std::size_t i, const std::string& error) override;
  void OnInput(std::size_t i) override;
  void OnWritable(std::size_t i) override;
  void OnClosed(std::size_t i, const std::string& error) override;

 private:
  struct Link {
    explicit Link(std::unique_ptr<Connection> c) : connection(std::move(c)) {}
    std::unique_ptr<Connection> connection;
    bool waiting_writable = false;
  };

  // Runs `step` on the machine under the lock, does what it asks for, then completes what became due.
  template <typename Step>
  void OnIoThread(Step&& step);
  template <typename Step>
  void OnCallersThread(WriteBatch& batch, Step&& step);
  std::uint64_t ReadyQueryLinksLocked();  // bit i: link i
  void PerformLocked();
  void WriteLocked(std::size_t i);
  void MarkDirtyLocked(WriteBatch& batch);
  void ArmTimerLocked();
  void RunTimer();
  void ResolveRoute();

  boost::asio::io_context& io_;
  const std::string address_;
  std::string advertised_host_, dial_host_;
  std::uint16_t advertised_port_ = 0, dial_port_ = 0;
  const Watcher watcher_;
  std::function<void()> on_route_;
  boost::asio::steady_timer timer_;
  boost::asio::ip::tcp::resolver route_resolver_;

  mutable std::mutex mutex_;
  GatewayMachine machine_;                     // guarded by mutex_
  std::vector<Link> links_;                    // sockets: io thread; Write and flags under mutex_
  absl::Time armed_ = absl::InfiniteFuture();  // guarded by mutex_
  bool flush_pending_ = false;                 // guarded by mutex_: some batch will flush
  std::optional<wire::GatewayAddress> route_;  // guarded by mutex_
};

}  // namespace gatewayd::cluster
