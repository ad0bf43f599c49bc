// The package's functions by name.
#pragma once

#include <string>

#include "arguments.h"

namespace conformance {

// Calls a function of the client; its RESULT. Throws std::out_of_range where there is none of that name.
Value Call(gatewayworker::Client& client, const std::string& name, const Arguments& arguments);

// Sends a command on the worker's stream.
void Send(gatewayworker::StreamCommands& stream, const std::string& name, const Arguments& arguments);

// Makes a command for Execute.
gatewayworker::Command MakeCommand(const std::string& name, const Arguments& arguments);

}  // namespace conformance
