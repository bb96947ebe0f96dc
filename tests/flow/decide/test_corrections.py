"""Somebody moves a window, and moves it once more soon after: only the last of it was meant."""

from __future__ import annotations

import pytest

from .override_site import OverrideSite


@pytest.fixture
def site() -> OverrideSite:
    return OverrideSite()


async def corrected(site: OverrideSite, seconds: float = 40) -> None:
    """30 %, and a little later 60 %."""
    await site.overrides.set("w1", 30, "anna")
    site.clock.advance(s=seconds)
    await site.overrides.set("w1", 60, "anna")


def taught(site: OverrideSite) -> list[float]:
    positions = [one.position for one in site.overrides.lessons("w1")]
    assert [lesson.wanted_pct for lesson in site.pupil.lessons["w1"]] == positions
    return positions


async def test_what_is_corrected_soon_teaches_nothing_and_that_is_said(site: OverrideSite) -> None:
    await corrected(site)
    assert taught(site) == [60]
    assert site.reasons("window.forgot") == [
        "30 % of anna was corrected 40 s later by 60 %: it teaches nothing any more"
    ]
    first = next(one for one in site.told if one.position == 30 and one.revoked_ms is not None)
    assert first.learnt == "it was corrected 40 s later by 60 %, and does not count"
    held = site.overrides.held("w1")
    assert held is not None
    assert held.position == 60
    assert site.told[-1].position == 60, "the newest will is the last that is told of"


async def test_what_is_wanted_later_is_a_lesson_of_its_own(site: OverrideSite) -> None:
    await corrected(site, seconds=120)
    assert taught(site) == [30, 60]


async def test_a_command_and_a_hand_correct_and_are_corrected_too(site: OverrideSite) -> None:
    await site.command(30, "node-red")
    site.clock.advance(s=60)
    await site.command(70, "ben")
    assert taught(site) == [70]
    site.at(70, 200)
    site.at(10, 60)
    await site.overrides.caught_up()
    assert taught(site) == [70, 10]
    await site.overrides.set("w1", 20, "anna")
    assert taught(site) == [70, 20]


async def test_another_windows_lessons_and_a_rules_command_correct_nothing(site: OverrideSite) -> None:
    site.devices.add("w2", kind="window")
    await site.overrides.set("w1", 30, "anna")
    await site.overrides.set("w2", 60, "anna")
    await site.command(0, "rule:storm")
    assert taught(site) == [30]


async def test_what_was_brought_in_just_before_is_not_corrected(site: OverrideSite) -> None:
    await site.teach(80, 7.0)
    out = site.overrides.exported("w1")
    await site.overrides.forget("w1", None, "anna")
    await site.overrides.brought_in("w1", out, "anna")
    await site.overrides.set("w1", 30, "anna")
    assert taught(site) == [80, 30]


async def test_forgetting_the_correction_lets_what_it_corrected_count_again(site: OverrideSite) -> None:
    await corrected(site)
    (second,) = site.overrides.lessons("w1")
    digest, at_ms = site.overrides.digest("w1"), site.clock()
    site.clock.advance(s=5)
    await site.overrides.forget("w1", [second.id], "anna")
    assert taught(site) == [30]
    assert "1 lesson forgotten by anna; 1 lesson that it had corrected counts again" in site.reasons("window.forgot")
    held = site.overrides.held("w1")
    assert held is not None
    assert held.position == 60, "forgetting ends no hold"
    known = site.overrides.folded("w1", digest, at_ms)
    assert known is not None
    assert [lesson.wanted_pct for lesson in known] == [60]
    await site.restart()
    assert taught(site) == [30]


async def test_a_correction_that_is_taken_back_was_none(site: OverrideSite) -> None:
    await site.overrides.set("w1", 30, "anna")
    site.clock.advance(s=40)
    _, command = await site.overrides.set("w1", 60, "anna")
    await site.cancel(command)
    assert taught(site) == [30]
    assert site.overrides.held("w1") is None


async def test_what_counts_again_can_be_corrected_again(site: OverrideSite) -> None:
    await corrected(site)
    for position in (70, 80):
        (newest,) = site.overrides.lessons("w1")
        await site.overrides.forget("w1", [newest.id], "anna")
        assert taught(site) == [30]
        site.clock.advance(s=10)
        await site.overrides.set("w1", position, "anna")
        assert taught(site) == [position]


async def test_when_all_is_forgotten_nothing_comes_back(site: OverrideSite) -> None:
    await corrected(site)
    await site.overrides.forget("w1", None, "anna")
    assert site.overrides.lessons("w1") == []
    await site.restart()
    assert site.overrides.lessons("w1") == []
