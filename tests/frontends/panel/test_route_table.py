"""Every route of the table, asked by every kind of caller."""

from __future__ import annotations

import base64
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.core.access import Scope
from gateway.core.messages import Audited
from gateway.flow.registration import Credentials
from gateway.frontends.panel.access import Access
from gateway.frontends.panel.device_view import DeviceView
from gateway.frontends.panel.doors import table
from gateway.frontends.panel.feed import Feed
from gateway.frontends.panel.names import SAMPLE
from gateway.frontends.panel.routes import Route, Who

from .house import House, living, settings

OPEN = {
    ("GET", "/session"),
    ("POST", "/session"),
    ("DELETE", "/session"),
    ("POST", "/first-run"),
    ("GET", "/sign-in"),
    ("POST", "/devices/register"),
    ("*", "/devices/register"),
    ("GET", "/devices/register/{claim}"),
    ("GET", "/health"),
    ("POST", "/hooks/telegram"),
    ("GET", "/ca"),
    ("GET", "/ca.pem"),
    ("GET", "/ca.crt"),
    ("GET", "/{path:(?!api(?:/|$)).*}"),
}
"""What PROTOCOL lets anybody ask. A route that is new here was opened to the whole network."""
ADMINS = {
    ("GET", "/log"),
    ("PUT", "/log"),
    ("DELETE", "/log"),
    ("GET", "/tokens"),
    ("POST", "/tokens"),
    ("DELETE", "/tokens"),
    ("DELETE", "/tokens/{kind}/{token}"),
    ("POST", "/pairing"),
    ("DELETE", "/pairing"),
    ("DELETE", "/devices/{id}"),
    ("POST", "/devices/{id}/approve"),
    ("POST", "/devices/{id}/revoke"),
    ("POST", "/devices/{id}/swap"),
    ("GET", "/audit"),
    ("DELETE", "/quality/ghosts/{device}"),
    ("POST", "/models/{model}/install"),
    ("POST", "/models/{model}/promote"),
    ("POST", "/models/{model}/rollback"),
    ("POST", "/signers"),
    ("DELETE", "/signers/{signer}"),
    ("POST", "/rules/import"),
    ("PUT", "/channels/{channel}"),
    ("DELETE", "/channels/{channel}"),
    ("POST", "/channels/{channel}/test"),
    ("DELETE", "/channels/{channel}/outbox/{delivery:.+}"),
    ("POST", "/telegram/pairing"),
    ("DELETE", "/telegram/people/{person}"),
    ("GET", "/settings/llm"),
    ("PUT", "/settings/llm"),
    ("POST", "/settings/llm/test"),
    ("GET", "/settings/llm/log"),
}
DEVICES_OWN = {
    ("GET", "/devices/{id}"),
    ("GET", "/devices/{id}/history"),
    ("GET", "/devices/{id}/commands"),
    ("GET", "/devices/{id}/commands/{command}"),
    ("GET", "/devices/{id}/shadow"),
    ("GET", "/devices/{id}/window"),
    ("POST", "/devices/{id}/telemetry"),
}


def whole_table(house: House) -> list[Route]:
    feed = Feed(house.bus, DeviceView(house.parts()), 0)
    try:
        return table(house.parts(), settings(house.data), feed, lambda: "", Access())
    finally:
        feed.close()


@pytest.fixture
async def crowd(tmp_path: Path) -> AsyncIterator[tuple[House, dict[str, dict[str, str]], Credentials]]:
    """A house, the headers of each kind of caller, and the device whose resources are asked for."""
    async with living(tmp_path, burst=100_000) as house:
        own = await house.device()
        other = await house.device("aa:bb:cc:dd:ee:02")
        callers = {scope.value: await house.token(scope) for scope in Scope}
        callers |= {"nobody": {}, "own": basic(own), "other": basic(other)}
        yield house, callers, own


def basic(credentials: Credentials) -> dict[str, str]:
    pair = f"{credentials.mqtt_username}:{credentials.mqtt_password}".encode()
    return {"Authorization": "Basic " + base64.b64encode(pair).decode()}


