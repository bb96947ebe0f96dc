"""A window as it is decided about, and what people want of it instead."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from gateway.backends.store.store import Store
from gateway.core.access import Scope
from gateway.core.messages import Audited
from tests.fakes import START_MS

from .house import House, living, until

HOUR_MS = 3_600_000


async def want(house: House, window: str, **body: object) -> tuple[int, Any]:
    operate = await house.token(Scope.OPERATE)
    return await house.call("POST", f"/api/devices/{window}/override", headers=operate, body=body)


async def test_a_window_shows_what_holds_and_what_the_next_decision_would_rest_on(house: House) -> None:
    window = await house.automation.window()
    house.announce(window, position=40.0)
    made = house.automation.decision(window, START_MS, 28.0, humidity=40.0)
    read = await house.token(Scope.READ)
    status, shown = await house.call("GET", f"/api/devices/{window}/window", headers=read)
    assert status == 200
    assert (shown["mode"], shown["position"], shown["hold"], shown["lessons"]) == ("local", 40.0, None, 0)
    assert shown["newest"]["id"] == made.id
    assert shown["comfort"] > 20
    inputs = {one["name"]: one for one in shown["inputs"]}
    assert inputs["temperature"] == {
        "name": "temperature", "value": 28.0, "unit": "°C", "age_s": 0.0, "used": True, "why": "",
    }  # fmt: skip
    assert (inputs["co2"]["used"], inputs["co2"]["value"], inputs["co2"]["why"]) == (False, None, "unknown")
    _, device = await house.call("GET", f"/api/devices/{window}", headers=read)
    assert device["window"] == {
        "position": made.position, "confidence": 0.8, "why": made.why, "time_ms": START_MS, "held_until_ms": None,
    }  # fmt: skip


async def test_a_will_moves_the_window_holds_teaches_and_ends(house: House) -> None:
    window = await house.automation.window()
    house.automation.decision(window, START_MS)
    status, made = await want(house, window, position=95)
    assert status == 201
    assert (made["position"], made["holds"], made["teaches"], made["source"]) == (95.0, True, True, "api")
    assert made["until_ms"] - made["time_ms"] == HOUR_MS
    assert (made["command"]["verb"], made["command"]["args"]) == ("set_position", {"position": 95.0})
    assert made["warnings"] == ["rain 1.2 mm/h: at most 10 %"]
    assert made["learnt"]
    held = house.automation.decision(window, START_MS + 1)
    assert held.outcome == "held"
    operate = await house.token(Scope.OPERATE)
    _, shown = await house.call("GET", f"/api/devices/{window}/window", headers=operate)
    assert (shown["hold"]["id"], shown["lessons"]) == (made["id"], 1)
    _, device = await house.call("GET", f"/api/devices/{window}", headers=operate)
    assert device["window"]["held_until_ms"] == made["until_ms"]
    status, shown = await house.call("DELETE", f"/api/devices/{window}/override", headers=operate)
    assert (status, shown["hold"], shown["lessons"]) == (200, None, 1)
    assert {"window.override", "window.resume"} <= {entry.kind for entry in house.changes(Audited)}


async def test_how_long_a_will_holds_may_be_said_and_is_bounded(house: House) -> None:
    window = await house.automation.window()
    status, made = await want(house, window, position=30, until="2026-01-07T18:30:00Z")
    assert (status, made["until"], made["warnings"]) == (201, "2026-01-07T18:30:00.000Z", [])
    for end, wanted in (("2025-01-01T00:00:00Z", 409), ("2027-01-07T12:00:00Z", 409), ("soon", 422)):
        status, problem = await want(house, window, position=30, until=end)
        assert status == wanted, problem


async def test_what_is_no_position_or_no_window_is_refused(house: House) -> None:
    window, lamp = await house.automation.window(), (await house.device(kind="lamp")).device_id
    for body, status in (({"position": 101}, 422), ({"position": -1}, 422), ({}, 422), ({"position": "half"}, 422)):
        assert (await want(house, window, **body))[0] == status
    status, problem = await want(house, lamp, position=30)
    assert (status, problem["detail"]) == (409, f"{lamp} is no window.")
    assert (await want(house, "nobody-here", position=30))[0] == 404
    operate = await house.token(Scope.OPERATE)
    for method, path in (("GET", "window"), ("DELETE", "override")):
        assert (await house.call(method, f"/api/devices/{lamp}/{path}", headers=operate))[0] == 409
    assert (await house.call("PUT", f"/api/devices/{lamp}/lessons", headers=operate, body={"lessons": []}))[0] == 409


async def test_letting_a_window_decide_that_nobody_holds_changes_nothing(house: House) -> None:
    window = await house.automation.window()
    status, shown = await house.call(
        "DELETE", f"/api/devices/{window}/override", headers=await house.token(Scope.OPERATE)
    )
    assert (status, shown["hold"], shown["newest"]) == (200, None, None)


async def taught(house: House, *positions: float) -> str:
    """A window that was taught these positions, a day apart."""
    window = await house.automation.window(simulated=True)
    for position in positions:
        house.announce(window, house.clock(), temperature=26.0)
        assert (await want(house, window, position=position))[0] == 201
        house.clock.advance(minutes=24 * 60)
    return window


async def test_lessons_are_told_forgotten_taken_along_and_brought_back(house: House) -> None:
    window = await taught(house, 30, 60)
    path, operate = f"/api/devices/{window}", await house.token(Scope.OPERATE)
    status, lessons = await house.call("GET", f"{path}/lessons", headers=operate)
    assert (status, lessons["simulated"], lessons["device"]) == (200, True, window)
    first, second = lessons["lessons"]
    assert (first["position"], second["position"]) == (30.0, 60.0)
    assert (first["moment"]["temperature_c"], first["moment"]["day"]) == (26.0, 7)
    assert first["who"]
    assert first["learnt"]
    moment = house.automation.decide.moment(window)
    assert moment is None or house.automation.care.think(window, moment).position_pct == 60.0

    status, left = await house.call("POST", f"{path}/forget", headers=operate, body={"lessons": [second["id"]]})
    assert (status, [one["id"] for one in left["lessons"]]) == (200, [first["id"]])
    assert (await house.call("POST", f"{path}/forget", headers=operate, body={"lessons": [second["id"]]}))[0] == 404
    status, left = await house.call("POST", f"{path}/forget", headers=operate)
    assert (status, left["lessons"]) == (200, [])
    status, back = await house.call("PUT", f"{path}/lessons", headers=operate, body=lessons)
    assert (status, [one["position"] for one in back["lessons"]]) == (200, [30.0, 60.0])
    status, again = await house.call("PUT", f"{path}/lessons", headers=operate, body=back)
    assert (status, again) == (200, back)
    kinds = [entry.kind for entry in house.changes(Audited)]
    assert "window.forget" in kinds


async def test_lessons_that_are_none_are_refused_with_what_is_wrong(house: House) -> None:
    window = await taught(house, 30)
    path, operate = f"/api/devices/{window}/lessons", await house.token(Scope.OPERATE)
    _, lessons = await house.call("GET", path, headers=operate)
    (lesson,) = lessons["lessons"]
    for changed, status in (
        ({"position": 101}, 422),
        ({"source": "rumour"}, 422),
        ({"id": "a b"}, 422),
        ({"moment": {**lesson["moment"], "hour": 25}}, 422),
        ({"moment": {**lesson["moment"], "mood": 1}}, 422),
        ({"moment": {key: value for key, value in lesson["moment"].items() if key != "temperature_c"}}, 409),
        ({"moment": {**lesson["moment"], "humidity_pct": 101}}, 409),
    ):
        body = {"lessons": [{**lesson, "id": "other", **changed}]}
        assert (await house.call("PUT", path, headers=operate, body=body))[0] == status, changed
    twice = {"lessons": [{**lesson, "id": "other"}] * 2}
    assert (await house.call("PUT", path, headers=operate, body=twice))[0] == 409
    assert (await house.call("GET", path, headers=operate))[1] == lessons


async def test_a_deleted_window_takes_everything_that_was_decided_and_learnt_with_it(tmp_path: Path) -> None:
    store = Store(tmp_path / "gateway.db")
    store.open()
    store.start(asyncio.get_running_loop())
    try:
        async with living(tmp_path, store=store) as house:
            gone, stays = await house.automation.window(), await house.automation.window("aa:bb:cc:dd:ee:0b")
            for window in (gone, stays):
                house.automation.decision(window, START_MS)
                assert (await want(house, window, position=30))[0] == 201
                house.automation.recordings.start(window, 5, "anna")
                await house.automation.recordings.keep(window, START_MS, b"RIFF")
            admin = await house.token(Scope.ADMIN)
            assert (await house.call("DELETE", f"/api/devices/{gone}", headers=admin))[0] == 204
            await store.flush()
            _, listed = await house.call("GET", "/api/decisions", headers=admin)
            assert {one["device"] for one in listed["decisions"]} == {stays}
            assert {one.device for one in await store.overrides()} == {stays}
            automation = house.automation
            assert (automation.decide.newest(gone), automation.overrides.held(gone)) == (None, None)
            assert (automation.overrides.lessons(gone), automation.recordings.until_ms(gone)) == ([], None)
            assert len(automation.overrides.lessons(stays)) == 1
            await until(lambda: {kept.device for kept in automation.files.all()} == {stays})
            assert (await house.call("GET", f"/api/devices/{gone}/window", headers=admin))[0] == 404
    finally:
        await store.close()
