"""Lanes beside each other, bounds, what comes late, and what people may do about messages that wait."""

from __future__ import annotations

import asyncio
import itertools
from typing import Any

import pytest

from gateway.core.alerts.news import DeliveryMoved
from gateway.core.delivery import Delivery, DeliveryState
from gateway.core.errors import Conflict, NotFound, StoreError
from gateway.core.messages import ClockSet
from gateway.core.ports.alerts import DeliveryKept
from gateway.core.ports.channel import DeliveryFailed, NotSent, Rate
from gateway.flow.outbox import outbox as module
from gateway.flow.outbox.bounds import superfluous
from gateway.flow.outbox.rates import Pace
from tests.alert_fakes import FakeChannel
from tests.fakes import START_MS
from tests.virtual_time import VirtualLoop, virtual

from .outbox_site import OutboxSite, SlowChannel, SlowWriter, parcel, seen


def test_a_lane_that_fails_holds_no_other_up() -> None:
    async def work(loop: VirtualLoop) -> None:
        away, there = FakeChannel("away"), FakeChannel("there", targets=("1", "2"))
        away.away = True
        site = await OutboxSite(loop).start(away, there)
        site.outbox.put([parcel(one, lane) for one, lane in enumerate(["away/1", "there/1", "there/2"] * 5)])
        await asyncio.sleep(1.0)
        assert len(there.ledger) == 10
        assert len(site.outbox.waiting("away")) == len(site.outbox.waiting()) == 5

    virtual(work)


def test_what_waits_for_a_channel_goes_when_it_is_there() -> None:
    async def work(loop: VirtualLoop) -> None:
        channel = FakeChannel()
        site = await OutboxSite(loop).start()
        site.outbox.put([parcel(0), parcel(1)])
        await asyncio.sleep(3600.0)
        site.outbox.open(channel)
        await asyncio.sleep(1.0)
        assert seen(channel) == ["0", "1"]
        site.outbox.close("fake")
        site.outbox.put([parcel(2)])
        await asyncio.sleep(60.0)
        assert seen(channel) == ["0", "1"]
        site.outbox.open(channel)
        await asyncio.sleep(1.0)
        assert seen(channel) == ["0", "1", "2"]

    virtual(work)


def test_another_channel_in_its_place_goes_on_with_the_lanes() -> None:
    async def work(loop: VirtualLoop) -> None:
        old, new = FakeChannel(), FakeChannel()
        old.away = True
        site = await OutboxSite(loop).start(old)
        site.outbox.put([parcel(0)])
        await asyncio.sleep(300.0)
        site.outbox.open(new)
        await asyncio.sleep(0.1)
        assert seen(new) == ["0"], "at once: whatever was wrong may be right by now"

    virtual(work)


def test_a_channel_that_is_removed_takes_what_waits_with_it() -> None:
    async def work(loop: VirtualLoop) -> None:
        channel = FakeChannel("fake", "lost", targets=("1", "2"))
        site = await OutboxSite(loop).start(channel)
        site.outbox.put([parcel(0), parcel(1)])
        await asyncio.sleep(1.0)
        channel.away = True
        site.outbox.put([parcel(2, "fake/2")])
        site.outbox.close("fake", drop=True)
        await asyncio.sleep(1.0)
        assert site.outbox.waiting() == []
        assert set((await site.ends()).values()) == {"dropped"}
        await site.restart()
        assert site.outbox.waiting() == []

    virtual(work)


def test_a_person_who_is_removed_is_told_nothing_more_and_the_others_are() -> None:
    async def work(loop: VirtualLoop) -> None:
        channel = FakeChannel("fake", targets=("1", "12"))
        site = await OutboxSite(loop).start(channel)
        channel.away = True
        site.outbox.put([parcel(0), parcel(1, "fake/12")])
        await asyncio.sleep(1.0)
        site.outbox.close_target("fake", "1")
        channel.away = False
        await site.settled()
        assert [one for one, _, _ in channel.ledger] == ["fake/12"]

    virtual(work)


def test_the_same_message_is_taken_once_also_after_a_restart() -> None:
    async def work(loop: VirtualLoop) -> None:
        channel = FakeChannel()
        site = await OutboxSite(loop).start(channel)
        site.outbox.put([parcel(0)])
        site.outbox.put([parcel(0)])
        await site.settled()
        site.outbox.put([parcel(0)])
        await site.restart()
        site.outbox.put([parcel(0)])
        await site.settled()
        assert seen(channel) == ["0"]

    virtual(work)


