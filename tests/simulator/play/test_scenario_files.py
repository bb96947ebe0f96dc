"""Scenario files: what comes with the gateway reads, and mistakes are named with their place and what is allowed."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.core.errors import ConfigError
from gateway.simulator.faults import FaultKind
from gateway.simulator.play.events import EVENTS, Flap
from gateway.simulator.play.scenario_files import load, names, parse
from gateway.simulator.play.script import ailments, lived_in
from gateway.simulator.site import demo_site
from gateway.simulator.world.ailments import Ailment, Ill

GOOD = """
description = "Good."
duration_s = 60
[[events]]
kind = "flap"
at_s = 1
for_s = 5
[[checks]]
kind = "complete"
"""


def test_all_scenarios_that_come_with_the_gateway_can_be_read() -> None:
    scripts = [load(name) for name in names()]
    assert {script.name for script in scripts} >= {"calm", "flap", "backlog", "sick-sensors"}
    assert all(script.description for script in scripts)


def test_together_they_know_every_kind_of_event_but_those_of_sensors() -> None:
    met = {type(event) for name in names() for event in load(name).events}
    assert met == set(EVENTS.values())


def test_a_file_is_read_and_named_after_itself(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(GOOD)
    script = load(str(path))
    assert script.name == "mine"
    assert script.events == (Flap(at_s=1.0, for_s=5.0),)


@pytest.mark.parametrize("kind", [kind.value for kind in FaultKind])
def test_every_sensor_fault_can_be_written(kind: str) -> None:
    event = f'[[events]]\nkind = "{kind}"\nmetric = "co2"\nat_s = 2\nfor_s = 3\n'
    ((device, fault),) = parse(GOOD + event, "x", "x").sensors
    assert (device, fault.kind, fault.metric, fault.start_ms, fault.end_ms) == ("*", kind, "co2", 2000, 5000)


SICK = '[[events]]\nkind = "bearing"\ndevice = "ventilation"\nat_s = 2\nfor_s = 3\nover_s = 1800\nsize = 0.5\n'


def test_a_machine_that_falls_ill_is_the_one_that_the_device_watches() -> None:
    (ailment,) = ailments(parse(GOOD + SICK, "x", "x"), demo_site(), 1000)
    assert ailment == Ailment(Ill.BEARING, "ventilation", 3000, 6000, over_h=0.5, size=0.5)


def test_the_pump_of_the_house_that_is_not_well_begins_to_cavitate_and_nobody_repairs_it() -> None:
    (ailment,) = ailments(load("ailing"), demo_site(), 0)
    assert (ailment.kind, ailment.asset, ailment.end_ms) == (Ill.CAVITATION, "circulation-pump", None)


@pytest.mark.parametrize("device", ["fern", "nobody", "*"])
def test_what_cannot_have_an_illness_is_named_with_what_can(device: str) -> None:
    script = parse(GOOD + SICK.replace("ventilation", device), "x", "x")
    with pytest.raises(
        ConfigError, match=r"cannot have bearing; on .* \['circulation-pump', 'ventilation', 'bathroom-fan'\] can"
    ):
        ailments(script, demo_site(), 0)


DAMP = '[[happenings]]\nasset = "bathroom"\nkind = "damp"\namount = 0.7\n'


def test_what_happens_in_a_scenario_is_beside_the_sites_own_where_these_count() -> None:
    site = demo_site()
    (damp,) = parse(GOOD + DAMP, "x", "x").happenings
    assert (damp.asset, damp.kind.value) == ("bathroom", "damp")
    assert lived_in(parse(GOOD + DAMP, "x", "x"), site).happenings == (damp,)
    assert lived_in(parse(GOOD, "x", "x"), site).happenings == ()
    assert lived_in(load("calm"), site).happenings == site.happenings
    endless = load("damp-bathroom")
    assert lived_in(endless, site).happenings == (*site.happenings, *endless.happenings)
    with pytest.raises(ConfigError, match="x: happening 'damp': there is no room 'attic'"):
        lived_in(parse(GOOD + DAMP.replace("bathroom", "attic"), "x", "x"), site)
    with pytest.raises(ConfigError, match=r"f: happenings\[1\]: .*amount.*; keys: amount, asset"):
        parse(GOOD + DAMP.replace("0.7", "-1"), "f", "f")


@pytest.mark.parametrize("wrong", ["size = 0.0", "size = 1.5", "over_s = -1.0"])
def test_an_illness_has_a_size_and_takes_its_time(wrong: str) -> None:
    event = f'[[events]]\nkind = "scaling"\ndevice = "water-heater"\nat_s = 2\n{wrong}\n'
    with pytest.raises(ConfigError, match=r"f: events\[2\]: (size|over_s) must"):
        parse(GOOD + event, "f", "f")


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("[[checks]]", "[checks]", r"f\.toml: checks: write each one under \[\[checks\]\]"),
        ('kind = "flap"', 'kind = "flop"', r"f\.toml: events\[1\]: there is no kind 'flop'; there are offline, flap"),
        ('kind = "flap"', "", r"f\.toml: events\[1\]: there is no kind; there are"),
        (
            "for_s = 5",
            "often = 5",
            r"f\.toml: events\[1\] \(flap\): there is no key `often`; keys: at_s, device, every",
        ),
        ("at_s = 1", "at_s = 'x'", r"f\.toml: events\[1\] \(flap\): Expected `float`, got `str` at `at_s`; keys"),
        ("at_s = 1\n", "", r"f\.toml: events\[1\] \(flap\): .*missing required field `at_s`; keys"),
        ('"complete"', '"perfect"', r"f\.toml: checks\[1\]: there is no kind 'perfect'; there are complete, once"),
        (
            'kind = "complete"',
            'kind = "flagged"\nmetric = "co2"\nflag = "SICK"\nafter_s = 1\nwithin_s = 2',
            r"f\.toml: checks\[1\] \(flagged\): there is no flag 'SICK'; there are OUT_OF_RANGE, JUMP",
        ),
        ("duration_s = 60", "duration_s = 0", r"f\.toml: duration_s must be 1 to"),
        ("duration_s = 60", "duration_s = 60\nspeed = 0", r"f\.toml: speed must be"),
        ("duration_s = 60", "durations = 60", r"f\.toml: the file: there is no key `durations`; keys: checks, descr"),
        ("duration_s = 60", "endless = true", r"f\.toml: an endless scenario has faults of sensors and machines only"),
        ('[[checks]]\nkind = "complete"', "", r"f\.toml: there are no \[\[checks\]\]"),
        ("duration_s = 60", "duration_s = ", r"f\.toml: Invalid value \(at line 3"),
        ('"flap"', '"stuck"\nmetric = "mood"', r"f\.toml: events\[1\] \(stuck\): there is no metric 'mood'; there are"),
        ("duration_s = 60", "duration_s = 60\nfleet.batch = 0", r"f\.toml: fleet\.batch must be 1 to 1000"),
    ],
)
def test_a_mistake_is_named_with_its_place(before: str, after: str, words: str) -> None:
    assert before in GOOD
    with pytest.raises(ConfigError, match=words):
        parse(GOOD.replace(before, after), "f", "f.toml")


def test_an_unknown_name_tells_the_known_ones() -> None:
    with pytest.raises(ConfigError, match=r"there is no scenario 'storm'; there are .*calm.*name a \.toml file"):
        load("storm")


def test_a_file_that_is_not_there_is_named() -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.toml: No such file"):
        load("nowhere.toml")
