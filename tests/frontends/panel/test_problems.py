"""Errors, headers, health and metrics."""

from __future__ import annotations

import asyncio
import json
import logging
from urllib.parse import urlsplit

import pytest

from gateway.core.access import Scope
from gateway.core.errors import Conflict, GatewayError, NotAllowed, NotFound, Refused, StoreError, StoreFull
from gateway.frontends.panel.metrics import exposition
from gateway.frontends.panel.parts import PartHealth
from gateway.frontends.panel.problems import problem_of
from gateway.frontends.panel.times import to_text
from tests.fakes import START_MS

from .house import House


async def test_the_date_of_an_answer_is_the_gateways_time_and_not_the_machines(house: House) -> None:
    async with house.http.get(house.url + "/api/health") as answer:
        assert answer.headers["Date"] == "Wed, 07 Jan 2026 12:00:00 GMT"


async def test_an_error_is_a_problem_document_with_the_correlation_id_of_its_header(house: House) -> None:
    async with house.http.get(house.url + "/api/devices") as answer:
        problem = json.loads(await answer.read())
        assert answer.status == 401
        assert answer.headers["Content-Type"].startswith("application/problem+json")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        assert problem["correlation"] == answer.headers["X-Correlation-Id"]
    assert (problem["status"], problem["instance"]) == (401, "/api/devices")
    assert problem["type"]
    assert problem["title"]
    assert "Sign in" in problem["detail"]


async def test_every_request_has_a_correlation_id_of_its_own(house: House) -> None:
    seen = set()
    for _ in range(3):
        async with house.http.get(house.url + "/api/health") as answer:
            seen.add(answer.headers["X-Correlation-Id"])
    assert len(seen) == 3


async def test_an_unforeseen_error_is_a_500_that_gives_nothing_away_and_is_logged(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    house.health = None  # type: ignore[assignment]
    with caplog.at_level(logging.ERROR):
        status, problem = await house.call("GET", "/api/health")
    assert status == 500
    assert "NoneType" not in json.dumps(problem)
    (record,) = [record for record in caplog.records if record.exc_info]
    assert record.correlation == problem["correlation"]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (Refused("x"), 409),
        (NotAllowed("x"), 403),
        (NotFound("x"), 404),
        (Conflict("x"), 409),
        (StoreError("x"), 503),
        (StoreFull("x"), 503),
        (GatewayError("x"), 500),
    ],
)
def test_every_error_has_its_status(error: GatewayError, status: int) -> None:
    assert problem_of(error).status == status


@pytest.mark.parametrize(("body", "status"), [(b"", 400), (b"{", 400), (b"\xff", 400), (b"{" * 65537, 413)])
async def test_a_broken_or_too_large_body_is_refused(house: House, body: bytes, status: int) -> None:
    assert (await house.call("POST", "/api/session", body=body))[0] == status


async def test_a_body_without_a_length_is_limited_too(house: House) -> None:
    async def endless() -> object:
        for _ in range(100):
            yield b"x" * 1024

    async with house.http.post(house.url + "/api/session", data=endless()) as answer:
        assert answer.status == 413


@pytest.mark.parametrize("path", ["/", "/api/health", "/api/devices", "/nothing.js", "/sign-in?code=x", "/ca"])
async def test_every_response_tells_the_browser_to_be_strict(house: House, path: str) -> None:
    async with house.http.get(house.url + path) as answer:
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Server"] == "gateway"
        if path.startswith("/api"):
            assert answer.headers["Cache-Control"] == "no-store"


async def test_health_is_degraded_when_a_part_is_not_well(house: House) -> None:
    assert (await house.call("GET", "/api/health"))[1] == {
        "status": "ok", "version": "1.2.3", "demo": False,
        "parts": {"store": {"ok": True, "detail": ""}, "broker": {"ok": True, "detail": ""}},
    }  # fmt: skip
    house.health["store"] = PartHealth(False, "the disk is full")
    status, health = await house.call("GET", "/api/health")
    assert (status, health["status"]) == (200, "degraded")
    assert health["parts"]["store"] == {"ok": False, "detail": "the disk is full"}


async def test_metrics_are_prometheus_text(house: House) -> None:
    house.metrics = {"gateway_messages_total": ("counter", "Messages taken", [({"qos": "1"}, 12)])}
    headers = await house.token(Scope.READ)
    async with house.http.get(house.url + "/metrics", headers=headers) as answer:
        assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
        text = await answer.text()
    assert 'gateway_messages_total{qos="1"} 12.0\n' in text
    assert "# TYPE gateway_live_clients gauge\n" in text


def test_labels_and_help_are_escaped() -> None:
    text = exposition({"m": ("gauge", "a\nb\\", [({"name": 'say "hi"\n\\'}, 0.1), ({}, float("inf"))])})
    assert text == '# HELP m a\\nb\\\\\n# TYPE m gauge\nm{name="say \\"hi\\"\\n\\\\"} 0.1\nm +Inf\n'


@pytest.mark.parametrize(
    ("time_ms", "text"),
    [(0, "1970-01-01T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"), (1767787200123, "2026-01-07T12:00:00.123Z")],
)
def test_an_instant_is_written_with_milliseconds_in_utc(time_ms: int, text: str) -> None:
    assert to_text(time_ms) == text


async def test_somebody_who_hangs_up_in_the_middle_of_a_long_answer_is_no_error(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "gateway.frontends.panel")
    given = await house.device()
    for index in range(60_000):
        house.measure(given.device_id, START_MS - index, co2=float(index))
    authorization = (await house.token(Scope.READ))["Authorization"]
    asked = f"GET /api/devices/{given.device_id}/history?metric=co2 HTTP/1.1\r\nHost: localhost\r\n"
    reader, writer = await asyncio.open_connection("127.0.0.1", urlsplit(house.url).port)
    writer.write(f"{asked}Authorization: {authorization}\r\n\r\n".encode())
    assert (await reader.readline()).startswith(b"HTTP/1.1 200")
    writer.transport.abort()
    assert (await house.call("GET", "/api/health"))[0] == 200
    await asyncio.sleep(0.5)
    loud = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert [record for record in loud if record.name != "asyncio"] == []  # asyncio times the test itself
