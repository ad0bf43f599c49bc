"""deploy/compose: no unknown key, no file that is not there, and a drain that fits. It is not started: that takes Docker."""

import re

import tools

FOLDER = tools.DEPLOY / "compose"
MADE_BY_THE_READER = {"./secret-key"}


def services():
    (file,) = tools.check("compose", FOLDER / "compose.yaml")
    return file["services"], file


def test_every_file_that_it_names_is_there():
    found, file = services()
    for name, service in found.items():
        if "build" in service:
            context = FOLDER / service["build"]["context"]
            assert (context / service["build"].get("dockerfile", "Dockerfile")).is_file(), name
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert not source.startswith(".") or (FOLDER / source).is_file(), f"{name}: {source}"
        for secret in service.get("secrets", []):
            assert file["secrets"][secret]["file"] in MADE_BY_THE_READER
        for other in service.get("depends_on", {}):
            assert other in found


def test_the_worker_shares_gatewayds_loopback_and_outlasts_nothing():
    found, _ = services()
    worker, daemon = found["worker"], found["gatewayd"]
    assert worker["network_mode"] == "service:gatewayd"
    assert worker["environment"]["GATEWAYD_ADDRESS"] == "127.0.0.1:50051" and "GATEWAYD_LISTEN" not in daemon["environment"]
    # Compose stops what depends on another first.
    assert worker["depends_on"]["gatewayd"]["condition"] == "service_healthy"
    drain = int(daemon["environment"]["GATEWAYD_DRAIN_TIMEOUT"].rstrip("s"))
    assert int(daemon["stop_grace_period"].rstrip("s")) >= drain + 5
    assert int(worker["stop_grace_period"].rstrip("s")) >= 30 + 5


def test_the_daemon_takes_its_settings(tmp_path):
    tools.assert_daemon_takes(services()[0]["gatewayd"]["environment"], tmp_path)


def test_no_service_holds_the_secret_in_its_environment():
    for service in services()[0].values():
        assert not [name for name in service.get("environment", {}) if name.endswith("SECRET")]


def test_prometheus_and_grafana_find_each_other():
    found, _ = services()
    (prometheus,) = tools.check("prometheus", FOLDER / "prometheus" / "prometheus.yml")
    (target,) = prometheus["scrape_configs"][0]["static_configs"][0]["targets"]
    host, port = target.split(":")
    assert host in found
    assert re.search(rf"^ENV GATEWAYD_ADMIN_LISTEN=0\.0\.0\.0:{port}$", (tools.ROOT / "Dockerfile").read_text(), re.M)
    (sources,) = tools.check("datasources", FOLDER / "grafana" / "datasources.yaml")
    assert sources["datasources"][0]["url"] == "http://prometheus:9090" and "prometheus" in found
    (boards,) = tools.check("dashboards", FOLDER / "grafana" / "dashboards.yaml")
    mounted = [volume.split(":")[1] for volume in found["grafana"]["volumes"]]
    assert any(path.startswith(boards["providers"][0]["options"]["path"] + "/") for path in mounted)
