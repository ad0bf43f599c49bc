// A frame against the fields that the recorders of both dialects wrote beside its bytes.
#pragma once

#include <cstdint>

#include "gtest/gtest.h"
#include "unit/wire/vectors.h"
#include "wire/frame.h"

namespace gatewayd::wire {

// All but ext and body, which the two recorders wrote differently.
inline void ExpectRecordedHead(const Frame& frame, const boost::json::object& fields) {
  const auto number = [&](const char* name) { return fields.at(name).to_number<std::uint32_t>(); };
  EXPECT_EQ(static_cast<std::uint32_t>(frame.command), number("cmd"));
  EXPECT_EQ(frame.local_ip, number("local_ip"));
  EXPECT_EQ(frame.local_port, number("local_port"));
  EXPECT_EQ(frame.client_ip, number("client_ip"));
  EXPECT_EQ(frame.client_port, number("client_port"));
  EXPECT_EQ(frame.connection_id, number("connection_id"));
  EXPECT_EQ(frame.flag, number("flag"));
  EXPECT_EQ(frame.gateway_port, number("gateway_port"));
}

}  // namespace gatewayd::wire
