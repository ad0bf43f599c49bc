#include "wire/requests.h"

#include <limits>
#include <string>
#include <vector>

#include <boost/json.hpp>

#include "gtest/gtest.h"

namespace gatewayd::wire {
namespace {

using Ids = std::vector<std::uint32_t>;
using Strings = std::vector<std::string>;

constexpr std::uint32_t kMaxId = std::numeric_limits<std::uint32_t>::max();

std::string Quoted(std::string_view text) {
  std::string out = "x";  // what stands before must stay
  AppendJsonString(text, out);
  EXPECT_EQ(out.front(), 'x');
  return out.substr(1);
}

TEST(JsonStringTest, EscapesWhatJsonNeedsAndNothingElse) {
  struct Case {
    std::string text, json;
  };
  for (const Case& c : {
           Case{"", R"("")"},
           Case{"plain", R"("plain")"},
           Case{"用户-3 Zoë 🙂", "\"用户-3 Zoë 🙂\""},
           Case{R"(a"b\c)", R"("a\"b\\c")"},
           Case{"\"", R"("\"")"},
           Case{"\b\f\n\r\t", R"("\b\f\n\r\t")"},
           Case{std::string("\0\x01\x1f", 3), R"("\u0000\u0001\u001f")"},
           Case{"a/b<c>\x7f", "\"a/b<c>\x7f\""},
           Case{"tail\n", R"("tail\n")"},
           Case{"\nhead", R"("\nhead")"},
       }) {
    EXPECT_EQ(Quoted(c.text), c.json);
  }
}

TEST(JsonStringTest, EveryByteBelow128ReadsBack) {
  for (int byte = 0; byte < 128; ++byte) {
    const std::string text = std::string("a") + static_cast<char>(byte) + "b";
    const boost::json::value value = boost::json::parse(Quoted(text));
    EXPECT_EQ(std::string_view(value.as_string().data(), value.as_string().size()), text) << byte;
  }
}

TEST(StringListTest, IsAlwaysAListOfStrings) {
  EXPECT_EQ(StringListJson({}), "[]");
  EXPECT_EQ(StringListJson(Strings{"1001"}), R"(["1001"])");
  EXPECT_EQ(StringListJson(Strings{"1001", "用户-3", ""}), R"(["1001","用户-3",""])");
  EXPECT_EQ(StringListJson(Strings{"a\"b", "c\\"}), R"(["a\"b","c\\"])");
}

TEST(ConnectionsTest, IsAListInAnObject) {
  EXPECT_EQ(ConnectionsJson({}), R"({"connections":[]})");
  EXPECT_EQ(ConnectionsJson(Ids{2}), R"({"connections":[2]})");
  EXPECT_EQ(ConnectionsJson(Ids{2, 1, kMaxId}), R"({"connections":[2,1,4294967295]})");
}

TEST(ConnectionsTest, ManyTakeOneGrowth) {
  const Ids ids(100000, kMaxId);
  const std::string json = ConnectionsJson(ids);
  EXPECT_EQ(json.size(), 18 + ids.size() * 11 - 1);
  EXPECT_LT(json.capacity(), json.size() + 64);
}

TEST(ExcludeTest, IsAnObjectKeyedById) {
  EXPECT_EQ(ExcludeJson({}), "");
  EXPECT_EQ(ExcludeJson(Ids{3}), R"({"exclude":{"3":3}})");  // as PHP itself sends it
  EXPECT_EQ(ExcludeJson(Ids{2, kMaxId}), R"({"exclude":{"2":2,"4294967295":4294967295}})");
}

TEST(GroupsTest, NamesBothMembersAlways) {
  EXPECT_EQ(GroupsJson(Strings{"room"}, {}), R"({"group":["room"],"exclude":null})");
  EXPECT_EQ(GroupsJson(Strings{"room", "空"}, Ids{3}), R"({"group":["room","空"],"exclude":{"3":3}})");
  EXPECT_EQ(GroupsJson({}, Ids{1, 2}), R"({"group":[],"exclude":{"1":1,"2":2}})");
}

TEST(SelectTest, FieldsStandInOneOrder) {
  struct Case {
    SelectFields fields;
    std::string json;
  };
  for (const Case& c : {
           Case{{.uid = true}, R"({"fields":["uid"],"where":{}})"},
           Case{{.groups = true}, R"({"fields":["groups"],"where":{}})"},
           Case{{.session = true}, R"({"fields":["session"],"where":{}})"},
           Case{{.uid = true, .groups = true}, R"({"fields":["uid","groups"],"where":{}})"},
           Case{{.groups = true, .session = true}, R"({"fields":["groups","session"],"where":{}})"},
           Case{{true, true, true}, R"({"fields":["uid","groups","session"],"where":{}})"},
       }) {
    EXPECT_EQ(SelectJson(c.fields, {}), c.json);
  }
}

TEST(SelectTest, FiltersStandOnlyWhereTheyFilter) {
  const SelectFields uid{.uid = true};
  EXPECT_EQ(SelectJson(uid, {.connection_ids = {1, 2}}),
            R"({"fields":["uid"],"where":{"connection_id":[1,2]}})");
  EXPECT_EQ(SelectJson(uid, {.groups = {"room"}}), R"({"fields":["uid"],"where":{"groups":["room"]}})");
  EXPECT_EQ(SelectJson(uid, {.uids = {"7"}}), R"({"fields":["uid"],"where":{"uid":["7"]}})");
  EXPECT_EQ(SelectJson(uid, {.groups = {"a"}, .uids = {"b"}}),
            R"({"fields":["uid"],"where":{"groups":["a"],"uid":["b"]}})");
  EXPECT_EQ(SelectJson(uid, {.connection_ids = {9}, .groups = {"a"}, .uids = {"b", "c"}}),
            R"({"fields":["uid"],"where":{"connection_id":[9],"groups":["a"],"uid":["b","c"]}})");
}

TEST(ConnectBodyTest, IsWhatPhpSends) {
  EXPECT_EQ(WorkerConnectBody("Biz:0", "s3cret-php"), R"({"worker_key":"Biz:0","secret_key":"s3cret-php"})");
  EXPECT_EQ(ClientConnectBody("s3cret-php"), R"({"secret_key":"s3cret-php"})");
  EXPECT_EQ(ClientConnectBody(""), R"({"secret_key":""})");
}

TEST(ConnectBodyTest, EscapesTheSecret) {
  EXPECT_EQ(ClientConnectBody(R"(a"}\)"), R"({"secret_key":"a\"}\\"})");
  EXPECT_EQ(WorkerConnectBody("k\n", "\""), R"({"worker_key":"k\n","secret_key":"\""})");
}

}  // namespace
}  // namespace gatewayd::wire
