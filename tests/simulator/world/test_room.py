from gateway.simulator.world.habits import Use
from gateway.simulator.world.model import Moment
from gateway.simulator.world.room import Room, RoomShape
from gateway.simulator.world.weather import Sky

COLD = Sky(temperature_c=-2.0, humidity_pct=70.0, light_lx=5000.0, rain_mm_h=0.0, wind_m_s=2.0, pressure_hpa=1013.0)
WORKDAY_MORNING = 10.0
NIGHT = 3.0


def pass_minutes(room: Room, minutes: int, hour: float = NIGHT, sky: Sky = COLD, shower: bool = False) -> None:
    for step in range(minutes * 6):
        room.step(Moment(step * 10_000, hour, sky, 60.0, shower, 0.0), 10.0)


def test_an_open_window_cools_the_room_on_a_cold_day() -> None:
    open_room, shut_room = Room("a", RoomShape(), 1), Room("a", RoomShape(), 1)
    open_room.window_pct = 100.0
    for room in (open_room, shut_room):
        pass_minutes(room, 30)
    assert shut_room.values()["temperature"] > 19.5
    assert open_room.values()["temperature"] < shut_room.values()["temperature"] - 3.0


def test_the_room_warms_up_again_when_the_window_is_shut() -> None:
    room = Room("a", RoomShape(), 1)
    room.window_pct = 100.0
    pass_minutes(room, 30)
    cold = room.values()["temperature"]
    room.window_pct = 0.0
    pass_minutes(room, 180)
    assert room.values()["temperature"] > cold + 2.0


def test_people_fill_a_shut_room_with_co2_and_the_window_lets_it_out() -> None:
    room = Room("a", RoomShape(use=Use.WORKING, occupants=3), 1)
    pass_minutes(room, 120, WORKDAY_MORNING)
    stale = room.values()["co2"]
    assert stale > 1200.0
    room.window_pct = 100.0
    pass_minutes(room, 30, WORKDAY_MORNING)
    assert 400.0 < room.values()["co2"] < stale / 2


def test_an_open_window_lets_the_street_in() -> None:
    room = Room("a", RoomShape(), 1)
    pass_minutes(room, 1)
    quiet = room.values()["sound_level"]
    room.window_pct = 100.0
    pass_minutes(room, 1)
    assert room.values()["sound_level"] > quiet + 10.0


def test_winter_air_dries_the_room() -> None:
    room = Room("a", RoomShape(), 1)
    room.window_pct = 50.0
    pass_minutes(room, 60)
    assert room.values()["humidity"] < 40.0


def test_a_shower_makes_a_bathroom_damp_and_never_wetter_than_wet() -> None:
    room = Room("a", RoomShape(use=Use.WASHING, volume_m3=16.0), 1)
    pass_minutes(room, 10)
    dry = room.values()["humidity"]
    pass_minutes(room, 60, shower=True)
    assert dry + 20.0 < room.values()["humidity"] <= 100.0


def test_a_small_room_with_a_wide_window_does_not_oscillate() -> None:
    room = Room("a", RoomShape(volume_m3=2.0, window_m3_s=5.0, heating_w=0.0), 1)
    room.window_pct = 100.0
    pass_minutes(room, 240)
    assert -2.0 <= room.values()["temperature"] < 0.0
