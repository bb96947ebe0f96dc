"""Alerts by the API: listed, followed, acknowledged, muted, traced."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from msgspec.structs import replace

from gateway.core.access import Scope
from gateway.core.alerts.alert import AlertKind
from gateway.core.delivery import DeliveryState
from gateway.core.messages import Audited
from tests.backends.store_kit import running
from tests.fakes import START_MS

from .house import House, living
from .outward import alert, delivery
from .test_live import connect, heard

HOUR_MS = 3_600_000
DISK = "part/disk"


def ids(shown: Any) -> list[str]:
    return [one["id"] for one in shown["alerts"]]


async def test_an_alert_has_the_documents_keys_and_says_who_was_told(house: House) -> None:
    read = await house.token(Scope.READ)
    about = house.outward.alerts.keep(alert(simulated=True))
    house.outward.outbox.keep(delivery(about, repeated=True, tried=2, detail="once more"))
    status, shown = await house.call("GET", f"/api/alerts/{about.id}", headers=read)
    assert status == 200
    deliveries = shown.pop("deliveries")
    assert shown == {
        "id": about.id, "key": "breach/fern/soil_moisture", "kind": "breach", "level": "warning", "title": "Fern",
        "text": "soil_moisture is 15.2, threshold min 20.0", "human": "The fern's soil is drier than it should be.",
        "opened": "2026-01-07T12:00:00.000Z", "opened_ms": START_MS, "over": None, "over_ms": None, "over_text": "",
        "acked": None, "acked_ms": None, "acked_by": "", "times": 1, "device": "node-1", "asset": "fern",
        "plant_id": "fern", "metric": "soil_moisture", "value": 15.2, "threshold": 20.0,
        "sent_at": "2026-01-07T12:00:00.005Z", "sent_ms": START_MS + 5, "correlation": "node-1/b1/7",
        "simulated": True,
    }  # fmt: skip
    (told,) = deliveries
    assert (told["channel"], told["target"], told["part"], told["state"]) == ("ntfy", "home", "open", "queued")
    assert (told["tried"], told["repeated"], told["detail"], told["simulated"]) == (2, True, "once more", True)
    assert (await house.call("GET", "/api/alerts/" + "0" * 16, headers=read))[0] == 404
    assert (await house.call("GET", "/api/alerts/fern", headers=read))[0] == 404


async def test_only_a_plants_alert_names_a_plant(house: House) -> None:
    read = await house.token(Scope.READ)
    house.outward.alerts.keep(alert(key="anomaly/pump", kind=AlertKind.ANOMALY, asset="pump", told_ms=None))
    (shown,) = (await house.call("GET", "/api/alerts", headers=read))[1]["alerts"]
    assert (shown["asset"], shown["plant_id"], shown["sent_at"]) == ("pump", None, None)


async def test_alerts_are_listed_by_what_is_asked_for_and_page_by_page(tmp_path: Path) -> None:
    async with running(tmp_path) as store, living(tmp_path, store=store) as house:
        read = await house.token(Scope.READ)
        kept = [
            house.outward.alerts.keep(
                alert(
                    START_MS + n * HOUR_MS,
                    DISK if n % 2 else "breach/fern/soil_moisture",
                    over_ms=None if n > 2 else START_MS + n * HOUR_MS + 5,
                )
            ).id
            for n in range(5)
        ]
        await store.flush()

        async def asked(query: str) -> Any:
            status, shown = await house.call("GET", f"/api/alerts{query}", headers=read)
            assert status == 200, shown
            return shown

        newest = kept[::-1]
        assert ids(await asked("")) == newest
        assert (await asked(""))["more"] is False
        first = await asked("?limit=2")
        assert (ids(first), first["more"]) == (newest[:2], True)
        second = await asked(f"?limit=2&before={newest[1]}")
        assert (ids(second), second["more"]) == (newest[2:4], True)
        assert ids(await asked("?open=true")) == newest[:2]
        assert ids(await asked(f"?open=true&before={newest[0]}")) == newest[1:2]
        assert ids(await asked("?open=true&limit=1")) == newest[:1]
        assert ids(await asked("?open=true&before=" + "0" * 16)) == []
        assert ids(await asked("?open=false")) == newest[2:]
        assert (await asked("?open=false&limit=2"))["more"] is True
        assert ids(await asked(f"?key={DISK}")) == [kept[3], kept[1]]
        assert ids(await asked(f"?key={DISK}&open=true")) == [kept[3]]
        span = f"from={START_MS + HOUR_MS}&to={START_MS + 4 * HOUR_MS}"
        assert ids(await asked(f"?{span}")) == [kept[3], kept[2], kept[1]]
        assert ids(await asked(f"?{span}&open=true")) == [kept[3]]
        for query in ("?limit=501", "?open=perhaps", "?before=x", "?key=" + "x" * 201, "?else=1"):
            assert (await house.call("GET", f"/api/alerts{query}", headers=read))[0] == 422, query
        assert (await house.call("GET", "/api/alerts?from=2&to=1", headers=read))[0] == 409


async def test_who_may_only_read_acknowledges_and_mutes_nothing(house: House) -> None:
    read, operate = await house.token(Scope.READ), await house.token(Scope.OPERATE)
    about = house.outward.alerts.keep(alert())
    assert (await house.call("POST", f"/api/alerts/{about.id}/ack", headers=read))[0] == 403
    assert (await house.call("POST", "/api/alerts/mute", headers=read, body={"minutes": 60}))[0] == 403
    status, shown = await house.call("POST", f"/api/alerts/{about.id}/ack", headers=operate)
    assert (status, shown["acked_ms"]) == (200, START_MS)
    assert shown["acked_by"]
    assert (await house.call("POST", f"/api/alerts/{about.id}/ack", headers=operate))[1] == shown
    assert (await house.call("POST", "/api/alerts/" + "0" * 16 + "/ack", headers=operate))[0] == 404
    status, shown = await house.call("POST", "/api/alerts/mute", headers=operate, body={"minutes": 60})
    assert (status, shown) == (200, {"until": "2026-01-07T13:00:00.000Z", "until_ms": START_MS + HOUR_MS})
    assert (await house.call("GET", "/api/alerts/mute", headers=read))[1] == shown
    assert (await house.call("GET", "/api/alerts", headers=read))[1]["muted_until_ms"] == START_MS + HOUR_MS
    status, shown = await house.call("POST", "/api/alerts/mute", headers=operate, body={"minutes": 0})
    assert (status, shown) == (200, {"until": None, "until_ms": 0})
    for minutes in (-1, 1441, 1.5, "60", None):
        assert (await house.call("POST", "/api/alerts/mute", headers=operate, body={"minutes": minutes}))[0] == 422


async def test_who_follows_alerts_hears_of_them_and_of_the_silence(house: House) -> None:
    async with await connect(house, "?channels=alerts") as live:
        assert (await heard(live))["type"] == "snapshot"
        about = house.outward.alerts.keep(alert())
        message = await heard(live)
        assert (message["type"], message["alert"]["id"], message["alert"]["over"]) == ("alert", about.id, None)
        house.outward.alerts.keep(replace(about, over_ms=START_MS + 9, over_text="soil_moisture is 21.3 again"))
        message = await heard(live)
        assert (message["alert"]["over_ms"], message["alert"]["over_text"]) == (
            START_MS + 9,
            "soil_moisture is 21.3 again",
        )
        await house.outward.alerts.mute(60, "anna")
        message = await heard(live)
        assert {**message, "seq": 0} == {"type": "muted", "seq": 0, "until_ms": START_MS + HOUR_MS, "who": "anna"}


async def test_a_trace_leads_from_the_reading_to_the_alert_and_from_a_sentence_to_what_it_was_taken_for(
    tmp_path: Path,
) -> None:
    async with running(tmp_path) as store, living(tmp_path, store=store) as house:
        over = alert(acked_ms=START_MS + 60_000, acked_by="anna", over_ms=START_MS + HOUR_MS, over_text="wet again")
        house.outward.alerts.keep(over)
        house.outward.alerts.keep(alert(START_MS + 1, key=DISK, correlation="other"))
        house.disk.submit([Audited(START_MS + 2, "chat.said", "anna", "query state", "r-1")])
        await store.flush()
        read, admin = await house.token(Scope.READ), await house.token(Scope.ADMIN)
        _, found = await house.call("GET", "/api/trace/node-1/b1/7", headers=read)
        assert [(step["what"], step["kind"], step["who"], step["text"]) for step in found["steps"]] == [
            ("alert", "alert.breach", "node-1", "Fern: soil_moisture is 15.2, threshold min 20.0"),
            ("alert", "alert.acked", "node-1", "by anna"),
            ("alert", "alert.over", "node-1", "wet again"),
        ]
        for caller in (read, admin):
            _, found = await house.call("GET", "/api/trace/r-1", headers=caller)
            assert [(step["what"], step["kind"], step["who"], step["text"]) for step in found["steps"]] == [
                ("say", "chat.said", "anna", "query state")
            ]


async def test_an_unsure_message_is_told_as_one(house: House) -> None:
    about = house.outward.alerts.keep(alert())
    house.outward.outbox.keep(delivery(about, state=DeliveryState.UNSURE))
    _, shown = await house.call("GET", f"/api/alerts/{about.id}", headers=await house.token(Scope.READ))
    assert shown["deliveries"][0]["state"] == "unsure"


async def test_what_goes_on_is_shown_although_the_disk_takes_nothing(house: House) -> None:
    """Such as that the disk is full."""
    read = await house.token(Scope.READ)
    older = house.outward.alerts.keep(alert(START_MS))
    full = alert(START_MS + HOUR_MS, DISK)
    house.outward.alerts._known[full.id] = full
    assert ids((await house.call("GET", "/api/alerts", headers=read))[1]) == [full.id, older.id]
    assert ids((await house.call("GET", "/api/alerts?limit=1", headers=read))[1]) == [full.id]
    assert ids((await house.call("GET", f"/api/alerts?before={full.id}", headers=read))[1]) == [older.id]
    assert ids((await house.call("GET", f"/api/alerts?key={DISK}", headers=read))[1]) == [full.id]
    status, shown = await house.call("GET", f"/api/alerts/{full.id}", headers=read)
    assert (status, shown["key"], shown["deliveries"]) == (200, DISK, [])
