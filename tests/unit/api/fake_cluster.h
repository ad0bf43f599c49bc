// A cluster of Gateways that write down what they are sent and answer as they are told, at once or when the
// test lets them.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "cluster/cluster.h"
#include "cluster/errors.h"
#include "cluster/text.h"

namespace gatewayd::api {

// A frame as it was handed over, with how it was to be sent.
struct Sent {
  enum class How { kSend, kConfirmed, kQuery };
  How how = How::kSend;
  wire::Command command = {};
  std::uint32_t connection_id = 0;
  std::uint8_t flag = 0;
  std::string ext;
  std::string body;
  std::string generation;
  bool require_online = false;
  bool confirm_run = false;
  std::size_t bounded = 0;
  bool any_consistency = false;
  absl::Time deadline = absl::InfiniteFuture();
};

class FakeGateway final : public cluster::Gateway, public std::enable_shared_from_this<FakeGateway> {
 public:
  using AnswerFunction = std::function<absl::StatusOr<std::string>(const Sent&)>;

  explicit FakeGateway(std::string address) : address_(std::move(address)) {}

  // What queries are answered; before it is set they fail with kNoLink.
  void Answer(AnswerFunction answer) {
    std::lock_guard lock(mutex_);
    answer_ = std::move(answer);
  }
  void Answer(std::string bytes) {
    Answer([bytes](const Sent&) { return bytes; });
  }
  // What Send and SendConfirmed give.
  void Fail(absl::Status status) {
    std::lock_guard lock(mutex_);
    send_status_ = std::move(status);
  }
  // From now on nothing is answered until Release.
  void Hold() {
    std::lock_guard lock(mutex_);
    hold_ = true;
  }
  // Answers what was held; from now on all is answered at once again.
  void Release() {
    std::vector<std::function<void()>> held;
    {
      std::lock_guard lock(mutex_);
      hold_ = false;
      held.swap(held_);
    }
    for (const auto& answer : held)
      answer();
  }
  std::size_t held() const {
    std::lock_guard lock(mutex_);
    return held_.size();
  }

  std::vector<Sent> sent() const {
    std::lock_guard lock(mutex_);
    return sent_;
  }
  int flushes() const {
    std::lock_guard lock(mutex_);
    return flushes_;
  }
  // Makes all that is not answered yet, and what comes, fail.
  void Stop() {
    const auto stopping = cluster::MakeError(absl::StatusCode::kUnavailable, cluster::Reason::kStopping,
                                             address_, "the daemon is going");
    Answer([stopping](const Sent&) { return stopping; });
    Fail(stopping);
    Release();
  }

  const std::string& address() const override { return address_; }

  absl::Status Send(const wire::Frame& frame, std::string_view generation,
                    cluster::WriteBatch& batch) override {
    std::lock_guard lock(mutex_);
    Record(Sent::How::kSend, frame, generation);
    if (send_status_.ok()) batch.Add(shared_from_this());
    return send_status_;
  }

  void SendConfirmed(const wire::Frame& frame, const cluster::CommandOptions& options,
                     cluster::WriteBatch& batch, cluster::OnDone done) override {
    {
      std::lock_guard lock(mutex_);
      Sent& sent = Record(Sent::How::kConfirmed, frame, options.generation);
      sent.require_online = options.require_online;
      sent.confirm_run = options.confirm_run;
    }
    batch.Add(shared_from_this());
    auto shared = std::make_shared<cluster::OnDone>(std::move(done));
    Finish([this, shared] {
      absl::Status status;
      {
        std::lock_guard lock(mutex_);
        status = send_status_;
      }
      (*shared)(status);
    });
  }

  void Query(const wire::Frame& frame, const cluster::QueryOptions& options, cluster::WriteBatch& batch,
             cluster::OnAnswer answer) override {
    Sent copy;
    {
      std::lock_guard lock(mutex_);
      Sent& sent = Record(Sent::How::kQuery, frame, options.generation);
      sent.bounded = options.bounded_answer_size;
      sent.any_consistency = options.any_consistency;
      sent.deadline = options.deadline;
      copy = sent;
    }
    batch.Add(shared_from_this());
    auto shared = std::make_shared<cluster::OnAnswer>(std::move(answer));
    Finish([this, shared, copy] {
      AnswerFunction function;
      {
        std::lock_guard lock(mutex_);
        function = answer_;
      }
      const absl::StatusOr<std::string> bytes = function ? function(copy) : NoLink();
      if (!bytes.ok()) return (*shared)(bytes.status());
      (*shared)(std::string_view(*bytes));
    });
  }

  void Flush() override {
    std::lock_guard lock(mutex_);
    ++flushes_;
  }

  std::uint64_t command_link_life() const override { return 1; }

