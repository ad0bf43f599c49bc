#include "admin/json_writer.h"

#include <limits>

#include "gtest/gtest.h"

namespace gatewayd::admin {
namespace {

TEST(JsonWriterTest, PutsCommasWhereTheyBelong) {
  JsonWriter json;
  json.BeginObject();
  json.Field("text", "a");
  json.Key("list");
  json.BeginArray();
  json.Value(1);
  json.BeginObject();
  json.EndObject();
  json.BeginArray();
  json.EndArray();
  json.Value(true);
  json.EndArray();
  json.Key("raw");
  json.Raw("{\"a\":[1]}");
  json.Field("last", std::string("z"));
  json.EndObject();
  EXPECT_EQ(json.Take(), R"({"text":"a","list":[1,{},[],true],"raw":{"a":[1]},"last":"z"})");
}

TEST(JsonWriterTest, NumbersKeepTheirDigitsAndWhatIsNoneIsNull) {
  JsonWriter json;
  json.BeginArray();
  json.Value(std::numeric_limits<std::uint64_t>::max());
  json.Value(std::int64_t{-7});
  json.Value(123456.789);
  json.Value(0.00001);
  json.Value(std::numeric_limits<double>::infinity());
  json.Value(std::numeric_limits<double>::quiet_NaN());
  json.EndArray();
  EXPECT_EQ(json.Take(), "[18446744073709551615,-7,123456.789,1e-05,null,null]");
}

TEST(JsonWriterTest, TextOfTheNetworkStaysText) {
  JsonWriter json;
  json.BeginArray();
  json.Value("\"}\n<script>");
  json.Value("\xff\x01");
  json.EndArray();
  EXPECT_EQ(json.Take(), R"(["\"}\n<script>","??"])");
}

}  // namespace
}  // namespace gatewayd::admin
