"""The benchmark's scores against what its authors published and what can be counted by hand."""

from __future__ import annotations

import math

import pytest

from models.anomaly.skab_scores import PROFILES, Changes, Outliers, changes, nab, outliers, worth

DAY_S = 86_400.0


@pytest.mark.parametrize(("profile", "published"), [("standard", -5.5), ("low_fp", -11.0), ("low_fn", -3.67)])
def test_the_example_of_the_authors_library_gives_its_published_scores(profile: str, published: float) -> None:
    # tsad's Evaluating.md: 20 days, changes on the 7th and 15th, told on the 5th and 11th, a tenth of a third each.
    seen = changes([6 * DAY_S, 14 * DAY_S], [4 * DAY_S, 10 * DAY_S], 19 * DAY_S / 30)
    assert seen == Changes((), 2, 2)
    assert round(nab([seen], PROFILES[profile]), 2) == published


@pytest.mark.parametrize("profile", PROFILES)
def test_telling_each_change_at_once_is_100_and_telling_nothing_0(profile: str) -> None:
    true_s = [100.0, 500.0, 900.0]
    assert nab([changes(true_s, true_s)], PROFILES[profile]) == pytest.approx(100.0)
    assert nab([changes(true_s, [])], PROFILES[profile]) == pytest.approx(0.0)


def test_a_detection_is_worth_less_the_later_it_comes() -> None:
    assert worth(0.0, -0.11) == pytest.approx(1.0)
    assert worth(0.5, -0.11) == pytest.approx(0.445, abs=2e-3)
    assert worth(1.0, -0.11) == pytest.approx(-0.11)
    by_hand = 0.555 * math.tanh(math.pi / 4) / math.tanh(math.pi / 2) + 0.445
    assert worth(0.25, -0.11) == pytest.approx(by_hand, abs=2e-3)


def test_only_the_first_detection_in_a_window_counts_and_the_others_cost_nothing() -> None:
    assert changes([100.0], [130.0, 131.0, 160.0]) == Changes((0.5,), 0, 0)


def test_a_detection_on_the_edge_of_a_window_is_inside_and_one_before_the_change_is_false() -> None:
    assert changes([100.0], [99.0]) == Changes((), 1, 1)
    assert changes([100.0], [160.0]) == Changes((1.0,), 0, 0)
    assert changes([100.0], [161.0]) == Changes((), 1, 1)


def test_a_window_that_reaches_into_the_next_cuts_its_beginning_off() -> None:
    # Windows 100-160 and 160-190: what is told at 145 belongs to the first, though the second change was at 130.
    assert changes([100.0, 130.0], [145.0]) == Changes((0.75,), 1, 0)
    assert changes([100.0, 130.0], [145.0, 175.0]) == Changes((0.75, 0.5), 0, 0)


def test_two_changes_at_the_same_moment_leave_a_window_of_no_length() -> None:
    assert changes([100.0, 100.0], [160.0]) == Changes((1.0, 0.0), 0, 0)
    assert changes([100.0, 100.0], [110.0]).missed == 1


def test_files_are_weighed_by_their_changes_and_not_each_the_same() -> None:
    # Three changes found at once, one missed, one false alarm: (3 - 1 - .11 + 4) / 8.
    files = [changes([0.0, 200.0, 400.0], [0.0, 200.0, 400.0]), changes([0.0], [100.0]), changes([], [])]
    assert nab(files) == pytest.approx(100 * 5.89 / 8)


def test_without_any_labelled_change_there_is_no_score() -> None:
    with pytest.raises(ValueError, match="no labelled change"):
        nab([changes([], [5.0])])


def test_rows_are_counted_as_the_board_counts_them() -> None:
    true = [True] * 6 + [False] * 4
    seen = outliers(true, [True] * 4 + [False] * 2 + [True] + [False] * 3)
    assert seen == Outliers(found=4, false=1, missed=2, quiet=3)
    assert seen.f1 == pytest.approx(4 / 5.5)
    assert seen.far_pct == pytest.approx(25.0)
    assert seen.mar_pct == pytest.approx(100 / 3)


def test_rows_of_all_files_are_added_before_they_are_divided() -> None:
    whole = Outliers(1, 0, 0, 9) + Outliers(0, 10, 90, 0)
    assert whole.f1 == pytest.approx(1 / 51)
    assert whole.far_pct == pytest.approx(1000 / 19)


def test_nothing_true_and_nothing_alarmed_divides_by_nothing() -> None:
    empty = outliers([], [])
    assert (empty.f1, empty.far_pct, empty.mar_pct) == (0.0, 0.0, 0.0)


def test_truth_and_alarms_of_different_length_are_no_score() -> None:
    with pytest.raises(ValueError, match="zip"):
        outliers([True], [])
