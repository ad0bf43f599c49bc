#include "admin/readiness.h"

#include <algorithm>

#include "admin/text.h"
#include "cluster/text.h"

namespace gatewayd::admin {
namespace {

using cluster::StrCat;

std::string WithCause(std::string text, const std::string& cause) {
  return cause.empty() ? text : StrCat(text, "; ", cause);
}

// The conditions of readiness, in their order: a Register has answered, and each Gateway was tried once.
std::vector<std::string> WhyStarting(const cluster::ClusterStatus& cluster) {
  std::vector<std::string> reasons;
  if (std::ranges::none_of(cluster.registers, &cluster::RegisterView::answered)) {
    if (cluster.registers.empty()) reasons.emplace_back("no Register has answered");
    for (const cluster::RegisterView& view : cluster.registers) {
      reasons.push_back(
          WithCause(StrCat("no Register has answered: ", view.address, " is ", cluster::ToString(view.state)),
                    view.last_error));
    }
    return reasons;
  }
  for (const cluster::GatewayView& view : cluster.gateways) {
    if (!view.tried) reasons.push_back(StrCat("gateway ", view.address, " has not been tried yet"));
  }
  if (reasons.empty()) reasons.emplace_back("the daemon is starting");
  return reasons;
}

}  // namespace

Readiness ReadinessOf(const HealthFacts& facts) {
  Readiness readiness;
  readiness.degraded = facts.cluster.degraded;
  readiness.degraded.insert(readiness.degraded.end(), facts.events_degraded.begin(),
                            facts.events_degraded.end());
  if (facts.serving) {
    readiness.state = readiness.degraded.empty() ? Readiness::State::kServing : Readiness::State::kDegraded;
  } else if (facts.draining) {
    readiness.state = Readiness::State::kDraining;
    readiness.reasons = {"the daemon is draining: it finishes what it has and ends"};
  } else {
    readiness.reasons = WhyStarting(facts.cluster);
  }
  return readiness;
}

const char* ToString(Readiness::State state) {
  switch (state) {
    case Readiness::State::kStarting:
      return "starting";
    case Readiness::State::kServing:
      return "serving";
    case Readiness::State::kDegraded:
      return "degraded";
    case Readiness::State::kDraining:
      return "draining";
  }
  return "unknown";
}

std::string ToJson(const Readiness& readiness) {
  std::string json = StrCat("{\"ready\": ", readiness.ready() ? "true" : "false", ", \"state\": \"",
                            ToString(readiness.state), "\", \"reasons\": ");
  AppendJson(readiness.reasons, json);
  json += ", \"degraded\": ";
  AppendJson(readiness.degraded, json);
  json += "}\n";
  return json;
}

}  // namespace gatewayd::admin
