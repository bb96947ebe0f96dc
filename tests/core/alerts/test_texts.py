"""What messages say, to the letter."""

from __future__ import annotations

from datetime import UTC
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some
from msgspec.structs import replace

from gateway.core.alerts.alert import Alert, AlertKind
from gateway.core.alerts.texts import LATE_MS, MOST_UNITS, cut, lasting, message, of_breach, parcel_of, plain
from gateway.core.home import Breach

BERLIN = ZoneInfo("Europe/Berlin")
MIN = 60_000
BEGAN = 1_772_542_920_000
"""2026-03-03T13:02Z: 14:02 in Berlin."""
BREACH = Breach("soil_moisture", 15.2, "min", 20.0)
FERN = Alert(
    id="9f00000000000001",
    key="breach/fern/soil_moisture/fern-1",
    kind=AlertKind.BREACH,
    level="warning",
    title="Fern",
    text=BREACH.text,
    human=of_breach("Fern", "soil_moisture", "min"),
    opened_ms=BEGAN,
)
NODE = replace(
    FERN,
    kind=AlertKind.OFFLINE,
    title="Greenhouse node",
    text="is offline: no heartbeat for 3 min, last heard 14:02",
    human="",
)


def said(alert: Alert, part: str = "open", after_ms: int = 0, **more: Any) -> str:
    now_ms = BEGAN + after_ms
    return message([parcel_of(alert, part, "telegram/42", now_ms, BERLIN)], now_ms, BERLIN, **more)


def test_a_breach_has_the_words_of_the_document_and_a_sentence() -> None:
    assert said(FERN) == (
        "⚠ Fern: soil_moisture is 15.2, threshold min 20.0\nFern's soil is drier than it should be, since 14:02."
    )


def test_its_end_says_how_long_it_lasted() -> None:
    over = replace(FERN, over_ms=BEGAN + 48 * MIN, over_text="soil_moisture is 21.3 again", told_ms=BEGAN)
    assert said(over, "over", 50 * MIN) == "✅ Fern: soil_moisture is 21.3 again. It lasted 48 min."


def test_what_began_and_ended_unsaid_is_one_message() -> None:
    over = replace(FERN, over_ms=BEGAN + 48 * MIN, over_text="soil_moisture is 21.3 again")
    assert said(over, "both", 60 * MIN) == (
        "✅ Fern: soil_moisture is 15.2, threshold min 20.0\n"
        "Over since 14:50: soil_moisture is 21.3 again. It lasted 48 min.\n"
        "late: it happened on 3 March at 14:02, 1 h ago"
    )


def test_a_node_that_is_away_is_a_sentence() -> None:
    assert said(NODE) == "⚠ Greenhouse node is offline: no heartbeat for 3 min, last heard 14:02."
    back = replace(NODE, over_ms=BEGAN + 14 * MIN, over_text="is back")
    assert said(back, "over", 16 * MIN) == "✅ Greenhouse node is back. It lasted 14 min."


def test_an_alarm_said_again_says_why() -> None:
    alarm = replace(FERN, level="alarm", told_ms=BEGAN)
    assert said(alarm).startswith("⛔ Fern: soil_moisture")
    again = said(alarm, "again-1", 30 * MIN)
    assert again.startswith(
        "🔁 Fern: soil_moisture is 15.2, threshold min 20.0\nNobody has acknowledged it for 30 min."
    )
    assert "late" not in again


def test_a_notice_is_the_rules_own_words() -> None:
    notice = replace(FERN, kind=AlertKind.NOTICE, title="Rule", text="The bath is ready", human="", level="info")
    assert said(notice) == "ℹ The bath is ready"


def test_what_came_and_went_is_counted() -> None:
    often = replace(FERN, times=3, first_ms=BEGAN - 22 * MIN)
    assert said(often).endswith("since 14:02. 3 times since 13:40.")


@pytest.mark.parametrize(("after_ms", "late"), [(0, False), (LATE_MS - 1, False), (LATE_MS, True)])
def test_from_five_minutes_on_it_is_late(after_ms: int, late: bool) -> None:
    parcel = parcel_of(FERN, "open", "telegram/42", BEGAN, BERLIN)
    assert ("\nlate: it happened on 3 March at 14:02, 5 min ago" in message([parcel], BEGAN + after_ms, BERLIN)) is late


