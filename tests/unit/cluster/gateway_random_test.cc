// A Gateway under random calls and faults. Whatever happens: each caller is answered once and with his own
// answer, commands keep their order and are accounted for, and who asks sees what was accepted before.
#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "unit/cluster/gateway_harness.h"

namespace gatewayd::cluster {
namespace {

// The text in brackets: the number that a test put into the ext of a frame.
std::uint64_t NumberIn(const std::string& frame) {
  const std::size_t begin = frame.find('[') + 1;
  std::uint64_t number = 0;
  EXPECT_TRUE(absl::SimpleAtoi(frame.substr(begin, frame.find(']') - begin), &number)) << frame;
  return number;
}

class RandomRun {
 public:
  explicit RandomRun(std::uint32_t seed) : random_(seed), gateway_(TestOptions()) {}

  void Run() {
    gateway_.List();
    for (int step = 0; step < 400 && !testing::Test::HasFailure(); ++step) {
      Step();
      Look();
    }
    gateway_.Stop();
    Look();
    unread_ += CommandsIn(0);
    for (const auto& [name, asked] : asked_)
      EXPECT_EQ(asked.answers, 1) << name;
    EXPECT_EQ(gateway_.Count("commands_accepted"), received_ + unread_ + gateway_.Count("commands_lost"));
    EXPECT_EQ(gateway_.Count("links_connected"), gateway_.Count("links_lost"));
    EXPECT_EQ(gateway_.memory().used(), 0u);
    EXPECT_EQ(gateway_.machine().NextTimer(), absl::InfiniteFuture());
  }

  int right_answers() const { return right_answers_; }

 private:
  struct Asked {
    std::string answer;          // what it must be where it is one
    std::uint64_t must_see = 0;  // the change that it must see
    int answers = 0;
  };

  static Options TestOptions() {
    Options options = GatewayHarness::TestOptions();
    options.command_buffer = 2000;
    options.max_in_flight_answers = 800;
    options.max_waiting_queries = 5;
    return options;
  }

  std::size_t Pick(std::size_t count) { return random_() % count; }

  void Step() {
    const std::size_t link = Pick(3);
    switch (Pick(20)) {
      case 0:
      case 1:
      case 2:
        return SendChange();
      case 3:
      case 4:
        return AskBounded();
      case 5:
      case 6:
        return AskUnbounded();
      case 7:
        return Confirm();
      case 8:
      case 9:
      case 10:
        Write(link, Pick(400));
        return;
      case 11:
      case 12:
      case 13:
      case 14:
        return Work(link, 1 + Pick(4));
      case 15:
      case 16:
        if (gateway_.State(link) == "connecting") Connect(link);
        return;
      case 17:
        return gateway_.Wait(absl::Milliseconds(Pick(20) == 0 ? Pick(3000) : Pick(50)));
      case 18:
        return Pick(6) == 0 ? Fault(link) : Work(link, 10);
      case 19:
        return gateway_.List(Pick(10) != 0);
    }
  }

  void Fault(std::size_t link) {
    const std::string state = gateway_.State(link);
    if (state == "connecting") return gateway_.Refuse(link);
    if (state != "ready" && state != "authenticating" && state != "closing") return;
    if (Pick(3) == 0) return gateway_.Feed(link, AnswerHead(0));  // right for no query
    unread_ += CommandsIn(link);
    queue_[link].clear();
    gateway_.Close(link);
  }

  // ---- The callers

  void SendChange() {
    const std::string ext = StrCat(++change_);
    if (gateway_.Send(Bind(1, ext)) == "OK") accepted_on_link_ = change_;
  }
  std::string NewCaller(std::string answer, bool any) {
    const std::string name = StrCat("caller", ++callers_);
    asked_[name] = {.answer = std::move(answer), .must_see = any ? 0 : accepted_on_link_};
    return name;
  }
  void AskBounded() {
    const bool any = Pick(3) == 0;
    const std::string name = NewCaller(StrCat("i:", callers_ + 1, ";"), any);
    const std::string ext = StrCat(callers_);
    gateway_.Ask(name, {.command = wire::Command::kGetClientCountByGroup, .ext = ext},
                 {.bounded_answer_size = 64, .any_consistency = any});
  }
  void AskUnbounded() {
    const bool any = Pick(3) == 0;
    const std::string name = NewCaller(StrCat("a:1:{i:0;i:", callers_ + 1, ";}"), any);
    const std::string ext = StrCat(callers_);
    const std::string generation = gateway_.machine().generation();
    gateway_.Ask(
        name, {.command = wire::Command::kGetClientIdByUid, .ext = ext},
        {.generation = Pick(2) == 0 ? "" : std::string_view(generation),
         .any_consistency = any,
         .deadline = Pick(3) == 0 ? gateway_.now() + absl::Milliseconds(Pick(500)) : absl::InfiniteFuture()});
  }
  void Confirm() {
    const std::string name = NewCaller("OK", /*any=*/true);
    const std::string ext = StrCat(++change_);
    const std::uint64_t before = gateway_.Count("commands_accepted");
    gateway_.Confirm(name, Bind(1, ext), {.require_online = Pick(2) == 0, .confirm_run = true});
    if (gateway_.Count("commands_accepted") != before) accepted_on_link_ = change_;
  }

