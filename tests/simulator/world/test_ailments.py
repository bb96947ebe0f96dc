import statistics

import msgspec
import pytest

from gateway.core.errors import NotFound, Refused
from gateway.simulator.site import Device, demo_site
from gateway.simulator.world.ailments import NONE, Ailment, Ill, ills
from gateway.simulator.world.heater import HeaterShape
from gateway.simulator.world.makers import MAKERS
from gateway.simulator.world.weather import HOUR_MS, MINUTE_MS
from gateway.simulator.world.world import World

START = 1_768_435_200_000
MACHINES = ("water-heater", "kitchen-heater", "circulation-pump", "ventilation")
SITE = demo_site()
SITE = msgspec.structs.replace(
    SITE,
    assets=tuple(asset for asset in SITE.assets if asset.id in MACHINES),
    devices=tuple(device for device in SITE.devices if device.asset in MACHINES),
)
ILL = (
    Ailment(Ill.CAVITATION, "circulation-pump", START + 6 * HOUR_MS, over_h=2.0),
    Ailment(Ill.SCALING, "water-heater", START + 6 * HOUR_MS),
    Ailment(Ill.SCALING, "kitchen-heater", START + 6 * HOUR_MS),
    Ailment(Ill.BEARING, "ventilation", START + 6 * HOUR_MS, over_h=2.0),
)


def course(world: World, device: Device, hours: range) -> dict[str, list[float]]:
    """What a device says each minute of those hours."""
    said: dict[str, list[float]] = {metric: [] for metric in device.metrics}
    for minute in range(hours.start * 60, hours.stop * 60):
        for metric, value in world.measure(device, START + minute * MINUTE_MS).items():
            said[metric].append(value)
    return said


def device_of(asset: str) -> Device:
    return next(device for device in SITE.devices if device.asset == asset)


def both(asset: str, hours: range, ailments: tuple[Ailment, ...] = ILL) -> list[dict[str, list[float]]]:
    """The well one and the sick one."""
    return [course(World(SITE, 3, START, (), sick), device_of(asset), hours) for sick in ((), ailments)]


def test_an_ailment_grows_evenly_stays_and_ends_with_the_repair() -> None:
    ailment = Ailment(Ill.BEARING, "fan", 0, 10 * HOUR_MS, over_h=4.0, size=0.5)
    assert [ailment.severity(hour * HOUR_MS) for hour in (-1, 0, 2, 4, 9, 10)] == [0.0, 0.0, 0.25, 0.5, 0.5, 0.0]
    assert Ailment(Ill.BEARING, "fan", 0).severity(0) == 0.8


def test_of_two_ailments_of_one_kind_the_worse_counts_and_healthy_machines_are_left_out() -> None:
    two = [Ailment(Ill.BEARING, "fan", 0, size=size) for size in (0.5, 0.3)]
    found = ills([*two, Ailment(Ill.CAVITATION, "fan", 0, size=0.1), Ailment(Ill.SCALING, "heater", HOUR_MS)], 0)
    assert found == {"fan": msgspec.structs.replace(NONE, bearing=0.5, cavitation=0.1)}


@pytest.mark.parametrize("asset", MACHINES)
def test_a_machine_is_the_same_to_the_bit_until_it_falls_ill_and_after_that_it_is_not(asset: str) -> None:
    well, sick = both(asset, range(20))
    before = 6 * 60
    assert {metric: values[:before] for metric, values in well.items()} == {
        metric: values[:before] for metric, values in sick.items()
    }
    assert well != sick


@pytest.mark.parametrize("asset", MACHINES)
def test_the_ailment_of_one_machine_touches_no_other(asset: str) -> None:
    others = tuple(ailment for ailment in ILL if ailment.asset != asset)
    well, sick = both(asset, range(12), others)
    assert well == sick


def test_a_cavitating_pump_shakes_moves_less_and_draws_less() -> None:
    well, sick = both("circulation-pump", range(9, 12))
    assert max(sick["vibration"]) > 1.5 * max(well["vibration"])
    assert max(sick["flow"]) < 0.9 * max(well["flow"])
    assert max(sick["current"]) < 0.95 * max(well["current"])


def test_a_damaged_bearing_shakes_however_worn_it_was_before() -> None:
    for seed in range(4):
        worlds = [World(SITE, seed, START, (), sick) for sick in ((), ILL)]
        well, sick = (course(world, device_of("ventilation"), range(9, 12)) for world in worlds)
        assert statistics.fmean(sick["vibration"]) > 1.2 * statistics.fmean(well["vibration"])


def test_a_seized_bearing_stops_the_pump() -> None:
    seized = Ailment(Ill.BEARING, "circulation-pump", START + HOUR_MS, size=1.0)
    _, sick = both("circulation-pump", range(2, 3), (seized,))
    assert max(sick["flow"]) < 0.1


def test_scale_takes_a_heaters_power_while_its_thermostat_keeps_the_water_hot() -> None:
    well, sick = both("water-heater", range(6, 30))
    shape = MAKERS["nordwarm"].shape
    assert isinstance(shape, HeaterShape)

    def heating(power: list[float]) -> float:
        return statistics.fmean(value for value in power if value > 100.0)

    assert heating(sick["power"]) < 0.6 * heating(well["power"])
    assert max(sick["temperature"]) > shape.off_above_c - 3.0


def test_a_heater_that_tells_only_how_busy_it_is_is_busier_with_scale() -> None:
    well, sick = both("kitchen-heater", range(6, 30))
    assert statistics.fmean(sick["duty"]) > 1.1 * statistics.fmean(well["duty"])


def test_a_repaired_machine_is_well_again() -> None:
    repaired = Ailment(Ill.CAVITATION, "circulation-pump", START + HOUR_MS, START + 2 * HOUR_MS)
    well, sick = both("circulation-pump", range(3, 5), (repaired,))
    assert sick["vibration"] == well["vibration"]


def test_only_what_is_there_falls_ill_and_only_with_what_it_can_have() -> None:
    world = World(SITE, 3, START)
    with pytest.raises(NotFound, match="there is no 'dryer'"):
        world.ail(Ailment(Ill.BEARING, "dryer", START))
    with pytest.raises(Refused, match="ventilation cannot have scaling"):
        world.ail(Ailment(Ill.SCALING, "ventilation", START))
