"""One lane over a channel that does everything a channel may do, and a power cut at every moment of it."""

from __future__ import annotations

import asyncio
import itertools

import pytest
from msgspec.structs import replace

from gateway.core.delivery import DeliveryState
from gateway.core.errors import StoreError
from gateway.core.ports.channel import NotSent, Perhaps, Rate, Rejected, Shut, Slower
from tests.alert_fakes import FakeChannel, Step
from tests.fakes import START_MS
from tests.virtual_time import VirtualLoop, virtual

from .outbox_site import OutboxSite, SlowChannel, SlowWriter, parcel, seen

STEPS: dict[str, Step] = {
    "ok": "ok",
    "taken": "taken",
    "lost": "lost",
    "not sent": NotSent("refused"),
    "slower": Slower("too many", 3.0),
    "shut": Shut("blocked", 30.0),
}


def test_messages_arrive_in_order() -> None:
    async def work(loop: VirtualLoop) -> None:
        channel = FakeChannel()
        site = await OutboxSite(loop).start(channel)
        site.outbox.put([parcel(number) for number in range(5)])
        await site.settled()
        assert seen(channel) == ["0", "1", "2", "3", "4"]
        assert set((await site.ends()).values()) == {"delivered"}

    virtual(work)


@pytest.mark.parametrize("names", list(itertools.product(STEPS, repeat=2)), ids="-".join)
@pytest.mark.parametrize(
    ("reached", "disk_s"), [(0, 0.02), (99, 0.003)], ids=["nothing-reached-the-slow-disk", "all-reached-the-disk"]
)
def test_whatever_happens_and_whenever_the_power_goes_each_arrives_once_and_in_order(
    names: tuple[str, str], reached: int, disk_s: float
) -> None:
    """A kill each 5 ms of the first moments, which is at every await of them, then at wider steps."""

    async def one(loop: VirtualLoop, after_s: float) -> bool:
        channel = SlowChannel("fake", *(STEPS[name] for name in names))
        writer = SlowWriter(disk_s)
        site = await OutboxSite(loop, writer).start(channel)
        site.outbox.put([parcel(number) for number in range(3)])
        await asyncio.sleep(disk_s + 0.001)  # they are on the disk: what was not need not be told
        await asyncio.sleep(after_s)
        over = not site.outbox.waiting()
        writer.cut(reached)
        await site.restart(SlowWriter())
        await site.settled()
        assert seen(channel) == ["0", "1", "2"], f"killed after {after_s:.3f} s"
        assert channel.repeats == []
        assert set((await site.ends()).values()) == {"delivered"}
        return over

    early = [number * 0.0035 for number in range(80)]
    late = [0.3 + number * 0.7 for number in range(140)]
    for after_s in (*early, *late):
        if virtual(lambda loop, after_s=after_s: one(loop, after_s)):  # type: ignore[misc]
            break
    else:
        raise AssertionError("it never came to its end")


@pytest.mark.parametrize("step", ["taken", "lost"])
def test_where_nobody_can_say_it_is_repeated_and_marked(step: Step) -> None:
    async def work(loop: VirtualLoop) -> None:
        channel = FakeChannel("fake", step, findable=False)
        site = await OutboxSite(loop).start(channel)
        site.outbox.put([parcel(0), parcel(1)])
        await site.settled()
        assert seen(channel) == (["0", "0", "1"] if step == "taken" else ["0", "1"])
        assert channel.repeats == ["0-open@fake/1"]
        assert "perhaps a repetition" in channel.ledger[-2][2]
        assert "perhaps" not in channel.ledger[-1][2]
        kept = await site.kept("0")
        assert (kept.state, kept.repeated, kept.tried) == (DeliveryState.DELIVERED, True, 2)
        assert loop.time() > 30.0, "it has time to turn up before it is repeated"

    virtual(work)


def test_repetitions_that_nobody_confirms_become_ever_rarer() -> None:
    async def work(loop: VirtualLoop) -> None:
        six: list[Step] = ["lost"] * 6
        channel = FakeChannel("fake", *six, findable=False)
        site = await OutboxSite(loop).start(channel)
        times: list[float] = []
        channel.before_send = lambda one: times.append(loop.time())
        site.outbox.put([parcel(0)])
        await site.settled()
        gaps = [later - sooner for sooner, later in itertools.pairwise(times)]
        assert gaps == sorted(gaps)
        assert gaps[-1] > 10 * gaps[0]

    virtual(work)


