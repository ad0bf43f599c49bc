#include "cluster/gateway.h"

#include <memory>

#include "gtest/gtest.h"
#include "unit/cluster/stub_gateway.h"

namespace gatewayd::cluster {
namespace {

TEST(WriteBatchTest, FlushesEachGatewayOnceAndForgetsIt) {
  const auto a = std::make_shared<StubGateway>();
  const auto b = std::make_shared<StubGateway>();
  WriteBatch batch;
  EXPECT_TRUE(batch.empty());
  batch.Add(a);
  batch.Add(b);
  EXPECT_FALSE(batch.empty());
  EXPECT_EQ(a->flushes, 0);
  batch.Flush();
  EXPECT_EQ(a->flushes, 1);
  EXPECT_EQ(b->flushes, 1);
  EXPECT_TRUE(batch.empty());
  batch.Flush();
  EXPECT_EQ(a->flushes, 1);
}

TEST(WriteBatchTest, WhatWasForgottenIsFlushedAtTheEndOfItsLife) {
  const auto gateway = std::make_shared<StubGateway>();
  {
    WriteBatch batch;
    batch.Add(gateway);
  }
  EXPECT_EQ(gateway->flushes, 1);
}

TEST(WriteBatchTest, KeepsAGatewayAliveUntilItIsFlushed) {
  auto gateway = std::make_shared<StubGateway>();
  std::weak_ptr<StubGateway> watched = gateway;
  WriteBatch batch;
  batch.Add(std::move(gateway));
  EXPECT_FALSE(watched.expired());
  batch.Flush();
  EXPECT_TRUE(watched.expired());
}

}  // namespace
}  // namespace gatewayd::cluster
