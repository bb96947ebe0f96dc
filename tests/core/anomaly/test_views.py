"""The ways a series is looked at, and what is remembered of each."""

from __future__ import annotations

import math
import random

import pytest

from gateway.core.anomaly.memory import Novelty, Peaks
from gateway.core.anomaly.views import FEATURES, STREAMS, Views

START_S = 1_769_904_000.0


def after(values: list[float], step_s: float = 300.0) -> Views:
    views = Views()
    for number, value in enumerate(values):
        at_s = START_S + step_s * number
        views.step(at_s, value, int(at_s % 86_400 // 60))
    return views


def noise(count: int, seed: int = 1) -> list[float]:
    rng = random.Random(seed)
    return [rng.uniform(-1.0, 1.0) for _ in range(count)]


def test_beyond_is_counted_in_ranges_and_signed() -> None:
    novelty = Novelty(0.0, 10.0)
    for number in range(20):
        novelty.step(float(number % 2), 0.0)
    assert novelty.step(1.5, 0.0)[0] == pytest.approx(0.5)
    assert novelty.step(1.5, 0.0)[0] == 0.0
    assert novelty.step(-3.0, 0.0)[0] == pytest.approx(-2.0)


def test_a_range_forgets_what_was_long_ago() -> None:
    novelty = Novelty(0.0, 10.0)
    for number in range(100):
        novelty.step(float(number % 2), 0.01)
    novelty.step(10.0, 0.01)
    for number in range(200):
        novelty.step(float(number % 2), 0.01)
    assert 1.5 < novelty.high < 3.5


def test_nothing_is_judged_before_enough_is_known() -> None:
    novelty = Novelty(5.0, 10.0)
    assert [novelty.step(float(number**3), 0.0) for number in range(10)] == [(0.0, 0.0)] * 10


def test_deviations_are_from_the_mean_before() -> None:
    novelty = Novelty(0.0, 10.0)
    for number in range(400):
        novelty.step(float(number % 2), 0.0)
    assert novelty.step(0.5 + 2.0, 0.0)[1] == pytest.approx(4.0, rel=0.02)


def test_peaks_know_since_when_nothing_was_as_high() -> None:
    peaks = Peaks(4)
    for at_s, number in enumerate([9.0, 3.0, 7.0, 2.0, 5.0, 1.0]):
        peaks.take(float(at_s), number)
    assert peaks.since(4.0) == 4.0
    assert peaks.since(6.0) == 2.0
    assert peaks.since(8.0) == 0.0
    assert peaks.since(9.5) is None


def test_peaks_short_of_room_never_claim_too_long() -> None:
    rng = random.Random(2)
    peaks, all_of_them = Peaks(4), list[float]()
    for at_s in range(500):
        number = 1000.0 - at_s + rng.uniform(0.0, 30.0)
        claimed = peaks.since(number)
        truly = max((before for before, other in enumerate(all_of_them) if other >= number), default=None)
        assert (claimed is None) == (truly is None)
        assert claimed is None or truly is None or claimed >= truly
        peaks.take(float(at_s), number)
        all_of_them.append(number)
        assert len(peaks.seen) <= 4


def test_features_are_as_many_as_are_named_and_all_are_numbers() -> None:
    views = after([*noise(2000), 50.0])
    features = views.features()
    assert len(features) == len(FEATURES) == len({name for name, *_ in FEATURES})
    assert all(math.isfinite(one) for one in features)


@pytest.mark.parametrize(
    ("view", "end"),
    [
        ("level", [3.0]),
        ("jump", [-1.0, 1.0, -1.2]),
        ("shift", [0.9] * 48),
        ("spread", [-1.0, 1.0] * 12),
        ("flat", [0.3] * 30),
    ],
)
def test_each_view_sees_its_own_kind(view: str, end: list[float]) -> None:
    views = Views()
    strongest = 0.0
    calm = [value * 0.8 for value in noise(3000, seed=4)]
    for number, value in enumerate([*calm, *end]):
        at_s = START_S + 300.0 * number
        views.step(at_s, value, int(at_s % 86_400 // 60))
        if number >= len(calm):
            strongest = max(strongest, abs(views.beyond[view]))
    assert strongest > 0.02


def test_a_course_that_was_never_so_is_a_surprise_though_no_value_is() -> None:
    rng = random.Random(7)
    smooth = [math.sin(number * math.tau / 40) + rng.gauss(0.0, 0.01) for number in range(2000)]
    assert after(smooth).beyond["surprise"] < 0.02
    assert after([*smooth, 0.3, -0.3, 0.3, -0.3]).beyond["surprise"] > 0.02


def test_the_time_of_day_is_learnt() -> None:
    day = [10.0 + 5.0 * math.sin(number * math.tau / 288) for number in range(288 * 10)]
    rng = random.Random(5)
    views = after([value + rng.gauss(0.0, 0.2) for value in day])
    assert views.daily > 0.9
    assert after(noise(2880)).daily < 0.2


def test_the_hour_of_the_week_is_judged_from_the_second_week_on() -> None:
    weekend = [0.0 if number // 288 % 7 >= 5 else 10.0 for number in range(288 * 21)]
    rng = random.Random(6)
    noisy = [value + rng.gauss(0.0, 0.5) for value in weekend]
    young = after([*noisy[: 288 * 7], 40.0])
    assert young.novelties["week"].high > 20.0
    assert young.beyond["week"] == 0.0
    old = after(noisy[: 288 * 19 + 100])
    assert abs(old.numbers["week"]) < 3.0
    assert abs(old.numbers["season"]) > 5.0


def test_what_is_remembered_is_given_back_whole() -> None:
    views = after(noise(700))
    again = Views()
    again.load(iter(list(views.dump())), views.week)
    assert list(again.dump()) == list(views.dump())
    assert again.quiet == views.quiet


def test_streams_and_their_memories_have_the_same_names() -> None:
    assert tuple(Views().novelties) == STREAMS
