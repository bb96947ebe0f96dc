"""The id of what is being worked on, where it comes from and where it goes."""

from __future__ import annotations

import pytest

from gateway.core.messages import Audited, Happened
from gateway.flow.bus import Bus
from gateway.flow.chronicle import Chronicle
from gateway.flow.correlation import correlated, current, of_message, of_request
from gateway.flow.trail import Trail
from tests.fakes import FixedClock, MemoryWriter


def test_it_holds_inside_and_ends_with_its_block_also_after_an_error() -> None:
    with correlated("outer"):
        with pytest.raises(ValueError, match="x"), correlated("inner"):
            raise ValueError("x")
        assert current() == "outer"
    assert current() == ""


def test_a_message_that_came_by_a_request_has_the_requests_id_and_any_other_one_of_its_own() -> None:
    with correlated("r-1"):
        assert of_message() == "r-1"
    first, second = of_message(), of_message()
    assert first != second
    assert first.startswith("m-")


@pytest.mark.parametrize("given", ["night-run.7", "0", "A" * 64])
def test_an_id_a_caller_gives_is_taken(given: str) -> None:
    assert of_request(given) == given


@pytest.mark.parametrize("given", [None, "", "a/b/1", "A" * 65, "-a", "a\n", "a b", "é"])
def test_what_is_no_id_is_replaced_by_a_new_one(given: str | None) -> None:
    assert of_request(given) not in (given, of_request(given))


def test_audit_entries_carry_it_and_a_count_that_of_the_last_one() -> None:
    writer, clock = MemoryWriter(), FixedClock()
    trail = Trail(writer, Bus(), clock)
    for name in ("one", "two", "three"):
        with correlated(name):
            trail.note("mqtt.denied.publish", "eve", "devices/x/telemetry")
    trail.flush()
    written = [change for change in writer.changes if isinstance(change, Audited)]
    assert [entry.correlation for entry in written] == ["one", "three"]


def test_events_carry_it_unless_they_are_told_another() -> None:
    writer, bus = MemoryWriter(), Bus()
    chronicle = Chronicle(writer, bus, FixedClock())
    with correlated("cause"):
        chronicle.note("device.online", "it connected", "a")
        chronicle.note("series.flagged", "stuck", "a", "t", "a/b/7")
    chronicle.note("store.full", "no room")
    written = [change for change in writer.changes if isinstance(change, Happened)]
    assert [event.correlation for event in written] == ["cause", "a/b/7", ""]
