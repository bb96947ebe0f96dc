from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence

import pytest
from msgspec.structs import replace

from gateway.core.errors import ModelFailed
from gateway.core.ports.models import Lesson, Thought
from gateway.core.window.moment import Moment
from gateway.flow.model_minds import Minds

from .models_site import FakeThinker, moment

TWO = [Lesson("l1", moment(), 30.0), Lesson("l2", moment(), 70.0)]


class Slow(FakeThinker):
    """Learns when it may, and notes in which thread."""

    def __init__(self, version: int) -> None:
        super().__init__(version, lambda at: 50.0)
        self.may_learn = threading.Event()
        self.may_learn.set()
        self.threads: set[int] = set()
        self.broken = False

    def fold(self, device: str, lessons: Sequence[Lesson]) -> Callable[[], None]:
        self.threads.add(threading.get_ident())
        assert self.may_learn.wait(30)
        if self.broken:
            raise ModelFailed("it cannot learn")
        return super().fold(device, lessons)


def no_matter(reason: str) -> None:
    raise AssertionError(reason)


def minds(active: FakeThinker) -> Minds:
    made = Minds(no_matter, no_matter, lambda: None)
    made.seat(active, None, None)
    return made


async def test_learning_takes_place_beside_the_loop_and_is_known_at_once_when_it_is_over() -> None:
    thinker, shadow = Slow(1), Slow(2)
    thinking = minds(thinker)
    thinking.cast_shadow(shadow)
    use = await thinking.folded("w1", TWO)
    assert thinker.threads
    assert threading.get_ident() not in thinker.threads | shadow.threads
    assert (thinker.taught, shadow.taught) == ({}, {})
    use()
    assert thinker.taught == shadow.taught == {"w1": tuple(TWO)}


async def test_a_version_that_is_seated_meanwhile_has_learnt_it_as_well() -> None:
    thinker, late = Slow(1), Slow(2)
    thinker.may_learn.clear()
    thinking = minds(thinker)
    folding = asyncio.create_task(thinking.folded("w1", TWO))
    await asyncio.sleep(0)
    thinking.cast_shadow(late)
    thinker.may_learn.set()
    (await folding)()
    assert late.taught == {"w1": tuple(TWO)}
    assert threading.get_ident() not in late.threads


async def test_what_is_learnt_between_being_brought_up_and_being_seated_is_not_missed() -> None:
    thinking = minds(Slow(1))
    thinking.learnt("w1", TWO)
    thinking.learnt("w2", TWO)
    late = Slow(2)
    await thinking.brought_up(late)
    thinking.learnt("w1", TWO[:1])
    thinking.learnt("w2", [])
    thinking.seat(late, None, None)
    assert late.taught == {"w1": tuple(TWO[:1]), "w2": ()}


class Cautious(FakeThinker):
    """Surer than it would be if it knew."""

    def think(self, device: str, at: Moment) -> Thought:
        return replace(super().think(device, at), confidence=0.9, at_most=0.6)


def test_who_decides_is_no_surer_than_with_all_of_it_known() -> None:
    thinking = minds(Cautious(1, lambda at: 50.0))
    thinking.cast_shadow(Cautious(2, lambda at: 50.0))
    opined = thinking.think("w1", moment())
    assert opined.confidence == 0.6
    assert opined.shadow is not None
    assert opined.shadow.confidence == 0.6


async def test_a_version_that_cannot_learn_goes_on_untaught(caplog: pytest.LogCaptureFixture) -> None:
    thinker = Slow(1)
    thinking = minds(thinker)
    thinking.learnt("w1", TWO[:1])
    thinker.broken = True
    (await thinking.folded("w1", TWO))()
    assert thinker.taught == {"w1": ()}
    assert "window@1 does not learn what w1 was taught" in caplog.text
