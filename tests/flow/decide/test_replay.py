from __future__ import annotations

import math
import random
import threading
from collections.abc import Callable, Mapping, Sequence

import pytest
from msgspec.structs import replace

from gateway.core.commands import Command, CommandStatus, Step
from gateway.core.decisions import Decision, Outcome
from gateway.core.errors import Conflict, ModelFailed, NotFound
from gateway.core.messages import CommandMoved
from gateway.core.ports.models import Ear, Fact, Lesson, Thought
from gateway.core.window.limits import Bounds
from gateway.core.window.moment import Moment
from gateway.core.window.teacher import teach
from gateway.flow.decide.decide import Decide
from gateway.flow.decide.mind import TEACHER, TEACHER_CONFIDENCE, Opined
from gateway.flow.decide.overrides import Overrides
from gateway.flow.decide.replay import Replay, Replayed
from gateway.flow.decide.taking import OverrideSettings
from gateway.flow.trail import Trail

from .window_site import WindowSite

DECISIONS, LESSONS, FORGETTINGS = 500, 40, 10


class FoldingThinker:
    """A version whose answer depends on every lesson and on their order, to the last bit."""

    name = "window"

    def __init__(self, version: int, runtime: str = "fake 1") -> None:
        self.version = version
        self.runtime = runtime
        self.closed = False
        self._state: dict[str, float] = {}

    @property
    def label(self) -> str:
        return f"window@{self.version}"

    def think(self, device: str, moment: Moment) -> Thought:
        leaning = self._state.get(device, 0.0)
        position = 50 + 40 * math.sin(leaning + teach(moment) / 7 + self.version)
        return Thought(position, abs(math.cos(leaning + self.version)), 10.0, 0.0, 0.5)

    def learnt(self, device: str, lessons: Sequence[Lesson]) -> None:
        leaning = 0.0
        for lesson in lessons:
            leaning = math.sin(1.7 * leaning + lesson.wanted_pct / 31 + (lesson.moment.temperature_c or 0) / 13)
        self._state[device] = leaning

    def fold(self, device: str, lessons: Sequence[Lesson]) -> Callable[[], None]:
        return lambda: self.learnt(device, lessons)

    def preview(self, device: str, moments: Sequence[Moment]) -> list[float]:
        return [self.think(device, moment).position_pct for moment in moments]

    def close(self) -> None:
        self.closed = True


class FoldingMind:
    """One active version, which is what FakeMind is not: it learns."""

    def __init__(self) -> None:
        self.active = FoldingThinker(3)
        self.lessons: dict[str, Sequence[Lesson]] = {}

    def promote(self, version: int) -> None:
        self.active = FoldingThinker(version)
        for device, lessons in self.lessons.items():
            self.active.learnt(device, lessons)

    def think(self, device: str, moment: Moment) -> Opined:
        thought = self.active.think(device, moment)
        return Opined(thought.position_pct, thought.confidence, self.active.label, 0.0, self.active.runtime)

    async def folded(self, device: str, lessons: Sequence[Lesson]) -> Callable[[], None]:
        def use() -> None:
            self.lessons[device] = list(lessons)
            self.active.learnt(device, lessons)

        return use

    async def previewed(self, device: str, moments: Sequence[Moment]) -> list[float]:
        return self.active.preview(device, moments)

    async def ready(self) -> None:
        """It is."""


class FoldingLoader:
    """The versions 3 and 4; what was loaded is remembered."""

    def __init__(self, runtime: str = "fake 1", off_by: float = 0.0) -> None:
        self.there = {3, 4}
        self.runtime = runtime
        self.off_by = off_by
        self.fails = False
        self.loaded: list[_Off] = []

    async def window(self, version: int) -> FoldingThinker:
        if version not in self.there:
            raise NotFound(f"window@{version} is not on the shelf")
        loaded = _Off(version, self.runtime, self.off_by, fails=self.fails)
        self.loaded.append(loaded)
        return loaded

    def versions(self, name: str) -> list[Fact]:
        return []

    async def take_in(self, archive: bytes, signers: Mapping[str, bytes]) -> Fact:
        raise NotImplementedError

    async def ear(self, version: int | None = None) -> Ear:
        raise NotImplementedError

    def drop(self, name: str, version: int) -> None:
        raise NotImplementedError


