// The status page at /, and the JSON that it is drawn from.
#pragma once

#include <memory>

#include "admin/console.h"
#include "admin/router.h"
#include "admin/sources.h"
#include "security/tokens.h"

namespace gatewayd::admin {

// Both are kept by the handlers, as long as the router lives.
struct StatusPageOptions {
  std::shared_ptr<const security::TokenStore> tokens;  // null: none are set (StatusAccess)
  std::shared_ptr<Console> console;                    // null: it is off
};

// / and its files, /api/status, /api/changes and /api/console.
void AddStatusPages(const Sources& sources, const StatusPageOptions& options, Router& router);

}  // namespace gatewayd::admin
