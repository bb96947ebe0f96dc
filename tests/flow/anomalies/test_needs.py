"""What people say moves a need, and taking it back leaves no trace, in whatever order it comes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from gateway.core.insight import Episode, Nature, Signal, Verdict
from gateway.flow.anomalies.demands import Demands
from gateway.flow.anomalies.folds import Folds, flag_key, machine_key, series_key
from gateway.flow.anomalies.incident import Heard

HOUR, DAY = 3_600_000, 86_400_000


def episode(
    number: int, verdict: Verdict = Verdict.NONE, *, nature: Nature = Nature.UNUSUAL, at_ms: int = 0
) -> Episode:
    signal = Signal(nature, "room-1", "co2", at_ms, 0.6, 0.5, "co2 is high")
    return Episode(
        id=f"{number:016x}",
        asset="living",
        device="room-1",
        metric="co2",
        nature=nature,
        opened_ms=at_ms,
        seen_ms=at_ms,
        closed_ms=at_ms,
        score=0.6,
        need=0.5,
        reason="co2 is high",
        signals=(signal,),
        verdict=verdict,
    )


def demands(folds: list[Episode]) -> Demands:
    made = Demands(60, lambda place: 1, lambda asset: False, lambda place, now_ms: ())
    for one in folds:
        made.folds.put(one)
    return made


words = st.lists(st.tuples(st.integers(0, 4), st.sampled_from(list(Verdict))), max_size=30)


@given(words)
def test_any_order_of_words_and_undos_is_the_fold_of_what_counts_in_the_end(said: list[tuple[int, Verdict]]) -> None:
    step_by_step = demands([episode(number) for number in range(5)])
    last = dict.fromkeys(range(5), Verdict.NONE)
    for number, verdict in said:
        step_by_step.folds.put(episode(number, verdict))
        last[number] = verdict
    at_once = demands([episode(number, verdict) for number, verdict in last.items()])
    for now_ms in (HOUR, 8 * DAY):
        ask = "living", "room-1", "co2", now_ms
        assert step_by_step.of_series(*ask) == at_once.of_series(*ask)
    assert step_by_step.folds.verdicts(series_key("room-1", "co2")) == at_once.folds.verdicts(
        series_key("room-1", "co2")
    )


def test_a_word_on_one_series_is_no_word_on_another() -> None:
    made = demands([episode(1, Verdict.NORMAL, at_ms=-9 * DAY)])
    assert made.of_series("living", "room-1", "co2", 0) == pytest.approx(made.of_series("living", "a", "b", 0) + 0.1)


def test_a_word_on_a_sensors_episode_moves_its_flags_and_one_on_a_baseline_the_baseline() -> None:
    made = Folds()
    made.put(episode(1, Verdict.NORMAL, nature=Nature.SENSOR))
    of_machine = episode(2, Verdict.RIGHT, nature=Nature.MACHINE)
    lead = Signal(Nature.MACHINE, "", "", 0, 0.9, 0.7, "moved")
    made.put(replace(of_machine, signals=(lead,)))
    assert made.verdicts(flag_key("room-1", "co2")) == (1, 0)
    assert made.verdicts(machine_key("living")) == (0, 1)
    assert made.verdicts(series_key("room-1", "co2")) == (0, 0)


def test_the_week_before_counts_without_what_was_right_and_falls_off_by_itself() -> None:
    made = demands(
        [episode(1), episode(2, Verdict.RIGHT), episode(3, nature=Nature.SENSOR), episode(4, at_ms=-8 * DAY)]
    )
    assert made.folds.recent(("living", ""), HOUR) == 1
    assert made.folds.recent(("living", ""), 8 * DAY) == 0


def test_what_counts_no_more_is_forgotten_and_a_word_never() -> None:
    made = Folds()
    for one in (episode(1), episode(2, Verdict.NORMAL)):
        made.put(one)
    made.tidy(8 * DAY)
    assert [one.id for one in made.all()] == [f"{2:016x}"]


def test_a_baselines_need_is_moved_by_half_as_much() -> None:
    signal = Signal(Nature.MACHINE, "p", "flow", 0, 0.9, 0.7, "moved")
    judged = episode(1, Verdict.NORMAL, nature=Nature.MACHINE, at_ms=-9 * DAY)
    lead = Signal(Nature.MACHINE, "", "", 0, 0.9, 0.7, "moved")
    made = demands([replace(judged, signals=(lead,))])
    heard = Heard(asset="living", signal=signal, baseline=True)
    assert made.put_to(heard).signal.need == pytest.approx(0.75)