def test_a_head_of_which_nobody_knows_lets_nothing_pass() -> None:
    async def work(loop: VirtualLoop) -> None:
        channel = FakeChannel("fake", "lost")
        site = await OutboxSite(loop).start(channel)
        site.outbox.put([parcel(0), parcel(1)])
        await asyncio.sleep(20.0)
        assert seen(channel) == []
        assert [str(one.state) for one in site.outbox.waiting()] == ["unsure", "queued"]
        await site.settled()
        assert seen(channel) == ["0", "1"]
        assert channel.repeats == []

    virtual(work)


def test_while_a_channel_is_away_it_is_tried_ever_more_rarely_and_then_at_once() -> None:
    async def work(loop: VirtualLoop) -> None:
        channel = FakeChannel()
        channel.away = True
        site = await OutboxSite(loop).start(channel)
        times: list[float] = []
        channel.before_send = lambda one: times.append(loop.time())
        site.outbox.put([parcel(0), parcel(1)])
        await asyncio.sleep(24 * 3600.0)
        gaps = [later - sooner for sooner, later in itertools.pairwise(times)]
        assert gaps[0] < 2.0
        assert 50.0 < gaps[-1] < 75.0
        assert "nothing arrives for 1 day" in site.outbox.snapshot()["fake"].complaint
        channel.away = False
        await site.settled()
        assert seen(channel) == ["0", "1"]
        assert "late: it happened on 7 January at 12:00, 24 h" not in channel.ledger[0][2]
        assert "late: it happened on 7 January at 12:00, 1 day ago" in channel.ledger[0][2]
        assert site.outbox.snapshot()["fake"].complaint == ""

    virtual(work)


def test_too_many_requests_are_waited_for_as_long_as_is_said() -> None:
    async def work(loop: VirtualLoop) -> None:
        channel = FakeChannel("fake", Slower("too many", 40.0), targets=("1", "2"))
        site = await OutboxSite(loop).start(channel)
        site.outbox.put([parcel(0), parcel(1, "fake/2")])
        await asyncio.sleep(39.0)
        assert seen(channel) == []
        assert seen(channel, "fake/2") == ["1"], "another lane need not wait"
        await asyncio.sleep(3.0)
        assert seen(channel) == ["0"]

    virtual(work)


def test_a_long_wait_is_one_for_every_lane() -> None:
    async def work(loop: VirtualLoop) -> None:
        channel = FakeChannel("fake", Slower("too many", 7200.0), targets=("1", "2"))
        site = await OutboxSite(loop).start(channel)
        site.outbox.put([parcel(0)])
        await asyncio.sleep(1.0)
        site.outbox.put([parcel(1, "fake/2")])
        await asyncio.sleep(7100.0)
        assert channel.ledger == []
        assert "too many" in site.outbox.snapshot()["fake"].complaint
        await asyncio.sleep(200.0)
        assert len(channel.ledger) == 2

    virtual(work)


def test_what_is_rejected_is_tried_once_more_as_bare_text_and_then_given_up_loudly() -> None:
    async def work(loop: VirtualLoop) -> None:
        channel = FakeChannel("fake", Rejected("no"), "ok", Rejected("no"), Rejected("never"))
        site = await OutboxSite(loop).start(channel)
        site.outbox.put([parcel(0), parcel(1), parcel(2)])
        await site.settled()
        assert seen(channel) == ["0", "2"]
        assert channel.ledger[0][2].startswith("message 0"), "without its symbol"
        assert channel.ledger[1][2].startswith("⚠ message 2"), "the next has its own"
        kept = await site.kept("1")
        assert (kept.state, kept.detail) == (DeliveryState.FAILED, "never")
        assert [event.kind for event in site.events()] == ["alert.undelivered"]
        assert site.outbox.snapshot()["fake"].failed == 1

    virtual(work)