class _Off(FoldingThinker):
    def __init__(self, version: int, runtime: str, off_by: float, *, fails: bool) -> None:
        super().__init__(version, runtime)
        self._off_by = off_by
        self._fails = fails
        self.threads: set[int] = set()

    def learnt(self, device: str, lessons: Sequence[Lesson]) -> None:
        self.threads.add(threading.get_ident())
        super().learnt(device, lessons)

    def think(self, device: str, moment: Moment) -> Thought:
        self.threads.add(threading.get_ident())
        if self._fails:
            raise ModelFailed("it is broken")
        thought = super().think(device, moment)
        return replace(thought, position_pct=thought.position_pct + self._off_by)


class TaughtSite(WindowSite):
    """The same home with an owner whose will is heard, and a mind that learns."""

    def deciding(self) -> Decide:
        self.folding = FoldingMind()
        trail = Trail(self.writer, self.bus, self.clock)
        told = self.archive, self.bus, trail, self.chronicle, self.clock
        self.overrides = Overrides(
            self.writer,
            *told,
            self,  # type: ignore[arg-type]
            self.able,
            self.folding,
            OverrideSettings(hold_s=60),
            is_window=self.surroundings.is_window,
            moment=self.moment,
        )
        return Decide(
            self.writer,
            self.archive,
            self.bus,
            self.chronicle,
            self.clock,
            self.inputs,
            self.surroundings,
            self.folding,
            self.overrides,
            self.able,
            self.settings,
        )

    def moment(self, device: str) -> Moment | None:
        return self.decide.moment(device)

    def want(self, position: float) -> None:
        """Anna moves the window."""
        self.number += 1
        now_ms = self.clock()
        step = Step(CommandStatus.QUEUED, now_ms)
        args: dict[str, object] = {"position": position}
        command = Command(f"c{self.number}", "w1", "set_position", args, now_ms, now_ms + 1, "anna", steps=(step,))
        self.bus.publish(CommandMoved(command, step, simulated=False))

    async def all_decisions(self) -> list[Decision]:
        return (await self.archive.decisions(limit=10 * DECISIONS))[::-1]

    def replay(self, loader: FoldingLoader | None = None) -> Replay:
        return Replay(loader or FoldingLoader(), self.overrides.folded, self.decide.bounds)


