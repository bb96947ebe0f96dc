"""What holds now that people should know: every source of alerts as a list of concerns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import tzinfo

from ...core.alerts.alert import Alert, AlertKind, Concern
from ...core.alerts.texts import clock_time, of_breach
from ...core.errors import NotFound
from ...core.health.life import Lasting, NotEnough, Reached
from ...core.health.words import span
from ...core.insight import Component, Episode, Nature, Verdict
from ...core.messages import DeviceStatus, DeviceSwapped, EpisodeMoved, PlantRecovered
from ...core.rules.actions import Level
from ..bus import Bus
from ..home import Home
from ..plants import Plants
from ..presence import SILENCE_MS
from ..watch import Watch
from .asked import PartWell, Roll, Unusual, Wear
from .batteries import CLEAR_V, METRIC, Batteries
from .source import Source

START_MS = 30_000
"""Parts of the gateway have so long after its start until they count."""
UNWELL_MS = 10_000
"""A part is told of when it has been unwell for so long: a leaf may be started again."""
_LATE_MS = 30 * 60_000
"""What was measured longer ago is no alarm of now."""
_RISK_BACK = 1.2
"""Times as many days as are told of end an alert of remaining life."""
_ALARMS = frozenset({"store", "disk", "database", "broker", "certificate"})
_INFOS = frozenset({"clock"})
_MOST_ENDED = 1000


class Conditions:
    """`parts`: every part of the gateway by name; `up_ms`: a clock that nobody sets."""

    def __init__(
        self,
        bus: Bus,
        clock: Callable[[], int],
        up_ms: Callable[[], int],
        zone: tzinfo,
        home: Home,
        plants: Plants,
        watch: Watch,
        registry: Roll,
        episodes: Unusual,
        health: Wear,
        parts: Callable[[], Mapping[str, PartWell]],
        battery_v: float,
        risk_days: int,
    ) -> None:
        self._clock = clock
        self._up_ms = up_ms
        self._zone = zone
        self._home = home
        self._plants = plants
        self._watch = watch
        self._registry = registry
        self._episodes = episodes
        self._health = health
        self._parts = parts
        self._risk_days = risk_days
        self._batteries = Batteries(bus, clock, up_ms, registry.devices, watch.newest, battery_v)
        self._begun_ms = up_ms()
        self._unwell: dict[str, tuple[int, int]] = {}
        """Since when a part is, by the clock that nobody sets and by the one on the wall."""
        self._ended: dict[str, str | None] = {}
        """What was said when it ended, by key."""
        bus.on(PlantRecovered, self._recovered)
        bus.on(EpisodeMoved, self._episode_moved)
        bus.on(DeviceSwapped, self._swapped)

    def sources(self) -> tuple[Source, ...]:
        """One for each kind of alert that is a level."""
        within, usual = "it is within its limits again", "it is as usual again"

        def going_on(concerns: Callable[[], list[Concern]]) -> Callable[[], list[Concern]]:
            return lambda: self._going_on(concerns())

        return (
            Source(
                kind=AlertKind.BREACH,
                concerns=going_on(self.breaches),
                ended=lambda one: self._ended.pop(one.key, within),
            ),
            Source(kind=AlertKind.OFFLINE, concerns=self.absent, sure=self._is_there, ended=self._returned),
            Source(
                kind=AlertKind.ANOMALY,
                concerns=going_on(self.anomalies),
                ended=lambda one: self._ended.pop(one.key, usual),
            ),
            Source(kind=AlertKind.RISK, concerns=self.risks, sure=self._is_lasting, ended=lambda one: "lasts longer"),
            Source(kind=AlertKind.BATTERY, concerns=going_on(self.batteries), sure=self._is_full, ended=self._charged),
            Source(
                kind=AlertKind.PART,
                concerns=self.unwell,
                sure=lambda one: self._settled,
                ended=lambda one: "it works again",
            ),
        )

    # Plants

    def breaches(self) -> list[Concern]:
        """Every plant's values outside their limits."""
        return [
            Concern(
                key=f"breach/{plant.id}/{one.metric}/{one.device}",
                kind=AlertKind.BREACH,
                level="warning",
                title=plant.name,
                text=one.text,
                human=of_breach(plant.name, one.metric, one.direction),
                since_ms=one.since_ms,
                device=one.device,
                asset=plant.id,
                metric=one.metric,
                value=one.value,
                threshold=one.threshold,
                correlation=one.correlation,
                simulated=one.simulated,
            )
            for plant in map(self._home.plan.asset, sorted(self._plants.breached))
            if plant is not None
            for one in self._plants.episodes(plant.id)
        ]

    def _recovered(self, event: PlantRecovered) -> None:
        self._note_end(f"breach/{event.plant}/{event.metric}/{event.device}", event.reason)

    # Devices that are away

    def absent(self) -> list[Concern]:
        """Every device of which was told that it is offline."""
        now_ms = self._clock()
        return [
            Concern(
                key=f"offline/{device}",
                kind=AlertKind.OFFLINE,
                level="warning",
                title=self._registry.device(device).name,
                text=f"is offline: {why}, last heard {clock_time(since_ms, now_ms, self._zone)}",
                since_ms=since_ms,
                device=device,
                simulated=self._registry.simulated(device),
            )
            for device, (since_ms, why) in self._watch.absent().items()
            if self._registry.known(device)
        ]

    def _is_there(self, alert: Alert) -> bool:
        """After a start it takes three heartbeats until it is known who is away."""
        if not self._registry.known(alert.device) or self._up_ms() - self._begun_ms > SILENCE_MS + START_MS:
            return True
        return self._watch.status(alert.device) in (DeviceStatus.ONLINE, DeviceStatus.ERROR)

    def _returned(self, alert: Alert) -> str | None:
        return "is back" if self._registry.known(alert.device) else None

    # What is not as usual

    def anomalies(self) -> list[Concern]:
        """Every episode that goes on and that nobody has called normal."""
        return [self._anomaly(one) for one in self._episodes.open() if one.verdict is not Verdict.NORMAL]

    def _anomaly(self, episode: Episode) -> Concern:
        late = self._clock() - max(episode.seen_ms, episode.opened_ms) > _LATE_MS
        level: Level = "info" if late or episode.nature is Nature.UNUSUAL else "warning"
        return Concern(
            key=f"anomaly/{episode.id}",
            kind=AlertKind.ANOMALY,
            level=level,
            title=self._name(episode.asset, episode.device),
            text=episode.reason,
            since_ms=episode.opened_ms,
            device=episode.device,
            asset=episode.asset,
            metric=episode.metric,
            value=round(episode.score, 3),
            threshold=round(episode.need, 3),
            correlation=episode.correlation,
            simulated=episode.simulated,
        )

    def _episode_moved(self, event: EpisodeMoved) -> None:
        """What a person calls normal is no news when it is over."""
        key = f"anomaly/{event.episode.id}"
        if event.episode.verdict is Verdict.NORMAL:
            self._note_end(key, None)
        else:
            self._ended.pop(key, None)

    # Remaining life

    def risks(self) -> list[Concern]:
        """Every part of a machine that will not last long any more."""
        found = [self._risk(part) for part in self._health.maintenance()]
        return [concern for concern in found if concern is not None]

    def _risk(self, part: Component) -> Concern | None:
        match part.health.life:
            case Reached():
                level: Level = "alarm"
                days, text = 0.0, f"needs care now: {part.health.component} has reached its limit"
            case Lasting() as life if life.likely_days <= self._risk_days:
                level, days = "warning", life.likely_days
                high = life.claim_days if life.high_days is None else life.high_days
                text = f"may fail in {span(days)} ({life.low_days:.0f} to {high:.0f})"
                if part.health.drivers:
                    driver = part.health.drivers[0].indicator
                    text += f": {driver.label} {'rises' if driver.worse == 'higher' else 'falls'}"
            case _:
                return None
        return Concern(
            key=f"risk/{part.asset}/{part.health.component}",
            kind=AlertKind.RISK,
            level=level,
            title=self._name(part.asset, ""),
            text=text,
            human=part.text,
            since_ms=self._clock(),
            asset=part.asset,
            metric=part.health.component,
            value=round(days, 1),
            threshold=float(self._risk_days),
            simulated=part.simulated,
        )

    def _is_lasting(self, alert: Alert) -> bool:
        """Whether it lasts clearly longer, or was commissioned anew: a few days more or less are within the range."""
        known = [part for part in self._health.of(alert.asset) if part.health.component == alert.metric]
        if not known:
            return self._settled
        match known[0].health.life:
            case Lasting(likely_days=days):
                return days > self._risk_days * _RISK_BACK
            case NotEnough(reason=reason):
                return reason in ("baseline", "days")
            case _:
                return True

    # Batteries

    def batteries(self) -> list[Concern]:
        """Every node whose battery is low."""
        return [
            Concern(
                key=f"battery/{device}",
                kind=AlertKind.BATTERY,
                level="warning",
                title=self._registry.device(device).name,
                text=f"{METRIC} is {low.value:.1f}, threshold min {low.limit:.1f}",
                human="Its battery is low: change or charge it.",
                since_ms=low.since_ms,
                device=device,
                metric=METRIC,
                value=low.value,
                threshold=low.limit,
                simulated=self._registry.simulated(device),
            )
            for device, low in self._batteries.low().items()
            if self._registry.known(device)
        ]

    def _is_full(self, alert: Alert) -> bool:
        """After a start nothing is known of the hour before it."""
        if not self._registry.known(alert.device) or alert.key in self._ended:
            return True
        value = self._batteries.value(alert.device)
        limit = self._batteries.limit(self._registry.device(alert.device))
        return value is not None and value >= limit + CLEAR_V

    def _charged(self, alert: Alert) -> str | None:
        if not self._registry.known(alert.device):
            return None
        value = self._batteries.value(alert.device)
        return self._ended.pop(alert.key, None) or (f"{METRIC} is {value:.1f} again" if value is not None else "")

    def _swapped(self, event: DeviceSwapped) -> None:
        self._note_end(f"battery/{event.device}", "its hardware was replaced")

    # Parts of the gateway

    def unwell(self) -> list[Concern]:
        """Every part that does not work and has had time to."""
        up_ms, now_ms = self._up_ms(), self._clock()
        unwell = {name: part.detail for name, part in self._parts().items() if not part.ok}
        self._unwell = {name: self._unwell.get(name, (up_ms, now_ms)) for name in unwell}
        if not self._settled:
            return []
        return [
            Concern(
                key=f"part/{name}",
                kind=AlertKind.PART,
                level="alarm" if name in _ALARMS else "info" if name in _INFOS else "warning",
                title=f"Gateway, {name.replace('-', ' ')}",
                text=detail,
                since_ms=self._unwell[name][1],
            )
            for name, detail in unwell.items()
            if up_ms - self._unwell[name][0] >= UNWELL_MS
        ]

    @property
    def _settled(self) -> bool:
        """Whether every part has had time to begin."""
        return self._up_ms() - self._begun_ms >= START_MS

    # For all of them

    def _going_on(self, concerns: list[Concern]) -> list[Concern]:
        """What was said of an end of theirs was of one before."""
        for concern in concerns:
            self._ended.pop(concern.key, None)
        return concerns

    def _note_end(self, key: str, reason: str | None) -> None:
        self._ended.pop(key, None)
        self._ended[key] = reason
        while len(self._ended) > _MOST_ENDED:
            del self._ended[next(iter(self._ended))]

    def _name(self, asset: str, device: str) -> str:
        try:
            return self._home.asset(asset).name if asset else self._registry.device(device).name
        except NotFound:
            return asset or device
