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
    """As sure as it is near 16 degrees outside; of what it does not know it thinks nothing."""

    def think(self, device: str, at: Moment) -> Thought:
        apart_k = abs((16.0 if at.outdoor_temperature_c is None else at.outdoor_temperature_c) - 16.0)
        if at.temperature_c == 99.0 and at.outdoor_temperature_c is not None:
            raise ModelFailed("it cannot imagine that")
        return replace(super().think(device, at), confidence=0.9 / (1.0 + apart_k / 10.0))


def without_outside(at: Moment) -> Moment:
    return replace(at, outdoor_temperature_c=None, outdoor_humidity_pct=None, outdoor_mean_c=None)


def test_not_knowing_what_it_is_like_outside_makes_nobody_surer() -> None:
    thinking = minds(Cautious(1, lambda at: 50.0))
    thinking.cast_shadow(Cautious(2, lambda at: 50.0))
    known, unknown = thinking.think("w1", moment(24.0)), thinking.think("w1", without_outside(moment(24.0)))
    winter = thinking.think("w1", replace(moment(24.0), outdoor_temperature_c=6.0))
    assert unknown.confidence == winter.confidence < known.confidence == 0.9
    assert unknown.position_pct == known.position_pct
    assert unknown.shadow is not None
    assert unknown.shadow.confidence == unknown.confidence


def test_what_a_version_cannot_imagine_is_no_failure_of_it() -> None:
    opined = minds(Cautious(1, lambda at: 50.0)).think("w1", without_outside(moment(99.0)))
    assert (opined.model, opined.confidence) == ("window@1", 0.9)


async def test_a_version_that_cannot_learn_goes_on_untaught(caplog: pytest.LogCaptureFixture) -> None:
    thinker = Slow(1)
    thinking = minds(thinker)
    thinking.learnt("w1", TWO[:1])
    thinker.broken = True
    (await thinking.folded("w1", TWO))()
    assert thinker.taught == {"w1": ()}
    assert "window@1 does not learn what w1 was taught" in caplog.text
