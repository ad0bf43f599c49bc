// DispatchMachine under random steps, against DispatchModel, which looks at everything after each of them.
// Another number of seeds: DISPATCH_SEEDS=100000. One of them, step by step: DISPATCH_SEED=7.
#include <cstdio>
#include <cstdlib>
#include <random>

#include "unit/events/dispatch_gateways.h"
#include "unit/events/dispatch_model.h"

namespace gatewayd::events {
namespace {

class RandomRun {
 public:
  explicit RandomRun(std::uint64_t seed, bool trace)
      : random_(seed),
        trace_(trace),
        options_(RandomOptions()),
        machine_(options_),
        model_(machine_, options_) {
    SyncLinks();
  }

  void Run() {
    const std::size_t steps = 100 + Pick(500);
    for (std::size_t step = 0; step < steps && !testing::Test::HasFailure(); ++step)
      Step();
    if (!testing::Test::HasFailure()) Finish();
  }

  std::map<std::string, std::uint64_t> counters() const { return machine_.counters().ByName(); }

 private:
  std::size_t Pick(std::size_t count) { return random_() % count; }
  bool Chance(std::size_t percent) { return Pick(100) < percent; }
  template <typename T>
  T OneOf(std::initializer_list<T> values) {
    return values.begin()[Pick(values.size())];
  }
  template <typename... Parts>
  void Trace(const Parts&... parts) {
    if (trace_) std::puts(cluster::StrCat(parts...).c_str());
  }

