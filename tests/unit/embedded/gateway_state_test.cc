// What each command does and each query answers, quirks of PHP included.
#include "embedded/gateway_state.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/embedded/state_harness.h"

namespace gatewayd::embedded {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using wire::Command;

using Ids = std::vector<std::uint32_t>;

TEST(SendToOne, ReachesTheClientWithItsBytesAndRawFlag) {
  StateHarness h;
  h.Clients(2);
  EXPECT_EQ(h.Run(Command::kSendToOne, 2, {}, "hi"), (Actions{SendToClients{{2}, "hi", false}}));
  EXPECT_EQ(h.Run(Command::kSendToOne, 2, {}, "hi", wire::kFlagScalarBody | wire::kFlagRaw),
            (Actions{SendToClients{{2}, "hi", true}}));
  EXPECT_EQ(h.Run(Command::kSendToOne, 1, {}, ""), (Actions{SendToClients{{1}, "", false}}));
}

TEST(SendToOne, IsNothingForAClientThatIsNotThere) {
  StateHarness h;
  EXPECT_THAT(h.Run(Command::kSendToOne, 7, {}, "hi"), IsEmpty());
  EXPECT_THAT(h.Run(Command::kSendToOne, 7, {}, "garbled", 0), IsEmpty());
  EXPECT_EQ(h.state.counters().would_have_crashed, 0u);
}

TEST(SendToOne, SendsASerializedBodyAsItsString) {
  StateHarness h;
  h.Client(ClientProtocol::kText);
  EXPECT_EQ(h.Run(Command::kSendToOne, 1, {}, "s:2:\"hi\";", 0), (Actions{SendToClients{{1}, "hi", false}}));
}

TEST(SendToOne, SendsAnArrayToAWebSocketClientAsJson) {
  StateHarness h;
  h.Client();
  const std::string body =
      "a:3:{s:1:\"a\";i:1;s:1:\"b\";a:2:{i:0;d:1.5;i:1;b:1;}s:1:\"c\";s:4:\"\xc3\xa9/\n\";}";
  EXPECT_EQ(h.Run(Command::kSendToOne, 1, {}, body, 0),
            (Actions{SendToClients{{1}, "{\"a\":1,\"b\":[1.5,true],\"c\":\"\xc3\xa9\\/\\n\"}", false}}));
  EXPECT_EQ(h.Run(Command::kSendToOne, 1, {}, "N;", 0), (Actions{SendToClients{{1}, "null", false}}));
}

TEST(SendToAll, ReachesEveryoneInTheOrderOfConnecting) {
  StateHarness h;
  h.Clients(3);
  EXPECT_EQ(h.Run(Command::kSendToAll, 0, {}, "all"), (Actions{SendToClients{{1, 2, 3}, "all", false}}));
  EXPECT_EQ(h.Reached(h.Run(Command::kSendToAll, 0, "0", "x")), (Ids{1, 2, 3}));
  EXPECT_EQ(h.Reached(h.Run(Command::kSendToAll, 0, "not json", "x")), (Ids{1, 2, 3}));
  EXPECT_EQ(h.Reached(h.Run(Command::kSendToAll, 0, "\"text\"", "x")), (Ids{1, 2, 3}));
}

TEST(SendToAll, DoesNothingWithoutClients) {
  StateHarness h;
  EXPECT_THAT(h.Run(Command::kSendToAll, 0, {}, "x"), IsEmpty());
}

TEST(SendToAll, TakesConnectionsAsListAndAsObject) {
  StateHarness h;
  h.Clients(3);
  EXPECT_EQ(h.Reached(h.Run(Command::kSendToAll, 0, R"({"connections":[3,1,9]})", "x")), (Ids{3, 1}));
  EXPECT_EQ(h.Reached(h.Run(Command::kSendToAll, 0, R"({"connections":{"2":2}})", "x")), (Ids{2}));
  EXPECT_EQ(h.Reached(h.Run(Command::kSendToAll, 0, R"({"connections":["2",2]})", "x")), (Ids{2, 2}));
  EXPECT_THAT(h.Run(Command::kSendToAll, 0, R"({"connections":[]})", "x"), IsEmpty());
  EXPECT_THAT(h.Run(Command::kSendToAll, 0, R"({"connections":5})", "x"), IsEmpty());
  EXPECT_EQ(h.Reached(h.Run(Command::kSendToAll, 0, R"({"connections":null})", "x")), (Ids{1, 2, 3}));
  EXPECT_EQ(h.Reached(h.Run(Command::kSendToAll, 0, R"({"connections":[1],"exclude":{"1":1}})", "x")),
            (Ids{1}));
}

TEST(SendToAll, TakesExcludeByKey) {
  StateHarness h;
  h.Clients(3);
  EXPECT_EQ(h.Reached(h.Run(Command::kSendToAll, 0, R"({"exclude":{"2":2}})", "x")), (Ids{1, 3}));
  EXPECT_EQ(h.Reached(h.Run(Command::kSendToAll, 0, R"({"exclude":{"2":null}})", "x")), (Ids{1, 2, 3}));
  // A list is tested by position: what is in it does not matter.
  EXPECT_EQ(h.Reached(h.Run(Command::kSendToAll, 0, R"({"exclude":[3,3]})", "x")), (Ids{2, 3}));
  EXPECT_EQ(h.Reached(h.Run(Command::kSendToAll, 0, R"({"exclude":"ab"})", "x")), (Ids{2, 3}));
  EXPECT_EQ(h.Reached(h.Run(Command::kSendToAll, 0, R"({"exclude":null})", "x")), (Ids{1, 2, 3}));
}

TEST(Uid, BindsReplacesAndUnbinds) {
  StateHarness h;
  h.Clients(3);
  h.Run(Command::kBindUid, 2, "ann");
  h.Run(Command::kBindUid, 1, "ann");
  EXPECT_EQ(h.Ask(Command::kGetClientIdByUid, 0, "ann"),
            "a:2:{i:0;i:2;i:1;i:1;}");  // in the order of binding
  h.Run(Command::kBindUid, 2, "bob");
  EXPECT_EQ(h.Ask(Command::kGetClientIdByUid, 0, "ann"), "a:1:{i:0;i:1;}");
  EXPECT_EQ(h.Ask(Command::kGetClientIdByUid, 0, "bob"), "a:1:{i:0;i:2;}");
  h.Run(Command::kUnbindUid, 2, "somebody else");  // the name is ignored
  EXPECT_EQ(h.Ask(Command::kGetClientIdByUid, 0, "bob"), "a:0:{}");
  h.Run(Command::kUnbindUid, 3, "ann");
  h.Run(Command::kUnbindUid, 9, "ann");
  EXPECT_EQ(h.Ask(Command::kGetClientIdByUid, 0, "ann"), "a:1:{i:0;i:1;}");
}

TEST(Uid, BindingAgainMovesToTheEnd) {
  StateHarness h;
  h.Clients(2);
  for (std::uint32_t id : {1, 2, 1})
    h.Run(Command::kBindUid, id, "u");
  EXPECT_EQ(h.Ask(Command::kGetClientIdByUid, 0, "u"), "a:2:{i:0;i:2;i:1;i:1;}");
}

TEST(Uid, EmptyNamesAreIgnored) {
  StateHarness h;
  h.Clients(1);
  for (std::string_view name : {"", "0"}) {
    h.Run(Command::kBindUid, 1, name);
    h.Run(Command::kJoinGroup, 1, name);
    h.Run(Command::kLeaveGroup, 1, name);
    h.Run(Command::kUngroup, 0, name);
  }
  EXPECT_EQ(h.state.counters().ignored_names, 8u);
  EXPECT_EQ(h.Ask(Command::kSelect, 0, R"({"fields":["uid","groups"],"where":{}})"),
            "a:1:{i:1;a:2:{s:3:\"uid\";N;s:6:\"groups\";N;}}");
}

TEST(Uid, SendsToEachClientOfEachName) {
  StateHarness h;
  h.Clients(4);
  h.Run(Command::kBindUid, 3, "a");
  h.Run(Command::kBindUid, 1, "a");
  h.Run(Command::kBindUid, 2, "1001");
  EXPECT_EQ(h.Reached(h.Run(Command::kSendToUid, 0, R"(["a","nobody"])", "x")), (Ids{3, 1}));
  EXPECT_EQ(h.Reached(h.Run(Command::kSendToUid, 0, R"(["1001"])", "x")), (Ids{2}));
  EXPECT_EQ(h.Reached(h.Run(Command::kSendToUid, 0, R"([1001])", "x")), (Ids{2}));
  EXPECT_EQ(h.Reached(h.Run(Command::kSendToUid, 0, R"(["1001","1001"])", "x")), (Ids{2, 2}));
  EXPECT_EQ(h.Reached(h.Run(Command::kSendToUid, 0, R"({"x":"a"})", "x")), (Ids{3, 1}));
  EXPECT_THAT(h.Run(Command::kSendToUid, 0, "[]", "x"), IsEmpty());
  EXPECT_THAT(h.Run(Command::kSendToUid, 0, "rubbish", "x"), IsEmpty());
  EXPECT_THAT(h.Run(Command::kSendToUid, 0, "\"a\"", "x"), IsEmpty());
}

TEST(Uid, BatchAnswersEachNameOnceWithIntKeys) {
  StateHarness h;
  h.Clients(2);
  h.Run(Command::kBindUid, 2, "7");
  EXPECT_EQ(h.Ask(Command::kBatchGetClientIdByUid, 0, R"(["7","007","7",null])"),
            "a:3:{i:7;a:1:{i:0;i:2;}s:3:\"007\";a:0:{}s:0:\"\";a:0:{}}");
  EXPECT_EQ(h.Ask(Command::kBatchGetClientIdByUid, 0, "rubbish"), "a:0:{}");
  EXPECT_EQ(h.Ask(Command::kBatchGetClientIdByUid, 0, "5"), "a:0:{}");
}

TEST(Group, JoinsLeavesAndCounts) {
  StateHarness h;
  h.Clients(3);
  h.Run(Command::kJoinGroup, 2, "room");
  h.Run(Command::kJoinGroup, 1, "room");
  h.Run(Command::kJoinGroup, 2, "room");  // keeps its place
  h.Run(Command::kJoinGroup, 1, "7");
  h.Run(Command::kJoinGroup, 9, "room");  // nobody
  EXPECT_EQ(h.Ask(Command::kGetClientSessionsByGroup, 0, "room"), "a:2:{i:2;s:0:\"\";i:1;s:0:\"\";}");
  EXPECT_EQ(h.Ask(Command::kGetClientCountByGroup, 0, "room"), "i:2;");
  EXPECT_EQ(h.Ask(Command::kGetClientCountByGroup, 0, "nobody"), "i:0;");
  EXPECT_EQ(h.Ask(Command::kGetClientCountByGroup, 0, "0"), "i:0;");
  EXPECT_EQ(h.Ask(Command::kGetClientCountByGroup), "i:3;");
  EXPECT_EQ(h.Ask(Command::kGetGroupIdList), "a:2:{i:0;s:4:\"room\";i:1;i:7;}");
  h.Run(Command::kLeaveGroup, 1, "7");
  h.Run(Command::kLeaveGroup, 1, "7");
  h.Run(Command::kLeaveGroup, 3, "room");
  h.Run(Command::kLeaveGroup, 9, "room");
  EXPECT_EQ(h.Ask(Command::kGetGroupIdList), "a:1:{i:0;s:4:\"room\";}");
  EXPECT_EQ(h.Ask(Command::kGetClientSessionsByGroup, 0, "gone"), "a:0:{}");
}

TEST(Group, AnswersIntsForNamesThatLookLikeThem) {
  StateHarness h;
  h.Clients(1);
  for (std::string_view name : {"-5", "007", "1.5", "9223372036854775807", "9223372036854775808", "-0"}) {
    h.Run(Command::kJoinGroup, 1, name);
  }
  EXPECT_EQ(h.Ask(Command::kGetGroupIdList),
            "a:6:{i:0;i:-5;i:1;s:3:\"007\";i:2;s:3:\"1.5\";i:3;i:9223372036854775807;i:4;s:19:"
            "\"9223372036854775808\";i:5;s:2:\"-0\";}");
}

TEST(Group, BatchCounts) {
  StateHarness h;
  h.Clients(2);
  h.Run(Command::kJoinGroup, 1, "room");
  h.Run(Command::kJoinGroup, 2, "room");
  EXPECT_EQ(h.Ask(Command::kBatchGetClientCountByGroup, 0, R"(["room","7","nobody"])"),
            "a:3:{s:4:\"room\";i:2;i:7;i:0;s:6:\"nobody\";i:0;}");
  EXPECT_EQ(h.Ask(Command::kBatchGetClientCountByGroup, 0, "[]"), "a:0:{}");
}

TEST(Group, UngroupEmptiesItForAll) {
  StateHarness h;
  h.Clients(2);
  h.Run(Command::kJoinGroup, 1, "a");
  h.Run(Command::kJoinGroup, 2, "a");
  h.Run(Command::kJoinGroup, 2, "b");
  h.Run(Command::kUngroup, 0, "a");
  h.Run(Command::kUngroup, 0, "never was");
  EXPECT_EQ(h.Ask(Command::kGetGroupIdList), "a:1:{i:0;s:1:\"b\";}");
  EXPECT_EQ(h.Ask(Command::kSelect, 0, R"({"fields":["groups"],"where":[]})"),
            "a:2:{i:1;a:1:{s:6:\"groups\";a:0:{}}i:2;a:1:{s:6:\"groups\";a:1:{s:1:\"b\";s:1:\"b\";}}}");
}

TEST(Group, SendsToMembersTwiceWhereTheyAreInTwo) {
  StateHarness h;
  h.Clients(3);
  h.Run(Command::kJoinGroup, 1, "a");
  h.Run(Command::kJoinGroup, 2, "a");
  h.Run(Command::kJoinGroup, 1, "b");
  EXPECT_EQ(h.Reached(h.Run(Command::kSendToGroup, 0, R"({"group":["a","b"],"exclude":null})", "x")),
            (Ids{1, 2, 1}));
  EXPECT_EQ(h.Reached(h.Run(Command::kSendToGroup, 0, R"({"group":["a"],"exclude":{"1":1}})", "x")),
            (Ids{2}));
  EXPECT_EQ(h.Reached(h.Run(Command::kSendToGroup, 0, R"({"group":["a"]})", "x")), (Ids{1, 2}));
  EXPECT_THAT(h.Run(Command::kSendToGroup, 0, R"({"group":[]})", "x"), IsEmpty());
  EXPECT_THAT(h.Run(Command::kSendToGroup, 0, R"({"group":"a"})", "x"), IsEmpty());
  EXPECT_THAT(h.Run(Command::kSendToGroup, 0, "", "x"), IsEmpty());
}

TEST(Kick, ClosesWithAndWithoutAMessage) {
  StateHarness h;
  h.Clients(1);
  EXPECT_EQ(h.Run(Command::kKick, 1, {}, "bye"), (Actions{CloseClient{1, "bye"}}));
  EXPECT_EQ(h.Run(Command::kKick, 1, {}, ""), (Actions{CloseClient{1, ""}}));  // an empty message goes first
  EXPECT_EQ(h.Run(Command::kKick, 1, {}, "N;", 0), (Actions{CloseClient{1, std::nullopt}}));
  EXPECT_EQ(h.Run(Command::kKick, 1, {}, "s:3:\"bye\";", 0), (Actions{CloseClient{1, "bye"}}));
  EXPECT_THAT(h.Run(Command::kKick, 2, {}, "bye"), IsEmpty());
  EXPECT_EQ(h.Ask(Command::kIsOnline, 1), "i:1;");  // until the shell has removed it
}

TEST(Destroy, ClosesAtOnce) {
  StateHarness h;
  h.Clients(1);
  EXPECT_EQ(h.Run(Command::kDestroy, 1), (Actions{DestroyClient{1}}));
  EXPECT_THAT(h.Run(Command::kDestroy, 2), IsEmpty());
}

TEST(Online, FollowsTheClient) {
  StateHarness h;
  h.Clients(2);
  EXPECT_EQ(h.Ask(Command::kIsOnline, 2), "i:1;");
  h.state.RemoveClient(2);
  EXPECT_EQ(h.Ask(Command::kIsOnline, 2), "i:0;");
  EXPECT_EQ(h.Ask(Command::kIsOnline, 0), "i:0;");
}

TEST(RemoveClient, ForgetsUidAndGroups) {
  StateHarness h;
  h.Clients(2);
  for (std::uint32_t id : {1, 2})
    h.Run(Command::kBindUid, id, "u");
  h.Run(Command::kJoinGroup, 1, "solo");
  h.state.RemoveClient(1);
  h.state.RemoveClient(1);
  EXPECT_EQ(h.Ask(Command::kGetClientIdByUid, 0, "u"), "a:1:{i:0;i:2;}");
  EXPECT_EQ(h.Ask(Command::kGetGroupIdList), "a:0:{}");
  EXPECT_EQ(h.state.client_count(), 1u);
}

TEST(Session, TellsNoClientFromNoSession) {
  StateHarness h;
  h.Clients(2);
  EXPECT_EQ(h.Ask(Command::kGetSessionByClientId, 7), "N;");
  EXPECT_EQ(h.Ask(Command::kGetSessionByClientId, 1), "a:0:{}");
  h.Run(Command::kSetSession, 1, "a:1:{s:1:\"k\";i:1;}");
  EXPECT_EQ(h.Ask(Command::kGetSessionByClientId, 1), "a:1:{s:1:\"k\";i:1;}");
  EXPECT_EQ(h.Ask(Command::kGetAllClientSessions), "a:2:{i:1;s:18:\"a:1:{s:1:\"k\";i:1;}\";i:2;s:0:\"\";}");
  h.Run(Command::kSetSession, 1, "");
  EXPECT_EQ(h.Ask(Command::kGetSessionByClientId, 1), "a:0:{}");
  h.Run(Command::kSetSession, 9, "a:0:{}");
  EXPECT_EQ(h.state.counters().bad_sessions, 0u);
}

TEST(Session, IsStoredUncheckedAndCounted) {
  StateHarness h;
  h.Clients(1);
  h.Run(Command::kSetSession, 1, "i:5;");
  EXPECT_EQ(h.Ask(Command::kGetSessionByClientId, 1), "i:5;");
  EXPECT_EQ(h.state.counters().bad_sessions, 1u);
  h.Run(Command::kSetSession, 1, "0");
  EXPECT_EQ(h.Ask(Command::kGetSessionByClientId, 1), "a:0:{}");  // "0" is empty to PHP
}

TEST(Session, UpdateMergesRecursively) {
  StateHarness h;
  h.Clients(1);
  h.Run(Command::kUpdateSession, 1, "a:1:{s:1:\"m\";a:1:{s:1:\"x\";i:1;}}");
  h.Run(Command::kUpdateSession, 1, "a:2:{s:1:\"m\";a:1:{s:1:\"y\";d:0.1;}s:1:\"n\";N;}");
  EXPECT_EQ(h.Ask(Command::kGetSessionByClientId, 1),
            "a:2:{s:1:\"m\";a:2:{s:1:\"x\";i:1;s:1:\"y\";d:0.1;}s:1:\"n\";N;}");
  h.Run(Command::kUpdateSession, 1, "a:1:{s:1:\"m\";i:3;}");
  EXPECT_EQ(h.Ask(Command::kGetSessionByClientId, 1), "a:2:{s:1:\"m\";i:3;s:1:\"n\";N;}");
  h.Run(Command::kUpdateSession, 9, "rubbish");
  EXPECT_EQ(h.state.counters().would_have_crashed, 0u);
}

TEST(Session, UpdateReplacesListEntriesByPosition) {
  StateHarness h;
  h.Clients(1);
  h.Run(Command::kSetSession, 1, "a:1:{s:1:\"l\";a:2:{i:0;i:1;i:1;i:2;}}");
  h.Run(Command::kUpdateSession, 1, "a:1:{s:1:\"l\";a:1:{i:0;i:9;}}");
  EXPECT_EQ(h.Ask(Command::kGetSessionByClientId, 1), "a:1:{s:1:\"l\";a:2:{i:0;i:9;i:1;i:2;}}");
  h.Run(Command::kUpdateSession, 1, "a:1:{s:1:\"l\";a:0:{}}");  // an empty array changes nothing
  EXPECT_EQ(h.Ask(Command::kGetSessionByClientId, 1), "a:1:{s:1:\"l\";a:2:{i:0;i:9;i:1;i:2;}}");
}

TEST(Session, UpdateKeepsObjectsAsTheyAre) {
  StateHarness h;
  h.Clients(1);
  h.Run(Command::kSetSession, 1, "a:1:{s:1:\"o\";O:3:\"Foo\":1:{s:1:\"p\";i:1;}}");
  h.Run(Command::kUpdateSession, 1, "a:1:{s:1:\"n\";i:1;}trailing");  // PHP 8.2 passes over what follows
  EXPECT_EQ(h.Ask(Command::kGetSessionByClientId, 1),
            "a:2:{s:1:\"o\";O:3:\"Foo\":1:{s:1:\"p\";i:1;}s:1:\"n\";i:1;}");
}

TEST(Select, AnswersEveryFieldInTheOrderAsked) {
  StateHarness h;
  h.Clients(2);
  h.Run(Command::kBindUid, 1, "1001");
  h.Run(Command::kJoinGroup, 1, "7");
  h.Run(Command::kSetSession, 1, "a:0:{}");
  EXPECT_EQ(
      h.Ask(Command::kSelect, 0, R"({"fields":["session","uid","groups"],"where":[]})"),
      "a:2:{i:1;a:3:{s:7:\"session\";s:6:\"a:0:{}\";s:3:\"uid\";s:4:\"1001\";s:6:\"groups\";a:1:{i:7;s:1:"
      "\"7\";}}i:2;a:3:{s:7:\"session\";s:0:\"\";s:3:\"uid\";N;s:6:\"groups\";N;}}");
}

TEST(Select, TakesWhereInEveryFormAndAsUnion) {
  StateHarness h;
  h.Clients(4);
  h.Run(Command::kBindUid, 3, "u");
  h.Run(Command::kJoinGroup, 2, "g");
  h.Run(Command::kJoinGroup, 3, "g");
  const std::string head = R"({"fields":[],"where":)";
  EXPECT_EQ(h.Ask(Command::kSelect, 0, head + R"({"connection_id":[4,9]}})"), "a:1:{i:4;a:0:{}}");
  EXPECT_EQ(h.Ask(Command::kSelect, 0, head + R"({"connection_id":{"4":4}}})"), "a:1:{i:4;a:0:{}}");
  EXPECT_EQ(h.Ask(Command::kSelect, 0, head + R"({"uid":["u"],"groups":["g"],"connection_id":[1,3]}})"),
            "a:3:{i:3;a:0:{}i:2;a:0:{}i:1;a:0:{}}");
  EXPECT_EQ(h.Ask(Command::kSelect, 0, head + R"({"unknown":["u",[1]]}})"), "a:0:{}");
  EXPECT_EQ(h.Ask(Command::kSelect, 0, head + R"({"uid":"u"}})"), "a:0:{}");
  EXPECT_EQ(h.Ask(Command::kSelect, 0, head + R"("text"})"), "a:0:{}");
}

TEST(Select, WithoutFieldsAndWhereListsNobody) {
  StateHarness h;
  h.Clients(2);
  EXPECT_EQ(h.Ask(Command::kSelect, 0, R"({"fields":[],"where":[]})"), "a:0:{}");
  EXPECT_EQ(h.Ask(Command::kSelect, 0, R"({"where":{}})"), "a:0:{}");
  EXPECT_EQ(h.Ask(Command::kSelect, 0, R"({"fields":["uid"]})"),
            "a:2:{i:1;a:1:{s:3:\"uid\";N;}i:2;a:1:{s:3:\"uid\";N;}}");
  for (std::string_view ext : {"", "null", "[]", "{}", "0", "false", "rubbish", "5", "[1]"}) {
    EXPECT_EQ(h.Ask(Command::kSelect, 0, ext), "a:0:{}") << ext;
  }
}

TEST(Commands, UnknownOnesAreCountedAndIgnored) {
  StateHarness h;
  EXPECT_THAT(h.Run(Command::kPing), IsEmpty());
  EXPECT_THAT(h.Run(static_cast<Command>(99)), IsEmpty());
  EXPECT_THAT(h.Run(Command::kOnMessage), IsEmpty());
  EXPECT_EQ(h.state.counters().unknown_commands, 3u);
}

TEST(ConnectionIds, CountFromOneAndWrapPastThoseInUse) {
  StateHarness h;
  EXPECT_EQ(h.Client(), 1u);
  EXPECT_EQ(h.Client(), 2u);
  h.state.SetNextConnectionId(0xffffffff);
  EXPECT_EQ(h.Client(), 0xffffffffu);
  EXPECT_EQ(h.Client(), 3u);
}

TEST(Snapshot, ShowsWhatIsStored) {
  StateHarness h;
  h.Client(ClientProtocol::kText);
  h.Run(Command::kBindUid, 1, "u");
  h.Run(Command::kJoinGroup, 1, "g");
  h.Run(Command::kSetSession, 1, "a:0:{}");
  std::vector<ClientSnapshot> clients = h.state.Snapshot();
  ASSERT_EQ(clients.size(), 1u);
  EXPECT_EQ(wire::FormatClientId(clients[0].id), "7f0000010b5400000001");
  EXPECT_EQ(clients[0].protocol, ClientProtocol::kText);
  EXPECT_EQ(clients[0].uid, "u");
  EXPECT_THAT(clients[0].groups, ElementsAre("g"));
  EXPECT_EQ(clients[0].session, "a:0:{}");
}

}  // namespace
}  // namespace gatewayd::embedded
