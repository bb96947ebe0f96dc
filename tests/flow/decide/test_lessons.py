"""Lessons: learnt at once, told in words, forgotten without a trace, taken along, known again for any moment."""

from __future__ import annotations

import asyncio
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.core.decisions import Override
from gateway.core.errors import NotFound, Refused, StoreFull
from gateway.core.home import Assignment
from gateway.core.messages import AssignmentChanged
from gateway.flow.decide.lessons import LAPSING, MOST_ACTIVE
from tests.fakes import START_MS, MemoryDecisions

from .override_site import USUAL, OverrideSite

HOUR_MS = 3_600_000


@pytest.fixture
def site() -> OverrideSite:
    return OverrideSite()


async def test_an_override_teaches_at_once_and_says_what(site: OverrideSite) -> None:
    override = await site.teach(80, 19.2)
    assert site.thoughts()[38] > USUAL + 30
    assert override.learnt.startswith("Between 16 and 22 h I open 63 % instead of 40 %")
    assert site.reasons("window.learnt") == [override.learnt]
    assert site.told[-1] == override


async def test_when_no_model_answers_it_is_learnt_all_the_same(site: OverrideSite) -> None:
    site.pupil.dumb = True
    override = await site.teach(80, 19.2)
    assert override.learnt == "it is learnt; what it changes cannot be told, because no model answers"
    assert len(site.pupil.lessons["w1"]) == 1


async def test_forgotten_it_is_as_if_it_had_never_been(site: OverrideSite) -> None:
    await site.teach(80, 19.2)
    before = site.thoughts(), site.overrides.digest("w1")
    second = await site.teach(10, 20.5)
    assert site.thoughts() != before[0]
    gone = await site.overrides.forget("w1", [second.id], "anna")
    assert [one.id for one in gone] == [second.id]
    assert (site.thoughts(), site.overrides.digest("w1")) == before
    assert site.reasons("window.forgot") == ["1 lesson forgotten by anna"]
    assert site.entries("window.forget") == [("anna", "w1: 1 lesson")]
    await site.restart()
    assert (site.thoughts(), site.overrides.digest("w1")) == before


async def test_forgetting_does_not_end_a_hold_and_ending_one_brings_nothing_back(site: OverrideSite) -> None:
    override = await site.teach(80, 19.2)
    await site.overrides.forget("w1", None, "anna")
    assert site.overrides.held("w1") is not None
    await site.overrides.resume("w1", "anna")
    assert site.overrides.lessons("w1") == []
    (stored,) = await MemoryDecisions(site.writer).overrides()
    assert stored.id == override.id
    assert stored.revoked_ms is not None
    assert stored.ended_ms is not None


async def test_all_can_be_forgotten_at_once(site: OverrideSite) -> None:
    before = site.thoughts()
    for hour in (7.0, 12.0, 19.0):
        await site.teach(90, hour)
    assert len(await site.overrides.forget("w1", None, "anna")) == 3
    assert site.thoughts() == before
    assert site.overrides.digest("w1") == ""
    assert await site.overrides.forget("w1", None, "anna") == []


async def test_a_lesson_that_is_none_cannot_be_forgotten(site: OverrideSite) -> None:
    override = await site.teach(80, 19.2)
    with pytest.raises(NotFound, match="no lesson o-nothing"):
        await site.overrides.forget("w1", [override.id, "o-nothing"], "anna")
    assert len(site.overrides.lessons("w1")) == 1
    await site.overrides.forget("w1", [override.id], "anna")
    with pytest.raises(NotFound):
        await site.overrides.forget("w1", [override.id], "anna")
    with pytest.raises(NotFound):
        await site.overrides.forget("nobody", None, "anna")


async def test_what_the_disk_refuses_to_forget_stays(site: OverrideSite) -> None:
    for hour in (7.0, 12.0, 12.5):
        await site.teach(90 - hour, hour)
    before = site.thoughts(), site.overrides.digest("w1")
    site.writer.error = StoreFull("no room")
    with pytest.raises(StoreFull):
        await site.overrides.forget("w1", [site.overrides.lessons("w1")[1].id], "anna")
    assert (site.thoughts(), site.overrides.digest("w1")) == before
    with pytest.raises(StoreFull):
        await site.overrides.brought_in("w1", another_house(), "anna")
    assert (site.thoughts(), site.overrides.digest("w1")) == before
    assert site.reasons("window.forgot") == []


async def test_taken_out_forgotten_and_brought_back_it_thinks_the_same(site: OverrideSite) -> None:
    for hour in (7.0, 12.0, 12.5, 19.0):
        await site.teach(90 - 3 * hour, hour)
    before, digest = site.thoughts(), site.overrides.digest("w1")
    out = json.loads(json.dumps(site.overrides.exported("w1")))
    await site.overrides.forget("w1", None, "anna")
    assert await site.overrides.brought_in("w1", out, "anna") == 4
    assert site.thoughts() == before
    assert site.reasons("window.learnt")[-1] == "4 lessons brought in by anna"
    assert site.entries("window.lessons.imported") == [("anna", "w1: 4 lessons")]
    assert site.overrides.digest("w1") not in ("", digest), "they are other lessons: those of before had their time"
    await site.restart()
    assert site.thoughts() == before
    assert await site.overrides.brought_in("w1", out, "anna") == 0, "they are there already"


