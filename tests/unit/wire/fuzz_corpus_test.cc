// Every file of the fuzzers' corpus, bugs of the past included, through the same functions as the fuzzers.
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <vector>

#include "fuzz/frame_fuzz.h"
#include "fuzz/go_json_fuzz.h"
#include "fuzz/go_packet_fuzz.h"
#include "fuzz/php_answers_fuzz.h"
#include "fuzz/php_serialize_fuzz.h"
#include "fuzz/register_line_fuzz.h"
#include "gtest/gtest.h"

namespace gatewayd::wire {
namespace {

std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// A property that does not hold aborts the test program and prints itself; the file's name is printed before.
void Replay(const std::string& fuzzer, const std::function<void(std::string_view)>& entry) {
  int files = 0;
  for (const auto& file : std::filesystem::directory_iterator(std::string(GATEWAYD_SOURCE_DIR) +
                                                              "/tests/fuzz/corpus/" + fuzzer)) {
    SCOPED_TRACE(file.path().string());
    ++files;
    const std::string content = ReadFile(file.path());
    // Copies of exactly the right size, so that a sanitizer sees any read past them.
    for (const std::size_t size : {content.size(), content.size() / 2}) {
      const std::vector<char> bytes(content.begin(), content.begin() + static_cast<std::ptrdiff_t>(size));
      entry({bytes.data(), bytes.size()});
    }
  }
  EXPECT_GE(files, 10);
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
