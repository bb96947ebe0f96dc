"""One id leads from a node's message to the stored reading, to what it caused and to the log; so for every message."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import aiohttp
import pytest

from gateway.bench.processes import Server, gateway_command
from gateway.bench.site import Device, Site

pytestmark = pytest.mark.needs("mosquitto_pub")
PATIENCE_S = 60
_T = TypeVar("_T")


class House:
    """A running gateway with one device, as an administrator sees it."""

    def __init__(self, site: Site, server: Server, device: Device, token: str) -> None:
        self.url = site.url
        self.device = device.device_id
        self._site = site
        self._server = server
        self._device = device
        self._ca = site.data.parent / "ca.pem"
        self._ca.write_text(device.ca_pem)
        self.headers = {"Authorization": f"Bearer {token}"}

    def publish(self, topic: str, payload: str) -> None:
        """As any MQTT client does; a refused one is cut off."""
        who = ["-i", self.device, "-u", self._device.mqtt_username, "-P", self._device.mqtt_password]
        where = ["-h", "localhost", "-p", str(self._site.tls_port), "--cafile", str(self._ca), "-q", "1", "-t", topic]
        subprocess.run(["mosquitto_pub", *where, *who, "-m", payload], check=False, timeout=60, capture_output=True)

    def log(self, correlation: str) -> list[str]:
        """What was logged under this id."""
        lines = [json.loads(line) for line in self._server.output().splitlines() if line.startswith("{")]
        return [line["message"] for line in lines if line.get("correlation") == correlation]

    async def get(self, http: aiohttp.ClientSession, path: str) -> Any:
        """The answer; None when there is nothing."""
        async with http.get(self.url + path, headers=self.headers) as answer:
            return await answer.json() if answer.status == 200 else None


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    site = Site(tmp_path_factory.mktemp("followed"))
    with Path(site.config).open("a") as file:
        file.write('[log]\nlevels = ["gateway.flow.ingest=debug"]\n')
    with site.start() as server:
        (device,) = site.enrol(1)
        words = ["token", "create", "--api", "--scope", "admin", "--data", str(site.data), "--json"]
        made = subprocess.run(gateway_command(*words), capture_output=True, text=True, check=True)
        yield House(site, server, device, json.loads(made.stdout)["token"])


def until(found: Callable[[], _T]) -> _T:
    """What is there sooner or later."""
    deadline = time.monotonic() + PATIENCE_S
    while not (result := found()) and time.monotonic() < deadline:
        time.sleep(0.1)
    return result


async def traced(house: House, http: aiohttp.ClientSession, correlation: str, kind: str) -> Any:
    """The trace of an id once it has a step of this kind."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        trace = await house.get(http, f"/api/trace/{correlation}")
        if trace is not None and kind in [step["kind"] for step in trace["steps"]]:
            return trace
        assert time.monotonic() < deadline, f"{correlation} did not lead to {kind}: {trace}"
        await asyncio.sleep(0.1)


async def test_a_reading_out_of_range_leads_from_the_live_feed_to_its_event_and_its_log_line(house: House) -> None:
    async with aiohttp.ClientSession() as http:
        live = house.url.replace("http:", "ws:") + "/api/live?channels=readings"
        async with http.ws_connect(live, headers=house.headers) as feed:
            assert (await feed.receive_json(timeout=PATIENCE_S))["type"] == "snapshot"
            await asyncio.to_thread(house.publish, f"devices/{house.device}/telemetry", '{"temperature":4000}')
            seen = await feed.receive_json(timeout=PATIENCE_S)
        correlation = seen["correlation"]
        assert re.fullmatch(rf"{house.device}/[^/]+/\d+", correlation)
        trace = await traced(house, http, correlation, "series.flagged")
        assert trace["reading"]["values"] == {"temperature": 4000.0}
        assert trace["reading"]["quality"] == {"temperature": ["out_of_range"]}
        lines = await asyncio.to_thread(until, lambda: house.log(correlation))
        assert [line for line in lines if line.startswith(f"series.flagged of {house.device} temperature")]


async def test_two_readings_without_numbers_have_names_of_their_own(house: House) -> None:
    async with aiohttp.ClientSession() as http:
        names = []
        for value in (20.0, 20.5):
            await asyncio.to_thread(house.publish, f"sensor/{house.device}/humidity", str(value))
            newest = await house.get(http, f"/api/devices/{house.device}")
            names.append(newest["latest"]["humidity"]["correlation"])
        assert names[0] != names[1]
        for name, value in zip(names, (20.0, 20.5), strict=True):
            assert (await house.get(http, f"/api/trace/{name}"))["reading"]["values"] == {"humidity": value}


async def test_a_message_that_cannot_be_read_leads_to_the_quarantine_and_its_log_line(house: House) -> None:
    await asyncio.to_thread(house.publish, f"devices/{house.device}/telemetry", '{"temperature":"warm"}')
    async with aiohttp.ClientSession() as http:
        kept = (await house.get(http, "/api/quarantine"))["quarantine"][0]
        assert re.fullmatch(r"m-[0-9a-f]{12}", kept["correlation"])
        trace = await traced(house, http, kept["correlation"], "message.quarantined")
        assert trace["reading"] is None
        lines = await asyncio.to_thread(until, lambda: house.log(kept["correlation"]))
        assert [line for line in lines if "is set aside" in line]


async def test_a_refused_publish_leads_to_its_audit_entry(house: House) -> None:
    await asyncio.to_thread(house.publish, "devices/somebody-else/telemetry", "{}")
    async with aiohttp.ClientSession() as http:
        (entry,) = (await house.get(http, "/api/audit?kind=mqtt.denied"))["audit"]
        trace = await traced(house, http, entry["correlation"], "mqtt.denied.publish")
    assert [(step["what"], step["who"]) for step in trace["steps"] if step["what"] == "audit"] == [
        ("audit", house.device)
    ]
