#include "cluster/write_ledger.h"

#include "gtest/gtest.h"

namespace gatewayd::cluster {
namespace {

using wire::Command;

constexpr std::uint64_t kAll = ~std::uint64_t{0};

WriteHold Hold(std::vector<std::uint32_t> destroy, bool fan_out = false) {
  return {.destroy = std::move(destroy), .fan_out = fan_out};
}

TEST(WriteLedgerTest, HoldsEachClientOnceThatACommandWritesTo) {
  WriteLedger ledger;
  ledger.Add({.command = Command::kSendToOne, .connection_id = 7}, 10);
  ledger.Add({.command = Command::kKick, .connection_id = 3}, 20);
  ledger.Add({.command = Command::kSendToOne, .connection_id = 7}, 30);
  EXPECT_EQ(ledger.first(), 7U);
  EXPECT_EQ(ledger.Take(kAll), Hold({3, 7}));
  EXPECT_TRUE(ledger.empty());
}

TEST(WriteLedgerTest, WhatWritesToNobodyIsPassedOver) {
  WriteLedger ledger;
  for (const Command command :
       {Command::kDestroy, Command::kBindUid, Command::kUnbindUid, Command::kJoinGroup, Command::kLeaveGroup,
        Command::kUngroup, Command::kSetSession, Command::kUpdateSession, Command::kIsOnline})
    ledger.Add({.command = command, .connection_id = 7}, 10);
  EXPECT_TRUE(ledger.empty());
  EXPECT_TRUE(ledger.Take(kAll).empty());
}

TEST(WriteLedgerTest, AFanOutIsForAnybody) {
  for (const Command command : {Command::kSendToAll, Command::kSendToUid, Command::kSendToGroup}) {
    WriteLedger ledger;
    ledger.Add({.command = command}, 10);
    EXPECT_EQ(ledger.first(), std::nullopt);
    EXPECT_EQ(ledger.Take(kAll), Hold({}, true));
  }
}

TEST(WriteLedgerTest, AClientWhoseNumberIsZeroIsNoFanOut) {
  WriteLedger ledger;
  ledger.Add({.command = Command::kSendToOne, .connection_id = 0}, 10);
  EXPECT_EQ(ledger.Take(kAll), Hold({0}));
}

TEST(WriteLedgerTest, WhatHasRunIsForgotten) {
  WriteLedger ledger;
  ledger.Add({.command = Command::kSendToAll}, 10);
  ledger.Add({.command = Command::kSendToOne, .connection_id = 1}, 20);
  ledger.Add({.command = Command::kSendToOne, .connection_id = 2}, 30);
  ledger.RanUpTo(9);
  EXPECT_EQ(ledger.first(), std::nullopt);
  ledger.RanUpTo(20);
  EXPECT_EQ(ledger.Take(kAll), Hold({2}));
}

TEST(WriteLedgerTest, WhatHadNotWhollyLeftTheDaemonCannotRun) {
  WriteLedger ledger;
  ledger.Add({.command = Command::kSendToOne, .connection_id = 1}, 10);
  ledger.Add({.command = Command::kSendToOne, .connection_id = 2}, 20);
  ledger.Add({.command = Command::kSendToAll}, 30);
  EXPECT_EQ(ledger.Take(19), Hold({1}));
  EXPECT_TRUE(ledger.empty());
}

}  // namespace
}  // namespace gatewayd::cluster
