"""The gateway as a target of a real Prometheus: what it shows passes promtool, and the alerts ask for what there is."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.bench.processes import Server, free_port, gateway_command, spawn
from gateway.bench.site import Device, Site

ROOT = Path(__file__).parents[2]
RULES = ROOT / "ansible/roles/prometheus/files/gateway_alerts.yml"
PROMETHEUS_OWN = {"up"}
ONLY_ON_SOME_MACHINES = {"gateway_disk_written_per_day_bytes"}
"""Known only after a while, and where the kernel counts."""


class Seen:
    """A running gateway with one device that has sent something, and a token to read with."""

    def __init__(self, site: Site, device: Device, token: str) -> None:
        self.site = site
        self.device = device
        self.token = token

    def metrics(self) -> str:
        request = urllib.request.Request(f"{self.site.url}/metrics", headers={"Authorization": f"Bearer {self.token}"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return str(answer.read().decode())


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    site = Site(tmp_path_factory.mktemp("scraped"))
    with site.start():
        (device,) = site.enrol(1)
        words = ["token", "create", "--api", "--scope", "read", "--data", str(site.data), "--json"]
        made = subprocess.run(gateway_command(*words), capture_output=True, text=True, check=True)
        for payload in ('{"temperature":21.5}', '{"temperature":"warm"}'):
            publish(site, device, f"devices/{device.device_id}/telemetry", payload)
        publish(
            site, device, f"devices/{device.device_id}/heartbeat", '{"uptime_ms":90000,"rssi":-61,"free_heap":4096}'
        )
        yield Seen(site, device, json.loads(made.stdout)["token"])


def publish(site: Site, device: Device, topic: str, payload: str) -> None:
    """As any MQTT client does."""
    ca = site.data.parent / "ca.pem"
    ca.write_text(device.ca_pem)
    who = ["-i", device.device_id, "-u", device.mqtt_username, "-P", device.mqtt_password]
    where = ["-h", "localhost", "-p", str(site.tls_port), "--cafile", str(ca), "-q", "1", "-t", topic]
    subprocess.run(["mosquitto_pub", *where, *who, "-m", payload], check=True, timeout=60)


@pytest.mark.needs("promtool", "mosquitto_pub")
def test_what_is_shown_passes_promtool(seen: Seen) -> None:
    done = subprocess.run(
        ["promtool", "check", "metrics"], input=seen.metrics(), capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.needs("mosquitto_pub")
def test_a_device_is_shown_with_its_counts_and_what_it_said_of_itself(seen: Seen) -> None:
    labels = f'{{device="{seen.device.device_id}",simulated="false"}}'
    text = seen.metrics()
    for line in (
        f"gateway_device_readings_total{labels} 1.0",
        f"gateway_device_quarantined_messages_total{labels} 1.0",
        f"gateway_device_rssi_dbm{labels} -61.0",
        f"gateway_device_free_heap_bytes{labels} 4096.0",
        f"gateway_device_uptime_seconds{labels} 90.0",
    ):
        assert f"{line}\n" in text
    assert re.search(r'gateway_http_request_duration_seconds_count\{method="POST",route="/api/devices/register"', text)


@pytest.mark.needs("prometheus", "mosquitto_pub")
def test_a_prometheus_scrapes_it_with_a_token_and_loads_the_alerts(seen: Seen, tmp_path: Path) -> None:
    with start_prometheus(seen, tmp_path) as server:
        instance = f"127.0.0.1:{seen.site.http_port}"
        count = ask(server, f'gateway_device_readings_total{{instance="{instance}"}}')
        assert [(one["metric"]["device"], one["value"][1]) for one in count] == [(seen.device.device_id, "1")]
        slowest = ask(server, "histogram_quantile(0.99, gateway_store_commit_duration_seconds_bucket)")
        assert float(slowest[0]["value"][1]) > 0


@pytest.mark.needs("promtool")
def test_the_alerts_are_well_formed_and_come_when_they_should() -> None:
    for words in (["check", "rules", str(RULES)], ["test", "rules", str(ROOT / "tests/prometheus/alerts_test.yml")]):
        done = subprocess.run(["promtool", *words], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_every_alert_has_a_test() -> None:
    alerts = re.findall(r"- alert: (\w+)", RULES.read_text())
    tested = (ROOT / "tests/prometheus/alerts_test.yml").read_text()
    assert len(alerts) > 10
    assert [name for name in alerts if f'alertname="{name}"' not in tested] == []


@pytest.mark.needs("mosquitto_pub")
def test_the_alerts_ask_only_for_what_the_gateway_shows(seen: Seen) -> None:
    asked = set(re.findall(r"\b(?:gateway|process)_[a-z_]+\b", "\n".join(re.findall(r"expr: (.*)", RULES.read_text()))))
    shown = {line.split()[2] for line in seen.metrics().splitlines() if line.startswith("# TYPE")}
    missing = {name.removesuffix("_bucket") for name in asked} - shown - PROMETHEUS_OWN - ONLY_ON_SOME_MACHINES
    assert missing == set()


def start_prometheus(seen: Seen, folder: Path) -> Server:
    """One that has scraped the gateway at least once."""
    configuration = {
        "global": {"scrape_interval": "1s"},
        "rule_files": [str(RULES)],
        "scrape_configs": [
            {
                "job_name": "gateway",
                "authorization": {"credentials": seen.token},
                "static_configs": [{"targets": [f"127.0.0.1:{seen.site.http_port}"]}],
            }
        ],
    }
    (folder / "prometheus.yml").write_text(json.dumps(configuration))  # JSON is YAML
    port = free_port()
    program = shutil.which("prometheus") or "prometheus"
    words = [f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/series"]
    server = spawn([program, *words, f"--web.listen-address=127.0.0.1:{port}"], folder / "prometheus.log")
    server.port = port
    deadline = time.monotonic() + 60
    while not scraped(server):
        if not server.alive or time.monotonic() > deadline:
            server.stop()
            raise AssertionError(server.output()[-2000:])
        time.sleep(0.2)
    return server


def scraped(server: Server) -> bool:
    """Whether it has got something from its target."""
    try:
        return any(one["value"][1] == "1" for one in ask(server, 'up{job="gateway"}'))
    except OSError:
        return False


def ask(server: Server, query: str) -> list[dict[str, dict[str, str]]]:
    """What Prometheus answers."""
    url = f"http://127.0.0.1:{server.port}/api/v1/query?query={urllib.parse.quote(query)}"
    with urllib.request.urlopen(url, timeout=30) as answer:
        found: list[dict[str, dict[str, str]]] = json.load(answer)["data"]["result"]
    return found
