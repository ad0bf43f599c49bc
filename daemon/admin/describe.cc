// docs/metrics.md and the machine-readable list, both out of the catalog.
#include "admin/catalog.h"
#include "admin/metric_page.h"
#include "admin/text.h"
#include "cluster/text.h"

namespace gatewayd::admin {
namespace {

using cluster::StrCat;

constexpr std::string_view kHead = R"(# Metrics

Made by `gatewayd --describe_metrics`; a test compares the two. `gatewayd --describe_metrics=json` gives the same list to
programs. The admin listener (`--admin_listen`, 127.0.0.1:9090) serves them at `/metrics` in Prometheus' text format. Here of a
daemon with a cluster inside:

```console
$ gatewayd --embedded > gatewayd.log 2>&1 &
$ gatewayd --wait
$ curl -s http://127.0.0.1:9090/metrics
…
# TYPE gatewayd_gateway_up gauge
gatewayd_gateway_up{gateway="127.0.0.1:…"} 1
…
$ kill %1 && wait %1
```

- A scrape has every metric of this page and no other; one with labels has no samples until there is something to say.
- Counters start at 0 with the process. A Gateway's series go when it leaves the cluster; no label ever holds a client, a
  user or a worker, so the number of series follows that of Gateways, methods and commands alone.
- Durations are counted in buckets of 10 µs to 10 s, two a decade.
- What a metric counts by reason is explained in [failures.md](failures.md): each row there names what is counted.
- What counting costs is in [performance.md](performance.md); between scrapes nothing is done for it.
)";

void AppendRow(const Metric& metric, std::string& out) {
  std::string labels;
  for (const std::string& label : LabelNames(metric.labels))
    labels += StrCat(labels.empty() ? "" : ", ", "`", label, "`");
  out += StrCat("| `", metric.name, "` | ", ToString(metric.type), metric.unit.empty() ? "" : ", ",
                metric.unit, " | ", labels.empty() ? "–" : labels, " | ", metric.help, " | ",
                metric.action.empty() ? "–" : metric.action, " |\n");
}

void AppendField(std::string_view name, std::string_view value, std::string& out) {
  out += StrCat("\"", name, "\": ");
  AppendJson(value, out);
}

}  // namespace

std::string MetricsMarkdown() {
  std::string out(kHead);
  std::string_view group;
  for (const Metric& metric : Catalog()) {
    if (metric.group != group) {
      group = metric.group;
      out += StrCat(
          "\n## ", group,
          "\n\n| metric | type, unit | labels | what it is | when it moves |\n|---|---|---|---|---|\n");
    }
    AppendRow(metric, out);
  }
  return out;
}

std::string MetricsJson() {
  std::string out = "[";
  for (const Metric& metric : Catalog()) {
    out += out.size() == 1 ? "\n  {" : ",\n  {";
    AppendField("name", metric.name, out);
    out += ", ";
    AppendField("type", ToString(metric.type), out);
    out += ", ";
    AppendField("unit", metric.unit, out);
    out += ", \"labels\": ";
    AppendJson(LabelNames(metric.labels), out);
    out += ", ";
    AppendField("help", metric.help, out);
    out += ", ";
    AppendField("action", metric.action, out);
    out += "}";
  }
  return out + "\n]\n";
}

}  // namespace gatewayd::admin
