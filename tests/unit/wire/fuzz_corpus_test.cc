// Every file of the fuzzers' corpus, bugs of the past included, through the same functions as the fuzzers.
// Those of requests: tests/unit/api/command_list_test.cc and worker_request_test.cc.
#include <functional>
#include <string>
#include <string_view>

#include "fuzz/frame_fuzz.h"
#include "fuzz/go_json_fuzz.h"
#include "fuzz/go_packet_fuzz.h"
#include "fuzz/php_answers_fuzz.h"
#include "fuzz/php_serialize_fuzz.h"
#include "fuzz/register_line_fuzz.h"
#include "fuzz/replay.h"
#include "gtest/gtest.h"

namespace gatewayd::wire {
namespace {

void Replay(const std::string& fuzzer, const std::function<void(std::string_view)>& entry) {
  fuzz::ReplayCorpus(GATEWAYD_SOURCE_DIR, fuzzer, entry);
}

TEST(FuzzCorpusTest, Frame) {
  Replay("frame_fuzzer", FuzzFrame);
}
TEST(FuzzCorpusTest, PhpSerialize) {
  Replay("php_serialize_fuzzer", FuzzPhpSerialize);
}
TEST(FuzzCorpusTest, RegisterLine) {
  Replay("register_line_fuzzer", FuzzRegisterLine);
}
TEST(FuzzCorpusTest, GoPacket) {
  Replay("go_packet_fuzzer", FuzzGoPacket);
}
TEST(FuzzCorpusTest, GoFrame) {
  Replay("go_frame_fuzzer", FuzzGoFrame);
}
TEST(FuzzCorpusTest, GoAnswers) {
  Replay("go_answers_fuzzer", FuzzGoAnswers);
}
TEST(FuzzCorpusTest, GoSession) {
  Replay("go_session_fuzzer", FuzzGoSession);
}
TEST(FuzzCorpusTest, PhpAnswers) {
  Replay("php_answers_fuzzer", FuzzPhpAnswers);
}

}  // namespace
}  // namespace gatewayd::wire