  cluster::GatewayView view() const override {
    return {.address = address_, .client_id_address = address_, .generation = "fake-1", .listed = true};
  }
  bool ClearHold() override {
    std::lock_guard lock(mutex_);
    return std::exchange(held_back_, false);
  }
  void HoldBack() {
    std::lock_guard lock(mutex_);
    held_back_ = true;
  }

 private:
  absl::Status NoLink() const {
    return cluster::MakeError(absl::StatusCode::kUnavailable, cluster::Reason::kNoLink, address_,
                              "not linked");
  }

  Sent& Record(Sent::How how, const wire::Frame& frame, std::string_view generation) {
    Sent sent;
    sent.how = how;
    sent.command = frame.command;
    sent.connection_id = frame.connection_id;
    sent.flag = frame.flag;
    sent.ext = std::string(frame.ext);
    sent.body = std::string(frame.body);
    sent.generation = std::string(generation);
    sent_.push_back(std::move(sent));
    return sent_.back();
  }

  void Finish(std::function<void()> answer) {
    {
      std::lock_guard lock(mutex_);
      if (hold_) {
        held_.push_back(std::move(answer));
        return;
      }
    }
    answer();
  }

  const std::string address_;
  mutable std::mutex mutex_;
  AnswerFunction answer_;
  absl::Status send_status_;
  bool hold_ = false;
  bool held_back_ = false;
  std::vector<std::function<void()>> held_;
  std::vector<Sent> sent_;
  int flushes_ = 0;
};

class FakeCluster final : public cluster::Cluster {
 public:
  // `gateways` members at 127.0.0.1:2900, :2901, …
  explicit FakeCluster(int gateways) {
    for (int i = 0; i < gateways; ++i)
      gateways_.push_back(std::make_shared<FakeGateway>(absl::StrCat("127.0.0.1:", 2900 + i)));
    SetView(true, true);
    io_thread_ = std::thread([this] { io_.run(); });
  }
  ~FakeCluster() override {
    work_.reset();
    io_thread_.join();
  }

  FakeGateway& gateway(std::size_t i) { return *gateways_[i]; }

  // What clients of Gateway i are called.
  static std::string ClientId(int gateway, std::uint32_t connection) {
    return wire::FormatClientId({Address(gateway), connection});
  }
  static wire::GatewayAddress Address(int gateway) {
    return {0x7f000001, static_cast<std::uint16_t>(2900 + gateway)};
  }

  void SetView(bool any_answer, bool complete) {
    auto view = std::make_shared<cluster::View>();
    view->any_answer = any_answer;
    view->complete = complete;
    view->why_incomplete = "Register 127.0.0.1:1236 has not answered yet: connection refused";
    for (std::size_t i = 0; i < gateways_.size() && any_answer; ++i) {
      view->members.push_back(gateways_[i]);
      view->by_address.emplace(Address(static_cast<int>(i)), gateways_[i]);
    }
    std::lock_guard lock(mutex_);
    view_ = std::move(view);
  }

  // Event links are left at once. What the sink is told of events, the test tells it.
  void SetEventSink(cluster::EventSink* sink) override { sink_ = sink; }
  void WantEvents(bool wanted) override {
    const bool was_wanted = std::exchange(wanted_, wanted);
    if (was_wanted && !wanted) sink_->OnEventLinksLeft();
  }
  void ResumeEvents() override {}
  void MarkEvents(const cluster::RunPtr&, std::uint64_t) override {}
  boost::asio::io_context& io() override { return io_; }

  std::shared_ptr<const cluster::View> view() const override {
    std::lock_guard lock(mutex_);
    return view_;
  }
  const wire::Dialect& dialect() const override { return *dialect_; }
  void SetDialect(const wire::Dialect& dialect) { dialect_ = &dialect; }
  const std::string& instance_id() const override { return instance_id_; }
  cluster::ClusterStatus status() const override { return status_; }
  std::map<std::string, std::uint64_t> counters() const override { return {{"commands_lost", 7}}; }
  void Stop() override {
    for (const auto& gateway : gateways_)
      gateway->Stop();
    stopped_ = true;
  }
  bool stopped() const { return stopped_; }

  cluster::ClusterStatus status_;

 private:
  boost::asio::io_context io_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{io_.get_executor()};
  std::thread io_thread_;
  cluster::EventSink* sink_ = nullptr;
  bool wanted_ = false;
  std::vector<std::shared_ptr<FakeGateway>> gateways_;
  mutable std::mutex mutex_;
  std::shared_ptr<const cluster::View> view_;
  const wire::Dialect* dialect_ = &wire::PhpDialect();
  const std::string instance_id_ = "6f1c9a3e52d1b07a";
  std::atomic<bool> stopped_ = false;
};

}  // namespace gatewayd::api
