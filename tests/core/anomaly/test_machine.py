"""A machine's commissioning baseline, and what it says of the rows that follow."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence

import msgspec
import pytest

from gateway.core.anomaly.machine import Baseline, Follower, Judged, Row, commission
from gateway.core.errors import Refused

CHANNELS = ("pump/flow", "pump/pressure", "pump/vibration", "pump/current")


def steady(count: int, seed: int = 1) -> list[list[float]]:
    """A pump that only runs: flow and current move together, pressure drifts to and fro, vibration is noise."""
    chance = random.Random(seed)
    rows, drift = [], 0.0
    for _ in range(count):
        load = chance.gauss(0, 1)
        drift += 0.02 * chance.gauss(0, 1) - 0.002 * drift
        rows.append(
            [
                18.0 + 0.2 * load + 0.05 * chance.gauss(0, 1),
                2100.0 + 30.0 * drift + chance.gauss(0, 1),
                1.4 + 0.06 * chance.gauss(0, 1),
                0.85 + 0.01 * load + 0.003 * chance.gauss(0, 1),
            ]
        )
    return rows


def switching(count: int, seed: int = 2, *, sick_from: int | None = None) -> list[list[float]]:
    """A pump that runs 20 rows and rests 10, each row a mean: the first of a run is half of one."""
    chance = random.Random(seed)
    rows, speed = [], 0.0
    for at in range(count):
        runs = 1.0 if at % 30 < 20 else 0.0
        speed = (speed + 3 * runs) / 4 if at % 30 in (0, 1, 20, 21) else runs
        sick = 0.0 if sick_from is None or at < sick_from else 1.0
        noise = [1.0 + 0.01 * chance.gauss(0, 1) for _ in range(4)]
        rows.append(
            [
                18.0 * speed * (1.0 - 0.25 * sick) * noise[0],
                1500.0 + 650.0 * speed * (1.0 - 0.1 * sick) + 0.5 * chance.gauss(0, 1),
                (0.08 + 1.4 * speed * (1.0 + 0.8 * sick)) * noise[2],
                (0.02 + 0.85 * speed * (1.0 - 0.1 * sick)) * noise[3],
            ]
        )
    return rows


def followed(baseline: Baseline, rows: Sequence[Row]) -> list[Judged]:
    follower = Follower(baseline)
    return [follower.take(row) for row in rows]


def with_shift(rows: list[list[float]], begin: int, shifts: dict[int, float]) -> list[list[float]]:
    return [
        [value + (shifts.get(channel, 0.0) if at >= begin else 0.0) for channel, value in enumerate(row)]
        for at, row in enumerate(rows)
    ]


@pytest.fixture(scope="module")
def baseline() -> Baseline:
    return commission(CHANNELS, steady(600), 60.0)


def test_rows_like_those_of_the_commissioning_stay_below_the_limit(baseline: Baseline) -> None:
    judged = followed(baseline, steady(3000)[600:])
    assert max(one.score for one in judged) < 0.5
    assert not any(one.changed for one in judged)


def test_a_shift_of_two_channels_is_told_as_these_two(baseline: Baseline) -> None:
    rows = with_shift(steady(900)[600:], 100, {0: -0.8, 2: 0.3})
    judged = followed(baseline, rows)
    assert max(one.score for one in judged[:100]) < 0.5
    assert min(one.score for one in judged[120:]) > 0.9
    last = judged[-1]
    assert {share.channel for share in last.shares if share.moved} == {"pump/flow", "pump/vibration"}
    assert {share.channel for share in last.shares if not share.moved} == {"pump/pressure", "pump/current"}
    flow = next(share for share in last.shares if share.channel == "pump/flow")
    assert flow.value < flow.low < flow.high
    assert flow.spreads == pytest.approx(-0.8 / 0.206, rel=0.3)


def test_one_channel_that_moves_alone_stands_first_and_alone(baseline: Baseline) -> None:
    last = followed(baseline, with_shift(steady(800)[600:], 50, {2: 0.4}))[-1]
    assert last.shares[0].channel == "pump/vibration"
    assert [share.moved for share in last.shares] == [True, False, False, False]


def test_a_change_is_told_where_it_begins_and_where_it_ends_and_nowhere_else(baseline: Baseline) -> None:
    rows = steady(1000)[600:]
    rows = [[row[0] - (0.8 if 100 <= at < 250 else 0.0), *row[1:]] for at, row in enumerate(rows)]
    told = [at for at, one in enumerate(followed(baseline, rows)) if one.changed]
    assert 100 <= told[0] < 115
    assert 250 <= told[1] < 265
    assert len(told) <= 3
    assert all(100 <= at < 115 or 250 <= at < 310 for at in told)


def test_a_pair_that_does_not_move_together_any_more_is_told(baseline: Baseline) -> None:
    chance = random.Random(9)
    rows = [[row[0], row[1], row[2], 0.85 + 0.01 * chance.gauss(0, 1)] for row in steady(800)[600:]]
    pairs = followed(baseline, rows)[-1].pairs
    assert [(pair.first, pair.second) for pair in pairs] == [("pump/flow", "pump/current")]
    assert pairs[0].usual > 0.9
    assert abs(pairs[0].now) < 0.5
    assert all(not one.pairs for one in followed(baseline, steady(800)[600:]))


def test_other_units_and_another_order_of_channels_give_the_same_scores(baseline: Baseline) -> None:
    scale, offset, order = (1000.0, -0.0145, 1.8, 60.0), (5.0, 1e3, 32.0, -7.0), (2, 0, 3, 1)

    def otherwise(row: Sequence[float]) -> list[float]:
        changed = [value * scale[at] + offset[at] for at, value in enumerate(row)]
        return [changed[at] for at in order]

    rows = with_shift(steady(1200)[600:], 200, {0: -0.5})
    other = commission([CHANNELS[at] for at in order], [otherwise(row) for row in steady(600)], 60.0)
    ours, theirs = followed(baseline, rows), followed(other, [otherwise(row) for row in rows])
    assert [one.score for one in theirs] == pytest.approx([one.score for one in ours], abs=1e-6)
    assert [one.changed for one in theirs] == [one.changed for one in ours]
    first, second = ours[-1].shares[0], theirs[-1].shares[0]
    assert (second.channel, second.size) == (first.channel, pytest.approx(first.size, rel=1e-6))
    assert second.value == pytest.approx(first.value * scale[0] + offset[0], rel=1e-9)


def test_nothing_that_comes_later_moves_the_baseline(baseline: Baseline) -> None:
    before = baseline.kept()
    follower = Follower(baseline)
    for row in with_shift(steady(1000), 0, {0: 5.0, 1: 900.0}):
        follower.take(row)
    assert baseline.kept() == before
    with pytest.raises(AttributeError):
        baseline.rows = 1  # type: ignore[misc]


def test_a_lasting_departure_never_becomes_usual(baseline: Baseline) -> None:
    judged = followed(baseline, with_shift(steady(6000)[600:], 0, {2: 0.4}))
    assert min(one.score for one in judged[60:]) > 0.5


def test_a_spike_in_the_commissioning_does_not_hide_later_faults() -> None:
    rows = steady(600)
    rows[300][2] = 500.0
    judged = followed(commission(CHANNELS, rows, 60.0), with_shift(steady(800)[600:], 100, {2: 0.4}))
    assert max(one.score for one in judged[:100]) < 0.5
    assert min(one.score for one in judged[120:]) > 0.5


def test_one_wild_row_is_no_anomaly_and_no_change(baseline: Baseline) -> None:
    rows = steady(700)[600:]
    rows[50] = [900.0, -1e6, 1e9, 0.0]
    alone = [[*row[:2], 1e9 if at == 20 else row[2], row[3]] for at, row in enumerate(steady(700)[600:])]
    assert max(one.score for one in followed(baseline, alone)) < 0.5
    assert not any(one.changed for one in followed(baseline, alone))
    assert followed(baseline, rows)[-1].score < 0.1, "all channels at once may alarm, but not for long"


def test_a_channel_that_drifted_when_commissioned_is_judged_mildly_but_judged() -> None:
    def rising(count: int, low: float, high: float, seed: int) -> list[list[float]]:
        rows = steady(count, seed)
        return [[*row[:2], row[2] + low + (high - low) * at / count, row[3]] for at, row in enumerate(rows)]

    follower = Follower(commission(CHANNELS, rising(2000, 0.0, 0.5, 1), 60.0))
    assert max(follower.take(row).score for row in rising(1000, 0.5, 0.75, 2)) < 0.5
    last = [follower.take(row) for row in rising(100, 6.0, 6.0, 3)][-1]
    assert last.score > 0.5
    assert [share.channel for share in last.shares if share.moved] == ["pump/vibration"]


def warming(count: int, seed: int) -> list[list[float]]:
    """The pump with a bearing (instead of pressure) that each 8 h is cold for half an hour."""
    rows = steady(count, seed)
    for at, row in enumerate(rows):
        row[1] = 33.0 - 6.0 * math.exp(-(at % 480) / 15.0) + 0.1 * (row[1] - 2100.0) / 30.0
    return rows


def test_a_channel_that_warms_again_and_again_does_not_make_the_others_deaf() -> None:
    baseline = commission(CHANNELS, warming(9600, 1), 60.0)
    well = followed(baseline, warming(4800, 2))
    assert max(one.score for one in well) < 0.5
    bearing = baseline.bands[0]
    assert bearing is not None
    below, above = bearing.channels[1].mild
    assert below > 1.5, "so far it goes every day"
    assert above == 1.0, "and never to the other side"
    assert bearing.channels[2].mild == (1.0, 1.0)
    judged = followed(baseline, with_shift(warming(480, 2), 200, {2: 0.5}))
    assert max(one.score for one in judged[:200]) < 0.5
    assert min(one.score for one in judged[230:]) > 0.5


def test_a_channel_that_was_cold_each_morning_is_judged_strictly_when_it_is_hot() -> None:
    baseline = commission(CHANNELS, warming(9600, 1), 60.0)
    cold, hot = (followed(baseline, with_shift(warming(480, 2), 200, {1: far}))[-1] for far in (-4.0, 4.0))
    assert cold.score < 0.5 < hot.score
    assert hot.shares[0].channel == "pump/pressure"
    assert hot.shares[0].size > 1.5 * cold.shares[0].size


def test_a_baseline_of_another_version_is_refused(baseline: Baseline) -> None:
    other = msgspec.structs.replace(baseline, version=1)
    with pytest.raises(ValueError, match="version 1"):
        Baseline.of(other.kept())


def test_missing_channels_are_said_and_the_others_judged(baseline: Baseline) -> None:
    rows: list[list[float | None]] = [[None, row[1], row[2] + 0.4, math.nan] for row in steady(800)[600:]]
    last = followed(baseline, rows)[-1]
    assert last.missing == ("pump/flow", "pump/current")
    assert last.score > 0.5
    assert [share.channel for share in last.shares] == ["pump/vibration", "pump/pressure"]


def test_numbers_beyond_all_measure_are_missing_ones() -> None:
    rows = steady(300)
    rows[40][1], rows[50][0], rows[60][3] = math.inf, 1e300, -1e200
    last = followed(commission(CHANNELS, rows, 60.0), [[1e308, *steady(1)[0][1:]]])[-1]
    assert last.missing == ("pump/flow",)
    assert last.score < 0.5


def test_a_row_without_any_value_raises_nothing_and_holds_nothing_against_it(baseline: Baseline) -> None:
    follower = Follower(baseline)
    for row in steady(700)[600:]:
        follower.take(row)
    judged = [follower.take([None] * 4) for _ in range(50)]
    assert all(one.score < 0.5 and one.shares == () for one in judged)


def test_going_on_from_what_was_kept_gives_the_same(baseline: Baseline) -> None:
    rows = with_shift(steady(900)[600:], 150, {0: -0.5, 3: 0.02})
    whole, broken = Follower(baseline), Follower(baseline)
    for row in rows:
        expected = whole.take(row)
        broken = Follower.of(Baseline.of(baseline.kept()), broken.kept())
        assert broken.take(row) == expected


def test_switching_on_and_off_is_no_anomaly_and_no_change() -> None:
    baseline = commission(CHANNELS, switching(1440), 60.0)
    assert baseline.tree.count == 2
    judged = followed(baseline, switching(8000, seed=3))
    assert max(one.score for one in judged) < 0.5
    assert not any(one.changed for one in judged)


def test_a_sick_pump_is_found_while_it_runs_and_remembered_while_it_rests() -> None:
    baseline = commission(CHANNELS, switching(1440), 60.0)
    judged = followed(baseline, switching(600, seed=3, sick_from=300))
    assert max(one.score for one in judged[:300]) < 0.5
    assert min(one.score for one in judged[330:]) > 0.5, "one episode, not one a run"
    assert sum(one.changed for one in judged) == 1
    assert all(share.moved for share in judged[-1].shares)


def test_a_channel_that_speaks_only_while_the_machine_runs_is_judged_then() -> None:
    def half_silent(rows: list[list[float]]) -> list[list[float | None]]:
        return [[row[0] if row[3] > 0.4 else None, *row[1:]] for row in rows]

    baseline = commission(CHANNELS, half_silent(switching(1440)), 60.0)
    assert baseline.tree.count == 2
    judged = followed(baseline, half_silent(switching(600, seed=3, sick_from=300)))
    assert max(one.score for one in judged[:300]) < 0.5
    assert min(one.score for one in judged[330:]) > 0.5


def test_a_state_of_a_switching_machine_goes_on_from_what_was_kept() -> None:
    baseline = commission(CHANNELS, switching(720), 60.0)
    whole, broken = Follower(baseline), Follower(baseline)
    for row in switching(200, seed=4, sick_from=70):
        expected = whole.take(row)
        broken = Follower.of(baseline, broken.kept())
        assert broken.take(row) == expected


def test_the_stated_share_of_false_alarms_falls_with_the_score(baseline: Baseline) -> None:
    stated = [baseline.false_alarms(at / 100) for at in range(101)]
    assert stated == sorted(stated, reverse=True)
    assert stated[0] == 1.0
    assert baseline.false_alarms() <= 0.011
    assert stated[100] == 0.0


def test_kept_baselines_are_small() -> None:
    chance = random.Random(5)
    rows = [[(40.0 if at % 30 < 20 else 0.0) + chance.gauss(0, 1) for _ in range(16)] for at in range(300)]
    baseline = commission([f"node-{at:04}/channel_{at}" for at in range(16)], rows, 60.0)
    assert baseline.tree.count == 2
    assert len(baseline.kept()) <= 16_384
    follower = Follower(baseline)
    for row in rows:
        follower.take(row)
    assert len(follower.kept()) <= 4096


def test_too_few_rows_are_refused_with_their_number() -> None:
    with pytest.raises(Refused, match="only 12 of 60 rows"):
        commission(CHANNELS, steady(12), 60.0)


def test_a_channel_without_values_is_refused_by_name() -> None:
    with pytest.raises(Refused, match="pump/pressure has only 0"):
        commission(CHANNELS, [[row[0], None, row[2], row[3]] for row in steady(100)], 60.0)


def test_a_machine_that_does_not_move_at_all_is_refused() -> None:
    with pytest.raises(Refused, match="no channel moved"):
        commission(CHANNELS, [[18.0, 2100.0, 1.4, 0.85]] * 100, 60.0)


def test_a_single_constant_channel_is_named_and_not_judged() -> None:
    baseline = commission(CHANNELS, [[*row[:3], 0.1] for row in steady(400)], 60.0)
    assert baseline.unjudged == ("pump/current",)
    last = followed(baseline, [[*row[:3], 0.3] for row in steady(500)[400:]])[-1]
    assert last.score < 0.5
    assert "pump/current" not in {share.channel for share in last.shares}


@pytest.mark.parametrize("interval_s", [0.0, -1.0, math.nan, math.inf])
def test_an_interval_that_is_no_time_is_refused(interval_s: float) -> None:
    with pytest.raises(Refused, match="interval"):
        commission(CHANNELS, steady(100), interval_s)


def test_doubled_names_and_rows_of_another_length_are_refused(baseline: Baseline) -> None:
    with pytest.raises(Refused, match="different channels"):
        commission(("a", "a"), [[1.0, 2.0]] * 100, 60.0)
    with pytest.raises(Refused, match="one value for each"):
        commission(("a", "b"), [[1.0]] * 100, 60.0)
    with pytest.raises(ValueError, match="3 values for 4 channels"):
        Follower(baseline).take([1.0, 2.0, 3.0])


def test_damaged_bytes_are_a_value_error(baseline: Baseline) -> None:
    kept = baseline.kept()
    follower = Follower(baseline)
    for broken in (b"", b"\x00", kept[:-3], kept[:40], b"\xff" * 50):
        with pytest.raises(ValueError, match=r"baseline|state"):
            Baseline.of(broken)
        with pytest.raises(ValueError, match="state"):
            Follower.of(baseline, broken)
    with pytest.raises(ValueError, match="state"):
        Follower.of(commission(("a", "b"), [row[:2] for row in steady(100)], 60.0), follower.kept())


def flipped(kept: bytes, count: int) -> Iterator[bytes]:
    """The same with one bit changed, at so many places."""
    chance = random.Random(6)
    for _ in range(count):
        broken = bytearray(kept)
        broken[chance.randrange(len(kept))] ^= 1 << chance.randrange(8)
        yield bytes(broken)


def test_no_flipped_bit_of_a_kept_baseline_does_more_than_raise_value_error() -> None:
    row = switching(1)[0]
    for broken in flipped(commission(CHANNELS, switching(300), 60.0).kept(), 600):
        try:
            found = Baseline.of(broken)
        except ValueError:
            continue
        if len(found.channels) == len(row):
            assert 0.0 <= Follower(found).take(row).score <= 0.9999


def test_no_flipped_bit_of_a_kept_state_does_more_than_raise_value_error() -> None:
    baseline = commission(CHANNELS, switching(300), 60.0)
    follower = Follower(baseline)
    for row in switching(100, seed=3):
        follower.take(row)
    for broken in flipped(follower.kept(), 600):
        try:
            found = Follower.of(baseline, broken)
        except ValueError:
            continue
        assert all(0.0 <= found.take(row).score <= 0.9999 for row in switching(5, seed=4))
