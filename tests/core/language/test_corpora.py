"""What the gateway makes of all sentences of the corpus: nearly all are right, and none moves anything wrongly."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.core.language.corpus import Judged, judged, right, rows

from .demo import demo, reader

FOLDER = Path(__file__).parent / "corpus"
FILES = sorted(path.name for path in FOLDER.glob("*.toml"))
ENOUGH = 0.95
BLIND_ENOUGH = 0.9
"""Of sentences that were written before anybody looked at a template."""


def all_of(name: str) -> list[Judged]:
    known = rows((FOLDER / name).read_text("utf-8"))
    return [one for row in known for one in judged(reader(), demo(), row)]


@pytest.mark.parametrize("name", FILES)
def test_a_corpus_is_understood_and_nothing_moves_wrongly(name: str) -> None:
    found = all_of(name)
    assert [one.say for one in found if one.wrong_actuation] == []
    missed = [one.say for one in found if not one.right]
    assert right(found) >= (BLIND_ENOUGH if name.startswith("blind") else ENOUGH), missed


def test_the_corpus_is_large_and_a_third_of_it_are_traps() -> None:
    found = [one for name in FILES if not name.startswith("blind") for one in all_of(name)]
    assert len(found) >= 400
    assert 3 * sum(bool(one.trap) for one in found) >= len(found)
