"""All series of a device together: silence, echoes, clocks."""

from __future__ import annotations

from gateway.core.judging.device import AHEAD_MS, CLEAN, MOST_SERIES, DeviceGate
from gateway.core.judging.rules import rule
from gateway.core.quality import Quality

from .living import DAY_MS, START_MS

STEP_MS = 10_000


class Node:
    """A device that says two metrics every ten seconds; its gateway's clocks go with it."""

    def __init__(self) -> None:
        self.gate = DeviceGate(rule)
        self.utc_ms = START_MS
        self.up_ms = 5_000
        self._count = 0

    def say(self, *, without: str = "", behind_ms: int = 0) -> dict[str, int]:
        self._count += 1
        values = {"temperature": 21.0 + self._count % 7 / 100, "humidity": 40.0 + self._count % 5 / 10}
        values.pop(without, None)
        self.wait(STEP_MS)
        return dict(self.gate.judge(values, self.utc_ms - behind_ms, self.utc_ms, self.up_ms))

    def live(self, readings: int, *, without: str = "") -> None:
        for _ in range(readings):
            assert self.say(without=without) == {}

    def wait(self, ms: int) -> None:
        self.utc_ms += ms
        self.up_ms += ms

    @property
    def stale(self) -> set[str]:
        return set(self.gate.stale(self.up_ms))


def test_a_device_that_speaks_is_not_stale() -> None:
    node = Node()
    node.live(100)
    node.wait(STEP_MS * 3)
    assert node.stale == set()


def test_who_has_sent_once_or_twice_has_no_rhythm_to_fall_out_of() -> None:
    node = Node()
    node.live(3)
    node.wait(DAY_MS)
    assert node.stale == set()
    node.live(1)
    node.wait(DAY_MS)
    assert node.stale == {"temperature", "humidity"}


def test_a_silent_device_makes_all_its_series_stale_within_a_minute() -> None:
    node = Node()
    node.live(100)
    node.wait(61_000)
    assert node.stale == {"temperature", "humidity"}
    node.say()
    assert node.stale == set()


def test_one_metric_that_is_missing_is_stale_though_its_device_goes_on() -> None:
    node = Node()
    node.live(100)
    node.live(7, without="humidity")
    assert node.stale == {"humidity"}


def test_a_node_that_often_pauses_is_given_more_time() -> None:
    node = Node()
    for _ in range(20):
        node.live(10)
        node.wait(50_000)
    node.wait(20_000)
    assert node.stale == set()


def test_a_node_that_empties_its_queue_does_not_seem_to_measure_faster() -> None:
    node = Node()
    for _ in range(30):
        node.wait(600_000)
        assert node.gate.judge({"temperature": 20.0 + node.utc_ms % 3}, node.utc_ms, node.utc_ms, node.up_ms) == {}
    for back in range(500, 0, -1):
        node.up_ms += 1
        node.gate.judge({"temperature": 20.0 + back % 3}, node.utc_ms - back, node.utc_ms, node.up_ms)
    node.wait(1_200_000)
    assert node.stale == set()


def test_a_clock_set_forward_makes_nothing_stale_and_flags_nothing() -> None:
    node = Node()
    node.live(9000)
    node.utc_ms += 400 * DAY_MS
    assert node.stale == set()
    node.live(9000)


def test_a_clock_set_back_flags_nothing_and_the_judgement_goes_on() -> None:
    node = Node()
    node.live(9000)
    node.utc_ms -= 3 * DAY_MS
    node.live(100)
    values = {"temperature": 60.0, "humidity": 40.0}
    said = node.gate.judge(values, node.utc_ms + 1, node.utc_ms + 1, node.up_ms)
    assert said["temperature"] & Quality.JUMP


def test_a_reading_from_the_future_teaches_nothing() -> None:
    node = Node()
    node.live(10)
    ahead_ms = node.utc_ms + AHEAD_MS + 1
    assert node.gate.judge({"temperature": 20.0}, ahead_ms, node.utc_ms, node.up_ms) == {}
    assert node.gate.judge({"temperature": 999.0}, ahead_ms, node.utc_ms, node.up_ms) == {
        "temperature": Quality.OUT_OF_RANGE
    }
    node.live(10)


def test_late_readings_are_checked_against_limits_only() -> None:
    node = Node()
    node.live(9000)
    values = {"temperature": 60.0, "humidity": 119.0}
    late_ms = node.utc_ms - 3_600_000
    assert node.gate.judge(values, late_ms, node.utc_ms, node.up_ms) == {"humidity": Quality.OUT_OF_RANGE}
    node.live(10)


def test_the_same_message_again_and_again_is_a_ghost() -> None:
    node = Node()
    node.live(10)
    values = {"temperature": 21.37}
    time_ms = node.utc_ms
    said = []
    for _ in range(5):
        node.wait(STEP_MS)
        said.append(dict(node.gate.judge(values, time_ms, node.utc_ms, node.up_ms)))
    ghost = {"temperature": int(Quality.GHOST)}
    assert said == [{}, {}, {}, ghost, ghost]
    node.live(3)


def test_metrics_in_messages_of_their_own_may_have_the_same_time() -> None:
    gate = DeviceGate(rule)
    for index in range(20):
        time_ms = START_MS + index * STEP_MS
        for metric in ("temperature", "humidity"):
            assert gate.judge({metric: 40.0 + index % 3}, time_ms, time_ms, index * STEP_MS) == CLEAN
    gate.judge({"temperature": 41.0}, START_MS + 21 * STEP_MS, START_MS + 21 * STEP_MS, 21 * STEP_MS)
    assert set(gate.metrics) == {"temperature", "humidity"}


def test_a_node_with_ever_new_names_does_not_fill_the_memory() -> None:
    gate = DeviceGate(rule)
    for index in range(MOST_SERIES + 50):
        gate.judge({f"metric_{index}": 1.0}, START_MS + index, START_MS + index, index)
    assert len(gate.metrics) == MOST_SERIES
    assert gate.judge({"temperature": 999.0}, START_MS + 9999, START_MS + 9999, 9999) == {
        "temperature": Quality.OUT_OF_RANGE
    }


def test_it_goes_on_from_what_was_kept() -> None:
    node = Node()
    node.live(9000)
    gate = DeviceGate(rule)
    gate.restore(node.gate.kept(), node.up_ms)
    node.gate = gate
    node.live(50)
    values = {"temperature": 60.0}
    assert gate.judge(values, node.utc_ms + 1, node.utc_ms + 1, node.up_ms)["temperature"] & Quality.JUMP
