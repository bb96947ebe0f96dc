"""Alerts as levels: over restarts at any write, mutes, acknowledgements, clocks that are set, and disks that fail."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from msgspec.structs import replace

from gateway.core.alerts.alert import Alert, Plan
from gateway.core.alerts.news import AlertMoved, AlertsMuted
from gateway.core.errors import NotFound, Refused, StoreError
from gateway.core.health.life import Lasting, Reached
from gateway.core.home import AssetKind
from gateway.core.messages import Audited, Heartbeat, Vitals
from gateway.core.ports.alerts import AlertKept, DeliveryKept, alert_kept
from gateway.core.ports.store import Change, Receipt
from gateway.core.rules.news import Notice
from gateway.flow.alerts.book import MOST_NOTICES
from gateway.flow.presence import SILENCE_MS
from tests.alert_fakes import FakeChannel
from tests.fakes import START_MS, MemoryWriter

from .alert_site import MIN, AlertSite, Way, Well, episode

KINDS = ("breach", "offline", "anomaly", "risk", "battery", "part-sync", "part-store")


class Level:
    """One thing that holds or not, of each kind; simple on purpose: what opens it is tested elsewhere."""

    def __init__(self, site: AlertSite, kind: str) -> None:
        self.site, self.kind = site, kind

    @property
    def is_alarm(self) -> bool:
        return self.kind == "part-store"

    async def prepare(self) -> Level:
        site = self.site
        await site.plant("fern", soil_moisture=(20.0, 80.0))
        await site.put_device("fern-1", "fern")
        site.roll.add("node-1", "Node")
        site.look(minutes=4)
        return self

    def begin(self) -> None:
        """It holds, and has held for as long as it takes until it counts."""
        site = self.site
        match self.kind:
            case "breach":
                site.say("fern-1", soil_moisture=15.2)
            case "offline":
                site.bus.publish(Heartbeat("node-1", Vitals(), site.clock()))
                site.look(s=SILENCE_MS // 1000 + 1)
                site.watch.sweep()
            case "anomaly":
                now_ms = site.clock()
                site.unusual.episodes = [episode(opened_ms=now_ms, seen_ms=now_ms)]
            case "risk":
                site.wear.lives["pump", "bearing"] = Lasting(5.0, 8.0, 13.0, 0.9, 60.0, 120.0)
            case "battery":
                site.say("node-1", battery=3.0)
                site.look(minutes=61)
            case _:
                site.parts[self.kind.removeprefix("part-")] = Well(False, "unwell")
                site.look(s=10)
        site.book.look()

    def end(self) -> None:
        site = self.site
        match self.kind:
            case "breach":
                for _ in range(3):
                    site.say("fern-1", soil_moisture=45.0)
            case "offline":
                site.bus.publish(Heartbeat("node-1", Vitals(), site.clock()))
            case "anomaly":
                site.unusual.episodes = []
            case "risk":
                site.wear.lives.clear()
            case "battery":
                site.say("node-1", battery=4.0)
                site.look(minutes=1)
            case _:
                site.parts.clear()
        site.book.look()

    def parts(self) -> list[str]:
        return [part for part, _ in self.site.said()]


async def level(kind: str, plan: Plan | None = None) -> tuple[AlertSite, Level]:
    site = AlertSite(plan)
    await site.load()
    return site, await Level(site, kind).prepare()


# Every kind x everything that can happen to it


@pytest.mark.parametrize("kind", KINDS)
async def test_it_is_told_once_and_its_end_once(kind: str) -> None:
    site, one = await level(kind)
    one.begin()
    site.look(minutes=20)
    assert one.parts() == ["open"]
    one.end()
    site.look(minutes=5)
    assert one.parts() == ["open", "over"]
    assert site.alerts() == []


@pytest.mark.parametrize("kind", KINDS)
async def test_coming_back_at_once_it_never_was_over(kind: str) -> None:
    site, one = await level(kind)
    one.begin()
    one.end()
    one.begin()
    site.look(minutes=10)
    # It takes nodes and batteries longer than two minutes until they count as away, or low, again.
    expected = {"offline": ["open", "over"], "battery": ["open", "over", "open"]}
    assert one.parts() == expected.get(kind, ["open"])


@pytest.mark.parametrize("kind", KINDS)
async def test_over_and_over_again_makes_two_messages_in_a_quarter_of_an_hour(kind: str) -> None:
    site, one = await level(kind)
    began_ms = site.clock()
    for _ in range(20):
        one.begin()
        site.look(s=30)
        one.end()
        site.look(minutes=3)
    passed_min = (site.clock() - began_ms) / MIN
    assert len(one.parts()) <= 2 * (passed_min / 15 + 1)
    assert one.parts()[:2] == ["open", "over"]
    if kind == "breach":
        assert "times since" in site.parcels()[2].text


@pytest.mark.parametrize("kind", KINDS)
async def test_at_night_only_alarms_come_and_the_rest_in_the_morning(kind: str) -> None:
    site, one = await level(kind, Plan(zone=UTC, quiet=("12:00", "18:00")))
    one.begin()
    site.look(minutes=20)
    assert one.parts() == (["open"] if one.is_alarm else [])
    one.end()
    site.look(minutes=5)
    assert one.parts() == (["open", "over"] if one.is_alarm else [])
    site.look(minutes=6 * 60)
    assert one.parts() == (["open", "over"] if one.is_alarm else ["both"])
    assert site.alerts() == []


@pytest.mark.parametrize("kind", KINDS)
async def test_muted_it_waits_and_is_told_when_the_mute_ends(kind: str) -> None:
    site, one = await level(kind)
    await site.book.mute(24 * 60, "anna")
    one.begin()
    site.look(minutes=3)
    assert one.parts() == (["open"] if one.is_alarm else [])
    await site.book.mute(0, "anna")
    site.look()
    assert one.parts() == ["open"]


@pytest.mark.parametrize("kind", KINDS)
async def test_acknowledged_it_is_known_and_its_end_is_still_told(kind: str) -> None:
    site, one = await level(kind)
    one.begin()
    (alert,) = site.alerts()
    await site.book.ack(alert.id, "anna")
    site.look(minutes=90)
    assert one.parts() == ["open"], "nothing is said again"
    one.end()
    site.look(minutes=3)
    assert one.parts() == ["open", "over"]


@pytest.mark.parametrize("kind", KINDS)
async def test_alarms_alone_are_said_again(kind: str) -> None:
    site, one = await level(kind)
    one.begin()
    site.look(minutes=120)
    assert one.parts() == (["open", "again-1", "again-2"] if one.is_alarm else ["open"])


@pytest.mark.parametrize("how", ["acknowledged", "over"])
async def test_what_would_only_repeat_it_does_not_wait_once_somebody_knows_or_it_is_over(how: str) -> None:
    site, one = await level("part-store")
    one.begin()
    site.look(minutes=70)
    assert one.parts() == ["open", "again-1", "again-2"], "the channel is away"
    if how == "over":
        one.end()
        site.look(minutes=3)
        assert one.parts() == ["open", "over"]
    else:
        await site.book.ack(site.alerts()[0].id, "anna")
        assert one.parts() == ["open"]
    await site.again()
    assert "again-1" not in one.parts()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shift_ms", [-50 * 365 * 86_400_000, -3_600_000, 3_600_000, 400 * 86_400_000])
@pytest.mark.parametrize("learnt", [True, False])
async def test_a_clock_that_is_set_tells_nothing_twice_and_nothing_early(
    kind: str, shift_ms: int, learnt: bool
) -> None:
    site, one = await level(kind)
    one.begin()
    (before,) = site.alerts()
    site.set_clock(shift_ms, learnt=learnt)
    site.look(minutes=10)
    (after,) = site.alerts()
    assert (after.id, after.opened_ms) == (before.id, before.opened_ms + shift_ms)
    assert one.parts() == ["open"]
    one.end()
    site.book.look()
    site.set_clock(-shift_ms, learnt=learnt)
    site.look(s=90)
    assert one.parts() == ["open"], "its end has to last, whatever the clock says"
    site.look(minutes=2)
    assert one.parts() == ["open", "over"]


# A kill at any write


class Cut(Exception):
    """The power is gone."""


class CutWriter(MemoryWriter):
    """Nothing is taken after so many submissions."""

    def __init__(self, left: int) -> None:
        super().__init__()
        self.left = left

    def submit(self, changes: Any, receipt: Receipt | None = None) -> None:
        mine = any(isinstance(change, AlertKept | DeliveryKept) for change in changes)
        if mine and self.left <= 0:
            raise Cut
        self.left -= mine
        super().submit(changes, receipt)


COURSE = ("begin", "wait", "end", "wait", "long", "begin", "wait", "end", "long")


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "offline"])
async def test_killed_at_any_write_the_same_is_told_as_without_a_kill(kind: str) -> None:
    async def course(cut: int) -> tuple[list[str], list[Change], bool]:
        site = AlertSite()
        await site.load()
        one = await Level(site, kind).prepare()
        writer = CutWriter(cut)
        await site.again_on(writer)
        site.look(minutes=4)
        killed = False
        steps: dict[str, Callable[[], None]] = {
            "begin": one.begin,
            "end": one.end,
            "wait": lambda: site.look(minutes=3),
            "long": lambda: site.look(minutes=30),
        }
        for step in COURSE:
            for _ in range(2):
                try:
                    steps[step]()
                    break
                except Cut:
                    killed = True
                    writer.left = 1 << 30
                    await site.again()
                    # What is not in the store is known again soon.
                    site.look(s=60)
        site.look(minutes=5)
        return one.parts(), list(writer.changes), killed

    whole, changes, _ = await course(1 << 30)
    assert whole == ["open", "over", "open", "over"]
    submissions = sum(isinstance(change, AlertKept) for change in changes)
    for cut in range(submissions + 1):
        parts, changes, killed = await course(cut)
        assert parts == whole, f"killed at write {cut}"
        assert killed is (cut < submissions)
        ids = [change.id for change in changes if isinstance(change, DeliveryKept)]
        assert len(ids) == len(set(ids)), "each is handed over once"


@pytest.mark.parametrize("worse", [False, True])
async def test_what_comes_back_after_a_kill_that_hid_that_its_end_was_told_is_told_anew(worse: bool) -> None:
    site, one = await level("risk", Plan(zone=UTC, cooldown_s=0))
    await site.asset(AssetKind.PUMP, "pump", "Pump")
    one.begin()
    one.end()
    site.look(s=119)
    writer = CutWriter(1)
    await site.again_on(writer)
    with pytest.raises(Cut):
        site.look(s=10)  # that its end was told is written, that nothing is left to be said is not
    writer.left = 1 << 30
    await site.again()
    assert one.parts() == ["open", "over"]
    if worse:
        site.wear.lives["pump", "bearing"] = Reached(60.0)
        site.book.look()
    else:
        one.begin()
    assert one.parts() == ["open", "over", "open"]
    await site.again()
    assert len(await site.archive.open_alerts()) == 1


async def test_of_two_that_seem_to_go_on_the_older_one_is_over() -> None:
    site, one = await level("breach")
    one.begin()
    (alert,) = site.alerts()
    older = replace(alert, id="0" * 16, opened_ms=alert.opened_ms - MIN)
    site.writer.changes.append(alert_kept(older))
    await site.again()
    site.look(minutes=3)
    assert site.alerts() == [alert]
    assert [known.id for known in await site.archive.open_alerts()] == [alert.id]
    assert one.parts() == ["open"]


async def test_an_alert_whose_messages_are_missing_cannot_be() -> None:
    site, one = await level("breach")
    together: list[set[type]] = []
    submit = site.writer.submit

    def noted(changes: Any, receipt: Receipt | None = None) -> None:
        together.append({type(change) for change in changes})
        submit(changes, receipt)

    site.writer.submit = noted  # type: ignore[method-assign]
    one.begin()
    assert {AlertKept, DeliveryKept} in together
    assert {DeliveryKept} not in together


# What people do


async def test_acknowledging_is_durable_and_told_and_again_it_changes_nothing() -> None:
    site, one = await level("breach")
    moved: list[object] = []
    site.bus.on(AlertMoved, moved.append)
    one.begin()
    (alert,) = site.alerts()
    acked = await site.book.ack(alert.id, "anna")
    assert (acked.acked_by, acked.acked_ms) == ("anna", site.clock())
    assert moved[-1] == AlertMoved(acked)
    site.clock.advance(minutes=1)
    assert await site.book.ack(alert.id, "ben") == acked
    assert site.audit()[-1] == "alert.acked"
    await site.again()
    assert site.alerts() == [acked]


async def test_what_is_over_can_be_acknowledged_and_what_never_was_cannot() -> None:
    site, one = await level("breach")
    one.begin()
    (alert,) = site.alerts()
    one.end()
    site.look(minutes=5)
    assert (await site.book.ack(alert.id, "anna")).acked_by == "anna"
    with pytest.raises(NotFound):
        await site.book.ack("0000000000000000", "anna")


async def test_a_mute_outlives_a_restart_and_ends_by_itself() -> None:
    site, one = await level("breach")
    told: list[object] = []
    site.bus.on(AlertsMuted, told.append)
    until_ms = await site.book.mute(60, "anna")
    assert until_ms == site.clock() + 60 * MIN
    assert told == [AlertsMuted(until_ms, "anna")]
    await site.again()
    assert site.book.muted_until_ms == until_ms
    one.begin()
    site.look(minutes=59)
    assert one.parts() == []
    site.look(minutes=2)
    assert one.parts() == ["open"]
    assert site.book.muted_until_ms == 0
    for minutes in (-1, 1441):
        with pytest.raises(Refused):
            await site.book.mute(minutes, "anna")


async def test_notices_that_wait_for_the_end_of_a_mute_are_bounded_and_alarms_are_not_among_them() -> None:
    site = AlertSite()
    await site.load()
    await site.book.mute(60, "anna")
    site.bus.publish(Notice("heed this", "alarm", "r", START_MS))
    for number in range(MOST_NOTICES + 50):
        site.bus.publish(Notice(f"hello {number}", "info", "r", START_MS + number))
    site.look()
    assert [part for part, _ in site.said()] == ["open"], "the alarm alone"
    assert len(await site.archive.open_alerts()) == MOST_NOTICES
    site.look(minutes=61)
    assert len(site.said()) == 1 + MOST_NOTICES
    assert "hello 50" in site.said()[1][1], "the oldest make room"
    assert any(one.kind == "alerts.dropped" for one in site.writer.changes if isinstance(one, Audited))


async def test_what_was_over_before_the_mute_ended_is_one_message() -> None:
    site, one = await level("breach")
    await site.book.mute(60, "anna")
    one.begin()
    site.look(minutes=10)
    one.end()
    site.look(minutes=60)
    assert one.parts() == ["both"]


# Who is told


async def test_channels_are_told_their_levels_and_one_for_escalation_only_what_nobody_knows() -> None:
    site, one = await level("part-store")
    site.ways = [Way("fake"), Way("mail", ("info",)), Way("boss", escalation=True)]
    site.channels |= {"mail": FakeChannel("mail"), "boss": FakeChannel("boss", targets=("a", "b"))}
    await site.routing.refresh()
    one.begin()
    site.look(minutes=31)
    lanes = [(parcel.lane, parcel.part) for parcel in site.parcels()]
    assert lanes == [("fake/1", "open"), ("fake/1", "again-1"), ("boss/a", "again-1"), ("boss/b", "again-1")]
    one.end()
    site.look(minutes=3)
    assert {parcel.lane for parcel in site.parcels() if parcel.part == "over"} == {"fake/1", "boss/a", "boss/b"}


async def test_its_end_goes_to_those_who_were_told_of_its_beginning() -> None:
    site, one = await level("breach")
    one.begin()
    site.ways = [Way("fake"), Way("new")]
    site.channels["new"] = FakeChannel("new")
    await site.routing.refresh()
    site.look(minutes=10)
    one.end()
    site.look(minutes=3)
    assert [parcel.lane for parcel in site.parcels()] == ["fake/1", "fake/1"], "a warning of before is no news"


async def test_who_was_removed_since_is_not_told_of_its_end() -> None:
    site, one = await level("breach")
    site.channels["fake"] = FakeChannel("fake", targets=("1", "2"))
    await site.routing.refresh()
    one.begin()
    site.channels["fake"] = FakeChannel("fake", targets=("2",))
    await site.routing.refresh()
    one.end()
    site.look(minutes=3)
    ends = [parcel.lane for parcel in site.parcels() if parcel.part == "over"]
    assert ends == ["fake/2"], "a message to nobody would be a complaint for ever"


async def test_a_channel_that_is_new_hears_of_alarms_that_nobody_knows_of() -> None:
    site, one = await level("part-store")
    site.ways = []
    await site.routing.refresh()
    one.begin()
    assert site.said() == []
    site.ways = [Way("fake")]
    await site.routing.refresh()
    site.look()
    assert [parcel.id for parcel in site.parcels()] == [f"{site.alerts()[0].id}-open@fake/1"]
    await site.book.ack(site.alerts()[0].id, "anna")
    site.ways = [Way("fake"), Way("new")]
    site.channels["new"] = FakeChannel("new")
    await site.routing.refresh()
    site.look(minutes=60)
    assert len(site.parcels()) == 1


async def test_what_says_that_a_channel_fails_does_not_go_by_it() -> None:
    site, _ = await level("breach")
    site.ways = [Way("fake"), Way("mail")]
    site.channels["mail"] = FakeChannel("mail")
    await site.routing.refresh()
    site.parts["channel-fake"] = Well(False, "the token is wrong")
    site.look(s=15)
    assert [parcel.lane for parcel in site.parcels()] == ["mail/1"]


async def test_a_channel_that_cannot_say_to_whom_goes_to_those_it_went_to() -> None:
    class Odd(FakeChannel):
        broken = False

        async def targets(self) -> tuple[str, ...]:
            if self.broken:
                raise StoreError("not now")
            return await super().targets()

    site, one = await level("breach")
    site.channels["fake"] = odd = Odd("fake")
    await site.routing.refresh()
    odd.broken = True
    await site.routing.refresh()
    one.begin()
    assert one.parts() == ["open"]


# A disk that fails


async def test_while_the_disk_fails_alerts_are_told_from_memory_and_written_when_it_works() -> None:
    site, one = await level("part-store")
    site.writer.error = StoreError("the disk is full")
    one.begin()
    assert one.parts() == ["open"], "an alarm waits for no disk"
    site.writer.error = None
    task_once(site)
    assert [alert.key for alert in await site.archive.open_alerts()] == ["part/store"]
    await site.again()
    assert [alert.key for alert in site.alerts()] == ["part/store"]


async def test_what_the_disk_refused_is_never_written_over_what_came_after_it() -> None:
    site = AlertSite()
    await site.load()
    site.writer.error = StoreError("the disk is full")
    site.bus.publish(Notice("hello", "info", "r", START_MS))
    site.writer.error = None
    site.look()
    (before,) = await site.archive.alerts()
    site.book.write_again()
    assert await site.archive.alerts() == [before], "an older state would come back at the next start"
    assert await site.archive.open_alerts() == []


def task_once(site: AlertSite) -> None:
    """What the book does in each of its turns."""
    site.book.look()
    site.book.write_again()


async def test_without_alerts_nothing_is_opened() -> None:
    site = AlertSite(enabled=False)
    await site.load()
    site.bus.publish(Notice("hello", "info", "r", START_MS))
    site.begin()
    site.parts["store"] = Well(False, "unwell")
    site.look(minutes=1)
    assert site.alerts() == []
    assert site.said() == []


async def test_metrics_count_what_is_open_and_what_was() -> None:
    site, one = await level("breach")
    one.begin()
    assert site.book.snapshot().open == {"warning": 1}
    assert site.book.snapshot().total == {"breach": 1}
    one.end()
    site.look(minutes=3)
    assert site.book.snapshot().open == {}


# Any course

STEPS = some.lists(
    some.tuples(some.sampled_from(["begin", "end", "restart", "wait"]), some.integers(1, 40)), max_size=25
)


@settings(max_examples=60)
@given(some.sampled_from(["breach", "anomaly", "part-store"]), STEPS)
async def test_whatever_comes_messages_of_one_thing_are_its_beginning_and_its_end_in_turn(
    kind: str, steps: list[tuple[str, int]]
) -> None:
    site, one = await level(kind, Plan(zone=UTC, quiet=("13:00", "14:00"), escalations=0))
    for step, minutes in steps:
        match step:
            case "begin":
                one.begin()
            case "end":
                one.end()
            case "restart":
                await site.again()
        site.look(minutes=minutes)
    one.end()
    site.look(minutes=90)
    parts = [part for part in one.parts() if part != "both"]
    assert parts == ["open", "over"] * (len(parts) // 2)
    assert site.alerts() == []
    alerts: list[Alert] = await site.archive.alerts(limit=1000)
    assert all(alert.over_ms is not None and alert.opened_ms <= alert.over_ms for alert in alerts)
    assert await site.archive.open_alerts() == [], "nothing is left to be told"


async def test_at_a_start_nothing_is_told_again_of_what_is_as_it_was() -> None:
    site, one = await level("breach")
    one.begin()
    for _ in range(5):
        await site.again()
        site.look(minutes=30)
    assert one.parts() == ["open"]


async def test_what_ended_while_nobody_looked_is_over_after_the_start() -> None:
    site, one = await level("breach")
    one.begin()
    await site.limit("fern", soil_moisture=(10.0, 80.0))
    await site.again()
    site.look(minutes=3)
    assert one.parts() == ["open", "over"]
    (alert,) = await site.archive.alerts()
    assert alert.over_text == "it is within its limits again", "why, only those know who heard it"
