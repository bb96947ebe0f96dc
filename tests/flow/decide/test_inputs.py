from __future__ import annotations

from dataclasses import dataclass

import pytest

from gateway.core.home import AssetKind
from gateway.core.messages import ClientDisconnected, DeviceStatus, SoundHeard
from gateway.core.ports.store import Bucket
from gateway.core.quality import Quality
from gateway.core.rules.ages import AGES_S
from gateway.core.window.moment import Character, Missing
from gateway.flow.decide.climate import Climate
from gateway.flow.decide.surroundings import Speaker
from tests.fakes import START_MS

from .window_site import ZONE, WindowSite


@dataclass
class Way:
    """How one input gets in: who says which metric, a sound value, and the field of the moment."""

    device: str
    metric: str
    value: float
    field: str


WAYS = {
    "temperature": Way("w1", "temperature", 23.5, "temperature_c"),
    "humidity": Way("w1", "humidity", 55.0, "humidity_pct"),
    "co2": Way("w1", "co2", 700.0, "co2_ppm"),
    "sound": Way("w1", "sound_level", 44.0, "sound_db"),
    "outdoor_temperature": Way("out", "temperature", 8.0, "outdoor_temperature_c"),
    "outdoor_humidity": Way("out", "humidity", 80.0, "outdoor_humidity_pct"),
    "rain": Way("out", "rain", 0.4, "rain_mm_h"),
    "wind": Way("out", "wind", 6.0, "wind_m_s"),
    "position": Way("w1", "position", 30.0, "position_pct"),
}
DOUBTS = [flag for flag in Quality if flag is not Quality.TIME]


@pytest.fixture
async def site() -> WindowSite:
    """A window, and a sensor outside; neither has said anything since it was put there long ago."""
    site = WindowSite()
    await site.begin()
    await site.outdoors()
    site.clock.advance(days=3)
    return site


def value(site: WindowSite, name: str) -> object:
    return getattr(site.inputs.moment("w1", site.clock())[0], WAYS[name].field)


def why(site: WindowSite, name: str) -> Missing | None:
    missing = site.inputs.moment("w1", site.clock())[1]
    return next((one for one in missing if one.name == name), None)


@pytest.mark.parametrize("name", WAYS)
async def test_a_fresh_sound_value_is_used(site: WindowSite, name: str) -> None:
    way = WAYS[name]
    site.say(way.device, {way.metric: way.value})
    assert value(site, name) == way.value
    assert why(site, name) is None


@pytest.mark.parametrize("name", WAYS)
async def test_a_value_nobody_measures_is_missing(site: WindowSite, name: str) -> None:
    assert value(site, name) is None
    assert why(site, name) == Missing(name, "unknown")


@pytest.mark.parametrize("name", WAYS)
async def test_a_value_is_used_until_it_is_too_old(site: WindowSite, name: str) -> None:
    way = WAYS[name]
    site.say(way.device, {way.metric: way.value})
    site.clock.advance(s=AGES_S[name])
    assert value(site, name) == way.value
    site.clock.advance(ms=1)
    assert value(site, name) is None
    missing = why(site, name)
    assert missing is not None
    assert missing.why == "stale"
    assert missing.detail.endswith(" old")


@pytest.mark.parametrize("name", WAYS)
@pytest.mark.parametrize("doubt", DOUBTS)
async def test_a_flagged_value_is_never_used(site: WindowSite, name: str, doubt: Quality) -> None:
    way = WAYS[name]
    site.say(way.device, {way.metric: way.value}, quality={way.metric: int(doubt)})
    assert value(site, name) is None
    said = (doubt.name or "").lower().replace("_", " ")
    assert why(site, name) == Missing(name, "doubtful", said)


@pytest.mark.parametrize("name", WAYS)
@pytest.mark.parametrize("doubt", DOUBTS)
async def test_a_flagged_series_is_never_used(site: WindowSite, name: str, doubt: Quality) -> None:
    way = WAYS[name]
    site.quality = {way.device: {way.metric: int(doubt)}}
    site.say(way.device, {way.metric: way.value})
    assert value(site, name) is None
    missing = why(site, name)
    assert missing is not None
    assert missing.why == "doubtful"


