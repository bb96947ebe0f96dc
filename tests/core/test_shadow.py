"""Merge patches, what still differs, and how far both sides of a shadow agree."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from gateway.core.errors import Refused, Unreadable
from gateway.core.shadow import (
    VERSION_LIMIT,
    Reported,
    Shadow,
    Sync,
    delta,
    desired_message,
    merged,
    read_reported,
    sync,
)

KEYS = st.sampled_from(["a", "b", "c"])
LEAVES = st.one_of(st.none(), st.booleans(), st.integers(-3, 3), st.text(max_size=3), st.lists(st.integers(0, 2)))
PATCHES = st.dictionaries(KEYS, st.one_of(LEAVES, st.dictionaries(KEYS, LEAVES, max_size=3)), max_size=3)


def without_nulls(value: object) -> object:
    if not isinstance(value, dict):
        return value
    return {key: without_nulls(inner) for key, inner in value.items() if inner is not None}


@given(PATCHES)
def test_a_patch_of_nothing_is_itself_without_its_nulls(patch: dict[str, object]) -> None:
    assert merged({}, patch) == without_nulls(patch)


@given(PATCHES, PATCHES)
def test_a_patch_says_everything_it_has(state: dict[str, object], patch: dict[str, object]) -> None:
    before = merged({}, state)
    after = merged(before, patch)
    wanted = without_nulls(patch)
    assert isinstance(wanted, dict)
    assert delta(wanted, after) == {}
    assert merged(after, patch) == after
    assert before == merged({}, state), "the state before is not touched"


@given(PATCHES, PATCHES)
def test_delta_is_empty_exactly_when_nothing_is_missing(one: dict[str, object], other: dict[str, object]) -> None:
    desired, reported = merged({}, one), merged({}, other)
    missing = delta(desired, reported)
    assert delta(desired, merged(reported, missing)) == {}
    assert delta(desired, desired) == {}


def test_numbers_compare_by_value_and_a_boolean_is_none() -> None:
    assert delta({"interval_s": 10}, {"interval_s": 10.0}) == {}
    assert delta({"audio": True}, {"audio": 1}) == {"audio": True}
    assert delta({"list": [1, True]}, {"list": [1, 1]}) == {"list": [1, True]}
    assert delta({"list": [{"a": 1}]}, {"list": [{"a": 1.0}]}) == {}
    assert delta({"limits": {"position": {"max": 80}}}, {"limits": {"position": {"min": 1}}}) == {
        "limits": {"position": {"max": 80}}
    }


@pytest.mark.parametrize(
    "patch",
    [
        {"Bad": 1},
        {"a": {"b c": 1}},
        {"a" * 41: 1},
        {"a": {"b": {"c": {"d": {}}}}},
        {"a": {"b": {"c": [[1]]}}},
        {"a": "x" * 4096},
    ],
)
def test_a_patch_beyond_keys_depth_and_size_is_refused(patch: dict[str, object]) -> None:
    with pytest.raises(Refused):
        merged({}, patch)


def test_what_grows_by_patches_has_the_same_limits() -> None:
    state = merged({}, {"a": "x" * 3000})
    with pytest.raises(Refused, match="4096"):
        merged(state, {"b": "x" * 3000})
    assert merged({}, {"a": {"b": {"c": {"d": 1}}}}) == {"a": {"b": {"c": {"d": 1}}}}


def test_how_far_both_sides_agree() -> None:
    shadow = Shadow("node-1")
    assert sync(shadow) is Sync.NONE
    shadow = replace(shadow, desired_version=2, desired={"interval_s": 10})
    assert sync(shadow) is Sync.PENDING
    shadow = replace(shadow, reported_version=1, reported={"interval_s": 10})
    assert sync(shadow) is Sync.PENDING
    assert sync(replace(shadow, reported_version=2)) is Sync.IN_SYNC
    assert sync(replace(shadow, reported_version=3, reported={"interval_s": 60})) is Sync.DIFFERS


def test_a_report_is_read() -> None:
    assert read_reported(b'{"version":7,"state":{"interval_s":10}}') == Reported(7, {"interval_s": 10})
    assert read_reported(b'{"version":0,"state":{}}') == Reported(0, {})


@pytest.mark.parametrize(
    "said",
    [
        {"version": -1, "state": {}},
        {"version": VERSION_LIMIT, "state": {}},
        {"version": True, "state": {}},
        {"version": 1, "state": []},
        {"version": 1},
        {"version": 1, "state": {"a": "x" * 4096}},
        {"version": 1, "state": {"a": [[[[[[[[[1]]]]]]]]]}},
    ],
)
def test_a_report_that_cannot_be_read_is_refused(said: object) -> None:
    with pytest.raises(Unreadable):
        read_reported(json.dumps(said).encode())


def test_what_a_node_reads() -> None:
    shadow = Shadow("node-1", desired_version=7, desired={"interval_s": 10, "audio": False})
    assert json.loads(desired_message(shadow)) == {"version": 7, "state": {"interval_s": 10, "audio": False}}
