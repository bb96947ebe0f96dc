"""Labelled series: clean twins, faults where the label says."""

import pytest

from gateway.simulator.corpus import START_MS, one_fault, readings
from gateway.simulator.faults import FaultKind
from gateway.simulator.site import demo_site

SITE = demo_site()
FERN = next(device for device in SITE.devices if device.id == "fern")


@pytest.mark.parametrize("kind", list(FaultKind))
def test_a_faulty_series_differs_from_its_clean_twin_only_where_its_label_says(kind: FaultKind) -> None:
    label = one_fault(kind, "soil_moisture", 3, 0.5, 60.0)
    clean = dict(readings(SITE, FERN, 3, 0.5, 60.0))
    faulty = dict(readings(SITE, FERN, 3, 0.5, 60.0, (label,)))
    differing = {at for at in clean if clean[at] != faulty[at]}
    assert differing
    assert all(label.holds(at) for at in differing)
    assert all(set(clean[at]) == set(FERN.metrics) for at in clean)


def test_a_spike_is_one_reading() -> None:
    label = one_fault(FaultKind.SPIKE, "temperature", 9, 1.0, 30.0)
    assert sum(label.holds(at) for at, _ in readings(SITE, FERN, 9, 1.0, 30.0)) == 1


def test_a_series_is_whole_and_repeatable() -> None:
    first = list(readings(SITE, FERN, 5, 0.1, 30.0))
    assert first == list(readings(SITE, FERN, 5, 0.1, 30.0))
    assert [at for at, _ in first] == [START_MS + 30_000 * number for number in range(288)]
    assert first != list(readings(SITE, FERN, 6, 0.1, 30.0))


def test_the_small_world_around_a_device_is_the_same_as_in_the_whole_site() -> None:
    from gateway.simulator.world.world import World

    world = World(SITE, 5, START_MS)
    small = list(readings(SITE, FERN, 5, 0.02, 60.0))
    assert small == [(at, world.measure(FERN, at)) for at, _ in small]
