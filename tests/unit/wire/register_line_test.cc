#include "wire/register_line.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace gatewayd::wire {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

RegisterMessage Parse(std::string_view json) {
  absl::StatusOr<RegisterMessage> message = ParseRegisterJson(json);
  EXPECT_TRUE(message.ok()) << message.status() << " for " << json;
  return message.ok() ? *message : RegisterMessage{};
}

std::string ErrorOf(std::string_view json) {
  const absl::StatusOr<RegisterMessage> message = ParseRegisterJson(json);
  EXPECT_FALSE(message.ok()) << json;
  EXPECT_TRUE(absl::IsInvalidArgument(message.status())) << message.status();
  return std::string(message.status().message());
}

TEST(ParseRegisterTest, AList) {
  const RegisterMessage message =
      Parse(R"({"event":"broadcast_addresses","addresses":["127.0.0.2:2901","127.0.0.2:3000"]})");
  EXPECT_EQ(message.event, "broadcast_addresses");
  EXPECT_THAT(message.addresses, ElementsAre("127.0.0.2:2901", "127.0.0.2:3000"));
  EXPECT_FALSE(message.has_sdk_addresses);
}

TEST(ParseRegisterTest, AnObjectWhoseValuesCountInTheirOrder) {
  EXPECT_THAT(Parse(R"({"event":"e","addresses":{"2":"b:1","0":"a:2"}})").addresses,
              ElementsAre("b:1", "a:2"));
}

TEST(ParseRegisterTest, NoGateways) {
  for (const char* json : {
           R"({"event":"broadcast_addresses"})",
           R"({"event":"broadcast_addresses","addresses":[]})",
           R"({"event":"broadcast_addresses","addresses":{}})",
           R"({"event":"broadcast_addresses","addresses":null})",
       }) {
    EXPECT_THAT(Parse(json).addresses, IsEmpty()) << json;
  }
}

TEST(ParseRegisterTest, DuplicatesStay) {
  EXPECT_THAT(Parse(R"({"event":"e","addresses":["a:1","a:1"]})").addresses, ElementsAre("a:1", "a:1"));
}

TEST(ParseRegisterTest, SdkAddresses) {
  const RegisterMessage both = Parse(R"({"event":"e","addresses":["a:1"],"sdk_addresses":["b:2"]})");
  EXPECT_TRUE(both.has_sdk_addresses);
  EXPECT_THAT(both.sdk_addresses, ElementsAre("b:2"));
  EXPECT_TRUE(Parse(R"({"event":"e","sdk_addresses":[]})").has_sdk_addresses);
  EXPECT_FALSE(Parse(R"({"event":"e","sdk_addresses":null})").has_sdk_addresses);
}

TEST(ParseRegisterTest, WhatOthersSay) {
  const RegisterMessage gateway =
      Parse(R"({"event":"gateway_connect","address":"127.0.0.2:2900","secret_key":"s"})");
  EXPECT_EQ(gateway.event, "gateway_connect");
  EXPECT_EQ(gateway.address, "127.0.0.2:2900");
  EXPECT_EQ(gateway.secret_key, "s");
  const RegisterMessage worker =
      Parse(R"({"event":"worker_connect","secret_key":"","name":"worker:0","x":[1]})");
  EXPECT_EQ(worker.name, "worker:0");
  EXPECT_EQ(worker.secret_key, "");
  EXPECT_EQ(Parse(R"({"event":"worker_connect","secret_key":null})").secret_key, "");
}

TEST(ParseRegisterTest, BlanksAroundAreFine) {
  EXPECT_EQ(Parse(" {\"event\" : \"ping\"}\r\n").event, "ping");
}

