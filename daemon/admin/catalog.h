// Every metric of /metrics: its name, what it is, and what to do when it moves. The page and docs/metrics.md
// are made of this table, so that neither has what the other lacks.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace gatewayd::admin {

enum class MetricType { kCounter, kGauge, kHistogram };

// One metric. Its texts are literals: they live as long as the program.
struct Metric {
  std::string_view group;  // heading in docs/metrics.md; those of one stand together
  std::string_view name;
  MetricType type = MetricType::kGauge;
  std::string_view unit;    // "seconds", "bytes"; of a count what is counted
  std::string_view labels;  // names with commas between, in the order in which the page has them; or ""
  std::string_view help;    // one line, no backslash
  std::string_view action;  // what to do when it moves; "" where that is no news
};

// In the order of the page.
std::span<const Metric> Catalog();

// "counter", …
std::string_view ToString(MetricType type);

// A count of the cluster's or the event side's counters (GetCounters) as a metric.
struct CounterMetric {
  std::string_view counter;  // by its name there
  std::string_view metric;
  std::string_view label_value;  // of the metric's one label; "" where it has none
};
std::span<const CounterMetric> CounterMetrics();
// Counters that are told by other metrics, in more detail.
std::span<const std::string_view> CountersToldOtherwise();

// docs/metrics.md.
std::string MetricsMarkdown();
// [{"name": …, "type": …, "unit": …, "labels": […], "help": …, "action": …}, …]
std::string MetricsJson();

}  // namespace gatewayd::admin
