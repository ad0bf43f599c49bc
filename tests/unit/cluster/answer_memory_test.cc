#include "cluster/answer_memory.h"

#include <limits>
#include <thread>
#include <vector>

#include "gtest/gtest.h"

namespace gatewayd::cluster {
namespace {

TEST(AnswerMemoryTest, TakesUpToTheLimitExactly) {
  AnswerMemory memory(100);
  EXPECT_TRUE(memory.Reserve(60));
  EXPECT_FALSE(memory.Reserve(41));
  EXPECT_TRUE(memory.Reserve(40));
  EXPECT_FALSE(memory.Reserve(1));
  EXPECT_EQ(memory.used(), 100u);
}

TEST(AnswerMemoryTest, ARefusedReservationTakesNothing) {
  AnswerMemory memory(100);
  EXPECT_FALSE(memory.Reserve(101));
  EXPECT_EQ(memory.used(), 0u);
  EXPECT_TRUE(memory.Reserve(100));
}

TEST(AnswerMemoryTest, WhatIsReleasedCanBeTakenAgain) {
  AnswerMemory memory(100);
  ASSERT_TRUE(memory.Reserve(100));
  memory.Release(30);
  EXPECT_EQ(memory.used(), 70u);
  EXPECT_TRUE(memory.Reserve(30));
  EXPECT_FALSE(memory.Reserve(1));
}

TEST(AnswerMemoryTest, AHugeLengthDoesNotWrapAround) {
  AnswerMemory memory(100);
  ASSERT_TRUE(memory.Reserve(50));
  EXPECT_FALSE(memory.Reserve(std::numeric_limits<std::size_t>::max()));
  EXPECT_FALSE(memory.Reserve(std::numeric_limits<std::size_t>::max() - 49));
  EXPECT_EQ(memory.used(), 50u);
}

TEST(AnswerMemoryTest, NothingFitsAlways) {
  AnswerMemory memory(0);
  EXPECT_TRUE(memory.Reserve(0));
  EXPECT_FALSE(memory.Reserve(1));
}

TEST(AnswerMemoryTest, ThreadsTogetherStayBelowTheLimit) {
  AnswerMemory memory(1000);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&memory] {
      for (int i = 0; i < 10000; ++i) {
        if (!memory.Reserve(300)) continue;
        EXPECT_LE(memory.used(), 1000u);
        memory.Release(300);
      }
    });
  }
  for (std::thread& thread : threads)
    thread.join();
  EXPECT_EQ(memory.used(), 0u);
}

}  // namespace
}  // namespace gatewayd::cluster