  Options RandomOptions() {
    Options options;
    options.links =
        OneOf({LinksWanted::kAttached, LinksWanted::kAttached, LinksWanted::kAttached, LinksWanted::kAlways});
    options.event_memory = OneOf<std::size_t>({300, 2000, 10'000, 1'000'000});
    options.grace = OneOf({absl::ZeroDuration(), absl::Seconds(10)});
    options.ack_timeout = absl::Seconds(20);
    options.drain_timeout = absl::Seconds(15);
    options.max_deliveries = static_cast<std::uint32_t>(1 + Pick(6));
    options.collect_events = OneOf<std::size_t>({0, 3, 128});
    options.collect_behind = OneOf({absl::Milliseconds(1), absl::Seconds(3)});
    return options;
  }

  WorkerSettings RandomSettings() {
    WorkerSettings settings = TestSettings();
    if (Chance(25)) {
      settings.kinds = {};
      for (std::uint8_t kind = 1; kind <= 5; ++kind) {
        if (Chance(60)) settings.kinds.Add(static_cast<EventKind>(kind));
      }
    }
    if (Chance(8)) settings.kinds = {};
    settings.window_events = OneOf<std::uint32_t>({1, 2, 5, 1000});
    settings.window_bytes = OneOf<std::size_t>({100, 500, 5000, kDefaultWindowBytes});
    settings.max_batch_bytes = OneOf<std::size_t>({1, 500, 65'536});
    settings.ack_on_send = Chance(20);
    settings.fresh_sessions = Chance(80);
    return settings;
  }

  // ---- Steps

  void Step() {
    RandomGateway& gateway = gateways_[Pick(2)];
    const std::size_t step = Pick(42);
    if (step < 1) return Attach(RandomSettings());
    if (step < 2) return Go();
    if (step < 9) return Acknowledge();
    if (step < 11) return Write(gateway);
    if (step < 12) {
      return Advance(OneOf({absl::ZeroDuration(), absl::Seconds(1), absl::Seconds(7), absl::Seconds(19)}));
    }
    if (step < 13) return Chance(70) ? SyncLinks() : Chance(20) ? Restart(gateway) : LinkGone(gateway);
    if (step < 16) return SyncLinks();
    if (step < 20) return RunCommands(gateway);
    if (step < 23) return AnswerFetch();
    if (step < 28) return Read(gateway);
    if (step < 36) return Take();
    Send(gateway);
  }

  void After() {
    while (machine_.NextTimer() <= now_)
      machine_.OnTimer(now_);
    model_.Check(now_);
    for (const Mark& mark : machine_.TakeMarks()) {
      for (RandomGateway& gateway : gateways_) {
        if (gateway.run() == mark.run && gateway.link_up) gateway.commands.push_back({.mark = mark});
      }
    }
    for (const SessionFetch& fetch : machine_.TakeFetches()) {
      bool sent = false;
      for (RandomGateway& gateway : gateways_) {
        if (gateway.run() != fetch.run) continue;
        gateway.commands.push_back({.fetch = fetch});
        sent = true;
      }
      if (!sent) answers_.push_back({fetch, std::nullopt});
    }
    machine_.TakeDraining();
    const bool resumed = machine_.TakeResume();
    for (RandomGateway& gateway : gateways_) {
      if (resumed) gateway.stopped = false;
      EXPECT_TRUE(!gateway.stopped || machine_.memory_full()) << "reading does not go on";
    }
    EXPECT_TRUE(!machine_.memory_full() || machine_.events_in_memory() > 0);
    // Who was told nothing since he got nothing must get nothing.
    if (std::exchange(looking_, true)) return;
    for (const WorkerId id : model_.Workers()) {
      if (model_.IsThere(id) && !model_.MayTake(id) && Chance(30)) TakeFor(id);
    }
    looking_ = false;
  }

  void Attach(WorkerSettings settings) {
    if (model_.Workers().size() > 5) return;
    const WorkerId id = machine_.Attach(settings, now_, now_);
    Trace("attach ", id, " window ", settings.window_events, " on_send ", settings.ack_on_send ? 1 : 0,
          settings.kinds.empty() ? " commands" : "");
    model_.Attached(id, settings);
    After();
  }

  void Go() {
    if (Chance(3)) {
      Trace("drain");
      model_.Drained();
      machine_.Drain(now_);
      return After();
    }
    const std::vector<WorkerId> workers = model_.Workers();
    if (workers.empty()) return;
    const WorkerId id = workers[Pick(workers.size())];
    if (Chance(40)) {
      Trace("detach ", id);
      model_.Detached(id, now_);
      machine_.Detach(id, now_);
    } else if (Chance(70)) {
      const LeaveMode mode = OneOf({LeaveMode::kCloseLinks, LeaveMode::kKeepLinks});
      Trace("leave ", id, mode == LeaveMode::kCloseLinks ? " close" : " keep");
      model_.Left(id, mode, now_);
      machine_.Leave(id, mode, now_);
    } else {
      Trace("drain worker ", id);
      model_.WorkerDrained(id, now_);
      machine_.DrainWorker(id, now_);
    }
    After();
  }

  void Acknowledge() {
    const std::vector<WorkerId> workers = model_.Workers();
    if (workers.empty()) return;
    WorkerId id = workers[Pick(workers.size())];
    for (int tries = 0; tries < 5 && model_.InFlight(id).empty(); ++tries)
      id = workers[Pick(workers.size())];
    const std::vector<std::uint64_t> ids = model_.InFlight(id);
    std::uint64_t first = ids.empty() || Chance(10) ? Pick(30) : ids[Pick(ids.size())];
    std::uint64_t last = first;
    if (Chance(30)) last += Pick(10);
    if (Chance(20)) first = 0;
    if (Chance(2)) std::swap(first, last);
    AcknowledgeRange(id, first, last);
  }

  void AcknowledgeRange(WorkerId id, std::uint64_t first, std::uint64_t last) {
    Trace("worker ", id, " acknowledges ", first, " to ", last);
    model_.Acknowledged(id, first, last, now_);
    std::vector<EventPtr> done;
    machine_.Acknowledge(id, first, last, now_, Chance(50) ? &done : nullptr);
    done.clear();
    After();
  }

  void Take() {
    const std::vector<WorkerId> workers = model_.Workers();
    if (workers.empty()) return;
    TakeFor(workers[Pick(workers.size())]);
  }

  void TakeFor(WorkerId id) {
    std::vector<Delivery> batch;
    machine_.TakeBatch(id, now_, &batch);
    for (const Delivery& delivery : batch)
      Trace("worker ", id, " gets ", delivery.id, ": ", Describe(delivery));
    model_.Took(id, batch, now_, written_);
    batch.clear();
    After();
  }

  void Advance(absl::Duration duration) {
    Trace("time ", absl::FormatDuration(duration));
    const absl::Time target = now_ + duration;
    while (machine_.NextTimer() <= target && !testing::Test::HasFailure()) {
      now_ = std::max(now_, machine_.NextTimer());
      After();
    }
    now_ = target;
    After();
  }

  // ---- Gateways

  void Send(RandomGateway& gateway) {
    const std::size_t count = Chance(10) ? 20 : 1 + Pick(3);
    for (std::size_t i = 0; i < count; ++i) {
      if (gateway.clients() < 3 || Chance(5)) {
        gateway.Send(EventKind::kConnect, gateway.NewClient(), 0);
        continue;
      }
      const auto client = static_cast<std::uint32_t>(1 + Pick(gateway.clients()));
      const EventKind kind = Chance(6)   ? EventKind::kClose
                             : Chance(5) ? EventKind::kWebSocketConnect
                                         : EventKind::kMessage;
      gateway.Send(kind, client, Chance(3) ? 3000 : Pick(100));
    }
  }

  void Write(RandomGateway& gateway) {
    const auto client = static_cast<std::uint32_t>(1 + Pick(gateway.clients() + 1));
    Trace("write ", gateway.number(), " #", client);
    ++written_[{gateway.number(), client}];
    gateway.commands.push_back({.write_of = client});
    machine_.OnSessionWritten(gateway.run(), client, now_);
    After();
  }

  void RunCommands(RandomGateway& gateway) {
    for (std::size_t count = 1 + Pick(4); count > 0 && !gateway.commands.empty(); --count) {
      if (auto answer = gateway.RunCommand()) answers_.push_back(*std::move(answer));
    }
  }

  void AnswerFetch() {
    if (answers_.empty()) return;
    const std::size_t at = Pick(answers_.size());
    RandomGateway::Answer answer = answers_[at];
    answers_.erase(answers_.begin() + static_cast<std::ptrdiff_t>(at));
    if (Chance(15)) answer.session.reset();
    Trace("session of ", answer.fetch.run->number, " #", answer.fetch.client.connection_id, ": ",
          answer.session.value_or("none"));
    const std::uint64_t before = machine_.counters().sessions_fetched;
    machine_.OnSession(answer.fetch, answer.session);
    if (machine_.counters().sessions_fetched > before) {
      model_.SessionFetched({answer.fetch.run->number, answer.fetch.client.connection_id},
                            answer.session->size());
    }
    After();
  }

  void Read(RandomGateway& gateway) {
    for (std::size_t count = 1 + Pick(8); count > 0 && ReadOne(gateway); --count) {
    }
  }

  bool ReadOne(RandomGateway& gateway) {
    if (gateway.link.empty() || gateway.stopped || testing::Test::HasFailure()) return false;
    RandomGateway::Sent& sent = gateway.link.front();
    if (sent.mark) {
      Trace("marked ", sent.mark->token);
      machine_.OnMarked(sent.mark->run, sent.mark->token, now_);
    } else {
      const DispatchMachine::Verdict verdict = machine_.Check(sent.event->size());
      EXPECT_EQ(verdict == DispatchMachine::Verdict::kDrop, options_.links != LinksWanted::kAttached &&
                                                                !model_.HasTakingWorker() &&
                                                                !model_.InGrace(now_));
      if (verdict == DispatchMachine::Verdict::kFull) {
        Trace("full");
        gateway.stopped = true;
        After();
        return false;
      }
      Trace(verdict == DispatchMachine::Verdict::kDrop ? "drop " : "accept ", gateway.number(), " ",
            Describe(Delivery{.event = sent.event}), " ", sent.event->session());
      if (verdict == DispatchMachine::Verdict::kTake) {
        model_.Accepted(sent.event);
        machine_.Accept(std::move(sent.event), now_);
      }
    }
    gateway.link.pop_front();
    After();
    return true;
  }

  void LinkGone(RandomGateway& gateway) {
    if (!gateway.link_up) return;
    Trace("link gone ", gateway.number());
    gateway.LoseLink();
    model_.LinkGone(gateway.number());
    machine_.OnLinkGone(gateway.run());
    After();
  }

  void Restart(RandomGateway& gateway) {
    LinkGone(gateway);
    Trace("run over ", gateway.number());
    model_.RunOver(gateway.number());
    machine_.OnRunOver(gateway.run(), StartTime());
    for (RandomGateway::Answer& answer : gateway.Restart())
      answers_.push_back(std::move(answer));
    After();
  }

  // The cluster does what is wanted.
  void SyncLinks() {
    if (machine_.links_wanted()) {
      for (RandomGateway& gateway : gateways_) {
        if (std::exchange(gateway.link_up, true)) continue;
        Trace("link up ", gateway.number());
        machine_.OnLinkUp(gateway.run(), now_);
        After();
      }
      return;
    }
    for (RandomGateway& gateway : gateways_) {
      while (ReadOne(gateway)) {
      }
      LinkGone(gateway);
    }
    if (machine_.links_wanted()) return;
    Trace("links left");
    model_.LinksLeft();
    machine_.OnLinksLeft(now_);
    After();
  }

  // ---- The end: all that is there is delivered and acknowledged, and nothing is kept.

  void Finish() {
    Trace("finish");
    WorkerSettings settings = TestSettings();
    settings.fresh_sessions = Chance(50);
    const WorkerId last = machine_.Attach(settings, now_, now_);
    model_.Attached(last, settings);
    After();
    for (int round = 0; machine_.events_in_memory() > 0 && !testing::Test::HasFailure(); ++round) {
      ASSERT_LT(round, 2000) << machine_.events_in_memory() << " events are never delivered";
      FinishRound();
      Advance(options_.collect_behind);
    }
    for (RandomGateway& gateway : gateways_) {
      Restart(gateway);
      FinishRound();
    }
    for (const WorkerId id : model_.Workers()) {
      model_.Detached(id, now_);
      machine_.Detach(id, now_);
      After();
    }
    Advance(absl::Hours(1));
    EXPECT_EQ(machine_.client_count(), 0u);
    EXPECT_EQ(machine_.memory_used(), 0u);
    EXPECT_EQ(machine_.events_held(), 0u);
    EXPECT_EQ(machine_.NextTimer(), absl::InfiniteFuture());
    EXPECT_FALSE(machine_.memory_full());
  }

  void FinishRound() {
    for (RandomGateway& gateway : gateways_)
      RunCommands(gateway);
    AnswerFetch();
    for (const WorkerId id : model_.Workers()) {
      if (model_.IsThere(id)) TakeFor(id);
      if (model_.IsThere(id) && !model_.InFlight(id).empty()) AcknowledgeRange(id, 0, ~std::uint64_t{0});
    }
  }

  std::mt19937_64 random_;
  const bool trace_;
  const Options options_;
  DispatchMachine machine_;
  DispatchModel model_;
  absl::Time now_ = StartTime();
  bool looking_ = false;
  std::vector<RandomGateway> gateways_ = {RandomGateway(1), RandomGateway(2)};
  std::vector<RandomGateway::Answer> answers_;
  std::map<DispatchModel::ClientKey, std::uint64_t> written_;
};

TEST(DispatchRandomTest, KeepsItsPromises) {
  const auto number = [](const char* name, std::uint64_t otherwise) {
    const char* const text = std::getenv(name);
    return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
  };
  std::uint64_t first = number("DISPATCH_SEED", 0);
  const bool one = first != 0;
  const std::uint64_t seeds = one ? 1 : number("DISPATCH_SEEDS", 2000);
  if (!one) first = 1;
  std::map<std::string, std::uint64_t> counters;
  for (std::uint64_t seed = first; seed < first + seeds; ++seed) {
    RandomRun run(seed, one);
    run.Run();
    for (const auto& [name, count] : run.counters())
      counters[name] += count;
    ASSERT_FALSE(HasFailure()) << "replay: DISPATCH_SEED=" << seed
                               << " unit_events --gtest_filter=DispatchRandomTest.*";
  }
  if (one) return;
  for (const auto& [name, count] : counters) {
    RecordProperty(name, std::to_string(count));
    const bool of_the_hub = name == "events_unfinished" || name == "watch_copies_lost";
    EXPECT_TRUE(of_the_hub || count > seeds / 100) << "hardly ever: " << name << " (" << count << ")";
  }
}

}  // namespace
}  // namespace gatewayd::events