def test_a_target_that_has_blocked_us_holds_nobody_else_up() -> None:
    async def work(loop: VirtualLoop) -> None:
        channel = FakeChannel("fake", Shut("blocked by the user", 21_600.0), targets=("1", "2"))
        site = await OutboxSite(loop).start(channel)
        site.outbox.put([parcel(0)])
        await asyncio.sleep(1.0)
        site.outbox.put([parcel(1, "fake/2")])
        await asyncio.sleep(3600.0)
        assert seen(channel, "fake/2") == ["1"]
        assert "blocked by the user" in site.outbox.snapshot()["fake"].complaint
        site.outbox.unblock("fake", "1")
        await asyncio.sleep(1.0)
        assert seen(channel) == ["0"]
        assert site.outbox.snapshot()["fake"].complaint == ""

    virtual(work)


def test_a_channel_whose_credentials_are_wrong_waits_for_others() -> None:
    async def work(loop: VirtualLoop) -> None:
        channel = FakeChannel("fake", Shut("the token is wrong", None, whole=True))
        site = await OutboxSite(loop).start(channel)
        tries: list[float] = []
        channel.before_send = lambda one: tries.append(loop.time())
        site.outbox.put([parcel(0)])
        await asyncio.sleep(3 * 86_400.0)
        assert len(tries) == 1, "wrong credentials are never tried again"
        assert site.outbox.snapshot()["fake"].complaint == "the token is wrong"
        site.outbox.open(channel)
        await asyncio.sleep(1.0)
        assert seen(channel) == ["0"]

    virtual(work)


def test_what_waits_for_more_than_a_week_is_not_sent_any_more() -> None:
    async def work(loop: VirtualLoop) -> None:
        channel = FakeChannel()
        channel.away = True
        site = await OutboxSite(loop).start(channel)
        site.outbox.put([parcel(0), parcel(1, made_ms=START_MS + 3 * 86_400_000)])
        await asyncio.sleep(7 * 86_400.0 + 3700.0)
        channel.away = False
        await site.settled()
        assert seen(channel) == ["1"]
        assert await site.ends() == {"0": "failed", "1": "delivered"}

    virtual(work)


def test_a_channel_that_never_answers_is_a_doubt() -> None:
    async def work(loop: VirtualLoop) -> None:
        class Silent(FakeChannel):
            async def deliver(self, *args: object, **more: object) -> str:
                if not self.ledger:
                    await FakeChannel.deliver(self, *args, **more)  # type: ignore[arg-type]
                    await asyncio.sleep(1e6)
                return await FakeChannel.deliver(self, *args, **more)  # type: ignore[arg-type]

        channel = Silent()
        site = await OutboxSite(loop).start(channel)
        site.outbox.put([parcel(0), parcel(1)])
        await site.settled()
        assert seen(channel) == ["0", "1"]

    virtual(work)


def test_a_mistake_of_a_channel_is_a_doubt_and_no_end() -> None:
    async def work(loop: VirtualLoop) -> None:
        class Odd(FakeChannel):
            async def deliver(self, *args: object, **more: object) -> str:
                await FakeChannel.deliver(self, *args, **more)  # type: ignore[arg-type]
                if len(self.ledger) == 1:
                    raise KeyError("message_id")
                return "x"

        channel = Odd()
        site = await OutboxSite(loop).start(channel)
        site.outbox.put([parcel(0), parcel(1)])
        await site.settled()
        assert seen(channel) == ["0", "1"]

    virtual(work)


def test_messages_to_one_target_keep_its_pace() -> None:
    async def work(loop: VirtualLoop) -> None:
        channel = FakeChannel()
        channel.rate = Rate(each_s=1.0, target_per_min=20)
        site = await OutboxSite(loop).start(channel)
        times: list[float] = []
        channel.before_send = lambda one: times.append(loop.time())
        site.outbox.put([parcel(number) for number in range(50)])
        await site.settled()
        assert len(times) == 50
        assert min(later - sooner for sooner, later in itertools.pairwise(times)) >= 0.999
        for first in times:
            assert sum(first <= time < first + 60.0 for time in times) <= 20

    virtual(work)


