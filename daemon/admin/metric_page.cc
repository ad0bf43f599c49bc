#include "admin/metric_page.h"

#include <glog/logging.h>

#include <limits>

#include "absl/strings/str_split.h"
#include "admin/catalog.h"
#include "admin/text.h"
#include "wire/absl_view.h"

namespace gatewayd::admin {
namespace {

constexpr double kNanoseconds = 1e9;

prometheus::MetricType TypeOf(MetricType type) {
  switch (type) {
    case MetricType::kCounter:
      return prometheus::MetricType::Counter;
    case MetricType::kGauge:
      return prometheus::MetricType::Gauge;
    case MetricType::kHistogram:
      return prometheus::MetricType::Histogram;
  }
  return prometheus::MetricType::Untyped;
}

}  // namespace

std::vector<std::string> LabelNames(std::string_view labels) {
  if (labels.empty()) return {};
  return absl::StrSplit(wire::ToAbsl(labels), ", ");
}

MetricPage::MetricPage() {
  for (const Metric& metric : Catalog()) {
    index_.emplace(metric.name, families_.size());
    families_.push_back(
        {.name = std::string(metric.name), .help = std::string(metric.help), .type = TypeOf(metric.type)});
  }
}

prometheus::ClientMetric& MetricPage::NewSample(std::string_view name, LabelValues labels) {
  const auto at = index_.find(name);
  CHECK(at != index_.end()) << name << " is not in the catalog";
  const std::vector<std::string> names = LabelNames(Catalog()[at->second].labels);
  CHECK_EQ(names.size(), labels.size()) << name;
  prometheus::ClientMetric& sample = families_[at->second].metric.emplace_back();
  std::size_t i = 0;
  for (const std::string_view value : labels)
    sample.label.push_back({names[i++], Clean(value)});
  return sample;
}

void MetricPage::Add(std::string_view name, LabelValues labels, double value) {
  prometheus::ClientMetric& sample = NewSample(name, labels);
  sample.counter.value = value;  // whichever of the two it is
  sample.gauge.value = value;
}

void MetricPage::Add(std::string_view name, LabelValues labels, const cluster::Durations::Counts& durations) {
  prometheus::ClientMetric::Histogram& histogram = NewSample(name, labels).histogram;
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < durations.buckets.size(); ++i) {
    count += durations.buckets[i];
    const bool last = i == cluster::Durations::kBounds.size();
    histogram.bucket.push_back(
        {count, last ? std::numeric_limits<double>::infinity()
                     : static_cast<double>(cluster::Durations::kBounds[i]) / kNanoseconds});
  }
  histogram.sample_count = count;
  histogram.sample_sum = static_cast<double>(durations.nanoseconds) / kNanoseconds;
}

}  // namespace gatewayd::admin
