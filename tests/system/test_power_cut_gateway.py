"""kill -9 and torn files: `gateway run` starts again and keeps every acknowledged reading and registration."""

from __future__ import annotations

import base64
import json
import random
import ssl
import threading
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.bench.processes import Server
from gateway.bench.site import Device, Site

from .pahoclient import Paho
from .powercut import tear

NODES = 3
IN_FLIGHT = 20
REGISTERED_PER_CUT = 3


def trusting(device: Device) -> ssl.SSLContext:
    """Verifies the gateway's certificate against the CA it handed out."""
    return ssl.create_default_context(cadata=device.ca_pem)


def values(site: Site, device: Device, metric: str) -> list[float]:
    """The history a device reads of itself with its own credentials, in order."""
    words = f"{device.mqtt_username}:{device.mqtt_password}".encode()
    request = urllib.request.Request(
        f"{site.url}/api/devices/{device.device_id}/history?metric={metric}",
        headers={"Authorization": "Basic " + base64.b64encode(words).decode()},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return [reading["value"] for reading in json.load(answer)["readings"]]


class Node:
    """A real MQTT client over TLS that counts in its readings, through every power cut."""

    def __init__(self, site: Site, device: Device) -> None:
        self.device = device
        self.count = 0
        self._paho = Paho(
            site.tls_port,
            device.device_id,
            clean=False,
            user=device.mqtt_username,
            password=device.mqtt_password,
            tls=trusting(device),
        )
        self._topic = f"devices/{device.device_id}/telemetry"
        self._seq_of: dict[int, int] = {}
        self._ended = False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._ended:
            if self._paho.flushed(0.2, leave=IN_FLIGHT):
                reading = {"boot": "power", "seq": self.count, "uptime_ms": int(time.monotonic() * 1000)}
                mid = self._paho.send(self._topic, json.dumps({**reading, "co2": self.count}))
                self._seq_of[mid] = self.count
                self.count += 1
                time.sleep(0.004)

    def acknowledged(self) -> set[int]:
        """Sequence numbers the gateway has said are safe."""
        return {self._seq_of[mid] for mid in self._paho.acknowledged.copy() if mid in self._seq_of}

    def finish(self) -> None:
        """Stop counting; everything must then be acknowledged."""
        self._ended = True
        self._thread.join()
        assert self._paho.flushed(30), f"{self._paho.unfinished} readings were never acknowledged"

    def close(self) -> None:
        self._ended = True
        self._thread.join()
        self._paho.close()


class Enrolling:
    """Registers devices until it is cut off; knows the ones that were answered."""

    def __init__(self, site: Site) -> None:
        self.answered: list[Device] = []
        self._site = site
        self._next = 1000

    def run(self, token: str) -> None:
        for _ in range(REGISTERED_PER_CUT):
            self._next += 1
            try:
                self.answered.append(self._site.register(token, self._next))
            except (OSError, ValueError):
                return  # the power went


def run_cuts(folder: Path, cuts: int, seed: int) -> None:
    dice = random.Random(seed)
    site = Site(folder)
    server = site.start()
    nodes = [Node(site, device) for device in site.enrol(NODES)]
    enrolling = Enrolling(site)
    try:
        for cut in range(cuts):
            server = cut_once(server, site, dice, enrolling)
            if cuts < 20 or cut % 20 == 0:
                check_readings(site, nodes)
            for device in enrolling.answered[-REGISTERED_PER_CUT:]:
                assert values(site, device, "co2") == []
        for node in nodes:
            node.finish()
            assert values(site, node.device, "co2") == list(range(node.count))
        for device in enrolling.answered:
            assert values(site, device, "co2") == []
    finally:
        for node in nodes:
            node.close()
        server.kill()


def check_readings(site: Site, nodes: list[Node]) -> None:
    """Every reading acknowledged by now is in the history, and none twice."""
    for node in nodes:
        promised = node.acknowledged()
        kept = values(site, node.device, "co2")
        lost = promised - set(map(int, kept))
        assert not lost, f"{len(lost)} of {len(promised)} acknowledged readings lost, first {min(lost)}"
        assert len(kept) == len(set(kept)), "a reading is there twice"


def cut_once(server: Server, site: Site, dice: random.Random, enrolling: Enrolling) -> Server:
    """Load, a kill at a random moment, torn files, a restart; the server that runs now."""
    token = site.token(REGISTERED_PER_CUT)
    thread = threading.Thread(target=enrolling.run, args=(token,), daemon=True)
    thread.start()
    time.sleep(dice.uniform(0.0, 0.8))
    server.kill()
    thread.join()
    done = tear(site.data, dice)
    try:
        return site.start()
    except Exception as error:
        raise AssertionError(f"did not start after {done}") from error


def test_8_power_cuts_lose_no_acknowledged_reading_or_registration(tmp_path: Path) -> None:
    run_cuts(tmp_path, 8, seed=8)


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_200_power_cuts_lose_no_acknowledged_reading_or_registration(tmp_path: Path) -> None:
    run_cuts(tmp_path, 200, seed=200)


def halve(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def garble(path: Path) -> None:
    raw = bytearray(path.read_bytes())
    dice = random.Random(len(raw))
    for _ in range(50):
        raw[dice.randrange(len(raw))] = dice.randrange(256)
    path.write_bytes(raw)


def empty(path: Path) -> None:
    path.write_bytes(b"")


@pytest.fixture(scope="module")
def inhabited(tmp_path_factory: pytest.TempPathFactory) -> tuple[Site, list[Device]]:
    """A data folder with readings and three devices, whose gateway was killed."""
    site = Site(tmp_path_factory.mktemp("inhabited"))
    server = site.start()
    try:
        devices = site.enrol(NODES)
        nodes = [Node(site, device) for device in devices]
        time.sleep(0.3)
        for node in nodes:
            node.finish()
            node.close()
    finally:
        server.kill()
    return site, devices


@pytest.mark.parametrize("damage", [halve, garble, empty], ids=lambda damage: damage.__name__)
@pytest.mark.parametrize("ending", [".db", "-wal", "-shm", ".json"])
def test_it_starts_with_damaged_files(
    inhabited: tuple[Site, list[Device]], ending: str, damage: Callable[[Path], None], tmp_path: Path
) -> None:
    whole, _devices = inhabited
    site = Site(tmp_path)
    copy_folder(whole.data, site.data)
    victims = [path for path in site.data.rglob("*") if path.name.endswith(ending) and path.stat().st_size]
    assert victims, f"nothing ends in {ending}"
    for victim in victims:
        damage(victim)
    with site.start():
        newcomer = site.enrol(1, first=500)[0]
        assert values(site, newcomer, "co2") == []


def test_a_torn_registry_loses_no_device(inhabited: tuple[Site, list[Device]], tmp_path: Path) -> None:
    whole, devices = inhabited
    site = Site(tmp_path)
    copy_folder(whole.data, site.data)
    for document in (site.data / "documents").glob("*.json"):
        halve(document)
    with site.start():
        for device in devices:
            assert values(site, device, "co2")


def copy_folder(source: Path, target: Path) -> None:
    for path in source.rglob("*"):
        if path.is_file():
            copied = target / path.relative_to(source)
            copied.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            copied.write_bytes(path.read_bytes())
            copied.chmod(path.stat().st_mode & 0o777)
