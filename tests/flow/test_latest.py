"""The newest value of each metric: never restamped."""

from __future__ import annotations

from gateway.core.messages import Reading
from gateway.core.quality import Quality
from gateway.flow.latest import MOST_METRICS, Latest, LatestValues
from tests.fakes import START_MS

NODE = "node-1"


def reading(
    time_ms: int, seq: int, *, late: bool = False, quality: dict[str, int] | None = None, **values: float
) -> Reading:
    return Reading(NODE, time_ms, values, boot="b", seq=seq, late=late, quality=quality or {})


def test_a_value_comes_with_its_quality_and_its_reading() -> None:
    latest = LatestValues()
    latest.take(reading(START_MS, 7, quality={"t": int(Quality.STUCK)}, t=21.5, h=40.0), START_MS)
    assert latest.all() == {
        "t": Latest(21.5, START_MS, Quality.STUCK, "node-1/b/7"),
        "h": Latest(40.0, START_MS, 0, "node-1/b/7"),
    }


def test_a_repetition_and_a_late_reading_move_nothing_that_is_newer() -> None:
    latest = LatestValues()
    latest.take(reading(START_MS, 7, t=21.5), START_MS)
    latest.take(reading(START_MS, 7, late=True, t=99.0), START_MS + 5)
    latest.take(reading(START_MS - 1000, 6, late=True, t=98.0, h=40.0), START_MS + 10)
    assert latest.all() == {
        "t": Latest(21.5, START_MS, 0, "node-1/b/7"),
        "h": Latest(40.0, START_MS - 1000, 0, "node-1/b/6"),
    }


def test_a_late_value_does_not_replace_one_from_the_future() -> None:
    latest = LatestValues()
    latest.take(reading(START_MS + 10**9, 1, t=1.0), START_MS)
    latest.take(reading(START_MS - 5000, 0, late=True, t=2.0), START_MS)
    assert latest.times() == {"t": (1.0, START_MS + 10**9)}
    latest.take(reading(START_MS, 2, t=3.0), START_MS)
    assert latest.times() == {"t": (3.0, START_MS)}


def test_unsure_times_move_when_the_gateway_learns_the_time_and_sure_ones_stay() -> None:
    latest = LatestValues()
    latest.take(reading(1000, 1, own=1.0), 1000)
    unsure = {"t": int(Quality.TIME | Quality.STUCK), "h": int(Quality.TIME)}
    latest.take(reading(2000, 2, quality=unsure, t=2.0, h=3.0), 2000)
    latest.redate(START_MS, sure=True)
    assert latest.all() == {
        "own": Latest(1.0, 1000, 0, "node-1/b/1"),
        "t": Latest(2.0, START_MS + 2000, Quality.STUCK, "node-1/b/2"),
        "h": Latest(3.0, START_MS + 2000, 0, "node-1/b/2"),
    }
    assert latest.reading is not None
    assert (latest.reading.time_ms, latest.reading.quality) == (START_MS + 2000, {"t": Quality.STUCK})
    latest.redate(START_MS, sure=True)
    assert latest.all()["t"].time_ms == START_MS + 2000


def test_while_the_time_is_still_not_known_moved_values_stay_unsure() -> None:
    latest = LatestValues()
    latest.take(reading(2000, 2, quality={"t": int(Quality.TIME)}, t=2.0), 2000)
    latest.redate(5000, sure=False)
    assert latest.all() == {"t": Latest(2.0, 7000, Quality.TIME, "node-1/b/2")}


def test_a_metric_is_new_once() -> None:
    latest = LatestValues()
    assert latest.take(reading(START_MS, 1, t=1.0, h=2.0), START_MS) == {"t", "h"}
    assert latest.take(reading(START_MS + 1, 2, t=1.0, h=2.0), START_MS) == frozenset()
    assert latest.take(reading(START_MS + 2, 3, t=1.0), START_MS) == frozenset()
    assert latest.take(reading(START_MS + 3, 4, co2=400.0), START_MS) == {"co2"}
    assert latest.take(reading(START_MS + 4, 5, t=1.0, h=2.0), START_MS) == frozenset()
    assert latest.take(reading(START_MS - 9, 0, late=True, t=1.0, dust=3.0), START_MS) == {"dust"}
    assert latest.take(reading(START_MS - 8, 0, dust=4.0), START_MS) == frozenset()


def test_of_a_device_with_more_metrics_than_are_remembered_none_is_new() -> None:
    latest = LatestValues()
    told = set()
    for number in range(3 * MOST_METRICS):
        told |= latest.take(reading(START_MS + number, number, **{f"m{number % (2 * MOST_METRICS)}": 1.0}), START_MS)
    assert len(told) <= MOST_METRICS + 1
