"""Commissioning, how well machines are, and what to see to next."""

from __future__ import annotations

from msgspec.structs import replace

from gateway.core.access import Scope
from gateway.core.anomaly import machine
from tests.fakes import START_MS

from .house import House
from .insight import HOUR_MS, NOT_ENOUGH, component, lasting
from .test_anomalies import operator, pump

PATH = "/api/assets/circulation-pump/baseline"


def frozen() -> bytes:
    """A pump whose second channel never moves."""
    rows = [(float(n % 7), 5.0) for n in range(240)]
    return machine.commission(("node-1/flow", "node-1/vibration"), rows, 60.0).kept()


async def test_a_machine_is_commissioned_and_the_old_baseline_counts_until_the_new_one_is_frozen(house: House) -> None:
    await pump(house)
    operate, read = await house.token(Scope.OPERATE), await house.token(Scope.READ)
    status, shown = await house.call("GET", PATH, headers=read)
    assert (status, shown) == (200, {
        "asset": "circulation-pump", "asset_name": "Circulation pump", "possible": True, "reason": "",
        "state": "none", "hours": 168, "resting": "", "baseline": None, "collecting": None, "history": [],
        "simulated": False,
    })  # fmt: skip
    status, shown = await house.call("POST", PATH, headers=operate)
    assert (status, shown["state"], shown["collecting"]["to_ms"]) == (201, "collecting", START_MS + 168 * HOUR_MS)
    assert shown["collecting"]["from"] == "2026-01-07T12:00:00.000Z"
    assert shown["collecting"]["who"] == operator(house)
    content = frozen()
    first = house.automation.insight.baselines.freeze("circulation-pump", content)
    status, shown = await house.call("GET", PATH, headers=read)
    assert (shown["state"], shown["collecting"]) == ("frozen", None)
    assert (shown["baseline"]["digest"], shown["baseline"]["rows"]) == (first.digest, 60)
    assert shown["baseline"]["channels"] == ["node-1/flow", "node-1/vibration"]
    assert shown["baseline"]["unjudged"] == ["node-1/vibration"]
    body = {"hours": 24, "since": "2026-01-06T12:00:00Z"}
    status, shown = await house.call("POST", PATH, headers=operate, body=body)
    assert (status, shown["state"], shown["baseline"]["id"]) == (201, "frozen", first.id)
    assert (shown["collecting"]["from_ms"], shown["collecting"]["to_ms"]) == (START_MS - 24 * HOUR_MS, START_MS)
    assert [one["state"] for one in shown["history"]] == ["collecting", "frozen"]
    assert (await house.call("POST", PATH, headers=operate))[0] == 409
    house.automation.insight.baselines.freeze("circulation-pump", content)
    _, shown = await house.call("GET", PATH, headers=read)
    assert sorted(one["state"] for one in shown["history"]) == ["frozen", "replaced"]


async def test_a_commissioning_is_cancelled_and_what_is_frozen_stays(house: House) -> None:
    await pump(house)
    operate = await house.token(Scope.OPERATE)
    assert (await house.call("DELETE", PATH, headers=operate))[0] == 409
    await house.call("POST", PATH, headers=operate, body={"hours": 1})
    first = house.automation.insight.baselines.freeze("circulation-pump", frozen())
    assert (await house.call("DELETE", PATH, headers=operate))[0] == 409
    await house.call("POST", PATH, headers=operate, body={"hours": 336})
    status, shown = await house.call("DELETE", PATH, headers=operate)
    assert (status, shown["state"], shown["collecting"], shown["baseline"]["id"]) == (200, "frozen", None, first.id)
    assert shown["history"][0]["state"] == "cancelled"


async def test_what_cannot_be_commissioned_is_refused(house: House) -> None:
    await pump(house)
    operate, read = await house.token(Scope.OPERATE), await house.token(Scope.READ)
    assert (await house.call("POST", PATH, headers=read))[0] == 403
    bodies = (
        ({"hours": 0}, 422), ({"hours": 337}, 422), ({"hours": 1.5}, 422), ({"hours": "24"}, 422), ({"x": 1}, 422),
        ({"since": "never"}, 422), ({"since": "2026-02-30"}, 409),
    )  # fmt: skip
    for body, status in bodies:
        assert (await house.call("POST", PATH, headers=operate, body=body))[0] == status, body
    for method in ("GET", "POST", "DELETE"):
        assert (await house.call(method, "/api/assets/nowhere/baseline", headers=operate))[0] == 404
    await house.call("POST", "/api/assets", headers=operate, body={"name": "Bathroom", "kind": "room"})
    status, shown = await house.call("GET", "/api/assets/bathroom/baseline", headers=read)
    assert (status, shown["possible"]) == (200, False)
    assert (
        shown["reason"] == "Bathroom is none of the machines that can be commissioned: pumps, fans and water heaters."
    )
    assert (await house.call("POST", "/api/assets/bathroom/baseline", headers=operate))[0] == 409


