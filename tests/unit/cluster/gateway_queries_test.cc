// Queries: right answers only, and what is refused, waits or is given up.
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "unit/cluster/gateway_queries_fixture.h"

namespace gatewayd::cluster {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using wire::Command;

// ---- Bounded queries: on the command link, many in flight

TEST(GatewayQueriesTest, BoundedQueriesShareTheCommandLinkAndAreAnsweredInOrder) {
  GatewayHarness gateway;
  gateway.Start();
  gateway.AskOnline("a", 1);
  gateway.Ask("b", {.command = Command::kGetClientCountByGroup, .ext = "room"}, {.bounded_answer_size = 64});
  gateway.AskOnline("c", 3);
  EXPECT_THAT(gateway.Sent(0),
              ElementsAre("IS_ONLINE #1", "GET_CLIENT_COUNT_BY_GROUP [room]", "IS_ONLINE #3"));
  EXPECT_THAT(gateway.Actions(), IsEmpty());
  gateway.Feed(0, StrCat(AnswerBytes("i:1;"), AnswerBytes("i:42;"), AnswerBytes("i:0;")));
  EXPECT_THAT(gateway.Results(), ElementsAre("a: i:1;", "b: i:42;", "c: i:0;"));
}

// The probe of a new link, and what the daemon asks for itself, would hide what callers wait for.
TEST(GatewayQueriesTest, WhatCallersWaitForIsTimedAndNothingElse) {
  GatewayHarness gateway;
  gateway.Start();
  EXPECT_EQ(gateway.Took(Command::kIsOnline).total(), 0);
  gateway.AskOnline("a", 1);
  gateway.Wait(absl::Milliseconds(2));
  gateway.AskOnline("b", 2);
  gateway.Wait(absl::Milliseconds(5));
  gateway.Feed(0, StrCat(AnswerBytes("i:1;"), AnswerBytes("i:0;")));
  EXPECT_EQ(gateway.Took(Command::kIsOnline).total(), 2);
  EXPECT_EQ(gateway.Took(Command::kIsOnline).nanoseconds, 12'000'000);
}

TEST(GatewayQueriesTest, ACallerThatIsGoneKeepsHisPlace) {
  GatewayHarness gateway;
  gateway.Start();
  gateway.AskOnline("a", 1);
  gateway.machine().Query({.command = Command::kIsOnline, .connection_id = 2}, {.bounded_answer_size = 64},
                          OnAnswer(), gateway.now());
  gateway.AskOnline("c", 3);
  EXPECT_EQ(gateway.Sent(0).size(), 3u);
  for (const char* answer : {"i:0;", "i:1;", "i:0;"})
    gateway.Answer(0, answer);
  EXPECT_THAT(gateway.Results(), ElementsAre("a: i:0;", "c: i:0;"));
  EXPECT_EQ(gateway.State(0), "ready");
}

TEST(GatewayQueriesTest, ACallersDeadlineDoesNotTakeABoundedQueryOffTheRow) {
  GatewayHarness gateway;
  gateway.Start();
  gateway.AskOnline("a", 1, {.deadline = gateway.now() + absl::Milliseconds(1)});
  gateway.AskOnline("b", 2);
  gateway.Sent(0);
  gateway.Wait(absl::Seconds(1));
  EXPECT_THAT(gateway.Results(), IsEmpty());
  gateway.Answer(0, "i:0;");
  gateway.Answer(0, "i:1;");
  EXPECT_THAT(gateway.Results(), ElementsAre("a: i:0;", "b: i:1;"));
}

TEST(GatewayQueriesTest, WhatMayBeDueOnTheCommandLinkIsBounded) {
  Options options = GatewayHarness::TestOptions();
  options.max_in_flight_answers = 1000;
  GatewayHarness gateway(options);
  gateway.Start();
  const wire::Frame frame = {.command = Command::kBatchGetClientCountByGroup, .ext = "[]"};
  gateway.Ask("a", frame, {.bounded_answer_size = 600});
  gateway.Ask("b", frame, {.bounded_answer_size = 400});
  gateway.Ask("c", frame, {.bounded_answer_size = 1});
  EXPECT_THAT(gateway.Results(), ElementsAre("c: RESOURCE_EXHAUSTED buffer-full"));
  EXPECT_EQ(gateway.Count("queries_refused"), 1u);
  gateway.Answer(0, kNoGroups);
  gateway.Ask("d", frame, {.bounded_answer_size = 601});
  gateway.Ask("e", frame, {.bounded_answer_size = 600});
  EXPECT_THAT(gateway.Results(), ElementsAre("a: a:0:{}", "d: RESOURCE_EXHAUSTED buffer-full"));
  EXPECT_EQ(gateway.Sent(0).size(), 3u);
}

TEST(GatewayQueriesTest, WithoutALinkAQueryFailsAtOnce) {
  GatewayHarness gateway;
  gateway.AskOnline("a");
  gateway.AskAll("b");
  gateway.List();
  gateway.AskOnline("c");
  EXPECT_THAT(gateway.Results(),
              ElementsAre("a: UNAVAILABLE no-link", "b: UNAVAILABLE no-link", "c: UNAVAILABLE no-link"));
}

// ---- Answers that are wrong or do not come

TEST(GatewayQueriesTest, AnAnswerNobodyAskedForEndsTheLink) {
  GatewayHarness gateway;
  gateway.Start();
  gateway.AskOnline("a");
  gateway.Feed(0, StrCat(AnswerBytes("i:1;"), AnswerBytes("i:0;")));
  EXPECT_THAT(gateway.Results(), ElementsAre("a: i:1;"));
  EXPECT_THAT(gateway.Actions(), ElementsAre("0 half-close"));
  EXPECT_EQ(gateway.Count("bad_answers"), 1u);
}

TEST(GatewayQueriesTest, AnImplausibleAnswerIsDataLossForItsQueryAndUnavailableForTheRest) {
  GatewayHarness gateway;
  gateway.Start();
  gateway.AskOnline("a");
  gateway.AskOnline("b");
  gateway.AskOnline("c");
  gateway.Answer(0, "i:1;");
  gateway.Answer(0, "s:1:\"1\";");
  EXPECT_THAT(gateway.Results(),
              ElementsAre("a: i:1;", "b: DATA_LOSS bad-answer", "c: UNAVAILABLE link-lost"));
  EXPECT_THAT(gateway.Actions(), ElementsAre("0 half-close"));
  gateway.Answer(0, "i:1;");  // what comes still is dropped
  EXPECT_THAT(gateway.Results(), IsEmpty());
}

TEST(GatewayQueriesTest, AnAnswerOverItsBoundIsDataLossForItsQueryAndUnavailableForTheRest) {
  GatewayHarness gateway;
  gateway.Start();
  gateway.AskOnline("a");
  gateway.AskOnline("b");
  gateway.Feed(0, AnswerHead(kIsOnlineAnswerSize + 1));
  EXPECT_THAT(gateway.Results(), ElementsAre("a: DATA_LOSS bad-answer", "b: UNAVAILABLE link-lost"));
  EXPECT_THAT(gateway.Actions(), ElementsAre("0 half-close"));
}

TEST(GatewayQueriesTest, WithABarrierInFrontOfTheNonsenseNobodyIsToldThatItWasHisAnswer) {
  GatewayHarness gateway;
  gateway.Start();
  gateway.Send(Bind(1, "u"));
  gateway.AskAll("behind");
  gateway.AskOnline("b");
  gateway.Answer(0, "garbage");
  EXPECT_THAT(gateway.Results(),
              testing::UnorderedElementsAre("behind: UNAVAILABLE link-lost", "b: UNAVAILABLE link-lost"));
}

TEST(GatewayQueriesTest, NoByteForFiveSecondsEndsTheLinkAndFailsAll) {
  GatewayHarness gateway;
  gateway.Start();
  gateway.AskOnline("a");
  gateway.Wait(absl::Seconds(3));
  gateway.AskOnline("b");
  gateway.Wait(absl::Milliseconds(1999));
  EXPECT_THAT(gateway.Results(), IsEmpty());
  gateway.Wait(absl::Milliseconds(1));
  EXPECT_THAT(gateway.Results(), ElementsAre("a: UNAVAILABLE timeout", "b: UNAVAILABLE timeout"));
  EXPECT_THAT(gateway.Actions(), ElementsAre("0 half-close"));
  EXPECT_EQ(gateway.Count("query_timeouts"), 1u);
}

TEST(GatewayQueriesTest, PartialBytesCountAsProgress) {
  GatewayHarness gateway;
  gateway.Start();
  gateway.AskOnline("a");
  for (const char byte : AnswerBytes("i:1;")) {
    gateway.Wait(absl::Milliseconds(4900));
    gateway.Feed(0, std::string(1, byte));
  }
  EXPECT_THAT(gateway.Results(), ElementsAre("a: i:1;"));
}

TEST(GatewayQueriesTest, ALostLinkFailsItsQueriesInOrder) {
  GatewayHarness gateway;
  gateway.Start();
  gateway.AskOnline("a");
  gateway.AskOnline("b");
  gateway.Close(0);
  EXPECT_THAT(gateway.Results(), ElementsAre("a: UNAVAILABLE link-lost", "b: UNAVAILABLE link-lost"));
  EXPECT_THAT(gateway.last_text(), HasSubstr("10.0.0.5:2900"));
}

// ---- Unbounded queries: alone on a query link

TEST(GatewayQueriesTest, AnUnboundedQueryIsAloneOnAQueryLink) {
  GatewayHarness gateway(OneQueryLink());
  gateway.Start();
  gateway.AskAll("a");
  gateway.AskAll("b");
  EXPECT_THAT(gateway.Actions(), ElementsAre("1 dial"));
  gateway.Up(1);
  EXPECT_THAT(gateway.Sent(1), ElementsAre("GET_GROUP_ID_LIST"));
  EXPECT_THAT(gateway.Sent(0), IsEmpty());
  gateway.Answer(1, kNoGroups);
  EXPECT_THAT(gateway.Results(), ElementsAre("a: a:0:{}"));
  EXPECT_THAT(gateway.Sent(1), ElementsAre("GET_GROUP_ID_LIST"));
  gateway.Answer(1, kNoGroups);
  EXPECT_THAT(gateway.Results(), ElementsAre("b: a:0:{}"));
}

TEST(GatewayQueriesTest, LinksAreMadeAsTheyAreNeededAndKept) {
  GatewayHarness gateway;
  gateway.Start();
  gateway.AskAll("a");
  EXPECT_THAT(gateway.Actions(), ElementsAre("1 dial"));
  gateway.AskAll("b");
  EXPECT_THAT(gateway.Actions(), ElementsAre("2 dial"));
  gateway.AskAll("c");
  EXPECT_THAT(gateway.Actions(), IsEmpty());
  gateway.Up(2);
  gateway.Up(1);
  EXPECT_EQ(gateway.Sent(1).size(), 1u);
  EXPECT_EQ(gateway.Sent(2).size(), 1u);
  gateway.Answer(1, "a:1:{i:0;s:1:\"b\";}");
  gateway.Answer(2, kNoGroups);
  gateway.Answer(1, kNoGroups);
  EXPECT_THAT(gateway.Results(), ElementsAre("b: a:1:{i:0;s:1:\"b\";}", "a: a:0:{}", "c: a:0:{}"));
  EXPECT_THAT(gateway.Sent(1), ElementsAre("GET_GROUP_ID_LIST"));
  gateway.AskAll("d");
  EXPECT_THAT(gateway.Sent(1), ElementsAre("GET_GROUP_ID_LIST"));
  EXPECT_THAT(gateway.Actions(), IsEmpty());
}

TEST(GatewayQueriesTest, AWaitingQueryKeepsItsOwnCopyOfTheFrame) {
  GatewayHarness gateway(OneQueryLink());
  gateway.Start();
  for (int i = 0; i < 20; ++i) {
    // Short and long ones: small strings live inside the entries that the row moves about.
    std::string ext = StrCat("uid", i, std::string(i % 2 == 0 ? 0 : 40, '.'));
    std::string body = StrCat("body", i);
    gateway.Ask(StrCat(i),
                {.command = Command::kGetClientIdByUid, .connection_id = 9, .ext = ext, .body = body}, {});
    ext.assign(ext.size(), '!');
    body.assign(body.size(), '!');
  }
  gateway.Up(1);
  for (int i = 0; i < 20; ++i) {
    EXPECT_THAT(gateway.Sent(1),
                ElementsAre(StrCat("GET_CLIENT_ID_BY_UID #9 [uid", i, std::string(i % 2 == 0 ? 0 : 40, '.'),
                                   "] 'body", i, "'")));
    gateway.Answer(1, kNoGroups);
  }
  EXPECT_EQ(gateway.Results().size(), 20u);
}

TEST(GatewayQueriesTest, ALostQueryLinkFailsItsQueryAloneAndTheNextIsServedByANewOne) {
  GatewayHarness gateway(OneQueryLink());
  gateway.Start();
  gateway.AskAll("a");
  gateway.AskAll("b");
  gateway.Up(1);
  gateway.AskOnline("c");
  gateway.Close(1);
  EXPECT_THAT(gateway.Results(), ElementsAre("a: UNAVAILABLE link-lost"));
  gateway.Redial(1);
  gateway.Answer(1, kNoGroups);
  gateway.Answer(0, "i:1;");
  EXPECT_THAT(gateway.Results(), ElementsAre("b: a:0:{}", "c: i:1;"));
}

TEST(GatewayQueriesTest, NonsenseOnAQueryLinkIsDataLossAndHarmsNobodyElse) {
  GatewayHarness gateway(OneQueryLink());
  gateway.Start();
  gateway.AskAll("a");
  gateway.Up(1);
  gateway.Feed(1, AnswerHead(0));
  EXPECT_THAT(gateway.Results(), ElementsAre("a: DATA_LOSS bad-answer"));
  EXPECT_THAT(gateway.Actions(), ElementsAre("1 dial", "1 half-close"));
  EXPECT_EQ(gateway.State(0), "ready");
}

TEST(GatewayQueriesTest, ASilentQueryLinkIsGivenUpAfterFiveSeconds) {
  GatewayHarness gateway(OneQueryLink());
  gateway.Start();
  gateway.AskAll("a");
  gateway.Up(1);
  gateway.Wait(absl::Seconds(5));
  EXPECT_THAT(gateway.Results(), ElementsAre("a: UNAVAILABLE timeout"));
  EXPECT_EQ(gateway.Count("query_timeouts"), 1u);
}

// ---- Waiting

TEST(GatewayQueriesTest, NoMoreThanSoManyWait) {
  Options options = OneQueryLink();
  options.max_waiting_queries = 3;
  GatewayHarness gateway(options);
  gateway.Start();
  for (const char* name : {"a", "b", "c", "d"})
    gateway.AskAll(name);
  EXPECT_THAT(gateway.Results(), ElementsAre("d: RESOURCE_EXHAUSTED buffer-full"));
  EXPECT_EQ(gateway.Count("queries_refused"), 1u);
  gateway.Up(1);
  gateway.AskAll("e");
  EXPECT_THAT(gateway.Results(), IsEmpty());
  gateway.AskAll("f");
  EXPECT_THAT(gateway.Results(), ElementsAre("f: RESOURCE_EXHAUSTED buffer-full"));
}

TEST(GatewayQueriesTest, ACallersDeadlineDropsAQueryThatStillWaits) {
  GatewayHarness gateway(OneQueryLink());
  gateway.Start();
  gateway.AskAll("a");
  gateway.AskAll("b", {.deadline = gateway.now() + absl::Milliseconds(100)});
  gateway.Wait(absl::Milliseconds(99));
  EXPECT_THAT(gateway.Results(), IsEmpty());
  gateway.Wait(absl::Milliseconds(1));
  EXPECT_THAT(gateway.Results(), ElementsAre("b: DEADLINE_EXCEEDED timeout"));
  gateway.Up(1);
  EXPECT_EQ(gateway.Sent(1).size(), 1u);
  gateway.Answer(1, kNoGroups);
  EXPECT_THAT(gateway.Results(), ElementsAre("a: a:0:{}"));
  EXPECT_THAT(gateway.Sent(1), IsEmpty());
}

TEST(GatewayQueriesTest, ADeadlineThatHasPassedFailsAtOnceWhereNoLinkIsFree) {
  GatewayHarness gateway(OneQueryLink());
  gateway.Start();
  gateway.AskAll("a", {.deadline = gateway.now() - absl::Seconds(1)});
  EXPECT_LE(gateway.machine().NextTimer(), gateway.now());
  gateway.Wait(absl::ZeroDuration());
  EXPECT_THAT(gateway.Results(), ElementsAre("a: DEADLINE_EXCEEDED timeout"));
}

TEST(GatewayQueriesTest, OnceWrittenACallersDeadlineChangesNothing) {
  GatewayHarness gateway(OneQueryLink());
  gateway.Start();
  gateway.AskAll("a", {.deadline = gateway.now() + absl::Milliseconds(100)});
  gateway.Up(1);
  gateway.AskAll("b");
  gateway.Wait(absl::Milliseconds(200));
  EXPECT_THAT(gateway.Results(), IsEmpty());
  gateway.Answer(1, "a:1:{i:0;s:1:\"a\";}");
  gateway.Answer(1, kNoGroups);
  EXPECT_THAT(gateway.Results(), ElementsAre("a: a:1:{i:0;s:1:\"a\";}", "b: a:0:{}"));
}

TEST(GatewayQueriesTest, AQueryThatNoLinkComesForIsGivenUpWithTheCause) {
  GatewayHarness gateway(OneQueryLink());
  gateway.Start();
  gateway.AskAll("a");
  gateway.Refuse(1);
  gateway.Wait(absl::Milliseconds(4999));
  EXPECT_THAT(gateway.Results(), IsEmpty());
  gateway.Wait(absl::Milliseconds(1));
  EXPECT_THAT(gateway.Results(), ElementsAre("a: UNAVAILABLE timeout"));
  EXPECT_THAT(gateway.last_text(), HasSubstr("no query link was free in time"));
}

TEST(GatewayQueriesTest, AWaitingQuerySurvivesTheLossOfTheCommandLink) {
  GatewayHarness gateway(OneQueryLink());
  gateway.Start();
  gateway.AskAll("a");
  gateway.Reconnect();
  gateway.Redial(1);
  gateway.Answer(1, kNoGroups);
  EXPECT_THAT(gateway.Results(), ElementsAre("a: a:0:{}"));
}

// ---- The answer memory

TEST(GatewayAnswerMemoryTest, LargeAnswersOfAllLinksShareIt) {
  Options options = GatewayHarness::TestOptions();
  options.max_answers = 1'000'000;
  GatewayHarness gateway(options);
  gateway.Start();
  gateway.AskAll("a");
  gateway.AskAll("b");
  gateway.Up(1);
  gateway.Up(2);
  const std::string large = AnswerBytes(PhpString(600'000));
  gateway.Feed(1, large.substr(0, 100));
  EXPECT_EQ(gateway.memory().used(), large.size());
  gateway.Feed(2, large.substr(0, 100));
  EXPECT_THAT(gateway.Results(), ElementsAre("b: RESOURCE_EXHAUSTED too-large"));
  EXPECT_EQ(gateway.Count("answers_too_large"), 1u);
  gateway.Feed(1, large.substr(100));
  EXPECT_EQ(gateway.Results().size(), 1u);
  EXPECT_EQ(gateway.memory().used(), 0u);
}

TEST(GatewayAnswerMemoryTest, AnAnswerThatNeverFitsIsRefusedAtItsHead) {
  Options options = GatewayHarness::TestOptions();
  options.max_answers = 1'000'000;
  GatewayHarness gateway(options);
  gateway.Start();
  for (const std::uint32_t size : {1'000'001u, 0xffffffffu}) {
    gateway.AskAll("a");
    gateway.Redial(1);
    gateway.Feed(1, AnswerHead(size));
    EXPECT_THAT(gateway.Results(), ElementsAre("a: RESOURCE_EXHAUSTED too-large"));
    gateway.Close(1);
  }
  EXPECT_EQ(gateway.State(0), "ready");
}

TEST(GatewayAnswerMemoryTest, StopGivesItBack) {
  GatewayHarness gateway;
  gateway.Start();
  gateway.AskAll("a");
  gateway.Up(1);
  gateway.Feed(1, AnswerHead(10'000'000));
  EXPECT_GT(gateway.memory().used(), 0u);
  gateway.Stop();
  EXPECT_EQ(gateway.memory().used(), 0u);
}

}  // namespace
}  // namespace gatewayd::cluster
