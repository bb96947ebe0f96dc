"""The estimate of a card's life: its arithmetic, its words, and when it rather says nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.backends.machine.life import amount, estimate, span
from gateway.backends.machine.volume import ChipHealth, Kind, Volume, volume

from . import boards

DAY_S = 86_400.0
GB = 10**9
CARD = Volume("/", "ext4", ("rw",), kind=Kind.SD, size_bytes=32 * GB)


def test_a_card_s_life_follows_from_its_size_and_what_reaches_it() -> None:
    found = estimate(CARD, 1.0 * GB, DAY_S)
    # 32 GB x 300 rewrites, of which a gigabyte a day takes four.
    assert found.years == pytest.approx(32 * 300 / 4 / 365.25, abs=0.01)
    assert found.text == "about 7 years"
    assert found.basis == (
        "1.0 GB a day reach the disk from all programs, 4 times that its flash memory; "
        "guessed: its 32 GB endure 300 rewrites"
    )


def test_writing_less_makes_it_last_longer_and_what_was_written_before_is_gone() -> None:
    little = estimate(CARD, 0.15 * GB, DAY_S)
    used = estimate(CARD, 0.15 * GB, DAY_S, before=1200 * GB)
    assert little.text == "about 44 years"
    assert used.years == pytest.approx((little.years or 0) / 2, abs=0.01)


def test_what_the_maker_promises_goes_before_the_guess() -> None:
    found = estimate(CARD, 1.0 * GB, DAY_S, endurance_tb=40)
    assert found.years == pytest.approx(40_000 / 4 / 365.25, abs=0.01)
    assert "said to endure 40 TB" in found.basis


def test_a_card_past_its_guess_is_not_called_dead() -> None:
    found = estimate(CARD, 1.0 * GB, DAY_S, before=100_000 * GB)
    assert (found.years, found.text) == (0.0, "past what is expected of it")


@pytest.mark.parametrize(("measured_s", "per_day"), [(600.0, 1.0 * GB), (DAY_S, None)])
def test_nothing_is_said_before_enough_was_measured(measured_s: float, per_day: float | None) -> None:
    found = estimate(CARD, per_day, measured_s)
    assert (found.years, found.text) == (None, "not known yet")


@pytest.mark.parametrize("kind", [Kind.VIRTUAL, Kind.MEMORY, Kind.HARD_DISK, Kind.UNKNOWN])
def test_what_does_not_wear_or_cannot_be_seen_is_not_estimated(kind: Kind) -> None:
    found = estimate(Volume("/", "ext4", (), kind=kind, size_bytes=10**12), 1.0 * GB, DAY_S)
    assert (found.years, found.text) == (None, "not estimated")
    assert found.basis


def test_a_virtual_disk_is_estimated_when_its_endurance_is_told() -> None:
    found = estimate(Volume("/", "ext4", (), kind=Kind.VIRTUAL), 1.0 * GB, DAY_S, endurance_tb=150)
    assert found.text == "more than 100 years"


def test_an_emmc_that_says_half_is_used_has_half_left(tmp_path: Path) -> None:
    boards.compute_module(tmp_path)
    on = volume(Path("/var/lib/gateway"), tmp_path)
    new = estimate(on, 10.0 * GB, DAY_S, chip=ChipHealth(1, 1))
    half = estimate(on, 10.0 * GB, DAY_S, chip=ChipHealth(6, 1))
    assert half.years == pytest.approx((new.years or 0) / 2, abs=0.01)


@pytest.mark.parametrize("chip", [ChipHealth(11, 1), ChipHealth(3, 3)])
def test_an_emmc_that_says_it_is_used_up_is_believed_at_once(chip: ChipHealth) -> None:
    emmc = Volume("/", "ext4", (), kind=Kind.EMMC, size_bytes=32 * GB)
    assert estimate(emmc, None, 0, chip=chip).text == "used up"


@pytest.mark.parametrize(
    ("years", "words"),
    [
        (1000, "more than 100 years"), (40.2, "about 40 years"), (3, "about 3 years"), (2.0, "about 24 months"),
        (1.17, "about 14 months"), (0.2, "about 10 weeks"), (0.001, "about 1 weeks"),
    ],
)  # fmt: skip
def test_long_times_are_told_as_people_tell_them(years: float, words: str) -> None:
    assert span(years) == words.replace("1 weeks", "1 week")


@pytest.mark.parametrize(
    ("count", "words"),
    [(0, "0 B"), (999, "999 B"), (1500, "1.5 kB"), (999_600, "1.0 MB"), (31.9e9, "32 GB"), (2.5e12, "2.5 TB")],
)
def test_bytes_are_told_as_people_tell_them(count: float, words: str) -> None:
    assert amount(count) == words
