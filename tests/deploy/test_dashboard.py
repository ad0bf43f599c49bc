"""deploy/grafana: a dashboard whose every query names a metric, and labels of it, that docs/metrics.md has."""

import json
import re

import tools

DASHBOARD = json.loads((tools.DEPLOY / "grafana" / "gatewayd.json").read_text())
ROW = re.compile(r"^\| `(\w+)` \| (\w+)[^|]*\| ([^|]*) \|", re.M)
NAME = re.compile(r"\b(?:gatewayd|process)_\w+")
OF_PROMETHEUS = {"instance", "job", "le"}


def metrics():
    """Names that a query may have, with their labels."""
    found = {}
    for name, kind, labels in ROW.findall((tools.ROOT / "docs" / "metrics.md").read_text()):
        suffixes = ("_bucket", "_sum", "_count") if kind == "histogram" else ("",)
        found |= {name + suffix: set(re.findall(r"`(\w+)`", labels)) for suffix in suffixes}
    assert len(found) > 50
    return found


def queries():
    for panel in DASHBOARD["panels"]:
        for target in panel.get("targets", []):
            yield panel["title"], target["expr"], target["legendFormat"]
    for variable in DASHBOARD["templating"]["list"]:
        if variable["type"] == "query":
            yield variable["name"], variable["definition"], ""


def test_every_query_names_metrics_that_there_are():
    known = metrics()
    for title, expression, legend in queries():
        names = set(NAME.findall(expression))
        assert names, f"{title}: no metric in {expression}"
        assert names <= set(known), f"{title}: {names - set(known)}"
        labels = OF_PROMETHEUS.union(*(known[name] for name in names))
        asked = set(re.findall(r"(\w+)=~?\"", expression)) | set(re.findall(r"\{\{(\w+)\}\}", legend))
        for group in re.findall(r"\b(?:by|on) \(([^)]*)\)", expression):
            asked |= set(re.split(r",\s*", group))
        assert asked <= labels, f"{title}: no label {asked - labels} in {expression}"


def test_counters_are_rates_and_brackets_close():
    for title, expression, _ in queries():
        assert expression.count("(") == expression.count(")") and expression.count("{") == expression.count("}"), title
        for name in re.findall(r"\b\w+_total\b", expression):
            assert re.search(rf"\b(rate|increase)\({name}\b", expression), f"{title}: {name} is a counter"


def test_panels_have_ids_of_their_own_and_do_not_overlap():
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(set(ids)) == len(ids)
    taken = set()
    for panel in DASHBOARD["panels"]:
        place = panel["gridPos"]
        cells = {
            (x, y) for x in range(place["x"], place["x"] + place["w"]) for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken and place["x"] + place["w"] <= 24, panel["title"]
        taken |= cells


def test_the_data_source_is_a_choice():
    for panel in DASHBOARD["panels"]:
        for one in (panel, *panel.get("targets", [])):
            if "datasource" in one:
                assert one["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
