#include "embedded/websocket.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "boost/json/parse.hpp"
#include "embedded/query_string.h"
#include "wire/php_serialize.h"

namespace gatewayd::embedded {
namespace {

using Kind = WebSocketItem::Kind;

std::string Serialized(const wire::Value& value) {
  std::string out;
  wire::php::Serialize(value, out);
  return out;
}

std::string Get(std::string_view query) {
  return Serialized({php::ParseQueryString(query)});
}

std::string Request(std::string_view first, std::string_view headers = "") {
  return std::string(first) + "\r\nHost: h\r\nSec-WebSocket-Version: 13\r\n" +
         "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" + std::string(headers) + "\r\n";
}

TEST(Handshake, IsAnsweredWithTheAcceptKeyOfTheRfc) {
  const std::string request = Request("GET /any/path HTTP/1.1");
  const Handshake handshake = ReadHandshake(request + "more", {});
  EXPECT_EQ(handshake.kind, Handshake::Kind::kAccepted);
  EXPECT_EQ(handshake.size, request.size());
  EXPECT_TRUE(
      absl::StrContains(handshake.response, "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"));
  EXPECT_TRUE(absl::StartsWith(handshake.response, "HTTP/1.1 101 Switching Protocol\r\n"));
}

TEST(Handshake, WaitsForItsEnd) {
  const std::string request = Request("GET / HTTP/1.1");
  for (std::size_t size = 0; size < request.size(); ++size) {
    EXPECT_EQ(ReadHandshake(request.substr(0, size), {}).kind, Handshake::Kind::kIncomplete);
  }
}

TEST(Handshake, RefusesWhatIsNone) {
  const std::string no_version = "GET / HTTP/1.1\r\nSec-WebSocket-Key: abc\r\n\r\n";
  const std::string old = "GET / HTTP/1.1\r\nSec-WebSocket-Version: 8\r\nSec-WebSocket-Key: abc\r\n\r\n";
  const std::string no_key = "GET / HTTP/1.1\r\nSec-WebSocket-Version: 13\r\n\r\n";
  const std::string endless = "GET /" + std::string(kMaxHandshake, 'a');
  for (const std::string& request :
       {std::string("POST / HTTP/1.1\r\n\r\n"), no_version, old, no_key, endless}) {
    const Handshake handshake = ReadHandshake(request, {});
    EXPECT_EQ(handshake.kind, Handshake::Kind::kRefused);
    EXPECT_TRUE(absl::StartsWith(handshake.response, "HTTP/1.1 4"));
  }
  EXPECT_TRUE(absl::StartsWith(ReadHandshake(old, {}).response, "HTTP/1.1 426 "));
}

// The recorded ON_WEBSOCKET_CONNECT, from a request with the headers that it shows.
TEST(Handshake, MakesTheArrayThatPhpMade) {
  std::ifstream file(GATEWAYD_VECTORS "/php/worker.jsonl");
  std::string recorded;
  for (std::string line; recorded.empty() && std::getline(file, line);) {
    const boost::json::value packet = boost::json::parse(line);
    const auto* frame = packet.as_object().if_contains("frame");
    if (frame == nullptr || frame->at("cmd").as_int64() != 205) continue;
    const boost::json::string& hex = frame->at("body_hex").as_string();
    recorded = absl::HexStringToBytes({hex.data(), hex.size()});
  }
  ASSERT_FALSE(recorded.empty());
  const std::string request =
      "GET /chat?token=a%2520b&x[]=1&x[]=2&%E7%A9%BA=%E5%80%BC HTTP/1.1\r\n"
      "Host: 127.0.0.1:7272\r\nOrigin: http://example.test\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Key: W/752NflOzisNsb2Xs2jVQ==\r\nSec-WebSocket-Version: 13\r\n"
      "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"
      "Cookie: sid=abc; theme=dark\r\nX-Real-Ip: 203.0.113.9\r\nUser-Agent: Python/3.11 "
      "websockets/17.4\r\n\r\n";
  const Handshake handshake = ReadHandshake(request, {"127.0.0.1", 48818, 7272});
  EXPECT_EQ(Serialized(handshake.request), recorded);
}

TEST(Handshake, JoinsRepeatedHeadersAndTakesOddCookies) {
  const Handshake handshake = ReadHandshake(
      Request("GET / HTTP/1.1", "X-A: 1\r\nx-a: 2\r\nCookie: a=1;b; 7=x=y ;=z\r\nbroken\r\n"), {});
  const std::string request = Serialized(handshake.request);
  EXPECT_TRUE(absl::StrContains(request, "s:8:\"HTTP_X_A\";s:3:\"1,2\";")) << request;
  EXPECT_TRUE(absl::StrContains(
      request, "s:6:\"cookie\";a:3:{s:1:\"a\";s:1:\"1\";i:7;s:4:\"x=y \";s:0:\"\";s:1:\"z\";}"))
      << request;
}

TEST(QueryString, FollowsParseStr) {
  EXPECT_EQ(Get(""), "a:0:{}");
  EXPECT_EQ(Get("a=1&a=2"), "a:1:{s:1:\"a\";s:1:\"2\";}");
  EXPECT_EQ(Get("b[]=1&b[x][y]=2&b[x]=9"), "a:1:{s:1:\"b\";a:2:{i:0;s:1:\"1\";s:1:\"x\";s:1:\"9\";}}");
  EXPECT_EQ(Get("c.d=1&e f=2&[z=3&g[=4&h&=5"),
            "a:4:{s:3:\"c_d\";s:1:\"1\";s:3:\"e_f\";s:1:\"2\";s:2:\"g_\";s:1:\"4\";s:1:\"h\";s:0:\"\";}");
  EXPECT_EQ(Get("i[0]=a&i[]=b"), "a:1:{s:1:\"i\";a:2:{i:0;s:1:\"a\";i:1;s:1:\"b\";}}");
  EXPECT_EQ(Get("%6a=1&k=a+b%2B"), "a:2:{s:1:\"j\";s:1:\"1\";s:1:\"k\";s:4:\"a b+\";}");
  EXPECT_EQ(Get("l[a]b=1&m[ ]=2&n[%5d=1"),
            "a:3:{s:1:\"l\";a:1:{s:1:\"a\";s:1:\"1\";}s:1:\"m\";a:1:{i:0;s:1:\"2\";}s:1:\"n\";a:1:{i:0;s:1:"
            "\"1\";}}");
  EXPECT_EQ(Get("bytes=%ff%00x&pct=%zz%4"),
            std::string("a:2:{s:5:\"bytes\";s:3:\"\xff\0x\";s:3:\"pct\";s:5:\"%zz%4\";}", 50));
}

TEST(QueryString, BoundsVariablesAndDepth) {
  std::string many;
  for (int i = 0; i < 1500; ++i)
    many += "v" + std::to_string(i) + "=1&";
  EXPECT_EQ(php::ParseQueryString(many).entries.size(), 1000u);
  std::string deep = "d";
  for (int i = 0; i < 65; ++i)
    deep += "[x]";
  EXPECT_TRUE(php::ParseQueryString(deep + "=1").entries.empty());
}

std::string Masked(std::uint8_t first, std::string_view payload) {
  std::string head = WebSocketHead(WebSocketType::kText, payload.size());
  head[0] = static_cast<char>(first);
  head[1] = static_cast<char>(head[1] | 0x80);
  const std::string mask = "\x01\x02\x03\x04";
  std::string out = head + mask;
  for (std::size_t i = 0; i < payload.size(); ++i)
    out += static_cast<char>(payload[i] ^ mask[i % 4]);
  return out;
}

TEST(Frames, AreReadAtEveryLengthOfTheirHead) {
  for (std::size_t size : {0u, 1u, 125u, 126u, 65535u, 65536u}) {
    const std::string payload(size, 'p');
    std::string bytes = Masked(0x82, payload);
    WebSocketReader reader;
    EXPECT_EQ(reader.Next(bytes.data(), bytes.size() - 1).kind, Kind::kIncomplete);
    const WebSocketItem item = reader.Next(bytes.data(), bytes.size());
    EXPECT_EQ(item.kind, Kind::kMessage);
    EXPECT_EQ(item.size, bytes.size());
    EXPECT_EQ(item.payload, payload);
  }
}

TEST(Frames, FragmentsAreJoinedAroundControlFrames) {
  WebSocketReader reader;
  std::string first = Masked(0x01, "he");
  std::string ping = Masked(0x89, "p");
  std::string last = Masked(0x80, "llo");
  WebSocketItem item = reader.Next(first.data(), first.size());
  EXPECT_EQ(item.kind, Kind::kIncomplete);
  EXPECT_EQ(item.size, first.size());
  item = reader.Next(ping.data(), ping.size());
  EXPECT_EQ(item.kind, Kind::kPing);
  EXPECT_EQ(item.payload, "p");
  item = reader.Next(last.data(), last.size());
  EXPECT_EQ(item.kind, Kind::kMessage);
  EXPECT_EQ(item.payload, "hello");
  std::string next = Masked(0x81, "next");
  EXPECT_EQ(reader.Next(next.data(), next.size()).payload, "next");
}

TEST(Frames, BreaksAreFound) {
  const std::string unmasked = "\x81\x01x";
  const std::string unknown = Masked(0x83, "x");
  const std::string reserved = Masked(0xc1, "x");
  const std::string huge("\x81\xff\x7f\xff\xff\xff\xff\xff\xff\xff....", 14);
  for (std::string bytes : {unmasked, unknown, reserved, huge}) {
    WebSocketReader reader;
    EXPECT_EQ(reader.Next(bytes.data(), bytes.size()).kind, Kind::kBroken);
  }
  std::string close = Masked(0x88, "\x03\xe8");
  WebSocketReader reader;
  EXPECT_EQ(reader.Next(close.data(), close.size()).kind, Kind::kClose);
}

TEST(Frames, FragmentsCannotGrowPastTheLimit) {
  WebSocketReader reader;
  std::string part = Masked(0x01, std::string(kMaxMessage / 2 + 1, 'a'));
  EXPECT_EQ(reader.Next(part.data(), part.size()).kind, Kind::kIncomplete);
  part = Masked(0x00, std::string(kMaxMessage / 2, 'a'));
  EXPECT_EQ(reader.Next(part.data(), part.size()).kind, Kind::kBroken);
}

}  // namespace
}  // namespace gatewayd::embedded
