// A GatewayMachine with made-up sockets, a made-up clock and a Gateway at the far end that says what the test
// tells it to. What the machine does comes out as texts; a callback that ran twice shows as two of them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cluster/gateway_machine.h"
#include "gtest/gtest.h"
#include "unit/cluster/describe.h"

namespace gatewayd::cluster {

class GatewayHarness {
 public:
  static Options TestOptions() {
    Options options;
    options.secret = "s3cret";
    return options;
  }

  explicit GatewayHarness(Options options = TestOptions(), const wire::Dialect& dialect = wire::PhpDialect(),
                          WriteHold hold = {})
      : options_(std::move(options)),
        memory_(options_.max_answers),
        machine_({.address = "10.0.0.5:2900",
                  .dialect = &dialect,
                  .options = &options_,
                  .memory = &memory_,
                  .query_stats = &query_stats_,
                  .new_run = [this] { return NewRun(); },
                  .new_worker_key = [this] { return StrCat("key:", ++worker_keys_); },
                  .instance_id = "daemon",
                  .hold = std::move(hold)}) {}

  GatewayMachine& machine() { return machine_; }
  AnswerMemory& memory() { return memory_; }
  // How often a query was answered to a caller, and how long all of that took.
  Durations::Counts Took(wire::Command command) const {
    for (const QueryStats::Answered& answered : query_stats_.Read()) {
      if (answered.command == command) return answered.took;
    }
    return {};
  }
  const Options& options() const { return options_; }
  absl::Time now() const { return now_; }
  std::uint64_t Count(const std::string& name) const { return machine_.counters().ByName().at(name); }
  std::string State(std::size_t i) { return ToString(machine_.connection(i).state()); }