def filled(pattern: str, device: str) -> str:
    """The path with a sample for each parameter."""
    samples = {**SAMPLE, "id": device}
    return re.sub(r"{(\w+)(?::[^}]*)?}", lambda named: samples[named[1]], pattern)


def test_what_is_open_and_what_is_a_devices_own_is_as_written_down(tmp_path: Path) -> None:
    routes = whole_table(House(tmp_path))
    assert {(route.method, route.path) for route in routes if route.who is Who.OPEN} == OPEN
    assert {(route.method, route.path) for route in routes if route.who is Who.ADMIN} == ADMINS
    assert {(route.method, route.path) for route in routes if route.own or route.who is Who.DEVICE} == DEVICES_OWN


async def test_every_guarded_route_lets_in_whom_it_names_and_nobody_else(
    crowd: tuple[House, dict[str, dict[str, str]], Credentials],
) -> None:
    house, callers, own = crowd
    scopes = ["read", "operate", "admin"]
    guarded = [route for route in whole_table(house) if route.who is not Who.OPEN]
    assert len(guarded) > 15
    # The ones that delete the device or its access come last: they must not change who may ask for the others.
    for route in sorted(guarded, key=lambda route: ("revoke" in route.path, route.method == "DELETE")):
        allowed = set(scopes[scopes.index(route.who.value) :]) if route.who is not Who.DEVICE else set()
        if (route.method, route.path) in DEVICES_OWN:
            allowed.add("own")
        method = "PATCH" if route.method == "*" else route.method
        for pattern in route.paths():
            path = filled(pattern, own.device_id)
            for name in ("nobody", "other", "own", *scopes):
                status, problem = await house.call(method, path, headers=callers[name])
                wanted = f"{route.method} {path} as {name}: {status} {problem!r}"
                if name == "nobody":
                    assert status == 401, wanted
                elif name not in allowed:
                    assert status in (401, 403), wanted
                else:
                    assert status not in (401, 403, 500), wanted


async def test_asking_for_the_head_alone_needs_as_much(tmp_path: Path) -> None:
    async with living(tmp_path, burst=10_000) as house:
        for route in whole_table(house):
            if route.method == "GET" and route.who is not Who.OPEN:
                for pattern in route.paths():
                    status, _ = await house.call("HEAD", filled(pattern, "window-1"))
                    assert status == 401, pattern


async def test_every_open_route_answers_nobody_without_asking_who_it_is(house: House) -> None:
    for route in whole_table(house):
        if route.who is Who.OPEN:
            path = filled(route.paths()[0].replace("{path:(?!api(?:/|$)).*}", ""), "none")
            status, _ = await house.call("PATCH" if route.method == "*" else route.method, path)
            assert status not in (401, 500), f"{route.method} {path}: {status}"
            assert (status == 405) == (route.method == "*"), f"{route.method} {path}: {status}"


async def test_both_names_of_the_api_answer_and_a_wrong_method_names_the_right_ones(house: House) -> None:
    for prefix in ("/api", "/api/v1"):
        assert (await house.call("GET", prefix + "/health"))[0] == 200
        status, problem = await house.call("PUT", prefix + "/health")
        assert (status, problem["detail"]) == (405, "This path takes GET, HEAD.")
        assert (await house.call("GET", prefix + "/nothing"))[0] == 404
        assert (await house.call("POST", prefix + "/nothing"))[0] == 404


async def test_what_is_denied_is_in_the_trail(crowd: tuple[House, dict[str, dict[str, str]], Credentials]) -> None:
    house, callers, own = crowd
    await house.call("GET", f"/api/devices/{own.device_id}", headers=callers["other"])
    await house.call("GET", "/api/devices", headers={"Authorization": "Bearer guessed"})
    kinds = [entry.kind for entry in house.changes(Audited)]
    assert "http.denied" in kinds
    assert "http.refused.credentials" in kinds
