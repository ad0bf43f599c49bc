#include "cluster/gateway_shell.h"

#include <glog/logging.h>

#include <bit>
#include <chrono>
#include <utility>

#include <boost/asio/post.hpp>

#include "cluster/text.h"
#include "wire/register_line.h"

namespace gatewayd::cluster {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

// A buffer this big is written out at once instead of waiting for the end of the turn.
constexpr std::size_t kFlushAt = 64 * 1024;
constexpr std::size_t kReadSize = 64 * 1024;
constexpr std::size_t kEventReadSize = 256 * 1024;

}  // namespace

absl::Time MonotonicNow() {
  return absl::FromUnixNanos(std::chrono::duration_cast<std::chrono::nanoseconds>(
                                 std::chrono::steady_clock::now().time_since_epoch())
                                 .count());
}

GatewayShell::GatewayShell(asio::io_context& io, GatewayMachine::Settings settings,
                           const std::string& dial_address, EventOutlet& outlet, ChangeLog& changes,
                           Watcher watcher)
    : io_(io),
      address_(settings.address),
      go_(settings.dialect->kind() == wire::DialectKind::kGo),
      outlet_(outlet),
      changes_(changes),
      watcher_(std::move(watcher)),
      timer_(io),
      route_resolver_(io),
      machine_(std::move(settings)) {
  wire::SplitHostPort(address_, &advertised_host_, &advertised_port_);
  wire::SplitHostPort(dial_address, &dial_host_, &dial_port_);
  for (std::size_t i = 0; i < machine_.connection_count(); ++i) {
    const bool event = i >= machine_.link_count();
    links_.emplace_back(std::make_unique<Connection>(io, *this, i, event ? kEventReadSize : kReadSize));
    if (event) links_.back().reader = machine_.NewEventReader();
    // A stalled Gateway does not read its command link, and that must not end it.
    if (go_ && i == 0) links_.back().connection->KeepUnacknowledged();
  }
}

void GatewayShell::Start() {
  for (Link& link : links_)
    link.connection->set_owner(weak_from_this());
  ResolveRoute();
  SetListed(true);
}

// ---- Callers

absl::Status GatewayShell::Send(const wire::Frame& frame, std::string_view generation, WriteBatch& batch) {
  const bool writes_session = WritesSession(frame);
  RunPtr run;
  {
    std::lock_guard lock(mutex_);
    // This is the way of every command: the clock and the timers cost as much as its encoding.
    const bool timed = machine_.send_needs_time();
    absl::Status status = machine_.Send(frame, generation, timed ? MonotonicNow() : absl::InfinitePast());
    if (!status.ok()) return status;
    MarkDirtyLocked(batch);
    if (timed) PostIfNeededLocked();
    if (writes_session) run = machine_.run();
  }
  if (run) OnSessionWritten(frame, run);
  return absl::OkStatus();
}

void GatewayShell::SendConfirmed(const wire::Frame& frame, const CommandOptions& options, WriteBatch& batch,
                                 OnDone done) {
  const bool writes_session = WritesSession(frame);
  RunPtr run;
  OnCallersThread(
      batch,
      [&](absl::Time now) {
        const bool accepted = machine_.SendConfirmed(frame, options, std::move(done), now);
        if (writes_session && accepted) run = machine_.run();
      },
      [&] {
        if (run) OnSessionWritten(frame, run);
      });
}

bool GatewayShell::WritesSession(const wire::Frame& frame) const {
  return (frame.command == wire::Command::kSetSession || frame.command == wire::Command::kUpdateSession) &&
         outlet_.was_wanted.load(std::memory_order_relaxed);
}

void GatewayShell::OnSessionWritten(const wire::Frame& frame, const RunPtr& run) {
  if (EventSink* sink = outlet_.sink.load(std::memory_order_acquire)) {
    sink->OnSessionWritten(run, frame.connection_id);
  }
}

