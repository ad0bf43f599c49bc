// WorkerService: the rpcs Attach and Watch.
#pragma once

#include <memory>
#include <vector>

#include "api/call.h"

namespace gatewayd::api {

// Starts to serve them.
std::vector<std::unique_ptr<Method>> ServeWorkers(Core& core);

}  // namespace gatewayd::api
