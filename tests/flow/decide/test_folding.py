from __future__ import annotations

import asyncio

import pytest

from gateway.core.commands import Command
from gateway.core.decisions import Override

from .override_site import OverrideSite


@pytest.fixture
def site() -> OverrideSite:
    return OverrideSite()


async def turns() -> None:
    """Whatever needs no more than a few turns of the loop has happened."""
    for _ in range(20):
        await asyncio.sleep(0)


async def wanted_while_learning(site: OverrideSite, position: float = 30) -> asyncio.Task[tuple[Override, Command]]:
    site.pupil.may_learn.clear()
    asked = asyncio.create_task(site.overrides.set("w1", position, "anna"))
    await turns()
    return asked


async def test_an_order_is_with_the_window_before_anything_is_learnt(site: OverrideSite) -> None:
    site.connect()
    asked = await wanted_while_learning(site)
    assert len(site.post.handed) == 1
    assert site.overrides.held("w1") is not None
    assert (asked.done(), site.pupil.folds) == (False, 0)
    site.pupil.may_learn.set()
    override, _ = await asked
    assert override.learnt.startswith("Between ")
    assert site.pupil.folds == 1


async def test_while_it_learns_it_is_said_to_know_what_it_knows(site: OverrideSite) -> None:
    await site.teach(80, 19.2)
    before, digest = site.thoughts(), site.overrides.digest("w1")
    site.clock.advance(minutes=90)
    asked = await wanted_while_learning(site)
    assert len(site.overrides.lessons("w1")) == 2
    assert (site.thoughts(), site.overrides.digest("w1")) == (before, digest)
    known = site.overrides.folded("w1", digest, site.clock())
    assert known is not None
    assert len(known) == 1
    site.pupil.may_learn.set()
    await asked
    assert site.thoughts() != before
    assert site.overrides.digest("w1") != digest


async def test_a_decision_before_the_first_lesson_was_learnt_rests_on_none(site: OverrideSite) -> None:
    asked = await wanted_while_learning(site)
    assert site.overrides.digest("w1") == ""
    assert site.overrides.folded("w1", "", site.clock()) == []
    site.pupil.may_learn.set()
    await asked


async def test_what_comes_meanwhile_is_learnt_after_it(site: OverrideSite) -> None:
    first = await wanted_while_learning(site)
    site.clock.advance(minutes=3)
    site.hour = 7.0
    second = asyncio.create_task(site.overrides.set("w1", 90, "ben"))
    await turns()
    site.pupil.may_learn.set()
    said = [override.learnt for override, _ in await asyncio.gather(first, second)]
    assert all(words.startswith("Between ") for words in said)
    assert [lesson.wanted_pct for lesson in site.pupil.lessons["w1"]] == [30, 90]
    assert len(site.reasons("window.learnt")) == 2


async def test_what_is_taken_back_before_it_was_learnt_is_never_told(site: OverrideSite) -> None:
    asked = await wanted_while_learning(site)
    (command,) = site.commands.of("w1")
    await site.commands.cancel("w1", command.id, "anna")
    assert site.overrides.held("w1") is None
    site.pupil.may_learn.set()
    override, _ = await asked
    assert (override.revoked_ms, override.learnt) == (site.clock(), "")
    assert site.reasons("window.learnt") == []
    assert site.pupil.lessons["w1"] == ()


async def test_when_what_was_taken_back_is_forgotten_that_is_told_so_that_it_is_thought_about(
    site: OverrideSite,
) -> None:
    _, command = await site.overrides.set("w1", 90, "anna")
    site.pupil.may_learn.clear()
    told = len(site.told)
    await site.commands.cancel("w1", command.id, "anna")
    assert site.overrides.held("w1") is None
    assert len(site.told) == told, "else it would be thought about with what is to be forgotten"
    site.pupil.may_learn.set()
    await site.overrides.caught_up()
    assert [(one.revoked_ms, one.ended_ms) for one in site.told[told:]] == [(site.clock(), site.clock())]


async def test_a_window_that_cannot_be_taught_keeps_no_other_from_learning(
    site: OverrideSite, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    site.devices.add("w2", kind="window")
    learnt = site.pupil.learnt
    monkeypatch.setattr(site.pupil, "learnt", lambda device, lessons: learnt(*{"w2": (device, lessons)}[device]))
    await asyncio.gather(site.overrides.set("w1", 30, "anna"), site.overrides.set("w2", 30, "anna"))
    assert list(site.pupil.lessons) == ["w2"]
    assert "w1" in caplog.text
    assert site.overrides.digest("w1") == "" != site.overrides.digest("w2")


async def test_closed_it_learns_nothing_any_more(site: OverrideSite) -> None:
    asked = await wanted_while_learning(site)
    await site.overrides.close()
    assert site.pupil.folds == 0
    asked.cancel()
    await asyncio.gather(asked, return_exceptions=True)