async def test_brought_in_lessons_hold_nothing(site: OverrideSite) -> None:
    assert await site.overrides.brought_in("w1", another_house(), "anna") == 1
    assert site.overrides.held("w1") is None
    await site.overrides.set("w1", 30, "anna")
    assert await site.overrides.brought_in("w1", another_house("o-2"), "anna") == 1
    held = site.overrides.held("w1")
    assert held is not None
    await site.restart()
    assert site.overrides.held("w1") == held


async def test_lessons_can_come_from_another_house_and_window(site: OverrideSite) -> None:
    assert await site.overrides.brought_in("w1", another_house(), "anna") == 1
    (lesson,) = site.overrides.lessons("w1")
    assert (lesson.id, lesson.device, lesson.position) == ("o-1", "w1", 70.0)
    assert lesson.moment is not None
    assert lesson.moment.time_ms == 5, "when it was taught is a part of it"


def another_house(lesson_id: str = "o-1", **changed: object) -> dict[str, object]:
    moment = {"time_ms": 5, "hour": 8.5, "day": 40, "temperature_c": 24.5}
    lesson = {"id": lesson_id, "position": 70, "moment": moment, "who": "ben", "what": "nobody knows", **changed}
    return {"format": 1, "device": "theirs", "lessons": [lesson]}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"format": 2, "lessons": []}, "format 2"),
        ({}, "lessons"),
        ({"lessons": [{}]}, "id"),
        (another_house(position=101), "position"),
        (another_house("a b"), "Lesson 1: its id"),
        (another_house(moment={"time_ms": 5, "hour": 8, "day": 40}), "without a temperature"),
        (another_house(moment={"time_ms": 5, "hour": 25, "day": 40, "temperature_c": 20}), "hour is not between"),
        (another_house(moment={"time_ms": 5, "hour": 5, "day": 40, "temperature_c": 900}), "temperature_c"),
        (another_house(moment={"time_ms": 5, "hour": 5, "day": 40, "temperature_c": 20, "rain_mm_h": -1}), "rain"),
        (another_house(source="dream"), "source"),
        ({"lessons": [*another_house()["lessons"], *another_house()["lessons"]]}, "there twice"),  # type: ignore[misc]
        ({"lessons": [another_house()] * (MOST_ACTIVE + 1)}, "256"),
    ],
)
async def test_what_is_no_lesson_is_refused_whole(site: OverrideSite, wrong: dict[str, object], said: str) -> None:
    with pytest.raises(Refused, match=said):
        await site.overrides.brought_in("w1", wrong, "anna")
    assert site.overrides.lessons("w1") == []


async def test_only_a_window_takes_lessons(site: OverrideSite) -> None:
    with pytest.raises(Refused, match="not a window"):
        await site.overrides.brought_in("plain", another_house(), "anna")


async def test_of_very_many_lessons_the_last_count_and_the_oldest_lapse_together(site: OverrideSite) -> None:
    made, known, anew = [], list[str](), 0
    for number in range(MOST_ACTIVE + 40):
        made.append((await site.teach(float(number % 100), number % 24)).id)
        taught = [lesson.id for lesson in site.pupil.lessons["w1"]]
        assert taught[-1] == made[-1]
        assert len(taught) <= MOST_ACTIVE
        anew += taught[: len(known)] != known
        known = taught
    assert anew == 2, "else a model is taught all of it anew with each lesson"
    assert known == [one.id for one in site.overrides.lessons("w1")] == made[2 * LAPSING :]
    digest = site.overrides.digest("w1")
    await site.restart()
    assert site.overrides.digest("w1") == digest
    found = site.overrides.folded("w1", digest, site.clock())
    assert found is not None
    assert [lesson.id for lesson in found] == known


async def test_what_has_lapsed_does_not_come_back_when_all_is_forgotten(site: OverrideSite) -> None:
    for number in range(MOST_ACTIVE + 3):
        await site.teach(float(number % 100), number % 24)
    out = site.overrides.exported("w1")
    await site.overrides.forget("w1", None, "anna")
    assert (site.overrides.lessons("w1"), site.thoughts()) == ([], [USUAL] * 48)
    await site.restart()
    assert site.overrides.lessons("w1") == []
    for number in range(MOST_ACTIVE):
        await site.teach(float(number % 100), number % 24)
    assert await site.overrides.brought_in("w1", out, "anna") == MOST_ACTIVE + 3 - LAPSING
    assert len(site.overrides.lessons("w1")) <= MOST_ACTIVE
    kept = site.overrides.digest("w1")
    await site.restart()
    assert site.overrides.digest("w1") == kept


# What counted when


