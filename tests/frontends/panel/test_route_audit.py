"""Whatever changes something is in the audit trail before its answer leaves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gateway.core.access import Scope
from gateway.core.errors import StoreError
from gateway.core.messages import Audited
from gateway.frontends.panel.routes import Route, Who

from .house import MAC, House, living
from .test_route_table import filled, whole_table

NONE = object()
BODIES: dict[tuple[str, str], Any] = {
    ("POST", "/session"): {"password": "not it at all"},
    ("DELETE", "/session"): NONE,
    ("POST", "/first-run"): {"code": "AAAA-BBBB-CCCC", "password": "correct horse"},
    ("POST", "/tokens"): {"kind": "api", "scope": "read"},
    ("DELETE", "/tokens"): NONE,
    ("DELETE", "/tokens/{kind}/{token}"): NONE,
    ("POST", "/pairing"): {"minutes": 1},
    ("DELETE", "/pairing"): NONE,
    ("POST", "/devices/register"): {"mac_address": MAC, "firmware_version": "1"},
    ("PATCH", "/devices/{id}"): {"name": "Fern"},
    ("DELETE", "/devices/{id}"): NONE,
    ("POST", "/devices/{id}/approve"): NONE,
    ("POST", "/devices/{id}/revoke"): NONE,
    ("POST", "/devices/{id}/commands"): {"verb": "identify"},
    ("DELETE", "/devices/{id}/commands/{command}"): NONE,
    ("PATCH", "/devices/{id}/shadow"): {"desired": {"interval_s": 30}},
    ("POST", "/devices/{id}/provision"): {"new_plant": {"name": "Fern"}},
    ("DELETE", "/devices/{id}/provision"): NONE,
    ("POST", "/devices/{id}/swap"): {},
    ("POST", "/devices/{id}/quality/{metric}"): {"normal": True},
    ("DELETE", "/quality/ghosts/{device}"): NONE,
    ("POST", "/zones"): {"name": "Zone B"},
    ("PUT", "/zones/{zone}"): {"name": "Zone C"},
    ("DELETE", "/zones/{zone}"): NONE,
    ("POST", "/assets"): {"name": "Kitchen", "traits": {"kind": "room"}},
    ("PUT", "/assets/{asset}"): {"name": "Cellar"},
    ("DELETE", "/assets/{asset}"): NONE,
    ("POST", "/plants"): {"name": "Basil"},
    ("PUT", "/plants/{plant}"): {"name": "Mint"},
    ("DELETE", "/plants/{plant}"): NONE,
    ("POST", "/decisions/{decision}/replay"): NONE,
    ("POST", "/devices/{id}/override"): {"position": 30},
    ("DELETE", "/devices/{id}/override"): NONE,
    ("PUT", "/devices/{id}/lessons"): {"lessons": []},
    ("POST", "/devices/{id}/forget"): NONE,
    ("POST", "/models/{model}/install"): NONE,
    ("POST", "/models/{model}/promote"): NONE,
    ("POST", "/models/{model}/rollback"): NONE,
    ("POST", "/models/{model}/verify"): NONE,
    ("POST", "/signers"): {"name": "anna", "key": "A" * 43 + "="},
    ("DELETE", "/signers/{signer}"): NONE,
    ("POST", "/devices/{id}/recording"): {"minutes": 1},
    ("DELETE", "/devices/{id}/recording"): NONE,
    ("DELETE", "/recordings/{recording}"): NONE,
    ("POST", "/anomalies/{episode}/feedback"): {"verdict": "normal"},
    ("DELETE", "/anomalies/{episode}/feedback"): NONE,
    ("POST", "/assets/{asset}/baseline"): {"hours": 24},
    ("DELETE", "/assets/{asset}/baseline"): NONE,
    ("POST", "/rules"): {"name": "Fan", "when": {"kind": "time", "at": "22:00"}, "then": []},
    ("POST", "/rules/check"): {"name": "Fan", "then": []},
    ("POST", "/rules/backtest"): {"rule": {"name": "Fan", "then": []}},
    ("POST", "/rules/import"): {},
    ("PUT", "/rules/{rule}"): {"name": "Fan", "then": []},
    ("DELETE", "/rules/{rule}"): NONE,
    ("POST", "/rules/{rule}/enable"): {"mode": "shadow"},
    ("DELETE", "/timers/{timer}"): NONE,
    ("POST", "/scenes"): {"name": "Good night", "then": [{"kind": "window", "asset": "bedroom", "position": 0}]},
    ("PUT", "/scenes/{scene}"): {"name": "Night", "then": [{"kind": "window", "asset": "bedroom", "position": 0}]},
    ("DELETE", "/scenes/{scene}"): NONE,
    ("POST", "/scenes/{scene}/run"): NONE,
    ("POST", "/rules/parse"): {"text": "run the fan"},
    ("POST", "/chat"): {"text": "is the window open"},
    ("POST", "/alerts/mute"): {"minutes": 60},
    ("POST", "/alerts/{alert}/ack"): NONE,
    ("PUT", "/channels/{channel}"): {"way": {"kind": "ntfy", "topic": "home", "token": "tk_1"}},
    ("POST", "/channels/{channel}/test"): NONE,
    ("DELETE", "/channels/{channel}/outbox/{delivery:.+}"): NONE,
    ("DELETE", "/channels/{channel}"): NONE,
    ("POST", "/telegram/pairing"): {"minutes": 5, "scope": "operate"},
    ("DELETE", "/telegram/people/{person}"): NONE,
    ("PUT", "/settings/llm"): {"provider": "anthropic"},
    ("POST", "/settings/llm/test"): NONE,
    ("POST", "/quarantine/{entry}/replay"): NONE,
    ("DELETE", "/quarantine/{entry}"): NONE,
    ("PUT", "/log"): {"level": "debug", "minutes": 1},
    ("DELETE", "/log"): NONE,
}
"""What each route that changes something is sent; what becomes of it does not matter here."""


def changing(house: House) -> list[Route]:
    routes = [route for route in whole_table(house) if route.api and route.method not in ("GET", "*")]
    return [route for route in routes if route.who is not Who.DEVICE]


def test_every_route_that_changes_something_is_asked(tmp_path: Path) -> None:
    assert {(route.method, route.path) for route in changing(House(tmp_path))} == BODIES.keys()


async def asked(house: House, method: str, path: str, headers: dict[str, str]) -> Audited:
    """Asks it and returns what was written down of it."""
    body = BODIES[(method, path)]
    url = filled(f"/api{path}", (await house.device()).device_id)
    async with house.http.request(
        method, house.url + url, headers=headers, json=None if body is NONE else body
    ) as answer:
        correlation = answer.headers["X-Correlation-ID"]
        entries = [entry for entry in house.changes(Audited) if entry.correlation == correlation]
        (entry,) = [entry for entry in entries if entry.kind.startswith("http.change")]
        assert entry.detail == f"{method} {url} {answer.status}"
        assert answer.status < 500
    return entry


async def test_what_was_changed_is_written_down_with_who_and_the_answers_id(tmp_path: Path) -> None:
    async with living(tmp_path, burst=10_000) as house:
        admin = await house.token(Scope.ADMIN)
        (token,) = house.accounts.api_tokens.all()
        for method, path in BODIES:
            entry = await asked(house, method, path, admin)
            assert (entry.kind, entry.who) == ("http.change", token.id), f"{method} {path}"


async def test_what_a_stranger_tried_in_vain_is_among_what_is_only_counted_in_a_flood(house: House) -> None:
    entry = await asked(house, "POST", "/first-run", {})
    assert (entry.kind, entry.who) == ("http.change.refused", "127.0.0.1")


async def test_reading_is_not_written_down(house: House) -> None:
    await house.call("GET", "/api/zones", headers=await house.token(Scope.ADMIN))
    assert not [entry for entry in house.changes(Audited) if entry.kind.startswith("http.")]


async def test_a_full_disk_takes_the_entry_but_not_the_answer(house: House, caplog: pytest.LogCaptureFixture) -> None:
    admin = await house.token(Scope.ADMIN)
    house.writer.error = StoreError("full")
    assert (await house.call("POST", "/api/pairing", headers=admin, body={"minutes": 1}))[0] == 200
    assert "before its audit entry was on the disk" in caplog.text
