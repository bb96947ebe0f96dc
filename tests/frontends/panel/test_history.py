"""What a device measured, over HTTP."""

from __future__ import annotations

import json
import struct

import pytest

from gateway.core.access import Scope
from gateway.core.quality import Quality
from tests.fakes import START_MS

from .house import House

HOSTILE = [0.1 + 0.2, 1e308, 5e-324, -0.0, 1 / 3, 21.0, 2**53 + 0.0, -273.15]


async def test_values_come_back_bit_for_bit_with_their_times(house: House) -> None:
    given = await house.device(simulated=True)
    for index, value in enumerate(HOSTILE):
        house.measure(given.device_id, START_MS + index // 2, temperature=value)
    path = f"/api/devices/{given.device_id}/history?metric=temperature&to={START_MS + 100}"
    status, history = await house.call("GET", path, headers=await house.token(Scope.READ))
    assert status == 200
    assert {key: history[key] for key in ("device", "metric", "unit", "simulated", "truncated")} == {
        "device": given.device_id, "metric": "temperature", "unit": "°C", "simulated": True, "truncated": False,
    }  # fmt: skip
    bits = [struct.pack(">d", reading["value"]) for reading in history["readings"]]
    assert bits == [struct.pack(">d", value) for value in HOSTILE]
    assert [reading["time_ms"] for reading in history["readings"]] == [START_MS + i // 2 for i in range(len(HOSTILE))]
    assert history["readings"][2]["time"] == "2026-01-07T12:00:00.001Z"


async def test_a_long_history_is_whole(house: House) -> None:
    given = await house.device()
    count = 5001
    for index in range(count):
        house.measure(given.device_id, START_MS - index, co2=float(index))
    path = f"/api/devices/{given.device_id}/history?metric=co2"
    _, history = await house.call("GET", path, headers=await house.token(Scope.READ))
    assert [reading["value"] for reading in history["readings"]] == [float(i) for i in reversed(range(count))]


async def test_a_step_condenses(house: House) -> None:
    given = await house.device()
    for index in range(120):
        house.measure(given.device_id, START_MS - 120_000 + index * 1000, temperature=float(index))
    path = f"/api/devices/{given.device_id}/history?metric=temperature&step=60"
    _, history = await house.call("GET", path, headers=await house.token(Scope.READ))
    assert history["step_s"] == 60
    assert history["readings"] == [
        {"time": "2026-01-07T11:58:00.000Z", "time_ms": START_MS - 120_000,
         "value": 29.5, "minimum": 0.0, "maximum": 59.0, "count": 60},
        {"time": "2026-01-07T11:59:00.000Z", "time_ms": START_MS - 60_000,
         "value": 89.5, "minimum": 60.0, "maximum": 119.0, "count": 60},
    ]  # fmt: skip


async def test_what_is_wrong_with_a_value_comes_with_it_and_with_its_step(house: House) -> None:
    given = await house.device()
    for index, bits in enumerate((0, Quality.JUMP, Quality.STUCK | Quality.TIME)):
        quality = {"temperature": int(bits)} if bits else {}
        house.measure(given.device_id, START_MS + index * 1000, quality=quality, temperature=float(index))
    path = f"/api/devices/{given.device_id}/history?metric=temperature&from={START_MS}&to={START_MS + 60_000}"
    read = await house.token(Scope.READ)
    _, history = await house.call("GET", path, headers=read)
    assert [reading.get("quality") for reading in history["readings"]] == [None, ["jump"], ["stuck", "time"]]
    _, history = await house.call("GET", path + "&step=60", headers=read)
    assert [reading["quality"] for reading in history["readings"]] == [["jump", "stuck", "time"]]


async def test_without_a_metric_every_known_one_comes(house: House) -> None:
    given = await house.device()
    house.measure(given.device_id, START_MS, temperature=20.5, humidity=40.0)
    house.measure(given.device_id, START_MS + 1000, temperature=20.6)
    house.clock.advance(s=2)
    _, history = await house.call(
        "GET", f"/api/devices/{given.device_id}/history", headers=await house.token(Scope.READ)
    )
    values = {one["metric"]: [reading["value"] for reading in one["readings"]] for one in history["series"]}
    assert values == {"humidity": [40.0], "temperature": [20.5, 20.6]}


async def test_a_device_without_readings_has_an_empty_history(house: House) -> None:
    given = await house.device()
    read = await house.token(Scope.READ)
    path = f"/api/devices/{given.device_id}/history"
    assert (await house.call("GET", path, headers=read))[1]["series"] == []
    assert (await house.call("GET", path + "?metric=rain", headers=read))[1]["readings"] == []


@pytest.mark.parametrize("shift", [-400 * 86_400_000, -90_000_000, -1000, 0, 5000])
async def test_without_a_range_the_newest_day_there_is_comes(house: House, shift: int) -> None:
    given = await house.device()
    house.measure(given.device_id, START_MS + shift - 90_000_000, temperature=1.0)
    house.measure(given.device_id, START_MS + shift, temperature=2.0)
    path = f"/api/devices/{given.device_id}/history?metric=temperature"
    _, history = await house.call("GET", path, headers=await house.token(Scope.READ))
    assert [reading["value"] for reading in history["readings"]] == [2.0]


@pytest.mark.parametrize(
    "instant",
    [
        str(START_MS), "2026-01-07T12:00:00Z", "2026-01-07T12:00:00", "2026-01-07T13:00:00%2B01:00",
        "2026-01-07T13:00:00+01:00", "2026-01-07T12:00:00.000Z",
    ],
)  # fmt: skip
async def test_the_range_is_half_open_and_instants_are_taken_in_every_usual_form(house: House, instant: str) -> None:
    given = await house.device()
    for shift in (-1, 0, 1):
        house.measure(given.device_id, START_MS + shift, temperature=float(shift))
    read = await house.token(Scope.READ)
    path = f"/api/devices/{given.device_id}/history?metric=temperature"
    async with house.http.get(f"{house.url}{path}&from={instant}&to={START_MS + 1}", headers=read) as answer:
        after = json.loads(await answer.read())
    async with house.http.get(f"{house.url}{path}&to={instant}", headers=read) as answer:
        before = json.loads(await answer.read())
    assert [reading["value"] for reading in after["readings"]] == [0.0]
    assert [reading["value"] for reading in before["readings"]] == [-1.0]


@pytest.mark.parametrize(
    ("query", "key"),
    [
        ("metric=Temp%20!", "metric"),
        ("from=yesterday", "from"),
        ("to=99999999999999999999", "to"),
        ("step=0", "step"),
        ("step=1.5", "step"),
        ("stop=1", "stop"),
    ],
)
async def test_a_question_that_makes_no_sense_names_its_key(house: House, query: str, key: str) -> None:
    given = await house.device()
    path = f"/api/devices/{given.device_id}/history?{query}"
    status, problem = await house.call("GET", path, headers=await house.token(Scope.READ))
    assert (status, problem["key"]) == (422, key)


async def test_an_instant_that_never_was_is_not_what_the_description_forbids(house: House) -> None:
    given = await house.device()
    path = f"/api/devices/{given.device_id}/history?from=2026-02-30"
    status, problem = await house.call("GET", path, headers=await house.token(Scope.READ))
    assert (status, problem["key"]) == (409, "from")


async def test_a_range_that_ends_before_it_begins_has_nothing_in_it(house: House) -> None:
    given = await house.device()
    house.measure(given.device_id, START_MS, temperature=1.0)
    path = f"/api/devices/{given.device_id}/history?metric=temperature&from={START_MS + 5}&to={START_MS - 5}"
    status, history = await house.call("GET", path, headers=await house.token(Scope.READ))
    assert (status, history["readings"]) == (200, [])
    status, history = await house.call("GET", path + "&step=60", headers=await house.token(Scope.READ))
    assert (status, history["readings"]) == (200, [])


async def test_a_step_too_fine_for_its_range_is_taken_longer_and_that_is_said(house: House) -> None:
    given = await house.device()
    house.measure(given.device_id, START_MS, temperature=1.0)
    path = f"/api/devices/{given.device_id}/history?metric=temperature&step=1&from=0&to={START_MS + 1}"
    status, history = await house.call("GET", path, headers=await house.token(Scope.READ))
    assert (status, [reading["value"] for reading in history["readings"]]) == (200, [1.0])
    assert history["step_s"] == -(-START_MS // 100_000_000)
