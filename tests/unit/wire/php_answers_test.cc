#include "wire/php_answers.h"

#include <functional>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace gatewayd::wire::php {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

using Groups = std::vector<std::string>;

std::vector<ClientSession> Sessions(std::string_view answer, absl::Status* status) {
  std::vector<ClientSession> sessions;
  *status = VisitSessions(answer, [&](const ClientSession& session) { sessions.push_back(session); });
  return sessions;
}

std::vector<SelectedClient> Selected(std::string_view answer, absl::Status* status) {
  std::vector<SelectedClient> clients;
  *status = VisitSelected(answer, [&](const SelectedClient& client) { clients.push_back(client); });
  return clients;
}

std::vector<SelectedClient> Selected(std::string_view answer) {
  absl::Status status;
  std::vector<SelectedClient> clients = Selected(answer, &status);
  EXPECT_TRUE(status.ok()) << status;
  return clients;
}

void ExpectDataLoss(const absl::Status& status, const std::string& what) {
  EXPECT_TRUE(absl::IsDataLoss(status)) << status << ", expected " << what;
  EXPECT_THAT(std::string(status.message()), HasSubstr(what));
  EXPECT_THAT(std::string(status.message()), HasSubstr("answer to "));
}

struct Bad {
  const char *answer, *what;
};

TEST(DecodeCountTest, ReadsCounts) {
  EXPECT_EQ(*DecodeCount("i:0;"), 0u);
  EXPECT_EQ(*DecodeCount("i:1;"), 1u);
  EXPECT_EQ(*DecodeCount("i:9223372036854775807;"), 9223372036854775807u);
}

TEST(DecodeCountTest, RefusesAnythingElse) {
  for (const Bad& bad : {
           Bad{"", "a count query: expected i: at byte 0"},
           Bad{"i:-1;", "-1 is no count"},
           Bad{"i:1;i:1;", "more follows at byte 4"},
           Bad{"N;", "expected i:"},
           Bad{"b:1;", "expected i:"},
           Bad{"d:1;", "expected i:"},
           Bad{"s:1:\"1\";", "expected i:"},
           Bad{"a:0:{}", "expected i:"},
           Bad{"i:1", "expected ;"},
       }) {
    ExpectDataLoss(DecodeCount(bad.answer).status(), bad.what);
  }
}

TEST(DecodeConnectionIdsTest, ReadsLists) {
  EXPECT_THAT(*DecodeConnectionIds("a:0:{}"), IsEmpty());
  EXPECT_THAT(*DecodeConnectionIds("a:2:{i:0;i:3;i:1;i:4294967295;}"), ElementsAre(3u, 4294967295u));
}

TEST(DecodeConnectionIdsTest, RefusesAnythingElse) {
  for (const Bad& bad : {
           Bad{"a:1:{i:0;i:0;}", "GET_CLIENT_ID_BY_UID: 0 is no connection id"},
           Bad{"a:1:{i:0;i:-1;}", "-1 is no connection id"},
           Bad{"a:1:{i:0;i:4294967296;}", "4294967296 is no connection id"},
           Bad{"a:1:{i:0;s:1:\"3\";}", "expected i:"},
           Bad{"a:1:{i:0;N;}", "expected i:"},
           Bad{"a:1:{s:1:\"a\";i:3;}", "expected i:"},
           Bad{"a:2:{i:0;i:3;}", "count is larger"},
           Bad{"a:0:{}x", "more follows"},
           Bad{"i:1;", "expected a:"},
           Bad{"N;", "expected a:"},
       }) {
    ExpectDataLoss(DecodeConnectionIds(bad.answer).status(), bad.what);
  }
}

TEST(DecodeConnectionIdsByUidTest, UidsAreTextWhateverPhpMadeOfThem) {
  const auto ids = DecodeConnectionIdsByUid(
      "a:4:{i:1001;a:2:{i:0;i:3;i:1;i:4;}s:8:\"用户-3\";a:0:{}s:6:\"nobody\";a:0:{}i:-5;a:1:{i:0;i:9;}}");
  ASSERT_TRUE(ids.ok()) << ids.status();
  EXPECT_THAT(*ids, ElementsAre(Pair("1001", ElementsAre(3u, 4u)), Pair("用户-3", IsEmpty()),
                                Pair("nobody", IsEmpty()), Pair("-5", ElementsAre(9u))));
  EXPECT_THAT(*DecodeConnectionIdsByUid("a:0:{}"), IsEmpty());
}

TEST(DecodeConnectionIdsByUidTest, RefusesAnythingElse) {
  for (const Bad& bad : {
           Bad{"a:1:{i:1001;i:3;}", "BATCH_GET_CLIENT_ID_BY_UID: expected a:"},
           Bad{"a:1:{i:1001;a:1:{i:0;i:0;}}", "no connection id"},
           Bad{"a:1:{N;a:0:{}}", "expected an int or a string"},
           Bad{"a:0:{}a:0:{}", "more follows"},
           Bad{"", "expected a:"},
       }) {
    ExpectDataLoss(DecodeConnectionIdsByUid(bad.answer).status(), bad.what);
  }
}