async def test_a_baseline_that_no_version_can_read_is_shown_all_the_same(house: House) -> None:
    await pump(house)
    operate = await house.token(Scope.OPERATE)
    await house.call("POST", PATH, headers=operate)
    house.automation.insight.baselines.freeze("circulation-pump", b"of a later version")
    status, shown = await house.call("GET", PATH, headers=operate)
    assert (status, shown["baseline"]["unjudged"]) == (200, [])


async def test_a_machine_is_as_well_as_its_worst_part(house: House) -> None:
    await pump(house)
    read, operate = await house.token(Scope.READ), await house.token(Scope.OPERATE)
    await house.call("POST", "/api/assets", headers=operate, body={"name": "Bathroom", "kind": "room"})
    await house.call("POST", "/api/assets", headers=operate, body={"name": "Fan", "kind": "fan"})
    house.automation.insight.health.parts = [
        component("circulation-pump", lasting(), 62.0),
        component("circulation-pump", NOT_ENOUGH, None, "strainer"),
        component("circulation-pump", lasting(high=None), 48.5, "impeller"),
    ]
    status, shown = await house.call("GET", "/api/insight/health", headers=read)
    assert status == 200
    found = {one["asset"]: one for one in shown["assets"]}
    assert found.keys() == {"circulation-pump", "fan"}
    assert (found["fan"]["health"], found["fan"]["components"], found["fan"]["baseline"]) == (None, [], "none")
    assert found["fan"]["text"] == "Nothing is measured that tells of its condition."
    whole = found["circulation-pump"]
    assert (whole["name"], whole["kind"], whole["health"], whole["text"]) == (
        "Circulation pump", "pump", 48.5, "bearing: in words.",
    )  # fmt: skip
    bearing, strainer, impeller = whole["components"]
    driver = {
        "sensor": "pump, vibration", "label": "vibration while it runs", "unit": "mm/s", "value": 3.1, "baseline": 1.8,
        "limit": 5.4, "points": 38.0,
    }  # fmt: skip
    assert bearing == {
        "asset": "circulation-pump", "asset_name": "Circulation pump", "component": "bearing", "health": 62.0,
        "life": "range",
        "remaining": {"low_days": 40.0, "likely_days": 60.0, "high_days": 90.0, "confidence": 0.9},
        "trend": {"per_month": -12.0, "low": -15.0, "high": -9.0}, "driver": driver, "drivers": [driver],
        "text": "bearing: in words.",
        "days": [{"time_ms": START_MS, "value": 70.0}, {"time_ms": START_MS + 1, "value": 62.0}], "simulated": False,
    }  # fmt: skip
    assert (strainer["life"], strainer["remaining"], strainer["health"]) == ("not_enough_history", None, None)
    assert impeller["remaining"]["high_days"] is None
    _, one = await house.call("GET", "/api/insight/health?asset=fan", headers=read)
    assert [part["asset"] for part in one["assets"]] == ["fan"]
    assert (await house.call("GET", "/api/insight/health?asset=bathroom", headers=read))[1] == {"assets": []}
    assert (await house.call("GET", "/api/insight/health?asset=nowhere", headers=read))[0] == 404


async def test_what_to_see_to_comes_in_the_order_in_which_it_is_due(house: House) -> None:
    await pump(house)
    read = await house.token(Scope.READ)
    parts = [component("circulation-pump", lasting(), 62.0), component("gone", NOT_ENOUGH, None, "fan")]
    house.automation.insight.health.parts = parts
    status, shown = await house.call("GET", "/api/insight/maintenance", headers=read)
    assert status == 200
    assert [(one["asset"], one["asset_name"], one["component"]) for one in shown["items"]] == [
        ("circulation-pump", "Circulation pump", "bearing"), ("gone", "gone", "fan"),
    ]  # fmt: skip
    _, shown = await house.call("GET", "/api/insight/maintenance?asset=circulation-pump", headers=read)
    assert len(shown["items"]) == 1
    assert (await house.call("GET", "/api/insight/maintenance?asset=nowhere", headers=read))[0] == 404


async def test_what_judges_nothing_any_more_says_so(house: House) -> None:
    await pump(house)
    operate, baselines = await house.token(Scope.OPERATE), house.automation.insight.baselines
    await house.call("POST", PATH, headers=operate)
    first = baselines.freeze("circulation-pump", frozen())
    baselines.tell(replace(first, lost=("node-1/flow",)))
    baselines.rests["circulation-pump"] = "only 1 of its 2 channels are as they were"
    _, shown = await house.call("GET", PATH, headers=operate)
    assert (shown["state"], shown["resting"]) == ("frozen", "only 1 of its 2 channels are as they were")
    assert shown["baseline"]["lost"] == ["node-1/flow"]