@pytest.mark.parametrize("name", WAYS)
async def test_a_value_of_which_only_the_time_is_unsure_is_used(site: WindowSite, name: str) -> None:
    way = WAYS[name]
    site.say(way.device, {way.metric: way.value}, quality={way.metric: int(Quality.TIME)})
    assert value(site, name) == way.value


@pytest.mark.parametrize("name", WAYS)
async def test_what_comes_late_does_not_take_the_place_of_what_is_newer(site: WindowSite, name: str) -> None:
    way = WAYS[name]
    site.say(way.device, {way.metric: way.value})
    site.say(way.device, {way.metric: way.value + 1}, late=True, ago_ms=60_000)
    assert value(site, name) == way.value


@pytest.mark.parametrize("name", WAYS)
async def test_a_value_from_far_ahead_is_doubted(site: WindowSite, name: str) -> None:
    way = WAYS[name]
    site.say(way.device, {way.metric: way.value}, ago_ms=-300_000)
    assert value(site, name) == way.value
    site.say(way.device, {way.metric: way.value}, ago_ms=-300_001)
    assert value(site, name) is None
    assert why(site, name) == Missing(name, "doubtful", "its time is 5 min ahead")


@pytest.mark.parametrize("name", WAYS)
async def test_what_was_measured_elsewhere_before_says_nothing_of_this_place(site: WindowSite, name: str) -> None:
    way = WAYS[name]
    site.say(way.device, {way.metric: way.value})
    site.clock.advance(s=10)
    await site.room("bath", "Bath")
    await site.asset(AssetKind.OUTDOOR, "yard", "Yard")
    await site.put_device(way.device, "bath" if way.device == "w1" else "yard")
    assert value(site, name) is None


async def test_a_room_has_the_mean_of_those_who_can_be_believed(site: WindowSite) -> None:
    for device in ("c1", "c2"):
        await site.put_device(device, "living")
    site.say("w1", temperature=20.0)
    site.say("c1", temperature=24.0)
    site.say("c2", temperature=90.0, quality={"temperature": int(Quality.OUT_OF_RANGE)})
    assert value(site, "temperature") == 22.0
    site.clock.advance(s=AGES_S["temperature"] + 1)
    site.say("c1", temperature=25.0)
    assert value(site, "temperature") == 25.0


async def test_doubt_says_more_than_age(site: WindowSite) -> None:
    await site.put_device("c1", "living")
    site.say("c1", temperature=22.0)
    site.clock.advance(s=AGES_S["temperature"] + 1)
    site.say("w1", temperature=22.0, quality={"temperature": int(Quality.STUCK)})
    assert why(site, "temperature") == Missing("temperature", "doubtful", "stuck")


async def test_the_position_is_the_windows_own(site: WindowSite) -> None:
    site.able.add("w2", kind="window")
    await site.put_device("w2", "living")
    site.say("w2", position=80.0)
    assert value(site, "position") is None
    site.say("w1", position=20.0)
    assert value(site, "position") == 20.0


async def test_a_nodes_own_sensor_outside_counts_where_there_is_no_other(site: WindowSite) -> None:
    site.say("w1", outdoor_temperature=5.0, outdoor_humidity=70.0, rain=1.0)
    assert value(site, "outdoor_temperature") == 5.0
    assert value(site, "outdoor_humidity") == 70.0
    assert value(site, "rain") == 1.0
    site.say("out", temperature=7.0)
    assert value(site, "outdoor_temperature") == 7.0


async def test_a_device_that_is_offline_counts_by_the_age_of_its_values(site: WindowSite) -> None:
    site.say("w1", temperature=21.0)
    site.bus.publish(ClientDisconnected("w1", "w1", "connection lost"))
    site.clock.advance(minutes=10)
    assert site.watch.status("w1") is DeviceStatus.OFFLINE
    assert value(site, "temperature") == 21.0


