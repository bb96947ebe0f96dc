"""The write figures of a real gateway: what the kernel counts, by part, over a restart."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.backends.machine.volume import Kind, volume
from gateway.backends.machine.written import Meter
from gateway.bench.site import Site
from gateway.cli.remote import Remote

from .pahoclient import Paho
from .test_power_cut_gateway import trusting

BATCHES, BATCH = 40, 500
WRITTEN = 100_000
"""Bytes these readings need at the very least."""


@pytest.fixture
def folder() -> Iterator[Path]:
    """On a real file system: what lies in memory is not counted."""
    places = [Path(tempfile.gettempdir()), Path.cwd(), Path("/var/tmp")]
    place = next((one for one in places if volume(one).kind is not Kind.MEMORY), None)
    if place is None or Meter().look() is None:
        pytest.skip("nothing here is on a disk whose writes this kernel counts")
    made = Path(tempfile.mkdtemp(prefix="wear-", dir=place))
    yield made
    shutil.rmtree(made)


def written(site: Site) -> Counter[str]:
    """Bytes by part of all days; midnight may come any moment."""
    wear: dict[str, Any] = json.loads(Remote(site.data).ask("GET", "/api/system"))["wear"]
    return sum((Counter(day["part_bytes"]) for day in (wear["today"], *wear["days"])), Counter())


def test_readings_are_counted_as_theirs_and_the_day_goes_on_after_a_restart(folder: Path) -> None:
    site = Site(folder / "site")
    with site.start():
        (device,) = site.enrol(1)
        before = written(site)
        assert before["start"] > 0
        node = Paho(
            site.tls_port, device.device_id, user=device.mqtt_username, password=device.mqtt_password,
            tls=trusting(device),
        )  # fmt: skip
        for number in range(BATCHES):
            seqs = range(number * BATCH, number * BATCH + BATCH)
            readings = [{"seq": seq, "uptime_ms": 1_000_000 + seq * 1000, "co2": seq} for seq in seqs]
            node.put(f"devices/{device.device_id}/telemetry", json.dumps({"boot": "wear", "readings": readings}))
        node.close()
        after = written(site)
        assert after["readings"] - before["readings"] > WRITTEN
        assert after["start"] == before["start"]
    with site.start():
        again = written(site)
        assert again["readings"] >= after["readings"]
        assert again["start"] >= after["start"]
