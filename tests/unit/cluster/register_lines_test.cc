// What a Register says: lines in any pieces, lists of addresses, garbage.
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "unit/cluster/register_fixture.h"

namespace gatewayd::cluster {
namespace {

using testing::ElementsAre;

TEST_F(RegisterMachineTest, LinesMayBeSplitAtEveryByte) {
  const std::string bytes = ListLine({"10.0.0.5:2900"}) + kPingLine + ListLine({"10.0.0.6:2900"});
  Ready();
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    Feed(bytes.substr(0, cut));
    Feed(bytes.substr(cut));
    ASSERT_EQ(List(), R"({ "10.0.0.6:2900" })") << "cut at " << cut;
    ASSERT_EQ(State(), "ready");
  }
}

TEST_F(RegisterMachineTest, LinesMayComeByteByByte) {
  Ready();
  for (const char byte : ListLine({"10.0.0.7:2900"})) {
    EXPECT_EQ(List(), "none");
    Feed(std::string(1, byte));
  }
  EXPECT_EQ(List(), R"({ "10.0.0.7:2900" })");
}

TEST_F(RegisterMachineTest, OfSeveralListsInOneReadTheLastCounts) {
  Ready();
  Feed(ListLine({"10.0.0.5:1"}) + ListLine({}) + ListLine({"10.0.0.5:3"}));
  EXPECT_EQ(List(), R"({ "10.0.0.5:3" })");
}

TEST_F(RegisterMachineTest, NoBytesAreNoLine) {
  Ready();
  Feed("");
  EXPECT_EQ(State(), "ready");
}

TEST_F(RegisterMachineTest, AddressesMayBeAnObjectAndItsValuesCount) {
  Ready();
  Feed(
      "{\"event\":\"broadcast_addresses\",\"addresses\":{\"0\":\"10.0.0.5:2900\",\"2\":\"10.0.0.6:2900\"}}"
      "\n");
  EXPECT_EQ(List(), R"({ "10.0.0.5:2900", "10.0.0.6:2900" })");
}

TEST_F(RegisterMachineTest, ALineMayEndInCarriageReturn) {
  Ready();
  std::string line = ListLine({"10.0.0.7:2900"});
  line.insert(line.size() - 1, "\r");
  Feed(line);
  EXPECT_EQ(List(), R"({ "10.0.0.7:2900" })");
}

TEST_F(RegisterMachineTest, OtherEventsAreIgnored) {
  machine_.Start(now_);
  Connect();
  Feed(kPingLine);
  Feed("{\"event\":\"worker_stats\",\"name\":\"x\"}\n");
  EXPECT_EQ(State(), "authenticating");
  EXPECT_EQ(List(), "none");
  EXPECT_FALSE(machine_.answered());
  Wait(absl::Seconds(5));  // they are no list
  EXPECT_EQ(State(), "backoff");
}

TEST_F(RegisterMachineTest, ALineAtTheLimitIsTakenAndALongerOneIsNot) {
  const std::string json = wire::BroadcastAddressesJson({"10.0.0.5:2900"});
  Ready();
  Feed(json + std::string(wire::kMaxRegisterLine - json.size(), ' ') + "\n");
  EXPECT_EQ(List(), R"({ "10.0.0.5:2900" })");
  Feed(json + std::string(wire::kMaxRegisterLine - json.size() + 1, ' ') + "\n");
  EXPECT_EQ(List(), "none");
  EXPECT_EQ(State(), "backoff");
  EXPECT_EQ(machine_.last_error(), StrCat("a line longer than ", wire::kMaxRegisterLine, " bytes"));
  EXPECT_EQ(Count("register_bad_lines"), 1u);
}

TEST_F(RegisterMachineTest, ALineWithoutEndIsCutOffAtTheLimit) {
  Ready();
  for (std::size_t fed = 0; fed < wire::kMaxRegisterLine; fed += 1024) {
    ASSERT_EQ(State(), "ready");
    Feed(std::string(1024, 'x'));
  }
  ASSERT_EQ(State(), "ready");
  Feed("x");
  EXPECT_EQ(State(), "backoff");
}

// Half a list is never taken for the cluster.
TEST_F(RegisterMachineTest, GarbageEndsTheConnectionAndChangesNoList) {
  for (const char* line :
       {"rubbish", "", "{", "[]", "null", "{}", "{\"event\":1}",
        "{\"event\":\"broadcast_addresses\",\"addresses\":7}",
        "{\"event\":\"broadcast_addresses\",\"addresses\":[\"10.0.0.5:2900\",7]}",
        "{\"event\":\"broadcast_addresses\",\"addresses\":[\"10.0.0.5:2900\",\"no port\"]}", "\xff\xfe"}) {
    RegisterMachine machine("10.0.0.1:1236", wire::PhpDialect(), options_, 1);
    machine.Start(now_);
    machine.OnConnected(now_);
    machine.OnBytes(ListLine({"10.0.0.5:2900"}), now_);
    machine.TakeList();
    machine.TakeAction();
    machine.OnBytes(StrCat(line, "\n", ListLine({"10.0.0.9:2900"})), now_);
    EXPECT_FALSE(machine.TakeList()) << line;
    EXPECT_EQ(Describe(machine.TakeAction()), std::string("close")) << line;
    EXPECT_EQ(machine.counters().register_bad_lines, 1u) << line;
    EXPECT_THAT(machine.View(now_, now_).addresses, ElementsAre("10.0.0.5:2900")) << line;
    EXPECT_TRUE(machine.answered());
  }
}

TEST_F(RegisterMachineTest, AListInFrontOfTheGarbageStillCounts) {
  Ready();
  Feed(ListLine({"10.0.0.9:2900"}) + "rubbish\n");
  EXPECT_EQ(List(), R"({ "10.0.0.9:2900" })");
  EXPECT_EQ(State(), "backoff");
}

TEST_F(RegisterMachineTest, HalfALineOfALostConnectionIsForgotten) {
  Ready();
  Feed("{\"event\":\"broad");
  Close();
  Redial();
  Connect();
  Feed(ListLine({"10.0.0.8:2900"}));
  EXPECT_EQ(State(), "ready");
  EXPECT_EQ(List(), R"({ "10.0.0.8:2900" })");
}

TEST_F(RegisterMachineTest, WhatComesAfterTheLossIsIgnored) {
  Ready();
  Close();
  Feed(ListLine({"10.0.0.9:2900"}));
  EXPECT_EQ(List(), "none");
}

}  // namespace
}  // namespace gatewayd::cluster
