"""Topic filters; single cases are in tests/vectors. Judges: paho, and the standard read plainly."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paho.mqtt.client import topic_matches_sub

from gateway.core.errors import ProtocolError
from gateway.core.mqtt.filters import check_filter, check_topic, matches

LEVELS = st.sampled_from(["", "a", "b", "$SYS", "ab"])
TOPICS = st.lists(LEVELS, min_size=1, max_size=5).map("/".join).filter(bool)
FILTERS = (
    st.tuples(st.lists(LEVELS | st.just("+"), max_size=5), st.booleans())
    .map(lambda parts: "/".join([*parts[0], "#"] if parts[1] else parts[0]))
    .filter(bool)
)


def by_the_book(wanted: list[str], levels: list[str]) -> bool:
    if wanted == ["#"]:
        return True
    if not wanted or not levels:
        return not wanted and not levels
    if wanted[0] not in ("+", levels[0]):
        return False
    return by_the_book(wanted[1:], levels[1:])


@given(FILTERS, TOPICS)
def test_a_filter_takes_in_what_the_standard_says(topic_filter: str, topic: str) -> None:
    hidden = topic.startswith("$") and topic_filter[0] in "+#"
    expected = not hidden and by_the_book(topic_filter.split("/"), topic.split("/"))
    assert matches(topic_filter, topic) == expected


@given(FILTERS, TOPICS)
def test_paho_agrees(topic_filter: str, topic: str) -> None:
    assert matches(topic_filter, topic) == topic_matches_sub(topic_filter, topic)


@given(TOPICS)
def test_a_topic_is_a_filter_for_itself_alone(topic: str) -> None:
    check_topic(topic)
    check_filter(topic)
    assert matches(topic, topic)
    assert not matches(topic, topic + "x")
    assert not matches(topic, topic + "/x")


@given(FILTERS)
def test_every_well_formed_filter_is_accepted(topic_filter: str) -> None:
    check_filter(topic_filter)


@given(st.text(alphabet="ab/+#$\0", max_size=8))
def test_a_filter_is_accepted_exactly_when_its_wildcards_stand_alone(text: str) -> None:
    levels = text.split("/")
    good = bool(text) and "\0" not in text and "#" not in levels[:-1]
    good = good and all(level in ("+", "#") or not set(level) & set("+#") for level in levels)
    try:
        check_filter(text)
    except ProtocolError:
        assert not good
    else:
        assert good


@given(st.text(alphabet="ab/+#$\0", max_size=8))
def test_a_topic_is_accepted_exactly_when_it_has_no_wildcard(text: str) -> None:
    if text and not set(text) & set("+#\0"):
        check_topic(text)
    else:
        with pytest.raises(ProtocolError):
            check_topic(text)
