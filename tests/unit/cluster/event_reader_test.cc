#include "cluster/event_reader.h"

#include <string>
#include <string_view>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "unit/cluster/describe.h"

namespace gatewayd::cluster {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Kind = EventReader::Item::Kind;
using wire::Command;

constexpr std::size_t kLimit = 1000;

std::string Bytes(Command command, std::string_view body = {}, std::uint32_t connection = 1) {
  std::string bytes;
  wire::AppendFrame({.command = command, .connection_id = connection, .body = body}, bytes);
  return bytes;
}
std::string Message(std::string_view body) {
  return Bytes(Command::kOnMessage, body);
}

class EventReaderTest : public testing::Test {
 protected:
  // Everything that `bytes` bring, which come `step` at a time.
  Texts Read(std::string_view bytes, std::size_t step = ~std::size_t{0}) {
    Texts texts;
    while (!bytes.empty()) {
      input_ += bytes.substr(0, step);
      bytes.remove_prefix(std::min(step, bytes.size()));
      while (!input_.empty()) {
        const EventReader::Item item = reader_.Next(input_);
        expected_ = item.expected;
        if (item.kind == Kind::kMore) break;
        if (item.kind == Kind::kEvent) texts.push_back(Describe(item.frame));
        if (item.kind == Kind::kAnswer) texts.push_back(StrCat("answer ", item.answer));
        if (item.kind == Kind::kTooLarge) texts.push_back("too large");
        if (item.kind == Kind::kGarbage) {
          texts.push_back(StrCat("garbage: ", item.error));
          return texts;
        }
        input_.erase(0, item.used);
      }
    }
    return texts;
  }

  EventReader reader_{wire::PhpDialect(), "s3cret", kLimit};
  std::string input_;
  std::size_t expected_ = 0;
};

TEST_F(EventReaderTest, TheFourEventsInOrder) {
  EXPECT_THAT(
      Read(Bytes(Command::kOnConnect) + Bytes(Command::kOnWebSocketConnect, "a:0:{}") + Message("hi") +
           Bytes(Command::kOnClose)),
      ElementsAre("ON_CONNECT #1", "ON_WEBSOCKET_CONNECT #1 'a:0:{}'", "ON_MESSAGE #1 'hi'", "ON_CLOSE #1"));
}

TEST_F(EventReaderTest, PiecesOfAnySizeGiveTheSame) {
  const std::string bytes = Message("one") + AnswerBytes("i:0;") + Bytes(Command::kPing) +
                            Message(std::string(2000, 'x')) + Message("two") + AnswerBytes("i:1;");
  for (std::size_t step = 1; step < 60; ++step) {
    EXPECT_THAT(Read(bytes, step), ElementsAre("ON_MESSAGE #1 'one'", "answer i:0;", "too large",
                                               "ON_MESSAGE #1 'two'", "answer i:1;"))
        << step;
    EXPECT_THAT(input_, IsEmpty());
  }
}

TEST_F(EventReaderTest, TheSizeOfWhatIsNotWholeIsTold) {
  EXPECT_THAT(Read(Message(std::string(100, 'x')).substr(0, 40)), IsEmpty());
  EXPECT_EQ(expected_, 128u);
}

TEST_F(EventReaderTest, OneAtTheLimitIsReadAndOneAboveItIsPassedOver) {
  const std::string fits(kLimit - wire::kFrameHeadSize, 'x');
  EXPECT_THAT(Read(Message(fits)), ElementsAre("ON_MESSAGE #1 '" + fits + "'"));
  EXPECT_THAT(Read(Message(fits + "x") + Message("next")), ElementsAre("too large", "ON_MESSAGE #1 'next'"));
}

TEST_F(EventReaderTest, ANewConnectionOwesNothingOfTheOldOne) {
  EXPECT_THAT(Read(Message(std::string(2000, 'x')).substr(0, 500)), ElementsAre("too large"));
  input_.clear();
  reader_.Reset();
  EXPECT_THAT(Read(Message("new")), ElementsAre("ON_MESSAGE #1 'new'"));
}

TEST_F(EventReaderTest, WhatIsNoEventIsGarbage) {
  for (const Command command : {Command::kSendToOne, Command::kWorkerConnect, Command::kIsOnline,
                                static_cast<Command>(0), static_cast<Command>(255)}) {
    input_.clear();
    EXPECT_THAT(Read(Message("a") + Bytes(command) + Message("b")),
                ElementsAre("ON_MESSAGE #1 'a'", StrCat("garbage: a frame that is no event: command ",
                                                        static_cast<int>(command))));
  }
}

TEST_F(EventReaderTest, AFrameThatCannotBeIsGarbage) {
  std::string bytes = Message("abc");
  bytes[24] = '\x7f';  // ext_len
  EXPECT_THAT(Read(bytes), ElementsAre("garbage: ext_len reaches past the frame's end"));
  input_.clear();
  EXPECT_THAT(Read(std::string(4, '\0')), ElementsAre("garbage: an answer of no bytes"));
}

TEST_F(EventReaderTest, LookingTwiceGivesTheSameEvent) {
  const std::string bytes = Message("kept");
  EXPECT_EQ(Describe(reader_.Next(bytes).frame), "ON_MESSAGE #1 'kept'");
  EXPECT_EQ(Describe(reader_.Next(bytes).frame), "ON_MESSAGE #1 'kept'");
}

}  // namespace
}  // namespace gatewayd::cluster