def test_the_last_line_has_only_what_holds() -> None:
    parcel = parcel_of(replace(FERN, simulated=True), "open", "telegram/42", BEGAN, BERLIN)
    later = BEGAN + 185 * MIN
    assert message([parcel], later, BERLIN, repeat=True).split("\n")[-1] == (
        "SIMULATED · late: it happened on 3 March at 14:02, 3 h 5 min ago · perhaps a repetition"
    )
    assert message([parcel], BEGAN, BERLIN).split("\n")[-1] == "SIMULATED"


def test_bare_text_has_no_symbols_and_loses_nothing_else() -> None:
    text = said(replace(FERN, text="temperature is 15.2 °C, größer", human="🌱 Grünes · ¼"), bare=True)
    assert text == "Fern: temperature is 15.2 °C, größer\nGrünes · ¼, since 14:02."
    for level in ("info", "warning", "alarm"):
        assert said(replace(FERN, level=level), bare=True).startswith("Fern: ")
    for part in ("over", "both", "again-1"):
        assert said(FERN, part, bare=True).startswith("Fern: ")


@pytest.mark.parametrize(
    ("metric", "direction", "sentence"),
    [
        ("soil_moisture", "max", "Fern's soil is wetter than it should be"),
        ("temperature", "min", "Fern is colder than it should be"),
        ("humidity", "max", "Fern has damper air than it should have"),
        ("light_level", "min", "Fern has less light than it should have"),
        ("leaf_wetness", "max", "Fern: leaf wetness is higher than it should be"),
    ],
)
def test_every_limit_has_a_sentence(metric: str, direction: str, sentence: str) -> None:
    assert of_breach("Fern", metric, direction) == sentence


def test_many_are_a_line_each() -> None:
    parcels = [
        parcel_of(replace(NODE, title=f"Node {number}", simulated=number == 25), "open", "t/1", BEGAN, UTC)
        for number in range(30)
    ]
    lines = message(parcels, BEGAN, UTC).split("\n")
    assert len(lines) == 22
    assert lines[0].startswith("⚠ Node 0 is offline")
    assert lines[20:] == ["… and 10 more", "SIMULATED"]


def test_every_message_has_buttons_of_its_own_that_telegram_takes() -> None:
    seen = set()
    for part in ("open", "again-1", "again-10", "over", "both"):
        parcel = parcel_of(FERN, part, "telegram/42", BEGAN, UTC)
        assert parcel.id == f"{FERN.id}-{part}@telegram/42"
        assert all(len(data.encode()) <= 30 for _, data in parcel.buttons)
        seen.add(parcel.buttons)
    assert len(seen) == 5


def test_a_name_cannot_make_a_line_of_its_own() -> None:
    assert said(replace(FERN, title="Fern\nSIMULATED", human="")).count("\n") == 0


def test_the_day_is_said_of_what_began_on_another() -> None:
    assert "since 3 March at 14:02." in said(FERN, after_ms=24 * 60 * MIN)


@pytest.mark.parametrize(
    ("ms", "words"),
    [(-5, "0 s"), (59_999, "59 s"), (48 * MIN, "48 min"), (185 * MIN, "3 h 5 min"), (180 * MIN, "3 h"),
     (52 * 60 * MIN, "2 days 4 h"), (24 * 60 * MIN, "1 day"), (12 * 1440 * MIN + 60 * MIN, "12 days")],
)  # fmt: skip
def test_spans_are_told_in_two_units(ms: int, words: str) -> None:
    assert lasting(ms) == words


@given(some.text(max_size=300), some.integers(1, 200))
def test_what_is_cut_fits_and_begins_as_it_did(text: str, units: int) -> None:
    short = cut(text, units)
    assert len(short.encode("utf-16-le", "surrogatepass")) <= 2 * units
    assert text.startswith(short.removesuffix("…")) or short == text


@given(some.text(max_size=9000))
def test_no_text_is_too_long_for_a_message(text: str) -> None:
    words = said(replace(FERN, human=text, simulated=True), after_ms=10 * MIN)
    assert len(words.encode("utf-16-le")) <= 2 * MOST_UNITS
    assert words.endswith("ago")
    assert plain(plain(text)) == plain(text)
