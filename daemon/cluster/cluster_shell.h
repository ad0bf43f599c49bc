// The running cluster side: Membership fed by the Register shells, a GatewayShell for each member, and the
// View that callers take. One io thread; callers meet it at the view's lock and at each Gateway's.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "cluster/answer_memory.h"
#include "cluster/cluster.h"
#include "cluster/gateway_shell.h"
#include "cluster/membership.h"
#include "cluster/register_shell.h"

namespace gatewayd::cluster {

// Owns the io thread, which runs from the constructor to Stop. Members promise what those of Cluster do; the
// dialect must outlive it.
class ClusterShell final : public Cluster {
 public:
  ClusterShell(const wire::Dialect& dialect, Options options, std::string instance_id,
               std::function<void()> on_ready);
  ~ClusterShell() override { Stop(); }

  void SetEventSink(EventSink* sink) override;
  void WantEvents(bool wanted) override;
  void ResumeEvents() override;
  void MarkEvents(const RunPtr& run, std::uint64_t token) override;
  boost::asio::io_context& io() override { return io_; }

  std::shared_ptr<const View> view() const override;
  const wire::Dialect& dialect() const override { return dialect_; }
  const std::string& instance_id() const override { return instance_id_; }
  ClusterStatus status() const override;
  std::map<std::string, std::uint64_t> counters() const override;
  const QueryStats* query_stats() const override { return &query_stats_; }
  ChangeLog* changes() override { return &changes_; }
  void Stop() override;

 private:
  // All of these on the io thread.
  void OnList(std::size_t index, const std::vector<std::string>& addresses);
  void Apply(const Membership::Changes& changes);
  void Join(const std::string& address);
  void Leave(const std::string& address);
  void OnRegisterNews(std::size_t index, const std::string& news);
  void OnGatewayChange(GatewayShell& gateway, const GatewayChange& change);
  void RebuildView();
  void CheckReady();
  std::string DialAddress(const std::string& address) const;
  RunPtr NewRun(const std::string& address);
  std::string NewWorkerKey();
  void CheckEventLinksLeft();
  void StopOnIoThread(int polls_left);

  std::vector<std::shared_ptr<GatewayShell>> gateways() const;

  const wire::Dialect& dialect_;
  const Options options_;
  const std::string instance_id_;
  std::function<void()> on_ready_;
  AnswerMemory memory_;
  QueryStats query_stats_;
  ChangeLog changes_;

  boost::asio::io_context io_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  boost::asio::steady_timer stop_timer_;
  std::vector<std::shared_ptr<RegisterShell>> registers_;

  Membership membership_;  // io thread
  // Addresses that left while commands to them may not have run: a query after they are back must say so
  // once. io thread.
  std::set<std::string> unknown_effects_;
  // What must be done at an address that left before its clients may be written to. io thread.
  std::map<std::string, WriteHold> holds_;
  std::uint32_t next_seed_ = 1;
  bool ready_ = false;
  std::uint64_t next_run_ = 1;         // io thread
  std::uint64_t next_worker_key_ = 1;  // io thread
  bool leaving_event_links_ = false;   // io thread: OnEventLinksLeft is to be called
  EventOutlet outlet_;
  std::atomic<bool> resume_posted_ = false;

  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<GatewayShell>> gateways_;  // guarded by mutex_
  std::shared_ptr<const View> view_;                               // guarded by mutex_
  bool ready_seen_ = false;                                        // guarded by mutex_
  Counters past_;                                                  // guarded by mutex_: of Gateways that left

  std::atomic<bool> stopped_ = false;
  std::thread thread_;
};

}  // namespace gatewayd::cluster
