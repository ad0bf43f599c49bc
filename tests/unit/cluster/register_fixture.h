// The tests of RegisterMachine: a connection to a made-up Register.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cluster/register_machine.h"
#include "gtest/gtest.h"
#include "unit/cluster/describe.h"
#include "unit/cluster/run_timers.h"
#include "wire/register_line.h"

namespace gatewayd::cluster {

inline constexpr char kPingLine[] = "{\"event\":\"ping\"}\n";

inline std::string ListLine(const std::vector<std::string>& addresses) {
  return wire::BroadcastAddressesJson(addresses) + "\n";
}

class RegisterMachineTest : public testing::Test {
 protected:
  std::string Action() { return Describe(machine_.TakeAction()); }
  std::string State() const { return ToString(machine_.state()); }
  std::string Output() { return machine_.TakeOutput(); }
  std::string News() { return machine_.TakeNews(); }
  // The list that came, or "none".
  std::string List() {
    const auto list = machine_.TakeList();
    return list ? testing::PrintToString(*list) : "none";
  }
  std::uint64_t Count(const std::string& name) const { return machine_.counters().ByName().at(name); }
  void Feed(std::string_view bytes) { machine_.OnBytes(bytes, now_); }
  void Close() { machine_.OnClosed("closed by the peer", now_); }

  void Wait(absl::Duration duration) { RunTimers(machine_, duration, now_); }
  void Connect() {
    machine_.OnConnected(now_);
    Output();
  }
  // Started, connected, the first list read, and nothing left to look at.
  void Ready(const std::vector<std::string>& addresses = {"10.0.0.5:2900"}) {
    if (machine_.state() == LinkState::kIdle) machine_.Start(now_);
    Connect();
    Feed(ListLine(addresses));
    ASSERT_EQ(State(), "ready");
    Action();
    List();
    News();
  }
  // Lost, and dialled again.
  void Redial() {
    ASSERT_EQ(State(), "backoff");
    Wait(machine_.NextTimer() - now_);
    ASSERT_EQ(State(), "connecting");
  }

  Options options_ = [] {
    Options options;
    options.secret = "s3cret";
    return options;
  }();
  RegisterMachine machine_{"10.0.0.1:1236", wire::PhpDialect(), options_, 1};
  absl::Time now_ = absl::UnixEpoch() + absl::Seconds(1000);
};

}  // namespace gatewayd::cluster
