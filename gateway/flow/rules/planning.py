"""From what a rule says is to be done to what that is now: which device, whether it may, and which timers begin."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import msgspec
from msgspec.structs import replace

from ...core.errors import Refused
from ...core.rules.actions import OPPOSITE, CatchUp, CommandThen, SceneThen, Then, TimerThen, WindowThen
from ...core.rules.actuators import actuators, wanted
from ...core.rules.firing import Act, Outcome, command_id
from ...core.rules.ranks import LASTING, Award, Claim, Rank, rank_of
from ...core.scenes import Scene
from ...core.timers import Timer
from ..decide.arbiter import Arbiter
from .house import WINDOW_VERB, House


class Errand(msgspec.Struct, frozen=True, kw_only=True):
    """On whose behalf something is done, and how far that goes."""

    firing: str
    """Id of the firing that began it; of what a person runs, any."""
    rule: str
    """Empty: of none."""
    name: str
    """What people call the rule."""
    who: str
    priority: int
    command_ids: Callable[[int], str]
    timer_ids: Callable[[int], str]
    live: bool = True
    """Otherwise it is only said what would be done."""
    lasting: bool = False
    """What it moves it claims until the rule holds no longer."""
    patient: bool = False
    """Its commands wait for a node that is away, instead of growing too old."""
    value: float | str | bool | None = None
    """What the trigger measured."""
    since_ms: int | None = None
    """Since when it is wanted: what is taken back is no newer will than what began it. None: since now."""
    catch_up: CatchUp = "late"
    safe: tuple[Then, ...] = ()
    correlation: str = ""
    simulated: bool = False

    @property
    def rank(self) -> Rank:
        """What kind of will it is."""
        return rank_of(self.priority) if self.rule else Rank.PERSON


class Plan(msgspec.Struct, frozen=True):
    """What is to be done: acts that are PENDING, or what keeps them from it; and the timers that begin with them."""

    acts: tuple[Act, ...]
    timers: tuple[Timer, ...]


class Planner:
    """Asks the arbiter at once, so that what is claimed stands before anybody else is heard."""

    def __init__(self, house: House, arbiter: Arbiter, scenes: Mapping[str, Scene], clock: Callable[[], int]) -> None:
        self._house = house
        self._arbiter = arbiter
        self._scenes = scenes
        self._clock = clock

    def plan(self, errand: Errand, actions: tuple[Then, ...], first: int = 0) -> Plan:
        """Everything the actions come to, numbered from `first`."""
        acts: list[Act] = []
        timers: list[Timer] = []
        for number, act in enumerate(self._resolved(actions), first):
            timer = self._timer(errand, act, number)
            if errand.live and act.outcome is Outcome.PENDING:
                act = self.claim(errand, act, timer)
            elif act.outcome is Outcome.PENDING:
                act = replace(act, outcome=Outcome.WOULD)
            if timer is not None and act.outcome in (Outcome.PENDING, Outcome.WOULD):
                timers.append(timer)
                act = replace(act, timer=timer.id)
            if act.outcome is Outcome.PENDING and isinstance(act.action, CommandThen | WindowThen):
                act = replace(act, command=errand.command_ids(number))
            acts.append(act)
        return Plan(tuple(acts), tuple(timers))

    def again(self, errand: Errand, acts: tuple[Act, ...], first: int) -> Plan:
        """The same once more for those that are still PENDING; the others stay as they are."""
        plans = [
            self.plan(errand, (act.action,), number) if act.outcome is Outcome.PENDING else Plan((act,), ())
            for number, act in enumerate(acts, first)
        ]
        timers = tuple(timer for plan in plans for timer in plan.timers)
        return Plan(tuple(act for plan in plans for act in plan.acts), timers)

    def claim(self, errand: Errand, act: Act, timer: Timer | None = None) -> Act:
        """Ask for what it moves; HELD when somebody goes first."""
        awards: list[Award] = []
        until_ms = timer.due_ms if timer is not None else LASTING if errand.lasting else None
        since_ms = self._clock() if errand.since_ms is None else errand.since_ms
        for actuator, target in _moves(act.action):
            claim = Claim(actuator, errand.rank, errand.priority, errand.who, since_ms, until_ms, target)
            award = self._arbiter.ask(claim)
            if not award.allowed:
                for taken in awards:
                    self._arbiter.release(errand.who, taken.claim.actuator)
                over = award.over.who if award.over is not None else ""
                return replace(act, outcome=Outcome.HELD, detail=award.words, over=over)
            awards.append(award)
        return _awarded(act, awards)

    def release(self, errand: Errand, act: Act) -> None:
        """It could not be done: what it moves is not claimed for it."""
        for actuator, _ in _moves(act.action):
            self._arbiter.release(errand.who, actuator)

    def free(self, who: str, actuator: str) -> None:
        """What was claimed until now is claimed no longer."""
        self._arbiter.release(who, actuator)

    def over(self, firing: str, actuator: str) -> None:
        """What a person wanted for a time is over."""
        self._arbiter.over(command_id(firing, 0).removesuffix("0"), actuator)

    def stand(self, errand: Errand, timer: Timer) -> None:
        """What a timer claims until it is due, without being asked: it did before a restart."""
        if not timer.actuator:
            return
        claim = Claim(timer.actuator, errand.rank, errand.priority, errand.who, timer.armed_ms, timer.due_ms)
        self._arbiter.stand(claim)

    def hold(self, errand: Errand, act: Act, time_ms: int) -> None:
        """What an act moved is claimed while the rule holds, without being asked: it was before a restart."""
        for actuator, target in _moves(act.action):
            self._arbiter.stand(Claim(actuator, errand.rank, errand.priority, errand.who, time_ms, LASTING, target))

    def until_ms(self, errand: Errand, device: str) -> int | None:
        """Until when a window is claimed; None: this once."""
        claims = [one for one in self._arbiter.standing(device) if one.who == errand.who]
        return next((one.until_ms for one in claims if one.actuator in actuators(device, WINDOW_VERB)), None)

    def _resolved(self, actions: tuple[Then, ...]) -> Iterator[Act]:
        for action in actions:
            if isinstance(action, SceneThen):
                scene = self._scenes.get(action.scene)
                if scene is None:
                    yield Act(action, Outcome.REFUSED, f"There is no scene {action.scene} any more.")
                else:
                    yield from self._resolved(scene.then)
                continue
            try:
                yield from [Act(one) for one in self._at_devices(action)]
            except Refused as refused:
                yield Act(action, Outcome.REFUSED, str(refused))

    def _at_devices(self, action: Then) -> list[Then]:
        """One for each device it is for. Raises Refused."""
        if isinstance(action, CommandThen):
            device = self._house.who_does(action.device, action.asset, action.verb)
            return [replace(action, device=device, asset="")]
        if isinstance(action, WindowThen):
            windows = self._house.windows(action.device, action.asset)
            return [replace(action, device=device, asset="") for device in windows]
        return [action]

    def _timer(self, errand: Errand, act: Act, number: int) -> Timer | None:
        """What begins to run with it."""
        action = act.action
        if isinstance(action, TimerThen):
            name, after_s, then, actuator = action.timer, action.after_s, action.then, ""
        elif isinstance(action, CommandThen) and action.for_s:
            then = action.back
            if not then and action.verb in OPPOSITE:
                then = (CommandThen(device=action.device, verb=OPPOSITE[action.verb]),)
            ends = ", ".join(f"{one.device} {one.verb}" for one in then if isinstance(one, CommandThen))
            name, after_s = ends or f"{action.device} {action.verb}", action.for_s
            actuator = next(iter(actuators(action.device, action.verb)), "")
        elif isinstance(action, WindowThen) and action.for_s:
            # When it is over the window's model decides again: there is nothing to be asked of the window.
            name, after_s, then = f"{action.device} decides again", action.for_s, ()
            actuator = next(iter(actuators(action.device, WINDOW_VERB)), "")
        else:
            return None
        now_ms = self._clock()
        return Timer(
            id=errand.timer_ids(number),
            name=name,
            rule=errand.rule,
            firing=errand.firing,
            armed_ms=now_ms,
            due_ms=now_ms + after_s * 1000,
            then=then,
            safe=errand.safe,
            catch_up=errand.catch_up,
            priority=errand.priority,
            actuator=actuator,
            shadow=not errand.live,
            correlation=errand.correlation,
            simulated=errand.simulated,
        )


def _moves(action: Then) -> list[tuple[str, str | float | bool]]:
    """The actuators it moves, and what it wants of each."""
    if isinstance(action, WindowThen):
        return [(actuator, action.position) for actuator in actuators(action.device, WINDOW_VERB)]
    if isinstance(action, CommandThen):
        return [
            (actuator, wanted(action.verb, action.args, actuator.rpartition("/")[2]))
            for actuator in actuators(action.device, action.verb)
        ]
    return []


def _awarded(act: Act, awards: list[Award]) -> Act:
    over = next((award.over.who for award in awards if award.over is not None), "")
    detail = "; ".join(cut for award in awards for cut in award.cuts)
    position = next((award.position for award in awards if award.position is not None), None)
    action = act.action
    if isinstance(action, WindowThen) and position is not None:
        action = replace(action, position=position)
    elif isinstance(action, CommandThen) and action.verb == WINDOW_VERB and position is not None:
        action = replace(action, args={**action.args, "position": position})
    return replace(act, action=action, detail=detail, over=over)
