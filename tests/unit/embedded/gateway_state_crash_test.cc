// What would stop a PHP Gateway with all its clients: the sender's link is dropped, and it is counted.
#include <gtest/gtest.h>

#include "embedded/gateway_state.h"
#include "unit/embedded/state_harness.h"

namespace gatewayd::embedded {
namespace {

using wire::Command;

struct Case {
  const char* what;
  Command command;
  std::uint32_t id;
  std::string ext;
  std::string body;
  std::uint8_t flag;
};

class Crash : public testing::TestWithParam<Case> {};

TEST_P(Crash, DropsTheLinkAndIsCounted) {
  const Case& c = GetParam();
  StateHarness h;
  h.Client(ClientProtocol::kWebSocket);
  h.Client(ClientProtocol::kText);
  h.Run(Command::kSetSession, 1, "a:0:{}");
  h.Run(Command::kSetSession, 2, "i:5;");
  Actions actions = h.Run(c.command, c.id, c.ext, c.body, c.flag);
  ASSERT_EQ(actions.size(), 1u);
  ASSERT_TRUE(std::holds_alternative<DropLink>(actions[0])) << testing::PrintToString(actions[0]);
  EXPECT_EQ(std::get<DropLink>(actions[0]).link, 1u);
  EXPECT_FALSE(std::get<DropLink>(actions[0]).reason.empty());
  EXPECT_EQ(h.state.counters().would_have_crashed, 1u);
  EXPECT_TRUE(h.Run(Command::kIsOnline, 1).empty());  // nothing more from that link
  h.state.RemoveLink(1);
  h.state.AddLink(5, "127.0.0.1");
  EXPECT_EQ(h.Run(Command::kIsOnline, 1, {}, {}, 1, 5).size(), 1u);  // others go on
}

INSTANTIATE_TEST_SUITE_P(
    Known, Crash,
    testing::Values(
        Case{"empty update", Command::kUpdateSession, 1, "", "", 1},
        Case{"garbled update", Command::kUpdateSession, 1, "a:1:{", "", 1},
        Case{"update that is no array", Command::kUpdateSession, 1, "i:5;", "", 1},
        Case{"update over a session that is no array", Command::kUpdateSession, 2, "a:0:{}", "", 1},
        Case{"unknown field", Command::kSelect, 0, R"({"fields":["eventLoop"],"where":[]})", "", 1},
        Case{"field that is no string", Command::kSelect, 0, R"({"fields":[["uid"]],"where":[]})", "", 1},
        Case{"select of a string", Command::kSelect, 0, R"("text")", "", 1},
        Case{"nested group in where", Command::kSelect, 0, R"({"fields":["uid"],"where":{"groups":[["a"]]}})",
             "", 1},
        Case{"nested id in where", Command::kSelect, 0,
             R"({"fields":["uid"],"where":{"connection_id":[[1]]}})", "", 1},
        Case{"nested uid", Command::kSendToUid, 0, R"([["a"]])", "x", 1},
        Case{"object as uid", Command::kSendToUid, 0, R"([{"a":1}])", "x", 1},
        Case{"nested uid in a batch", Command::kBatchGetClientIdByUid, 0, R"([["a"]])", "", 1},
        Case{"nested group in a batch", Command::kBatchGetClientCountByGroup, 0, R"([["a"]])", "", 1},
        Case{"nested group", Command::kSendToGroup, 0, R"({"group":[["a"]],"exclude":null})", "x", 1},
        Case{"group as a string", Command::kSendToGroup, 0, R"("a")", "x", 1},
        Case{"nested connection", Command::kSendToAll, 0, R"({"connections":[[1]]})", "x", 1},
        Case{"number as message", Command::kSendToOne, 1, "", "i:5;", 0},
        Case{"garbled message", Command::kSendToOne, 1, "", "rubbish", 0},
        Case{"raw array", Command::kSendToOne, 1, "", "a:0:{}", wire::kFlagRaw},
        Case{"array to a text client", Command::kSendToOne, 2, "", "a:0:{}", 0},
        Case{"array to all, a text client among them", Command::kSendToAll, 0, "", "a:0:{}", 0},
        Case{"array that is not UTF-8", Command::kSendToOne, 1, "", "a:1:{i:0;s:1:\"\xff\";}", 0},
        Case{"garbled last message", Command::kKick, 1, "", "rubbish", 0},
        Case{"null to a text client", Command::kSendToOne, 2, "", "N;", 0},
        Case{"hello with an array", Command::kWorkerConnect, 0, "", "a:0:{}", 0},
        Case{"hello that is a string", Command::kGatewayClientConnect, 0, "", "\"text\"", 1}),
    [](const testing::TestParamInfo<Case>& info) {
      std::string name = info.param.what;
      for (char& c : name) {
        if (!isalnum(static_cast<unsigned char>(c))) c = '_';
      }
      return name;
    });

}  // namespace
}  // namespace gatewayd::embedded
