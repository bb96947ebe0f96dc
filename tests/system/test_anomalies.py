"""Nine days of a simulated house, poured into a real gateway: what breaks is told once and as what it is."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

import pytest

from gateway.bench.households import House, Recording, record, site_of
from gateway.simulator.faults import FaultKind, FaultySensors, SensorFault, typical
from gateway.simulator.world.ailments import Ailment, Ill

from .home_site import Home
from .pouring import DAY_MS, HOUR_MS, PouredHouse

SEED, DAYS = 11, 9
WORLD_MS = 1_769_904_000_000
COMMISSIONED_H = 168
BREAKS_MS = WORLD_MS + 8 * DAY_MS + 2 * HOUR_MS
"""Until then all is well, and from the middle of the first day on the machines are commissioned."""
MACHINES = {"circulation-pump": Ill.CAVITATION, "water-heater": Ill.SCALING, "ventilation": Ill.BEARING}
SENSORS = {
    "bathroom-climate": ("bathroom", "temperature", FaultKind.SPIKE, 0),
    "fern": ("fern", "soil_moisture", FaultKind.LEVEL_SHIFT, 8 * HOUR_MS),
    "basil": ("basil", "temperature", FaultKind.DRIFT, 22 * HOUR_MS),
}
ILL = [Ailment(kind, asset, BREAKS_MS, over_h=4.0) for asset, kind in MACHINES.items()]

pytestmark = pytest.mark.timeout(600)


class Lived:
    """The house, and by how much its days were moved so that the last of them has just been."""

    def __init__(self, house: PouredHouse, shift_ms: int) -> None:
        self.house = house
        self.shift_ms = shift_ms

    @property
    def broke_ms(self) -> int:
        return BREAKS_MS + self.shift_ms

    def of(self, asset: str, *, after: bool) -> list[dict[str, object]]:
        """Episodes before or after things broke."""
        found = self.house.episodes(asset)
        return [episode for episode in found if (int(episode["opened_ms"]) >= self.broke_ms) is after]

    def only(self, asset: str) -> dict[str, object]:
        """The one episode after things broke."""
        found = self.of(asset, after=True)
        assert len(found) == 1, [(one["nature"], one["reason"]) for one in found]
        return found[0]


def faulty(recording: Recording) -> FaultySensors:
    """The device's sensors."""
    if recording.device not in SENSORS:
        return FaultySensors([], SEED)
    _, metric, kind, lasts_ms = SENSORS[recording.device]
    end_ms = BREAKS_MS + (lasts_ms or 60_000)
    return FaultySensors([SensorFault(kind, metric, BREAKS_MS, end_ms, typical(kind, metric, 1))], SEED)


