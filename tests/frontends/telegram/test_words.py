"""Small pure parts: buttons, ages, lengths, and what is loaded when."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from gateway.frontends.telegram import markup
from gateway.frontends.telegram.age import doubt, span
from gateway.frontends.telegram.brake import Brake
from gateway.frontends.telegram.heard import Heard
from gateway.frontends.telegram.markup import Press
from gateway.frontends.telegram.post import cut
from tests.fakes import START_MS
from tests.frontends.telegram.test_channel import parcel

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ("data", "means"),
    [
        ("a:00ff-open", Press("ack", "00ff")),
        ("m:00ff-again-1", Press("mute", "00ff")),
        ("y:p1", Press("yes", "p1")),
        ("n:p1", Press("no", "p1")),
        ("p:p1:2", Press("pick", "p1", 2)),
        ("p:p1:x", None),
        ("p::2", None),
        ("h:fern-1/soil_moisture", Press("history", "fern-1/soil_moisture")),
        ("s:abc", Press("seen", "abc")),
        ("z:abc", None),
        ("a:", None),
        ("", None),
        ("yes", None),
    ],
)
def test_a_press_means_what_its_button_was_made_for(data: str, means: Press | None) -> None:
    assert markup.press(data) == means


@given(st.text(max_size=70))
def test_no_press_is_a_mistake(data: str) -> None:
    markup.press(data)


def test_every_durable_message_has_buttons_no_other_has() -> None:
    one, other = parcel(1), parcel(2)
    assert markup.of_parcel(one, bare=False) == one.buttons
    plain, others = replace(one, buttons=()), replace(other, buttons=())
    assert markup.of_parcel(plain, bare=False) != markup.of_parcel(others, bare=False)
    assert markup.of_parcel(one, bare=True) == markup.of_parcel(plain, bare=True)
    long = replace(one, buttons=(("A", "a:" + "x" * 80),))
    assert all(len(data.encode()) <= 64 for _, data in markup.of_parcel(long, bare=False))


def test_choices_that_do_not_fit_into_a_button_are_left_out() -> None:
    assert markup.of_proposal("p" * 62, ("One",)) == (("None of these", "n:" + "p" * 62),)
    assert markup.of_series((("d" * 60, "temperature"), ("fern", "soil_moisture"))) == (
        ("History", "h:fern/soil_moisture"),
    )
    assert markup.of_series(()) == ()


def said(age_s: int) -> Heard:
    return Heard(update=1, kind="text", sent_s=START_MS // 1000 - age_s)


@pytest.mark.parametrize(
    ("age_s", "known", "late", "words"),
    [
        (0, True, True, ""),
        (120, True, False, ""),
        (121, True, False, "You wrote this 2 min ago"),
        (20 * 3600, True, False, "You wrote this 20 h ago"),
        (5 * 86_400, True, False, "You wrote this 5 days ago"),
        (-60, True, False, ""),
        (-3600, True, False, "later than here"),
        (0, False, True, "do not know the time"),
        (99_999, False, False, ""),
    ],
)
def test_an_order_is_doubted_by_its_age(age_s: int, known: bool, late: bool, words: str) -> None:
    found = doubt(said(age_s), START_MS, known=known, late=late)
    assert (words in found) if words else found == ""


def test_lengths_of_time_are_said_roughly() -> None:
    assert [span(ms) for ms in (60_000, 7_140_000, 7_200_000, 200_000_000)] == ["1 min", "119 min", "2 h", "2 days"]


@given(st.text(max_size=300), st.integers(1, 50))
def test_a_text_is_cut_in_the_units_of_telegram(text: str, most: int) -> None:
    short = cut(text, most)
    assert 1 <= len(short.encode("utf-16-le", "surrogatepass")) // 2 <= most
    assert short == short.strip() or not text.strip()


def test_a_clock_that_was_set_does_not_lock_anybody_out_for_ever() -> None:
    brake = Brake()
    for _ in range(5):
        brake.wrong(1, START_MS)
    assert not brake.may_try(1, START_MS)
    assert brake.may_try(2, START_MS)
    assert brake.may_try(1, START_MS - 10 * 3_600_000)


def loaded(statement: str) -> set[str]:
    script = f"{statement}\nimport sys\nprint(*{{name.partition('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    return set(done.stdout.split())


def test_without_a_token_no_library_of_telegram_is_loaded() -> None:
    modules = loaded(
        "import gateway.frontends.telegram.telegram, gateway.frontends.telegram.pictures, "
        "gateway.frontends.telegram.people, gateway.backends.outside"
    )
    assert modules & {"telegram", "httpx", "certifi", "apprise"} == set()


def test_with_a_token_neither_the_updater_nor_a_bundle_of_authorities_is_loaded() -> None:
    script = (
        "import gateway.frontends.telegram.api, sys\n"
        "assert 'telegram.ext' not in sys.modules\n"
        "import ssl\n"
        "made = []\nssl.create_default_context = lambda *a, **k: made.append(1)\n"
        "gateway.frontends.telegram.api.BotApi('1:x', 'https://api.telegram.org', None)\n"
        "assert made == []"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", script], check=True, cwd=ROOT)