  // ---- The Gateway

  void Connect(std::size_t link) {
    unread_ += CommandsIn(link);
    queue_[link].clear();
    gateway_.Connect(link);
    if (link == 0) accepted_on_link_ = 0;
  }
  void Write(std::size_t link, std::size_t size) {
    gateway_.Write(link, size);
    for (std::string& frame : gateway_.Received(link))
      queue_[link].push_back(std::move(frame));
  }
  std::uint64_t CommandsIn(std::size_t link) {
    std::uint64_t commands = 0;
    for (const std::string& frame : queue_[link])
      commands += frame.starts_with("BIND_UID") ? 1 : 0;
    return commands;
  }

  // Runs some frames of one connection, in order; answers may come in two pieces.
  void Work(std::size_t link, std::size_t count) {
    for (; count > 0 && !queue_[link].empty(); --count) {
      const std::string frame = queue_[link].front();
      queue_[link].erase(queue_[link].begin());
      if (frame.starts_with("IS_ONLINE")) {
        Reply(link, frame == "IS_ONLINE" ? "i:0;" : "i:1;");
      } else if (frame.starts_with("BIND_UID")) {
        ++received_;
        EXPECT_GT(NumberIn(frame), run_) << "out of order, or twice";
        run_ = NumberIn(frame);
      } else if (frame.starts_with("GET_")) {
        const std::uint64_t number = NumberIn(frame);
        seen_[StrCat("caller", number)] = run_;
        Reply(link, frame.starts_with("GET_CLIENT_COUNT") ? StrCat("i:", number, ";")
                                                          : StrCat("a:1:{i:0;i:", number, ";}"));
      }
    }
  }
  void Reply(std::size_t link, const std::string& payload) {
    const std::string bytes = AnswerBytes(payload);
    const std::size_t cut = Pick(bytes.size() + 1);
    gateway_.Feed(link, bytes.substr(0, cut));
    gateway_.Feed(link, bytes.substr(cut));
  }

  // ---- The checks

  void Look() {
    for (const std::string& result : gateway_.Results()) {
      const std::size_t colon = result.find(": ");
      const std::string name = result.substr(0, colon);
      const std::string what = result.substr(colon + 2);
      Asked& asked = asked_.at(name);
      EXPECT_EQ(++asked.answers, 1) << result;
      if (what.find(' ') != std::string::npos) continue;  // an error: CODE reason
      EXPECT_EQ(what, asked.answer) << name;
      if (asked.answer != "OK") {
        EXPECT_GE(seen_.at(name), asked.must_see) << name;
      }
      ++right_answers_;
    }
    EXPECT_LE(gateway_.machine().link(0).outbound().pending(), TestOptions().command_buffer);
    EXPECT_EQ(gateway_.machine().generation().empty(), !gateway_.machine().linked());
    for (std::size_t i = 1; i < 3; ++i)
      EXPECT_LE(gateway_.machine().link(i).answers().size(), 1u);
    gateway_.Forget();
  }

  std::minstd_rand random_;
  GatewayHarness gateway_;
  std::map<std::string, Asked> asked_;
  std::map<std::string, std::uint64_t> seen_;  // the last change run when a caller's query was answered
  std::map<std::size_t, Texts> queue_;         // frames that the Gateway has still to run
  std::uint64_t change_ = 0, accepted_on_link_ = 0, run_ = 0;
  std::uint64_t received_ = 0;  // commands run
  std::uint64_t unread_ = 0;    // commands wholly written and then dropped by the Gateway with its connection
  int callers_ = 0;
  int right_answers_ = 0;
};

TEST(GatewayRandomTest, EveryPromiseHoldsWhateverHappens) {
  int right_answers = 0;
  for (std::uint32_t seed = 1; seed <= 500; ++seed) {
    SCOPED_TRACE(StrCat("seed ", seed));
    RandomRun run(seed);
    run.Run();
    right_answers += run.right_answers();
    if (HasFailure()) return;
  }
  EXPECT_GT(right_answers, 5000);  // the faults must not leave nothing to look at
}

}  // namespace
}  // namespace gatewayd::cluster