def rows(
    recordings: list[Recording], from_ms: int, to_ms: int, shift_ms: int
) -> Mapping[str, list[tuple[int, dict[str, float]]]]:
    """What every device says in [from, to), moved."""
    return {
        one.device: [
            (time_ms + shift_ms, sensors.read(time_ms, one.row(at)))
            for at, time_ms in enumerate(one.times)
            if from_ms <= time_ms < to_ms
        ]
        for one in recordings
        for sensors in [faulty(one)]
    }


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lived]:
    recordings = record(House(SEED, 60, WORLD_MS, DAYS), ILL)
    end_ms = WORLD_MS + DAYS * DAY_MS
    shift_ms = (time.time_ns() // 1_000_000 - end_ms) // DAY_MS * DAY_MS
    home = Home(tmp_path_factory.mktemp("lived")).open()
    try:
        house = PouredHouse(home, site_of(SEED))
        house.pour(rows(recordings, WORLD_MS, BREAKS_MS, shift_ms))
        since_ms = WORLD_MS + DAY_MS // 2 + shift_ms
        since = datetime.fromtimestamp(since_ms / 1000, UTC).isoformat()
        for asset in MACHINES:
            home.got("POST", f"/assets/{asset}/baseline", {"hours": COMMISSIONED_H, "since": since})
            assert baseline(home, asset)["state"] == "frozen"
        house.pour(rows(recordings, BREAKS_MS, end_ms, shift_ms))
        yield Lived(house, shift_ms)
    finally:
        home.kill()


def baseline(home: Home, asset: str) -> dict[str, object]:
    found: dict[str, object] = home.got("GET", f"/assets/{asset}/baseline")
    return found


def test_a_week_of_normal_life_is_at_most_one_episode_a_place(lived: Lived) -> None:
    told = Counter(episode["asset"] for episode in lived.house.episodes() if int(episode["opened_ms"]) < lived.broke_ms)
    assert all(count <= 1 for count in told.values()), told
    assert sum(told.values()) <= 4


@pytest.mark.parametrize("asset", sorted(MACHINES))
def test_a_machine_that_falls_ill_is_one_episode_of_a_machine_in_words(lived: Lived, asset: str) -> None:
    episode = lived.only(asset)
    assert episode["nature"] == "machine"
    assert len(str(episode["reason"])) > 10


@pytest.mark.parametrize("asset", sorted(asset for asset, *_ in SENSORS.values()))
def test_a_sensor_that_fails_is_one_episode_of_a_sensor_in_words(lived: Lived, asset: str) -> None:
    episode = lived.only(asset)
    assert episode["nature"] == "sensor"
    metric = next(metric for place, metric, *_ in SENSORS.values() if place == asset)
    assert metric.replace("_", " ") in str(episode["reason"])


def test_a_place_where_nothing_broke_is_left_alone(lived: Lived) -> None:
    broken = {*MACHINES, *(asset for asset, *_ in SENSORS.values())}
    others = [one for one in lived.house.episodes() if one["asset"] not in broken]
    assert len([one for one in others if int(one["opened_ms"]) >= lived.broke_ms]) <= 1


def test_the_event_log_and_the_trail_say_who_commissioned_what(lived: Lived) -> None:
    home = lived.house.home
    frozen = home.got("GET", "/events?kind=baseline.frozen")["events"]
    assert {event["asset"] for event in frozen} == set(MACHINES)
    assert len(home.got("GET", "/audit?kind=baseline.commission")["audit"]) == len(MACHINES)


def test_a_commissioned_machine_keeps_its_baseline_to_the_bit_while_it_breaks(lived: Lived) -> None:
    for asset in MACHINES:
        shown = baseline(lived.house.home, asset)["baseline"]
        assert isinstance(shown, dict)
        assert shown["rows"] >= COMMISSIONED_H * 59
        assert len(shown["digest"]) == 64


def test_somebody_calls_an_episode_normal_and_takes_it_back(lived: Lived) -> None:
    home, episode = lived.house.home, lived.only("basil")
    path = f"/anomalies/{episode['id']}"
    judged = home.got("POST", f"{path}/feedback", {"verdict": "normal"})
    assert (judged["verdict"], judged["closed_ms"] is None) == ("normal", False)
    assert home.got("GET", path)["judged_by"] == judged["judged_by"] != ""
    taken_back = home.got("DELETE", f"{path}/feedback")
    assert (taken_back["verdict"], taken_back["judged_by"]) == ("", "")
    kinds = [entry["kind"] for entry in home.got("GET", "/audit?kind=anomaly")["audit"]]
    assert kinds == ["anomaly.undone", "anomaly.judged"]


def test_after_a_kill_the_same_episodes_go_on(lived: Lived) -> None:
    """The last of all: it starts the gateway anew."""
    home = lived.house.home
    before = {one["id"]: one["closed_ms"] for one in lived.house.episodes()}
    digests = {asset: baseline(home, asset)["baseline"]["digest"] for asset in MACHINES}  # type: ignore[index]
    home.kill()
    home.open()
    lived.house.judged()
    after = {one["id"]: one["closed_ms"] for one in lived.house.episodes()}
    assert set(after) == set(before)
    assert {asset: baseline(home, asset)["baseline"]["digest"] for asset in MACHINES} == digests  # type: ignore[index]
