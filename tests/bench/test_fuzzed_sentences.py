"""The second opinion about orders, and sentences made by chance."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.bench.fuzzed_sentences import Fuzz
from gateway.bench.plain_orders import PlainOrders, plain
from gateway.core.language.corpus import Row, rows
from gateway.core.language.grammar import Grammar
from gateway.core.language.intent import NOTHING, Intent, Talk, Understood
from gateway.core.language.understand import Reader
from gateway.flow.chat.families import families
from gateway.simulator.site import demo_site
from gateway.simulator.site_house import house_of

HOUSE = house_of(demo_site())
CORPUS = Path("tests/core/language/corpus")


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("Please turn on the pump!", ("turn_on", "circulation-pump", None)),
        ("could you switch the bath fan off", ("turn_off", "bathroom-fan", None)),
        ("open the bedroom window to 40 %", ("set_position", "bedroom-window", 40.0)),
        ("close the window in the bedroom", ("set_position", "bedroom-window", 0.0)),
        ("set the boiler to 50 °C", ("set_temperature", "water-heater", 50.0)),
        ("bathroom fan to 60 percent", ("set_speed", "bathroom-fan", 60.0)),
        ("turn of the pump", None),
        ("don't turn on the pump", None),
        ("turn on pump off", None),
        ("open the bedroom window to -5 percent", None),
        ("could turn on the garage", None),
        ("is the pump on", None),
    ],
)
def test_a_plain_order_is_known_by_its_form_alone(text: str, order: tuple[str, str, float | None] | None) -> None:
    wanted = PlainOrders(HOUSE).wanted(text)
    if order is None:
        assert wanted == ()
    else:
        action, device, value = order
        assert {
            "kind": "command",
            "action": action,
            "device": device,
            **({} if value is None else {"value": value}),
        } in wanted


def test_a_sentence_of_the_corpus_is_plain_too() -> None:
    (row,) = rows('[[row]]\nwant = { kind = "rule" }\nsay = ["Every day at 7, feed the cat!"]')
    assert PlainOrders(HOUSE, [row]).wanted("every day at 7 feed the cat") == ({"kind": "rule"},)


def test_an_order_under_a_condition_is_a_rule() -> None:
    rule = {"kind": "rule", "action": "turn_on", "device": "circulation-pump"}
    for text in ("turn on the pump when it rains", "run the pump if the humidity in the bathroom is above 70 %"):
        assert rule in PlainOrders(HOUSE).wanted(text)
    for text in ("turn on the pump when it suits you", "turn on the garage when it rains", "if it rains"):
        assert PlainOrders(HOUSE).wanted(text) == ()


def test_articles_marks_and_courtesy_are_left_out() -> None:
    assert plain("Hey, could you open the Bedroom's window to 40%, please?") == "open bedroom 's window to 40 %"


class _Reckless(Reader):
    """Takes everything for one order, or fails."""

    def __init__(self, intent: Intent | None) -> None:
        self._always = intent

    def read(self, text: str, talk: Talk = NOTHING) -> Understood:
        if self._always is None:
            raise ValueError(text)
        return Understood(intent=self._always)


def _rows() -> list[Row]:
    return [row for file in sorted(CORPUS.glob("*.toml")) for row in rows(file.read_text())]


def test_a_reader_that_moves_too_much_or_falls_over_is_found_out() -> None:
    order = Intent(kind="command", action="turn_on", device="circulation-pump")
    found = Fuzz(_Reckless(order), HOUSE, _rows(), 1).run(500)
    assert len(found.actions) > 400
    assert found.crashes == ()
    assert len(Fuzz(_Reckless(None), HOUSE, _rows(), 1).run(50).crashes) == 50


def test_the_same_seed_makes_the_same_sentences() -> None:
    order = Intent(kind="command", action="turn_on", device="circulation-pump")
    first, second, other = (Fuzz(_Reckless(order), HOUSE, _rows(), seed).run(100).actions for seed in (1, 1, 2))
    assert first == second != other


def _fuzzed(count: int, seed: int) -> None:
    reader = Reader(HOUSE, Grammar(families()))
    found = Fuzz(reader, HOUSE, _rows(), seed).run(count)
    assert (found.crashes, found.actions) == ((), ())


def test_sentences_made_by_chance_move_nothing() -> None:
    _fuzzed(1_000, 8)


@pytest.mark.soak
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("seed", range(5))
def test_ten_thousand_of_them_move_nothing(seed: int) -> None:
    _fuzzed(10_000, seed)
