"""The API against its own description: schemathesis sends what fits and what does not, with every check it has.

As a program of its own against a real gateway: its plugin for pytest is switched off (pyproject.toml), as it would be
loaded in every run.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.bench.processes import gateway_command
from gateway.bench.site import Device, Site

pytestmark = pytest.mark.timeout(1800)
SCHEMATHESIS = shutil.which("schemathesis", path=str(Path(sys.executable).parent)) or "schemathesis"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    site = Site(tmp_path / "site")
    with site.config.open("a") as config:
        config.write("[api]\nrequests_per_s = 100000\nburst = 1000000\n")
    with site.start():
        yield site


def token(site: Site, scope: str) -> str:
    words = ["token", "create", "--api", "--scope", scope, "--data", str(site.data), "--json"]
    made = subprocess.run(gateway_command(*words), capture_output=True, text=True, check=True)
    return str(json.loads(made.stdout)["token"])


def furnish(site: Site, bearer: str) -> Device:
    """Something to find: a device with a reading, at a plant in a zone."""
    (device,) = site.enrol(1)
    ask(site, bearer, "zones", {"id": "zone-b", "name": "Zone B"})
    ask(site, bearer, f"devices/{device.device_id}/provision", {"new_plant": {"name": "Fern", "zone": "zone-b"}})
    ask(site, bearer, f"devices/{device.device_id}/commands", {"verb": "identify"})
    return device


def ask(site: Site, bearer: str, path: str, body: object) -> None:
    headers = {"Authorization": f"Bearer {bearer}", "Content-Type": "application/json"}
    request = urllib.request.Request(f"{site.url}/api/{path}", json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=60) as answer:
        assert answer.status < 300


def schemathesis(site: Site, description: Path, examples: int, *who: str) -> None:
    """Fails with what it found."""
    command = [SCHEMATHESIS, "--no-color", "run", str(description), "--url", f"{site.url}/api", *who]
    command += [
        "--max-examples",
        str(examples),
        "--seed",
        "1",
        "--request-timeout",
        "60",
        "--suppress-health-check=all",
    ]
    made = subprocess.run(command, capture_output=True, text=True, cwd=description.parent, check=False)
    assert made.returncode == 0, made.stdout[-12_000:] + made.stderr[-2_000:]
    tested = re.search(r"Tested:\s+(\d+)", made.stdout)
    assert tested is not None
    assert int(tested[1]) > 50
    assert "Internal Server Error" not in site.log.read_text(errors="replace")


def description(site: Site, bearer: str, folder: Path) -> Path:
    request = urllib.request.Request(f"{site.url}/api/openapi.json", headers={"Authorization": f"Bearer {bearer}"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        (folder / "openapi.json").write_bytes(answer.read())
    return folder / "openapi.json"


def test_schemathesis_finds_nothing(site: Site, tmp_path: Path) -> None:
    bearer = token(site, "admin")
    furnish(site, bearer)
    schemathesis(site, description(site, bearer, tmp_path), 12, "-H", f"Authorization: Bearer {bearer}")


@pytest.mark.soak
@pytest.mark.parametrize("who", ["read", "operate", "admin", "device"])
def test_schemathesis_finds_nothing_in_many_tries(site: Site, tmp_path: Path, who: str) -> None:
    bearer = token(site, "admin")
    device = furnish(site, bearer)
    described = description(site, bearer, tmp_path)
    if who == "device":
        schemathesis(site, described, 500, "--auth", f"{device.mqtt_username}:{device.mqtt_password}")
    else:
        schemathesis(site, described, 500, "-H", f"Authorization: Bearer {token(site, who)}")
