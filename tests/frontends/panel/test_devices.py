"""The devices resource."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateway.core.access import Scope
from gateway.core.messages import Heartbeat, Vitals
from gateway.core.ports.store import DeviceErased
from gateway.core.quality import Quality
from gateway.frontends.panel.device_view import _Instants
from gateway.frontends.panel.times import to_text
from tests.fakes import START_MS

from .house import MAC, House


async def test_a_device_is_listed_with_what_is_known_of_it(house: House) -> None:
    given = await house.device(simulated=True, kind="window", name="North window", units={"ph": "pH"})
    house.measure(given.device_id, boot="b1", seq=7, quality={"ph": Quality.STUCK}, temperature=22.5, ph=6.9)
    status, listed = await house.call("GET", "/api/devices", headers=await house.token(Scope.READ))
    assert status == 200
    (shown,) = listed["devices"]
    assert shown == {
        "id": given.device_id,
        "name": "North window",
        "mac_address": MAC,
        "firmware_version": "1.0.0",
        "status": "online",
        "status_reason": "",
        "status_since": "2026-01-07T12:00:00.000Z",
        "status_since_ms": 1767787200000,
        "flapping": False,
        "simulated": True,
        "created_at": "2026-01-07T12:00:00.000Z",
        "last_seen_at": "2026-01-07T12:00:00.000Z",
        "approved": True,
        "pending": False,
        "revoked": False,
        "asset": None,
        "asset_name": None,
        "zone": None,
        "kind": "window",
        "metrics": ["ph", "position", "temperature"],
        "sync": "none",
        "open_commands": 0,
        "swaps": [],
        "capabilities": {"simulated": True, "kind": "window", "name": "North window", "units": {"ph": "pH"}},
        "vitals": None,
        "missing": 0,
        "latest": {
            "temperature": {
                "value": 22.5,
                "time": "2026-01-07T12:00:00.000Z",
                "time_ms": 1767787200000,
                "age_s": 0.0,
                "unit": "°C",
                "quality": [],
                "correlation": f"{given.device_id}/b1/7",
            },
            "ph": {
                "value": 6.9,
                "time": "2026-01-07T12:00:00.000Z",
                "time_ms": 1767787200000,
                "age_s": 0.0,
                "unit": "pH",
                "quality": ["stuck"],
                "correlation": f"{given.device_id}/b1/7",
            },
        },
        "window": {"position": None, "confidence": None, "why": "", "time_ms": None, "held_until_ms": None},
    }


async def test_a_value_says_its_age_and_what_is_wrong_with_its_series(house: House) -> None:
    given = await house.device()
    house.measure(given.device_id, quality={"humidity": Quality.JUMP | Quality.TIME}, temperature=22.5, humidity=40.0)
    house.clock.advance(minutes=2)
    house.suspect[given.device_id] = {"temperature": Quality.STALE, "humidity": 0}
    _, shown = await house.call("GET", f"/api/devices/{given.device_id}", headers=await house.token(Scope.READ))
    latest = shown["latest"]
    assert {metric: (known["age_s"], known["quality"]) for metric, known in latest.items()} == {
        "temperature": (120.0, ["stale"]),
        "humidity": (120.0, ["jump", "time"]),
    }


async def test_a_device_shows_its_vitals_and_why_it_is_as_it_is(house: House) -> None:
    given = await house.device()
    device = given.device_id
    vitals = Vitals(60_500, "b1", 151_000, -61.0, "1.5.0", "no sensor")
    house.bus.publish(Heartbeat(device, vitals, START_MS))
    read = await house.token(Scope.READ)
    _, shown = await house.call("GET", f"/api/devices/{device}", headers=read)
    assert shown["vitals"] == {
        "time": "2026-01-07T12:00:00.000Z", "time_ms": START_MS, "uptime_s": 60.5, "boot": "b1",
        "free_heap_bytes": 151_000, "rssi_dbm": -61.0, "firmware": "1.5.0", "self_test": "no sensor",
    }  # fmt: skip
    assert (shown["status"], shown["status_reason"]) == ("error", "self-test failed: no sensor")
    assert shown["firmware_version"] == "1.5.0"
    house.clock.advance(minutes=14)
    _, shown = await house.call("GET", f"/api/devices/{device}", headers=read)
    assert (shown["status"], shown["status_reason"]) == ("offline", "no heartbeat for 14 min")
    assert shown["status_since_ms"] == START_MS


async def test_the_list_is_filtered_by_status_and_a_wrong_one_is_explained(house: House) -> None:
    given = await house.device()
    read = await house.token(Scope.READ)
    assert (await house.call("GET", "/api/devices?status=online", headers=read))[1] == {"devices": []}
    _, listed = await house.call("GET", "/api/devices?status=provisioning", headers=read)
    assert [shown["id"] for shown in listed["devices"]] == [given.device_id]
    status, problem = await house.call("GET", "/api/devices?status=asleep", headers=read)
    assert (status, problem["key"]) == (422, "status")
    assert "asleep" in problem["detail"]


async def test_long_lists_come_in_pages(house: House) -> None:
    ids = [(await house.device(f"aa:bb:cc:dd:00:{number:02x}")).device_id for number in range(120)]
    read = await house.token(Scope.READ)
    _, everything = await house.call("GET", "/api/devices", headers=read)
    assert {shown["id"] for shown in everything["devices"]} == set(ids)
    listed = [shown["id"] for shown in everything["devices"]]
    _, first = await house.call("GET", "/api/devices?limit=70", headers=read)
    assert ([shown["id"] for shown in first["devices"]], first["more"]) == (listed[:70], True)
    _, rest = await house.call("GET", f"/api/devices?limit=70&after={listed[69]}", headers=read)
    assert [shown["id"] for shown in rest["devices"]] == listed[70:]
    assert "more" not in rest
    _, none = await house.call("GET", f"/api/devices?status=online&limit=5&after={listed[3]}", headers=read)
    assert none == {"devices": []}
    assert (await house.call("GET", "/api/devices?after=nobody-1", headers=read))[0] == 404
    assert (await house.call("GET", "/api/devices?limit=0", headers=read))[0] == 422


@given(st.integers(-62_135_596_800_000, 253_402_300_799_999))
def test_instants_of_a_list_are_written_as_everywhere(time_ms: int) -> None:
    assert _Instants()[time_ms] == to_text(time_ms)


async def test_an_unknown_device_is_a_404(house: House) -> None:
    status, problem = await house.call("GET", "/api/devices/nobody-1", headers=await house.token(Scope.READ))
    assert (status, problem["status"]) == (404, 404)


async def test_a_device_is_renamed(house: House) -> None:
    given = await house.device()
    path = f"/api/devices/{given.device_id}"
    operate = await house.token(Scope.OPERATE)
    status, shown = await house.call("PATCH", path, headers=operate, body={"name": " Kitchen  sensor "})
    assert (status, shown["name"]) == (200, "Kitchen sensor")
    status, problem = await house.call("PATCH", path, headers=operate, body={"nam": "x"})
    assert (status, problem["key"]) == (422, "nam")


async def test_a_revoked_device_can_no_longer_ask_and_a_deleted_one_is_erased(house: House) -> None:
    given = await house.device()
    path = f"/api/devices/{given.device_id}"
    admin = await house.token(Scope.ADMIN)
    status, shown = await house.call("POST", path + "/revoke", headers=admin)
    assert (status, shown["revoked"], shown["status"]) == (200, True, "offline")
    assert house.registry.authenticate(given.mqtt_username, given.mqtt_password.encode()) is None
    assert (await house.call("DELETE", path, headers=admin))[0] == 204
    assert (await house.call("GET", path, headers=admin))[0] == 404
    assert house.changes(DeviceErased) == [DeviceErased(given.device_id)]


async def test_who_asked_for_a_change_is_in_the_trail(house: House) -> None:
    given = await house.device()
    await house.sign_in()
    await house.call("POST", f"/api/devices/{given.device_id}/revoke")
    _, trail = await house.call("GET", "/api/audit?kind=http.change")
    entry, _signed_in = trail["audit"]
    assert (entry["who"], entry["detail"]) == ("operator", f"POST /api/devices/{given.device_id}/revoke 200")
