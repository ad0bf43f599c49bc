// AdminService: what an operator can see.
#pragma once

#include <memory>
#include <vector>

#include "api/call.h"

namespace gatewayd::api {

// Starts to serve it.
std::vector<std::unique_ptr<Method>> ServeAdmin(Core& core);

}  // namespace gatewayd::api
