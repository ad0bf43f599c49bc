// What a Go Gateway does otherwise than PHP's, quirks included; what is alike is tested in
// gateway_state_test.cc, and here for both dialects at the end.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/embedded/state_harness.h"

namespace gatewayd::embedded {
namespace {

using testing::IsEmpty;
using wire::Command;

using Ids = std::vector<std::uint32_t>;

struct GoHarness : StateHarness {
  explicit GoHarness(std::string secret = "") : StateHarness(std::move(secret), false, GoGatewayDialect()) {}
  Ids ToAll(std::string_view ext) { return Reached(Run(Command::kSendToAll, 0, ext, "x")); }
};

TEST(GoFlags, AreIgnored) {
  GoHarness h;
  h.Client();
  for (const std::uint8_t flag : {0, 1, 2, 3}) {
    EXPECT_EQ(h.Run(Command::kSendToOne, 1, {}, "N;", flag), (Actions{SendToClients{{1}, "N;", false}}));
    EXPECT_EQ(h.Run(Command::kKick, 1, {}, "bye", flag), (Actions{CloseClient{1, "bye"}}));
    EXPECT_EQ(h.Run(Command::kKick, 1, {}, "", flag), (Actions{CloseClient{1, std::nullopt}}));
  }
}

TEST(GoSendToAll, GoesToEverybodyWhereItsExtCannotBeRead) {
  GoHarness h;
  h.Clients(3);
  const Ids everybody = {1, 2, 3};
  for (const char* ext :
       {"", "not json", "[]", "\"text\"", R"({"exclude":[1]})", R"({"connections":{"1":1}})",
        R"({"connections":[]})", R"({"connections":["1"]})", R"({"connections":[-1]})",
        R"({"connections":[1.5]})", R"({"exclude":{"x":1}})", R"({"connections":null})", "{}"}) {
    EXPECT_EQ(h.ToAll(ext), everybody) << ext;
  }
}

TEST(GoSendToAll, ConnectionsBeatExclude) {
  GoHarness h;
  h.Clients(3);
  EXPECT_EQ(h.ToAll(R"({"connections":[3,1,9]})"), (Ids{3, 1}));
  EXPECT_EQ(h.ToAll(R"({"connections":[1],"exclude":{"1":1}})"), (Ids{1}));
  EXPECT_EQ(h.ToAll(R"({"exclude":{"2":2}})"), (Ids{1, 3}));
  EXPECT_EQ(h.ToAll(R"({"exclude":null})"), (Ids{1, 2, 3}));
}

TEST(GoNames, ZeroWorksAndEmptyDoesNot) {
  GoHarness h;
  h.Client();
  h.Run(Command::kBindUid, 1, "0");
  h.Run(Command::kJoinGroup, 1, "0");
  EXPECT_EQ(h.Ask(Command::kGetClientIdByUid, 0, "0"), "[1]");
  EXPECT_EQ(h.Ask(Command::kGetClientCountByGroup, 0, "0"), "1");
  h.Run(Command::kJoinGroup, 1, "");
  EXPECT_EQ(h.state.counters().ignored_names, 1u);
}

TEST(GoNames, TwiceIsSentTwiceAndNumbersMatchNobody) {
  GoHarness h;
  h.Clients(2);
  h.Run(Command::kBindUid, 1, "1001");
  h.Run(Command::kJoinGroup, 1, "a");
  h.Run(Command::kJoinGroup, 1, "b");
  h.Run(Command::kJoinGroup, 2, "b");
  EXPECT_EQ(h.Reached(h.Run(Command::kSendToUid, 0, R"(["1001","1001"])", "x")), (Ids{1, 1}));
  EXPECT_THAT(h.Run(Command::kSendToUid, 0, "[1001]", "x"), IsEmpty());
  EXPECT_THAT(h.Run(Command::kSendToUid, 0, R"({"0":"1001"})", "x"), IsEmpty());
  EXPECT_EQ(h.Reached(h.Run(Command::kSendToGroup, 0, R"({"exclude":null,"group":["a","b"]})", "x")),
            (Ids{1, 1, 2}));
  EXPECT_EQ(h.Reached(h.Run(Command::kSendToGroup, 0, R"({"exclude":{"1":1},"group":["a","b"]})", "x")),
            (Ids{2}));
  EXPECT_EQ(h.state.counters().would_have_crashed, 0u);
}

TEST(GoQueries, AnswerNobodyInTheirOwnWays) {
  GoHarness h;
  EXPECT_EQ(h.Ask(Command::kGetClientIdByUid, 0, "u"), "null");
  EXPECT_EQ(h.Ask(Command::kBatchGetClientIdByUid, 0, R"(["u","b"])"), R"({"b":[],"u":[]})");
  EXPECT_EQ(h.Ask(Command::kBatchGetClientIdByUid, 0, "[7]"), R"({"":[]})");
  EXPECT_EQ(h.Ask(Command::kBatchGetClientIdByUid, 0, "[]"), "{}");
  EXPECT_EQ(h.Ask(Command::kBatchGetClientCountByGroup, 0, R"(["b","a"])"), R"({"a":0,"b":0})");
  EXPECT_EQ(h.Ask(Command::kGetGroupIdList), "[]");
  EXPECT_EQ(h.Ask(Command::kGetAllClientSessions), "{}");
  EXPECT_EQ(h.Ask(Command::kGetSessionByClientId, 9), "null");
  EXPECT_EQ(h.Ask(Command::kIsOnline, 9), "0");
  h.Client();
  EXPECT_EQ(h.Ask(Command::kGetSessionByClientId, 1), "{}");
  EXPECT_EQ(h.Ask(Command::kGetAllClientSessions), R"({"1":""})");
}

TEST(GoQueries, KeysAreSortedAsText) {
  GoHarness h;
  h.Clients(11);
  EXPECT_EQ(h.Ask(Command::kSelect, 0, R"({"fields":[],"where":{"connection_id":[9,10,1,99]}})"),
            R"({"1":{},"10":{},"9":{}})");
}

TEST(GoQueries, WhatIsNotUtf8ComesBackReplaced) {
  GoHarness h;
  h.Client();
  h.Run(Command::kJoinGroup, 1, "a\xff<");
  EXPECT_EQ(h.Ask(Command::kGetGroupIdList), R"(["a\ufffd\u003c"])");
}

TEST(GoSelect, TakesWhereAsGoDoes) {
  GoHarness h;
  h.Clients(3);
  h.Run(Command::kBindUid, 1, "1001");
  h.Run(Command::kJoinGroup, 2, "g");
  h.Run(Command::kSetSession, 2, R"({"a":"<"})");
  const std::string everyone = R"({"1":{"uid":"1001"},"2":{"uid":""},"3":{"uid":""}})";
  for (const char* where : {"null", "[]", "{}"}) {
    EXPECT_EQ(h.Ask(Command::kSelect, 0, std::string(R"({"fields":["uid"],"where":)") + where + "}"),
              everyone)
        << where;
  }
  EXPECT_EQ(h.Ask(Command::kSelect, 0, R"({"fields":["uid"]})"), everyone);
  EXPECT_EQ(h.Ask(Command::kSelect, 0, ""), R"({"1":{},"2":{},"3":{}})");
  for (const char* where :
       {R"({"client_id":["7f0000010b5400000001"]})", R"({"uid":[1001]})", R"({"connection_id":{"1":1}})"}) {
    EXPECT_EQ(h.Ask(Command::kSelect, 0, std::string(R"({"fields":["uid"],"where":)") + where + "}"), "{}")
        << where;
  }
  EXPECT_EQ(
      h.Ask(Command::kSelect, 0,
            R"({"fields":["session","uid","groups","eventLoop"],"where":{"groups":["g"],"uid":["1001"]}})"),
      R"({"1":{"groups":[],"session":"","uid":"1001"},"2":{"groups":["g"],"session":"{\"a\":\"\u003c\"}","uid":""}})");
  EXPECT_EQ(h.state.counters().would_have_crashed, 0u);
}

TEST(GoSession, UpdateReplacesKeysOfTheTopAndEncodesAllAnew) {
  GoHarness h;
  h.Client();
  const auto session = [&] { return h.Ask(Command::kGetSessionByClientId, 1); };
  h.Run(Command::kSetSession, 1, R"({ "b":{"x":1}, "a":9007199254740993 })");
  EXPECT_EQ(session(), R"({ "b":{"x":1}, "a":9007199254740993 })");
  h.Run(Command::kUpdateSession, 1,
        R"({"b":{"y":"<é>"},"c":1e21,"d":1e-7,"e":-0.5,"f":100000000000000000000})");
  EXPECT_EQ(
      session(),
      R"({"a":9007199254740992,"b":{"y":"\u003cé\u003e"},"c":1e+21,"d":1e-7,"e":-0.5,"f":100000000000000000000})");
  h.Run(Command::kSetSession, 1, "");
  h.Run(Command::kUpdateSession, 1, R"({"k":"v"})");
  EXPECT_EQ(session(), R"({"k":"v"})");
  h.Run(Command::kUpdateSession, 1, "garbled");
  EXPECT_EQ(session(), R"({"k":"v"})");
  EXPECT_EQ(h.state.counters().bad_sessions, 1u);
}

TEST(GoCrash, UpdateOfASessionThatIsNoObject) {
  for (const char* stored : {"null", "[]", "a:0:{}", "1"}) {
    GoHarness h;
    h.Client();
    h.Run(Command::kSetSession, 1, stored);
    EXPECT_EQ(h.state.counters().bad_sessions, 1u);
    const Actions actions = h.Run(Command::kUpdateSession, 1, "{}");
    ASSERT_EQ(actions.size(), 1u) << stored;
    EXPECT_TRUE(std::holds_alternative<DropLink>(actions[0]));
    EXPECT_EQ(h.state.counters().would_have_crashed, 1u) << stored;
  }
}

// What stops PHP's process does nothing to Go's.
TEST(GoCrash, NotByWhatStopsPhp) {
  GoHarness h;
  h.Client();
  h.Run(Command::kSelect, 0, R"({"fields":["eventLoop"],"where":{"uid":[["a"]]}})");
  h.Run(Command::kSendToUid, 0, R"([["a"]])", "x");
  h.Run(Command::kSendToOne, 1, {}, "a:0:{}", 0);
  h.Run(Command::kSendToAll, 0, R"({"connections":[[1]]})", "x");
  EXPECT_EQ(h.state.counters().would_have_crashed, 0u);
}

TEST(GoWriters, ASecondLinkToOneClientIsCountedWhileTheFirstIsThere) {
  GoHarness h;
  h.Clients(2);
  h.state.AddLink(2, "127.0.0.1");
  const auto writers = [&] { return h.state.counters().concurrent_writers; };
  h.Run(Command::kSendToOne, 1, {}, "x");
  h.Run(Command::kSendToOne, 1, {}, "x");
  h.Run(Command::kSendToOne, 2, {}, "x", 1, 2);  // another client
  h.Run(Command::kIsOnline, 1, {}, {}, 1, 2);
  h.Run(Command::kDestroy, 9, {}, {}, 1, 2);
  EXPECT_EQ(writers(), 0u);
  h.Run(Command::kSendToAll, 0, {}, "x");
  EXPECT_EQ(writers(), 1u);  // client 2
  h.Run(Command::kKick, 1, {}, "bye", 1, 2);
  EXPECT_EQ(writers(), 2u);
  h.Run(Command::kKick, 2, {}, "", 1, 2);  // writes nothing
  EXPECT_EQ(writers(), 2u);
  h.state.RemoveLink(1);
  h.Run(Command::kSendToOne, 2, {}, "x", 1, 2);
  EXPECT_EQ(writers(), 2u);
}

TEST(GoWorker, AWebSocketClientCausesOneEventAndOthersTheOther) {
  GoHarness h;
  h.Worker(2, "w");
  Actions actions;
  const std::uint32_t web = h.state.AddClient({.gateway_port = 7272}, actions);
  EXPECT_THAT(actions, IsEmpty());
  actions = h.state.ClientHandshake(web, {});
  ASSERT_EQ(actions.size(), 1u);
  const wire::Frame frame = std::get<SendEvent>(actions[0]).frame;
  EXPECT_EQ(frame.command, Command::kOnWebSocketConnect);
  EXPECT_EQ(frame.flag, wire::kFlagScalarBody);
  EXPECT_EQ(frame.gateway_port, 0);
  EXPECT_EQ(frame.body, R"({"cookie":{},"get":{},"server":{"HTTP_HOST":"","REQUEST_URI":""}})");
  actions.clear();
  h.state.AddClient({.protocol = ClientProtocol::kTcp}, actions);
  ASSERT_EQ(actions.size(), 1u);
  EXPECT_EQ(std::get<SendEvent>(actions[0]).frame.command, Command::kOnConnect);
}

TEST(GoWorker, ClientsStayWithoutOne) {
  GoHarness h;
  h.Client(ClientProtocol::kText);
  EXPECT_THAT(h.state.ClientMessage(1, "x"), IsEmpty());
  EXPECT_EQ(h.state.counters().events_without_worker, 2u);
  h.Worker(2, "w");
  EXPECT_EQ(h.state.ClientMessage(1, "x").size(), 1u);  // one that the worker never saw connect
}

TEST(GoRouter, AClientIsNeverBoundAgain) {
  GoHarness h;
  h.Worker(2, "a");
  h.Client(ClientProtocol::kText);
  h.Worker(3, "b");
  h.Worker(4, "c");
  const auto to = [&] { return std::get<SendEvent>(h.state.ClientMessage(1, "x")[0]).link; };
  EXPECT_EQ(to(), 2u);
  EXPECT_EQ(to(), 2u);
  h.state.RemoveLink(2);
  const LinkId first = to();
  EXPECT_NE(to(), first);
  EXPECT_EQ(to(), first);
}

TEST(GoWorkerKey, ASecondOneClosesTheFirstAndIsUnregisteredByItsCleanUp) {
  GoHarness h;
  h.Client(ClientProtocol::kText);
  h.Worker(2, "w");
  const Actions actions = h.Worker(3, "w");
  ASSERT_EQ(actions.size(), 1u);
  EXPECT_EQ(std::get<DropLink>(actions[0]).link, 2u);
  h.state.RemoveLink(2);
  EXPECT_THAT(h.state.ClientMessage(1, "x"), IsEmpty());
  EXPECT_THAT(h.state.PingWorkers(), IsEmpty());
  EXPECT_EQ(std::get<SendAnswer>(h.Run(Command::kIsOnline, 1, {}, {}, 1, 3)[0]).payload, "1");
}

TEST(GoPing, IsAllZeroButLengthAndCommand) {
  GoHarness h;
  h.Worker(2, "w");
  const Actions actions = h.state.PingWorkers();
  ASSERT_EQ(actions.size(), 1u);
  EXPECT_EQ(std::get<SendEvent>(actions[0]).frame, (wire::Frame{.command = Command::kPing, .flag = 0}));
}

// What both dialects do alike.
class BothStates : public testing::TestWithParam<const GatewayDialect*> {
 protected:
  StateHarness h{"", false, *GetParam()};
};
INSTANTIATE_TEST_SUITE_P(Dialects, BothStates, testing::Values(&PhpGatewayDialect(), &GoGatewayDialect()),
                         [](const auto& tested) {
                           return tested.param->kind() == wire::DialectKind::kGo ? "Go" : "Php";
                         });

TEST_P(BothStates, SendsReachWhoIsNamed) {
  h.Clients(3);
  EXPECT_EQ(h.Run(Command::kSendToOne, 2, {}, "hi"), (Actions{SendToClients{{2}, "hi", false}}));
  EXPECT_THAT(h.Run(Command::kSendToOne, 9, {}, "hi"), IsEmpty());
  EXPECT_EQ(h.Run(Command::kSendToAll, 0, {}, "all"), (Actions{SendToClients{{1, 2, 3}, "all", false}}));
  EXPECT_EQ(h.Reached(h.Run(Command::kSendToAll, 0, R"({"connections":[3,1]})", "x")), (Ids{3, 1}));
  EXPECT_EQ(h.Reached(h.Run(Command::kSendToAll, 0, R"({"exclude":{"2":2}})", "x")), (Ids{1, 3}));
}

TEST_P(BothStates, UidsBindReplaceAndUnbind) {
  h.Clients(2);
  const auto reached = [&](const char* uids) { return h.Reached(h.Run(Command::kSendToUid, 0, uids, "x")); };
  h.Run(Command::kBindUid, 1, "u");
  h.Run(Command::kBindUid, 2, "u");
  EXPECT_EQ(reached(R"(["u","nobody"])"), (Ids{1, 2}));
  h.Run(Command::kBindUid, 1, "v");
  EXPECT_EQ(reached(R"(["u"])"), (Ids{2}));
  h.Run(Command::kUnbindUid, 1, "whatever");
  EXPECT_THAT(reached(R"(["v"])"), IsEmpty());
  h.state.RemoveClient(2);
  EXPECT_THAT(reached(R"(["u"])"), IsEmpty());
}

TEST_P(BothStates, GroupsAreJoinedLeftAndEmptied) {
  h.Clients(3);
  const auto reached = [&] {
    return h.Reached(h.Run(Command::kSendToGroup, 0, R"({"group":["g"],"exclude":{"3":3}})", "x"));
  };
  for (std::uint32_t id : {1, 2, 3})
    h.Run(Command::kJoinGroup, id, "g");
  EXPECT_EQ(reached(), (Ids{1, 2}));
  h.Run(Command::kLeaveGroup, 1, "g");
  EXPECT_EQ(reached(), (Ids{2}));
  h.Run(Command::kUngroup, 0, "g");
  EXPECT_THAT(reached(), IsEmpty());
}

TEST_P(BothStates, UnknownCommandsAreCountedAndIgnored) {
  EXPECT_THAT(h.Run(static_cast<Command>(99)), IsEmpty());
  EXPECT_THAT(h.Run(Command::kPing), IsEmpty());
  EXPECT_EQ(h.state.counters().unknown_commands, 2u);
}

TEST_P(BothStates, AWrongSecretAndAMissingHelloClose) {
  StateHarness secret("s", false, *GetParam());
  EXPECT_TRUE(std::holds_alternative<CloseLink>(secret.Run(Command::kIsOnline, 1)[0]));
  EXPECT_EQ(secret.state.counters().unauthorized, 1u);
  EXPECT_TRUE(std::holds_alternative<CloseLink>(secret.Worker(2, "w", "wrong")[0]));
  EXPECT_EQ(secret.state.counters().wrong_secrets, 1u);
  EXPECT_THAT(secret.Worker(3, "w", "s"), IsEmpty());
}

TEST_P(BothStates, EventsCarryTheAddressAndTheSession) {
  h.Client(ClientProtocol::kText);
  h.Worker(2, "w");
  const std::string_view session = GetParam()->kind() == wire::DialectKind::kGo ? R"({"a":1})" : "a:0:{}";
  h.Run(Command::kSetSession, 1, session);
  for (const Command command : {Command::kOnMessage, Command::kOnClose}) {
    const Actions actions =
        command == Command::kOnMessage ? h.state.ClientMessage(1, "m") : h.state.RemoveClient(1);
    ASSERT_EQ(actions.size(), 1u);
    const wire::Frame& frame = std::get<SendEvent>(actions[0]).frame;
    EXPECT_EQ(frame.command, command);
    EXPECT_EQ(frame.local_port, 2900);
    EXPECT_EQ(frame.client_port, 40000);
    EXPECT_EQ(frame.ext, session);
    EXPECT_EQ(frame.body, command == Command::kOnMessage ? "m" : "");
  }
}

}  // namespace
}  // namespace gatewayd::embedded
