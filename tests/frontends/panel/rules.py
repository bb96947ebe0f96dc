"""Rules for a panel: the books are real; what evaluates, rehearses and does says what a test tells it to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from msgspec.structs import replace

from gateway.core.errors import NotFound, Refused
from gateway.core.ports.rules import RuleArchive, firing_kept, timer_kept
from gateway.core.rules.actions import CommandThen, Then
from gateway.core.rules.engine import Why
from gateway.core.rules.firing import Act, Cause, Firing, Outcome, Trace
from gateway.core.rules.news import RuleFired
from gateway.core.rules.rule import KeptRule, Rule
from gateway.core.scenes import Scene
from gateway.core.timers import Timer
from gateway.flow.decide.arbiter import Arbiter
from gateway.flow.rules.backtest import Backtest
from gateway.flow.rules.book import Rules
from gateway.flow.rules.house import House as RuleHouse
from gateway.flow.rules.house import HouseNames
from gateway.flow.rules.live import Live, RuleSnapshot
from gateway.flow.rules.replay import Replay
from gateway.flow.rules.report import BacktestReport, ReplayReport
from gateway.flow.rules.resolve import Resolve
from gateway.flow.rules.scenes import SceneBook
from gateway.flow.timers.timers import Timers
from gateway.frontends.panel.parts import RuleParts
from tests.fakes import START_MS
from tests.rule_fakes import MemoryRules

if TYPE_CHECKING:
    from gateway.backends.store.store import Store

    from .house import House


_ON = CommandThen(asset="bathroom-fan", verb="turn_on", for_s=1200)


class ToyLive:
    """Rules stand as a test says; of all others nothing is known."""

    def __init__(self) -> None:
        self.whys: dict[str, Why] = {}
        self.now = RuleSnapshot()

    def snapshot(self) -> RuleSnapshot:
        return self.now

    def why(self, rule: str) -> Why:
        if rule not in self.whys:
            raise NotFound(f"nothing looks at {rule}")
        return self.whys[rule]


class ToyBacktest:
    """Answers with what it was asked."""

    def __init__(self) -> None:
        self.progress: float | None = None
        self.report = BacktestReport(
            rule="",
            from_ms=0,
            to_ms=0,
            exact_from_ms=0,
            series=1,
            readings=8640,
            left={"flagged": 3},
            firings=(),
            on_s=0.0,
            flapping=0,
            most_a_day=0,
            held=(),
            conditions=(),
            conflicts=(),
            took_s=0.5,
        )
        self.against: list[str] = []

    async def of(self, rule: Rule, from_ms: int, to_ms: int, against: Sequence[KeptRule] = ()) -> BacktestReport:
        self.against = [kept.id for kept in against]
        return replace(self.report, rule=rule.name, from_ms=from_ms, to_ms=to_ms)


class ToyReplay:
    """Says that all is the same, but before START_MS nothing was kept."""

    async def of(self, from_ms: int, to_ms: int) -> ReplayReport:
        if from_ms < START_MS - 86_400_000:
            raise Refused("Nothing is taped of then.")
        return ReplayReport(from_ms, to_ms, 3, 3, True, ())


class ToyDoer:
    """Does everything at once."""

    async def began(self, timer: Timer) -> str:
        return ""

    async def expire(
        self, timer: Timer, actions: tuple[Then, ...], first: int, before: tuple[Act, ...] = ()
    ) -> tuple[Act, ...]:
        return tuple(Act(action, Outcome.DONE) for action in actions)

    def release(self, timer: Timer) -> None:
        """It claims nothing."""

    def stand(self, timer: Timer) -> None:
        """It claims nothing."""

    async def run(self, scene: Scene, who: str) -> tuple[Act, ...]:
        return tuple(Act(action, Outcome.DONE, f"for {who}") for action in scene.then)


class HouseRules:
    """The rules of a house."""

    def __init__(self, house: House, store: Store | None) -> None:
        self._house = house
        told = house.bus, house.trail
        home = house.home
        self.archive: RuleArchive = store or MemoryRules(house.writer)
        known = RuleHouse(home.home, home.assignments, house.registry, house.watch.status)
        self.scenes = SceneBook(house.documents, *told, house.clock, known)
        names = HouseNames(home.home, house.registry, self.scenes.name)
        doer = ToyDoer()
        self.timers = Timers(house.disk, self.archive, *told, house.chronicle, house.clock, doer)
        resolve = Resolve(known)
        self.book = Rules(house.documents, *told, house.clock, known, names, resolve, self.timers, self.scenes)
        self.scenes.attach(doer, lambda scene: [])
        known.scenes = self.scenes.scenes
        self.names = names
        self.live, self.backtest, self.replay = ToyLive(), ToyBacktest(), ToyReplay()

    def parts(self) -> RuleParts:
        return RuleParts(
            rules=self.book,
            scenes=self.scenes,
            live=cast("Live", self.live),
            timers=self.timers,
            backtest=cast("Backtest", self.backtest),
            replay=cast("Replay", self.replay),
            arbiter=cast("Arbiter", None),
            archive=self.archive,
            names=self.names,
        )

    def tell(self, firing: Firing) -> Firing:
        """A rule has fired so."""
        self._house.disk.submit([firing_kept(firing)])
        self._house.bus.publish(RuleFired(firing))
        return firing

    def keep(self, timer: Timer) -> Timer:
        """A timer is on the disk, and nobody waits for it."""
        self._house.disk.submit([timer_kept(timer)])
        return timer


def firing(identity: str, rule: str = "bathroom-fan", time_ms: int = START_MS, **said: object) -> Firing:
    """One that turned a fan on."""
    whole = Firing(
        id=identity,
        rule=rule,
        version=1,
        time_ms=time_ms,
        noted_ms=time_ms + 5,
        why="humidity 74.2 % > 70 % since 14:02",
        trace=Trace(
            Cause("when", "true", value=74.2, time_ms=time_ms, device="node-1", metric="humidity"),
            (Cause("if.of", "false", "it is not between 22:00 and 06:00"),),
            time_ms - 600_000,
        ),
        acts=(
            Act(CommandThen(asset="bathroom-fan", verb="turn_on", for_s=1200), Outcome.DONE, command=f"r-{identity}-0"),
        ),
        outcome=Outcome.DONE,
        correlation="node-1/b1/7",
    )
    return replace(whole, **said)


def timer(identity: str, rule: str = "bathroom-fan", time_ms: int = START_MS, **said: object) -> Timer:
    """One that turns a fan off after 20 minutes."""
    whole = Timer(
        id=identity,
        name="bathroom-fan turn_off",
        rule=rule,
        firing=identity.partition("-")[0],
        armed_ms=time_ms,
        due_ms=time_ms + 1_200_000,
        then=(CommandThen(asset="bathroom-fan", verb="turn_off"),),
        actuator="fan-1/power",
    )
    return replace(whole, **said)
