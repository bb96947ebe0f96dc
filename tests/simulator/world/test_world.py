import msgspec
import pytest

from gateway.core.errors import NotFound
from gateway.simulator.site import demo_site
from gateway.simulator.world.weather import HOUR_MS
from gateway.simulator.world.world import STEP_MS, World

SITE = demo_site()
WINTER = 1_768_435_200_000 + 9 * HOUR_MS + 1234
LIVING = SITE.devices[0]


def course(world: World, times: list[int]) -> bytes:
    return b"\n".join(msgspec.json.encode(world.measure(device, at)) for at in times for device in SITE.devices)


def test_the_same_seed_gives_the_same_bytes_at_the_same_world_times() -> None:
    times = [WINTER + second * 1000 for second in range(0, 7200, 97)]
    assert course(World(SITE, 4, WINTER), times) == course(World(SITE, 4, WINTER), times)


def test_another_seed_gives_other_values() -> None:
    assert course(World(SITE, 4, WINTER), [WINTER]) != course(World(SITE, 5, WINTER), [WINTER])


def test_values_do_not_depend_on_who_looked_in_between_nor_on_the_start_within_the_quarter() -> None:
    watched = World(SITE, 4, WINTER)
    for second in range(0, 3600, 7):
        watched.measure(LIVING, WINTER + second * 1000)
    later = WINTER + 3_600_000
    assert course(watched, [later]) == course(World(SITE, 4, WINTER - HOUR_MS), [later])


def test_the_window_of_a_room_works_in_a_closed_loop() -> None:
    world = World(SITE, 4, WINTER)
    before = world.measure(LIVING, WINTER)
    world.set_window("living-room", 100.0)
    after = world.measure(LIVING, WINTER + 30 * 60_000)
    assert after["position"] == 100.0
    assert after["temperature"] < before["temperature"] - 2.0
    assert after["co2"] < before["co2"]
    bedroom = SITE.devices[1]
    assert world.measure(bedroom, WINTER + 30 * 60_000)["position"] == 0.0


def test_a_window_stays_between_shut_and_open() -> None:
    world = World(SITE, 4, WINTER)
    world.set_window("living-room", 140.0)
    assert world.measure(LIVING, WINTER)["position"] == 100.0


def test_there_is_no_window_where_there_is_no_room() -> None:
    with pytest.raises(NotFound):
        World(SITE, 4, WINTER).set_window("fern", 10.0)


def test_every_device_measures_exactly_its_metrics() -> None:
    world = World(SITE, 4, WINTER)
    for device in SITE.devices:
        assert tuple(world.measure(device, WINTER)) == device.metrics


def test_two_sensors_in_one_room_never_quite_agree() -> None:
    twin = msgspec.structs.replace(LIVING, id="twin")
    world = World(SITE, 4, WINTER)
    assert world.measure(twin, WINTER)["temperature"] != world.measure(LIVING, WINTER)["temperature"]


def test_the_truth_moves_in_whole_steps_and_only_the_sensor_between_them() -> None:
    world = World(SITE, 4, WINTER)
    at = WINTER // STEP_MS * STEP_MS
    energy = next(device for device in SITE.devices if device.kind == "heater")
    first = world.measure(energy, at + STEP_MS)["energy"]
    assert world.measure(energy, at + 2 * STEP_MS - 1)["energy"] == first
