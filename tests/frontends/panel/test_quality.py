"""What cannot be believed, and the owner's word on it, over the API."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.backends.store.store import Store
from gateway.core.access import Scope
from gateway.core.messages import Message, Reading
from gateway.core.ports.store import DeviceErased, Retained
from gateway.core.quality import Quality
from tests.fakes import START_MS

from .house import House, living


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with living(tmp_path) as house:
        yield house


def say(house: House, device: str, temperature: float) -> None:
    house.clock.advance(s=10)
    payload = json.dumps({"temperature": temperature}).encode()
    taken = house.intake.take(Message(device, f"devices/{device}/telemetry", payload, 1, False))
    house.writer.submit(taken.changes)
    house.intake.committed(taken)


async def test_a_flagged_series_is_listed_with_its_reason(house: House) -> None:
    device = (await house.device(simulated=True)).device_id
    say(house, device, -127.0)
    reader = await house.token(Scope.READ)
    async with house.http.get(f"{house.url}/api/quality", headers=reader) as response:
        assert response.status == 200
        shown = await response.json()
    assert shown == {
        "flagged": [
            {
                "device": device,
                "metric": "temperature",
                "quality": ["out_of_range"],
                "reason": "temperature said -127: no sensor can measure that",
                "simulated": True,
            }
        ],
        "thresholds": [],
        "ghosts": [],
    }


async def test_the_flag_is_on_the_device_its_history_and_its_events(house: House) -> None:
    device = (await house.device()).device_id
    say(house, device, -127.0)
    admin = await house.token(Scope.ADMIN)
    async with house.http.get(f"{house.url}/api/devices/{device}", headers=admin) as response:
        latest = (await response.json())["latest"]
    assert latest["temperature"]["quality"] == ["out_of_range"]
    async with house.http.get(f"{house.url}/api/events?kind=series", headers=admin) as response:
        events = (await response.json())["events"]
    assert [(event["kind"], event["device"], event["metric"]) for event in events] == [
        ("series.flagged", device, "temperature")
    ]
    url = f"{house.url}/api/devices/{device}/history?metric=temperature"
    async with house.http.get(url, headers=admin) as response:
        assert '"quality":["out_of_range"]' in await response.text()


async def test_the_owner_sets_limits_and_calls_things_normal(house: House) -> None:
    device = (await house.device()).device_id
    operator = await house.token(Scope.OPERATE)
    url = f"{house.url}/api/devices/{device}/quality/temperature"
    word = {"low": 5, "high": 30, "normal": ["stuck", "drift"]}
    async with house.http.post(url, headers=operator, json=word) as response:
        assert response.status == 200
        said = await response.json()
    assert said == {"device": device, "metric": "temperature", "low": 5, "high": 30, "normal": ["stuck", "drift"]}
    say(house, device, 31.0)
    assert house.doubts.verdicts.quality(device) == {"temperature": Quality.OUT_OF_RANGE}
    async with house.http.post(url, headers=operator, json={"normal": False, "high": None}) as response:
        assert await response.json() == {**said, "high": None, "normal": []}
    async with house.http.get(f"{house.url}/api/quality", headers=operator) as response:
        assert (await response.json())["thresholds"] == [{**said, "high": None, "normal": []}]


@pytest.mark.parametrize(
    ("path", "word", "status"),
    [
        ("temperature", {"low": 5, "high": 5}, 409),
        ("temperature", {"normal": ["out_of_range"]}, 422),
        ("temperature", {"normal": ["stuck"], "spare": 1}, 422),
        ("Temp-erature", {"normal": True}, 404),
    ],
)
async def test_what_makes_no_sense_is_refused(house: House, path: str, word: dict[str, object], status: int) -> None:
    device = (await house.device()).device_id
    operator = await house.token(Scope.OPERATE)
    async with house.http.post(
        f"{house.url}/api/devices/{device}/quality/{path}", headers=operator, json=word
    ) as response:
        assert response.status == status
    assert house.doubts.thresholds.of(device) == {}


async def test_a_device_that_is_not_there_has_no_quality(house: House) -> None:
    operator = await house.token(Scope.OPERATE)
    url = f"{house.url}/api/devices/nobody/quality/temperature"
    async with house.http.post(url, headers=operator, json={"normal": True}) as response:
        assert response.status == 404


async def test_ghosts_are_listed_and_cleared_by_an_admin_only(house: House) -> None:
    house.retained = {"devices/gone-1/status": Retained("devices/gone-1/status", b"offline", 1)}
    house.stored = {"gone-1": Reading("gone-1", 1, {"temperature": 1.0})}
    await house.doubts.ghosts.look()
    operator, admin = await house.token(Scope.OPERATE), await house.token(Scope.ADMIN)
    async with house.http.get(f"{house.url}/api/quality", headers=operator) as response:
        assert (await response.json())["ghosts"] == [
            {"device": "gone-1", "topics": ["devices/gone-1/status"], "series": True}
        ]
    url = f"{house.url}/api/quality/ghosts/gone-1"
    async with house.http.delete(url, headers=operator) as response:
        assert response.status == 403
    async with house.http.delete(url, headers=admin) as response:
        assert response.status == 204
    cleared = [change for change in house.writer.changes if isinstance(change, Retained | DeviceErased)]
    assert cleared == [Retained("devices/gone-1/status", b"", 0), DeviceErased("gone-1")]
    async with house.http.delete(url, headers=admin) as response:
        assert response.status == 404


async def test_flags_come_back_from_the_disk_in_readings_and_in_buckets(tmp_path: Path) -> None:
    store = Store(tmp_path / "gateway.db")
    store.open()
    store.start(asyncio.get_running_loop())
    try:
        async with living(tmp_path, store=store) as house:
            device = (await house.device()).device_id
            for temperature in (20.0, -127.0, 21.0):
                house.clock.advance(s=10)
                payload = json.dumps({"temperature": temperature}).encode()
                taken = house.intake.take(Message(device, f"devices/{device}/telemetry", payload, 1, False))
                store.submit(taken.changes)
                await store.flush()
                house.intake.committed(taken)
            day = (START_MS, START_MS + 86_400_000)
            raw = await store.raw(device, "temperature", *day)
            assert [(value, bits) for _, value, bits in raw] == [(20.0, 0), (-127.0, 1), (21.0, 0)]
            (bucket,) = await store.buckets(device, "temperature", *day, 86_400_000)
            assert (bucket.minimum, bucket.maximum, bucket.count, bucket.quality) == (20.0, 21.0, 2, 1)
            (event,) = await store.happened(10, "series.flagged")
            _, boot, seq = event.correlation.split("/")
            reading = await store.reading(device, "" if boot == "-" else boot, int(seq))
            assert reading is not None
            assert (reading.values, reading.quality) == ({"temperature": -127.0}, {"temperature": 1})
    finally:
        await store.close()
