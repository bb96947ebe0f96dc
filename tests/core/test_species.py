from __future__ import annotations

import pytest

from gateway.core import species
from gateway.core.home import Band, check_thresholds


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("Monstera Deliciosa", "Monstera"),
        ("Fiddle Leaf Fig", "Fiddle leaf fig"),
        ("fiddle-leaf fig", "Fiddle leaf fig"),
        ("monstera", "Monstera"),
        ("FENSTERBLATT", "Monstera"),
        ("Grünlilie", "Spider plant"),
        ("gruenlilie", "Spider plant"),
        ("devils ivy", "Pothos"),
        ("Devil's Ivy", "Pothos"),
        ("Boston Fern Compacta", "Boston fern"),
        ("variegated monstera", "Monstera"),
        ("ocimum basilicum", "Basil"),
    ],
)
def test_a_species_is_found_however_it_is_called(said: str, name: str) -> None:
    found = species.find(said)
    assert found is not None
    assert found.name == name


@pytest.mark.parametrize("said", ["", "   ", "plastic", "the", "🌱", "x" * 1000])
def test_what_is_unknown_is_not_guessed(said: str) -> None:
    assert species.find(said) is None


def test_every_species_has_possible_thresholds_and_is_found_by_each_of_its_names() -> None:
    assert len(species.SPECIES) >= 30
    for one in species.SPECIES:
        check_thresholds(one.thresholds)
        for said in (one.name, one.latin, *one.synonyms):
            assert species.find(said) is one


def test_the_dark_of_the_night_breaches_no_suggestion() -> None:
    assert all(one.thresholds.get("light_level", Band()).min is None for one in species.SPECIES)