def test_many_nodes_that_went_together_are_one_message() -> None:
    async def work(loop: VirtualLoop) -> None:
        channel = FakeChannel()
        channel.away = True
        site = await OutboxSite(loop).start(channel)
        offline = [parcel(number, kind="offline") for number in range(30)]
        site.outbox.put([parcel(90), *offline, parcel(91), *[parcel(50 + one, kind="offline") for one in range(5)]])
        await asyncio.sleep(5.0)
        channel.away = False
        await site.settled()
        assert seen(channel) == ["90", "0", "91", "50", "51", "52", "53", "54"]
        lines = channel.ledger[1][2].split("\n")
        assert lines[:2] == ["⚠ message 0", "⚠ message 1"]
        assert lines[20] == "… and 10 more"
        assert set((await site.ends()).values()) == {"delivered"}
        assert (await site.kept("29")).ref == (await site.kept("0")).ref

    virtual(work)


def test_of_many_in_one_only_those_that_are_too_old_are_given_up() -> None:
    async def work(loop: VirtualLoop) -> None:
        channel = FakeChannel()
        site = await OutboxSite(loop).start()
        week_ms = 7 * 86_400_000
        site.outbox.put([parcel(one, kind="offline", made_ms=START_MS - week_ms * (one < 3)) for one in range(10)])
        await asyncio.sleep(10.0)
        site.outbox.open(channel)
        await site.settled()
        assert channel.ledger[0][2].split("\n")[0] == "⚠ message 3"
        assert [state for _, state in sorted((await site.ends()).items())] == ["failed"] * 3 + ["delivered"] * 7

    virtual(work)


@pytest.mark.parametrize("after_s", [number * 0.0035 for number in range(16)])
def test_a_kill_in_the_midst_of_many_in_one_makes_none_twice(after_s: float) -> None:
    async def work(loop: VirtualLoop) -> None:
        channel, writer = SlowChannel(), SlowWriter()
        site = await OutboxSite(loop, writer).start(channel)
        site.outbox.put([parcel(number, kind="offline") for number in range(9)])
        await asyncio.sleep(0.004 + after_s)
        writer.cut(99)
        await site.restart(SlowWriter())
        await site.settled()
        assert seen(channel) == ["0"]
        assert len(await site.ends()) == 9

    virtual(work)


def test_that_it_is_being_sent_is_on_the_disk_before_it_leaves() -> None:
    async def work(loop: VirtualLoop) -> None:
        channel, writer = SlowChannel(), SlowWriter(0.05)
        site = await OutboxSite(loop, writer).start(channel)
        states: list[str] = []

        tasks: list[asyncio.Task[None]] = []

        async def look() -> None:
            states.append(str((await site.kept("0")).state))

        channel.before_send = lambda one: tasks.append(asyncio.create_task(look()))
        site.outbox.put([parcel(0)])
        await site.settled()
        assert states == ["sending"]

    virtual(work)


@pytest.mark.parametrize(("level", "arrives"), [("alarm", True), ("warning", False)])
def test_while_the_disk_takes_nothing_only_alarms_go(level: str, arrives: bool) -> None:
    async def work(loop: VirtualLoop) -> None:
        channel = FakeChannel()
        site = await OutboxSite(loop).start(channel)
        site.writer.error = StoreError("the disk is full")
        site.outbox.put([replace(parcel(0), level=level)])
        await asyncio.sleep(30.0)
        assert seen(channel) == (["0"] if arrives else [])
        site.writer.error = None
        await site.settled()
        await asyncio.sleep(10.0)
        assert seen(channel) == ["0"]
        assert await site.ends() == {"0": "delivered"}, "it is written down as soon as the disk works"

    virtual(work)


def test_a_failing_search_is_gone_on_with_later() -> None:
    async def work(loop: VirtualLoop) -> None:
        channel = FakeChannel("fake", "taken")
        site = await OutboxSite(loop).start(channel)
        site.outbox.put([parcel(0), parcel(1)])
        await asyncio.sleep(1.0)
        channel.away = True
        await asyncio.sleep(3600.0)
        assert [str(one.state) for one in site.outbox.waiting()] == ["unsure", "queued"]
        channel.away = False
        await site.settled()
        assert seen(channel) == ["0", "1"]

    virtual(work)


def test_perhaps_is_counted() -> None:
    async def work(loop: VirtualLoop) -> None:
        channel = FakeChannel("fake", Perhaps("no answer"))
        site = await OutboxSite(loop).start(channel)
        site.outbox.put([parcel(0)])
        await site.settled()
        counts = site.outbox.snapshot()["fake"]
        assert (counts.unsure, counts.delivered, counts.repeated, counts.waiting) == (1, 1, 0, 0)

    virtual(work)
