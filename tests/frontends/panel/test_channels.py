"""Channels, people on Telegram, the assistant and Telegram's own call by the API; no answer has a secret in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gateway.core.access import Scope
from gateway.core.delivery import DeliveryState
from gateway.core.messages import Audited
from gateway.core.ports.alerts import SaidKept
from gateway.core.ports.channel import NotSent
from gateway.flow.outbox.outbox import ChannelCounts
from tests.fakes import START_MS

from .house import House, living
from .outward import alert, delivery
from .test_route_table import filled, whole_table

TOKEN = "1234567:" + "AbCdEfGhIjKlMnOpQrStUvWxYz0123456"
WAYS: dict[str, dict[str, Any]] = {
    "telegram": {"kind": "telegram", "token": TOKEN},
    "discord": {"kind": "discord", "url": "https://discord.com/api/webhooks/1/hunter2-discord"},
    "ntfy": {"kind": "ntfy", "topic": "home", "token": "tk_hunter2-ntfy"},
    "hook": {"kind": "webhook", "url": "https://nas.lan/alert", "secret": "hunter2-hook"},
    "mail": {
        "kind": "email", "host": "mail.example.org", "sender": "house@example.org", "to": ["anna@example.org"],
        "password": "hunter2-mail",
    },
    "all": {"kind": "apprise", "url": "slack://hunter2-apprise"},
}  # fmt: skip
SECRETS = [TOKEN, "hunter2"]


async def furnished(house: House) -> dict[str, str]:
    """A channel of each kind; headers of an administrator."""
    admin = await house.token(Scope.ADMIN)
    for name, way in WAYS.items():
        status, shown = await house.call("PUT", f"/api/channels/{name}", headers=admin, body={"way": way})
        assert status == 200, shown
    return admin


async def test_a_channel_of_each_kind_is_set_up_shown_without_its_secret_and_set_again_as_shown(house: House) -> None:
    admin = await furnished(house)
    house.outward.outbox.counts["ntfy"] = ChannelCounts(
        waiting=2, oldest_ms=START_MS, delivered=5, failed=1, unsure=1, repeated=1, last_ms=START_MS, complaint="slow"
    )
    _, found = await house.call("GET", "/api/channels", headers=await house.token(Scope.READ))
    shown = {one["name"]: one for one in found["channels"]}
    assert list(shown) == sorted(WAYS)
    assert shown["telegram"]["way"] == {"kind": "telegram", "token": "…3456"}
    assert shown["mail"]["way"]["password"] == "…mail"
    assert (shown["ntfy"]["waiting"], shown["ntfy"]["oldest"]) == (2, "2026-01-07T12:00:00.000Z")
    assert (shown["ntfy"]["complaint"], shown["ntfy"]["delivered"], shown["ntfy"]["unsure"]) == ("slow", 5, 1)
    assert (shown["hook"]["waiting"], shown["hook"]["last_ms"]) == (0, None)
    before = dict(house.outward.channels.forms)
    for name, one in shown.items():
        body = {"way": one["way"], "levels": ["alarm"], "escalation": True, "enabled": False}
        status, kept = await house.call("PUT", f"/api/channels/{name}", headers=admin, body=body)
        assert (status, kept["levels"], kept["escalation"], kept["enabled"]) == (200, ["alarm"], True, False)
        assert house.outward.channels.forms[name].way == before[name].way


async def test_a_way_that_needs_a_secret_is_refused_without_one(house: House) -> None:
    admin = await house.token(Scope.ADMIN)
    body = {"way": {"kind": "telegram", "token": "…3456"}}
    assert (await house.call("PUT", "/api/channels/bot", headers=admin, body=body))[0] == 409


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"way": {}},
        {"way": {"kind": "pigeon"}},
        {"way": {"kind": "telegram", "token": "not one"}},
        {"way": {"kind": "discord", "url": "ftp://x"}},
        {"way": {"kind": "ntfy", "topic": "a b"}},
        {"way": {"kind": "ntfy", "topic": "home", "else": 1}},
        {"way": {"kind": "ntfy", "topic": "home"}, "levels": ["loud"]},
        {"way": {"kind": "email", "host": "x", "sender": "a\r\nBcc: b", "to": ["c"]}},
    ],
)
async def test_a_form_that_is_none_is_refused(house: House, body: object) -> None:
    admin = await house.token(Scope.ADMIN)
    assert (await house.call("PUT", "/api/channels/x", headers=admin, body=body))[0] == 422
    assert house.outward.channels.forms == {}


async def test_a_channel_is_tried_and_taken_away(house: House) -> None:
    admin = await furnished(house)
    path = "/api/channels/ntfy"
    assert (await house.call("POST", f"{path}/test", headers=admin))[1] == {"ok": True, "detail": "it arrived"}
    house.outward.channels.failure = NotSent("ntfy.sh does not answer")
    assert (await house.call("POST", f"{path}/test", headers=admin))[1] == {
        "ok": False,
        "detail": "ntfy.sh does not answer",
    }
    noted = [entry.detail for entry in house.changes(Audited) if entry.kind == "channel.tested"]
    assert noted == ["ntfy: sent", "ntfy: not sent"]
    assert (await house.call("DELETE", path, headers=admin))[0] == 204
    assert (await house.call("DELETE", path, headers=admin))[0] == 404
    assert (await house.call("POST", f"{path}/test", headers=admin))[0] == 404
    assert (await house.call("DELETE", "/api/channels/Not One", headers=admin))[0] == 404


async def test_what_waits_is_shown_and_can_be_dropped_unless_it_is_on_its_way(house: House) -> None:
    admin = await furnished(house)
    one = house.outward.outbox.keep(delivery(alert()))
    other = house.outward.outbox.keep(delivery(alert(START_MS + 1), state=DeliveryState.SENDING))
    house.outward.outbox.keep(delivery(alert(START_MS + 2), lane="mail/anna@example.org"))
    path = "/api/channels/ntfy/outbox"
    _, shown = await house.call("GET", path, headers=admin)
    assert ([row["id"] for row in shown["deliveries"]], shown["waiting"]) == ([one.parcel.id, other.parcel.id], 2)
    _, shown = await house.call("GET", f"{path}?limit=1", headers=admin)
    assert (len(shown["deliveries"]), shown["waiting"]) == (1, 2)
    status, dropped = await house.call("DELETE", f"{path}/{one.parcel.id}", headers=admin)
    assert (status, dropped["state"]) == (200, "dropped")
    assert (await house.call("DELETE", f"{path}/{one.parcel.id}", headers=admin))[0] == 404
    quoted = other.parcel.id.replace("/", "%2F").replace("@", "%40")
    assert (await house.call("DELETE", f"{path}/{quoted}", headers=admin))[0] == 409
    assert (await house.call("DELETE", f"/api/channels/mail/outbox/{other.parcel.id}", headers=admin))[0] == 404
    assert (await house.call("GET", "/api/channels/nobody/outbox", headers=admin))[0] == 404


async def test_a_person_is_invited_listed_and_forgotten(house: House) -> None:
    admin, people = await house.token(Scope.ADMIN), house.outward.people
    body = {"minutes": 5, "scope": "operate"}
    status, shown = await house.call("POST", "/api/telegram/pairing", headers=admin, body=body)
    assert (status, shown) == (
        200,
        {
            "code": "ABCDEFGH", "until": "2026-01-07T12:05:00.000Z", "until_ms": START_MS + 300_000,
            "link": "https://t.me/house_bot?start=ABCDEFGH",
        },
    )  # fmt: skip
    assert people.asked[0][:2] == (5, Scope.OPERATE)
    _, shown = await house.call("GET", "/api/telegram/people", headers=await house.token(Scope.READ))
    assert [(one["id"], one["name"], one["scope"]) for one in shown["people"]] == [(42, "Anna", "operate")]
    assert (await house.call("DELETE", "/api/telegram/people/42", headers=admin))[0] == 204
    assert (await house.call("DELETE", "/api/telegram/people/-42", headers=admin))[0] == 404
    assert (await house.call("DELETE", "/api/telegram/people/anna", headers=admin))[0] == 404
    for wrong in ({"minutes": 0}, {"minutes": 61}, {"scope": "all"}):
        assert (await house.call("POST", "/api/telegram/pairing", headers=admin, body=wrong))[0] == 422


async def test_the_assistant_is_set_up_and_tried_and_its_key_is_never_told(house: House) -> None:
    admin, assistant = await house.token(Scope.ADMIN), house.outward.assistant
    path = "/api/settings/llm"
    _, shown = await house.call("GET", path, headers=admin)
    assert (shown["key"], shown["used_today"], shown["requests_per_day"]) == ("…1a2b", 3, 50)
    body = {"provider": "anthropic", "model": "m", "key": shown["key"], "enabled": True}
    status, shown = await house.call("PUT", path, headers=admin, body=body)
    assert (status, shown["provider"], shown["enabled"], shown["key"]) == (200, "anthropic", True, "…1a2b")
    assert assistant.form.key == "sk-secret-1a2b"
    assert (await house.call("POST", f"{path}/test", headers=admin))[1] == {"ok": False, "detail": "nobody is there"}
    for wrong in ({"provider": "oracle"}, {"url": "file:///etc"}, {"key": 5}, {"model": "x" * 101}):
        assert (await house.call("PUT", path, headers=admin, body=wrong))[0] == 422
    for scope in (Scope.READ, Scope.OPERATE):
        assert (await house.call("GET", path, headers=await house.token(scope)))[0] == 403


async def test_what_the_assistant_was_asked_is_for_administrators(house: House) -> None:
    admin = await house.token(Scope.ADMIN)
    house.disk.submit([SaidKept("s1", START_MS, "anna", "page", b"stuffy \xff", b"{}", "openai", 7)])
    _, shown = await house.call("GET", "/api/settings/llm/log", headers=admin)
    assert shown["said"] == [
        {
            "id": "s1", "time": "2026-01-07T12:00:00.000Z", "time_ms": START_MS, "who": "anna", "way": "page",
            "text": "stuffy �", "reply": "{}", "provider": "openai", "tokens": 7,
        }
    ]  # fmt: skip
    assert (await house.call("GET", "/api/settings/llm/log", headers=await house.token(Scope.OPERATE)))[0] == 403


async def test_no_answer_to_any_question_has_a_secret_in_it(tmp_path: Path) -> None:
    async with living(tmp_path, burst=10_000) as house:
        admin = await furnished(house)
        house.outward.alerts.keep(alert())
        asked = 0
        for route in whole_table(house):
            if route.method == "GET" and route.api and "live" not in route.path:
                path = filled(route.paths()[0], "gone-1").replace("/channels/ntfy/", "/channels/telegram/")
                _, body = await house.call("GET", path, headers=admin)
                asked += 1
                for secret in [*SECRETS, "sk-secret"]:
                    assert secret not in str(body), path
        assert asked > 60
        for entry in house.changes(Audited):
            assert not any(secret in entry.detail for secret in SECRETS)


async def test_telegram_is_let_in_by_what_its_own_part_says(house: House, caplog: pytest.LogCaptureFixture) -> None:
    outward = house.outward
    outward.hook_answers = 200
    url = house.url + "/hooks/telegram"
    sent = {"X-Telegram-Bot-Api-Secret-Token": "s3cret"}
    async with house.http.post(url, data=b'{"update_id":1}', headers=sent) as answer:
        assert (answer.status, await answer.read()) == (200, b"")
    (headers, body), *_ = outward.hooked
    assert (headers["x-telegram-bot-api-secret-token"], body) == ("s3cret", b'{"update_id":1}')
    assert not [entry for entry in house.changes(Audited) if "hooks" in entry.detail]
    assert "s3cret" not in caplog.text
    for status in (401, 404, 503, 500):
        outward.hook_answers = status
        async with house.http.post(url, data=b"{}", headers=sent) as answer:
            assert answer.status == status
            assert (await answer.json())["detail"]
    async with house.http.post(url, data=b"x" * 300_000, headers=sent) as answer:
        assert answer.status == 413
    assert len(outward.hooked) == 5
    async with house.http.post(house.url + "/api/hooks/telegram", data=b"{}") as answer:
        assert answer.status == 404