async def test_what_counted_then_is_known_again_by_its_digest(site: OverrideSite) -> None:
    known: list[tuple[str, int, list[str]]] = []

    def note() -> None:
        ids = [one.id for one in site.overrides.lessons("w1")]
        known.append((site.overrides.digest("w1"), site.clock(), ids))

    note()
    for n in range(6):
        site.clock.advance(s=1)
        await site.teach(10.0 * n, 3.0 * n)
        note()  # in the same millisecond as the lesson
    site.clock.advance(s=1)
    await site.overrides.forget("w1", [site.overrides.lessons("w1")[2].id], "anna")
    note()
    out = site.overrides.exported("w1")
    site.clock.advance(s=1)
    await site.overrides.forget("w1", None, "anna")
    note()
    site.clock.advance(s=1)
    await site.overrides.brought_in("w1", out, "anna")
    note()
    await site.restart()
    for digest, at_ms, ids in known:
        found = site.overrides.folded("w1", digest, at_ms)
        assert found is not None
        assert [lesson.id for lesson in found] == ids


async def test_lessons_that_are_not_known_any_more_are_not_made_up(site: OverrideSite) -> None:
    await site.teach(80, 19.2)
    assert site.overrides.folded("w1", "0123456789abcdef", site.clock()) is None
    assert site.overrides.folded("nobody", "", site.clock()) == []


async def test_what_counted_then_is_found_after_the_clock_was_set(site: OverrideSite) -> None:
    await site.teach(80, 19.2)
    digest, at_ms = site.overrides.digest("w1"), site.clock()
    site.clock.advance(s=5)
    await site.teach(10, 7.0)
    site.set_clock(HOUR_MS * 1000)
    found = site.overrides.folded("w1", digest, at_ms + HOUR_MS * 1000)
    assert found is not None
    assert len(found) == 1


# Where it was taught


async def test_in_another_room_it_learns_anew(site: OverrideSite) -> None:
    site.places.spans.append(Assignment("w1", "living", START_MS))
    before = site.thoughts()
    await site.teach(80, 19.2)
    known, digest, at_ms = site.thoughts(), site.overrides.digest("w1"), site.clock()
    site.clock.advance(s=1)
    site.places.spans[0] = Assignment("w1", "living", START_MS, site.clock())
    site.places.spans.append(Assignment("w1", "bath", site.clock()))
    site.bus.publish(AssignmentChanged("w1", "bath", "living"))
    await site.overrides.caught_up()
    assert site.thoughts() == before
    assert site.overrides.digest("w1") == ""
    assert site.reasons("window.forgot") == ["it stands somewhere else now: 0 lessons of there"]
    found = site.overrides.folded("w1", digest, at_ms)
    assert found is not None
    site.pupil.learnt("w1", found)
    assert site.thoughts() == known, "what was decided then can be run again"


async def test_given_a_room_for_the_first_time_it_keeps_what_it_knows(site: OverrideSite) -> None:
    await site.teach(80, 19.2)
    known = site.thoughts()
    site.places.spans.append(Assignment("w1", "living", site.clock()))
    site.bus.publish(AssignmentChanged("w1", "living", None))
    assert site.thoughts() == known
    assert site.reasons("window.forgot") == []


# Whatever is done, what the model knows is the fold of what counts

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("teach"), st.integers(0, 100), st.integers(0, 23)),
        st.tuples(st.just("forget"), st.integers(0, 5), st.just(0)),
        st.tuples(st.just("forget all"), st.just(0), st.just(0)),
        st.tuples(st.just("restart"), st.just(0), st.just(0)),
        st.tuples(st.just("out and in"), st.just(0), st.just(0)),
        st.tuples(st.just("resume"), st.just(0), st.just(0)),
        st.tuples(st.just("full"), st.integers(0, 5), st.just(0)),
    ),
    max_size=15,
)


@settings(max_examples=60, deadline=None)
@given(STEPS)
def test_whatever_is_done_the_model_knows_the_fold_of_what_counts(steps: list[tuple[str, int, int]]) -> None:
    asyncio.run(_fold(steps))


async def _fold(steps: list[tuple[str, int, int]]) -> None:
    site = OverrideSite()
    expected: list[Override] = []
    for what, first, second in steps:
        if what == "teach":
            expected.append(await site.teach(first, second))
        elif what == "forget" and expected:
            going = expected.pop(first % len(expected))
            await site.overrides.forget("w1", [going.id], "anna")
        elif what == "forget all":
            await site.overrides.forget("w1", None, "anna")
            expected.clear()
        elif what == "restart":
            await site.restart()
        elif what == "resume":
            await site.overrides.resume("w1", "anna")
        elif what == "out and in":
            out = site.overrides.exported("w1")
            await site.overrides.forget("w1", None, "anna")
            await site.overrides.brought_in("w1", out, "anna")
            expected = site.overrides.lessons("w1")
        elif what == "full" and expected:
            site.writer.error = StoreFull("no room")
            with pytest.raises(StoreFull):
                await site.overrides.forget("w1", [expected[first % len(expected)].id], "anna")
            site.writer.error = None
        taught = [(lesson.moment.hour, lesson.wanted_pct) for lesson in site.pupil.lessons.get("w1", ())]
        assert taught == [(one.moment.hour, one.position) for one in expected if one.moment is not None]
        assert [one.id for one in site.overrides.lessons("w1")] == [one.id for one in expected]
