#include "wire/frame.h"

#include <limits>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "gtest/gtest.h"

namespace gatewayd::wire {
namespace {

using Kind = FrameSplit::Kind;

constexpr std::size_t kNoLimit = std::numeric_limits<std::size_t>::max();

std::string Encode(const Frame& frame) {
  std::string bytes;
  AppendFrame(frame, bytes);
  return bytes;
}

// A frame in which every field has bytes of its own, so that no two can be confused.
Frame FullFrame() {
  return Frame{.command = Command::kOnMessage,
               .local_ip = 0x7f000001,
               .local_port = 0x0b54,
               .client_ip = 0xc0a80102,
               .client_port = 0xbeb2,
               .connection_id = 0xfedcba98,
               .flag = kFlagScalarBody | kFlagRaw,
               .gateway_port = 0x1c68,
               .ext = "ext!",
               .body = "the body"};
}

constexpr char kFullFrameHex[] =
    "00000028"           // pack_len
    "03"                 // cmd
    "7f000001"           // local_ip
    "0b54"               // local_port
    "c0a80102"           // client_ip
    "beb2"               // client_port
    "fedcba98"           // connection_id
    "03"                 // flag
    "1c68"               // gateway_port
    "00000004"           // ext_len
    "65787421"           // ext
    "74686520626f6479";  // body

TEST(FrameTest, WritesEachFieldInItsPlace) {
  EXPECT_EQ(absl::BytesToHexString(Encode(FullFrame())), kFullFrameHex);
}

TEST(FrameTest, DefaultsAreThoseOfAFrameToAGateway) {
  const std::string hex =
      absl::BytesToHexString(Encode(Frame{.command = Command::kIsOnline, .connection_id = 2}));
  EXPECT_EQ(hex, "0000001c0b0000000000000000000000000000000201000000000000");
}

TEST(FrameTest, AppendsAfterWhatIsThere) {
  std::string out = "before";
  AppendFrame(FullFrame(), out);
  AppendFrame(Frame{.body = "second"}, out);
  EXPECT_EQ(out, "before" + Encode(FullFrame()) + Encode(Frame{.body = "second"}));
}

TEST(FrameTest, AppendingManyGrowsTheBufferSeldom) {
  std::string out;
  int growths = 0;
  for (int i = 0; i < 10000; ++i) {
    const std::size_t before = out.capacity();
    AppendFrame(FullFrame(), out);
    growths += out.capacity() != before;
  }
  EXPECT_LT(growths, 20);
}

TEST(FrameTest, SizeIsWhatIsWritten) {
  for (const Frame& frame : {Frame{}, Frame{.ext = "e"}, Frame{.body = "b"}, FullFrame()}) {
    EXPECT_EQ(FrameSize(frame), Encode(frame).size());
  }
}

TEST(FrameTest, ReadsBackWhatItWrote) {
  const std::string binary("\0\xff\r\n\x1c", 5);
  for (const Frame& frame : {
           Frame{},
           FullFrame(),
           Frame{.command = static_cast<Command>(99), .flag = 0xff},
           Frame{.ext = binary},
           Frame{.body = binary},
           Frame{.local_ip = 0xffffffff, .local_port = 0xffff, .gateway_port = 0xffff},
       }) {
    const std::string bytes = Encode(frame);
    const FrameSplit split = SplitFrame(bytes, kNoLimit);
    ASSERT_EQ(split.kind, Kind::kFrame);
    EXPECT_EQ(split.size, bytes.size());
    EXPECT_EQ(split.frame, frame);
  }
}

TEST(FrameTest, BorrowsFromTheBytes) {
  const std::string bytes = Encode(FullFrame());
  const FrameSplit split = SplitFrame(bytes, kNoLimit);
  EXPECT_EQ(split.frame.ext.data(), bytes.data() + kFrameHeadSize);
  EXPECT_EQ(split.frame.body.data(), bytes.data() + kFrameHeadSize + 4);
}

TEST(FrameTest, EveryTruncationIsIncomplete) {
  const std::string bytes = Encode(FullFrame());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    // A copy of exactly that size, so that a sanitizer sees any read past it.
    const std::vector<char> part(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
    const FrameSplit split = SplitFrame({part.data(), part.size()}, kNoLimit);
    EXPECT_EQ(split.kind, Kind::kIncomplete) << size;
    EXPECT_EQ(split.size, size < 4 ? 0 : bytes.size()) << size;
  }
}

TEST(FrameTest, LeavesWhatFollowsAlone) {
  const std::string first = Encode(FullFrame());
  const std::string bytes = first + Encode(Frame{.body = "second"}) + "rest";
  FrameSplit split = SplitFrame(bytes, kNoLimit);
  ASSERT_EQ(split.kind, Kind::kFrame);
  EXPECT_EQ(split.size, first.size());
  EXPECT_EQ(split.frame, FullFrame());
  split = SplitFrame(std::string_view(bytes).substr(split.size), kNoLimit);
  ASSERT_EQ(split.kind, Kind::kFrame);
  EXPECT_EQ(split.frame.body, "second");
}

TEST(FrameTest, ALengthBelowTheHeadIsMalformed) {
  for (int length = 0; length < 28; ++length) {
    std::string bytes("\0\0\0", 3);
    bytes += static_cast<char>(length);
    const FrameSplit split = SplitFrame(bytes, kNoLimit);
    EXPECT_EQ(split.kind, Kind::kMalformed) << length;
    EXPECT_EQ(split.error, "pack_len is below 28");
  }
}

// The head of a frame of `size` bytes with `ext_size` of ext_data.
std::string Head(std::uint32_t size, std::uint32_t ext_size) {
  std::string head(kFrameHeadSize, '\0');
  for (std::size_t i = 0; i < 4; ++i) {
    head[i] = static_cast<char>(size >> (24 - 8 * i));
    head[24 + i] = static_cast<char>(ext_size >> (24 - 8 * i));
  }
  return head;
}

TEST(FrameTest, ExtDataPastTheEndIsMalformed) {
  struct Case {
    std::uint32_t size, ext_size;
    bool malformed;
  };
  for (const Case& c : {
           Case{28, 0, false},
           Case{28, 1, true},
           Case{32, 4, false},
           Case{32, 5, true},
           Case{32, 0xfffffff0, true},
           Case{32, 0xffffffff, true},
           Case{0xffffffff, 0xffffffff - 28, false},
           Case{0xffffffff, 0xffffffff - 27, true},
       }) {
    const FrameSplit split = SplitFrame(Head(c.size, c.ext_size) + "1234", kNoLimit);
    EXPECT_EQ(split.kind == Kind::kMalformed, c.malformed) << c.size << " " << c.ext_size;
    EXPECT_EQ(split.error, c.malformed ? "ext_len reaches past the frame's end" : "");
  }
}

TEST(FrameTest, MalformedExtDataShowsBeforeTheFrameIsWhole) {
  EXPECT_EQ(SplitFrame(Head(10000, 9973), kNoLimit).kind, Kind::kMalformed);
}

TEST(FrameTest, TooLargeShowsInTheFirstFourBytes) {
  const std::string bytes = Encode(FullFrame());
  for (const std::size_t size : {std::size_t{4}, kFrameHeadSize, bytes.size()}) {
    const FrameSplit split = SplitFrame(std::string_view(bytes).substr(0, size), bytes.size() - 1);
    EXPECT_EQ(split.kind, Kind::kTooLarge) << size;
    EXPECT_EQ(split.size, bytes.size());
  }
  EXPECT_EQ(SplitFrame(bytes, bytes.size()).kind, Kind::kFrame);
}

TEST(FrameTest, AFrameOfTenMebibytesTravels) {
  const std::string body(kMaxFrameToGateway - kFrameHeadSize, 'x');
  const std::string bytes = Encode(Frame{.body = body});
  const FrameSplit split = SplitFrame(bytes, kMaxFrameToGateway);
  ASSERT_EQ(split.kind, Kind::kFrame);
  EXPECT_EQ(split.frame.body.size(), body.size());
}

}  // namespace
}  // namespace gatewayd::wire
