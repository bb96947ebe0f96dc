from __future__ import annotations

import math

import msgspec
import pytest

from gateway.core.errors import Refused
from gateway.core.home import (
    CAPABILITIES,
    Asset,
    AssetKind,
    Assignment,
    Band,
    Breach,
    FanTraits,
    HeaterTraits,
    OutdoorTraits,
    PlantTraits,
    PumpTraits,
    Relation,
    RoomTraits,
    Traits,
    Zone,
    breach,
    check_asset,
    check_thresholds,
    check_zone,
    clipped,
)

EVERY_TRAITS: tuple[Traits, ...] = (
    RoomTraits("living", 20.5),
    PlantTraits("Monstera", {"soil_moisture": Band(20, 80), "light_level": Band(200, None)}),
    HeaterTraits("nordwarm", "NW 80", 80, 2000),
    PumpTraits("flowy"),
    FanTraits("airy"),
    OutdoorTraits(),
)


def test_the_text_of_a_breach_is_that_of_document_002() -> None:
    found = breach("soil_moisture", 15.2, Band(20, 80))
    assert found is not None
    assert found.text == "soil_moisture is 15.2, threshold min 20.0"


@pytest.mark.parametrize(
    ("value", "band", "direction"),
    [
        (19.99, Band(20, 80), "min"),
        (20, Band(20, 80), None),
        (80, Band(20, 80), None),
        (80.01, Band(20, 80), "max"),
        (-1e9, Band(None, 80), None),
        (81, Band(None, 80), "max"),
        (1e9, Band(200, None), None),
        (199, Band(200, None), "min"),
        (-1e9, Band(), None),
        (1e9, Band(None, None), None),
        (0.0, Band(0.0, None), None),
        (-0.1, Band(0.0, None), "min"),
    ],
)
def test_a_breach_is_below_min_or_above_max_and_null_is_no_limit(
    value: float, band: Band, direction: str | None
) -> None:
    found = breach("humidity", value, band)
    assert (found and found.direction) == direction


def test_thresholds_are_read_as_document_002_writes_them() -> None:
    said = b'{"kind":"plant","thresholds":{"soil_moisture":{"min":20,"max":80},"light_level":{"min":200,"max":null}}}'
    traits = msgspec.json.decode(said, type=Traits)
    assert traits == PlantTraits(None, {"soil_moisture": Band(20, 80), "light_level": Band(200, None)})


@pytest.mark.parametrize("traits", EVERY_TRAITS)
def test_what_an_asset_is_goes_to_a_document_and_back(traits: Traits) -> None:
    asset = Asset("one", "One", traits, "zone", ("first",), (Relation("inside", "other"),), 7)
    document = msgspec.to_builtins(asset)
    assert msgspec.convert(document, Asset) == asset
    assert document["traits"]["kind"] == asset.kind
    assert asset.inside == "other"


def test_every_kind_has_traits_and_capabilities() -> None:
    assert {Asset("a", "A", traits).kind for traits in EVERY_TRAITS} == set(AssetKind) == set(CAPABILITIES)


def test_assignments_are_clipped_to_the_time_asked_for() -> None:
    spans = [
        Assignment("b", "fern", 500, None),
        Assignment("a", "fern", 100, 300),
        Assignment("a", "fern", 300, 400),
        Assignment("c", "fern", 0, 50),
    ]
    assert clipped(spans, 200, 600) == [
        Assignment("a", "fern", 200, 300),
        Assignment("a", "fern", 300, 400),
        Assignment("b", "fern", 500, 600),
    ]
    assert clipped(spans, 50, 100) == []
    assert clipped(spans, 600, 600) == []


def test_a_breach_knows_its_text_for_both_directions() -> None:
    assert Breach("temperature", 31.06, "max", 30).text == "temperature is 31.1, threshold max 30.0"


@pytest.mark.parametrize("place", ["", "-a", "A", "a b", "a" * 41, "ä", "a\n"])
def test_an_id_is_small_letters_digits_and_hyphens(place: str) -> None:
    with pytest.raises(Refused):
        check_zone(Zone(place, "Name"))
    with pytest.raises(Refused):
        check_asset(Asset(place, "Name", RoomTraits()))


@pytest.mark.parametrize(
    ("thresholds", "named"),
    [
        ({"soil_moisture": Band(80, 20)}, "soil_moisture"),
        ({"Soil": Band(1, 2)}, "Soil"),
        ({"": Band(1, 2)}, "metric"),
        ({"light_level": Band(math.nan, None)}, "light_level"),
        ({"light_level": Band(None, math.inf)}, "light_level"),
        ({f"m{number}": Band() for number in range(65)}, "64"),
    ],
)
def test_impossible_thresholds_are_refused_by_name(thresholds: dict[str, Band], named: str) -> None:
    with pytest.raises(Refused, match=named):
        check_thresholds(thresholds)
    with pytest.raises(Refused, match=named):
        check_asset(Asset("fern", "Fern", PlantTraits(None, thresholds)))


def test_limits_may_be_equal_or_missing() -> None:
    check_thresholds({"a": Band(5, 5), "b": Band(), "c": Band(None, 1), "d": Band(1, None)})


@pytest.mark.parametrize(
    "relations",
    [
        (Relation("inside", "one"),),
        (Relation("inside", "a"), Relation("inside", "b")),
        (Relation("feeds", "a"), Relation("feeds", "a")),
        tuple(Relation("feeds", f"a{number}") for number in range(21)),
    ],
)
def test_relations_that_cannot_be_are_refused(relations: tuple[Relation, ...]) -> None:
    with pytest.raises(Refused):
        check_asset(Asset("one", "One", RoomTraits(), relations=relations))


def test_a_place_has_a_bounded_number_of_synonyms() -> None:
    check_zone(Zone("a", "A", synonyms=tuple(str(number) for number in range(20))))
    with pytest.raises(Refused):
        check_zone(Zone("a", "A", synonyms=tuple(str(number) for number in range(21))))


@pytest.mark.parametrize(
    "traits",
    [
        b'{"kind":"room","area_m2":-1}',
        b'{"kind":"water_heater","power_w":1e300}',
        b'{"kind":"plant","species":"' + b"x" * 81 + b'"}',
        b'{"kind":"dragon"}',
        b"{}",
    ],
)
def test_traits_that_cannot_be_are_not_read(traits: bytes) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(traits, type=Traits)
