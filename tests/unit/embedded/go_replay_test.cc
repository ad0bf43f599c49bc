// What real Go Gateways were recorded to say, from the same causes: each recorded request is executed, each
// recorded event is caused, and what comes out is compared.
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <fstream>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "boost/json.hpp"
#include "embedded/gateway_state.h"

namespace gatewayd::embedded {
namespace {

namespace json = boost::json;
using wire::Command;

std::string Text(const json::value& value) {
  return {value.get_string().data(), value.get_string().size()};
}

// Lists sorted: Go hands out sets in the order of its maps.
json::value Sorted(json::value value) {
  if (json::array* list = value.if_array()) {
    std::sort(list->begin(), list->end(), [](const json::value& a, const json::value& b) {
      return json::serialize(a) < json::serialize(b);
    });
  } else if (json::object* object = value.if_object()) {
    for (auto& entry : *object)
      entry.value() = Sorted(entry.value());
  }
  return value;
}

std::string Hex(const wire::Frame& frame) {
  std::string bytes;
  wire::AppendFrame(frame, bytes);
  return absl::BytesToHexString(bytes);
}

class GoReplay {
 public:
  void Play(const json::object& line) {
    GatewayState& state = StateOf(line);
    const auto conn = static_cast<LinkId>(line.at("conn").to_number<int>());
    if (line.contains("response_text")) return CompareAnswer(conn, Text(line.at("response_text")));
    const std::string bytes = absl::HexStringToBytes(Text(line.at("frame_hex")));
    const wire::Frame frame = wire::SplitFrame(bytes, bytes.size()).frame;
    if (Text(line.at("direction")) == "to_gateway") return Execute(state, conn, frame);
    const Actions actions = Cause(state, frame);
    ASSERT_EQ(actions.size(), 1u) << wire::CommandName(frame.command);
    const auto* event = std::get_if<SendEvent>(&actions[0]);
    ASSERT_NE(event, nullptr);
    EXPECT_EQ(event->link, conn);
    EXPECT_EQ(Hex(event->frame), Text(line.at("frame_hex"))) << wire::CommandName(frame.command);
    ++events;
  }

  int events = 0;
  int answers = 0;
  int alike = 0;  // answers equal to the byte

  StateCounters Counters() const {
    StateCounters sum;
    for (const auto& [gateway, state] : states_) {
      sum.would_have_crashed += state->counters().would_have_crashed;
      sum.concurrent_writers += state->counters().concurrent_writers;
      sum.unknown_commands += state->counters().unknown_commands;
    }
    return sum;
  }

 private:
  GatewayState& StateOf(const json::object& line) {
    const int gateway = line.at("gateway").to_number<int>();
    std::unique_ptr<GatewayState>& state = states_[gateway];
    if (state == nullptr) {
      GatewayState::Options options;
      options.address = {0x7f000001, static_cast<std::uint16_t>(54320 + gateway)};
      options.secret = "s3cret-go";
      options.dialect = &GoGatewayDialect();
      state = std::make_unique<GatewayState>(options);
    }
    return *state;
  }

  void Execute(GatewayState& state, LinkId conn, const wire::Frame& frame) {
    if (links_.insert(conn).second) state.AddLink(conn, "127.0.0.1");
    for (const Action& action : state.Execute(conn, frame)) {
      if (const auto* answer = std::get_if<SendAnswer>(&action)) answers_[conn].push_back(answer->payload);
      EXPECT_FALSE(std::holds_alternative<DropLink>(action));
      EXPECT_FALSE(std::holds_alternative<CloseLink>(action));
    }
  }

  void CompareAnswer(LinkId conn, const std::string& recorded) {
    ASSERT_FALSE(answers_[conn].empty());
    const std::string answer = answers_[conn].front();
    answers_[conn].pop_front();
    EXPECT_EQ(Sorted(json::parse(answer)), Sorted(json::parse(recorded)));
    ++answers;
    alike += answer == recorded ? 1 : 0;
  }

  Actions Cause(GatewayState& state, const wire::Frame& recorded) {
    switch (recorded.command) {
      case Command::kOnConnect:
        return Connect(state, recorded, ClientProtocol::kText);
      case Command::kOnWebSocketConnect: {
        EXPECT_TRUE(Connect(state, recorded, ClientProtocol::kWebSocket).empty());
        return state.ClientHandshake(recorded.connection_id, Request(recorded.body));
      }
      case Command::kOnMessage:
        return state.ClientMessage(recorded.connection_id, recorded.body);
      case Command::kOnClose:
        return state.RemoveClient(recorded.connection_id);
      default:
        return state.PingWorkers();
    }
  }

  static Actions Connect(GatewayState& state, const wire::Frame& recorded, ClientProtocol protocol) {
    Actions actions;
    ClientInfo info{
        .protocol = protocol, .ip = recorded.client_ip, .port = recorded.client_port, .gateway_port = 8181};
    EXPECT_EQ(state.AddClient(info, actions), recorded.connection_id);
    return actions;
  }

  // The handshake that had this body: more than two of its parts are there, as the daemon's own reader gives.
  static wire::Value Request(std::string_view body) {
    const json::value parts = json::parse({body.data(), body.size()});
    const auto text = [](std::string value) { return wire::Value{std::move(value)}; };
    wire::Array server{.entries = {}, .is_list = false};
    server.entries.emplace_back("QUERY_STRING", text("of php"));
    for (const char* name : {"REQUEST_URI", "HTTP_HOST"})
      server.entries.emplace_back(name, text(Text(parts.at("server").at(name))));
    wire::Array cookie{.entries = {}, .is_list = false};
    cookie.entries.emplace_back("sid", text("1"));
    wire::Array request{.entries = {}, .is_list = false};
    request.entries.emplace_back("server", wire::Value{std::move(server)});
    request.entries.emplace_back("cookie", wire::Value{std::move(cookie)});
    return {std::move(request)};
  }

  std::map<int, std::unique_ptr<GatewayState>> states_;
  std::set<LinkId> links_;
  std::map<LinkId, std::deque<std::string>> answers_;
};

TEST(GoRecordedPackets, AreWhatTheEmbeddedGatewaySays) {
  std::ifstream file(GATEWAYD_VECTORS "/go/frames.jsonl");
  ASSERT_TRUE(file.is_open());
  GoReplay replay;
  for (std::string line; std::getline(file, line);) {
    SCOPED_TRACE(line.substr(0, 160));
    replay.Play(json::parse(line).as_object());
  }
  EXPECT_GT(replay.events, 30);
  EXPECT_GT(replay.answers, 80);
  EXPECT_GT(replay.alike, replay.answers * 3 / 4);
  EXPECT_EQ(replay.Counters().would_have_crashed, 0u);
  EXPECT_EQ(replay.Counters().unknown_commands, 2u);  // the hand-written PING and command 99
}

}  // namespace
}  // namespace gatewayd::embedded