async def test_the_hour_and_the_day_are_those_of_the_site(site: WindowSite) -> None:
    moment, _ = site.inputs.moment("w1", START_MS)
    assert (moment.hour, moment.day) == (13.0, 7)
    july_ms = 1_783_548_000_000  # 2026-07-08T22:00Z: midnight of the 9th in Berlin
    moment, _ = site.inputs.moment("w1", july_ms + 30 * 60_000)
    assert (moment.hour, moment.day) == (0.5, 190)


async def test_while_nobody_knows_the_time_that_is_missing(site: WindowSite) -> None:
    assert why(site, "time") is None
    site.time_known = False
    missing = why(site, "time")
    assert missing is not None
    assert missing.why == "doubtful"


async def test_the_character_of_a_sound_lasts_as_long_as_the_sound(site: WindowSite) -> None:
    site.bus.publish(SoundHeard("w1", site.clock(), 60.0, Character.TRAFFIC, None))
    assert site.inputs.moment("w1", site.clock())[0].character is None
    site.say("w1", sound_level=60.0)
    assert site.inputs.moment("w1", site.clock())[0].character is Character.TRAFFIC
    site.clock.advance(s=AGES_S["sound"] + 1)
    site.say("w1", sound_level=60.0)
    assert site.inputs.moment("w1", site.clock())[0].character is None


def character(site: WindowSite) -> Character | None:
    return site.inputs.moment("w1", site.clock())[0].character


@pytest.mark.parametrize(("level_db", "lasts"), [(51.0, True), (39.0, True), (51.1, False), (38.9, False)])
async def test_the_character_of_a_sound_ends_when_its_device_hears_another_level(
    site: WindowSite, level_db: float, lasts: bool
) -> None:
    """Compared with what the device measured itself then, however loud the buffer was by another calibration."""
    site.say("w1", sound_level=45.0)
    site.bus.publish(SoundHeard("w1", site.clock(), 70.0, Character.VOICES, None))
    assert character(site) is Character.VOICES
    site.clock.advance(s=30)
    site.say("w1", sound_level=level_db)
    assert (character(site) is Character.VOICES) is lasts


async def test_a_level_that_comes_right_after_its_sound_is_the_sounds(site: WindowSite) -> None:
    """As the gateway's own does for a node that only sends audio: the one before was of another sound."""
    site.say("w1", sound_level=45.0)
    site.clock.advance(s=10)
    site.bus.publish(SoundHeard("w1", site.clock(), 73.0, Character.STEADY, None))
    site.clock.advance(ms=200)
    site.say("w1", sound_level=73.0)
    assert character(site) is Character.STEADY
    site.clock.advance(s=10)
    site.say("w1", sound_level=46.0)
    assert character(site) is None


async def test_a_level_that_comes_long_after_a_sound_is_not_the_sounds(site: WindowSite) -> None:
    site.say("w1", sound_level=45.0)
    site.clock.advance(s=2)
    site.bus.publish(SoundHeard("w1", site.clock(), 45.0, Character.VOICES, None))
    site.clock.advance(s=8)
    for _ in range(3):
        site.say("w1", sound_level=73.0)
        assert character(site) is None
        site.clock.advance(s=10)


async def test_another_devices_level_does_not_end_a_sound(site: WindowSite) -> None:
    await site.put_device("c1", "living")
    site.say("w1", sound_level=45.0)
    site.bus.publish(SoundHeard("w1", site.clock(), 45.0, Character.VOICES, None))
    site.clock.advance(s=5)
    site.say("c1", sound_level=60.0)
    site.say("w1", sound_level=80.0, quality={"sound_level": int(Quality.JUMP)})
    assert character(site) is Character.VOICES


