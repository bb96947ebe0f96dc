"""What goes wrong at one window: nonsense of sensors, mistakes of ours, orders that overtake each other."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import Literal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.core.decisions import Outcome
from gateway.core.judging.device import DeviceGate
from gateway.core.judging.rules import rule
from gateway.core.rules.ages import AGES_S
from gateway.core.window.moment import Missing
from gateway.flow.decide.mind import DecideSettings

from .window_site import ZONE, WindowSite

HOT = {"temperature": 27.0, "humidity": 50.0, "sound_level": 40.0}
"""The teacher opens wide."""


async def made(settings: DecideSettings | None = None) -> WindowSite:
    site = WindowSite(settings)
    await site.begin()
    return site


async def test_a_sensor_outside_that_says_nonsense_is_flagged_and_not_used() -> None:
    site = await made()
    gate = DeviceGate(rule)
    told = {**HOT, "outdoor_temperature": -127.0}
    site.say("w1", told, quality=dict(gate.judge(told, site.clock(), site.clock(), 5_000)))
    decision = site.decided[0]
    assert decision.moment.outdoor_temperature_c is None
    assert Missing("outdoor_temperature", "doubtful", "out of range") in decision.missing
    assert not any("frost" in cut for cut in decision.cuts)


async def two_windows() -> WindowSite:
    site = await made()
    site.able.add("w2", kind="window")
    await site.put_device("w2", "living")
    site.connect("w2")
    return site


async def test_a_window_that_cannot_be_thought_about_keeps_no_other_from_deciding(
    caplog: pytest.LogCaptureFixture,
) -> None:
    site = await two_windows()
    site.mind.broken = "w1"
    site.say("w1", HOT)
    assert [one.device for one in site.decided] == ["w2"]
    site.clock.advance(s=3)
    site.say("w1", {**HOT, "temperature": 28.0})
    site.clock.advance(s=3)
    site.decide.look()
    assert [one.device for one in site.decided] == ["w2", "w2"]
    assert site.bus.failures == 0
    site.decide.look()
    assert caplog.text.count("window w1 could not be thought about") == 2
    site.mind.broken = ""
    site.clock.advance(s=10)
    site.say("w1", HOT)
    assert {one.device for one in site.decided[2:]} == {"w1", "w2"}


@given(
    st.lists(
        st.dictionaries(
            st.sampled_from((*AGES_S, "sound_level")), st.floats(allow_nan=False, allow_infinity=False), max_size=6
        ),
        max_size=6,
    ),
    st.sampled_from(("local", "external")),
)
@example([{"temperature": 22.0, "humidity": 50.0, "outdoor_temperature": -243.13, "outdoor_humidity": 50.0}], "local")
def test_no_number_whatever_keeps_a_window_from_deciding(
    readings: list[dict[str, float]], mode: Literal["local", "external"]
) -> None:
    async def live() -> None:
        site = await made(DecideSettings(mode=mode, zone=ZONE))
        for values in readings:
            site.say("w1", values)
            site.clock.advance(s=10)
            site.decide.look()
        assert site.bus.failures == 0

    with contextlib.ExitStack() as stack:
        told: list[logging.LogRecord] = []
        handler = logging.Handler()
        handler.emit = told.append  # type: ignore[assignment,method-assign]
        logging.getLogger("gateway").addHandler(handler)
        stack.callback(logging.getLogger("gateway").removeHandler, handler)
        asyncio.run(live())
        assert [one.getMessage() for one in told if one.levelno >= logging.ERROR] == []


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("", "a newer order came"),
        ("a newer order came", "a newer order came"),
        ("aborted", "a newer order came: aborted"),
    ],
)
async def test_an_order_that_a_newer_one_overtook_says_so_and_is_no_trouble(said: str, told: str) -> None:
    site = await made()
    for temperature in (27.0, 24.0):
        site.say("w1", {**HOT, "temperature": temperature}, position=0.0)
        site.clock.advance(s=10)
    first, second = site.decided
    site.ack(first.id, "failed", said)
    site.ack(second.id)
    found = [await site.decide.get(one.id) for one in (first, second)]
    assert [(one.outcome, one.detail) for one in found] == [(Outcome.FAILED, told), (Outcome.DONE, "")]
    assert site.happened("window.failed") == []


async def test_a_persons_order_overtakes_too() -> None:
    site = await made()
    site.say("w1", HOT, position=0.0)
    site.override()
    site.ack(site.decided[0].id, "failed")
    assert site.decided[-1].detail == "a newer order came"
    assert site.happened("window.failed") == []


async def test_what_fails_without_a_newer_order_is_told_as_before() -> None:
    site = await made()
    site.say("w1", HOT, position=0.0)
    site.ack(site.decided[0].id, "failed", "it is blocked")
    assert site.decided[-1].detail == "it is blocked"
    assert [event.reason for event in site.happened("window.failed")] == ["it is blocked"]