TEST(ParseRegisterTest, WrongTypesAreErrors) {
  struct Case {
    const char* json;
    const char* what;
  };
  for (const Case& c : {
           Case{R"({})", "no \"event\""},
           Case{R"({"event":""})", "no \"event\""},
           Case{R"({"event":1})", "\"event\" is not a string"},
           Case{R"({"event":"e","secret_key":1})", "\"secret_key\" is not a string"},
           Case{R"({"event":"e","address":[]})", "\"address\" is not a string"},
           Case{R"({"event":"e","name":{}})", "\"name\" is not a string"},
           Case{R"({"event":"e","addresses":"a:1"})", "\"addresses\" is neither a list nor an object"},
           Case{R"({"event":"e","addresses":[["a:1"]]})", "\"addresses\" holds something other than strings"},
           Case{R"({"event":"e","addresses":{"0":5}})", "\"addresses\" holds something other than strings"},
           Case{R"({"event":"e","sdk_addresses":[null]})", "\"sdk_addresses\" holds something other"},
       }) {
    EXPECT_THAT(ErrorOf(c.json), HasSubstr(c.what)) << c.json;
  }
}

TEST(ParseRegisterTest, OneBadAddressSpoilsTheLine) {
  EXPECT_THAT(ErrorOf(R"({"event":"e","addresses":["a:1","nonsense","b:2"]})"), HasSubstr("\"nonsense\""));
  EXPECT_THAT(ErrorOf(R"({"event":"e","addresses":["a:1","b:0"]})"), HasSubstr("not host:port"));
}

TEST(ParseRegisterTest, PlainErrorLinesAreQuotedForOperators) {
  EXPECT_THAT(ErrorOf("Register error 400, bad request"), HasSubstr("\"Register error 400, bad request\""));
  EXPECT_THAT(ErrorOf("caf\xc3\xa9\x01\n"), HasSubstr("\"caf....\""));
  EXPECT_THAT(ErrorOf(std::string(65, 'x')), HasSubstr("\"" + std::string(64, 'x') + "\""));
  EXPECT_THAT(ErrorOf(R"(["a:1"])"), HasSubstr("not a JSON object"));
  for (const char* line : {"", " ", "null", "5", "\"text\""})
    EXPECT_THAT(ErrorOf(line), HasSubstr("not a JSON"));
}

TEST(ParseRegisterTest, ABrokenObjectIsNotQuotedSinceItMayHoldTheSecret) {
  for (const char* line : {R"({"event":"worker_connect","secret_key":"hush)", R"( {"secret_key":"hush"}x)",
                           R"({"event":"e","secret_key":["hush"]})"}) {
    EXPECT_THAT(ErrorOf(line), Not(HasSubstr("hush")));
  }
}

TEST(ParseRegisterTest, EveryTruncationIsAnError) {
  const std::string json = R"({"event":"e","addresses":{"0":"a:1"},"secret_key":"\u4f60\n"})";
  Parse(json);
  for (std::size_t size = 0; size < json.size(); ++size)
    ErrorOf(json.substr(0, size));
}

TEST(ParseRegisterTest, SizeAndDepthAreBounded) {
  std::string json = R"({"event":"e","pad":")";
  json += std::string(kMaxRegisterLine - json.size() - 2, 'x') + "\"}";
  EXPECT_EQ(json.size(), kMaxRegisterLine);
  EXPECT_EQ(Parse(json).event, "e");
  EXPECT_THAT(ErrorOf(json + " "), HasSubstr("too long: 65537 bytes"));
  ErrorOf(R"({"event":"e","deep":)" + std::string(5000, '[') + std::string(5000, ']') + "}");
}

TEST(ParseRegisterTest, WhatGoAdds) {
  const RegisterMessage stats =
      Parse(R"({"event":"worker_stats","name":"w:1","processed_count":18446744073709551615})");
  EXPECT_EQ(stats.name, "w:1");
  EXPECT_EQ(stats.processed_count, 18446744073709551615u);
  EXPECT_THAT(ErrorOf(R"({"event":"worker_stats","processed_count":-1})"), HasSubstr("is no count"));
  EXPECT_THAT(ErrorOf(R"({"event":"worker_stats","processed_count":"7"})"), HasSubstr("is no count"));
  EXPECT_EQ(Parse(R"({"event":"gateway_connect","worker_address":"127.0.0.1:1"})").worker_address,
            "127.0.0.1:1");
}

