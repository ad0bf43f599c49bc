// Server reflection on the daemon's own completion queue, under both names that tools ask for.
#pragma once

#include <memory>
#include <vector>

#include "api/call.h"

namespace gatewayd::api {

// Starts to serve it. Where there are tokens, whoever has one may ask.
std::vector<std::unique_ptr<Method>> ServeReflection(Core& core);

}  // namespace gatewayd::api
