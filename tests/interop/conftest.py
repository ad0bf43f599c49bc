"""The PHP cluster and a gatewayd on it, once with a secret and once without."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

import callers  # noqa: E402
import daemon as daemons  # noqa: E402
import php_cluster  # noqa: E402


@pytest.fixture(scope="session")
def api(tmp_path_factory):
    return daemons.load_api(tmp_path_factory.mktemp("stubs"))


@pytest.fixture(scope="session", params=["a secret", "no secret"])
def cluster(request, tmp_path_factory):
    why = php_cluster.why_not_here()
    if why:
        pytest.skip(f"GatewayWorker is not here: {why}")
    secret = "s3cret \u7528" if request.param == "a secret" else ""
    cluster = php_cluster.PhpCluster(tmp_path_factory.mktemp("php"), secret)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()


@pytest.fixture(scope="session")
def daemon(cluster):
    """The gatewayd of that cluster. It must still run, and end well, when the tests are over."""
    daemon = daemons.Daemon(cluster.register, cluster.secret)
    try:
        daemon.wait_ready()
        yield daemon
    finally:
        status = daemon.stop()
    assert status == 0, daemon.log


@pytest.fixture(scope="session")
def php(cluster, request):
    return _counted(request, callers.PhpCaller(cluster))


@pytest.fixture(scope="session")
def gatewayd(daemon, api, request):
    return _counted(request, callers.GatewaydCaller(daemon.channel, api))


def _counted(request, caller):
    request.config.stash.setdefault(_CALLERS, []).append(caller)
    return caller


_CALLERS = pytest.StashKey()


def pytest_terminal_summary(terminalreporter, config):
    """Says what was compared, so that nobody has to trust a dot."""
    for caller in config.stash.get(_CALLERS, []):
        terminalreporter.write_line(
            f"interop, {caller.name}: {len(caller.called)} of {len(callers.FUNCTIONS)} functions, "
            f"{sum(caller.called.values())} calls"
        )
