"""What was not as usual: listed, judged, told live and found by its reading."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from gateway.backends.store.store import Store
from gateway.core.access import Scope
from gateway.core.insight import Nature, Verdict
from gateway.core.messages import Audited
from tests.fakes import START_MS

from .house import House, living
from .insight import HOUR_MS, episode
from .test_live import connect, heard


async def pump(house: House) -> None:
    """A pump in the house."""
    admin = await house.token(Scope.ADMIN)
    body = {"name": "Circulation pump", "traits": {"kind": "pump"}}
    assert (await house.call("POST", "/api/assets", headers=admin, body=body))[0] == 201


def operator(house: House) -> str:
    """The id of the one token that may operate."""
    (found,) = [token.id for token in house.accounts.api_tokens.all() if token.scope is Scope.OPERATE]
    return found


async def test_an_episode_is_shown_with_everything_that_belongs_to_it(house: House) -> None:
    await pump(house)
    told = house.automation.insight.episodes.tell(episode(asset="circulation-pump", simulated=True, model="anomaly@2"))
    read = await house.token(Scope.READ)
    status, shown = await house.call("GET", f"/api/anomalies/{told.id}", headers=read)
    assert status == 200
    assert shown == {
        "id": told.id, "asset": "circulation-pump", "asset_name": "Circulation pump", "device": "node-1",
        "metric": "vibration", "nature": "machine", "opened": "2026-01-07T12:00:00.000Z", "opened_ms": START_MS,
        "seen": "2026-01-07T12:01:00.000Z", "seen_ms": START_MS + 60_000, "closed": None, "closed_ms": None,
        "score": 0.9, "need": 0.6, "reason": told.reason,
        "signals": [{
            "device": "node-1", "metric": "vibration", "nature": "machine", "text": "vibration 3.1 mm/s",
            "time": "2026-01-07T12:00:00.000Z", "time_ms": START_MS, "score": 0.9,
        }],
        "model": "anomaly@2", "correlation": "node-1/b1/7", "verdict": "", "judged_by": "", "judged": None,
        "judged_ms": None, "simulated": True,
    }  # fmt: skip
    _, listed = await house.call("GET", "/api/anomalies", headers=read)
    assert listed == {"episodes": [shown], "more": False}


async def test_a_device_at_no_place_is_the_place_itself(house: House) -> None:
    told = house.automation.insight.episodes.tell(episode(device="node-7"))
    _, shown = await house.call("GET", f"/api/anomalies/{told.id}", headers=await house.token(Scope.READ))
    assert (shown["asset"], shown["asset_name"]) == ("", "node-7")


async def test_episodes_are_listed_by_place_by_device_by_time_by_state_and_page_by_page(house: House) -> None:
    known = house.automation.insight.episodes
    for number in range(8):
        opened_ms = START_MS + number * HOUR_MS
        closed_ms = None if number in (2, 5, 7) else opened_ms + HOUR_MS // 2
        asset = "pump" if number % 2 else ""
        known.tell(episode(number, f"node-{number % 3}", opened_ms, asset=asset, closed_ms=closed_ms))
    read = await house.token(Scope.READ)

    async def asked(query: str) -> tuple[list[int], bool]:
        status, body = await house.call("GET", f"/api/anomalies?{query}", headers=read)
        assert status == 200, body
        return [int(one["id"], 16) for one in body["episodes"]], body["more"]

    assert await asked("") == ([7, 6, 5, 4, 3, 2, 1, 0], False)
    assert await asked("limit=3") == ([7, 6, 5], True)
    assert await asked(f"limit=3&before={5:016x}") == ([4, 3, 2], True)
    assert await asked("asset=pump") == ([7, 5, 3, 1], False)
    assert await asked("device=node-1") == ([7, 4, 1], False)
    assert await asked("state=open") == ([7, 5, 2], False)
    assert await asked("state=open&limit=2") == ([7, 5], True)
    assert await asked("state=closed") == ([6, 4, 3, 1, 0], False)
    assert await asked("state=closed&limit=4") == ([6, 4, 3, 1], True)
    assert await asked(f"state=closed&limit=2&before={4:016x}") == ([3, 1], True)
    assert await asked(f"from={START_MS + 6 * HOUR_MS}") == ([7, 6, 5, 2], False)
    assert await asked(f"from={START_MS + 3 * HOUR_MS}&to={START_MS + 4 * HOUR_MS}") == ([3, 2], False)
    assert await asked("to=2026-01-07T13:30:00Z") == ([1, 0], False)


async def test_wrong_names_numbers_and_times_are_refused(house: House) -> None:
    read = await house.token(Scope.READ)
    queries = (
        ("limit=0", 422), ("limit=501", 422), ("before=x", 422), ("device=A", 422), ("state=shut", 422), ("a=1", 422),
        ("from=yesterday", 422), ("to=2026-02-30", 409), ("from=0001-01-01", 422), ("from=-9999999999999", 200),
    )  # fmt: skip
    for query, status in queries:
        assert (await house.call("GET", f"/api/anomalies?{query}", headers=read))[0] == status, query
    assert (await house.call("GET", "/api/anomalies/0123456789abcdef", headers=read))[0] == 404
    assert (await house.call("GET", "/api/anomalies/newest", headers=read))[0] == 404


async def test_people_say_what_it_was_and_take_it_back(house: House) -> None:
    told = house.automation.insight.episodes.tell(episode())
    operate, read = await house.token(Scope.OPERATE), await house.token(Scope.READ)
    path = f"/api/anomalies/{told.id}/feedback"
    assert (await house.call("POST", path, headers=read, body={"verdict": "normal"}))[0] == 403
    for body in ({"verdict": ""}, {"verdict": "perhaps"}, {}, {"verdict": "right", "why": "x"}):
        assert (await house.call("POST", path, headers=operate, body=body))[0] == 422, body
    assert (await house.call("DELETE", path, headers=operate))[0] == 409
    house.clock.advance(minutes=3)
    status, shown = await house.call("POST", path, headers=operate, body={"verdict": "normal"})
    assert (status, shown["verdict"], shown["judged_ms"]) == (200, "normal", house.clock())
    assert shown["judged_by"] == operator(house)
    assert shown["closed_ms"] == house.clock()
    status, shown = await house.call("POST", path, headers=operate, body={"verdict": "right"})
    assert (status, shown["verdict"]) == (200, Verdict.RIGHT)
    status, shown = await house.call("DELETE", path, headers=operate)
    assert (status, shown["verdict"], shown["judged_by"], shown["judged"]) == (200, "", "", None)
    written = [entry.detail for entry in house.changes(Audited) if entry.kind == "http.change"]
    assert f"DELETE {path} 200" in written
    assert (await house.call("POST", f"/api/anomalies/{9:016x}/feedback", headers=operate, body={"verdict": "right"}))[
        0
    ] == 404


async def test_who_follows_anomalies_hears_of_episodes_baselines_and_health(house: House) -> None:
    await pump(house)
    insight = house.automation.insight
    async with await connect(house, "?channels=anomalies") as live:
        assert (await heard(live))["type"] == "snapshot"
        told = insight.episodes.tell(episode(asset="circulation-pump", nature=Nature.SENSOR))
        message = await heard(live)
        assert (message["type"], message["episode"]["id"], message["episode"]["nature"]) == (
            "episode", told.id, "sensor",
        )  # fmt: skip
        assert message["episode"]["asset_name"] == "Circulation pump"
        made = await insight.baselines.commission("circulation-pump", "anna", 24)
        message = await heard(live)
        assert (message["type"], message["asset"], message["baseline"]["state"]) == (
            "baseline", "circulation-pump", "collecting",
        )  # fmt: skip
        assert message["baseline"]["collecting"]["id"] == made.id
        insight.health.moved(house.bus, "circulation-pump")
        message = await heard(live)
        assert message == {"type": "health", "seq": message["seq"], "asset": "circulation-pump"}


async def test_a_baseline_of_an_asset_that_is_gone_is_told_without_it(house: House) -> None:
    async with await connect(house, "?channels=anomalies") as live:
        assert (await heard(live))["type"] == "snapshot"
        baselines = house.automation.insight.baselines
        await pump(house)
        made = await baselines.commission("circulation-pump", "anna", 24)
        await house.home.home.delete_asset("circulation-pump")
        baselines.tell(made)
        found: list[dict[str, Any]] = [await heard(live), await heard(live)]
        assert [one["type"] for one in found] == ["baseline", "baseline"]
        assert found[-1] == {
            "type": "baseline", "seq": found[-1]["seq"], "asset": "circulation-pump", "baseline": None,
        }  # fmt: skip


async def test_a_trace_leads_from_the_reading_to_the_episode_through_the_real_disk(tmp_path: Path) -> None:
    store = Store(tmp_path / "gateway.db")
    store.open()
    store.start(asyncio.get_running_loop())
    try:
        async with living(tmp_path, store=store) as house:
            told = house.automation.insight.episodes.tell(episode(simulated=True))
            house.automation.insight.episodes.tell(episode(2, correlation="other"))
            await store.flush()
            read = await house.token(Scope.READ)
            status, trace = await house.call("GET", f"/api/trace/{told.correlation}", headers=read)
            assert status == 200
            (step,) = trace["steps"]
            assert (step["what"], step["kind"], step["who"], step["text"]) == (
                "anomaly", "anomaly.machine", "node-1", told.reason,
            )  # fmt: skip
            assert (step["time_ms"], step["simulated"]) == (told.opened_ms, True)
            status, shown = await house.call("GET", "/api/anomalies?state=open", headers=read)
            assert (status, len(shown["episodes"])) == (200, 2)
    finally:
        await store.close()