async def lived(site: TaughtSite) -> None:
    """Days in which a window is decided about, taught, made to forget, and given another model."""
    await site.begin()
    chance = random.Random(5)
    wants = set(chance.sample(range(DECISIONS), LESSONS))
    forgets = set(chance.sample(range(DECISIONS // 5, DECISIONS), FORGETTINGS))
    for number in range(DECISIONS):
        site.clock.advance(s=chance.choice([6, 61, 900]))
        if number == DECISIONS // 2:
            site.folding.promote(4)
        if number in wants:
            site.want(float(chance.randrange(0, 101, 5)))
        if number in forgets:
            active = [override.id for override in site.overrides.lessons("w1")]
            await site.overrides.forget("w1", [chance.choice(active)] if number % 3 else None, "anna")
        warm = 20 + 5 * (number % 2) + chance.random()
        site.say("w1", temperature=warm, humidity=chance.uniform(30, 80), sound_level=chance.uniform(30, 70))
        if chance.random() < 0.5:  # else the next decision comes while it is still learning
            await site.overrides.caught_up()


async def test_every_decision_of_days_comes_out_the_same_bit_for_bit() -> None:
    site = TaughtSite()
    await lived(site)
    decisions = await site.all_decisions()
    assert len(decisions) >= DECISIONS
    assert {decision.model for decision in decisions} == {"window@3", "window@4"}
    assert len({decision.lessons for decision in decisions}) >= LESSONS
    assert {Outcome.HELD, Outcome.SENT} <= {decision.outcome for decision in decisions}
    replay = site.replay()
    for decision in decisions:
        again = await replay.run(decision)
        assert again == Replayed(True, decision.position, decision.position, decision.model, "the same, bit for bit"), (
            decision
        )


async def test_after_a_restart_they_do_as_well() -> None:
    site = TaughtSite()
    await lived(site)
    decisions = await site.all_decisions()
    site.restart()
    await site.overrides.load()
    await site.decide.load()
    replay = site.replay()
    for decision in decisions[:: DECISIONS // 50]:
        assert (await replay.run(decision)).identical


@pytest.fixture
async def site() -> TaughtSite:
    """One lesson and a decision that rests on it."""
    site = TaughtSite()
    await site.begin()
    site.say("w1", temperature=22.0, humidity=50.0)
    site.clock.advance(s=10)
    site.want(40.0)
    await site.overrides.caught_up()
    site.clock.advance(minutes=2)
    site.say("w1", temperature=25.0, humidity=50.0)
    return site


async def test_nothing_waits_while_it_is_thought_over_again(site: TaughtSite) -> None:
    loader = FoldingLoader()
    assert (await site.replay(loader).run(site.decided[-1])).identical
    (loaded,) = loader.loaded
    assert len(loaded.threads) == 1
    assert threading.get_ident() not in loaded.threads
    assert loaded.closed


async def test_what_is_learnt_later_changes_nothing_of_it(site: TaughtSite) -> None:
    decision = site.decided[-1]
    assert decision.lessons != ""
    site.clock.advance(minutes=2)
    site.want(90.0)
    site.clock.advance(minutes=2)
    await site.overrides.forget("w1", None, "anna")
    assert (await site.replay().run(decision)).identical


async def test_replaying_leaves_the_active_model_alone_and_lets_its_own_go(site: TaughtSite) -> None:
    decision, loader = site.decided[0], FoldingLoader()
    before = site.folding.think("w1", decision.moment)
    await site.replay(loader).run(decision)
    assert site.folding.think("w1", decision.moment) == before
    assert [thinker.closed for thinker in loader.loaded] == [True]


async def test_another_input_comes_out_different(site: TaughtSite) -> None:
    decision = site.decided[-1]
    other = replace(decision, moment=replace(decision.moment, temperature_c=25.1))
    again = await site.replay().run(other)
    assert not again.identical
    assert again.why.endswith(" pp apart")


async def test_another_runtime_may_differ_by_its_last_bits_and_is_named(site: TaughtSite) -> None:
    decision = site.decided[-1]
    near = await site.replay(FoldingLoader("fake 2", off_by=0.4)).run(decision)
    assert (near.identical, near.why) == (False, "by another runtime (fake 1 then, fake 2 now): 0.4 pp apart")
    far = await site.replay(FoldingLoader("fake 2", off_by=0.6)).run(decision)
    assert far.why == "0.6 pp apart"
    same = await site.replay(FoldingLoader("fake 2")).run(decision)
    assert same.identical


async def test_other_limits_are_told_apart_from_another_opinion(site: TaughtSite) -> None:
    decision = site.decided[-1]
    replay = Replay(FoldingLoader(), site.overrides.folded, lambda device: Bounds(node_max_pct=1.0))
    again = await replay.run(decision)
    assert (again.identical, again.now, again.why) == (False, 1, "the model says the same; other limits hold now")


async def test_a_confidence_that_was_halved_is_halved_again(site: TaughtSite) -> None:
    site.time_known = False
    site.clock.advance(minutes=2)
    site.say("w1", temperature=22.0, humidity=50.0)
    assert "time" in {one.name for one in site.decided[-1].missing}
    assert (await site.replay().run(site.decided[-1])).identical


async def test_the_teacher_can_be_replayed_without_any_model(site: TaughtSite) -> None:
    moment = site.decided[-1].moment
    raw = teach(moment)
    decision = replace(
        site.decided[-1], model=TEACHER, raw_pct=raw, confidence=TEACHER_CONFIDENCE, position=round(raw), runtime=""
    )
    loader = FoldingLoader()
    assert (await site.replay(loader).run(decision)).identical
    assert loader.loaded == []


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"model": "external:brain"}, "external:brain decided"),
        ({"model": "window@9"}, "window@9 is not on the shelf"),
        ({"lessons": "feedfeedfeedfeed"}, "lessons that counted then .* are gone"),
    ],
)
async def test_what_is_gone_is_said(site: TaughtSite, changed: dict[str, str], reason: str) -> None:
    with pytest.raises(Conflict, match=reason):
        await site.replay().run(replace(site.decided[-1], **changed))


async def test_a_model_that_fails_is_said_and_let_go(site: TaughtSite) -> None:
    loader = FoldingLoader()
    loader.fails = True
    with pytest.raises(Conflict, match="it is broken"):
        await site.replay(loader).run(site.decided[-1])
    assert [thinker.closed for thinker in loader.loaded] == [True]


async def test_what_was_decided_before_not_knowing_counted_is_the_same_all_the_same(
    site: TaughtSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    then, think = site.decided[-1], FoldingThinker.think
    now = replace(then, confidence=round(then.confidence / 2, 3))

    def doubting(thinker: FoldingThinker, device: str, moment: Moment) -> Thought:
        thought = think(thinker, device, moment)
        return replace(thought, at_most=thought.confidence / 2)

    monkeypatch.setattr(FoldingThinker, "think", doubting)
    assert [(await site.replay().run(one)).identical for one in (then, now)] == [True, True]
    assert not (await site.replay().run(replace(then, confidence=0.123))).identical
