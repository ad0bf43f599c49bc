// The tests of LinkMachine: a link at a made-up Gateway.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "cluster/link_machine.h"
#include "gtest/gtest.h"
#include "unit/cluster/describe.h"
#include "unit/cluster/run_timers.h"

namespace gatewayd::cluster {

// A link, the bytes that it wrote, and a clock that only moves by Wait.
class LinkMachineTest : public testing::Test {
 protected:
  absl::Time now() const { return now_; }
  std::string Action() { return Describe(link_->TakeAction()); }
  std::string State() const { return ToString(link_->state()); }

  void Wait(absl::Duration duration) { RunTimers(*link_, duration, now_); }

  // Writes all that waits; the whole frames of it.
  Texts Sent() {
    for (std::string_view bytes = link_->outbound().Front(); !bytes.empty();
         bytes = link_->outbound().Front()) {
      wire_ += bytes;
      link_->outbound().Consume(bytes.size());
    }
    return TakeFrames(wire_);
  }

  // Feeds bytes packet by packet; what was answered: "offset payload".
  Texts Feed(std::string_view bytes) {
    Texts answers;
    input_ += bytes;
    while (!input_.empty()) {
      std::optional<LinkAnswer> answer;
      const std::size_t used = link_->OnBytes(input_, now_, &answer);
      if (answer) answers.push_back(StrCat(answer->pending.request_offset, " ", answer->payload));
      if (used == 0) break;
      input_.erase(0, used);
    }
    return answers;
  }

  void Connect() {
    link_->Want(now_);
    ASSERT_EQ(Action(), "dial");
    link_->OnConnected(now_);
  }
  void Ready() {
    Connect();
    Sent();
    ASSERT_EQ(Feed(AnswerBytes("i:0;")).size(), 1u);
    ASSERT_EQ(State(), "ready");
  }
  void Ask(wire::Command command, std::size_t max_size, std::uint64_t number) {
    link_->AppendQuery({.command = command}, {.max_size = max_size, .request_offset = number}, now_);
  }
  void Send(std::string_view body) {
    link_->Append({.command = wire::Command::kSendToOne, .connection_id = 1, .body = body},
                  /*is_command=*/true);
  }

  // "reason: text", and the offsets of what was not answered.
  static std::string Describe(const std::optional<LinkLoss>& loss) {
    if (!loss) return "none";
    std::string text = StrCat(ReasonWord(loss->reason), ": ", loss->text);
    for (const PendingAnswer& pending : loss->unanswered)
      text += StrCat(" #", pending.request_offset);
    return text;
  }
  static std::string Describe(LinkAction action) { return cluster::Describe(action); }
  std::string Loss() { return Describe(link_->TakeLoss()); }
  std::uint64_t Count(const std::string& name) const { return link_->counters().ByName().at(name); }

  LinkMachine& Renew(LinkKind kind, std::uint32_t seed = 1) {
    link_.emplace(kind, wire::PhpDialect(), options_, memory_, seed);
    return *link_;
  }

  Options options_ = [] {
    Options options;
    options.secret = "s3cret";
    return options;
  }();
  AnswerMemory memory_{10 * 1024 * 1024};
  std::optional<LinkMachine> link_{
      std::in_place, LinkKind::kCommand, wire::PhpDialect(), options_, memory_, 1};
  absl::Time now_ = absl::UnixEpoch() + absl::Seconds(1000);
  std::string wire_, input_;
};

class QueryLinkMachineTest : public LinkMachineTest {
 protected:
  QueryLinkMachineTest() { Renew(LinkKind::kQuery); }
};

}  // namespace gatewayd::cluster
