// A DispatchMachine on a made-up clock; what it hands out reads as short texts, so that tests compare whole
// lists.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "cluster/text.h"
#include "events/dispatch_machine.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace gatewayd::events {

using Texts = std::vector<std::string>;

inline absl::Time StartTime() {
  return absl::FromUnixSeconds(1'000'000);
}

// The run of that number; runs 1 and 11, 2 and 12, … are of one address, one after the other.
inline cluster::RunPtr RunOf(std::uint64_t number) {
  static std::map<std::uint64_t, cluster::RunPtr> runs;
  cluster::RunPtr& run = runs[number];
  if (run == nullptr) {
    run = std::make_shared<const cluster::GatewayRun>(
        cluster::GatewayRun{.number = number,
                            .generation = cluster::StrCat("generation-", number),
                            .gateway = cluster::StrCat("10.0.0.", number % 10, ":2900")});
  }
  return run;
}

inline wire::ClientId ClientIdOf(std::uint32_t client, std::uint64_t run = 1) {
  return {.gateway = {0x0a000000 + static_cast<std::uint32_t>(run % 10), 2900}, .connection_id = client};
}

// What an event of a client brings, beside the client.
struct Brings {
  EventKind kind = EventKind::kMessage;
  std::uint64_t run = 1;
  std::uint16_t port = 8282;
  std::string_view session = {};
};

inline EventPtr MakeEvent(std::uint32_t client, std::string_view body, const Brings& brings = {}) {
  return Event::Make({.kind = brings.kind,
                      .run = RunOf(brings.run),
                      .client = ClientIdOf(client, brings.run),
                      .gateway_port = brings.port,
                      .read = StartTime()},
                     brings.session, body);
}

// "#1 hello", "#1 CONNECT", "GATEWAY_LOST generation-1"; then what there is of " x2" (the attempt),
// " [session]" (newer than the event's own), " stale".
inline std::string Describe(const Delivery& delivery) {
  const Event& event = *delivery.event;
  std::string text;
  if (event.kind() == EventKind::kGatewayLost) {
    text = cluster::StrCat("GATEWAY_LOST ", event.head().run->generation);
  } else {
    text = cluster::StrCat("#", event.head().client.connection_id, " ",
                           event.kind() == EventKind::kMessage ? std::string(event.body())
                                                               : std::string(ToString(event.kind())));
  }
  if (delivery.redelivered()) text += cluster::StrCat(" x", delivery.attempt);
  if (delivery.session != nullptr) text += cluster::StrCat(" [", *delivery.session, "]");
  if (delivery.session_stale) text += cluster::StrCat(" stale");
  return text;
}

// Settings that a test changes in one place. Sessions as they were sent: several events of one client may be
// in flight.
inline WorkerSettings TestSettings() {
  WorkerSettings settings;
  settings.name = "worker";
  settings.kinds = EventKinds::All();
  settings.fresh_sessions = false;
  return settings;
}

inline WorkerSettings Fresh(WorkerSettings settings = TestSettings()) {
  settings.fresh_sessions = true;
  return settings;
}

inline WorkerSettings WithWindow(std::uint32_t events, std::size_t bytes = kDefaultWindowBytes) {
  WorkerSettings settings = TestSettings();
  settings.window_events = events;
  settings.window_bytes = bytes;
  return settings;
}

inline WorkerSettings WithKinds(std::initializer_list<EventKind> kinds) {
  WorkerSettings settings = TestSettings();
  settings.kinds = {};
  for (const EventKind kind : kinds)
    settings.kinds.Add(kind);
  return settings;
}

inline WorkerSettings OnSend() {
  WorkerSettings settings = TestSettings();
  settings.ack_on_send = true;
  return settings;
}

// `options`, with nothing collected.
inline Options AtOnce(Options options = {}) {
  options.collect_events = 0;
  return options;
}

class DispatchHarness {
 public:
  // Most tests are of other things than collecting: what may be delivered comes at once.
  explicit DispatchHarness(const Options& options = {}) : DispatchHarness(AtOnce(options), Collecting()) {}
  struct Collecting {};
  DispatchHarness(const Options& options, Collecting /*tag*/)
      : machine_(std::make_unique<DispatchMachine>(options)) {}

  DispatchMachine& machine() { return *machine_; }
  const Counters& counters() const { return machine_->counters(); }
  absl::Time now() const { return now_; }

