"""A rule on the history that there is."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC

import pytest
from hypothesis import given, settings

from gateway.core.errors import Conflict, Refused
from gateway.core.ports.rules import Columns
from gateway.core.ports.store import ReadingTaken
from gateway.core.quality import Quality
from gateway.core.rules.actions import CommandThen, NotifyThen
from gateway.core.rules.engine import Engine, Setup
from gateway.core.rules.events import LeafSeries, Series
from gateway.core.rules.firing import Fired
from gateway.core.rules.rule import CompareIf, DeviceWhen, KeptRule, Mode, NotIf, Rule, TimeIf, TimeWhen, ValueWhen
from gateway.core.rules.words import PlainNames
from gateway.flow.rules.backtest import Backtest
from gateway.flow.rules.report import BacktestReport
from tests.fakes import MemoryWriter
from tests.rule_fakes import MemoryColumns

from .streams import START_MS, House, everything, houses, leaves, rules

DAY_MS = 86_400_000
MINUTE_MS = 60_000
NOON_MS = 1_790_035_200_000 - 1_790_035_200_000 % DAY_MS + DAY_MS // 2
FAN = CommandThen(device="bath-fan", verb="turn_on", for_s=1200)
DAMP = Rule(
    name="Fan",
    when=ValueWhen(device="wet", metric="humidity", operator=">", value=70),
    for_s=600,
    hysteresis=5,
    if_=NotIf(of=TimeIf(from_="22:00", to="06:00")),
    then=(FAN,),
)


class Past:
    """Readings of devices, and what leaves look at: the device that they name."""

    def __init__(self) -> None:
        self.writer = MemoryWriter()
        self.questions: list[tuple[str, bool]] = []
        self.third = asyncio.Event()
        self.until: dict[str, int] = {}
        self._columns = MemoryColumns(self.writer)
        self._seq = 0

    def said(self, device: str, time_ms: int, quality: int = 0, **values: float) -> None:
        self._seq += 1
        flags = dict.fromkeys(values, quality) if quality else {}
        self.writer.submit([ReadingTaken(device, "b1", self._seq, time_ms, values, quality=flags)])

    async def columns(
        self, device: str, metrics: Sequence[str], from_ms: int, to_ms: int, *, settled: bool = False
    ) -> Columns:
        self.questions.append((device, settled))
        if len(self.questions) == 3:
            self.third.set()
        return await self._columns.columns(device, metrics, from_ms, to_ms)

    def spans(self, rule: Rule, from_ms: int, to_ms: int) -> tuple[LeafSeries, ...]:
        until = self.until.get("wet")
        return tuple(LeafSeries(path, (Series("wet", one.metric, 900, to_ms=until),)) for path, one in _measured(rule))

    def backtest(self) -> Backtest:
        return Backtest(self, self.spans, Setup(), PlainNames(UTC))

    async def of(self, rule: Rule, from_ms: int, to_ms: int, *against: KeptRule) -> BacktestReport:
        return await self.backtest().of(rule, from_ms, to_ms, against)


def _measured(rule: Rule) -> list[tuple[str, ValueWhen | CompareIf]]:
    found = [("when", rule.when), ("if", rule.if_)]
    return [(path, one) for path, one in found if isinstance(one, ValueWhen | CompareIf)]


def shower(past: Past, at_ms: int, minutes: int, damp: float = 80.0) -> None:
    """A day of a reading a minute, damp for some of them."""
    day = at_ms - at_ms % DAY_MS
    for minute in range(1440):
        time_ms = day + minute * MINUTE_MS
        wet = at_ms <= time_ms < at_ms + minutes * MINUTE_MS
        past.said("wet", time_ms, humidity=damp if wet else 50.0)


async def test_it_says_when_the_rule_would_have_fired_and_for_how_long() -> None:
    past = Past()
    shower(past, NOON_MS, 25)
    found = await past.of(DAMP, NOON_MS - DAY_MS // 2, NOON_MS + DAY_MS // 2)
    (fired,) = found.firings
    assert (fired.time_ms, fired.until_ms) == (NOON_MS + 600_000, NOON_MS + 25 * MINUTE_MS)
    assert "humidity" in fired.why
    assert (found.on_s, found.most_a_day, found.flapping) == (1200.0, 1, 0)
    assert (found.series, found.readings, found.held) == (1, 1440, ())
    shares = {share.path: share.share_true for share in found.conditions}
    assert shares["when"] == pytest.approx(25 / 1440, abs=1e-4)
    assert shares["if.of"] == pytest.approx(8 / 24, abs=1e-4)


async def test_shares_of_the_clock_do_not_hang_on_what_was_measured() -> None:
    found = await Past().of(DAMP, NOON_MS - DAY_MS // 2, NOON_MS + 5 * DAY_MS // 2)
    shares = {share.path: (share.share_true, share.share_unknown) for share in found.conditions}
    assert shares == {"when": (0.0, pytest.approx(1.0)), "if.of": (pytest.approx(8 / 24), 0.0)}


async def test_what_held_it_back_is_counted_with_its_reason() -> None:
    past = Past()
    shower(past, NOON_MS + 11 * 3_600_000, 30)
    found = await past.of(DAMP, NOON_MS - DAY_MS // 2, NOON_MS + DAY_MS // 2)
    assert found.firings == ()
    (held,) = found.held
    assert (held.count, held.longest_s) == (1, 1200.0)
    assert "between 22:00 and 06:00" in held.reason


async def test_a_trigger_that_ends_too_soon_was_held_back_by_for() -> None:
    past = Past()
    shower(past, NOON_MS, 7)
    found = await past.of(DAMP, NOON_MS - DAY_MS // 2, NOON_MS + DAY_MS // 2)
    assert found.firings == ()
    assert [(held.reason, held.count, held.longest_s) for held in found.held] == [("not for long enough", 1, 420.0)]


async def test_flagged_readings_are_left_out_and_counted() -> None:
    past = Past()
    for minute in range(30):
        past.said("wet", NOON_MS + minute * MINUTE_MS, int(Quality.STUCK), humidity=90.0)
    found = await past.of(DAMP, NOON_MS - MINUTE_MS, NOON_MS + DAY_MS)
    assert found.firings == ()
    assert found.left == {"flagged": 30}
    assert {share.path: share.share_unknown for share in found.conditions}["when"] > 0.99


async def test_a_series_counts_only_while_its_device_stood_there() -> None:
    past = Past()
    shower(past, NOON_MS, 60)
    past.until["wet"] = NOON_MS + 5 * MINUTE_MS
    found = await past.of(DAMP, NOON_MS - DAY_MS // 2, NOON_MS + DAY_MS // 2)
    assert found.firings == ()
    past.until["wet"] = NOON_MS + 30 * MINUTE_MS
    (fired,) = (await past.of(DAMP, NOON_MS - DAY_MS // 2, NOON_MS + DAY_MS // 2)).firings
    assert fired.time_ms == NOON_MS + 600_000


async def test_it_goes_on_over_the_borders_of_its_slices() -> None:
    past = Past()
    shower(past, NOON_MS, 25)
    (fired,) = (await past.of(DAMP, NOON_MS + 5 * MINUTE_MS - DAY_MS, NOON_MS + DAY_MS // 2)).firings
    assert fired.time_ms == NOON_MS + 600_000  # a slice ends five minutes into the shower


async def test_only_the_first_question_waits_for_what_was_submitted() -> None:
    past = Past()
    shower(past, NOON_MS, 25)
    await past.of(DAMP, NOON_MS - 3 * DAY_MS, NOON_MS)
    assert [settled for _, settled in past.questions] == [False, True, True]


async def test_firings_soon_after_one_another_are_flapping() -> None:
    past = Past()
    for number in range(4):
        for second in range(0, 600, 60):
            damp = 80.0 if second < 300 else 50.0
            past.said("wet", NOON_MS + number * 600_000 + second * 1000, humidity=damp)
    quick = Rule(name="Quick", when=DAMP.when, then=(NotifyThen(text="damp"),))
    found = await past.of(quick, NOON_MS - MINUTE_MS, NOON_MS + DAY_MS // 4)
    assert len(found.firings) == 4
    assert (found.flapping, found.most_a_day, found.on_s) == (3, 4, 1200.0)


async def test_a_moment_whose_condition_is_false_was_held_back() -> None:
    past = Past()
    shower(past, NOON_MS, 5)
    at_noon = Rule(
        name="Noon",
        when=TimeWhen(at="12:02"),
        if_=CompareIf(device="wet", metric="humidity", operator="<", value=60),
        then=(NotifyThen(text="dry"),),
    )
    found = await past.of(at_noon, NOON_MS - DAY_MS // 2, NOON_MS + DAY_MS // 2)
    assert found.firings == ()
    assert [(held.count, "not:" in held.reason) for held in found.held] == [(1, True)]
    dry = await past.of(at_noon, NOON_MS + DAY_MS // 2, NOON_MS + 2 * DAY_MS)
    assert dry.held == ()
    assert dry.warnings == ("if: there are no readings of it then",)


async def test_other_rules_that_want_otherwise_are_named_with_how_often() -> None:
    past = Past()
    shower(past, NOON_MS, 25)
    off = Rule(
        name="Off",
        when=ValueWhen(device="wet", metric="humidity", operator=">", value=75),
        then=(CommandThen(device="bath-fan", verb="turn_off"),),
        priority=60,
    )
    found = await past.of(
        DAMP, NOON_MS - DAY_MS // 2, NOON_MS + DAY_MS // 2, KeptRule(id="off", rule=off, mode=Mode.LIVE)
    )
    (clash,) = found.conflicts
    assert (clash.other, clash.count, clash.first_ms, clash.wins) == ("off", 1, NOON_MS + 600_000, "off")


async def test_what_no_history_tells_is_said() -> None:
    past = Past()
    away = Rule(name="Away", when=DeviceWhen(device="wet", status="offline"), then=(NotifyThen(text="gone"),))
    found = await past.of(away, NOON_MS, NOON_MS + DAY_MS)
    assert found.firings == ()
    assert found.warnings == ("when: only what was measured is rehearsed; here it is as if nobody knew it",)


async def test_one_runs_at_a_time_and_says_how_far_it_is() -> None:
    past = Past()
    shower(past, NOON_MS, 25)
    backtest = past.backtest()
    first = asyncio.create_task(backtest.of(DAMP, NOON_MS - 10 * DAY_MS, NOON_MS))
    await past.third.wait()
    assert backtest.progress == pytest.approx(0.2)
    with pytest.raises(Conflict, match="running"):
        await backtest.of(DAMP, NOON_MS - DAY_MS, NOON_MS)
    await first
    assert backtest.progress is None
    assert (await backtest.of(DAMP, NOON_MS - DAY_MS, NOON_MS)).rule == "Fan"


async def test_one_that_is_cancelled_leaves_room_for_the_next() -> None:
    past = Past()
    shower(past, NOON_MS, 25)
    backtest = past.backtest()
    first = asyncio.create_task(backtest.of(DAMP, NOON_MS - 10 * DAY_MS, NOON_MS))
    await past.third.wait()
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    assert backtest.progress is None


@pytest.mark.parametrize(("days", "said"), [(0, "later than"), (-1, "later than"), (401, "400 days")])
async def test_a_span_that_cannot_be_is_refused(days: int, said: str) -> None:
    with pytest.raises(Refused, match=said):
        await Past().of(DAMP, NOON_MS, NOON_MS + days * DAY_MS)


@settings(deadline=None, max_examples=60)
@given(rules, houses)
def test_it_fires_as_the_evaluator_that_hears_everything(rule: Rule, house: House) -> None:
    engine, end_ms = Engine(Setup()), START_MS + 3_600_000
    engine.put(KeptRule(id="r", rule=rule, mode=Mode.SHADOW), leaves(rule), None, START_MS - 1)
    told: list[Fired] = []
    for event in everything(house):
        told += engine.run_to(event.time_ms)
        told += engine.take(event)
    told += engine.run_to(end_ms)

    class Kept:
        async def columns(
            self, device: str, metrics: Sequence[str], from_ms: int, to_ms: int, *, settled: bool = False
        ) -> Columns:
            found = house[device]
            rows = [row for row, time_ms in enumerate(found.times) if from_ms <= time_ms < to_ms]
            cut = slice(rows[0], rows[-1] + 1) if rows else slice(0, 0)
            return Columns(
                found.times[cut],
                {metric: found.values[metric][cut] for metric in metrics},
                {metric: bits[cut] for metric, bits in found.bits.items() if metric in metrics},
            )

    backtest = Backtest(Kept(), lambda rule, since, until: leaves(rule), Setup(), PlainNames(UTC))
    found = asyncio.run(backtest.of(rule, START_MS - 1, end_ms))
    assert [(one.part, one.time_ms) for one in found.firings] == [(one.part, one.time_ms) for one in told]
