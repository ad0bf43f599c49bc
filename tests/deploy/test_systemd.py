"""deploy/systemd: systemd's own opinion of the unit, where systemd is here."""

import re
import shutil
import subprocess

import pytest
import tools

UNIT = tools.DEPLOY / "systemd" / "gatewayd.service"
EXPOSURE = 1.5  # of 10: systemd-analyze's measure


def settings():
    found = {}
    for line in UNIT.read_text().splitlines():
        if line and line[0] not in "#[":
            key, _, value = line.partition("=")
            found.setdefault(key, []).append(value)
    return found


def analyze(*arguments):
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not here")
    return subprocess.run(["systemd-analyze", *arguments], capture_output=True, text=True)


def test_systemd_takes_it(tmp_path):
    # It looks for the programs too: one that is here stands in for them.
    text = UNIT.read_text().replace("/usr/bin/gatewayd ", "/bin/true ")
    (tmp_path / "gatewayd.service").write_text(text)
    done = analyze("verify", "--man=no", tmp_path / "gatewayd.service")
    mine = [line for line in done.stderr.splitlines() if "gatewayd.service" in line]
    assert done.returncode == 0 and not mine, done.stderr


def test_it_gives_away_little():
    done = analyze("security", "--offline=true", f"--threshold={int(EXPOSURE * 10)}", UNIT)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr


def test_the_drain_fits_and_the_secret_is_a_credential(tmp_path):
    unit = settings()
    environment = dict(line.split("=", 1) for line in unit["Environment"])
    assert int(unit["TimeoutStopSec"][0].rstrip("s")) >= int(environment["GATEWAYD_DRAIN_TIMEOUT"].rstrip("s")) + 5
    name = re.fullmatch(r"%d/(\w+)", environment["GATEWAYD_SECRET_FILE"]).group(1)
    assert unit["LoadCredential"][0].startswith(f"{name}:") and "GATEWAYD_SECRET" not in environment
    assert environment["GATEWAYD_LISTEN"] == f"unix:/run/{unit['RuntimeDirectory'][0]}/gatewayd.sock"
    assert environment["GATEWAYD_LISTEN"] in unit["ExecStartPost"][0]
    tools.assert_daemon_takes(environment, tmp_path, f"--flagfile={UNIT.parent / 'flags'}")
