"""How a device becomes a device, over HTTP."""

from __future__ import annotations

import asyncio
import json
import shutil
from pathlib import Path

import pytest

from gateway.core.access import Scope

from .house import MAC, House, living
from .test_route_table import basic

BODY = {"mac_address": MAC, "firmware_version": "1.0.0", "capabilities": {"kind": "window"}}


async def test_an_enrolment_token_gives_credentials_the_brokers_address_and_the_ca(tmp_path: Path) -> None:
    async with living(tmp_path, mqtt_host="gateway.local", mqtt_port=18883, ca_pem="-----BEGIN") as house:
        token = await house.enrolment.create()
        status, given = await house.call("POST", "/api/v1/devices/register", body={**BODY, "token": token})
        assert status == 201
        assert given["mqtt"] == {"host": "gateway.local", "port": 18883, "tls": True}
        assert given["ca_pem"] == "-----BEGIN"
        assert given["mqtt_username"] == given["device_id"]
        assert house.registry.authenticate(given["mqtt_username"], given["mqtt_password"].encode()) is not None


async def test_without_a_public_name_the_broker_is_where_the_panel_was_reached(house: House) -> None:
    token = await house.enrolment.create()
    _, given = await house.call("POST", "/api/devices/register", body={**BODY, "token": token})
    assert given["mqtt"]["host"] == "127.0.0.1"


async def test_while_pairing_is_closed_a_device_without_a_token_is_refused(house: House) -> None:
    for token in ({}, {"token": "guessed"}, {"token": None}):
        status, problem = await house.call("POST", "/api/devices/register", body={**BODY, **token})
        assert status == 403
        assert "token" in problem["detail"]


async def test_in_the_pairing_window_an_operator_approves_and_the_claim_is_good_once(house: House) -> None:
    admin = await house.token(Scope.ADMIN)
    status, pairing = await house.call("POST", "/api/pairing", headers=admin, body={"minutes": 5})
    assert (status, pairing["open"], pairing["until"]) == (200, True, "2026-01-07T12:05:00.000Z")
    status, waiting = await house.call("POST", "/api/devices/register", body=BODY)
    assert (status, set(waiting)) == (202, {"claim", "retry_after_s"})
    path = f"/api/devices/register/{waiting['claim']}"
    assert (await house.call("GET", path))[0] == 202
    _, listed = await house.call("GET", "/api/devices?status=provisioning", headers=admin)
    (shown,) = listed["devices"]
    assert (shown["approved"], shown["pending"]) == (False, True)
    status, shown = await house.call("POST", f"/api/devices/{shown['id']}/approve", headers=admin)
    assert (status, shown["approved"]) == (200, True)
    status, given = await house.call("GET", path)
    assert (status, given["device_id"]) == (200, shown["id"])
    assert (await house.call("GET", path))[0] == 410


async def test_a_refused_claim_is_a_403(house: House) -> None:
    house.registry.pairing.open(5)
    _, waiting = await house.call("POST", "/api/devices/register", body=BODY)
    (device,) = house.registry.devices()
    await house.registry.revoke(device.id)
    assert (await house.call("GET", f"/api/devices/register/{waiting['claim']}"))[0] == 403


@pytest.mark.parametrize("how", [("DELETE", None), ("POST", {"minutes": 0})])
async def test_pairing_is_closed_again(house: House, how: tuple[str, object]) -> None:
    admin = await house.token(Scope.ADMIN)
    house.registry.pairing.open(5)
    status, pairing = await house.call(how[0], "/api/pairing", headers=admin, body=how[1])
    assert (status, pairing) == (200, {"open": False, "until": None, "until_ms": None})
    assert (await house.call("POST", "/api/devices/register", body=BODY))[0] == 403


@pytest.mark.parametrize(
    ("body", "key"),
    [
        ({"firmware_version": "1"}, "mac_address"),
        ({**BODY, "mac_address": 7}, "mac_address"),
        ({**BODY, "capabilities": []}, "capabilities"),
        ({**BODY, "token": 1}, "token"),
    ],
)
async def test_a_wrong_body_is_refused_with_the_key_that_is_wrong(house: House, body: object, key: str) -> None:
    status, problem = await house.call("POST", "/api/devices/register", body=body)
    assert (status, problem["key"]) == (422, key)
    assert key in problem["detail"]


async def test_a_mac_that_is_none_is_refused(house: House) -> None:
    status, problem = await house.call("POST", "/api/devices/register", body={**BODY, "mac_address": "kitchen"})
    assert status == 422
    assert "mac_address" in problem["detail"]


@pytest.mark.needs("curl")
async def test_curl_registers_a_device_without_saying_what_the_body_is(house: House) -> None:
    token = await house.enrolment.create()
    curl = await asyncio.create_subprocess_exec(
        shutil.which("curl") or "curl", "-sS", "-w", "\n%{http_code}", "-d", json.dumps({**BODY, "token": token}),
        house.url + "/api/devices/register", stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, _ = await curl.communicate()
    body, status = out.decode().rsplit("\n", 1)
    assert status == "201"
    assert json.loads(body)["mqtt_password"]


async def test_hardware_that_was_given_a_devices_place_becomes_it_with_the_credentials_it_had(house: House) -> None:
    old, new = await house.device(), await house.device("aa:bb:cc:dd:ee:02")
    body = {"mac_address": "aa:bb:cc:dd:ee:02", "firmware_version": "1.0.0"}
    await house.registry.swap(old.device_id, new.device_id, "operator")
    last = basic(new)
    for path in (f"/api/devices/{old.device_id}", f"/api/devices/{new.device_id}", "/api/pairing"):
        assert (await house.call("GET", path, headers=last))[0] == 401
    status, given = await house.call("POST", "/api/devices/register", headers=last, body=body)
    assert (status, given["device_id"]) == (201, old.device_id)
    assert house.registry.authenticate(given["mqtt_username"], given["mqtt_password"].encode()) is not None
    assert (await house.call("POST", "/api/devices/register", headers=last, body=body))[0] == 403


async def test_credentials_that_prove_nothing_are_as_good_as_none(house: House) -> None:
    old, new = await house.device(), await house.device("aa:bb:cc:dd:ee:02")
    await house.registry.swap(old.device_id, new.device_id, "operator")
    body = {"mac_address": "aa:bb:cc:dd:ee:03", "firmware_version": "1.0.0"}
    for wrong in (basic(old), basic(new), {"Authorization": "Basic bm9ib2R5Ondyb25n"}):
        assert (await house.call("POST", "/api/devices/register", headers=wrong, body=body))[0] == 403
    assert (await house.call("POST", "/api/devices/register", headers={"Authorization": "Basic ?"}, body=body))[
        0
    ] == 401


async def test_no_device_is_called_register(house: House) -> None:
    admin = await house.token(Scope.ADMIN)
    for method in ("GET", "PATCH", "DELETE", "PUT"):
        async with house.http.request(method, f"{house.url}/api/devices/register", headers=admin) as answer:
            assert (answer.status, answer.headers["Allow"]) == (405, "POST")


async def test_a_claim_that_never_can_have_been_is_not_found_and_one_that_was_is_gone(house: House) -> None:
    assert (await house.call("GET", "/api/devices/register/none"))[0] == 404
    assert (await house.call("GET", f"/api/devices/register/{house.secrets.token()}"))[0] == 410
