#include "log.h"

#include <gmock/gmock.h>

#include <boost/json/parse.hpp>

namespace gatewayd {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

TEST(LogTest, AMessageSaysWhatItIsAbout) {
  EXPECT_THAT(LogFields("gateway 10.0.0.1:2900: joined"), ElementsAre(Pair("gateway", "10.0.0.1:2900")));
  EXPECT_THAT(LogFields("register 10.0.0.1:1236: connected, lists 1: x"),
              ElementsAre(Pair("register", "10.0.0.1:1236")));
  EXPECT_THAT(LogFields("worker 3 \"chat room\": attached"),
              ElementsAre(Pair("worker_id", "3"), Pair("worker_name", "chat room")));
  EXPECT_THAT(LogFields("worker 3: its stream broke"), ElementsAre(Pair("worker_id", "3")));
  EXPECT_THAT(LogFields("TLS: the certificate"), ElementsAre(Pair("part", "TLS")));
  for (const char* other :
       {"", "ready", "gateway: x", "gateway a b: x", "gateways x: y", "draining after: x"})
    EXPECT_THAT(LogFields(other), IsEmpty()) << other;
}

TEST(LogTest, ALineIsAnObjectWhateverTheMessageHolds) {
  const std::string message("gateway a:1: \"q\\\" \n\r\t\x01 caf\xc3\xa9", 28);
  const std::string line = JsonLine({.time = absl::FromUnixMicros(1'700'000'000'000'123),
                                     .severity = "warning",
                                     .file = "x.cc",
                                     .line = 7,
                                     .message = message});
  EXPECT_EQ(line.find('\n'), std::string::npos);
  EXPECT_EQ(boost::json::parse(line).as_object().at("message").as_string(), message);
  EXPECT_TRUE(line.starts_with(
      "{\"time\":\"2023-11-14T22:13:20.000123Z\",\"severity\":\"warning\",\"source\":\"x.cc:7\","
      "\"gateway\":\"a:1\",\"message\":"))
      << line;
  EXPECT_EQ(boost::json::parse(JsonLine({.message = "bad \xff byte"})).as_object().at("message").as_string(),
            "bad ? byte");
}

}  // namespace
}  // namespace gatewayd
