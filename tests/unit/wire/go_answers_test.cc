#include "wire/go_answers.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace gatewayd::wire::go {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

using Groups = std::vector<std::string>;

// Copies of what was visited: views live for the call alone.
struct Session {
  std::uint32_t id;
  std::string session;
  friend bool operator==(const Session&, const Session&) = default;
};
std::vector<Session> Sessions(std::string_view answer, absl::Status* status) {
  std::vector<Session> sessions;
  *status = VisitSessions(answer, [&](const ClientSession& client) {
    sessions.push_back({client.connection_id, std::string(client.session)});
  });
  return sessions;
}

struct Row {
  std::uint32_t id;
  std::optional<std::string> uid;
  Groups groups;
  std::string session;
  friend bool operator==(const Row&, const Row&) = default;
};
std::vector<Row> Selected(std::string_view answer, absl::Status* status) {
  std::vector<Row> rows;
  *status = VisitSelected(answer, [&](const SelectedClient& client) {
    rows.push_back({client.connection_id, client.uid, client.groups, std::string(client.session)});
  });
  return rows;
}
std::vector<Row> Selected(std::string_view answer) {
  absl::Status status;
  std::vector<Row> rows = Selected(answer, &status);
  EXPECT_TRUE(status.ok()) << status;
  return rows;
}

void ExpectDataLoss(const absl::Status& status, std::string_view answer) {
  EXPECT_TRUE(absl::IsDataLoss(status)) << status << " for " << answer;
  EXPECT_THAT(std::string(status.message()), HasSubstr("answer to "));
}

TEST(GoDecodeCountTest, ReadsCountsAndNothingElse) {
  EXPECT_EQ(*DecodeCount("0"), 0u);
  EXPECT_EQ(*DecodeCount("1"), 1u);
  EXPECT_EQ(*DecodeCount("18446744073709551615"), 18446744073709551615u);
  for (const char* bad : {"", "-1", "1.0", "1e3", "18446744073709551616", "null", "true", "\"1\"", "[1]",
                          "{}", "1 1", "01", "i:1;"}) {
    ExpectDataLoss(DecodeCount(bad).status(), bad);
  }
}

TEST(GoDecodeConnectionIdsTest, ReadsLists) {
  EXPECT_THAT(*DecodeConnectionIds("null"), IsEmpty());
  EXPECT_THAT(*DecodeConnectionIds("[]"), IsEmpty());
  EXPECT_THAT(*DecodeConnectionIds("[1,4294967295]"), ElementsAre(1u, 4294967295u));
  for (const char* bad : {"", "[0]", "[4294967296]", "[-1]", "[1.5]", "[\"1\"]", "[[1]]", "[null]", "{}",
                          "{\"1\":1}", "7", "[1", "[1]]", "[1]x"}) {
    ExpectDataLoss(DecodeConnectionIds(bad).status(), bad);
  }
}

TEST(GoDecodeConnectionIdsByUidTest, ReadsLists) {
  EXPECT_THAT(*DecodeConnectionIdsByUid("{}"), IsEmpty());
  EXPECT_THAT(*DecodeConnectionIdsByUid(R"({"1001":[1,9],"nobody":[],"":null,"组":[2]})"),
              ElementsAre(Pair("1001", ElementsAre(1u, 9u)), Pair("nobody", IsEmpty()), Pair("", IsEmpty()),
                          Pair("组", ElementsAre(2u))));
  for (const char* bad : {"[]", "{\"a\":1}", "{\"a\":[\"1\"]}", "{\"a\":[[1]]}", "{\"a\":{}}",
                          "{\"a\":{\"b\":1}}", "{\"a\":[0]}", "{\"a\":[1]"}) {
    ExpectDataLoss(DecodeConnectionIdsByUid(bad).status(), bad);
  }
}

TEST(GoDecodeCountsByGroupTest, ReadsCounts) {
  EXPECT_THAT(*DecodeCountsByGroup("{}"), IsEmpty());
  EXPECT_THAT(*DecodeCountsByGroup(R"({"7":1,"none":0,"组":2})"),
              ElementsAre(Pair("7", 1u), Pair("none", 0u), Pair("组", 2u)));
  for (const char* bad :
       {"[]", "{\"a\":-1}", "{\"a\":\"1\"}", "{\"a\":[1]}", "{\"a\":{\"b\":1}}", "{\"a\":null}"}) {
    ExpectDataLoss(DecodeCountsByGroup(bad).status(), bad);
  }
}

