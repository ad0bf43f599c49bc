#include "cluster/register_shell.h"

#include <glog/logging.h>

#include <algorithm>
#include <utility>

#include "cluster/gateway_shell.h"
#include "wire/register_line.h"

namespace gatewayd::cluster {

RegisterShell::RegisterShell(boost::asio::io_context& io, const std::string& address,
                             const wire::Dialect& dialect, const Options& options, std::uint32_t seed,
                             WorkerIdentity identity, OnList on_list, OnNews on_news)
    : on_list_(std::move(on_list)),
      on_news_(std::move(on_news)),
      timer_(io),
      connection_(io, *this, 0),
      machine_(address, dialect, options, seed, std::move(identity)) {
  wire::SplitHostPort(address, &host_, &port_);
}

template <typename Step>
void RegisterShell::Run(Step&& step) {
  LinkAction action;
  std::string news;
  std::optional<std::vector<std::string>> list;
  absl::Time next;
  {
    std::lock_guard lock(mutex_);
    step(MonotonicNow());
    action = machine_.TakeAction();
    news = machine_.TakeNews();
    list = machine_.TakeList();
    unsent_ += machine_.TakeOutput();
    next = machine_.NextTimer();
  }
  if (action != LinkAction::kNone) {
    unsent_.clear();
    connection_.Close();
    if (action == LinkAction::kDial) connection_.Dial(host_, port_);
  }
  Write();
  ArmTimer(next);
  if (list) on_list_(*list);
  if (!news.empty()) {
    LOG(INFO) << news;
    on_news_(news);
  }
}

void RegisterShell::Start() {
  connection_.set_owner(weak_from_this());
  Run([this](absl::Time now) { machine_.Start(now); });
}

void RegisterShell::Stop() {
  Run([this](absl::Time now) { machine_.Stop(now); });
  timer_.cancel();
}

void RegisterShell::Write() {
  while (!unsent_.empty()) {
    const std::ptrdiff_t written = connection_.Write(unsent_);
    if (written <= 0) {
      // The few bytes of a ping do not fit: the Register reads nothing. The reading side hears of a broken
      // socket.
      if (written == 0) connection_.WaitWritable();
      return;
    }
    unsent_.erase(0, static_cast<std::size_t>(written));
  }
}

void RegisterShell::ArmTimer(absl::Time next) {
  if (next == armed_) return;
  armed_ = next;
  timer_.cancel();
  if (next == absl::InfiniteFuture()) return;
  timer_.expires_after(absl::ToChronoNanoseconds(std::max(next - MonotonicNow(), absl::ZeroDuration())));
  timer_.async_wait([self = shared_from_this()](boost::system::error_code error) {
    if (error) return;
    self->armed_ = absl::InfiniteFuture();
    self->Run([&](absl::Time now) { self->machine_.OnTimer(now); });
  });
}

void RegisterShell::OnConnected(std::size_t) {
  connection_.Open();
  Run([this](absl::Time now) { machine_.OnConnected(now); });
  connection_.StartReading();
}

void RegisterShell::OnConnectFailed(std::size_t, const std::string& error) {
  Run([&](absl::Time now) { machine_.OnConnectFailed(error, now); });
}

void RegisterShell::OnInput(std::size_t) {
  const std::string bytes(connection_.input());
  connection_.ClearInput();
  Run([&](absl::Time now) { machine_.OnBytes(bytes, now); });
}

void RegisterShell::OnClosed(std::size_t, const std::string& error) {
  Run([&](absl::Time now) { machine_.OnClosed(error, now); });
}

RegisterView RegisterShell::view() const {
  std::lock_guard lock(mutex_);
  return machine_.View(MonotonicNow(), absl::Now());
}

Counters RegisterShell::counters() const {
  std::lock_guard lock(mutex_);
  return machine_.counters();
}

}  // namespace gatewayd::cluster
