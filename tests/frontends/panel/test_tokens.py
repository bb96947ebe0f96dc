"""Tokens for devices, for the API and for MQTT."""

from __future__ import annotations

import json

import pytest

from gateway.core.access import Scope

from .house import MAC, House


async def test_an_enrolment_token_is_made_with_its_limits(house: House) -> None:
    admin = await house.token(Scope.ADMIN)
    body = {"kind": "enrol", "uses": 2, "minutes": 30, "mac": MAC}
    status, made = await house.call("POST", "/api/tokens", headers=admin, body=body)
    assert (status, made["uses"], made["expires_at"]) == (201, 2, "2026-01-07T12:30:00.000Z")
    assert await house.enrolment.spend(made["token"], MAC)


async def test_an_api_token_works_with_its_scope_until_it_is_deleted(house: House) -> None:
    admin = await house.token(Scope.ADMIN)
    status, made = await house.call("POST", "/api/tokens", headers=admin, body={"kind": "api", "scope": "read"})
    assert status == 201
    bearer = {"Authorization": f"Bearer {made['token']}"}
    assert (await house.call("GET", "/api/devices", headers=bearer))[0] == 200
    assert (await house.call("GET", "/api/tokens", headers=bearer))[0] == 403
    assert (await house.call("DELETE", f"/api/tokens/api/{made['id']}", headers=admin))[0] == 204
    assert (await house.call("GET", "/api/devices", headers=bearer))[0] == 401


async def test_an_mqtt_account_is_made_and_deleted(house: House) -> None:
    admin = await house.token(Scope.ADMIN)
    body = {"kind": "mqtt", "name": "homeassistant", "scope": "operate"}
    status, made = await house.call("POST", "/api/tokens", headers=admin, body=body)
    assert (status, made["mqtt_username"], made["mqtt"]["port"]) == (201, "homeassistant", 8883)
    known = house.accounts.services.authenticate("homeassistant", made["mqtt_password"].encode())
    assert known is not None
    assert known.scope is Scope.OPERATE
    assert (await house.call("POST", "/api/tokens", headers=admin, body=body))[0] == 409
    assert (await house.call("DELETE", "/api/tokens?kind=mqtt&id=homeassistant", headers=admin))[0] == 204
    assert house.accounts.services.all() == []


async def test_a_sign_in_link_leads_to_this_panel_and_works_once(house: House) -> None:
    admin = await house.token(Scope.ADMIN)
    status, made = await house.call("POST", "/api/tokens", headers=admin, body={"kind": "sign-in", "minutes": 5})
    assert (status, made["expires_at"]) == (201, "2026-01-07T12:05:00.000Z")
    assert made["link"] == f"{house.url}/sign-in?code={made['code']}"
    seen = [(await house.call("GET", f"/sign-in?code={made['code']}"))[0] for _ in range(2)]
    assert seen == [303, 403]


async def test_the_list_shows_every_kind_and_no_secret(house: House) -> None:
    admin = await house.token(Scope.ADMIN)
    made = [
        (await house.call("POST", "/api/tokens", headers=admin, body=body))[1]
        for body in (
            {"kind": "enrol"},
            {"kind": "api", "scope": "read", "name": "grafana"},
            {"kind": "mqtt", "name": "nodered"},
        )
    ]
    _, listed = await house.call("GET", "/api/tokens", headers=admin)
    assert sorted(token["kind"] for token in listed["tokens"]) == ["api", "api", "enrol", "mqtt"]
    text = json.dumps(listed)
    assert not [one for one in made if (one.get("token") or one.get("mqtt_password")) in text]
    (enrol,) = [token for token in listed["tokens"] if token["kind"] == "enrol"]
    assert (await house.call("DELETE", f"/api/tokens/enrol/{enrol['id']}", headers=admin))[0] == 204
    assert not await house.enrolment.spend(made[0]["token"], MAC)


@pytest.mark.parametrize(
    "body",
    [
        {"kind": "gold"},
        {"scope": "read"},
        {"kind": "api"},
        {"kind": "api", "scope": "root"},
        {"kind": "mqtt", "name": "x", "scope": "admin"},
        {"kind": "mqtt", "name": "+/#"},
        {"kind": "enrol", "uses": 0},
        {"kind": "enrol", "minutes": -1},
        {"kind": "enrol", "mac": "kitchen"},
        {"kind": "enrol", "scope": "admin"},
        {"kind": "sign-in", "minutes": 0},
        {"kind": "sign-in", "minutes": 100000},
    ],
)
async def test_a_token_that_cannot_be_is_refused(house: House, body: object) -> None:
    status, problem = await house.call("POST", "/api/tokens", headers=await house.token(Scope.ADMIN), body=body)
    assert status == 422
    assert problem["detail"]


async def test_deleting_what_is_not_there_is_a_404_and_an_unknown_kind_is_explained(house: House) -> None:
    admin = await house.token(Scope.ADMIN)
    assert (await house.call("DELETE", "/api/tokens/api/api-none", headers=admin))[0] == 404
    assert (await house.call("DELETE", "/api/tokens/enrol/none", headers=admin))[0] == 404
    status, problem = await house.call("DELETE", "/api/tokens/gold/1", headers=admin)
    assert (status, problem["key"]) == (404, "kind")
    status, problem = await house.call("DELETE", "/api/tokens?kind=gold&id=1", headers=admin)
    assert (status, problem["key"]) == (422, "kind")
