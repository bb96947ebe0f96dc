from gateway.simulator.world.model import Moment
from gateway.simulator.world.outdoor import Outdoor
from gateway.simulator.world.plant import Plant, PlantShape
from gateway.simulator.world.weather import Sky


def days(plant: Plant, outdoor: Outdoor, count: float, light_lx: float, hour: float = 2.0) -> None:
    sky = Sky(22.0, 50.0, light_lx, 0.0, 1.0, 1013.0)
    for step in range(round(count * 1440)):
        moment = Moment(step * 60_000, hour, sky, 50.0, False, 0.0)
        outdoor.step(moment, 60.0)
        plant.step(moment, 60.0)


def test_a_plant_dries() -> None:
    outdoor = Outdoor()
    plant = Plant("fern", PlantShape(), outdoor, 1)
    before = plant_moisture(plant, outdoor)
    days(plant, outdoor, 1.0, 200.0)
    assert before - 15.0 < plant.values()["soil_moisture"] < before - 2.0


def test_light_makes_it_thirsty() -> None:
    left = []
    for light_lx in (10.0, 2000.0):
        outdoor = Outdoor()
        plant = Plant("fern", PlantShape(), outdoor, 1)
        days(plant, outdoor, 2.0, light_lx)
        left.append(plant.values()["soil_moisture"])
    assert left[1] < left[0] - 2.0


def test_somebody_waters_it_by_day_when_it_is_dry_and_not_at_night() -> None:
    outdoor = Outdoor()
    plant = Plant("fern", PlantShape(water_below_pct=30.0), outdoor, 1)
    days(plant, outdoor, 12.0, 400.0)
    assert plant.values()["soil_moisture"] < 30.0
    days(plant, outdoor, 0.05, 400.0, hour=12.0)
    assert plant.values()["soil_moisture"] > 55.0


def plant_moisture(plant: Plant, outdoor: Outdoor) -> float:
    days(plant, outdoor, 1 / 1440, 200.0)
    return plant.values()["soil_moisture"]
