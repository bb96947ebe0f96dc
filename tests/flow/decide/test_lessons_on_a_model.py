"""What owners teach, on a real model: the same lessons give the same thoughts, to the last bit."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gateway.backends.inference.window import WindowModel
from gateway.core.window.moment import Moment
from gateway.flow.model_minds import Minds
from gateway.flow.sample_moments import sample_moments
from tests.backends.inference import toy

from .override_site import OverrideSite

MOMENTS = sample_moments(60, seed=5)
TAUGHT = sample_moments(12, seed=6)


def no_matter(reason: str) -> None:
    raise AssertionError(reason)


class ModelSite(OverrideSite):
    """A real graph and a real head learn; each moment is another one."""

    def __init__(self, folder: Path) -> None:
        self._folder = toy.make(folder)
        self._number = 0
        super().__init__()

    def _new_run(self) -> None:
        self.model = WindowModel.open(self._folder)
        super()._new_run()

    def mind(self) -> Minds:
        minds = Minds(no_matter, no_matter, lambda: None)
        minds.seat(self.model, None, None)
        return minds

    def moment(self, device: str) -> Moment | None:
        self._number += 1
        return TAUGHT[self._number % len(TAUGHT)]

    def thoughts(self, device: str = "w1") -> list[float]:
        return thoughts_of(self.model, device)


def thoughts_of(model: WindowModel, device: str = "w1") -> list[float]:
    found = [model.think(device, moment) for moment in MOMENTS]
    return [value for thought in found for value in (thought.position_pct, thought.confidence, thought.distance)]


@pytest.fixture
def site(tmp_path: Path) -> ModelSite:
    return ModelSite(tmp_path / "toy")


async def test_taken_out_forgotten_and_brought_back_it_thinks_the_same_to_the_last_bit(site: ModelSite) -> None:
    untaught = site.thoughts()
    for number in range(20):
        await site.teach((number * 37) % 101, 0)
    taught = site.thoughts()
    assert taught != untaught
    out = json.loads(json.dumps(site.overrides.exported("w1")))
    await site.overrides.forget("w1", None, "anna")
    assert site.thoughts() == untaught
    await site.overrides.brought_in("w1", out, "anna")
    assert site.thoughts() == taught
    await site.restart()
    assert site.thoughts() == taught


async def test_one_forgotten_from_the_middle_is_as_if_it_had_never_been(site: ModelSite, tmp_path: Path) -> None:
    for number in range(9):
        await site.teach(number * 11, 0)
    lessons = site.overrides.lessons("w1")
    await site.overrides.forget("w1", [lessons[4].id], "anna")
    another = WindowModel.open(toy.make(tmp_path / "another"))
    known = site.overrides.folded("w1", site.overrides.digest("w1"), site.clock())
    assert known is not None
    assert len(known) == 8
    another.learnt("w1", known)
    assert thoughts_of(another) == site.thoughts()


async def test_what_was_learnt_is_told_in_numbers_of_the_model(site: ModelSite) -> None:
    override = await site.teach(100, 0)
    assert override.learnt.startswith(("Between ", "At any hour ", "Little changes"))
    assert override.learnt.endswith(".")
