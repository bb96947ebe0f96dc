"""The gateway with a simulated house."""

from __future__ import annotations

from gateway.cli import demo
from gateway.simulator.site import demo_site


def test_it_stands_where_the_simulated_house_does_so_that_rules_know_the_sun() -> None:
    site, climate = demo._settings().site, demo_site().site.climate
    assert (site.latitude, site.longitude) == (climate.latitude_deg, climate.longitude_deg)
    assert site.timezone == demo_site().site.time_zone
