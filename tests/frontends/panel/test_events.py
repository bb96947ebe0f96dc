"""The event log over HTTP."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from gateway.backends.store.store import Store
from gateway.core.access import Scope
from tests.fakes import START_MS

from .house import House, living


async def note_some(house: House) -> tuple[str, str]:
    simulated = await house.device("aa:bb:cc:dd:ee:02", simulated=True)
    real = await house.device()
    house.chronicle.note("device.online", "heard for the first time", real.device_id, correlation="c-1")
    house.clock.advance(s=1)
    house.chronicle.note("series.flagged", "stuck at 21.5", simulated.device_id, "temperature", "c-2")
    house.clock.advance(s=1)
    house.chronicle.note("gateway.started", "for the first time")
    return real.device_id, simulated.device_id


async def test_events_come_newest_first_and_simulated_ones_say_so(house: House) -> None:
    real, simulated = await note_some(house)
    status, answer = await house.call("GET", "/api/events", headers=await house.token(Scope.READ))
    assert status == 200
    shown = [(event["kind"], event["device"], event["simulated"]) for event in answer["events"]]
    assert shown == [
        ("gateway.started", "", False),
        ("series.flagged", simulated, True),
        ("device.online", real, False),
    ]
    assert answer["events"][1] == {
        "time": "2026-01-07T12:00:01.000Z", "time_ms": START_MS + 1000, "kind": "series.flagged",
        "reason": "stuck at 21.5", "device": simulated, "metric": "temperature", "correlation": "c-2",
        "simulated": True, "asset": "",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("query", "kinds"),
    [
        ("kind=device", ["device.online"]),
        ("kind=series.flagged", ["series.flagged"]),
        ("correlation=c-2", ["series.flagged"]),
        ("limit=1", ["gateway.started"]),
        ("device=nobody-1", []),
    ],
)
async def test_what_is_asked_for_is_found(tmp_path: Path, query: str, kinds: list[str]) -> None:
    store = Store(tmp_path / "gateway.db")
    store.open()
    store.start(asyncio.get_running_loop())
    try:
        async with living(tmp_path, store=store) as house:
            await note_some(house)
            await store.flush()
            read = await house.token(Scope.READ)
            _, answer = await house.call("GET", f"/api/events?{query}", headers=read)
            assert [event["kind"] for event in answer["events"]] == kinds
    finally:
        await store.close()


async def test_a_wrong_limit_is_explained(house: House) -> None:
    for limit in ("0", "1001", "many"):
        path = f"/api/events?limit={limit}"
        status, problem = await house.call("GET", path, headers=await house.token(Scope.READ))
        assert (status, problem["key"]) == (422, "limit")
