// Where a Client goes, and what it says.
#include "gatewayworker/client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "fake_daemon.h"
#include "gatewayworker/event.h"

namespace gatewayworker {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using testing::FakeDaemon;
using ::testing::Pair;

TEST(AddressTest, IsTheOneGivenElseOfTheEnvironmentElseTheDefault) {
  ::unsetenv("GATEWAYD_ADDRESS");
  EXPECT_EQ(AddressOf(""), "127.0.0.1:50051");
  ::setenv("GATEWAYD_ADDRESS", "unix:/run/gatewayd.sock", 1);
  EXPECT_EQ(AddressOf(""), "unix:/run/gatewayd.sock");
  EXPECT_EQ(AddressOf("10.0.0.1:1"), "10.0.0.1:1");
  ::unsetenv("GATEWAYD_ADDRESS");
}

TEST(ErrorTest, EachCodeHasItsNameAndItsClass) {
  EXPECT_EQ(CodeName(Code::kUnauthenticated), "UNAUTHENTICATED");
  EXPECT_EQ(CodeOf(5), Code::kNotFound);
  EXPECT_EQ(CodeOf(99), Code::kUnknown);
  EXPECT_THROW(ThrowError(Code::kDataLoss, "x"), DataLossError);
  EXPECT_THROW(ThrowError(Code::kPermissionDenied, "x"), PermissionDeniedError);
  EXPECT_THROW(ThrowError(Code::kResourceExhausted, "x"), ResourceExhaustedError);
  EXPECT_THROW(ThrowError(Code::kFailedPrecondition, "x"), FailedPreconditionError);
  EXPECT_THROW(ThrowError(Code::kDeadlineExceeded, "x"), DeadlineExceededError);
  EXPECT_THROW(ThrowError(Code::kUnauthenticated, "x"), UnauthenticatedError);
  EXPECT_STREQ(GatewayError(Code::kAborted, "").what(), "ABORTED");
}

TEST(ClientTest, ErrorsSayWhatTheMetadataSays) {
  FakeDaemon daemon;
  Client client({.address = daemon.address()});
  try {
    client.GetSession("x");
    ADD_FAILURE() << "it did not fail";
  } catch (const NotFoundError& error) {
    EXPECT_STREQ(error.what(), "client_id is offline");
    EXPECT_EQ(error.field(), "client_id");
    EXPECT_EQ(error.reason(), "offline");
    EXPECT_THAT(error.gateways(), ElementsAre("a:1", "b:2"));
  }
}

TEST(ClientTest, ATokenIsAskedForEachCall) {
  FakeDaemon daemon;
  int asked = 0;
  Client client({.address = daemon.address(), .token = [&] { return "number " + std::to_string(++asked); }});
  EXPECT_TRUE(client.IsOnline("x"));
  EXPECT_TRUE(client.IsOnline("x"));
  const auto metadata = daemon.metadata();
  ASSERT_EQ(metadata.size(), 2);
  EXPECT_THAT(metadata[0], Contains(Pair("authorization", "Bearer number 1")));
  EXPECT_THAT(metadata[1], Contains(Pair("authorization", "Bearer number 2")));
}

TEST(ClientTest, AFailingTokenFailsTheCall) {
  FakeDaemon daemon;
  Client client(
      {.address = daemon.address(), .token = []() -> std::string { throw std::runtime_error("no file"); }});
  EXPECT_THROW(client.IsOnline("x"), std::runtime_error);
}

TEST(ClientTest, PartialAnswersNameTheMissing) {
  FakeDaemon daemon;
  Client client({.address = daemon.address()});
  EXPECT_THROW(client.GetAllClientCount(), UnavailableError);
  std::vector<GatewayFailure> missing;
  EXPECT_EQ(client.GetAllClientCount({.missing = &missing}), 7);
  ASSERT_EQ(missing.size(), 1);
  EXPECT_EQ(missing[0].gateway(), "a:1");
}

TEST(ClientTest, WhatIsNotTextIsRefusedHere) {
  Client client({.address = "127.0.0.1:1"});
  const std::vector<std::pair<std::string, std::function<void()>>> refused = {
      {"client_id", [&] { client.IsOnline("\xff"); }},
      {"group", [&] { client.GetClientCountByGroup("\xff"); }},
      {"uid", [&] { client.GetClientIdByUid("\xff"); }},
      {"uids",
       [&] {
         client.GetClientIdByUids({"a", "\xff"});
       }},
      {"groups", [&] { client.Select({Field::kUid}, {.groups = std::vector<std::string>{"\xff"}}); }},
  };
  for (const auto& [field, call] : refused) {
    try {
      call();
      ADD_FAILURE() << field << " was taken";
    } catch (const InvalidArgumentError& error) {
      EXPECT_EQ(error.field(), field);
    }
  }
}

TEST(ClientTest, AStreamGivesEachAndStopsWhereThatThrows) {
  FakeDaemon daemon;
  Client client({.address = daemon.address()});
  std::vector<std::string> client_ids;
  client.StreamAllClientIdList([&](const std::string& client_id) { client_ids.push_back(client_id); });
  EXPECT_THAT(client_ids, ElementsAre("a", "b", "a", "b"));
  EXPECT_THROW(client.StreamAllClientIdList([](const std::string&) { throw std::out_of_range("enough"); }),
               std::out_of_range);
}

TEST(ClientTest, OutsideOfHandlersThereIsNoCurrentClient) {
  FakeDaemon daemon;
  Client client({.address = daemon.address()});
  EXPECT_EQ(CurrentEvent(), nullptr);
  client.SendToCurrentClient("hi");
  EXPECT_EQ(daemon.metadata()[0].count("gateway-client-id"), 0);
}

}  // namespace
}  // namespace gatewayworker
