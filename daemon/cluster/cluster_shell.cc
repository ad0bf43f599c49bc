#include "cluster/cluster_shell.h"

#include <glog/logging.h>

#include <algorithm>
#include <random>
#include <utility>

#include <boost/asio/post.hpp>

#include "absl/time/clock.h"
#include "cluster/text.h"
#include "wire/register_line.h"

namespace gatewayd::cluster {
namespace {

// How often and how long Stop waits for buffers to run empty.
constexpr absl::Duration kStopPoll = absl::Milliseconds(10);
constexpr int kStopPolls = 100;

constexpr std::size_t kMaxUnknownEffects = 10'000;
constexpr std::size_t kMaxHolds = 1'000;

}  // namespace

std::unique_ptr<Cluster> Cluster::Start(const wire::Dialect& dialect, Options options,
                                        std::string instance_id, std::function<void()> on_ready) {
  return std::make_unique<ClusterShell>(dialect, std::move(options), std::move(instance_id),
                                        std::move(on_ready));
}

ClusterShell::ClusterShell(const wire::Dialect& dialect, Options options, std::string instance_id,
                           std::function<void()> on_ready)
    : dialect_(dialect),
      options_(std::move(options)),
      instance_id_(std::move(instance_id)),
      on_ready_(std::move(on_ready)),
      memory_(options_.max_answers),
      changes_(absl::Now),
      work_(io_.get_executor()),
      stop_timer_(io_),
      membership_(options_.registers.size()),
      next_seed_(std::random_device{}()) {
  for (std::size_t i = 0; i < options_.registers.size(); ++i) {
    registers_.push_back(std::make_shared<RegisterShell>(
        io_, options_.registers[i], dialect_, options_, next_seed_ += 7919,
        WorkerIdentity{.name = StrCat("gatewayd-", instance_id_, ":0"),
                       .processed = [this] { return outlet_.taken.load(std::memory_order_relaxed); }},
        [this, i](const std::vector<std::string>& addresses) { OnList(i, addresses); },
        [this, i](const std::string& news) { OnRegisterNews(i, news); }));
  }
  RebuildView();
  boost::asio::post(io_, [this] {
    for (const auto& shell : registers_)
      shell->Start();
  });
  thread_ = std::thread([this] { io_.run(); });
}

std::shared_ptr<const View> ClusterShell::view() const {
  std::lock_guard lock(mutex_);
  return view_;
}

std::vector<std::shared_ptr<GatewayShell>> ClusterShell::gateways() const {
  std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<GatewayShell>> result;
  for (const auto& [address, gateway] : gateways_)
    result.push_back(gateway);
  return result;
}

// ---- Membership

void ClusterShell::OnList(std::size_t index, const std::vector<std::string>& addresses) {
  Apply(membership_.OnList(index, addresses));
  RebuildView();  // the first answer makes the view usable, whatever it lists
  CheckReady();
}

void ClusterShell::Apply(const Membership::Changes& changes) {
  if (changes.empty()) return;
  for (const std::string& address : changes.joined)
    Join(address);
  for (const std::string& address : changes.left)
    Leave(address);
  {
    std::lock_guard lock(mutex_);
    ++past_.membership_changes;
  }
  for (const auto& gateway : gateways()) {
    const auto is = [&](const std::vector<std::string>& list) {
      return std::find(list.begin(), list.end(), gateway->address()) != list.end();
    };
    if (is(changes.listed)) gateway->SetListed(true);
    if (is(changes.unlisted)) {
      changes_.Add(ChangeKind::kGatewayUnlisted, gateway->address(), "its links are kept");
      LOG(INFO) << "gateway " << gateway->address() << ": no Register lists it any more; its links are kept";
      gateway->SetListed(false);
    }
  }
  RebuildView();
}

std::string ClusterShell::DialAddress(const std::string& address) const {
  if (const auto at = options_.address_map.find(address); at != options_.address_map.end()) return at->second;
  std::string host;
  std::uint16_t port = 0;
  wire::SplitHostPort(address, &host, &port);
  const auto at = options_.address_map.find(host);
  return at == options_.address_map.end() ? address : StrCat(at->second, ":", port);
}

RunPtr ClusterShell::NewRun(const std::string& address) {
  const std::uint64_t number = next_run_++;
  return std::make_shared<GatewayRun>(
      GatewayRun{.number = number, .generation = StrCat(instance_id_, "-", number), .gateway = address});
}

std::string ClusterShell::NewWorkerKey() {
  return StrCat("gatewayd-", instance_id_, ":", next_worker_key_++);
}

void ClusterShell::Join(const std::string& address) {
  const std::string dial = DialAddress(address);
  WriteHold hold;
  if (const auto at = holds_.find(address); at != holds_.end()) {
    hold = std::move(at->second);
    holds_.erase(at);
  }
  LOG(INFO) << "gateway " << address << ": joined" << (dial == address ? "" : StrCat(", dialled as ", dial));
  changes_.Add(ChangeKind::kGatewayJoined, address, dial == address ? "" : StrCat("dialled as ", dial));
  auto gateway = std::make_shared<GatewayShell>(
      io_,
      GatewayMachine::Settings{.address = address,
                               .dialect = &dialect_,
                               .options = &options_,
                               .memory = &memory_,
                               .query_stats = &query_stats_,
                               .new_run = [this, address] { return NewRun(address); },
                               .new_worker_key = [this] { return NewWorkerKey(); },
                               .instance_id = instance_id_,
                               .seed = next_seed_ += 7919,
                               .effects_unknown = unknown_effects_.erase(address) > 0,
                               .hold = std::move(hold)},
      dial, outlet_, changes_,
      [this](GatewayShell& shell, const GatewayChange& change) { OnGatewayChange(shell, change); });
  gateway->set_on_route([this] { RebuildView(); });
  gateway->set_on_event_links_off([this] { CheckEventLinksLeft(); });
  {
    std::lock_guard lock(mutex_);
    gateways_[address] = gateway;
  }
  gateway->Start();
  if (outlet_.wanted) gateway->WantEvents(true);
}

void ClusterShell::Leave(const std::string& address) {
  LOG(INFO) << "gateway " << address << ": left";
  changes_.Add(ChangeKind::kGatewayLeft, address);
  std::shared_ptr<GatewayShell> gateway;
  {
    std::lock_guard lock(mutex_);
    const auto at = gateways_.find(address);
    if (at == gateways_.end()) return;
    gateway = std::move(at->second);
    gateways_.erase(at);
  }
  gateway->Stop();
  if (gateway->effects_unknown()) {
    // Where addresses never come back (pods), the memory of them must not grow for ever.
    if (unknown_effects_.size() >= kMaxUnknownEffects) unknown_effects_.erase(unknown_effects_.begin());
    unknown_effects_.insert(address);
  }
  if (WriteHold hold = gateway->hold(); !hold.empty() && !stopped_) {
    if (holds_.size() >= kMaxHolds) holds_.erase(holds_.begin());
    holds_[address] = std::move(hold);
  }
  CheckEventLinksLeft();
  std::lock_guard lock(mutex_);
  past_.Add(gateway->counters());
}

void ClusterShell::OnRegisterNews(std::size_t index, const std::string& news) {
  const RegisterView view = registers_[index]->view();
  const std::string prefix = StrCat("register ", view.address, ": ");
  const bool up = view.state == LinkState::kReady;
  changes_.Add(up ? ChangeKind::kRegisterUp : ChangeKind::kRegisterLost, view.address,
               news.starts_with(prefix) ? news.substr(prefix.size()) : news);
  RebuildView();
}

void ClusterShell::OnGatewayChange(GatewayShell& gateway, const GatewayChange& change) {
  const std::string& address = gateway.address();
  switch (change.kind) {
    case GatewayChange::Kind::kTried:
      if (!gateway.usable()) {
        LOG(WARNING) << "gateway " << address << ": " << gateway.why_unlinked();
        changes_.Add(ChangeKind::kGatewayUnreachable, address, gateway.why_unlinked());
      }
      CheckReady();
      return;
    case GatewayChange::Kind::kLinked:
      LOG(INFO) << "gateway " << address << ": " << change.text;
      changes_.Add(ChangeKind::kLinkUp, address, change.text);
      Apply(membership_.OnLinked(address, true));
      return;
    case GatewayChange::Kind::kNews:
      if (stopped_) return;
      LOG(WARNING) << "gateway " << address << ": " << change.text;
      changes_.Add(ChangeKind::kGatewayNews, address, change.text);
      return;
    case GatewayChange::Kind::kUnlinked:
      if (!stopped_) {
        LOG(WARNING) << "gateway " << address << ": " << change.text;
        changes_.Add(ChangeKind::kLinkLost, address, change.text);
      }
      // Posted: the Gateway may leave by it, and is still at work further up the stack.
      boost::asio::post(io_, [this, address] { Apply(membership_.OnLinked(address, false)); });
      return;
  }
}

// ---- Events

void ClusterShell::SetEventSink(EventSink* sink) {
  outlet_.sink.store(sink, std::memory_order_release);
}

void ClusterShell::WantEvents(bool wanted) {
  boost::asio::post(io_, [this, wanted] {
    if (stopped_ || outlet_.wanted.exchange(wanted) == wanted) return;
    if (wanted) outlet_.was_wanted = true;
    leaving_event_links_ = !wanted;
    for (const auto& gateway : gateways())
      gateway->WantEvents(wanted);
    CheckEventLinksLeft();
  });
}

void ClusterShell::ResumeEvents() {
  if (resume_posted_.exchange(true)) return;
  boost::asio::post(io_, [this] {
    resume_posted_ = false;
    for (const auto& gateway : gateways())
      gateway->ResumeEvents();
  });
}

void ClusterShell::MarkEvents(const RunPtr& run, std::uint64_t token) {
  boost::asio::post(io_, [this, run, token] {
    std::shared_ptr<GatewayShell> gateway;
    {
      std::lock_guard lock(mutex_);
      const auto at = gateways_.find(run->gateway);
      if (at == gateways_.end()) return;
      gateway = at->second;
    }
    gateway->MarkEvents(run, token);
  });
}

// Posted: the step that has closed the last one is still at work further up the stack.
void ClusterShell::CheckEventLinksLeft() {
  boost::asio::post(io_, [this] {
    if (!leaving_event_links_ || stopped_) return;
    const auto all = gateways();
    if (!std::all_of(all.begin(), all.end(), [](const auto& g) { return g->event_links_off(); })) return;
    leaving_event_links_ = false;
    if (EventSink* sink = outlet_.sink.load(std::memory_order_acquire)) sink->OnEventLinksLeft();
  });
}

// ---- View

void ClusterShell::RebuildView() {
  auto view = std::make_shared<View>();
  view->any_answer = membership_.any_answered();
  view->complete = membership_.all_answered();
  for (const auto& shell : registers_) {
    const RegisterView state = shell->view();
    if (state.answered) continue;
    view->why_incomplete = StrCat("register ", state.address, " has not answered (", ToString(state.state),
                                  state.last_error.empty() ? "" : StrCat("; ", state.last_error), ")");
  }
  for (const auto& gateway : gateways()) {
    const auto route = gateway->route();
    if (!route) {
      view->complete = false;
      view->why_incomplete = StrCat("the name in ", gateway->address(), " is not resolved");
    } else if (!view->by_address.emplace(*route, gateway).second) {
      // Two Registers know one Gateway under two names: a broadcast must reach it once.
      LOG(WARNING) << "gateway " << gateway->address()
                   << " is the same as another one listed; it is left out";
      continue;
    }
    view->members.push_back(gateway);
  }
  std::lock_guard lock(mutex_);
  view_ = std::move(view);
}

void ClusterShell::CheckReady() {
  if (ready_ || !membership_.any_answered()) return;
  const auto all = gateways();
  if (!std::all_of(all.begin(), all.end(), [](const auto& gateway) { return gateway->tried(); })) return;
  ready_ = true;
  {
    std::lock_guard lock(mutex_);
    ready_seen_ = true;
  }
  LOG(INFO) << "ready: " << all.size() << " Gateways known";
  changes_.Add(ChangeKind::kReady, "", StrCat(all.size(), " Gateways known"));
  if (on_ready_) on_ready_();
}

ClusterStatus ClusterShell::status() const {
  ClusterStatus status;
  for (const auto& shell : registers_) {
    status.registers.push_back(shell->view());
    const RegisterView& view = status.registers.back();
    if (view.state != LinkState::kReady) {
      status.degraded.push_back(
          StrCat("register ", view.address, ": ", ToString(view.state), " ", view.last_error));
    }
  }
  for (const auto& gateway : gateways()) {
    status.gateways.push_back(gateway->view());
    if (!gateway->usable()) {
      status.degraded.push_back(StrCat("gateway ", gateway->address(), ": ", gateway->why_unlinked()));
    } else if (const std::string why_not = gateway->why_degraded(); !why_not.empty()) {
      status.degraded.push_back(StrCat("gateway ", gateway->address(), ": ", why_not));
    } else if (const std::string why = gateway->why_no_events(); !why.empty()) {
      status.degraded.push_back(StrCat("gateway ", gateway->address(), ": ", why));
    }
  }
  status.answer_memory_used = memory_.used();
  std::lock_guard lock(mutex_);
  status.complete = view_->complete;
  status.ready = ready_seen_;
  return status;
}

std::map<std::string, std::uint64_t> ClusterShell::counters() const {
  Counters sum;
  {
    std::lock_guard lock(mutex_);
    sum = past_;
  }
  for (const auto& shell : registers_)
    sum.Add(shell->counters());
  for (const auto& gateway : gateways())
    sum.Add(gateway->counters());
  return sum.ByName();
}

// ---- Stop

void ClusterShell::Stop() {
  if (stopped_.exchange(true)) return;
  boost::asio::post(io_, [this] { StopOnIoThread(kStopPolls); });
  thread_.join();
}

void ClusterShell::StopOnIoThread(int polls_left) {
  const auto all = gateways();
  const bool empty = std::all_of(all.begin(), all.end(), [](const auto& g) { return g->pending() == 0; });
  if (!empty && polls_left > 0) {
    stop_timer_.expires_after(absl::ToChronoNanoseconds(kStopPoll));
    stop_timer_.async_wait([this, polls_left](boost::system::error_code) { StopOnIoThread(polls_left - 1); });
    return;
  }
  for (const auto& shell : registers_)
    shell->Stop();
  for (const auto& gateway : all)
    gateway->Stop();
  work_.reset();
  // Whatever is still posted or aborted runs now; then run() returns by itself.
}

}  // namespace gatewayd::cluster