std::uint64_t GatewayShell::command_link_life() const {
  std::lock_guard lock(mutex_);
  return machine_.command_link_life();
}

void GatewayShell::Query(const wire::Frame& frame, const QueryOptions& options, WriteBatch& batch,
                         OnAnswer answer) {
  OnCallersThread(batch, [&](absl::Time now) {
    if (options.deadline == absl::InfiniteFuture()) {
      machine_.Query(frame, options, std::move(answer), now);
    } else {
      QueryOptions monotonic = options;
      monotonic.deadline = now + (options.deadline - absl::Now());
      machine_.Query(frame, monotonic, std::move(answer), now);
    }
  });
}

template <typename Step, typename Then>
void GatewayShell::OnCallersThread(WriteBatch& batch, Step&& step, Then&& before_completions) {
  std::vector<Completion> completions;
  {
    std::lock_guard lock(mutex_);
    step(MonotonicNow());
    MarkDirtyLocked(batch);
    PostIfNeededLocked();
    completions = machine_.TakeCompletions();
  }
  before_completions();
  for (Completion& completion : completions)
    completion.Run();
}

// Dialling and arming the timer belong to the io thread; most calls need neither.
void GatewayShell::PostIfNeededLocked() {
  bool io_needed = machine_.NextTimer() < armed_;
  for (std::size_t i = 0; i < machine_.link_count() && !io_needed; ++i)
    io_needed = machine_.link(i).has_action();
  if (io_needed) {
    asio::post(io_, [self = shared_from_this()] { self->OnIoThread([](absl::Time) {}); });
  }
}

void GatewayShell::MarkDirtyLocked(WriteBatch& batch) {
  if (machine_.link(0).outbound().pending() >= kFlushAt && !links_[0].waiting_writable) WriteLocked(0);
  if (flush_pending_) return;
  flush_pending_ = true;
  batch.Add(shared_from_this());
}

void GatewayShell::Flush() {
  std::lock_guard lock(mutex_);
  flush_pending_ = false;
  for (std::size_t i = 0; i < links_.size(); ++i)
    WriteLocked(i);
}

void GatewayShell::WriteLocked(std::size_t i) {
  Link& link = links_[i];
  LinkMachine& machine = machine_.connection(i);
  if (link.waiting_writable) return;
  for (std::string_view bytes = machine.outbound().Front(); !bytes.empty();
       bytes = machine.outbound().Front()) {
    const std::ptrdiff_t written = link.connection->Write(bytes);
    if (written > 0) {
      machine.outbound().Consume(static_cast<std::size_t>(written));
      machine.CountSent(static_cast<std::size_t>(written));
      continue;
    }
    // Full: wait. Failed: the reading side hears of it too, and tells why; waiting is right there as well.
    link.waiting_writable = true;
    asio::post(io_, [self = shared_from_this(), i] { self->links_[i].connection->WaitWritable(); });
    return;
  }
}

// ---- The io thread

void GatewayShell::OnIoThread(absl::FunctionRef<void(absl::Time)> step) {
  std::vector<Completion> completions;
  std::vector<GatewayChange> changes;
  std::vector<EventNote> notes;
  std::string news;
  bool event_links_went = false;
  {
    std::lock_guard lock(mutex_);
    const std::uint64_t ready = ReadyLinksLocked();
    step(MonotonicNow());
    const std::uint64_t lost = ready & ~ReadyLinksLocked();
    // Where all links went, the change tells why.
    if (lost != 0 && machine_.linked()) {
      const auto i = static_cast<std::size_t>(std::countr_zero(lost));
      news = StrCat(i == 0 ? "command link: " : "query link: ", machine_.link(i).last_error());
    }
    PerformLocked();
    completions = machine_.TakeCompletions();
    changes = machine_.TakeChanges();
    notes = machine_.TakeEventNotes();
    const bool off = machine_.event_links_off();
    event_links_went = off && !event_links_off_;
    event_links_off_ = off;
  }
  if (!news.empty()) {
    LOG(WARNING) << "gateway " << address_ << ": " << news;
    changes_.Add(ChangeKind::kLinkLost, address_, news);
  }
  for (Completion& completion : completions)
    completion.Run();
  TellSink(notes);
  for (const GatewayChange& change : changes)
    watcher_(*this, change);
  if (event_links_went && on_event_links_off_) on_event_links_off_();
}

