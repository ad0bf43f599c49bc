"""What `./dev image` made: what is in it, and that it runs as an orchestrator runs it."""

import pathlib
import re
import stat

import container
import grpc
import pytest
from daemon import load_api

ROOT = pathlib.Path(__file__).resolve().parents[2]
LIMIT = 40_000_000  # bytes
NOT_IN_THE_IMAGE = {"git", "libgtest-dev", "libgmock-dev", "libbenchmark-dev"}  # of BUILD_PACKAGES: for tests and ./dev


@pytest.fixture(scope="module")
def root():
    with container.mounted() as folder:
        yield folder


@pytest.fixture(scope="module")
def api(tmp_path_factory):
    return load_api(tmp_path_factory.mktemp("api"))


@pytest.fixture
def run(root):
    """Starts containers, and ends those that a test has left."""
    running = []

    def start(*flags, **settings):
        running.append(container.Container(root, *flags, **settings))
        return running[-1]

    yield start
    for one in running:
        one.close()


def files_of(root):
    return [path for path in root.rglob("*") if path.is_file() and not path.is_symlink()]


def packages_of(root):
    lines = (root / "usr/share/doc/gatewayd/packages").read_text().splitlines()
    assert lines[0] == "# package version architecture source source-version"
    return {line.split()[0]: line.split() for line in lines[1:]}


def test_it_is_small(root, capsys):
    size = sum(path.stat().st_size for path in files_of(root))
    with capsys.disabled():
        print(f"\nimage: {size / 1e6:.1f} MB in {len(files_of(root))} files; at most {LIMIT / 1e6:.0f} MB")
    assert size <= LIMIT


def test_packages_are_listed_for_scanners(root, capsys):
    packages = packages_of(root)
    assert {"libc6", "libssl3", "libstdc++6", "libboost1.81-dev"} <= set(packages)
    assert any(name.startswith("libgrpc") for name in packages)
    for name, (_, version, *_) in packages.items():
        entry = (root / "var/lib/dpkg/status.d" / name).read_text()
        assert f"Package: {name}\n" in entry and f"\nVersion: {version}\n" in entry
        assert (root / "usr/share/doc" / name / "copyright").is_file()
    assert 'VERSION_ID="12"' in (root / "etc/os-release").read_text()
    with capsys.disabled():
        print("\nimage: Debian packages in it, source and version:")
        for source in sorted({f"  {fields[3]} {fields[4]}" for fields in packages.values()}):
            print(source)


def test_there_is_one_program_and_no_shell(root):
    programs = {path for path in files_of(root) if path.stat().st_mode & 0o111 and ".so" not in path.name}
    assert programs == {root / "usr/bin/gatewayd"}
    for name in ("sh", "bash", "dash", "busybox", "env", "apt", "dpkg", "perl"):
        assert not list(root.glob(f"**/bin/{name}")), name


def test_no_file_gives_rights_away(root):
    for path in root.rglob("*"):
        mode = path.lstat().st_mode
        assert not mode & (stat.S_ISUID | stat.S_ISGID), path
        assert stat.S_ISLNK(mode) or not mode & stat.S_IWOTH, path
        assert path.lstat().st_uid == (container.UID if path == root / "run/gatewayd" else 0), path


def test_the_program_is_stripped_and_names_no_path_of_its_build(root):
    program = (root / "usr/bin/gatewayd").read_bytes()
    assert b".debug_info" not in program
    assert b"/src/daemon" not in program and b"/src/build" not in program


def test_it_says_how_to_run_it():
    config = container.config()
    assert config["User"] == f"{container.UID}:{container.UID}"
    assert config["Entrypoint"] == ["/usr/bin/gatewayd"]
    assert config["Healthcheck"]["Test"] == ["CMD", "/usr/bin/gatewayd", "--probe"]
    assert config["StopSignal"] == "SIGTERM"
    labels = {name.removeprefix("org.opencontainers.image."): value for name, value in config["Labels"].items()}
    assert labels["title"] == "gatewayd" and labels["licenses"] == "MIT"
    assert re.fullmatch(r"\d+\.\d+\.\d+", labels["version"])
    assert re.fullmatch(r"[0-9a-f]{40}", labels["revision"])
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ", labels["created"])
    assert not [variable for variable in config["Env"] if "SECRET" in variable]


def test_the_dockerfile_installs_what_dev_installs():
    dev = re.search(r"BUILD_PACKAGES=\((.*?)\)", (ROOT / "dev").read_text(), re.S).group(1).split()
    dockerfile = re.search(r"--no-install-recommends \\\n(.*?)>/dev/null", (ROOT / "Dockerfile").read_text(), re.S).group(1)
    assert set(dockerfile.replace("\\", " ").split()) == set(dev) - NOT_IN_THE_IMAGE


def test_it_serves_and_drains(run, api):
    one = run("--embedded", "--listen=127.0.0.1:50051,unix:/run/gatewayd/gatewayd.sock")
    one.wait_for("gatewayd is listening on")
    with grpc.insecure_channel(f"unix:{one.run}/gatewayd.sock") as channel:
        gateway = api.gateway_grpc.GatewayServiceStub(channel)
        request = api.gateway.GetAllClientCountRequest()
        assert gateway.GetAllClientCount(request, wait_for_ready=True, timeout=20).count == 0
        assert one.execute(*container.config()["Healthcheck"]["Test"][1:]).returncode == 0

    process = pathlib.Path(f"/proc/{one.pid}")
    status = (process / "status").read_text()
    assert f"Uid:\t{container.UID}\t" in status and "CapEff:\t0000000000000000" in status
    (root_mount,) = [line for line in (process / "mountinfo").read_text().splitlines() if line.split()[4] == "/"]
    assert "ro" in root_mount.split()[5].split(",")
    interfaces = {line.split(":")[0].strip() for line in (process / "net/dev").read_text().splitlines()[2:]}
    assert interfaces <= {"lo", "sit0", "ip6tnl0", "tunl0"}, "some network beyond loopback"

    one.signal("TERM")
    assert one.wait() == 0, one.log


def test_the_probe_fails_while_nothing_serves(run):
    one = run("--probe")
    assert one.wait() == 1
    assert "not ready" in one.log


def test_a_configuration_that_opens_it_to_all_is_refused(run):
    one = run("--register=127.0.0.1:1236", "--listen=0.0.0.0:50051")
    assert one.wait() == 2
    assert "0.0.0.0:50051" in one.log