def test_order_and_what_is_late_outlive_a_restart() -> None:
    async def work(loop: VirtualLoop) -> None:
        channel = FakeChannel()
        channel.away = True
        site = await OutboxSite(loop).start(channel)
        for number in range(20):
            site.outbox.put([parcel(number, made_ms=loop.now_ms(), happened_ms=loop.now_ms())])
            await asyncio.sleep(60.0)
        await site.restart()
        channel.away = False
        await site.settled()
        assert seen(channel) == [str(number) for number in range(20)]
        late = ["late" in text for _, _, text in channel.ledger]
        assert late == [True] * 16 + [False] * 4

    virtual(work)


def test_each_change_of_a_message_is_told() -> None:
    async def work(loop: VirtualLoop) -> None:
        site = await OutboxSite(loop).start(FakeChannel("fake", NotSent("refused")))
        moved: list[DeliveryMoved] = []
        site.bus.on(DeliveryMoved, moved.append)
        site.outbox.put([parcel(0)])
        await site.settled()
        assert [str(one.delivery.state) for one in moved] == ["queued", "sending", "queued", "sending", "delivered"]
        assert moved[-1].delivery.tried == 2

    virtual(work)


def test_a_message_that_waits_can_be_dropped_and_one_on_its_way_cannot() -> None:
    async def work(loop: VirtualLoop) -> None:
        channel = SlowChannel()
        channel.slow_s = 10.0
        site = await OutboxSite(loop).start(channel)
        site.outbox.put([parcel(0), parcel(1), parcel(2)])
        await asyncio.sleep(1.0)
        with pytest.raises(Conflict):
            await site.outbox.drop("0-open@fake/1", "anna")
        dropped = await site.outbox.drop("1-open@fake/1", "anna")
        assert (dropped.state, dropped.detail) == (DeliveryState.DROPPED, "dropped by anna")
        with pytest.raises(NotFound):
            await site.outbox.drop("1-open@fake/1", "anna")
        await site.settled()
        assert seen(channel) == ["0", "2"]
        assert await site.ends() == {"0": "delivered", "1": "dropped", "2": "delivered"}

    virtual(work)


def test_a_head_that_nobody_knows_of_can_be_dropped_while_it_is_looked_for() -> None:
    async def work(loop: VirtualLoop) -> None:
        channel = SlowChannel("fake", "taken")
        channel.slow_s = 1.0
        site = await OutboxSite(loop).start(channel)
        site.outbox.put([parcel(0), parcel(1)])
        await asyncio.sleep(7.5)  # it is looked for just now
        await site.outbox.drop("0-open@fake/1", "anna")
        await site.settled()
        assert await site.ends() == {"0": "dropped", "1": "delivered"}

    virtual(work)


def test_a_test_goes_beside_the_lanes_and_says_what_came_of_it() -> None:
    async def work(loop: VirtualLoop) -> None:
        channel = FakeChannel("fake", targets=("1", "2"))
        site = await OutboxSite(loop).start(channel)
        assert await site.outbox.test("fake") == "1"
        assert [lane for lane, _, _ in channel.ledger] == ["fake/1", "fake/2"]
        assert await site.archive.deliveries() == []
        channel.away = True
        with pytest.raises(DeliveryFailed):
            await site.outbox.test("fake")
        with pytest.raises(NotFound):
            await site.outbox.test("mail")
        site.outbox.open(FakeChannel("empty", targets=()))
        with pytest.raises(DeliveryFailed, match="nobody"):
            await site.outbox.test("empty")

    virtual(work)


def test_too_many_let_the_least_important_go_and_never_an_alarm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_WAITING", 10)

    async def work(loop: VirtualLoop) -> None:
        site = await OutboxSite(loop).start()
        levels = ["alarm", "info", "warning", "info"] * 2
        site.outbox.put([parcel(number, level=level) for number, level in enumerate(levels)])
        site.outbox.put([parcel(number, level="alarm") for number in range(8, 14)])
        assert [one.parcel.alert for one in site.outbox.waiting()] == ["0", "2", "4", "6", *map(str, range(8, 14))]
        assert set((await site.ends()).values()) == {"dropped"}
        site.outbox.put([parcel(number, level="alarm") for number in range(20, 24)])
        assert [one.parcel.level for one in site.outbox.waiting()] == ["alarm"] * 10
        assert site.outbox.refused == 2
        assert "2 messages were not taken" in site.outbox.complaints()["outbox"]
        assert [event.kind for event in site.events()] == ["outbox.dropped", "outbox.dropped", "outbox.refused"]

    virtual(work)