TEST(DecodeCountsByGroupTest, ReadsMaps) {
  const auto counts = DecodeCountsByGroup("a:3:{s:4:\"room\";i:1;i:7;i:0;s:6:\"nobody\";i:0;}");
  ASSERT_TRUE(counts.ok()) << counts.status();
  EXPECT_THAT(*counts, ElementsAre(Pair("room", 1u), Pair("7", 0u), Pair("nobody", 0u)));
}

TEST(DecodeCountsByGroupTest, RefusesAnythingElse) {
  for (const Bad& bad : {
           Bad{"a:1:{s:4:\"room\";i:-1;}", "BATCH_GET_CLIENT_COUNT_BY_GROUP: -1 is no count"},
           Bad{"a:1:{s:4:\"room\";N;}", "expected i:"},
           Bad{"a:1:{b:1;i:1;}", "expected an int or a string"},
           Bad{"a:0:{}N;", "more follows"},
           Bad{"i:1;", "expected a:"},
       }) {
    ExpectDataLoss(DecodeCountsByGroup(bad.answer).status(), bad.what);
  }
}

TEST(DecodeGroupsTest, GroupsAreTextWhateverPhpMadeOfThem) {
  const auto groups = DecodeGroups("a:4:{i:0;s:4:\"room\";i:1;i:7;i:2;s:3:\"007\";i:3;i:-5;}");
  ASSERT_TRUE(groups.ok()) << groups.status();
  EXPECT_THAT(*groups, ElementsAre("room", "7", "007", "-5"));
  EXPECT_THAT(*DecodeGroups("a:0:{}"), IsEmpty());
}

TEST(DecodeGroupsTest, RefusesAnythingElse) {
  for (const Bad& bad : {
           Bad{"a:1:{i:0;N;}", "GET_GROUP_ID_LIST: expected an int or a string"},
           Bad{"a:1:{i:0;a:0:{}}", "expected an int or a string"},
           Bad{"a:1:{s:1:\"a\";s:1:\"b\";}", "expected i:"},
           Bad{"a:1:{i:0;s:9:\"b\";}", "past the end"},
           Bad{"N;", "expected a:"},
       }) {
    ExpectDataLoss(DecodeGroups(bad.answer).status(), bad.what);
  }
}

TEST(VisitSessionsTest, ReadsAndBorrows) {
  const std::string answer = "a:3:{i:3;s:6:\"a:0:{}\";i:4;s:0:\"\";i:5;N;}";
  absl::Status status;
  const std::vector<ClientSession> sessions = Sessions(answer, &status);
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_THAT(sessions, ElementsAre(ClientSession{3, "a:0:{}"}, ClientSession{4, ""}, ClientSession{5, ""}));
  EXPECT_EQ(sessions[0].session.data(), answer.data() + answer.find("a:0"));
}

TEST(VisitSessionsTest, RefusesAnythingElse) {
  for (const Bad& bad : {
           Bad{"a:1:{i:0;s:0:\"\";}", "a sessions query: 0 is no connection id"},
           Bad{"a:1:{s:1:\"3\";s:0:\"\";}", "expected i:"},
           Bad{"a:1:{i:3;i:5;}", "expected s:"},
           Bad{"a:1:{i:3;a:0:{}}", "expected s:"},
           Bad{"a:0:{};", "more follows"},
           Bad{"N;", "expected a:"},
       }) {
    absl::Status status;
    EXPECT_THAT(Sessions(bad.answer, &status), IsEmpty());
    ExpectDataLoss(status, bad.what);
  }
}

TEST(VisitSessionsTest, EntriesBeforeAnErrorAreVisited) {
  absl::Status status;
  EXPECT_THAT(Sessions("a:2:{i:3;s:0:\"\";i:4;i:5;}", &status), ElementsAre(ClientSession{3, ""}));
  ExpectDataLoss(status, "expected s:");
}

TEST(VisitSelectedTest, ReadsRows) {
  const std::vector<SelectedClient> clients = Selected(
      "a:2:{i:3;a:3:{s:3:\"uid\";s:4:\"1001\";s:6:\"groups\";a:2:{s:4:\"room\";s:4:\"room\";i:7;s:1:\"7\";}"
      "s:7:\"session\";s:6:\"a:0:{}\";}i:4;a:1:{s:3:\"uid\";i:5;}}");
  EXPECT_THAT(clients, ElementsAre(SelectedClient{3, "1001", Groups{"room", "7"}, "a:0:{}"},
                                   SelectedClient{4, "5", Groups{}, ""}));
}

TEST(VisitSelectedTest, GroupsComeInTheFormThatTheUserGave) {
  EXPECT_THAT(Selected("a:1:{i:3;a:1:{s:6:\"groups\";a:2:{i:-5;s:2:\"-5\";i:7;i:7;}}}")[0].groups,
              ElementsAre("-5", "7"));
}

TEST(VisitSelectedTest, NullIsAFieldThatTheClientLacks) {
  EXPECT_THAT(Selected("a:1:{i:3;a:3:{s:3:\"uid\";N;s:6:\"groups\";N;s:7:\"session\";N;}}"),
              ElementsAre(SelectedClient{.connection_id = 3}));
}

