// What the PHP `Gateway` class makes of its Gateways' answers, so that recorded answers can be compared with
// the results that PHP gave its callers.
#pragma once

#include <set>
#include <string>
#include <vector>

#include <boost/json.hpp>

#include "wire/client_id.h"
#include "wire/command.h"

namespace gatewayd::wire {

struct MergedAnswer {
  GatewayAddress gateway;
  Command command;
  std::string bytes;
};

// The calls that MergeAnswers knows.
std::set<std::string> MergedCalls();

// The result of `call`, read from all its answers with the php dialect's decoders.
boost::json::value MergeAnswers(const std::string& call, const std::vector<MergedAnswer>& answers);

// The form in which two results of `call` can be compared: uids and groups as strings, id lists as sets,
// truth values as such, an empty list as an empty map, whole doubles as integers.
boost::json::value Normalized(const std::string& call, const boost::json::value& result);

}  // namespace gatewayd::wire