async def test_how_long_it_has_been_shut_is_counted_from_its_first_word(site: WindowSite) -> None:
    def shut_h() -> float | None:
        return site.inputs.moment("w1", site.clock())[0].shut_h

    assert shut_h() is None
    site.say("w1", temperature=20.0, position=0.0)
    site.clock.advance(minutes=90)
    site.say("w1", temperature=20.0, position=1.0)
    assert shut_h() == 1.5
    site.say("w1", temperature=20.0, position=40.0)
    assert shut_h() is None


async def test_every_input_can_be_looked_at(site: WindowSite) -> None:
    site.say("w1", temperature=21.0, humidity=50.0)
    site.clock.advance(s=30)
    site.say("out", temperature=4.0, quality={"temperature": int(Quality.DRIFT)})
    shown = {one.name: one for one in site.inputs.shown("w1", site.clock())}
    assert (shown["temperature"].value, shown["temperature"].unit, shown["temperature"].age_s) == (21.0, "°C", 30.0)
    assert shown["temperature"].used
    assert (shown["outdoor_temperature"].used, shown["outdoor_temperature"].why) == (False, "doubtful: drift")
    assert shown["co2"].why == "unknown"
    assert shown.keys() == {*WAYS, "outdoor_mean"}


HOUR_MS = 3_600_000


class Past:
    """What the store has of the temperature outside: `mean` at every hour asked for, but for those left out."""

    def __init__(self, mean: float, quality: int = 0, every_h: int = 1) -> None:
        self.mean, self.quality, self.every_h = mean, quality, every_h

    async def buckets(self, device: str, metric: str, from_ms: int, to_ms: int, step_ms: int) -> list[Bucket]:
        assert (device, metric, step_ms) == ("out", "temperature", HOUR_MS)
        first = -(-from_ms // HOUR_MS) * HOUR_MS
        steps = range(first, to_ms, self.every_h * HOUR_MS)
        return [Bucket(ms, self.mean, self.mean, self.mean, 6, self.quality) for ms in steps]


async def loaded(past: Past, since_days: float | None = None) -> Climate:
    climate = Climate(ZONE)
    since_ms = None if since_days is None else START_MS - round(since_days * 24 * HOUR_MS)
    await climate.load(past, [Speaker("out", since_ms)], START_MS)  # type: ignore[arg-type]
    return climate


async def test_the_running_mean_comes_from_the_days_that_are_over() -> None:
    climate = await loaded(Past(7.5))
    assert climate.mean_c(START_MS) == pytest.approx(7.5)


async def test_there_is_none_before_one_whole_day_was_measured() -> None:
    assert (await loaded(Past(7.5), since_days=0.9)).mean_c(START_MS) is None
    assert (await loaded(Past(7.5), since_days=2.0)).mean_c(START_MS) == pytest.approx(7.5)


async def test_days_with_holes_and_doubted_hours_say_nothing() -> None:
    assert (await loaded(Past(7.5, every_h=2))).mean_c(START_MS) is None
    assert (await loaded(Past(7.5, quality=int(Quality.DRIFT)))).mean_c(START_MS) is None


async def test_a_new_day_moves_the_mean_by_a_fifth_of_the_difference() -> None:
    climate = await loaded(Past(10.0))
    assert climate.mean_c(START_MS) == pytest.approx(10.0)
    midnight_ms = START_MS + 11 * HOUR_MS  # of the site
    for hour in range(24):
        climate.take(20.0, midnight_ms + hour * HOUR_MS)
    assert climate.mean_c(midnight_ms + HOUR_MS) == pytest.approx(10.0)
    assert climate.mean_c(midnight_ms + 24 * HOUR_MS) == pytest.approx(12.0)


async def test_what_is_measured_outside_live_moves_the_mean(site: WindowSite) -> None:
    for _ in range(2 * 24):
        site.clock.advance(minutes=60)
        site.say("out", temperature=15.0)
        site.say("out", temperature=99.0, quality={"temperature": int(Quality.JUMP)})
    assert site.climate.mean_c(site.clock()) == pytest.approx(15.0)