  // ---- Time: OnTimer is called exactly when the machine has asked for it.
  void Wait(absl::Duration duration) {
    const absl::Time end = now_ + duration;
    for (int i = 0; machine_.NextTimer() <= end; ++i) {
      ASSERT_LT(i, 10'000) << "the timer never rests";
      now_ = std::max(now_, machine_.NextTimer());
      machine_.OnTimer(now_);
      AfterStep();
    }
    now_ = end;
  }

  // ---- The cluster
  void List(bool listed = true) {
    machine_.SetListed(listed, now_);
    AfterStep();
  }
  void Stop() {
    machine_.Stop(now_);
    AfterStep();
  }

  // ---- The network
  void Connect(std::size_t i) {
    wire_[i].clear();
    input_[i].clear();
    ended_[i] = false;
    if (IsEvent(i)) readers_[i] = machine_.NewEventReader();
    machine_.OnConnected(i, now_);
    AfterStep();
  }
  void Refuse(std::size_t i) {
    machine_.OnConnectFailed(i, "connection refused", now_);
    AfterStep();
  }
  void Close(std::size_t i) {
    if (IsEvent(i)) {
      ended_[i] = true;
      return Pump(i, 0);
    }
    machine_.OnClosed(i, "closed by the peer", now_);
    input_[i].clear();
    AfterStep();
  }
  // The network broke it.
  void Break(std::size_t i) {
    machine_.OnClosed(i, "connection reset", now_);
    input_[i].clear();
    AfterStep();
  }
  // Bytes from the Gateway: one packet a round, and what a callback borrows lives until it has run.
  void Feed(std::size_t i, std::string_view bytes) {
    input_[i] += bytes;
    if (IsEvent(i)) return Pump(i, bytes.size());
    while (!input_[i].empty()) {
      const std::size_t used = machine_.OnBytes(i, input_[i], now_);
      AfterStep();
      if (used == 0) return;
      input_[i].erase(0, used);
    }
  }
  void Answer(std::size_t i, std::string_view payload) { Feed(i, AnswerBytes(payload)); }
  // Connected, hello and probe read, probe answered.
  void Up(std::size_t i) {
    Connect(i);
    EXPECT_EQ(Sent(i), (Texts{kHello, "IS_ONLINE"}));
    Answer(i, "i:0;");
    EXPECT_TRUE(machine_.connection(i).ready());
  }
  // Listed and up, with nothing left to look at.
  void Start() {
    List();
    Up(0);
    Forget();
  }
  // The command link is lost and made again at once.
  void Reconnect() {
    Close(0);
    Redial(0);
  }
  void Redial(std::size_t i) {
    AwaitDial(i);
    Up(i);
  }
  // Waits for the end of a backoff.
  void AwaitDial(std::size_t i) {
    if (State(i) == "backoff") Wait(machine_.connection(i).NextTimer() - now_);
    ASSERT_EQ(State(i), "connecting");
  }

  // At most `size` of the bytes that wait are written; how many were.
  std::size_t Write(std::size_t i, std::size_t size) {
    OutboundBuffer& outbound = machine_.connection(i).outbound();
    std::size_t written = 0;
    for (std::string_view bytes = outbound.Front(); !bytes.empty() && written < size;
         bytes = outbound.Front()) {
      const std::string_view part = bytes.substr(0, size - written);
      wire_[i] += part;
      written += part.size();
      outbound.Consume(part.size());
    }
    return written;
  }
  // The whole frames among what was written that the Gateway has not looked at before.
  Texts Received(std::size_t i) { return TakeFrames(wire_[i]); }
  // Everything is written; the whole frames that the Gateway has not looked at before.
  Texts Sent(std::size_t i) {
    Write(i, ~std::size_t{0});
    return Received(i);
  }

  // ---- The callers
  std::string Send(const wire::Frame& frame, std::string_view generation = {}) {
    const absl::Status status = machine_.Send(frame, generation, now_);
    AfterStep();
    return Describe(status);
  }
  void Confirm(const std::string& name, const wire::Frame& frame, const CommandOptions& options) {
    machine_.SendConfirmed(frame, options, Done(name), now_);
    AfterStep();
  }
  void Ask(const std::string& name, const wire::Frame& frame, const QueryOptions& options) {
    machine_.Query(
        frame, options,
        [this, name](absl::StatusOr<std::string_view> answer) {
          if (answer.ok()) {
            done_.push_back(StrCat(name, ": ", *answer));
          } else {
            Record(name, answer.status());
          }
        },
        now_);
    AfterStep();
  }
  // A bounded query that everybody knows.
  void AskOnline(const std::string& name, std::uint32_t id = 1, QueryOptions options = {}) {
    options.bounded_answer_size = kIsOnlineAnswerSize;
    Ask(name, {.command = wire::Command::kIsOnline, .connection_id = id}, options);
  }
  // One whose answer can have any size.
  void AskAll(const std::string& name, const QueryOptions& options = {}) {
    Ask(name, {.command = wire::Command::kGetGroupIdList}, options);
  }
  OnDone Done(const std::string& name) {
    return [this, name](absl::Status status) { Record(name, status); };
  }

  // ---- Events. The sink takes all, or as many as the test says.
  std::size_t event_link(std::size_t link = 0) const { return machine_.link_count() + 2 * link; }
  void WantEvents(bool wanted = true) {
    machine_.WantEvents(wanted, now_);
    AfterStep();
  }
  void Mark(const RunPtr& run, std::uint64_t token) {
    machine_.MarkEvents(run, token, now_);
    AfterStep();
  }
  void TakeEvents(int count) { room_ = count; }
  void ResumeEvents() {
    room_ = kUnlimited;
    machine_.ResumeEvents(now_);
    AfterStep();
    for (std::size_t i = machine_.link_count(); i < machine_.connection_count(); ++i)
      Pump(i, 0);
  }
  static std::string EventBytes(std::string_view body) {
    std::string bytes;
    wire::AppendFrame({.command = wire::Command::kOnMessage, .connection_id = 1, .body = body}, bytes);
    return bytes;
  }
  // "daemon-1 'body'", "daemon-1 up", in the order in which a sink hears of them.
  Texts Told() { return std::exchange(told_, {}); }

  // ---- What came of it, since the last look
  Texts Results() { return std::exchange(done_, {}); }     // "name: payload" or "name: CODE reason"
  Texts Actions() { return std::exchange(actions_, {}); }  // "0 dial"
  Texts Changes() { return std::exchange(changes_, {}); }  // "linked: text"
  // The text of the last error that a caller got.
  const std::string& last_text() const { return last_text_; }
  const absl::Status& last_status() const { return last_status_; }
  void Forget() {
    Results();
    Actions();
    Changes();
    Told();
  }

 private:
  static constexpr int kUnlimited = 1'000'000;

  bool IsEvent(std::size_t i) const { return i >= machine_.link_count(); }

  // As GatewayShell::OnEventInput, with the end of the connection behind what came on it.
  void Pump(std::size_t i, std::size_t fresh) {
    if (!readers_[i] || !machine_.reads(i)) return;
    EventInput input = machine_.OnEventBytes(i, fresh, now_);
    AfterStep();
    while (!input_[i].empty() && machine_.reads(i)) {
      const EventReader::Item item = readers_[i]->Next(input_[i]);
      if (input.discard) {
        input_[i].clear();
      } else if (item.kind == EventReader::Item::Kind::kMore) {
        break;
      } else if (item.kind == EventReader::Item::Kind::kEvent && input.run) {
        if (room_ == 0) {
          machine_.OnEventsPaused(i, now_);
          AfterStep();
          return;
        }
        --room_;
        told_.push_back(StrCat(input.run->generation, " '", item.frame.body, "'"));
        input_[i].erase(0, item.used);
      } else {
        if (item.kind == EventReader::Item::Kind::kAnswer) machine_.OnEventAnswer(i, item.answer, now_);
        if (item.kind == EventReader::Item::Kind::kEvent) machine_.OnEventGarbage(i, "too early", now_);
        if (item.kind == EventReader::Item::Kind::kGarbage) machine_.OnEventGarbage(i, item.error, now_);
        input_[i].erase(0, item.used);
        AfterStep();
        input = machine_.TakingEvents(i);
      }
    }
    if (ended_[i] && machine_.reads(i)) {
      ended_[i] = false;
      input_[i].clear();
      machine_.OnClosed(i, "closed by the peer", now_);
      AfterStep();
    }
  }

  RunPtr NewRun() {
    ++generations_;
    return std::make_shared<GatewayRun>(GatewayRun{
        .number = generations_, .generation = StrCat("daemon-", generations_), .gateway = "10.0.0.5:2900"});
  }

  void Record(const std::string& name, const absl::Status& status) {
    last_text_ = std::string(status.message());
    last_status_ = status;
    done_.push_back(StrCat(name, ": ", Describe(status)));
  }

  void AfterStep() {
    for (std::size_t i = 0; i < machine_.connection_count(); ++i) {
      const LinkAction action = machine_.connection(i).TakeAction();
      if (action == LinkAction::kClose) ended_[i] = false;
      if (action != LinkAction::kNone) actions_.push_back(StrCat(i, " ", Describe(action)));
    }
    for (Completion& completion : machine_.TakeCompletions())
      completion.Run();
    for (const GatewayChange& change : machine_.TakeChanges()) {
      static constexpr const char* kNames[] = {"linked", "unlinked", "tried", "news"};
      changes_.push_back(StrCat(kNames[static_cast<int>(change.kind)], ": ", change.text));
    }
    for (const EventNote& note : machine_.TakeEventNotes()) {
      static constexpr const char* kNotes[] = {" up", " gone", " over", " marked "};
      std::string text = StrCat(note.run->generation, kNotes[static_cast<int>(note.kind)]);
      if (note.kind == EventNote::Kind::kMarked) text += StrCat(note.token);
      told_.push_back(std::move(text));
    }
  }

  const Options options_;
  AnswerMemory memory_;
  QueryStats query_stats_;
  std::uint64_t generations_ = 0;
  int worker_keys_ = 0;
  absl::Time now_ = absl::UnixEpoch() + absl::Seconds(1000);
  std::map<std::size_t, std::string> wire_;   // written by the daemon, not yet looked at
  std::map<std::size_t, std::string> input_;  // from the Gateway, not yet used
  std::map<std::size_t, bool> ended_;         // closed by the Gateway, and not yet told
  std::map<std::size_t, std::unique_ptr<EventReader>> readers_;
  int room_ = kUnlimited;
  Texts done_, actions_, changes_, told_;
  std::string last_text_;
  absl::Status last_status_;
  GatewayMachine machine_;
};

inline wire::Frame Message(std::uint32_t id, std::string_view body) {
  return {.command = wire::Command::kSendToOne, .connection_id = id, .body = body};
}
inline wire::Frame Bind(std::uint32_t id, std::string_view uid) {
  return {.command = wire::Command::kBindUid, .connection_id = id, .ext = uid};
}

}  // namespace gatewayd::cluster
