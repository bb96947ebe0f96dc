from pathlib import Path

import pytest

from gateway.core.errors import ConfigError
from gateway.core.units import UNITS
from gateway.simulator.site import FanAsset, demo_site, load_site, parse_site
from gateway.simulator.world.sensor import MAKERS_UNITS, SENSORS

SMALL = """
[site]
name = "S"
[[zones]]
id = "z"
name = "Z"
[[assets]]
kind = "room"
id = "room"
name = "Room"
zone = "z"
[[devices]]
id = "node"
name = "Node"
kind = "window"
asset = "room"
metrics = ["temperature"]
"""


def test_the_demonstration_site_has_two_windows_two_plants_the_machines_and_rules() -> None:
    site = demo_site()
    kinds = [device.kind for device in site.devices]
    assert len(kinds) == 11
    assert [kinds.count(kind) for kind in ("window", "plant", "heater", "pump", "fan", "climate")] == [2, 2, 2, 1, 2, 2]
    assert site.asset("fern").name == "Fern"
    assert set(site.synonyms) <= {asset.id for asset in site.assets}
    assert [(rule.id, rule.mode) for rule in site.rules] == [("bathroom-fan", "live"), ("bedroom-air", "shadow")]
    assert site.rules[0].named("asset") == {"bathroom", "bathroom-fan"}


def test_every_simulated_metric_has_a_unit_of_the_protocol_or_its_makers() -> None:
    assert set(SENSORS) <= set(UNITS) | set(MAKERS_UNITS)
    assert not set(UNITS) & set(MAKERS_UNITS)
    assert next(device for device in demo_site().devices if device.id == "kitchen-heater").units["duty"] == "%"
    assert demo_site().devices[0].units["co2"] == "ppm"


def test_a_small_site_is_read() -> None:
    site = parse_site(SMALL)
    assert site.devices[0].interval_s == 10.0
    assert site.site.time_zone == "UTC"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('asset = "room"', 'asset = "hall"', "there is no asset 'hall'"),
        ('zone = "z"', 'zone = "y"', "there is no zone 'y'"),
        ('metrics = ["temperature"]', 'metrics = ["flow"]', "has no flow"),
        ('metrics = ["temperature"]', "metrics = []", "measures nothing"),
        ('id = "node"', 'id = "No De"', "3 to 40"),
        ('kind = "room"', 'kind = "castle"', "castle"),
        ('name = "Node"', 'name = "Node"\ncolour = "red"', "colour"),
        ('name = "Node"', "name = 4", r"\$\.devices\[0\]\.name"),
        ('metrics = ["temperature"]', 'metrics = ["temperature"]\ninterval_s = 0.1', "at least 1"),
        ('metrics = ["temperature"]', 'metrics = ["temperature"]\nmicrophone = "yes"', "microphone"),
        ("[site]", "[site", "line 2"),
    ],
)
def test_a_mistake_is_named_with_its_place(old: str, new: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        parse_site(SMALL.replace(old, new))


def test_an_id_may_not_be_there_twice() -> None:
    with pytest.raises(ConfigError, match="'room' is there twice"):
        parse_site(SMALL + '[[assets]]\nkind = "room"\nid = "room"\nname = "Again"\nzone = "z"\n')


def test_a_plant_needs_a_room_that_is_there() -> None:
    with pytest.raises(ConfigError, match="there is no room 'attic'"):
        parse_site(SMALL + '[[assets]]\nkind = "plant"\nid = "p"\nname = "P"\nzone = "z"\nroom = "attic"\n')


HAPPENING = """
[[happenings]]
asset = "room"
kind = "warm"
every_min = 10
at_min = 2
for_min = 3
amount = 4000
"""


def test_the_demonstration_has_something_to_decide_about_and_windows_that_hear() -> None:
    site = demo_site()
    assert {happening.kind.value for happening in site.happenings} == {"warm", "loud", "damp", "stuffy"}
    assert all(device.microphone is (device.kind == "window") for device in site.devices)


def test_happenings_are_read() -> None:
    (happening,) = parse_site(SMALL + HAPPENING).happenings
    assert (happening.asset, happening.kind, happening.amount) == ("room", "warm", 4000.0)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('asset = "room"', 'asset = "hall"', "there is no room 'hall'"),
        ('kind = "warm"', 'kind = "bright"', "bright"),
        ("amount = 4000", "amount = 0", "amount"),
        ("for_min = 3", "for_min = 9", "'warm' in 'room' does not fit"),
        ("every_min = 10", "every_min = 2000", "every_min"),
    ],
)
def test_a_mistake_in_a_happening_is_named(old: str, new: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        parse_site(SMALL + HAPPENING.replace(old, new))


def test_a_microphone_needs_a_room() -> None:
    garden = SMALL.replace('kind = "room"', 'kind = "outdoor"').replace('kind = "window"', 'kind = "climate"')
    with pytest.raises(ConfigError, match="a microphone needs a room"):
        parse_site(garden + "microphone = true\n")


def test_a_file_is_named_in_its_mistakes(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_text(SMALL.replace('zone = "z"', 'zone = "y"'))
    with pytest.raises(ConfigError, match=r"site\.toml: asset 'room'"):
        load_site(path)
    with pytest.raises(ConfigError, match="No such file"):
        load_site(tmp_path / "none.toml")


FAN = """
[[assets]]
kind = "fan"
id = "fan"
name = "Fan"
zone = "z"
serves = "room"
"""


def test_a_fan_serves_a_room_that_is_there() -> None:
    fan = parse_site(SMALL + FAN).asset("fan")
    assert isinstance(fan, FanAsset)
    assert fan.serves == "room"
    with pytest.raises(ConfigError, match="there is no room 'attic'"):
        parse_site(SMALL + FAN.replace("room", "attic"))


RULE = """
[[rules]]
id = "air"
mode = "shadow"
[rules.rule]
name = "Air"
when = { kind = "any", of = [{ kind = "value", asset = "room", metric = "co2", operator = ">", value = 900 }] }
if = { kind = "not", of = { kind = "compare", zone = "z", metric = "temperature", operator = "<", value = 5 } }
then = [{ kind = "timer", timer = "soon", after_s = 5, then = [{ kind = "window", asset = "room", position = 20 }] }]
"""


def test_rules_are_read_with_all_they_name() -> None:
    (rule,) = parse_site(SMALL + RULE).rules
    assert (rule.id, rule.mode, rule.rule.name) == ("air", "shadow", "Air")
    assert (rule.named("asset"), rule.named("zone")) == ({"room"}, {"z"})


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('id = "air"', 'id = "Air!"', r"\$\.rules\[0\]\.id"),
        ('mode = "shadow"', 'mode = "loud"', "loud"),
        ('zone = "z"', 'zone = "roof"', "rule 'air': there is no zone 'roof'"),
        ('kind = "window", asset = "room"', 'kind = "window", asset = "hall"', "there is no asset 'hall'"),
        ("after_s = 5", "after_s = 0", "after_s"),
        ('operator = "<"', 'operator = "about"', "about"),
        ("[rules.rule]", 'colour = "red"\n[rules.rule]', "colour"),
    ],
)
def test_a_mistake_in_a_rule_is_named_with_its_place(old: str, new: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        parse_site(SMALL + RULE.replace(old, new))


def test_a_rule_may_not_be_there_twice() -> None:
    with pytest.raises(ConfigError, match="'air' is there twice"):
        parse_site(SMALL + RULE + RULE)
