// A Gateway with its sockets: GatewayMachine under one lock, a Connection for each link, one timer. Callers
// append to a link's buffer on their own thread and write it out there; answers are finished on the io thread
// that read them, and events handed on there.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "absl/functional/function_ref.h"
#include "cluster/change_log.h"
#include "cluster/connection.h"
#include "cluster/event_reader.h"
#include "cluster/gateway.h"
#include "cluster/gateway_machine.h"

namespace gatewayd::cluster {

// What the Gateways of one cluster share about events.
struct EventOutlet {
  std::atomic<EventSink*> sink = nullptr;
  std::atomic<bool> wanted = false;
  // They were once: from then on the sink may have events, and is told of sessions that are written.
  std::atomic<bool> was_wanted = false;
  // Events taken by the sink, all Gateways together.
  std::atomic<std::uint64_t> taken = 0;
};

// The machine's clock: monotonic, so that a set wall clock ends no link.
absl::Time MonotonicNow();

class GatewayShell final : public Gateway,
                           public ConnectionEvents,
                           public std::enable_shared_from_this<GatewayShell> {
 public:
  // Called on the io thread with no lock held.
  using Watcher = std::function<void(GatewayShell&, const GatewayChange&)>;

  // `outlet` and `changes` must outlive it.
  GatewayShell(boost::asio::io_context& io, GatewayMachine::Settings settings,
               const std::string& dial_address, EventOutlet& outlet, ChangeLog& changes, Watcher watcher);
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
  std::uint64_t command_link_life() const override;
  GatewayView view() const override;
  bool ClearHold() override;

  // ---- For the cluster; io thread only.
  void SetListed(bool listed);
  void Stop();
  bool linked() const;
  bool usable() const;  // it takes commands
  bool tried() const;
  // As GatewayMachine::effects_unknown, for the next time that the address joins.
  bool effects_unknown() const;
  // Bytes that wait to be written, over all links.
  std::size_t pending() const;
  Counters counters() const;
  std::string why_unlinked() const;
  std::string why_degraded() const;  // as GatewayMachine
  WriteHold hold() const;
  // The inner address that client_ids carry, where known.
  std::optional<wire::GatewayAddress> route() const;
  // Called when `route` becomes known or changes; io thread.
  void set_on_route(std::function<void()> on_route) { on_route_ = std::move(on_route); }

  // ---- Events, for the cluster; io thread only. As in Cluster.
  void WantEvents(bool wanted);
  void ResumeEvents();
  void MarkEvents(const RunPtr& run, std::uint64_t token);
  bool event_links_off() const;
  std::string why_no_events() const;
  // Called when event_links_off() has become true; io thread.
  void set_on_event_links_off(std::function<void()> on_off) { on_event_links_off_ = std::move(on_off); }

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
    std::unique_ptr<EventReader> reader;  // of event links; io thread
    bool route_told = false;              // the first event of the connection has told the route; io thread
  };

  // Runs `step` on the machine under the lock, does what it asks for, then completes what became due.
  void OnIoThread(absl::FunctionRef<void(absl::Time)> step);
  template <typename Step, typename Then = void (*)()>
  void OnCallersThread(
      WriteBatch& batch, Step&& step, Then&& before_completions = [] {});
  std::uint64_t ReadyLinksLocked();  // bit i: link i
  void PostIfNeededLocked();
  void PerformLocked();
  void WriteLocked(std::size_t i);
  void MarkDirtyLocked(WriteBatch& batch);
  void ArmTimerLocked();
  void RunTimer();
  void ResolveRoute();
  void TellSink(const std::vector<EventNote>& notes);
  void OnEventInput(std::size_t i);
  void OnEventItem(std::size_t i, const EventReader::Item& item, EventInput& input);
  void OnRouteOfEvent(std::size_t i, const wire::Frame& frame);
  void OnSessionWritten(const wire::Frame& frame, const RunPtr& run);
  // True where OnSessionWritten has somebody to tell about this command.
  bool WritesSession(const wire::Frame& frame) const;

  boost::asio::io_context& io_;
  const std::string address_;
  std::string advertised_host_, dial_host_;
  std::uint16_t advertised_port_ = 0, dial_port_ = 0;
  const bool go_;
  EventOutlet& outlet_;
  ChangeLog& changes_;
  const Watcher watcher_;
  std::function<void()> on_route_;
  std::function<void()> on_event_links_off_;
  boost::asio::steady_timer timer_;
  boost::asio::ip::tcp::resolver route_resolver_;

  mutable std::mutex mutex_;
  GatewayMachine machine_;                     // guarded by mutex_
  std::vector<Link> links_;                    // sockets: io thread; Write and flags under mutex_
  absl::Time armed_ = absl::InfiniteFuture();  // guarded by mutex_
  bool flush_pending_ = false;                 // guarded by mutex_: some batch will flush
  bool event_links_off_ = true;                // guarded by mutex_: as at the end of the last step
  bool route_by_event_ = false;                // guarded by mutex_: route_ is what events have told
  std::optional<wire::GatewayAddress> route_;  // guarded by mutex_
};

}  // namespace gatewayd::cluster