def test_what_is_on_its_way_is_not_superfluous() -> None:
    waiting = [
        Delivery(parcel=parcel(0, level="info"), state=DeliveryState.SENDING),
        Delivery(parcel=parcel(1, level="warning")),
        Delivery(parcel=parcel(2, level="info")),
    ]
    assert [one.parcel.alert for one in superfluous(waiting, 1)] == ["2"]
    assert [one.parcel.alert for one in superfluous(waiting, 9)] == ["2", "1"]
    assert superfluous(waiting, 0) == superfluous(waiting, -3) == []


def test_a_clock_that_was_wrong_moves_what_waits() -> None:
    async def work(loop: VirtualLoop) -> None:
        channel = FakeChannel()
        channel.away = True
        site = await OutboxSite(loop).start(channel)
        site.outbox.put([parcel(0)])
        await asyncio.sleep(600.0)
        before_ms = loop.now_ms()
        loop.moved_ms += 50 * 365 * 86_400_000
        site.bus.publish(ClockSet(before_ms, loop.now_ms(), START_MS, True, True, "told"))
        channel.away = False
        await site.settled()
        assert "10 min ago" in channel.ledger[0][2]
        assert (await site.kept("0")).parcel.made_ms == START_MS + loop.moved_ms

    virtual(work)


def test_what_the_disk_refused_is_written_when_it_works_as_it_is_then() -> None:
    async def work(loop: VirtualLoop) -> None:
        channel = FakeChannel()
        site = await OutboxSite(loop).start(channel)
        told: list[StoreError | None] = []
        site.writer.error = StoreError("full")
        site.outbox.put([parcel(0, level="alarm"), parcel(1)], then=told.append)
        await asyncio.sleep(60.0)
        assert told == [site.writer.error]
        assert await site.archive.deliveries() == []
        site.writer.error = None
        await site.settled()
        await asyncio.sleep(10.0)
        assert await site.ends() == {"0": "delivered", "1": "delivered"}
        assert seen(channel) == ["0", "1"]

    virtual(work)


def test_what_belongs_together_is_written_together() -> None:
    async def work(loop: VirtualLoop) -> None:
        site = await OutboxSite(loop, SlowWriter()).start()
        submissions: list[Any] = []
        submit = site.writer.submit

        def noted(changes: Any, receipt: Any = None) -> None:
            submissions.append(changes)
            submit(changes, receipt)

        site.writer.submit = noted  # type: ignore[method-assign]
        also = DeliveryKept("x", "a/b", "x", "open", b"", 0, 0, 0)
        site.outbox.put([parcel(0)], [also])
        assert [len(changes) for changes in submissions] == [2]
        site.outbox.put([parcel(0)], [also])
        assert [len(changes) for changes in submissions] == [2, 1]

    virtual(work)


def test_the_snapshot_counts_by_channel() -> None:
    async def work(loop: VirtualLoop) -> None:
        channel, away = FakeChannel("fake"), FakeChannel("away")
        away.away = True
        site = await OutboxSite(loop).start(channel, away)
        site.outbox.put([parcel(0), parcel(1, "away/1")])
        await asyncio.sleep(5.0)
        counts = site.outbox.snapshot()
        assert (counts["fake"].delivered, counts["fake"].waiting, counts["fake"].last_ms) == (1, 0, START_MS)
        assert (counts["away"].delivered, counts["away"].waiting, counts["away"].oldest_ms) == (0, 1, START_MS)
        await asyncio.sleep(900.0)
        assert site.outbox.complaints()["channel-away"].startswith("nothing arrives for 15 min")
        assert site.outbox.complaints()["channel-fake"] == ""

    virtual(work)


def test_a_thousand_that_wait_are_worked_off_without_a_pause() -> None:
    async def work(loop: VirtualLoop) -> None:
        channel = FakeChannel()
        site = await OutboxSite(loop).start(channel)
        site.outbox.put([parcel(number) for number in range(1000)])
        await site.settled()
        assert seen(channel) == [str(number) for number in range(1000)]
        assert loop.time() < 5.0

    virtual(work)


@pytest.mark.parametrize(("each_s", "per_min"), [(1.0, 20), (0.0, 5), (3.0, 60)])
def test_a_pace_keeps_both_of_its_limits(each_s: float, per_min: int) -> None:
    pace, rate, now_s, sent = Pace(), Rate(each_s, per_min), 0.0, []
    for _ in range(100):
        now_s += pace.wait_s(rate, now_s)
        assert pace.wait_s(rate, now_s) == 0.0
        pace.sent(now_s)
        sent.append(now_s)
    for first in sent:
        assert sum(first <= time < first + 59.999 for time in sent) <= per_min
    assert all(later - sooner >= each_s - 1e-9 for sooner, later in itertools.pairwise(sent))
