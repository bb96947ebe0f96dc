"""Alerts as levels: what holds now is compared with what is open.

Events only make it look sooner. After a start the same comparison repairs whatever a kill left between a source's note
and ours: no alert twice, none missed.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence

import msgspec
from msgspec.structs import replace

from ...core.alerts.alert import Alert, AlertKind, Plan
from ...core.alerts.course import back, is_another, moved, noticed
from ...core.alerts.news import AlertMoved, AlertsMuted
from ...core.alerts.policy import AGAIN, OPEN, OVER, due, hushed, told_last
from ...core.alerts.texts import parcel_of
from ...core.delivery import Parcel
from ...core.errors import NotFound, Refused, StoreError
from ...core.messages import ClockSet, DeviceChanged, EpisodeMoved, PlantBreached, PlantRecovered
from ...core.ports.alerts import AlertArchive, MarkKept, alert_kept
from ...core.ports.store import Writer
from ...core.rules.news import Notice
from ..bus import Bus
from ..outbox.outbox import Outbox
from ..promise import Promise
from ..trail import Trail
from .past import RECALLED, Past
from .routing import Routing
from .source import Source

_LOOK_S = 5.0
_PAUSE_S = 0.5
"""Between two looks, however much happens."""
_MUTED = "alerts.muted"
_LONGEST_MUTE_MIN = 1440
MOST_NOTICES = 1000
"""What rules say waits while people want quiet: so many at most, the oldest go. Alarms do not wait."""


class AlertSnapshot(msgspec.Struct, frozen=True):
    """Alerts at one moment, for metrics."""

    open: dict[str, int]
    """By level."""
    total: dict[str, int]
    """Opened since the start, by kind."""


class AlertBook:
    """Fed by its sources; asks the outbox to tell what is due. `known`: whether the gateway knows the time.

    `plan`: what people want, but for a mute; `rule_name`: what a rule is called.
    """

    def __init__(
        self,
        writer: Writer,
        archive: AlertArchive,
        bus: Bus,
        trail: Trail,
        clock: Callable[[], int],
        plan: Plan,
        known: Callable[[], bool],
        sources: Sequence[Source],
        routing: Routing,
        outbox: Outbox,
        rule_name: Callable[[str], str] = lambda rule: rule,
        *,
        enabled: bool = True,
    ) -> None:
        self._writer = writer
        self._archive = archive
        self._bus = bus
        self._trail = trail
        self._clock = clock
        self._plan = plan
        self._known = known
        self._sources = sources
        self._routing = routing
        self._outbox = outbox
        self._rule_name = rule_name
        self._enabled = enabled
        self._muted_until_ms = 0
        self._live: dict[str, Alert] = {}
        """By key: those that go on, and those of which something is still to be told."""
        self._past = Past()
        self._owed: dict[str, Alert] = {}
        """Not on the disk as they are, because it refused them."""
        self._last: dict[str, Alert] = {}
        """On their way there: what was submitted last of each."""
        self._opened: Counter[str] = Counter()
        self._wake = asyncio.Event()
        bus.on(ClockSet, self._clock_set)
        if enabled:
            bus.on(Notice, self._noticed)
            for kind in (PlantBreached, PlantRecovered, EpisodeMoved, DeviceChanged):
                bus.on(kind, lambda event: self._wake.set())

    async def load(self) -> None:
        """What is open since earlier runs; when every source is complete. Raises StoreError."""
        muted = (await self._archive.marks()).get(_MUTED, b"")
        self._muted_until_ms = int(muted) if muted.isdigit() else 0
        going = await self._archive.open_alerts()
        ids = {alert.id for alert in going}
        for alert in reversed(await self._archive.alerts(limit=RECALLED)):
            self._past.note(alert)
            if alert.id not in ids:
                self._past.remember(alert)
        for alert in going:
            self._past.note(alert)
            if alert.key in self._live:
                self._finish(alert.key)  # a kill fell between its end and another's beginning
            self._live[alert.key] = alert

    async def run(self) -> None:
        """Look every few seconds, and soon after something has happened; until cancelled."""
        while True:
            await self._routing.refresh()
            self.look()
            self.write_again()
            await asyncio.sleep(_PAUSE_S)
            try:
                async with asyncio.timeout(_LOOK_S):
                    await self._wake.wait()
            except TimeoutError:
                continue

    # Asking

    def open(self) -> list[Alert]:
        """Those that are not over, newest first."""
        found = [alert for alert in self._live.values() if alert.over_ms is None]
        return sorted(found, key=lambda alert: -alert.opened_ms)

    @property
    def muted_until_ms(self) -> int:
        """Until then only alarms come; 0: nothing is muted."""
        return self._muted_until_ms if self._muted_until_ms > self._clock() else 0

    def snapshot(self) -> AlertSnapshot:
        """For metrics."""
        return AlertSnapshot(dict(Counter(alert.level for alert in self.open())), dict(self._opened))

    # What people do

    async def ack(self, alert_id: str, who: str) -> Alert:
        """Somebody knows; again: as it was. Raises NotFound, StoreError."""
        live = next((alert for alert in self._live.values() if alert.id == alert_id), None)
        found = live or await self._archive.alert(alert_id)
        if found is None:
            raise NotFound(f"There is no alert {alert_id}.")
        if found.acked_ms is not None:
            return found
        acked = replace(found, acked_ms=self._clock(), acked_by=who)
        if live is not None:
            self._live[live.key] = acked
        promise = Promise(lambda error: self._settled(acked, error))
        self._last[acked.id] = acked
        self._writer.submit([alert_kept(acked, pending=live is not None)], promise)
        self._outbox.withdraw(acked.id, AGAIN, "it was acknowledged")
        self._bus.publish(AlertMoved(acked))
        await promise.kept()
        self._trail.note("alert.acked", who, f"{acked.title}: {acked.text}, {acked.id}")
        return acked

    async def mute(self, minutes: int, who: str) -> int:
        """Only alarms for so long (0: everything comes again); until when, UTC ms. Raises Refused, StoreError."""
        if not 0 <= minutes <= _LONGEST_MUTE_MIN:
            raise Refused(f"Alerts can be muted for up to {_LONGEST_MUTE_MIN // 60} hours.")
        until_ms = self._clock() + minutes * 60_000 if minutes else 0
        promise = Promise(lambda error: None)
        self._writer.submit([self._mute_kept(until_ms)], promise)
        await promise.kept()
        self._muted_until_ms = until_ms
        self._bus.publish(AlertsMuted(until_ms, who))
        self._trail.note("alerts.muted", who, f"for {minutes} min" if minutes else "everything comes again")
        self._wake.set()
        return until_ms

    # What holds now

    def look(self) -> None:
        """Compare, and tell what is due."""
        self._wake.clear()
        if not self._enabled:
            return
        now_ms = self._clock()
        for source in self._sources:
            self._compare(source, now_ms)
        plan = replace(self._plan, muted_until_ms=self.muted_until_ms, known=self._known())
        for key in list(self._live):
            self._tell(key, plan, now_ms)

    def _compare(self, source: Source, now_ms: int) -> None:
        holding = {concern.key: concern for concern in source.concerns()}
        for key, concern in holding.items():
            alert = self._live.get(key)
            if alert is None:
                self._begin(self._past.opened(concern, self._plan, now_ms))
            elif alert.over_ms is not None and not told_last(alert):
                self._put(back(alert, concern, self._plan, now_ms))
            elif alert.over_ms is not None or is_another(alert, concern):
                self._finish(key)
                self._begin(self._past.opened(replace(concern, since_ms=now_ms), self._plan, now_ms))
        gone = [
            alert
            for key, alert in self._live.items()
            if alert.kind is source.kind and alert.over_ms is None and key not in holding and source.sure(alert)
        ]
        for alert in gone:
            said = source.ended(alert)
            over = replace(alert, over_ms=now_ms, over_text=said or "")
            self._put(over if said is not None else hushed(over))
            self._outbox.withdraw(alert.id, AGAIN, "it is over")

    def _noticed(self, event: Notice) -> None:
        """On its way to the disk before what its rule did is."""
        alert = noticed(event, self._rule_name(event.rule))
        if not self._past.knows(alert.id):
            self._begin(alert)
            self._bound_notices()
            self._wake.set()

    def _bound_notices(self) -> None:
        waiting = [
            key
            for key, alert in self._live.items()
            if alert.kind is AlertKind.NOTICE and alert.level != "alarm" and alert.told_ms is None
        ]
        for key in waiting[: max(len(waiting) - MOST_NOTICES, 0)]:
            self._finish(key)
            self._trail.note("alerts.dropped", "gateway", "too much that rules say waits: the oldest of it is not sent")

    def _begin(self, alert: Alert) -> None:
        self._past.note(alert)
        self._opened[alert.kind] += 1
        self._put(alert)

    # What is told

    def _tell(self, key: str, plan: Plan, now_ms: int) -> None:
        alert = self._live[key]
        found = due(alert, plan, now_ms, self._past.before(key))
        for part in found.parts:
            alert = self._hand_over(alert, part, now_ms)
        if alert.over_ms is not None and (told_last(alert) or found.look_ms is None):
            self._finish(key)
        elif alert.level == "alarm" and alert.told_ms is not None and alert.acked_ms is None and alert.over_ms is None:
            self._tell_newcomers(alert, now_ms)

    def _hand_over(self, alert: Alert, part: str, now_ms: int) -> Alert:
        """To the outbox, in one write with what the alert knows of it."""
        lanes = self._routing.still(alert.lanes)
        if part.startswith(AGAIN):
            lanes = (*lanes, *(one for one in self._routing.lanes(alert, escalating=True) if one not in lanes))
        elif part != OVER:
            lanes = self._routing.lanes(alert)
        told_ms = now_ms if alert.told_ms is None else alert.told_ms
        everywhere = tuple(dict.fromkeys((*alert.lanes, *lanes)))
        parcels = [parcel_of(alert, part, lane, now_ms, self._plan.zone) for lane in lanes]
        told = replace(alert, told=(*alert.told, part), told_ms=told_ms, lanes=everywhere)
        self._put(told, parcels)
        return told

    def _tell_newcomers(self, alert: Alert, now_ms: int) -> None:
        """Whoever can be told only since then hears of an alarm that goes on, and that nobody has acknowledged."""
        lanes = [lane for lane in self._routing.lanes(alert) if lane not in alert.lanes]
        if lanes:
            parcels = [parcel_of(alert, OPEN, lane, now_ms, self._plan.zone) for lane in lanes]
            names = dict.fromkeys(f"{OPEN}@{lane.partition('/')[0]}" for lane in lanes)
            told = (*alert.told, *(name for name in names if name not in alert.told))
            self._put(replace(alert, told=told, lanes=(*alert.lanes, *lanes)), parcels)

    def _finish(self, key: str) -> None:
        """Nothing is left to be said of it."""
        alert = self._live.pop(key)
        if alert.over_ms is None:
            alert = hushed(replace(alert, over_ms=self._clock()))
            self._bus.publish(AlertMoved(alert))
        self._past.remember(alert)
        self._write(alert, pending=False)

    # How it is kept

    def _put(self, alert: Alert, parcels: Sequence[Parcel] = ()) -> None:
        self._live[alert.key] = alert
        self._last[alert.id] = alert
        self._outbox.put(parcels, [alert_kept(alert, pending=True)], lambda error: self._settled(alert, error))
        self._bus.publish(AlertMoved(alert))

    def _settled(self, alert: Alert, error: StoreError | None) -> None:
        # A newer one that is on its way, or on the disk, has all of it.
        if self._last.get(alert.id) is not alert:
            return
        del self._last[alert.id]
        if error is not None:
            self._owed[alert.id] = alert
        else:
            self._owed.pop(alert.id, None)

    def write_again(self) -> None:
        """What the disk refused, as it is now."""
        owed, self._owed = self._owed, {}
        for alert in owed.values():
            now = self._live.get(alert.key)
            live = now is not None and now.id == alert.id
            self._write(now if now is not None and live else alert, pending=live)

    def _write(self, alert: Alert, *, pending: bool) -> None:
        self._last[alert.id] = alert
        self._outbox.put((), [alert_kept(alert, pending=pending)], lambda error: self._settled(alert, error))

    def _mute_kept(self, until_ms: int) -> MarkKept:
        return MarkKept(_MUTED, str(until_ms).encode() if until_ms else b"", self._clock())

    def _clock_set(self, event: ClockSet) -> None:
        """What was noticed in this run was at another time than it seemed."""
        if not event.redates:
            return
        self._past.shift(event.moved)
        for alert in list(self._live.values()):
            self._put(moved(alert, event.moved))
        if self._muted_until_ms:
            self._muted_until_ms = event.moved(self._muted_until_ms)
            self._outbox.put((), [self._mute_kept(self._muted_until_ms)])
        self._wake.set()
