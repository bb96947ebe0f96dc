"""What the doctor says of channels and of Telegram."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import msgspec

from gateway.checkup import outward
from gateway.checkup.finding import State
from gateway.config.outward_settings import Alerts
from gateway.config.settings import Settings

from .patients import patient


def channel(name: str, kind: str = "ntfy", **said: Any) -> dict[str, Any]:
    usual = {"enabled": True, "complaint": "", "waiting": 0, "oldest_ms": None, "last_ms": None, "delivered": 0}
    return {"name": name, "way": {"kind": kind, "token": "…1a2b"}, **usual, **said}


def answers(*channels: dict[str, Any], people: tuple[str, ...] = ()) -> dict[str, object]:
    return {
        "/api/channels": {"channels": list(channels)},
        "/api/telegram/people": {"people": [{"name": name, "id": 42} for name in people]},
    }


def test_channels_are_named_with_what_was_sent_last_and_what_waits(tmp_path: Path) -> None:
    now_ms = time.time_ns() // 1_000_000
    at = patient(
        tmp_path,
        answers=answers(
            channel("ntfy", last_ms=now_ms - 3 * 3_600_000),
            channel("mail", "email", waiting=2, oldest_ms=now_ms - 5 * 60_000),
            channel("old", enabled=False, complaint="gone"),
        ),
    )
    found = outward.channels(at)
    assert (found.state, found.text) == (
        State.GOOD,
        "ntfy: last sent 3 h ago; mail: nothing was sent yet, 2 wait since 5 min",
    )


def test_a_channel_that_does_not_get_through_is_bad_and_none_at_all_is_said(tmp_path: Path) -> None:
    found = outward.channels(patient(tmp_path, answers=answers(channel("ntfy", complaint="it answers 403"))))
    assert (found.state, found.text) == (State.BAD, "ntfy: it answers 403")
    for known in (answers(), answers(channel("ntfy", enabled=False))):
        found = outward.channels(patient(tmp_path, answers=known))
        assert (found.state, found.text) == (State.ABSENT, "no channel is set up")


def test_without_a_gateway_or_without_alerts_nothing_is_wrong(tmp_path: Path) -> None:
    assert outward.channels(patient(tmp_path)).state is State.ABSENT
    assert outward.telegram(patient(tmp_path)).state is State.ABSENT
    off = msgspec.structs.replace(patient(tmp_path, answers=answers()), settings=Settings(alerts=Alerts(enabled=False)))
    assert outward.channels(off).state is State.ABSENT


def test_a_bot_is_looked_at_with_the_people_it_speaks_with(tmp_path: Path) -> None:
    bot = channel("telegram", "telegram")
    assert outward.telegram(patient(tmp_path, answers=answers(channel("ntfy")))).state is State.ABSENT
    found = outward.telegram(patient(tmp_path, answers=answers(bot)))
    assert (found.state, found.text) == (State.LOOK, "nobody is paired with the bot")
    found = outward.telegram(patient(tmp_path, answers=answers(bot, people=("Anna",))))
    assert (found.state, found.text) == (State.GOOD, "paired with Anna and nobody else, polling")
    found = outward.telegram(patient(tmp_path, answers=answers(bot, people=("Anna", "Ben", "Cem"))))
    assert found.text == "paired with Anna and 2 more, polling"
    ill = channel("telegram", "telegram", complaint="another program asks with this token")
    found = outward.telegram(patient(tmp_path, answers=answers(ill, people=("Anna",))))
    assert (found.state, found.text) == (State.BAD, "another program asks with this token")
