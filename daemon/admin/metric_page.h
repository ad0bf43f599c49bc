// A page of metrics that is being filled: each family of the catalog, in its order, with or without samples.
#pragma once

#include <prometheus/metric_family.h>

#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "cluster/durations.h"

namespace gatewayd::admin {

// Not thread-safe. A name that the catalog lacks, or labels in another number than it says, is a bug.
class MetricPage {
 public:
  MetricPage();

  // The values of the metric's labels, in the catalog's order.
  using LabelValues = std::initializer_list<std::string_view>;
  void Add(std::string_view name, LabelValues labels, double value);
  void Add(std::string_view name, double value) { Add(name, {}, value); }
  void Add(std::string_view name, LabelValues labels, const cluster::Durations::Counts& durations);

  std::vector<prometheus::MetricFamily> Take() { return std::move(families_); }

 private:
  prometheus::ClientMetric& NewSample(std::string_view name, LabelValues labels);

  std::vector<prometheus::MetricFamily> families_;
  absl::flat_hash_map<std::string_view, std::size_t> index_;
};

// The names of a metric's labels.
std::vector<std::string> LabelNames(std::string_view labels);

}  // namespace gatewayd::admin