std::uint64_t GatewayShell::ReadyLinksLocked() {
  std::uint64_t ready = 0;
  for (std::size_t i = 0; i < machine_.link_count(); ++i)
    ready |= std::uint64_t{machine_.link(i).ready()} << i;  // --query_links is 16 at most
  return ready;
}

void GatewayShell::PerformLocked() {
  for (std::size_t i = 0; i < links_.size(); ++i) {
    Link& link = links_[i];
    switch (machine_.connection(i).TakeAction()) {
      case LinkAction::kNone:
        break;
      case LinkAction::kDial:
        link.waiting_writable = false;
        link.connection->Dial(dial_host_, dial_port_);
        if (i == 0 && !route_) asio::post(io_, [self = shared_from_this()] { self->ResolveRoute(); });
        break;
      case LinkAction::kHalfClose:
        link.connection->HalfClose();
        break;
      case LinkAction::kClose:
        link.waiting_writable = false;
        link.connection->Close();
        break;
    }
    if (machine_.connection(i).outbound().pending() > 0) WriteLocked(i);
    if (machine_.reads(i) != link.connection->paused()) continue;
    if (link.connection->paused()) {
      link.connection->ResumeReading();
    } else {
      link.connection->PauseReading();
    }
  }
  ArmTimerLocked();
}

// The timer may fire early and find nothing to do; what counts is that it is never late, and that it is not
// set anew for each query.
void GatewayShell::ArmTimerLocked() {
  const absl::Time next = machine_.NextTimer();
  if (next >= armed_) return;
  armed_ = next;
  timer_.expires_after(absl::ToChronoNanoseconds(std::max(next - MonotonicNow(), absl::ZeroDuration())));
  timer_.async_wait([self = shared_from_this()](error_code error) {
    if (!error) self->RunTimer();
  });
}

void GatewayShell::RunTimer() {
  OnIoThread([this](absl::Time now) {
    armed_ = absl::InfiniteFuture();
    machine_.OnTimer(now);
  });
}

void GatewayShell::OnConnected(std::size_t i) {
  OnIoThread([&](absl::Time now) {
    links_[i].connection->Open();
    if (links_[i].reader) links_[i].reader->Reset();
    links_[i].route_told = false;
    machine_.OnConnected(i, now);
  });
  links_[i].connection->StartReading();
}

void GatewayShell::OnConnectFailed(std::size_t i, const std::string& error) {
  OnIoThread([&](absl::Time now) { machine_.OnConnectFailed(i, error, now); });
}

void GatewayShell::OnInput(std::size_t i) {
  if (links_[i].reader) return OnEventInput(i);
  Connection& connection = *links_[i].connection;
  {
    std::lock_guard lock(mutex_);
    machine_.link(i).CountReceived(connection.fresh());
  }
  // One packet a round: what a completion borrows is dropped only after it has run.
  while (!connection.input().empty()) {
    std::size_t used = 0;
    std::size_t expected = 0;
    OnIoThread([&](absl::Time now) {
      used = machine_.OnBytes(i, connection.input(), now);
      expected = machine_.link(i).wanted();
    });
    if (used == 0) {
      connection.Expect(expected);
      return;
    }
    connection.Consume(std::min(used, connection.input().size()));
  }
}

void GatewayShell::OnWritable(std::size_t i) {
  OnIoThread([&](absl::Time) { links_[i].waiting_writable = false; });
}

void GatewayShell::OnClosed(std::size_t i, const std::string& error) {
  OnIoThread([&](absl::Time now) { machine_.OnClosed(i, error, now); });
}

