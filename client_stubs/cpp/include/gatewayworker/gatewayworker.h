/// @file
/// The whole package: Worker gets what clients do, Client calls the Gateway API.
///
/// @code
/// #include <gatewayworker/gatewayworker.h>
///
/// int main() {
///   gatewayworker::Worker worker;
///   worker.OnMessage([&](const gatewayworker::Event& event) { worker.SendToCurrentClient(event.body()); });
///   return worker.Run();
/// }
/// @endcode
#pragma once

#include "gatewayworker/client.h"           // IWYU pragma: export
#include "gatewayworker/commands.h"         // IWYU pragma: export
#include "gatewayworker/connection.h"       // IWYU pragma: export
#include "gatewayworker/error.h"            // IWYU pragma: export
#include "gatewayworker/event.h"            // IWYU pragma: export
#include "gatewayworker/message.h"          // IWYU pragma: export
#include "gatewayworker/session.h"          // IWYU pragma: export
#include "gatewayworker/stream_commands.h"  // IWYU pragma: export
#include "gatewayworker/worker.h"           // IWYU pragma: export
