// What the admin listener has for probes and for Prometheus.
#pragma once

#include "admin/router.h"
#include "admin/sources.h"

namespace gatewayd::admin {

// /healthz, /readyz and /metrics.
void AddPages(const Sources& sources, Router& router);

}  // namespace gatewayd::admin
