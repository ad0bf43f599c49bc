// /metrics: what the daemon has counted, read when it is scraped. Nothing is done for it between scrapes.
#pragma once

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>

#include <string>
#include <vector>

#include "admin/sources.h"

namespace gatewayd::admin {

// Thread-safe as its sources are. A scrape takes the lock of each Gateway for as long as a copy of its state
// takes, a microsecond or two, one after the other.
class Metrics final : public prometheus::Collectable {
 public:
  explicit Metrics(Sources sources) : sources_(std::move(sources)) {}

  // Each family of the catalog and no other.
  std::vector<prometheus::MetricFamily> Collect() const override;
  // The same as Prometheus' text format, version 0.0.4.
  std::string Text() const;

 private:
  const Sources sources_;
};

inline constexpr char kMetricsContentType[] = "text/plain; version=0.0.4; charset=utf-8";

}  // namespace gatewayd::admin