TEST(GoDecodeGroupsTest, ReadsNames) {
  EXPECT_THAT(*DecodeGroups("[]"), IsEmpty());
  EXPECT_THAT(*DecodeGroups("null"), IsEmpty());
  EXPECT_THAT(*DecodeGroups(R"(["1001","组","a\"b\u003c\n"])"), ElementsAre("1001", "组", "a\"b<\n"));
  for (const char* bad : {"{}", "[1]", "[null]", "[[\"a\"]]", "\"a\"", "[\"\xff\"]", "[\"\\ud800\"]"})
    ExpectDataLoss(DecodeGroups(bad).status(), bad);
}

TEST(GoVisitSessionsTest, HandsOutTheStoredBytes) {
  absl::Status status;
  EXPECT_THAT(Sessions(R"({"1":"{\"a\":\"\\u003c\"}","2":"","3":null})", &status),
              ElementsAre(Session{1, R"({"a":"\u003c"})"}, Session{2, ""}, Session{3, ""}));
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_THAT(Sessions("{}", &status), IsEmpty());
  EXPECT_TRUE(status.ok()) << status;
  for (const char* bad :
       {"[]", "{\"0\":\"\"}", "{\"x\":\"\"}", "{\"1\":{}}", "{\"1\":1}", "{\"-1\":\"\"}", "\"\""}) {
    Sessions(bad, &status);
    ExpectDataLoss(status, bad);
  }
}

TEST(GoVisitSessionsTest, ALongSessionWithEscapesEverywhere) {
  std::string escaped;
  std::string plain;
  for (int i = 0; i < 20000; ++i) {
    escaped += "\\\"\\u4f60x";
    plain += "\"你x";
  }
  absl::Status status;
  const std::vector<Session> sessions = Sessions("{\"7\":\"" + escaped + "\"}", &status);
  ASSERT_TRUE(status.ok()) << status;
  ASSERT_EQ(sessions.size(), 1u);
  EXPECT_TRUE(sessions[0].session == plain);
}

TEST(GoVisitSelectedTest, ReadsRows) {
  EXPECT_THAT(
      Selected(
          R"({"1":{"groups":["房间","1001"],"session":"{\"a\":1}","uid":"1001"},"2":{"groups":[],"session":"","uid":""}})"),
      ElementsAre(Row{1, "1001", {"房间", "1001"}, "{\"a\":1}"}, Row{2, std::nullopt, {}, ""}));
  EXPECT_THAT(Selected("{}"), IsEmpty());
  EXPECT_THAT(Selected("null"), IsEmpty());
  EXPECT_THAT(Selected(R"({"5":{}})"), ElementsAre(Row{5, std::nullopt, {}, ""}));
  EXPECT_THAT(Selected(R"({"5":{"groups":null,"uid":null,"session":null}})"),
              ElementsAre(Row{5, std::nullopt, {}, ""}));
}

TEST(GoVisitSelectedTest, NothingOfARowIsLeftForTheNext) {
  EXPECT_THAT(Selected(R"({"1":{"groups":["g"],"session":"s","uid":"u"},"2":{}})"),
              ElementsAre(Row{1, "u", {"g"}, "s"}, Row{2, std::nullopt, {}, ""}));
}

TEST(GoVisitSelectedTest, RefusesAnythingElse) {
  for (const char* bad :
       {"[]", "{\"1\":1}", "{\"1\":[]}", "{\"1\":null}", "{\"0\":{}}", "{\"a\":{}}", "{\"1\":{\"uid\":1}}",
        "{\"1\":{\"uid\":[]}}", "{\"1\":{\"uid\":{}}}", "{\"1\":{\"groups\":\"g\"}}",
        "{\"1\":{\"groups\":{}}}", "{\"1\":{\"groups\":[1]}}", "{\"1\":{\"groups\":[[\"g\"]]}}",
        "{\"1\":{\"groups\":{\"g\":\"g\"}}}", "{\"1\":{\"session\":{}}}", "{\"1\":{\"other\":\"\"}}",
        "{\"1\":{\"uid\":\"u\"}", "3"}) {
    absl::Status status;
    Selected(bad, &status);
    ExpectDataLoss(status, bad);
  }
}

TEST(GoDecodeSessionTest, TheBytesAreTheSession) {
  EXPECT_EQ(*DecodeSession("null"), std::nullopt);
  for (const char* stored : {"{}", "{\"a\":9007199254740993}", "[]", "3", "\"s\""})
    EXPECT_EQ(**DecodeSession(stored), stored);
  for (const char* bad : {"", "{", "nul", "{}{}", "a:0:{}"})
    ExpectDataLoss(DecodeSession(bad).status(), bad);
}

}  // namespace
}  // namespace gatewayd::wire::go
