from __future__ import annotations

from itertools import pairwise

import msgspec
import pytest

from gateway.core.window.limits import Bounds, limited
from gateway.core.window.moment import Moment
from gateway.core.window.teacher import teach
from gateway.simulator.site import Device, demo_site
from gateway.simulator.world.happenings import Extra, Happening, What, extras
from gateway.simulator.world.world import World

MINUTE_MS = 60_000
SITE = demo_site()
LIVING, BEDROOM = SITE.devices[:2]
(OUTDOORS,) = (device for device in SITE.devices if device.asset == "outdoors")
START = 1_768_435_200_000
NOVEMBER = 1_795_280_400_000
STOVE = Happening("living-room", What.WARM, 4000.0, every_min=10, at_min=2, for_min=3)


def test_a_happening_comes_every_period_for_its_time() -> None:
    minutes = [minute for minute in range(30) if STOVE.on(minute * MINUTE_MS)]
    assert minutes == [2, 3, 4, 12, 13, 14, 22, 23, 24]


def test_what_happens_at_once_adds_up_and_the_loudest_is_heard() -> None:
    def always(kind: What, amount: float) -> Happening:
        return Happening("hall", kind, amount, every_min=1, for_min=1)

    whole = [
        *(always(What.WARM, 500), always(What.WARM, 300), always(What.DAMP, 2), always(What.STUFFY, 4)),
        *(always(What.LOUD, 70), always(What.LOUD, 60)),
    ]
    assert extras(whole, START) == {"hall": Extra(heat_w=800.0, vapour_g_s=2.0, sound_db=70.0, people=4)}
    assert extras([STOVE], 0) == {}


def course(world: World, minutes: int) -> list[bytes]:
    times = [START + minute * MINUTE_MS for minute in range(minutes)]
    return [msgspec.json.encode(world.measure(BEDROOM, time_ms)) for time_ms in times]


def test_a_room_in_which_nothing_happens_is_the_same_to_the_byte() -> None:
    assert course(World(SITE, 4, START), 60) == course(World(SITE, 4, START, [STOVE]), 60)


def test_the_happenings_of_a_site_count_only_where_they_are_asked_for() -> None:
    silent = msgspec.structs.replace(SITE, happenings=())
    assert course(World(SITE, 4, START), 30) == course(World(silent, 4, START), 30)


@pytest.mark.parametrize(
    ("kind", "amount", "metric", "least"),
    [
        (What.WARM, 4000.0, "temperature", 1.0),
        (What.DAMP, 2.0, "humidity", 10.0),
        (What.LOUD, 76.0, "sound_level", 15.0),
        (What.STUFFY, 20.0, "co2", 100.0),
    ],
)
def test_what_happens_is_measured_and_ends(kind: What, amount: float, metric: str, least: float) -> None:
    happening = Happening("living-room", kind, amount, every_min=1440, at_min=10, for_min=5)
    calm, busy = World(SITE, 4, START), World(SITE, 4, START, [happening])
    for world in (calm, busy):
        world.set_window("living-room", 100.0)
    at = START + 15 * MINUTE_MS
    more = busy.measure(LIVING, at)[metric] - calm.measure(LIVING, at)[metric]
    assert more > least
    later = START + 180 * MINUTE_MS
    assert busy.measure(LIVING, later)[metric] - calm.measure(LIVING, later)[metric] < more / 2


def wish(world: World, device: Device, time_ms: int, at_pct: float) -> float:
    """Where the teacher would have a window at noon."""
    values, sky = world.measure(device, time_ms), world.measure(OUTDOORS, time_ms)
    moment = Moment(
        time_ms=time_ms,
        hour=12.0,
        day=325,
        temperature_c=values["temperature"],
        humidity_pct=values["humidity"],
        sound_db=values["sound_level"],
        co2_ppm=values["co2"],
        outdoor_temperature_c=sky["temperature"],
        outdoor_humidity_pct=sky["humidity"],
        rain_mm_h=sky["rain"],
        wind_m_s=sky["wind"],
        position_pct=at_pct,
    )
    return limited(teach(moment), moment, Bounds()).position_pct


@pytest.mark.parametrize("start_ms", [NOVEMBER, START + 12 * 3_600_000])
def test_in_the_demonstration_a_window_has_a_reason_to_move_every_few_minutes(start_ms: int) -> None:
    world = World(SITE, 1, start_ms, SITE.happenings)
    at = {device.asset: 0.0 for device in (LIVING, BEDROOM)}
    moved = [start_ms]
    for time_ms in range(start_ms, start_ms + 60 * MINUTE_MS, 10_000):
        for device in (LIVING, BEDROOM):
            wanted = wish(world, device, time_ms, at[device.asset])
            if abs(wanted - at[device.asset]) >= 5.0:
                at[device.asset] = wanted
                world.set_window(device.asset, wanted)
                moved.append(time_ms)
    pauses_min = [(later - earlier) / MINUTE_MS for earlier, later in pairwise([*moved, start_ms + 60 * MINUTE_MS])]
    assert max(pauses_min) < 6.0
    assert max(world.measure(device, start_ms + 60 * MINUTE_MS)["temperature"] for device in (LIVING, BEDROOM)) < 30
