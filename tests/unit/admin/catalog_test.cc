#include "admin/catalog.h"

#include <map>
#include <regex>
#include <set>

#include "admin/metric_page.h"
#include "boost/json/parse.hpp"
#include "boost/json/value.hpp"
#include "cluster/counters.h"
#include "events/counters.h"
#include "gtest/gtest.h"

namespace gatewayd::admin {
namespace {

const Metric* Find(std::string_view name) {
  for (const Metric& metric : Catalog()) {
    if (metric.name == name) return &metric;
  }
  return nullptr;
}

TEST(CatalogTest, NamesAndUnitsAreByPrometheusConventions) {
  std::set<std::string_view> names;
  const std::regex ours("(gatewayd|process)_[a-z0-9_]*[a-z0-9]");
  for (const Metric& metric : Catalog()) {
    EXPECT_TRUE(names.insert(metric.name).second) << metric.name;
    EXPECT_TRUE(std::regex_match(std::string(metric.name), ours)) << metric.name;
    const bool counter = metric.type == MetricType::kCounter;
    EXPECT_EQ(metric.name.ends_with("_total"), counter) << metric.name;
    const std::string_view base = metric.name.substr(0, metric.name.size() - (counter ? 6 : 0));
    EXPECT_EQ(base.ends_with("_seconds"), metric.unit == "seconds") << metric.name;
    EXPECT_EQ(base.ends_with("_bytes"), metric.unit == "bytes") << metric.name;
    EXPECT_TRUE(metric.help.ends_with(".")) << metric.name;
    EXPECT_EQ(metric.help.find_first_of("\\\n|"), std::string_view::npos) << metric.name;
    EXPECT_EQ(metric.action.find_first_of("\\\n|"), std::string_view::npos) << metric.name;
  }
}

TEST(CatalogTest, GroupsStandTogether) {
  std::set<std::string_view> seen;
  std::string_view group;
  for (const Metric& metric : Catalog()) {
    if (metric.group == group) continue;
    group = metric.group;
    EXPECT_TRUE(seen.insert(group).second) << group;
  }
}

TEST(CatalogTest, LabelsAreOfKindsWithABound) {
  const std::set<std::string> bounded = {"gateway", "register", "link", "state",  "service", "method", "code",
                                         "command", "reason",   "kind", "result", "version", "dialect"};
  for (const Metric& metric : Catalog()) {
    for (const std::string& label : LabelNames(metric.labels))
      EXPECT_TRUE(bounded.contains(label)) << metric.name << " " << label;
  }
}

// What GetCounters tells, /metrics tells too.
TEST(CatalogTest, EachCounterIsAMetric) {
  std::map<std::string, std::uint64_t> counters = cluster::Counters().ByName();
  counters.merge(events::Counters().ByName());
  std::set<std::string> mapped;
  for (const std::string_view name : CountersToldOtherwise())
    mapped.emplace(name);
  for (const CounterMetric& known : CounterMetrics()) {
    EXPECT_TRUE(mapped.emplace(known.counter).second) << known.counter;
    const Metric* metric = Find(known.metric);
    ASSERT_NE(metric, nullptr) << known.metric;
    EXPECT_EQ(metric->type, MetricType::kCounter) << known.metric;
    EXPECT_EQ(LabelNames(metric->labels).size(), known.label_value.empty() ? 0 : 1) << known.metric;
  }
  for (const auto& [name, count] : counters)
    EXPECT_TRUE(mapped.contains(name)) << name << " is in no metric: counter_metrics.cc";
  for (const std::string& name : mapped)
    EXPECT_TRUE(counters.contains(name)) << name << " is no counter";
}

TEST(CatalogTest, TheListForProgramsIsTheCatalog) {
  const boost::json::value list = boost::json::parse(MetricsJson());
  ASSERT_EQ(list.as_array().size(), Catalog().size());
  EXPECT_EQ(list.at(0).at("name").as_string(), "gatewayd_build_info");
  EXPECT_EQ(list.at(0).at("type").as_string(), "gauge");
  EXPECT_EQ(list.at(0).at("labels").at(1).as_string(), "dialect");
}

TEST(MetricPageTest, HasEachFamilyAndTheBucketsOfDurations) {
  MetricPage page;
  cluster::Durations durations;
  durations.Add(5'000);           // 5 us
  durations.Add(10'000);          // on a bound: in its bucket
  durations.Add(20'000'000'000);  // above the last
  page.Add("gatewayd_query_duration_seconds", {"SELECT"}, durations.Read());
  page.Add("gatewayd_register_up", {"a\xff"}, 1);
  const std::vector<prometheus::MetricFamily> families = page.Take();
  ASSERT_EQ(families.size(), Catalog().size());
  for (const prometheus::MetricFamily& family : families) {
    if (family.name == "gatewayd_register_up") {
      ASSERT_EQ(family.metric.size(), 1);
      EXPECT_EQ(family.metric[0].label[0].name, "register");
      EXPECT_EQ(family.metric[0].label[0].value, "a?");
    }
    if (family.name != "gatewayd_query_duration_seconds") continue;
    ASSERT_EQ(family.metric.size(), 1);
    const auto& histogram = family.metric[0].histogram;
    EXPECT_EQ(histogram.sample_count, 3);
    EXPECT_DOUBLE_EQ(histogram.sample_sum, 20.000015);
    ASSERT_EQ(histogram.bucket.size(), cluster::Durations::kBounds.size() + 1);
    EXPECT_DOUBLE_EQ(histogram.bucket[0].upper_bound, 0.00001);
    EXPECT_EQ(histogram.bucket[0].cumulative_count, 2);
    EXPECT_EQ(histogram.bucket[12].cumulative_count, 2);
    EXPECT_EQ(histogram.bucket[13].cumulative_count, 3);
  }
}

}  // namespace
}  // namespace gatewayd::admin
