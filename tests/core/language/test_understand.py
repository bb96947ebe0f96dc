"""Sentences from words to what they mean: what is done, what is asked, what is left alone."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.core.language.house import House
from gateway.core.language.intent import MOVING, Candidate, Talk
from gateway.core.language.understand import Reader

from .demo import demo, device, grammar, in_house, read, reader, room

FAN = Candidate("asset", "bathroom-fan", "Bathroom fan")


def test_an_order_acts_at_once_only_when_it_is_plain() -> None:
    assert read("turn on the bathroom fan").confirm == ""
    for text in ("turn on the fan", "I want to turn on the bathroom fan", "open the windows", "bathroom fan on"):
        intent = read(text)
        assert intent.kind == "command"
        assert intent.confirm, text


def test_what_was_corrected_is_told_and_asked_about() -> None:
    intent = read("turn on the bathrom fan")
    assert intent.corrected == (("bathrom", "bathroom"),)
    assert "bathrom" in intent.confirm


def test_a_question_needs_no_yes_although_it_was_corrected() -> None:
    intent = read("temprature in the bathroom")
    assert (intent.kind, intent.place, intent.confirm) == ("query", "bathroom", "")


def test_a_house_may_ask_about_every_order() -> None:
    careful = House(things=demo().things, metrics=demo().metrics, act_at_once=False)
    assert Reader(careful, grammar()).read("turn on the bathroom fan").intent.confirm


def test_it_is_what_was_spoken_of() -> None:
    intent = read("turn it off", Talk(last=FAN))
    assert (intent.action, intent.device) == ("turn_off", "bathroom-fan")
    assert intent.confirm
    assert read("turn it off").kind == "question"


def test_what_was_offered_can_be_picked_by_its_name() -> None:
    offered = (Candidate("device", "bedroom-window", "Bedroom window"),)
    assert read("the bedroom window", Talk(offered=offered)).action == "pick"


def test_several_sentences_are_done_all_or_none() -> None:
    both = read("Turn on the pump. Close the bedroom window.")
    assert (both.kind, len(both.also)) == ("command", 1)
    assert both.confirm
    assert read("Turn on the pump. Frobnicate the zorp.").kind == "question"
    assert read("Turn on the pump. No wait.").kind == "question"
    assert read("Hello! Turn on the pump. Thanks!").kind == "command"


def test_too_much_is_not_read() -> None:
    assert read("turn on the pump " * 30).kind == "question"
    assert read("").kind == "none"


def test_names_may_be_anything() -> None:
    nasty = ("Fan (old)", "{thing}", "tta", "Küche", "Fan 2", "Anna's room fan", "Do not touch pump", "x" * 80)
    for name in nasty:
        made = in_house(device("fan", "the-fan", name))
        intent = made.read(f"turn on {name}").intent
        assert (intent.kind, intent.device) == ("command", "the-fan"), name


@pytest.mark.parametrize("said", ["Küche", "Kueche", "kuche", "KÜCHE"])
def test_umlauts_are_written_in_any_way(said: str) -> None:
    made = in_house(room("kitchen", "Küche"))
    assert made.read(f"temperature in the {said}").intent.place == "kitchen"


@pytest.mark.parametrize("name", ["On", "Off", "Not", "all", "it", "the"])
def test_a_name_of_small_words_swallows_no_sentence(name: str) -> None:
    made = in_house(device("fan", "odd", name), device("pump", "pump", "Pump"))
    assert made.read("turn off the pump").intent.device == "pump"
    assert made.read("don't turn on the pump").intent.kind == "none"


def test_a_guard_inside_of_a_name_is_part_of_the_name() -> None:
    made = in_house(device("pump", "danger", "Do not touch pump"))
    assert made.read("turn on the do not touch pump").intent.device == "danger"
    assert made.read("do not turn on the do not touch pump").intent.kind == "none"


def test_two_of_a_kind_are_asked_about() -> None:
    made = in_house(device("fan", "one", "Fan one"), device("fan", "two", "Fan two"))
    intent = made.read("turn on the fan").intent
    assert intent.kind == "question"
    assert {one.id for one in intent.candidates} == {"one", "two"}


def test_a_large_house_is_read_as_a_small_one() -> None:
    things = [device("fan", f"fan-{number}", f"Fan {number}") for number in range(500)]
    made = in_house(*things)
    assert made.read("turn on fan 321").intent.device == "fan-321"
    assert made.read("turn on fan 777").intent.kind not in MOVING


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=120))
def test_any_text_is_read_without_moving_anything(text: str) -> None:
    assert reader().read(text).intent.kind not in MOVING


WORDS = sorted(grammar().vocabulary)


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_any_heap_of_known_words_is_read(seed: int) -> None:
    """Salads of the vocabulary, names and numbers: nothing is raised."""
    source = random.Random(seed)
    pool = [*WORDS, "bathroom", "fan", "window", "40", "percent", "humidity", "10", "minutes", "boiler", "the", "not"]
    reader().read(" ".join(source.choice(pool) for _ in range(source.randint(1, 12))))


ORDERS = (
    ("turn on the bathroom fan", {"on": "off"}),
    ("switch off the pump", {"off": "on"}),
    ("open the bedroom window", {"open": "close"}),
    ("close the living room window", {"close": "open"}),
    ("set the boiler to 50 degrees", {"50": "55"}),
    ("open the bedroom window to 40 percent", {"40": "60"}),
)


@pytest.mark.parametrize(("order", "changes"), ORDERS)
def test_another_word_in_an_order_is_another_order(order: str, changes: dict[str, str]) -> None:
    plain = read(order)
    assert plain.kind == "command"
    for was, now in changes.items():
        other = read(order.replace(was, now))
        assert other.kind == "command"
        assert (other.action, other.value) != (plain.action, plain.value)


@pytest.mark.parametrize(("order", "changes"), ORDERS)
@pytest.mark.parametrize(
    "guard", ["don't", "never", "maybe", "Anna said", "what if I", "should I", "how do I", "suppose I"]
)
def test_no_order_is_done_behind_a_guard(order: str, changes: dict[str, str], guard: str) -> None:
    assert read(f"{guard} {order}").kind not in MOVING


WINDOWS = Talk(
    offered=(
        Candidate("device", "living-room-window", "Living room window"),
        Candidate("device", "bedroom-window", "Bedroom window"),
    )
)


@pytest.mark.parametrize(
    "text", ["the bedroom one", "bedroom", "the one in the bedroom", "the bedroom window", "the second one"]
)
def test_what_was_offered_is_picked_by_where_it_is(text: str) -> None:
    intent = read(text, WINDOWS)
    assert (intent.action, [one.id for one in intent.candidates]) == ("pick", ["bedroom-window"])


def test_what_fits_both_is_not_picked() -> None:
    assert read("the window", WINDOWS).action != "pick"
