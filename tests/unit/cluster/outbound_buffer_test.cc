#include "cluster/outbound_buffer.h"

#include <deque>
#include <random>
#include <string>
#include <string_view>

#include "gtest/gtest.h"
#include "wire/dialect.h"

namespace gatewayd::cluster {
namespace {

constexpr bool kCommand = true;
constexpr bool kQuery = false;

void Append(OutboundBuffer& buffer, std::string_view frame, bool is_command) {
  buffer.BeginFrame().append(frame);
  buffer.EndFrame(is_command);
}

// Writes everything that waits, and returns it.
std::string Drain(OutboundBuffer& buffer) {
  std::string written;
  for (std::string_view bytes = buffer.Front(); !bytes.empty(); bytes = buffer.Front()) {
    written += bytes;
    buffer.Consume(bytes.size());
  }
  return written;
}

TEST(OutboundBufferTest, AnEmptyBufferHasNothingToWriteAndNothingToLose) {
  OutboundBuffer buffer(100);
  EXPECT_EQ(buffer.Front(), "");
  EXPECT_EQ(buffer.pending(), 0u);
  EXPECT_EQ(buffer.appended(), 0u);
  EXPECT_EQ(buffer.written(), 0u);
  EXPECT_EQ(buffer.Reset(), 0u);
}

TEST(OutboundBufferTest, FramesComeOutInTheOrderOfAppending) {
  OutboundBuffer buffer(100);
  Append(buffer, "one,", kCommand);
  Append(buffer, "two,", kQuery);
  EXPECT_EQ(buffer.Front(), "one,two,");
  Append(buffer, "three", kCommand);
  EXPECT_EQ(Drain(buffer), "one,two,three");
  EXPECT_EQ(buffer.pending(), 0u);
}

TEST(OutboundBufferTest, AppendingDoesNotMoveWhatIsBeingWritten) {
  OutboundBuffer buffer(1 << 20);
  Append(buffer, "front", kCommand);
  const std::string_view front = buffer.Front();
  for (int i = 0; i < 1000; ++i)
    Append(buffer, std::string(500, 'x'), kCommand);
  EXPECT_EQ(front, "front");
  EXPECT_EQ(front.data(), buffer.Front().data());
}

TEST(OutboundBufferTest, APartialWriteLeavesTheRest) {
  OutboundBuffer buffer(100);
  Append(buffer, "abcdef", kCommand);
  ASSERT_EQ(buffer.Front(), "abcdef");
  buffer.Consume(2);
  EXPECT_EQ(buffer.Front(), "cdef");
  EXPECT_EQ(buffer.pending(), 4u);
  Append(buffer, "gh", kCommand);
  EXPECT_EQ(buffer.Front(), "cdef");
  buffer.Consume(4);
  EXPECT_EQ(buffer.Front(), "gh");
}

TEST(OutboundBufferTest, OffsetsCountTheWholeLifeOfTheConnection) {
  OutboundBuffer buffer(100);
  Append(buffer, "1234", kCommand);
  EXPECT_EQ(buffer.appended(), 4u);
  EXPECT_EQ(buffer.written(), 0u);
  Drain(buffer);
  EXPECT_EQ(buffer.written(), 4u);
  Append(buffer, "567", kCommand);
  EXPECT_EQ(buffer.appended(), 7u);
  buffer.Front();
  buffer.Consume(1);
  EXPECT_EQ(buffer.written(), 5u);
  Append(buffer, "89", kCommand);
  EXPECT_EQ(buffer.appended(), 9u);
  EXPECT_EQ(buffer.written(), 5u);
}

TEST(OutboundBufferTest, RoomEndsExactlyAtTheLimit) {
  OutboundBuffer buffer(10);
  EXPECT_TRUE(buffer.HasRoom(10));
  EXPECT_FALSE(buffer.HasRoom(11));
  Append(buffer, "123456", kCommand);
  EXPECT_TRUE(buffer.HasRoom(4));
  EXPECT_FALSE(buffer.HasRoom(5));
}

TEST(OutboundBufferTest, RoomComesBackAsBytesAreWritten) {
  OutboundBuffer buffer(10);
  Append(buffer, "1234567890", kCommand);
  EXPECT_FALSE(buffer.HasRoom(1));
  buffer.Front();
  buffer.Consume(3);
  EXPECT_TRUE(buffer.HasRoom(3));
  EXPECT_FALSE(buffer.HasRoom(4));
}

TEST(OutboundBufferTest, EveryCommandThatWasNotWrittenIsLost) {
  OutboundBuffer buffer(100);
  Append(buffer, "one", kCommand);
  Append(buffer, "two", kCommand);
  EXPECT_EQ(buffer.Reset(), 2u);
}

TEST(OutboundBufferTest, ACommandWrittenInPartIsLost) {
  OutboundBuffer buffer(100);
  Append(buffer, "one", kCommand);
  Append(buffer, "two", kCommand);
  buffer.Front();
  buffer.Consume(5);  // one, tw
  EXPECT_EQ(buffer.Reset(), 1u);
}

TEST(OutboundBufferTest, ACommandWrittenToItsLastByteIsNotLost) {
  OutboundBuffer buffer(100);
  Append(buffer, "one", kCommand);
  Append(buffer, "two", kCommand);
  buffer.Front();
  buffer.Consume(3);
  EXPECT_EQ(buffer.Reset(), 1u);

  Append(buffer, "one", kCommand);
  Drain(buffer);
  EXPECT_EQ(buffer.Reset(), 0u);
}

TEST(OutboundBufferTest, OneByteShortOfTheEndIsLost) {
  OutboundBuffer buffer(100);
  Append(buffer, "one", kCommand);
  buffer.Front();
  buffer.Consume(2);
  EXPECT_EQ(buffer.Reset(), 1u);
}

TEST(OutboundBufferTest, QueriesAreNotCountedAsLostCommands) {
  OutboundBuffer buffer(100);
  Append(buffer, "query", kQuery);
  Append(buffer, "command", kCommand);
  buffer.Front();
  Append(buffer, "query", kQuery);
  Append(buffer, "command", kCommand);
  buffer.Consume(2);
  EXPECT_EQ(buffer.Reset(), 2u);
}

TEST(OutboundBufferTest, AFrontFromAnEarlierTurnDoesNotShiftTheCount) {
  OutboundBuffer buffer(100);
  Append(buffer, "first turn", kCommand);
  Drain(buffer);
  Append(buffer, "one", kCommand);
  Append(buffer, "two", kCommand);
  buffer.Front();
  buffer.Consume(3);
  Append(buffer, "three", kCommand);
  EXPECT_EQ(buffer.Reset(), 2u);
}

TEST(OutboundBufferTest, ResetStartsANewLife) {
  OutboundBuffer buffer(10);
  Append(buffer, "old bytes!", kCommand);
  buffer.Front();
  buffer.Consume(4);
  buffer.Reset();
  EXPECT_EQ(buffer.Front(), "");
  EXPECT_EQ(buffer.pending(), 0u);
  EXPECT_EQ(buffer.appended(), 0u);
  EXPECT_EQ(buffer.written(), 0u);
  EXPECT_TRUE(buffer.HasRoom(10));
  Append(buffer, "new", kCommand);
  EXPECT_EQ(Drain(buffer), "new");
  EXPECT_EQ(buffer.Reset(), 0u);
}

// What is shown has been sealed, whole frames at a time; what is appended meanwhile waits for its turn.
TEST(OutboundBufferTest, NothingIsShownUnsealed) {
  const auto codec = wire::GoDialect().NewPacketCodec("secret");
  const auto other = wire::GoDialect().NewPacketCodec("secret");
  const wire::Frame frame{.command = wire::Command::kSendToOne, .body = "a body of more than sixteen bytes"};
  OutboundBuffer buffer(1 << 20);
  buffer.SealBy(*codec);
  EXPECT_EQ(buffer.Front(), "");
  const auto append = [&](int count) {
    for (int i = 0; i < count; ++i) {
      codec->AppendUnsealed(frame, buffer.BeginFrame());
      buffer.EndFrame(kCommand);
    }
  };
  std::string written;
  append(5000);
  const std::size_t size = buffer.pending() / 5000;
  for (int turn = 0; buffer.pending() > 0; ++turn) {
    const std::string_view front = buffer.Front();
    ASSERT_FALSE(front.empty());
    ASSERT_LT(front.size(), wire::PacketCodec::kSealAtOnce + size);
    if (turn < 10) append(3);
    EXPECT_EQ(buffer.Front(), front);
    const std::size_t count = turn % 3 == 0 ? front.size() : 1 + front.size() / 2;
    written += front.substr(0, count);
    buffer.Consume(count);
  }
  std::string_view rest = written;
  int frames = 0;
  for (; !rest.empty(); ++frames) {
    const wire::Packet packet = other->Next(rest, wire::LinkRole::kEvents, 1000);
    ASSERT_EQ(packet.kind, wire::Packet::Kind::kFrame) << packet.error;
    ASSERT_EQ(packet.frame.body, frame.body);
    rest.remove_prefix(packet.size);
  }
  EXPECT_EQ(frames, 5030);
  EXPECT_EQ(buffer.Reset(), 0u);
}

TEST(OutboundBufferTest, ANewLifeIsSealedByItsOwnCodec) {
  OutboundBuffer buffer(1000);
  const wire::Frame frame{.command = wire::Command::kPing};
  for (const std::string_view secret : {"one", "two"}) {
    const auto codec = wire::GoDialect().NewPacketCodec(secret);
    buffer.SealBy(*codec);
    for (int i = 0; i < 2; ++i) {
      codec->AppendUnsealed(frame, buffer.BeginFrame());
      buffer.EndFrame(kQuery);
    }
    const auto reader = wire::GoDialect().NewPacketCodec(secret);
    EXPECT_EQ(reader->Next(buffer.Front(), wire::LinkRole::kEvents, 1000).kind, wire::Packet::Kind::kFrame);
    buffer.Consume(10);
    buffer.Reset();
  }
}

// A burst must not keep its memory for every link for ever.
TEST(OutboundBufferTest, ABurstGivesItsMemoryBack) {
  constexpr std::size_t kBurst = 4 * 1024 * 1024;
  OutboundBuffer buffer(16 * 1024 * 1024);
  Append(buffer, std::string(kBurst, 'x'), kCommand);
  Drain(buffer);
  buffer.Front();
  EXPECT_LT(buffer.BeginFrame().capacity(), kBurst);
  Append(buffer, std::string(kBurst, 'x'), kCommand);
  buffer.Reset();
  EXPECT_LT(buffer.BeginFrame().capacity(), kBurst);
}

// Against the simplest model there is: one string, and where each command ends in it.
TEST(OutboundBufferTest, RandomUseAgreesWithAModel) {
  std::mt19937 random(4);
  OutboundBuffer buffer(1000);
  std::string all;
  std::deque<std::size_t> ends;
  std::size_t written = 0;
  for (int step = 0; step < 20000; ++step) {
    const unsigned what = random() % 100;
    if (what < 50) {
      const std::string frame(1 + random() % 60, static_cast<char>('a' + step % 26));
      ASSERT_EQ(buffer.HasRoom(frame.size()), all.size() - written + frame.size() <= 1000);
      if (!buffer.HasRoom(frame.size())) continue;
      const bool is_command = random() % 2 == 0;
      Append(buffer, frame, is_command);
      all += frame;
      if (is_command) ends.push_back(all.size());
    } else if (what < 98) {
      const std::string_view front = buffer.Front();
      ASSERT_EQ(front, std::string_view(all).substr(written, front.size()));
      ASSERT_EQ(front.empty(), written == all.size());
      const std::size_t count = front.empty() ? 0 : random() % (front.size() + 1);
      buffer.Consume(count);
      written += count;
    } else {
      while (!ends.empty() && ends.front() <= written)
        ends.pop_front();
      ASSERT_EQ(buffer.Reset(), ends.size());
      all.clear();
      ends.clear();
      written = 0;
    }
    ASSERT_EQ(buffer.pending(), all.size() - written);
    ASSERT_EQ(buffer.appended(), all.size());
    ASSERT_EQ(buffer.written(), written);
  }
}

}  // namespace
}  // namespace gatewayd::cluster
