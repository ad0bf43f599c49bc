// Plays the recorded packets of PHP's callers to the state and compares its answers with the recorded ones,
// byte for byte.
#include <gtest/gtest.h>

#include <deque>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "absl/strings/escaping.h"
#include "boost/json/parse.hpp"
#include "boost/json/value.hpp"
#include "embedded/gateway_dialect.h"
#include "embedded/gateway_state.h"
#include "wire/client_id.h"

namespace gatewayd::embedded {
namespace {

namespace json = boost::json;

// The three recorded Gateways, by inner port.
class Replay {
 public:
  explicit Replay(const json::array& clients) {
    for (const json::value& text : clients) {
      const json::string& hex = text.as_string();
      const wire::ClientId id = *wire::ParseClientId({hex.data(), hex.size()});
      GatewayState::Options options;
      options.address = id.gateway;
      options.secret = "s3cret-php";
      auto& state = states_[id.gateway.port] = std::make_unique<GatewayState>(options);
      state->SetNextConnectionId(id.connection_id);
      ClientInfo info;
      info.protocol = id.gateway.port == 3000 ? ClientProtocol::kText : ClientProtocol::kWebSocket;
      Actions actions;
      state->AddClient(info, actions);
      // What the recorded BusinessWorker stored for its WebSocket clients when they connected.
      if (info.protocol == ClientProtocol::kWebSocket) {
        wire::Frame set;
        set.command = wire::Command::kSetSession;
        set.connection_id = id.connection_id;
        set.ext = R"(a:1:{s:4:"name";s:9:"connected";})";
        Own(id.gateway.port, 999);
        wire::Frame hello;
        hello.command = wire::Command::kGatewayClientConnect;
        hello.body = R"({"secret_key":"s3cret-php"})";
        state->Execute(999, hello);
        state->Execute(999, set);
      }
    }
  }

  void ToGateway(std::uint16_t port, LinkId conn, const std::string& bytes) {
    Own(port, conn);
    const LinkPacket packet = codec_->Next(bytes);
    ASSERT_EQ(packet.kind, LinkPacket::Kind::kFrame);
    GatewayState& state = *states_[port];
    for (const Action& action : state.Execute(conn, packet.frame)) {
      if (const auto* answer = std::get_if<SendAnswer>(&action)) {
        codec_->AppendAnswer(answer->payload, answers_[conn].emplace_back());
      } else if (const auto* close = std::get_if<CloseClient>(&action)) {
        state.RemoveClient(close->client);
      } else if (const auto* destroy = std::get_if<DestroyClient>(&action)) {
        state.RemoveClient(destroy->client);
      } else {
        EXPECT_TRUE(std::holds_alternative<SendToClients>(action));
      }
    }
  }

  std::optional<std::string> NextAnswer(LinkId conn) {
    if (answers_[conn].empty()) return std::nullopt;
    std::string out = answers_[conn].front();
    answers_[conn].pop_front();
    return out;
  }
  bool AllAnswersSeen() const {
    for (const auto& [conn, answers] : answers_) {
      if (!answers.empty()) return false;
    }
    return true;
  }

 private:
  void Own(std::uint16_t port, LinkId conn) {
    auto [at, added] = links_.emplace(std::make_pair(port, conn), true);
    if (added) states_[port]->AddLink(conn, "127.0.0.1");
  }

  const std::unique_ptr<LinkCodec> codec_ = PhpGatewayDialect().NewLinkCodec("s3cret-php");
  std::map<std::uint16_t, std::unique_ptr<GatewayState>> states_;
  std::map<std::pair<std::uint16_t, LinkId>, bool> links_;
  std::map<LinkId, std::deque<std::string>> answers_;
};

TEST(RecordedCalls, AreAnsweredAsPhpAnsweredThem) {
  std::ifstream file(GATEWAYD_VECTORS "/php/calls.jsonl");
  ASSERT_TRUE(file.is_open());
  std::string line;
  ASSERT_TRUE(std::getline(file, line));
  Replay replay(json::parse(line).at("clients").as_array());
  int compared = 0;
  while (std::getline(file, line)) {
    const json::value call = json::parse(line);
    const std::string name(call.at("call").as_string());
    for (const json::value& packet : call.at("packets").as_array()) {
      const auto port = static_cast<std::uint16_t>(packet.at("port").as_int64());
      const auto conn = static_cast<LinkId>(packet.at("conn").as_int64());
      const json::string& hex = packet.at("hex").as_string();
      const std::string bytes = absl::HexStringToBytes({hex.data(), hex.size()});
      if (packet.at("dir").as_string() == "to_gateway") {
        replay.ToGateway(port, conn, bytes);
      } else if (!packet.as_object().contains("frame")) {
        EXPECT_EQ(replay.NextAnswer(conn), bytes) << name;
        ++compared;
      }
    }
  }
  EXPECT_GT(compared, 100);
  EXPECT_TRUE(replay.AllAnswersSeen());
}

}  // namespace
}  // namespace gatewayd::embedded
