#include "api/session_value.h"

#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <ostream>
#include <string>

#include "cluster/errors.h"

namespace gatewayd::api {
namespace {

using google::protobuf::Struct;
using google::protobuf::util::JsonStringToMessage;
using google::protobuf::util::MessageDifferencer;

struct Case {
  const char* name;
  std::string stored;
  std::string shown;  // the Struct as JSON
  bool incomplete = false;
};

void PrintTo(const Case& test_case, std::ostream* out) {
  *out << test_case.name;
}

class Sessions : public testing::TestWithParam<Case> {};

TEST_P(Sessions, AreShown) {
  gatewayworker::v1::Session session;
  FillSession(wire::PhpDialect(), GetParam().stored, &session);
  EXPECT_EQ(session.stored(), GetParam().stored);
  ASSERT_TRUE(session.has_value());
  EXPECT_EQ(session.value_incomplete(), GetParam().incomplete);
  Struct expected;
  ASSERT_TRUE(JsonStringToMessage(GetParam().shown, &expected).ok());
  EXPECT_TRUE(MessageDifferencer::Equals(session.value(), expected))
      << session.value().DebugString() << "instead of\n"
      << expected.DebugString();
}

INSTANTIATE_TEST_SUITE_P(
    Php, Sessions,
    testing::Values(
        Case{"None", "", "{}"}, Case{"Empty", "a:0:{}", "{}"},
        Case{"Scalars", R"(a:5:{s:1:"a";N;s:1:"b";b:1;s:1:"c";i:-5;s:1:"d";d:1.5;s:1:"e";s:3:"x"y";})",
             R"({"a":null,"b":true,"c":-5,"d":1.5,"e":"x\"y"})"},
        Case{"TopListIsAMap", R"(a:2:{i:0;s:1:"x";i:1;s:1:"y";})", R"({"0":"x","1":"y"})"},
        Case{"ListBelow", R"(a:1:{s:1:"l";a:2:{i:0;i:1;i:1;a:0:{}}})", R"({"l":[1,[]]})"},
        Case{"NotQuiteAList", R"(a:1:{s:1:"l";a:2:{i:1;i:1;i:0;i:2;}})", R"({"l":{"0":2,"1":1}})"},
        Case{"MixedKeys", R"(a:2:{i:-7;b:0;s:2:"07";b:1;})", R"({"-7":false,"07":true})"},
        Case{"BigIntegers", "a:2:{i:0;i:9007199254740992;i:1;i:9007199254740993;}",
             R"({"0":9007199254740992,"1":9007199254740992})", true},
        Case{"NotFinite", "a:2:{i:0;d:INF;i:1;d:NAN;}", R"({"0":null,"1":null})", true},
        Case{"NotUtf8", "a:2:{i:0;s:1:\"\xff\";s:1:\"\xfe\";i:1;}", R"({"0":null})", true},
        Case{"Objects", R"(a:1:{s:1:"o";O:3:"Foo":1:{s:1:"a";i:1;}})", R"({"o":null})", true},
        Case{"TopObject", R"(O:3:"Foo":0:{})", "{}", true}, Case{"Garbage", "garbage", "{}", true},
        Case{"TopInteger", "i:5;", "{}", true}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(SessionDepth, WhatAProtobufReaderWouldRefuseIsNull) {
  for (const std::string& open : {std::string("a:1:{s:1:\"k\";"), std::string("a:1:{i:0;")}) {
    std::string stored = "i:1;";
    for (int i = 0; i < 100; ++i)
      stored = open + stored + "}";
    gatewayworker::v1::Session session;
    FillSession(wire::PhpDialect(), stored, &session);
    EXPECT_TRUE(session.value_incomplete());
    gatewayworker::v1::Session read;
    EXPECT_TRUE(read.ParseFromString(session.SerializeAsString()));
  }
}

std::string Stored(const std::string& json) {
  Struct value;
  EXPECT_TRUE(JsonStringToMessage(json, &value).ok()) << json;
  const auto decoded = FromStruct(value, "session.value");
  EXPECT_TRUE(decoded.ok()) << decoded.status();
  return decoded.ok() ? wire::PhpDialect().EncodeSessionValue(*decoded) : "";
}

TEST(FromStruct, NumbersWithoutAFractionAreIntegers) {
  EXPECT_EQ(Stored(R"({"a":1,"b":1.5,"c":-0.0,"d":9007199254740992,"e":1e300})"),
            R"(a:5:{s:1:"a";i:1;s:1:"b";d:1.5;s:1:"c";i:0;s:1:"d";i:9007199254740992;s:1:"e";d:1.0E+300;})");
}

TEST(FromStruct, KeysAreSortedAndCanonical) {
  EXPECT_EQ(Stored(R"({"b":null,"a":true,"1":"x"})"), R"(a:3:{i:1;s:1:"x";s:1:"a";b:1;s:1:"b";N;})");
}

TEST(FromStruct, ListsAndMaps) {
  EXPECT_EQ(Stored(R"({"l":["x",[],{}],"m":{"k":1}})"),
            R"(a:2:{s:1:"l";a:3:{i:0;s:1:"x";i:1;a:0:{}i:2;a:0:{}}s:1:"m";a:1:{s:1:"k";i:1;}})");
}

void ExpectRefused(const Struct& value) {
  const auto decoded = FromStruct(value, "session.value");
  EXPECT_EQ(decoded.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(cluster::ErrorPayload(decoded.status(), cluster::kFieldKey), "session.value");
}

TEST(FromStruct, WhatCannotBeStoredIsRefused) {
  for (const double number :
       {std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity(), std::nan("")}) {
    Struct value;
    (*value.mutable_fields())["a"].set_number_value(number);
    ExpectRefused(value);
    Struct list;
    (*list.mutable_fields())["a"].mutable_list_value()->add_values()->set_number_value(number);
    ExpectRefused(list);
  }
  Struct no_kind;
  (*no_kind.mutable_fields())["a"];
  ExpectRefused(no_kind);
}

TEST(FromStruct, DepthIsBounded) {
  Struct value;
  Struct* at = &value;
  for (int i = 0; i < 150; ++i)
    at = (*at->mutable_fields())["k"].mutable_struct_value();
  ExpectRefused(value);
  Struct with_list;
  auto* list = (*with_list.mutable_fields())["k"].mutable_list_value();
  for (int i = 0; i < 150; ++i)
    list = list->add_values()->mutable_list_value();
  ExpectRefused(with_list);
}

TEST(RoundTrip, WhatIsShownStoresTheSame) {
  const std::string stored =
      R"(a:3:{s:1:"a";a:2:{i:0;i:1;i:1;d:2.5;}s:1:"b";a:1:{s:1:"k";s:1:"v";}s:1:"c";N;})";
  gatewayworker::v1::Session session;
  FillSession(wire::PhpDialect(), stored, &session);
  EXPECT_FALSE(session.value_incomplete());
  EXPECT_EQ(wire::PhpDialect().EncodeSessionValue(*FromStruct(session.value(), "f")), stored);
}

}  // namespace
}  // namespace gatewayd::api
