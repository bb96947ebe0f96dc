"""Names, kinds, metrics, numbers and times in a sentence."""

from __future__ import annotations

from gateway.core.language.house import House
from gateway.core.language.kinds import kind_words, metric_words, of_kind
from gateway.core.language.lexicon import MOST_TAGGINGS, Lexicon
from gateway.core.language.numbers import Amount
from gateway.core.language.tagged import Lasting, Metric, Named, When
from gateway.core.language.words import read

from .demo import demo, device, grammar, room

LEXICON = Lexicon(demo(), grammar().vocabulary)


def found(text: str, lexicon: Lexicon = LEXICON) -> list[object]:
    return [atom.meaning for atom in lexicon.choices(read(text).texts)[0]]


def names(text: str, lexicon: Lexicon = LEXICON) -> list[set[str]]:
    return [{thing.id for thing in one.things} for one in found(text, lexicon) if isinstance(one, Named)]


def test_the_longest_name_is_taken() -> None:
    assert names("turn on the bathroom fan") == [{"bathroom-fan"}]
    assert names("the living room window") == [{"living-room-window"}]


def test_names_are_found_by_synonym_id_and_however_they_are_divided() -> None:
    for said in ("extractor", "bath fan", "bathroom-fan", "bathroomfan", "bath room fan"):
        assert names(said) == [{"bathroom-fan"}], said


def test_a_kind_is_known_beside_a_name() -> None:
    (fan,) = [one for one in found("the fan") if isinstance(one, Named)]
    assert (fan.kind, fan.plural, {thing.id for thing in fan.things}) == ("fan", False, {"ventilation"})
    (windows,) = [one for one in found("the windows") if isinstance(one, Named)]
    assert (windows.kind, windows.plural, windows.things) == ("window", True, ())


def test_metrics_numbers_and_times_are_found() -> None:
    assert found("soil moisture") == [Metric("soil_moisture")]
    assert found("air quality") == [Metric("co2")]
    assert found("40 percent for 10 minutes at 7 pm") == [
        Amount(value=40, unit="%"),
        Lasting(600),
        When(at="19:00"),
    ]


def test_words_that_may_be_plain_words_are_also_left_as_they_are() -> None:
    ways = LEXICON.choices(read("turn it off").texts)
    assert len(ways) == 2
    assert ways[1] == ()


def test_there_are_few_ways_to_take_a_sentence() -> None:
    text = "it them that this there it them that this there light power current speed open position"
    assert len(LEXICON.choices(read(text).texts)) <= MOST_TAGGINGS


def test_a_name_of_small_words_is_never_found() -> None:
    lexicon = Lexicon(House(things=(device("fan", "odd", "Off", "all"),)), frozenset())
    assert names("turn off all", lexicon) == []


def test_rules_are_found_where_a_rule_is_said() -> None:
    lexicon = Lexicon(
        House(things=(), rules=(("damp", "Damp air"),), scenes=(("film", "Movie"),)), frozenset({"movie"})
    )
    assert [getattr(one, "id", "") for one in found("enable the damp air rule", lexicon)] == ["damp"]
    assert [getattr(one, "id", "") for one in found("rule called damp air", lexicon)] == ["damp"]
    assert [getattr(one, "id", "") for one in found("movie scene", lexicon)] == ["film"]


def test_kinds_a_house_has_by_itself_are_words_too() -> None:
    words = kind_words((device("fan", "one", "One"), room("bath", "Bath")))
    assert words["windows"] == ("window", True)
    assert words["extractorfan"] == ("fan", False)
    own = kind_words((device("fan", "one", "One").__class__(what="device", id="v", name="V", kind="ball_valve"),))
    assert own["ballvalve"] == ("ball_valve", False)


def test_a_thing_is_of_its_kind() -> None:
    window, bath = device("window", "w", "W"), room("bath", "Bath")
    assert of_kind(window, "window")
    assert of_kind(window, "device")
    assert not of_kind(bath, "window")
    assert of_kind(bath, "room")


def test_metrics_of_this_house_have_their_own_words() -> None:
    assert metric_words(("tank_fill",))["tankfill"] == "tank_fill"
    assert "hot" not in metric_words(())
