"""Other hardware takes a device's place, over HTTP."""

from __future__ import annotations

from gateway.core.access import Scope
from gateway.flow.registration import Credentials, Registration
from tests.fakes import START_MS

from .house import MAC, House

OTHER = "aa:bb:cc:dd:ee:02"


async def test_a_known_device_takes_the_place_of_another(house: House) -> None:
    old, new = await house.device(kind="climate"), await house.device(OTHER, kind="climate", name="Spare")
    house.measure(old.device_id, START_MS - 5000, temperature=20.0)
    house.clock.advance(s=10)
    admin = await house.token(Scope.ADMIN)
    path = f"/api/devices/{old.device_id}"
    status, swapped = await house.call("POST", path + "/swap", headers=admin, body={"replacement": new.device_id})
    assert (status, swapped["token"], swapped["warnings"]) == (200, None, [])
    assert swapped["device"]["mac_address"] == OTHER
    assert swapped["device"]["swaps"] == [
        {"time": "2026-01-07T12:00:10.000Z", "time_ms": START_MS + 10_000, "before_mac": MAC, "after_mac": OTHER,
         "breaks": True}
    ]  # fmt: skip
    for given in (old, new):
        assert house.registry.authenticate(given.mqtt_username, given.mqtt_password.encode()) is None
    assert (await house.call("GET", f"/api/devices/{new.device_id}", headers=admin))[0] == 404


async def test_the_break_stands_in_the_history_which_spans_both(house: House) -> None:
    old, new = await house.device(kind="climate"), await house.device(OTHER, kind="climate")
    house.measure(old.device_id, START_MS, temperature=20.0)
    house.measure(new.device_id, START_MS + 60_000, temperature=23.0)
    house.clock.advance(minutes=2)
    admin = await house.token(Scope.ADMIN)
    path = f"/api/devices/{old.device_id}"
    await house.call("POST", path + "/swap", headers=admin, body={"replacement": new.device_id})
    _, history = await house.call("GET", f"{path}/history?metric=temperature", headers=admin)
    assert [reading["value"] for reading in history["readings"]] == [20.0, 23.0]
    assert [(one["time_ms"], one["device"]) for one in history["breaks"]] == [(START_MS + 120_000, old.device_id)]
    assert MAC in history["breaks"][0]["reason"]


async def test_without_a_replacement_whoever_has_the_token_becomes_the_device(house: House) -> None:
    old = await house.device(kind="climate")
    admin = await house.token(Scope.ADMIN)
    path = f"/api/devices/{old.device_id}/swap"
    status, swapped = await house.call("POST", path, headers=admin, body={"minutes": 5})
    assert (status, swapped["expires_ms"]) == (200, START_MS + 300_000)
    assert swapped["expires_at"] == "2026-01-07T12:05:00.000Z"
    given = await house.registry.register(Registration(OTHER, "1.0.0", swapped["token"], {"kind": "climate"}))
    assert isinstance(given, Credentials)
    assert given.device_id == old.device_id


async def test_what_cannot_be_swapped_is_refused(house: House) -> None:
    old = await house.device()
    admin = await house.token(Scope.ADMIN)
    path = f"/api/devices/{old.device_id}/swap"
    assert (await house.call("POST", path, headers=admin, body={"replacement": old.device_id}))[0] == 409
    assert (await house.call("POST", path, headers=admin, body={"replacement": "nobody-1"}))[0] == 404
    assert (await house.call("POST", path, headers=admin, body={"minutes": 0}))[0] == 422
    assert (await house.call("POST", "/api/devices/nobody-1/swap", headers=admin, body={}))[0] == 404
    assert house.registry.authenticate(old.mqtt_username, old.mqtt_password.encode()) is not None
