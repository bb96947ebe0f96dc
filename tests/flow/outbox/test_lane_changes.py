"""What happens to a lane from outside while one of its messages is between two steps."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from gateway.core.delivery import Parcel
from gateway.core.errors import StoreError
from gateway.core.ports.alerts import AlertKept
from gateway.core.ports.channel import NotSent, Shut, Slower
from tests.alert_fakes import FakeChannel, Step
from tests.virtual_time import VirtualLoop, virtual

from .outbox_site import OutboxSite, parcel, seen


class AskedSlowly(FakeChannel):
    """Takes a second to say whether a message arrived."""

    async def find(self, one: Parcel, newest: str) -> Any:
        await asyncio.sleep(1.0)
        return await super().find(one, newest)


def test_one_of_many_in_one_that_is_dropped_while_they_are_looked_for_takes_no_other_with_it() -> None:
    async def work(loop: VirtualLoop) -> None:
        channel = AskedSlowly("fake", "taken")
        site = await OutboxSite(loop).start(channel)
        site.outbox.put([*(parcel(number, kind="offline") for number in range(6)), parcel(6), parcel(7)])
        await asyncio.sleep(5.5)
        assert [str(one.state) for one in site.outbox.waiting()] == ["unsure"] * 6 + ["queued"] * 2
        await site.outbox.drop("3-open@fake/1", "Anna")
        await site.settled()
        ends = await site.ends()
        assert seen(channel) == ["0", "6", "7"]
        assert ends.pop("3") == "dropped"
        assert ends == dict.fromkeys("012456", "delivered") | {"7": "delivered"}

    virtual(work)


def test_who_writes_does_not_make_the_other_side_wait_less_than_it_said() -> None:
    async def work(loop: VirtualLoop) -> None:
        channel = FakeChannel("fake", Slower("too many", 40.0))
        times: list[float] = []
        channel.before_send = lambda one: times.append(loop.time())
        site = await OutboxSite(loop).start(channel)
        site.outbox.put([parcel(0)])
        for _ in range(10):
            await asyncio.sleep(3.0)
            site.outbox.unblock("fake", "1")
        await site.settled()
        assert len(times) == 2
        assert times[1] - times[0] >= 40.0

    virtual(work)


def test_a_person_who_blocked_us_and_was_removed_is_no_complaint_any_more() -> None:
    async def work(loop: VirtualLoop) -> None:
        channel = FakeChannel("fake", Shut("bot was blocked by the user", 6 * 3600.0))
        site = await OutboxSite(loop).start(channel)
        site.outbox.put([parcel(0)])
        await asyncio.sleep(1.0)
        assert "blocked" in site.outbox.complaint("fake")
        site.outbox.close_target("fake", "1")
        assert site.outbox.complaint("fake") == ""

    virtual(work)


def test_what_was_on_its_way_when_its_person_or_its_channel_was_removed_is_not_tried_again() -> None:
    async def work(loop: VirtualLoop, remove: str) -> None:
        channel = FakeChannel("fake", NotSent("refused"))
        site = await OutboxSite(loop).start(channel)

        def removed(one: Parcel) -> None:
            if remove == "person":
                site.outbox.close_target("fake", "1")
            else:
                site.outbox.close("fake", drop=True)

        channel.before_send = removed
        site.outbox.put([parcel(0)])
        await asyncio.sleep(10.0)
        assert site.outbox.waiting() == []
        assert await site.ends() == {"0": "dropped"}
        # Whoever comes back is told what is new, and nothing that was dropped.
        channel.before_send = lambda one: None
        site.outbox.open(channel)
        site.outbox.put([parcel(1)])
        await site.settled()
        assert seen(channel) == ["1"]

    for how in ("person", "channel"):
        virtual(lambda loop, how=how: work(loop, how))  # type: ignore[misc]


def test_what_the_disk_refused_is_written_with_the_next_thing_that_is() -> None:
    """An alert says that its message was handed over: it must never be on the disk alone, and order must hold."""

    async def work(loop: VirtualLoop) -> None:
        site = await OutboxSite(loop).start()
        also = AlertKept("a" * 16, "part/disk", 0, 2, 0, b"")
        site.writer.error = StoreError("full")
        site.outbox.put([parcel(0), parcel(1)], [also])
        site.writer.error = None
        site.outbox.put([], [also])
        assert [one.parcel.alert for one in await site.archive.deliveries()] == ["0", "1"]
        site.outbox.put([parcel(2)])
        assert [one.parcel.alert for one in await site.archive.deliveries()] == ["0", "1", "2"]

    virtual(work)


class Asked(FakeChannel):
    """Notes after which message it was asked to look."""

    def __init__(self, *script: Step) -> None:
        super().__init__("fake", *script)
        self.asked: list[str] = []

    async def find(self, one: Parcel, newest: str) -> Any:
        self.asked.append(newest)
        return await super().find(one, newest)


def test_it_is_looked_for_after_what_arrived_last_also_when_that_was_before_a_start() -> None:
    async def work(loop: VirtualLoop) -> None:
        channel = Asked("ok", "ok", "taken", "taken")
        site = await OutboxSite(loop).start(channel)
        site.outbox.put([parcel(number) for number in range(3)])
        await site.settled()
        await site.restart()
        site.outbox.put([parcel(3)])
        await site.settled()
        assert channel.asked == ["2", "3"]
        assert seen(channel) == ["0", "1", "2", "3"]

    virtual(work)


def test_what_turns_out_not_to_have_arrived_is_no_repetition() -> None:
    async def work(loop: VirtualLoop) -> None:
        channel = FakeChannel("fake", "lost", "lost", findable=False)
        site = await OutboxSite(loop).start(channel)
        site.outbox.put([parcel(0)])
        await asyncio.sleep(37.0)
        assert channel.script == [], "it was repeated, and that was lost, too"
        channel.findable = True
        await site.settled()
        assert seen(channel) == ["0"]
        assert channel.repeats == []
        assert "perhaps" not in channel.ledger[0][2]
        assert (await site.kept("0")).repeated is False

    virtual(work)


def test_a_repetition_that_was_cut_off_is_still_one_after_a_kill() -> None:
    async def work(loop: VirtualLoop) -> None:
        channel = FakeChannel("fake", "taken", Slower("too many", 5.0), findable=False)
        site = await OutboxSite(loop).start(channel)
        site.outbox.put([parcel(0)])
        await asyncio.sleep(37.0)
        assert channel.script == []
        await site.restart()
        await site.settled()
        assert channel.repeats == ["0-open@fake/1"]
        assert "perhaps a repetition" in channel.ledger[1][2]

    virtual(work)


def test_a_whole_channel_that_may_be_right_again_is_tried_again_when_it_said() -> None:
    async def work(loop: VirtualLoop) -> None:
        channel = FakeChannel("fake", Shut("it answered 404", 3600.0, whole=True))
        times: list[float] = []
        channel.before_send = lambda one: times.append(loop.time())
        site = await OutboxSite(loop).start(channel)
        site.outbox.put([parcel(0), parcel(1, "fake/2")])
        await asyncio.sleep(3000.0)
        assert site.outbox.complaint("fake") == "it answered 404"
        await site.settled()
        assert (seen(channel), seen(channel, "fake/2")) == (["0"], ["1"])
        assert min(times[1:]) - times[0] >= 3600.0
        assert site.outbox.complaint("fake") == ""

    virtual(work)


def test_while_the_disk_takes_nothing_an_alarm_takes_what_waits_before_it_along() -> None:
    """The order holds, and what says that the disk is full is not held up by something smaller."""

    async def work(loop: VirtualLoop) -> None:
        channel = FakeChannel()
        site = await OutboxSite(loop).start(channel)
        site.writer.error = StoreError("full")
        site.outbox.put([parcel(0)])
        await asyncio.sleep(60.0)
        assert seen(channel) == []
        site.outbox.put([parcel(1, level="alarm"), parcel(2)])
        await asyncio.sleep(120.0)
        assert seen(channel) == ["0", "1"]
        site.writer.error = None
        await site.settled()
        await asyncio.sleep(10.0)
        assert seen(channel) == ["0", "1", "2"]
        assert await site.ends() == {"0": "delivered", "1": "delivered", "2": "delivered"}

    virtual(work)


def test_a_test_reaches_everybody_it_can_and_says_what_went_wrong() -> None:
    async def work(loop: VirtualLoop) -> None:
        channel = FakeChannel("fake", Shut("blocked", 60.0), targets=("1", "2"))
        site = await OutboxSite(loop).start(channel)
        with pytest.raises(Shut, match="blocked"):
            await site.outbox.test("fake")
        assert [lane for lane, _, _ in channel.ledger] == ["fake/2"]

    virtual(work)