  // ---- The cluster
  void Accept(std::uint32_t client, std::string_view body, const Brings& brings = {}) {
    machine_->Accept(MakeEvent(client, body, brings), now_);
  }
  void Message(std::uint32_t client, std::string_view body) { Accept(client, body); }
  void Connect(std::uint32_t client) { Accept(client, {}, {.kind = EventKind::kConnect}); }
  void Handshake(std::uint32_t client) { Accept(client, {}, {.kind = EventKind::kWebSocketConnect}); }
  void Close(std::uint32_t client) { Accept(client, {}, {.kind = EventKind::kClose}); }
  void LinkUp(std::uint64_t run = 1) { machine_->OnLinkUp(RunOf(run), now_); }
  void LinkGone(std::uint64_t run = 1) { machine_->OnLinkGone(RunOf(run)); }
  void RunOver(std::uint64_t run = 1) { machine_->OnRunOver(RunOf(run), now_); }
  void LinksLeft() { machine_->OnLinksLeft(now_); }
  void Write(std::uint32_t client, std::uint64_t run = 1) {
    machine_->OnSessionWritten(RunOf(run), client, now_);
  }

  // ---- Workers
  WorkerId Attach(WorkerSettings settings = TestSettings()) {
    return machine_->Attach(std::move(settings), now_, now_);
  }
  void Detach(WorkerId id) { machine_->Detach(id, now_); }
  void Leave(WorkerId id, LeaveMode mode) { machine_->Leave(id, mode, now_); }
  void Ack(WorkerId id, std::uint64_t delivery) { machine_->Acknowledge(id, delivery, delivery, now_); }
  void AckRange(WorkerId id, std::uint64_t first, std::uint64_t last) {
    machine_->Acknowledge(id, first, last, now_);
  }
  void AckAll(WorkerId id) { AckRange(id, 0, ~std::uint64_t{0}); }

  // One batch.
  Texts Take(WorkerId id) {
    std::vector<Delivery> batch;
    machine_->TakeBatch(id, now_, &batch);
    Texts texts;
    for (const Delivery& delivery : batch) {
      texts.push_back(Describe(delivery));
      EXPECT_EQ(delivery.id, ++last_delivery_[id]);
    }
    return texts;
  }
  // Batches until one is empty, as a stream does.
  Texts TakeAll(WorkerId id) {
    Texts all;
    for (Texts batch = Take(id); !batch.empty(); batch = Take(id))
      all.insert(all.end(), batch.begin(), batch.end());
    return all;
  }
  // TakeAll and AckAll until there is nothing any more.
  Texts Finish(WorkerId id) {
    Texts all;
    for (Texts batch = Take(id); !batch.empty(); batch = Take(id)) {
      all.insert(all.end(), batch.begin(), batch.end());
      AckAll(id);
    }
    return all;
  }

  // ---- What is due
  std::vector<WorkerId> Ready() { return machine_->TakeReady(); }
  std::vector<WorkerId> Draining() { return machine_->TakeDraining(); }
  // "1 OK", "2 RESOURCE_EXHAUSTED".
  Texts Ends() {
    Texts texts;
    for (const WorkerEnd& end : machine_->TakeEnds())
      texts.push_back(cluster::StrCat(end.id, " ", absl::StatusCodeToString(end.status.code())));
    return texts;
  }
  // "1", "0", or "" where nothing is new.
  std::string LinksWanted() {
    const std::optional<bool> wanted = machine_->TakeLinksWanted();
    return wanted ? cluster::StrCat(*wanted ? 1 : 0) : "";
  }
  // Answers all fetches that are due, and says whose they were: "#1".
  Texts Fetch(const std::optional<std::string>& session) {
    Texts texts;
    for (const SessionFetch& fetch : machine_->TakeFetches()) {
      texts.push_back(cluster::StrCat("#", fetch.client.connection_id));
      machine_->OnSession(fetch, session);
    }
    return texts;
  }
  // Answers all marks that are due; how many.
  std::size_t AnswerMarks() {
    const std::vector<Mark> marks = machine_->TakeMarks();
    for (const Mark& mark : marks)
      machine_->OnMarked(mark.run, mark.token, now_);
    return marks.size();
  }

  // ---- Time: every timer on the way is called when it is due.
  void Advance(absl::Duration duration) {
    const absl::Time target = now_ + duration;
    while (machine_->NextTimer() <= target) {
      now_ = std::max(now_, machine_->NextTimer());
      machine_->OnTimer(now_);
    }
    now_ = target;
  }

  // Everything is over: nothing is kept.
  void ExpectNothingKept() {
    EXPECT_EQ(machine_->events_in_memory(), 0u);
    EXPECT_EQ(machine_->memory_used(), 0u);
    EXPECT_EQ(machine_->events_held(), 0u);
    EXPECT_EQ(machine_->client_count(), 0u);
  }

 private:
  std::unique_ptr<DispatchMachine> machine_;
  absl::Time now_ = StartTime();
  std::map<WorkerId, std::uint64_t> last_delivery_;
};

}  // namespace gatewayd::events
