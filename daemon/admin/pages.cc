#include "admin/pages.h"

#include <memory>

#include "admin/metrics.h"
#include "admin/readiness.h"

namespace gatewayd::admin {

void AddPages(const Sources& sources, Router& router) {
  router.Get("/healthz", [](const HttpRequest&) { return HttpResponse{.body = "ok\n"}; });
  router.Get("/readyz", [sources](const HttpRequest&) {
    const Readiness readiness = ReadinessOf(ReadHealth(sources));
    return HttpResponse{.status = readiness.ready() ? 200 : 503,
                        .content_type = "application/json",
                        .body = ToJson(readiness)};
  });
  router.Get("/metrics", [metrics = std::make_shared<Metrics>(sources)](const HttpRequest&) {
    return HttpResponse{.content_type = kMetricsContentType, .body = metrics->Text()};
  });
}

}  // namespace gatewayd::admin
