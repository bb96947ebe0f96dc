"""The API against its own description: schemathesis sends what fits and what does not, with every check it has.

As a program of its own against a real gateway: its plugin for pytest is switched off (pyproject.toml), as it would be
loaded in every run.
"""

from __future__ import annotations

import base64
import json
import os
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
RECURSIVE = ("POST /rules", "PUT /rules/{rule}", "POST /rules/check", "POST /rules/backtest", "POST /rules/import")
"""Each value of each part of a rule alone, in every nesting, would be 40 000 requests: these get random ones only."""
SCHEMATHESIS = shutil.which("schemathesis", path=str(Path(sys.executable).parent)) or "schemathesis"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    site = Site(tmp_path / "site")
    with site.config.open("a") as config:
        config.write("[api]\nrequests_per_s = 100000\nburst = 1000000\n")
        config.write(
            '[telegram]\napi_url = "http://127.0.0.1:9"\n'
        )  # whatever token is made up, nobody outside sees it
    with site.start():
        yield site


def token(site: Site, scope: str) -> tuple[str, str]:
    """(id, token)."""
    words = ["token", "create", "--api", "--scope", scope, "--data", str(site.data), "--json"]
    made = subprocess.run(gateway_command(*words), capture_output=True, text=True, check=True)
    said = json.loads(made.stdout)
    return said["id"], said["token"]


def furnish(site: Site, bearer: str) -> Device:
    """A window at a plant in a zone, about which somebody wants something; a pump that begins; a rule and a scene; a
    channel.
    """
    (device,) = site.enrol(1, kind="window")
    ask(site, bearer, "zones", {"id": "zone-b", "name": "Zone B"})
    ask(site, bearer, f"devices/{device.device_id}/provision", {"new_plant": {"name": "Fern", "zone": "zone-b"}})
    ask(site, bearer, f"devices/{device.device_id}/commands", {"verb": "identify"})
    measure(site, device, temperature=26.0)
    ask(site, bearer, f"devices/{device.device_id}/override", {"position": 30})
    ask(site, bearer, "assets", {"id": "pump", "name": "Circulation pump", "kind": "pump"})
    (meter,) = site.enrol(1, first=1, kind="pump")
    ask(site, bearer, f"devices/{meter.device_id}/provision", {"asset_id": "pump"})
    measure(site, meter, flow=12.5, vibration=1.4)
    ask(site, bearer, "assets/pump/baseline", {"hours": 24})
    dry = {"kind": "value", "asset": "pump", "metric": "flow", "operator": "<", "value": 1}
    rule = {"name": "Dry pump", "when": dry, "for_s": 60, "then": [{"kind": "notify", "text": "The pump runs dry"}]}
    ask(site, bearer, "rules", rule)
    ask(site, bearer, "rules/dry-pump/enable", {"mode": "shadow"})
    shut = {"kind": "window", "device": device.device_id, "position": 0}
    ask(site, bearer, "scenes", {"name": "Good night", "then": [shut]})
    nowhere = {"kind": "webhook", "url": "http://127.0.0.1:9/alerts", "secret": "not to be told"}
    ask(site, bearer, "channels/nowhere", {"way": nowhere}, "PUT")
    return device


def measure(site: Site, device: Device, **values: float) -> None:
    login = base64.b64encode(f"{device.mqtt_username}:{device.mqtt_password}".encode()).decode()
    url = f"{site.url}/api/devices/{device.device_id}/telemetry"
    request = urllib.request.Request(url, json.dumps(values).encode(), {"Authorization": f"Basic {login}"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        assert answer.status == 204


def ask(site: Site, bearer: str, path: str, body: object, method: str = "POST") -> None:
    headers = {"Authorization": f"Bearer {bearer}", "Content-Type": "application/json"}
    request = urllib.request.Request(f"{site.url}/api/{path}", json.dumps(body).encode(), headers, method=method)
    with urllib.request.urlopen(request, timeout=60) as answer:
        assert answer.status < 300


def schemathesis(site: Site, description: Path, examples: int, kept: str, *who: str) -> dict[str, dict[str, int]]:
    """Fails with what it found. How often each operation was answered with which status.

    `kept` is the id of the token that it must not end: the one it has.
    """
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
    without = (
        f"[[operations]]\ninclude-name = {json.dumps(name)}\nphases.coverage.enabled = false\n" for name in RECURSIVE
    )
    (description.parent / "schemathesis.toml").write_text("".join(without))
    answers = description.parent / "answers.json"
    environment = {
        **os.environ,
        "PYTHONPATH": str(Path(__file__).parent),
        "SCHEMATHESIS_HOOKS": "schemathesis_hooks",
        "SCHEMATHESIS_KEEPS": kept,
        "SCHEMATHESIS_ANSWERS": str(answers),
    }
    made = subprocess.run(command, capture_output=True, text=True, cwd=description.parent, env=environment, check=False)
    assert made.returncode == 0, made.stdout[-12_000:] + made.stderr[-2_000:]
    tested = re.search(r"Tested:\s+(\d+)", made.stdout)
    assert tested is not None
    assert int(tested[1]) > 50
    assert "Internal Server Error" not in site.log.read_text(errors="replace")
    told: dict[str, dict[str, int]] = json.loads(answers.read_text())
    return told


def description(site: Site, bearer: str, folder: Path) -> Path:
    request = urllib.request.Request(f"{site.url}/api/openapi.json", headers={"Authorization": f"Bearer {bearer}"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        (folder / "openapi.json").write_bytes(answer.read())
    return folder / "openapi.json"


def kept_its_sign_in(answers: dict[str, dict[str, int]]) -> None:
    """Else what it was answered says nothing of what is behind the door. Sign-in itself may be tried only so often."""
    behind = {name: told for name, told in answers.items() if name not in ("POST /session", "POST /first-run")}
    turned_away = sum(told.get("401", 0) + told.get("429", 0) for told in behind.values())
    assert turned_away * 50 < sum(sum(told.values()) for told in behind.values()), answers


def test_schemathesis_finds_nothing(site: Site, tmp_path: Path) -> None:
    kept, bearer = token(site, "admin")
    furnish(site, bearer)
    described = description(site, bearer, tmp_path)
    kept_its_sign_in(schemathesis(site, described, 12, kept, "-H", f"Authorization: Bearer {bearer}"))


@pytest.mark.soak
@pytest.mark.parametrize("who", ["read", "operate", "admin", "device"])
def test_schemathesis_finds_nothing_in_many_tries(site: Site, tmp_path: Path, who: str) -> None:
    _, bearer = token(site, "admin")
    device = furnish(site, bearer)
    described = description(site, bearer, tmp_path)
    if who == "device":
        login = f"{device.mqtt_username}:{device.mqtt_password}"
        kept_its_sign_in(schemathesis(site, described, 500, "-", "--auth", login))
    else:
        kept, bearer = token(site, who)
        kept_its_sign_in(schemathesis(site, described, 500, kept, "-H", f"Authorization: Bearer {bearer}"))
