#include "api/request_id.h"

#include <gtest/gtest.h>

namespace gatewayd::api {
namespace {

constexpr char kTrace[] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

TEST(RequestIdTest, TheCallersOwnComesFirstThenTheTrace) {
  EXPECT_EQ(RequestId("a-1", ""), "a-1");
  EXPECT_EQ(RequestId("a-1", kTrace), "a-1");
  EXPECT_EQ(RequestId("", kTrace), "0af7651916cd43dd8448eb211c80319c");
  EXPECT_EQ(RequestId("", ""), "");
}

TEST(RequestIdTest, WhatCouldForgeALineIsIgnored) {
  EXPECT_EQ(RequestId(std::string(128, 'x'), ""), std::string(128, 'x'));
  for (const std::string& bad :
       {std::string(129, 'x'), std::string("a b"), std::string("a\nb"), std::string("a\"b"),
        std::string("caf\xc3\xa9"), std::string("a]b"), std::string("a\0b", 3)}) {
    EXPECT_EQ(RequestId(bad, ""), "") << bad;
    EXPECT_EQ(RequestId(bad, kTrace), "0af7651916cd43dd8448eb211c80319c");
  }
}

TEST(RequestIdTest, WhatIsNoTraceparent) {
  EXPECT_EQ(RequestId("", "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more"),
            "0af7651916cd43dd8448eb211c80319c");
  for (const char* bad : {"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
                          "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                          "00-00000000000000000000000000000000-b7ad6b7169203331-01",
                          "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
                          "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01more",
                          "00_0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "nonsense"}) {
    EXPECT_EQ(RequestId("", bad), "") << bad;
  }
}

}  // namespace
}  // namespace gatewayd::api