// ---- The cluster

void GatewayShell::SetListed(bool listed) {
  OnIoThread([&](absl::Time now) { machine_.SetListed(listed, now); });
}

void GatewayShell::Stop() {
  OnIoThread([&](absl::Time now) {
    machine_.Stop(now);
    timer_.cancel();
    route_resolver_.cancel();
  });
}

void GatewayShell::ResolveRoute() {
  {
    std::lock_guard lock(mutex_);
    if (route_by_event_) return;
  }
  error_code error;
  const auto literal = asio::ip::make_address_v4(advertised_host_, error);
  if (!error) {
    std::lock_guard lock(mutex_);
    route_ = wire::GatewayAddress{literal.to_uint(), advertised_port_};
    return;
  }
  route_resolver_.async_resolve(
      tcp::v4(), advertised_host_, std::to_string(advertised_port_),
      [self = shared_from_this()](error_code error, const tcp::resolver::results_type& results) {
        if (error || results.empty()) return;
        {
          std::lock_guard lock(self->mutex_);
          if (self->route_by_event_) return;
          self->route_ = wire::GatewayAddress{results.begin()->endpoint().address().to_v4().to_uint(),
                                              self->advertised_port_};
        }
        if (self->on_route_) self->on_route_();
      });
}

bool GatewayShell::linked() const {
  std::lock_guard lock(mutex_);
  return machine_.linked();
}

bool GatewayShell::usable() const {
  std::lock_guard lock(mutex_);
  return machine_.usable();
}

std::string GatewayShell::why_no_events() const {
  std::lock_guard lock(mutex_);
  return machine_.why_no_events();
}

bool GatewayShell::tried() const {
  std::lock_guard lock(mutex_);
  return machine_.tried();
}

bool GatewayShell::effects_unknown() const {
  std::lock_guard lock(mutex_);
  return machine_.effects_unknown();
}

std::size_t GatewayShell::pending() const {
  std::lock_guard lock(mutex_);
  std::size_t sum = 0;
  for (std::size_t i = 0; i < machine_.link_count(); ++i) {
    sum += machine_.link(i).outbound().pending();
  }
  return sum;
}

Counters GatewayShell::counters() const {
  std::lock_guard lock(mutex_);
  return machine_.counters();
}

std::string GatewayShell::why_unlinked() const {
  std::lock_guard lock(mutex_);
  return machine_.why_unlinked();
}

std::string GatewayShell::why_degraded() const {
  std::lock_guard lock(mutex_);
  return machine_.why_degraded();
}

WriteHold GatewayShell::hold() const {
  std::lock_guard lock(mutex_);
  return machine_.hold();
}

bool GatewayShell::ClearHold() {
  std::lock_guard lock(mutex_);
  const bool held = machine_.ClearHold(MonotonicNow());
  if (held) asio::post(io_, [self = shared_from_this()] { self->OnIoThread([](absl::Time) {}); });
  return held;
}

std::optional<wire::GatewayAddress> GatewayShell::route() const {
  std::lock_guard lock(mutex_);
  return route_;
}

GatewayView GatewayShell::view() const {
  std::lock_guard lock(mutex_);
  return {.address = address_,
          .dial_address = StrCat(dial_host_, ":", dial_port_),
          .client_id_address = route_ ? wire::ToString(*route_) : "",
          .generation = machine_.generation(),
          .listed = machine_.listed(),
          .tried = machine_.tried(),
          .usable = machine_.usable(),
          .refused = machine_.why_refused(),
          .links = machine_.Views(MonotonicNow(), absl::Now()),
          .traffic = {machine_.Traffic(LinkKind::kCommand), machine_.Traffic(LinkKind::kQuery),
                      machine_.Traffic(LinkKind::kEvent)},
          .queries_waiting = machine_.queries_waiting(),
          .answers_due_bytes = machine_.link(0).answers().due_bytes()};
}

}  // namespace gatewayd::cluster
