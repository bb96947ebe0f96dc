"""The model behind the series is asked when there is something to ask; without an answer the formula judges."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence

import pytest

from gateway.core.errors import StoreError
from gateway.flow.anomalies.fusion import Fusion
from tests.flow.anomalies.site import Site


class Answers:
    """A model that says the same each time; None: it has no answer."""

    name, version, label, runtime = "anomaly", 2, "anomaly@2", "test"

    def __init__(self, says: float | None) -> None:
        self.says = says
        self.asked: list[Sequence[float]] = []

    @property
    def active(self) -> Answers:
        return self

    def ask(self, row: Sequence[float]) -> tuple[float, ...]:
        self.asked.append(row)
        return None if self.says is None else (self.says,)  # type: ignore[return-value]

    def close(self) -> None:
        pass


def known(fusion: Fusion) -> Site:
    """A room of four days."""
    site = Site(fusion=fusion)
    for minute in range(4 * 1440):
        site.says("room-1", temperature=21.0 + math.sin(minute / 1440 * 2 * math.pi) + 0.1 * math.sin(minute * 2.39))
        site.turn(minutes=1)
    return site


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


@pytest.mark.parametrize(
    ("says", "label", "opened"),
    [(0.9, "anomaly@2", 1), (0.0, "", 0), (None, "", 1)],
    ids=["strange", "usual", "silent"],
)
async def test_the_model_has_the_word_and_without_one_the_formula(says: float | None, label: str, opened: int) -> None:
    model, loads = Answers(says), 0

    async def load() -> Answers:
        nonlocal loads
        loads += 1
        return model

    fusion = Fusion(load)
    site = known(fusion)
    await settled()
    assert model.asked == []
    fusion.want()
    fusion.want()
    await settled()
    assert loads == 1
    assert fusion.label == "anomaly@2"
    site.says("room-1", temperature=31.4)
    site.turn(s=1)
    assert len(model.asked) == 1
    found = site.episodes.open()
    assert len(found) == opened
    assert [one.model for one in found] == [label] * opened


async def test_what_is_strange_before_the_model_is_there_is_judged_by_the_formula_and_asks_for_it() -> None:
    model = Answers(0.9)

    async def load() -> Answers:
        return model

    site = known(Fusion(load))
    site.says("room-1", temperature=31.4)
    site.turn(s=1)
    assert [one.model for one in site.episodes.open()] == [""]
    assert model.asked == []
    await settled()
    site.clock.advance(minutes=2)
    site.says("room-1", temperature=9999.0)
    site.turn(s=1)
    assert len(model.asked) == 1


async def test_a_model_that_could_not_be_loaded_is_asked_for_again(caplog: pytest.LogCaptureFixture) -> None:
    tries = 0

    async def load() -> Answers:
        nonlocal tries
        tries += 1
        raise StoreError("the disk is gone")

    fusion = Fusion(load)
    for _ in range(2):
        fusion.want()
        await settled()
    assert tries == 2
    assert fusion.fuse() is None
    assert "the disk is gone" in caplog.text