TEST(VisitSelectedTest, AnEmptyUidIsAUid) {
  EXPECT_EQ(Selected("a:1:{i:3;a:1:{s:3:\"uid\";s:0:\"\";}}")[0].uid, "");
}

TEST(VisitSelectedTest, RowsShareNothing) {
  const std::vector<SelectedClient> clients =
      Selected("a:2:{i:1;a:2:{s:3:\"uid\";s:1:\"u\";s:6:\"groups\";a:1:{s:1:\"g\";s:1:\"g\";}}i:2;a:0:{}}");
  EXPECT_EQ(clients[1], SelectedClient{.connection_id = 2});
}

TEST(VisitSelectedTest, RefusesAnythingElse) {
  for (const Bad& bad : {
           Bad{"a:1:{i:0;a:0:{}}", "SELECT: 0 is no connection id"},
           Bad{"a:1:{i:3;N;}", "expected a:"},
           Bad{"a:1:{i:3;a:1:{i:0;N;}}", "expected s:"},
           Bad{"a:1:{i:3;a:1:{s:2:\"id\";i:3;}}", "a field that nobody asked for"},
           Bad{"a:1:{i:3;a:1:{s:3:\"uid\";a:0:{}}}", "expected an int or a string"},
           Bad{"a:1:{i:3;a:1:{s:6:\"groups\";s:1:\"g\";}}", "expected a:"},
           Bad{"a:1:{i:3;a:1:{s:6:\"groups\";a:1:{i:0;N;}}}", "expected an int or a string"},
           Bad{"a:1:{i:3;a:1:{s:7:\"session\";i:1;}}", "expected s:"},
           Bad{"a:0:{}}", "more follows"},
       }) {
    absl::Status status;
    Selected(bad.answer, &status);
    ExpectDataLoss(status, bad.what);
  }
}

TEST(DecodeSessionTest, NullIsNoSuchClient) {
  const auto session = DecodeSession("N;");
  ASSERT_TRUE(session.ok());
  EXPECT_FALSE(session->has_value());
}

TEST(DecodeSessionTest, GivesTheStoredBytes) {
  for (const char* stored : {"a:0:{}", "a:1:{s:1:\"k\";O:1:\"A\":0:{}}", "i:5;", "b:0;", "s:1:\"x\";"}) {
    const auto session = DecodeSession(stored);
    ASSERT_TRUE(session.ok()) << session.status();
    EXPECT_EQ(*session, stored);
  }
}

TEST(DecodeSessionTest, RefusesWhatIsNotOneWholeValue) {
  for (const Bad& bad : {
           Bad{"", "GET_SESSION_BY_CLIENT_ID: expected a value"},
           Bad{"garbage", "expected a value"},
           Bad{"{}", "expected a value"},
           Bad{"a:1:{i:0;N;", "expected }"},
           Bad{"a:0:{}a:0:{}", "more follows"},
           Bad{"N;N;", "more follows"},
       }) {
    ExpectDataLoss(DecodeSession(bad.answer).status(), bad.what);
  }
}

TEST(AnswersTest, EveryTruncationOfEveryAnswerIsRefused) {
  struct Decoder {
    std::string answer;
    std::function<absl::Status(std::string_view)> decode;
  };
  const auto ignore = [](const auto&) {};
  for (const Decoder& decoder : {
           Decoder{"i:12;", [](auto answer) { return DecodeCount(answer).status(); }},
           Decoder{"a:1:{i:0;i:3;}", [](auto answer) { return DecodeConnectionIds(answer).status(); }},
           Decoder{"a:1:{i:1;a:1:{i:0;i:3;}}",
                   [](auto answer) { return DecodeConnectionIdsByUid(answer).status(); }},
           Decoder{"a:1:{s:1:\"g\";i:1;}", [](auto answer) { return DecodeCountsByGroup(answer).status(); }},
           Decoder{"a:1:{i:0;s:1:\"g\";}", [](auto answer) { return DecodeGroups(answer).status(); }},
           Decoder{"a:1:{i:3;s:1:\"x\";}", [&](auto answer) { return VisitSessions(answer, ignore); }},
           Decoder{"a:1:{i:3;a:2:{s:6:\"groups\";a:1:{i:7;s:1:\"7\";}s:3:\"uid\";N;}}",
                   [&](auto answer) { return VisitSelected(answer, ignore); }},
           Decoder{"a:1:{i:3;s:1:\"x\";}", [](auto answer) { return DecodeSession(answer).status(); }},
       }) {
    EXPECT_TRUE(decoder.decode(decoder.answer).ok()) << decoder.answer;
    for (std::size_t size = 0; size < decoder.answer.size(); ++size) {
      const std::vector<char> part(decoder.answer.begin(),
                                   decoder.answer.begin() + static_cast<std::ptrdiff_t>(size));
      EXPECT_TRUE(absl::IsDataLoss(decoder.decode({part.data(), part.size()})))
          << decoder.answer << " " << size;
    }
  }
}

}  // namespace
}  // namespace gatewayd::wire::php
