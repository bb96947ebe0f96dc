"""How much is said, changed over the API; and the line each request leaves in the log."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator

import pytest

from gateway.core.access import Scope
from gateway.core.messages import Audited

from .house import House


@pytest.fixture(autouse=True)
def level_restored() -> Iterator[None]:
    before = logging.getLogger("gateway").level
    yield
    logging.getLogger("gateway").setLevel(before)


async def test_an_administrator_has_more_said_for_a_while_and_it_is_audited(house: House) -> None:
    headers = await house.token(Scope.ADMIN)
    part = logging.getLogger("gateway.flow")
    body = {"level": "debug", "minutes": 5, "logger": "gateway.flow"}
    status, shown = await house.call("PUT", "/api/log", headers=headers, body=body)
    assert (status, part.level) == (200, logging.DEBUG)
    assert [(one["logger"], one["level"]) for one in shown["changes"]] == [("gateway.flow", "debug")]
    assert shown["changes"][0]["until_ms"] == house.clock() + 300_000
    assert shown == (await house.call("GET", "/api/log", headers=headers))[1]
    status, shown = await house.call("DELETE", "/api/log", headers=headers)
    assert (status, shown["changes"], part.level) == (200, [], logging.NOTSET)
    said = [entry.detail for entry in house.changes(Audited) if entry.kind == "log.level"]
    assert said == ["gateway.flow at debug for 5 minutes", "as configured"]


@pytest.mark.parametrize(
    "body",
    [
        {"level": "loud"},
        {"level": "debug", "minutes": 0},
        {"level": "debug", "minutes": 1e9},
        {"level": "debug", "logger": "aiohttp"},
        {"level": "debug", "logger": "gateway.x/../y"},
    ],
)
async def test_what_cannot_be_is_refused(house: House, body: dict[str, object]) -> None:
    assert (await house.call("PUT", "/api/log", headers=await house.token(Scope.ADMIN), body=body))[0] == 422


def lines(caplog: pytest.LogCaptureFixture) -> list[tuple[int, str]]:
    found = [record for record in caplog.records if record.name == "gateway.frontends.panel.access"]
    return [(record.levelno, re.sub(r"api-\w+|\d+\.\d ms", "…", record.getMessage())) for record in found]


async def test_each_request_leaves_a_line_and_only_changes_at_info(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    device = await house.device()
    headers = await house.token(Scope.ADMIN)
    with caplog.at_level(logging.DEBUG, "gateway"):
        await house.call("GET", "/api/v1/devices?status=online", headers=headers)
        path = f"/api/devices/{device.device_id}"
        await house.call("PATCH", path, headers=headers, body={"name": "Fern"})
        await house.call("PATCH", path, body={"name": "Fern"})
        await house.call("GET", "/nothing.js")
    assert lines(caplog) == [
        (logging.DEBUG, "…: GET /api/v1/devices (/api/devices) answered 200 after …"),
        (logging.INFO, f"…: PATCH {path} (/api/devices/{{id}}) answered 200 after …"),
        (logging.DEBUG, f"somebody: PATCH {path} (/api/devices/{{id}}) answered 401 after …"),
        (logging.DEBUG, "somebody: GET /nothing.js (/{path}) answered 404 after …"),
    ]


async def test_a_request_is_followed_by_the_id_its_caller_gave_it(house: House) -> None:
    device = await house.device()
    headers = {**await house.token(Scope.ADMIN), "X-Correlation-ID": "night-run.7"}
    async with house.http.post(house.url + f"/api/devices/{device.device_id}/revoke", headers=headers) as answer:
        assert answer.headers["X-Correlation-ID"] == "night-run.7"
    caused = {entry.kind for entry in house.changes(Audited) if entry.correlation == "night-run.7"}
    assert caused == {"device.revoked", "http.change"}
    _, found = await house.call("GET", "/api/audit?correlation=night-run.7", headers=headers)
    assert {entry["kind"] for entry in found["audit"]} == caused
    _, problem = await house.call("DELETE", "/api/devices/none", headers=headers)
    assert (problem["status"], problem["correlation"]) == (404, "night-run.7")


@pytest.mark.parametrize("given", ["a/b/1", "x" * 65, "bl ank", "-x", "ümlaut", ""])
async def test_an_id_that_could_be_a_readings_or_is_none_is_replaced(house: House, given: str) -> None:
    async with house.http.get(house.url + "/api/health", headers={"X-Correlation-ID": given}) as answer:
        own = answer.headers["X-Correlation-ID"]
    assert own != given
    assert len(own) == 16
