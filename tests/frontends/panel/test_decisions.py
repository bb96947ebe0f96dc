"""What was decided about windows, and why."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from gateway.backends.store.store import Store
from gateway.core.access import Scope
from gateway.core.decisions import Outcome
from tests.fakes import START_MS

from .house import House, living

MINUTE_MS = 60_000


async def decided(house: House, count: int = 1, mac: str = "aa:bb:cc:dd:ee:0a", **capabilities: object) -> str:
    """A window, about which so much was decided."""
    window = await house.automation.window(mac, **capabilities)
    for number in range(count):
        house.clock.advance(minutes=1)
        house.automation.decision(window, house.clock(), 25.0 + number % 5)
    return window


async def test_a_decision_is_shown_with_everything_it_rests_on(house: House) -> None:
    window = await house.automation.window(simulated=True)
    made = house.automation.decision(window, START_MS, 28.0, humidity=40.0, sound_level=35.0)
    read = await house.token(Scope.READ)
    status, shown = await house.call("GET", f"/api/decisions/{made.id}", headers=read)
    assert status == 200
    assert shown == {
        "id": made.id, "device": window, "time": "2026-01-07T12:00:00.000Z", "time_ms": START_MS,
        "cause": "temperature rose 0.6 °C",
        "inputs": {
            "hour": 12.0, "day": 7, "temperature": 28.0, "humidity": 40.0, "sound": 35.0, "character": None,
            "co2": None, "outdoor_temperature": None, "outdoor_humidity": None, "outdoor_mean": None, "rain": None,
            "wind": None, "position": None, "shut": None,
        },
        "missing": [{"name": one.name, "why": one.why, "detail": one.detail} for one in made.missing],
        "position": made.position, "raw_position": made.raw_pct, "confidence": 0.8, "model": "window@1",
        "why": made.why, "cuts": [], "outcome": "sent", "detail": "", "shadow": None, "lessons": made.lessons,
        "runtime": "toy 1", "correlation": made.correlation, "simulated": True,
    }  # fmt: skip
    assert "co2" in [one["name"] for one in shown["missing"]]
    _, listed = await house.call("GET", "/api/decisions", headers=read)
    assert listed == {"decisions": [shown], "more": False}


async def test_decisions_are_listed_newest_first_page_by_page_and_by_window(house: House) -> None:
    first = await decided(house, 5)
    second = await decided(house, 2, "aa:bb:cc:dd:ee:0b")
    read = await house.token(Scope.READ)

    async def asked(query: str) -> tuple[list[Any], bool]:
        status, body = await house.call("GET", f"/api/decisions?{query}", headers=read)
        assert status == 200
        return body["decisions"], body["more"]

    everything, more = await asked("")
    assert (len(everything), more) == (7, False)
    assert [one["time_ms"] for one in everything] == sorted((one["time_ms"] for one in everything), reverse=True)
    page, more = await asked(f"device={first}&limit=3")
    assert (len(page), more) == (3, True)
    rest, more = await asked(f"device={first}&limit=3&before={page[-1]['id']}")
    assert (len(rest), more) == (2, False)
    assert {one["device"] for one in page + rest} == {first}
    assert [one["device"] for one in (await asked(f"device={second}"))[0]] == [second] * 2
    assert (await asked("device=nobody-here"))[0] == []


async def test_wrong_names_and_numbers_are_refused(house: House) -> None:
    read = await house.token(Scope.READ)
    for query, status in (("limit=0", 422), ("limit=501", 422), ("before=x", 422), ("device=A", 422), ("a=1", 422)):
        assert (await house.call("GET", f"/api/decisions?{query}", headers=read))[0] == status, query
    assert (await house.call("GET", "/api/decisions/0123456789abcdef", headers=read))[0] == 404
    assert (await house.call("GET", "/api/decisions/latest", headers=read))[0] == 404


async def test_a_decision_is_made_once_more_and_comes_out_the_same(house: House) -> None:
    window = await house.automation.window()
    made = house.automation.decision(window, START_MS, 26.0)
    operate = await house.token(Scope.OPERATE)
    status, shown = await house.call("POST", f"/api/decisions/{made.id}/replay", headers=operate)
    assert (status, shown["identical"], shown["model"]) == (200, True, "window@1")
    assert (shown["was"], shown["now"]) == (made.position, made.position)
    house.automation.shelf.facts.clear()
    status, problem = await house.call("POST", f"/api/decisions/{made.id}/replay", headers=operate)
    assert status == 409
    assert "window@1" in problem["detail"]


async def test_a_trace_leads_from_the_reading_to_the_decision(tmp_path: Path) -> None:
    """Through the real disk."""
    store = Store(tmp_path / "gateway.db")
    store.open()
    store.start(asyncio.get_running_loop())
    try:
        async with living(tmp_path, store=store) as house:
            window = await house.automation.window(simulated=True)
            made = house.automation.decision(window, START_MS)
            await store.flush()
            read = await house.token(Scope.READ)
            status, trace = await house.call("GET", f"/api/decisions/{made.id}", headers=read)
            assert (status, trace["why"]) == (200, made.why)
            await store.flush()
            status, trace = await house.call("GET", f"/api/trace/{made.correlation}", headers=read)
            assert status == 200
            (step,) = [step for step in trace["steps"] if step["what"] == "decision"]
            assert (step["kind"], step["who"], step["text"]) == (f"window.{Outcome.SENT}", window, made.why)
            assert step["simulated"] is True
    finally:
        await store.close()
