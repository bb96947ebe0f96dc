"""One order of wills for every actuator."""

from __future__ import annotations

import subprocess
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.rules.ranks import LASTING, Award, Claim, Rank, award, holder, rank_of, strongest

NOW = 1_000_000
CLAIMS = st.builds(
    Claim,
    st.just("fan/power"),
    st.sampled_from(Rank),
    st.integers(0, 100),
    st.sampled_from([f"rule:{name}" for name in "abcdef"]),
    st.integers(0, NOW),
    st.sampled_from([None, NOW - 1, NOW, NOW + 1, LASTING]),
)


def claim(rank: Rank, priority: int = 0, who: str = "", time_ms: int = 0, until_ms: int | None = LASTING) -> Claim:
    return Claim("fan/power", rank, priority, who or f"{rank.name}-{priority}-{time_ms}", time_ms, until_ms)


def ask(asked: Claim, *standing: Claim) -> Award:
    return award(asked, standing, NOW)


SAFETY, PERSON = claim(Rank.SAFETY, 95, "rule:frost"), claim(Rank.PERSON, 0, "anna")
HIGH, LOW = claim(Rank.RULE, 60, "rule:high"), claim(Rank.RULE, 40, "rule:low")
MODEL = claim(Rank.MODEL, 0, "window@3")


@pytest.mark.parametrize("asked", [SAFETY, PERSON, HIGH, LOW, MODEL])
def test_where_nobody_claims_anything_everybody_may(asked: Claim) -> None:
    assert ask(asked).allowed
    assert ask(asked).over is None


TABLE = [
    (SAFETY, PERSON, True), (SAFETY, HIGH, True), (SAFETY, MODEL, True),
    (PERSON, HIGH, True), (PERSON, MODEL, True),
    (HIGH, SAFETY, False), (HIGH, PERSON, False), (HIGH, LOW, True), (HIGH, MODEL, True),
    (LOW, SAFETY, False), (LOW, PERSON, False), (LOW, HIGH, False), (LOW, MODEL, True),
    (MODEL, SAFETY, False), (MODEL, PERSON, False), (MODEL, HIGH, False), (MODEL, LOW, False),
]  # fmt: skip


@pytest.mark.parametrize(("asked", "standing", "allowed"), TABLE)
def test_safety_goes_before_a_person_a_person_before_rules_and_rules_before_the_model(
    asked: Claim, standing: Claim, allowed: bool
) -> None:
    answer = ask(asked, standing)
    assert (answer.allowed, answer.over) == (allowed, standing)
    assert answer.words.startswith("goes before" if allowed else "held by")


def test_a_person_is_never_refused_but_told_what_it_goes_against() -> None:
    answer = ask(PERSON, SAFETY)
    assert answer.allowed
    assert answer.words == "goes against rule frost (95) while it holds"


def test_of_rules_of_equal_priority_the_later_has_its_way() -> None:
    first, second = claim(Rank.RULE, 50, "rule:a", 1), claim(Rank.RULE, 50, "rule:b", 2)
    assert ask(second, first).allowed
    assert not ask(first, second).allowed
    assert strongest([second, first]) is second


def test_what_a_rule_has_claimed_before_does_not_stand_in_its_own_way() -> None:
    assert ask(claim(Rank.RULE, 10, "rule:a", 1), claim(Rank.RULE, 90, "rule:a", 5)).over is None


def test_what_is_over_or_was_for_once_holds_nothing() -> None:
    assert ask(LOW, claim(Rank.RULE, 60, until_ms=NOW)).over is None
    assert ask(LOW, claim(Rank.RULE, 60, until_ms=None)).over is None


def test_another_actuator_is_another_matter() -> None:
    assert award(LOW, [Claim("fan/speed", Rank.SAFETY, 95, "rule:x", 0, LASTING)], NOW).over is None


def test_safety_begins_at_its_priority() -> None:
    assert [rank_of(priority) for priority in (0, 89, 90, 100)] == [Rank.RULE, Rank.RULE, Rank.SAFETY, Rank.SAFETY]


def test_who_holds_is_told_by_the_clock_of_the_site() -> None:
    until_ms = 1_782_044_400_000  # 2026-06-21 12:20 UTC
    assert holder(claim(Rank.RULE, 60, "rule:bath-air", until_ms=until_ms), ZoneInfo("Europe/Berlin")) == (
        "rule bath-air (60) until 14:20"
    )
    assert holder(claim(Rank.PERSON, 0, "anna", until_ms=until_ms)) == "anna until 12:20"
    assert holder(HIGH) == "rule high (60) while it holds"
    assert holder(claim(Rank.RULE, 60, "rule:high", until_ms=None)) == "rule high (60)"


@given(CLAIMS, st.lists(CLAIMS, max_size=6))
def test_whoever_may_is_stronger_than_all_or_a_person(asked: Claim, standing: list[Claim]) -> None:
    answer = award(asked, standing, NOW)
    others = [one for one in standing if one.who != asked.who and one.stands(NOW)]
    assert answer.allowed == (asked.rank is Rank.PERSON or all(_key(asked) >= _key(one) for one in others))
    assert (answer.over is None) == (not others)
    if answer.over is not None:
        assert all(_key(answer.over) >= _key(one) for one in others)


@given(st.lists(CLAIMS, min_size=1, max_size=6), st.randoms())
def test_there_is_one_winner_whatever_the_order(claims: list[Claim], chance: object) -> None:
    found = strongest(claims)
    assert found is not None
    assert [_key(one) for one in claims].count(_key(found)) >= 1
    again = strongest(claims[::-1])
    assert again is not None
    assert _key(again) == _key(found) == max(map(_key, claims))


@given(CLAIMS, st.lists(CLAIMS, max_size=5), CLAIMS)
def test_one_more_who_loses_changes_nothing(asked: Claim, standing: list[Claim], extra: Claim) -> None:
    before = award(asked, standing, NOW)
    if before.over is not None and _key(extra) < _key(before.over):
        assert award(asked, [extra, *standing], NOW) == before


def _key(one: Claim) -> tuple[int, int, int]:
    return one.rank, one.priority, one.time_ms


def test_nobody_but_the_arbiter_awards() -> None:
    found = subprocess.run(
        ["grep", "-rlE", r"\baward\(|import.*\baward\b", "gateway", "--include=*.py"],
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=False,
    ).stdout.split()
    assert sorted(found) == ["gateway/core/rules/ranks.py", "gateway/flow/decide/arbiter.py"]