TEST(RegisterJsonTest, WhatGoSays) {
  EXPECT_EQ(WorkerStatsJson("w\"1", 7), R"({"event":"worker_stats","name":"w\"1","processed_count":7})");
  EXPECT_EQ(GoBroadcastAddressesJson({}, {}), R"({"event":"broadcast_addresses"})");
  EXPECT_EQ(GoBroadcastAddressesJson({"a:1"}, {"b:1"}),
            R"({"event":"broadcast_addresses","addresses":["a:1"],"sdk_addresses":["b:1"]})");
  EXPECT_EQ(GoGatewayConnectJson("a:1", "b:1", "s"),
            R"({"address":"a:1","event":"gateway_connect","secret_key":"s","worker_address":"b:1"})");
}

TEST(RegisterJsonTest, IsWhatTheRealOnesSay) {
  EXPECT_EQ(WorkerConnectJson("s3cret-php"), R"({"event":"worker_connect","secret_key":"s3cret-php"})");
  EXPECT_EQ(WorkerConnectJson("", "worker:0"),
            R"({"event":"worker_connect","secret_key":"","name":"worker:0"})");
  EXPECT_EQ(WorkerConnectJson("a\"b\n"), R"({"event":"worker_connect","secret_key":"a\"b\n"})");
  EXPECT_EQ(PingJson(), R"({"event":"ping"})");
  EXPECT_EQ(GatewayConnectJson("127.0.0.1:2900", "s"),
            R"({"event":"gateway_connect","address":"127.0.0.1:2900","secret_key":"s"})");
  EXPECT_EQ(BroadcastAddressesJson({}), R"({"event":"broadcast_addresses","addresses":[]})");
  EXPECT_EQ(BroadcastAddressesJson({"a:1", "b:2"}),
            R"({"event":"broadcast_addresses","addresses":["a:1","b:2"]})");
}

TEST(RegisterJsonTest, ReadsBack) {
  const RegisterMessage message = Parse(WorkerConnectJson("s\\\"\x01", "n"));
  EXPECT_EQ(message.secret_key, "s\\\"\x01");
  EXPECT_EQ(message.name, "n");
  EXPECT_THAT(Parse(BroadcastAddressesJson({"[::1]:5"})).addresses, ElementsAre("[::1]:5"));
}

TEST(SplitHostPortTest, Accepts) {
  struct Case {
    const char *address, *host;
    std::uint16_t port;
  };
  for (const Case& c : {
           Case{"127.0.0.1:2900", "127.0.0.1", 2900},
           Case{"gateway-1.example_net:1", "gateway-1.example_net", 1},
           Case{"localhost:65535", "localhost", 65535},
           Case{"[::1]:80", "::1", 80},
           Case{"[fe80::ffff:1.2.3.4]:80", "fe80::ffff:1.2.3.4", 80},
       }) {
    std::string host;
    std::uint16_t port = 0;
    EXPECT_TRUE(SplitHostPort(c.address, &host, &port)) << c.address;
    EXPECT_EQ(host, c.host);
    EXPECT_EQ(port, c.port);
  }
}

TEST(SplitHostPortTest, RefusesAndLeavesTheOutputsAlone) {
  for (const std::string& address : std::vector<std::string>{"",
                                                             ":",
                                                             "host",
                                                             "host:",
                                                             ":80",
                                                             "host:0",
                                                             "host:65536",
                                                             "host:99999999999",
                                                             "host:-1",
                                                             "host:+1",
                                                             "host:80x",
                                                             "host: 80",
                                                             "ho st:80",
                                                             "::1:80",
                                                             "1:2:3",
                                                             "[]:80",
                                                             "[::1]",
                                                             "[::1:80",
                                                             "::1]:80",
                                                             "[host]:80",
                                                             "[1.2.3.4]:80",
                                                             "[::g]:80",
                                                             "http://a:80",
                                                             "a/b:80",
                                                             "h\xc3\xb6st:80",
                                                             std::string("a\0b:80", 6),
                                                             std::string(254, 'a') + ":80"}) {
    std::string host = "before";
    std::uint16_t port = 7;
    EXPECT_FALSE(SplitHostPort(address, &host, &port)) << address;
    EXPECT_EQ(host, "before");
    EXPECT_EQ(port, 7);
  }
}

}  // namespace
}  // namespace gatewayd::wire
