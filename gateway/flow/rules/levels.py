"""What rules look at that is no reading: statuses, configurations, breaches, episodes, commands, timers."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Protocol

import msgspec

from ...core.commands import CommandStatus
from ...core.insight import Episode
from ...core.messages import (
    CommandMoved,
    DeviceChanged,
    DeviceStatus,
    EpisodeMoved,
    PlantBreached,
    PlantRecovered,
    ShadowMoved,
)
from ...core.rules.compile import ANOMALIES
from ...core.rules.events import (
    AlertHeard,
    AnomalyHeard,
    CommandHeard,
    Event,
    StateHeard,
    StatusHeard,
    TimerHeard,
)
from ...core.rules.news import TimerMoved
from ...core.rules.rule import KeptRule
from ...core.shadow import Shadow
from ...core.timers import Timer, TimerState
from ..bus import Bus
from .resolve import Looks
from .resolve import looks as looks_of

_ENDS = {CommandStatus.DONE, CommandStatus.FAILED, CommandStatus.EXPIRED}
_NOTHING: Mapping[str, str] = {}
_Value = str | float | bool | None


class Sources(Protocol):
    """How things stand now."""

    def status(self, device: str) -> DeviceStatus | None:
        """None: there is no such device."""

    def shadow(self, device: str) -> Shadow:
        """Both sides of its configuration."""

    def breaches(self, plant: str) -> Iterable[str]:
        """The metrics of a plant that are outside their thresholds."""

    def episodes(self) -> Iterable[Episode]:
        """Those that are open."""

    def timers(self, rule: str) -> list[Timer]:
        """Those of a rule that run."""


class Levels:
    """Tells `hear` what any running rule looks at, and nothing else. Listens to the bus by itself."""

    def __init__(
        self,
        bus: Bus,
        clock: Callable[[], int],
        sources: Sources,
        depth: Callable[[str], int],
        hear: Callable[[Event], None],
    ) -> None:
        self._clock = clock
        self._sources = sources
        self._depth = depth
        self._hear = hear
        self.looks: dict[str, Looks] = {}
        """By rule."""
        self._all = Looks.of(())
        self._stale = False
        self._statuses: dict[str, str] = {}
        bus.on(DeviceChanged, self._device_changed)
        bus.on(ShadowMoved, self._shadow_moved)
        bus.on(CommandMoved, self._command_moved)
        bus.on(PlantBreached, self._breach)
        bus.on(PlantRecovered, self._breach)
        bus.on(EpisodeMoved, self._episode_moved)
        bus.on(TimerMoved, self._timer_moved)

    def put(self, rule: str, looks: Looks | None) -> None:
        """What a rule looks at; None: it is gone."""
        if looks is None:
            self.looks.pop(rule, None)
        else:
            self.looks[rule] = looks
        self._stale = True

    def of(self, kept: KeptRule, words: Mapping[str, str] = _NOTHING) -> Iterator[Event]:
        """How everything stands now that a rule looks at; first what of its memory's `words` is over by now."""
        looks, rule, now_ms = looks_of(kept.rule), kept.id, self._clock()
        running = {timer.name for timer in self._sources.timers(rule)} & looks.timers
        breached = {asset: set(self._sources.breaches(asset)) for asset in looks.alerts}
        episodes = {episode.id: episode for episode in self._sources.episodes()} if looks.anomalies else {}
        yield from self._over(rule, words, running, breached, episodes.keys())
        for device in sorted(looks.statuses):
            yield StatusHeard(device, _status(self._sources.status(device)), now_ms)
        for device, key in sorted(looks.states):
            yield StateHeard(device, key, _plain(self._sources.shadow(device).reported.get(key)), now_ms)
        for asset in sorted(breached):
            for metric in sorted(breached[asset]):
                yield AlertHeard(asset, metric, on=True, time_ms=now_ms)
        for episode in episodes.values():
            yield _anomaly(episode, now_ms)
        for name in sorted(running):
            yield TimerHeard(rule, name, running=True, time_ms=now_ms)

    def _over(
        self,
        rule: str,
        words: Mapping[str, str],
        running: Collection[str],
        breached: Mapping[str, Collection[str]],
        episodes: Collection[str],
    ) -> Iterator[Event]:
        now_ms = self._clock()
        for key, text in words.items():
            kind, _, name = key.partition(":")
            if kind == "timer" and name.partition("/")[2] not in running:
                yield TimerHeard(rule, name.partition("/")[2], running=False, time_ms=now_ms)
            elif kind == "alert":
                for metric in sorted(set(msgspec.json.decode(text, type=list[str])) - set(breached.get(name, ()))):
                    yield AlertHeard(name, metric, on=False, time_ms=now_ms)
            elif key == ANOMALIES:
                known = msgspec.json.decode(text, type=dict[str, tuple[str, str, str]])
                for episode in sorted(known.keys() - episodes):
                    yield AnomalyHeard(episode, *known[episode], on=False, time_ms=now_ms)

    # What happens

    @property
    def wanted(self) -> Looks:
        """Of all rules together."""
        if self._stale:
            self._all, self._stale = Looks.of(self.looks.values()), False
        return self._all

    def _device_changed(self, event: DeviceChanged) -> None:
        if event.device not in self.wanted.statuses:
            return  # it comes with whatever changes of a device
        status = _status(event.status)
        if self._statuses.get(event.device) != status:
            self._statuses[event.device] = status
            self._hear(StatusHeard(event.device, status, self._clock()))

    def _shadow_moved(self, event: ShadowMoved) -> None:
        for device, key in self.wanted.states:
            if device == event.shadow.device:
                self._hear(StateHeard(device, key, _plain(event.shadow.reported.get(key)), self._clock()))

    def _command_moved(self, event: CommandMoved) -> None:
        command, step = event.command, event.step
        if step.status in _ENDS and command.device in self.wanted.commanded:
            depth = self._depth(command.id)
            self._hear(CommandHeard(command.device, command.verb, str(step.status), step.time_ms, depth))

    def _breach(self, event: PlantBreached | PlantRecovered) -> None:
        if event.plant in self.wanted.alerts:
            # Of several sensors one may be back while another is not.
            on = event.metric in self._sources.breaches(event.plant)
            self._hear(AlertHeard(event.plant, event.metric, on, event.time_ms))

    def _episode_moved(self, event: EpisodeMoved) -> None:
        if self.wanted.anomalies:
            self._hear(_anomaly(event.episode, self._clock()))

    def _timer_moved(self, event: TimerMoved) -> None:
        timer = event.timer
        looks = self.looks.get(timer.rule)
        if looks is not None and timer.name in looks.timers and timer.state is not TimerState.REPLACED:
            # One that ends may have been armed anew meanwhile.
            running = any(one.name == timer.name for one in self._sources.timers(timer.rule))
            self._hear(TimerHeard(timer.rule, timer.name, running, self._clock()))


def _status(status: DeviceStatus | None) -> str:
    return "" if status is None else str(status)


def _anomaly(episode: Episode, now_ms: int) -> AnomalyHeard:
    where = episode.asset, episode.device, str(episode.nature)
    return AnomalyHeard(episode.id, *where, episode.is_open, now_ms)


def _plain(value: object) -> _Value:
    """As a rule can compare it; what is no single value is as if it were not there."""
    if isinstance(value, bool | str):
        return value
    return float(value) if isinstance(value, int | float) else None
