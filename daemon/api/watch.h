// The rpc Watch: copies of events for people.
#pragma once

#include <memory>

#include "api/call.h"

namespace gatewayd::api {

// Starts to serve it.
std::unique_ptr<Method> ServeWatch(Core& core);

}  // namespace gatewayd::api
