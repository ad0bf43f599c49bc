// The rpcs of AdminService about workers, and the drains.
#pragma once

#include <memory>
#include <vector>

#include "api/call.h"

namespace gatewayd::api {

// Starts to serve them.
std::vector<std::unique_ptr<Method>> ServeAdminOfWorkers(Core& core);

}  // namespace gatewayd::api
