// What the tests of queries and of barriers before them have in common.
#pragma once

#include "unit/cluster/gateway_harness.h"

namespace gatewayd::cluster {

inline constexpr const char* kNoGroups = "a:0:{}";

inline Options OneQueryLink() {
  Options options = GatewayHarness::TestOptions();
  options.query_links = 1;
  return options;
}

}  // namespace gatewayd::cluster
