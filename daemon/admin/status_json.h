// What the status page is drawn from: one snapshot of the daemon as JSON. docs/status_page.md says what each
// field means. Reads what metrics.h reads, in the same way.
#pragma once

#include <string>

#include "absl/time/time.h"
#include "admin/sources.h"
#include "cluster/change_log.h"

namespace gatewayd::admin {

// Gateways and workers that a snapshot tells of, Gateways in trouble first; of the others only how many.
inline constexpr std::size_t kMaxListed = 500;

// What the page is told about itself.
struct PageFacts {
  bool console = false;   // it is switched on
  bool may_read = false;  // by the token that it brought
  bool may_send = false;
};

std::string StatusJson(const Sources& sources, const PageFacts& page, absl::Time now);

// What changed behind the entry `after`. `instance` tells one life of the daemon from the next, whose numbers
// begin anew.
std::string ChangesJson(const cluster::ChangeLog::Page& page, const std::string& instance);

}  // namespace gatewayd::admin
