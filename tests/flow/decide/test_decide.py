from __future__ import annotations

import asyncio
import contextlib
import json
import timeit
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from msgspec.structs import replace

from gateway.core.decisions import OUTCOMES, Answer, Outcome, Shadowed
from gateway.core.errors import Conflict, NotFound, Refused
from gateway.core.messages import ClockSet, DeviceChanged, DeviceSwapped, Overridden, Reading, ReadingStored
from gateway.core.ports.decisions import DecisionKept, DecisionMoved
from gateway.core.quality import Quality
from gateway.flow.correlation import correlated
from gateway.flow.decide.mind import TEACHER, DecideSettings
from tests.fakes import START_MS

from .window_site import ZONE, WindowSite

EXTERNAL = DecideSettings(mode="external", zone=ZONE)
HOT = {"temperature": 27.0, "humidity": 50.0, "sound_level": 40.0}
"""The teacher opens wide."""


async def made(settings: DecideSettings | None = None) -> WindowSite:
    site = WindowSite(settings)
    await site.begin()
    return site


@pytest.fixture
async def site() -> WindowSite:
    return await made()


def warm(site: WindowSite, by_k: float = 1.0, **values: float) -> None:
    """The room is so much warmer than before, and long enough later that nothing waits."""
    site.clock.advance(s=10)
    newest = site.watch.values("w1")["temperature"][0]
    site.say("w1", {**HOT, "temperature": newest + by_k, **values})


# From a reading to a control


async def test_a_reading_makes_a_request_and_then_a_control_under_one_id(site: WindowSite) -> None:
    site.say("w1", HOT, position=0.0)
    [(request_topic, request), (control_topic, control)] = site.post.tried
    [decision] = site.decided
    assert (request_topic, control_topic) == ("ml/inference/request/w1", "window/w1/control")
    assert request["id"] == control["decision"] == decision.id
    assert (request["temperature"], request["humidity"], request["sound_volume"]) == (27.0, 50.0, 40.0)
    assert (request["cause"], request["time"]) == ("first values", "2026-01-07T12:00:00.000Z")
    assert control == {"position": 96, "confidence": 0.812, "decision": decision.id, "model": "window@3"}
    assert (decision.outcome, decision.position, decision.runtime) == (Outcome.SENT, 96, "fake 1")
    assert decision.why == "27.0 °C is 4.0 above comfort, outside unknown, quiet: 96 %"
    assert "simulated" not in request


async def test_a_decision_is_on_the_disk_with_everything_it_rests_on(site: WindowSite) -> None:
    site.mind.shadow = Shadowed("window@4", 70.0, 0.6)
    site.say("w1", HOT, position=0.0)
    [kept] = [change for change in site.writer.changes if isinstance(change, DecisionKept)]
    assert (kept.id, kept.raw_pct, kept.outcome) == (
        site.decided[0].id,
        site.decided[0].raw_pct,
        OUTCOMES[Outcome.SENT],
    )
    assert json.loads(kept.moment)["temperature_c"] == 27.0
    assert json.loads(kept.shadow)["model"] == "window@4"
    assert await site.archive.decision(kept.id) == site.decided[0]


async def test_what_was_simulated_is_told_as_such(site: WindowSite) -> None:
    await site.room("bath", "Bath")
    site.able.add("s1", simulated=True, kind="window")
    await site.put_device("s1", "bath")
    site.say("s1", HOT)
    assert site.post.requests()[0]["simulated"] is True
    assert site.decided[0].simulated
    assert (await site.decide.get(site.decided[0].id)).simulated


async def test_a_decision_carries_the_name_of_the_reading_that_caused_it(site: WindowSite) -> None:
    with correlated("w1/b1/7"):
        site.say("w1", HOT)
    assert site.decided[0].correlation == "w1/b1/7"
    assert [one.id for one in await site.decide.caused("w1/b1/7")] == [site.decided[0].id]
    assert await site.decide.caused("w1/b1/8") == []


async def test_another_device_of_the_room_moves_the_window_too(site: WindowSite) -> None:
    await site.put_device("c1", "living")
    site.say("c1", HOT)
    assert [decision.device for decision in site.decided] == ["w1"]


async def test_a_device_elsewhere_does_not(site: WindowSite) -> None:
    site.roll.add("c9")
    site.say("c9", HOT)
    assert site.decided == []


async def test_what_comes_late_fires_nothing(site: WindowSite) -> None:
    site.say("w1", HOT, late=True)
    assert site.decided == []


@pytest.mark.parametrize("doubt", [flag for flag in Quality if flag is not Quality.TIME])
async def test_a_flagged_temperature_moves_nothing(site: WindowSite, doubt: Quality) -> None:
    site.say("w1", HOT, quality={"temperature": int(doubt)})
    assert site.post.tried == []
    assert site.decided == []


async def test_no_change_no_decision(site: WindowSite) -> None:
    site.say("w1", HOT)
    for _ in range(20):
        site.clock.advance(s=10)
        site.say("w1", HOT)
    assert len(site.decided) == 1


# What waits


async def test_a_second_change_waits_for_the_interval(site: WindowSite) -> None:
    site.say("w1", HOT)
    site.clock.advance(s=2)
    site.say("w1", HOT, temperature=26.0)
    assert len(site.decided) == 1
    site.clock.advance(s=3)
    site.decide.look()
    assert [decision.cause for decision in site.decided] == ["first values", "temperature fell 1.0 °C"]
    assert site.decided[1].moment.temperature_c == 26.0
    assert site.decided[1].correlation == "w1/b1/2"


async def test_rain_does_not_wait_for_the_interval(site: WindowSite) -> None:
    await site.outdoors()
    site.say("out", temperature=15.0, rain=0.0)
    site.say("w1", HOT, position=0.0)
    site.clock.advance(s=1)
    site.say("out", temperature=15.0, rain=3.0)
    assert site.decided[-1].cause == "it began to rain"
    assert (site.decided[-1].position, site.decided[-1].cuts) == (10, ("rain 3.0 mm/h: at most 10 %",))
    assert site.post.controls()[-1]["position"] == 10


async def test_a_great_change_does_not_wait_for_the_interval_either(site: WindowSite) -> None:
    site.say("w1", HOT, temperature=20.0)
    site.clock.advance(s=1)
    site.say("w1", HOT, temperature=28.0)
    assert [decision.cause for decision in site.decided] == ["first values", "temperature rose 8.0 °C"]
    assert site.post.controls()[-1]["position"] == 96


async def test_the_first_temperature_does_not_wait(site: WindowSite) -> None:
    site.say("w1", humidity=50.0)
    site.clock.advance(s=1)
    site.say("w1", HOT)
    assert [decision.cause for decision in site.decided] == ["temperature is known now"]


async def test_a_window_nobody_speaks_of_is_thought_about_now_and_then(site: WindowSite) -> None:
    site.say("w1", HOT)
    site.clock.advance(s=899)
    site.decide.look()
    assert len(site.decided) == 1
    assert site.decide.next_s("w1") == 1.0
    site.clock.advance(s=1)
    site.say("w1", HOT)
    site.decide.look()
    assert site.decided[-1].cause == "for 15 min nothing was asked"


async def test_nothing_is_decided_before_the_model_is_there() -> None:
    site = WindowSite()
    await site.room("living", "Living room")
    site.able.add("w1", kind="window")
    await site.put_device("w1", "living")
    site.connect("w1")
    site.say("w1", HOT)
    assert site.decided == []
    async with running(site):
        await until(lambda: bool(site.decided))
    assert site.mind.loads == 1
    assert site.decided[0].cause == "first values"


async def test_without_a_window_no_model_is_loaded() -> None:
    site = WindowSite()
    site.roll.add("c1")
    site.say("c1", HOT)
    async with running(site):
        await asyncio.sleep(0.05)
    assert site.mind.loads == 0


async def test_what_had_to_wait_is_thought_about_by_itself(site: WindowSite) -> None:
    async with running(site):
        site.say("w1", HOT)
        site.clock.advance(s=2)
        site.say("w1", HOT, temperature=26.0)
        site.clock.advance(s=3)
        await until(lambda: len(site.decided) == 2)


# No temperature


async def test_without_a_temperature_nothing_is_asked_and_it_is_told_once(
    site: WindowSite, caplog: pytest.LogCaptureFixture
) -> None:
    site.say("w1", humidity=50.0, sound_level=40.0)
    for _ in range(6):
        site.clock.advance(s=20)
        site.say("w1", humidity=site.watch.values("w1")["humidity"][0] + 5)
    assert site.post.tried == []
    assert [event.reason for event in site.happened("window.blind")] == [
        "no temperature: nothing measures it; nothing is decided"
    ]
    logged = [
        record for record in caplog.records if "no temperature" in record.message and record.name.endswith("notes")
    ]
    assert len(logged) == 3  # at once, and once a minute


async def test_a_temperature_that_grew_old_ends_deciding_until_there_is_a_new_one(site: WindowSite) -> None:
    site.say("w1", HOT)
    site.clock.advance(minutes=22)
    site.say("w1", humidity=90.0)
    assert [event.reason for event in site.happened("window.blind")] == [
        "no temperature: the newest is 22 min old; nothing is decided"
    ]
    assert len(site.decided) == 1
    site.clock.advance(s=10)
    site.say("w1", HOT, humidity=90.0)
    assert [event.reason for event in site.happened("window.sees")] == ["the temperature is back"]
    assert [decision.cause for decision in site.decided] == ["first values", "temperature is known now"]


async def test_a_temperature_that_is_stuck_is_told_as_such(site: WindowSite) -> None:
    site.say("w1", HOT)
    site.clock.advance(s=10)
    site.say("w1", HOT, quality={"temperature": int(Quality.STUCK)})
    assert [event.reason for event in site.happened("window.blind")] == [
        "no temperature: it is doubtful (stuck); nothing is decided"
    ]


async def test_guesses_are_told_once_a_day(site: WindowSite) -> None:
    def told() -> list[str]:
        return [event.reason for event in site.happened("window.fallback")]

    site.say("w1", temperature=27.0)
    site.clock.advance(s=61)
    site.say("w1", temperature=25.0)
    both = "sound unknown, taken as quiet; outdoor temperature unknown, taken as 3 K colder"
    assert told() == [f"humidity unknown, taken as dry; {both}"]
    for _ in range(5):
        site.clock.advance(s=61)
        warm(site)
    assert told()[1:] == ["outdoor temperature unknown, taken as 3 K colder"]
    site.clock.advance(days=1)
    site.say("w1", HOT, temperature=20.0)
    assert len(told()) == 3


async def test_what_is_missing_for_a_moment_after_the_start_is_no_news(site: WindowSite) -> None:
    await site.outdoors()
    site.say("w1", HOT)
    assert "outdoor_temperature" in {one.name for one in site.decided[0].missing}
    site.say("out", temperature=15.0, humidity=60.0)
    for _ in range(5):
        site.clock.advance(s=61)
        site.say("out", temperature=15.0, humidity=60.0)
        warm(site)
    assert site.happened("window.fallback") == []


# Where it stays


async def test_a_window_near_enough_is_left_alone(site: WindowSite) -> None:
    site.say("w1", HOT, position=93.0)
    assert site.decided[0].outcome is Outcome.KEPT
    assert len(site.post.requests()) == 1
    assert site.post.controls() == []


async def test_a_persons_will_holds_it(site: WindowSite) -> None:
    site.override()
    site.say("w1", HOT, position=30.0)
    assert (site.decided[0].outcome, site.decided[0].position) == (Outcome.HELD, 96)
    assert site.decided[0].detail == site.holds.holder("w1") != ""
    assert site.decided[0].lessons == "0123456789abcdef"
    assert len(site.post.requests()) == 1
    assert site.post.controls() == []


async def test_when_the_hold_is_over_it_is_decided_at_once(site: WindowSite) -> None:
    override = site.override()
    site.say("w1", HOT, position=30.0)
    site.clock.advance(minutes=10)
    site.holds.overrides.clear()
    site.say("w1", HOT, position=30.0)
    site.bus.publish(Overridden(replace(override, ended_ms=site.clock())))
    site.decide.look()
    assert (site.decided[-1].cause, site.decided[-1].outcome) == ("the hold is over", Outcome.SENT)


async def test_what_is_forgotten_later_is_no_end_of_a_hold(site: WindowSite) -> None:
    override = site.override(minutes=1)
    site.holds.overrides.clear()
    site.clock.advance(minutes=30)
    site.say("w1", HOT)
    site.clock.advance(s=10)
    site.bus.publish(Overridden(replace(override, revoked_ms=site.clock())))
    site.decide.look()
    assert site.decided[-1].cause == "what was learnt has changed"


async def test_a_lesson_that_counts_again_or_is_brought_in_is_no_end_of_a_hold(site: WindowSite) -> None:
    override = site.override()
    site.say("w1", HOT)
    site.clock.advance(minutes=10)
    again = replace(override, time_ms=site.clock(), until_ms=site.clock())
    site.bus.publish(Overridden(again))
    site.decide.look()
    assert (site.decided[-1].cause, site.decided[-1].outcome) == ("what was learnt has changed", Outcome.HELD)


async def test_a_window_that_is_away_is_told_nothing_and_asked_about_again_when_it_is_back(site: WindowSite) -> None:
    site.post.there.clear()
    site.say("w1", HOT, position=0.0)
    assert site.decided[0].outcome is Outcome.AWAY
    site.clock.advance(s=30)
    site.subscribe("w1")
    site.decide.look()
    assert [decision.outcome for decision in site.decided] == [Outcome.AWAY, Outcome.SENT]
    assert site.decided[1].cause == "the window is back"
    site.subscribe("w1")
    site.decide.look()
    assert len(site.decided) == 2


async def test_its_nodes_own_limits_are_kept(site: WindowSite) -> None:
    site.node_limits = (5.0, 40.0)
    site.say("w1", HOT, position=0.0)
    assert (site.decided[0].position, site.decided[0].cuts) == (40, ("its own limit: at most 40 %",))
    assert site.decided[0].raw_pct > 90


async def test_what_is_no_number_shuts_the_window(site: WindowSite) -> None:
    site.mind.fixed = float("nan")
    site.say("w1", HOT, position=50.0)
    assert (site.decided[0].position, site.decided[0].cuts) == (0, ("the model gave no number",))
    assert await site.archive.decision(site.decided[0].id) == site.decided[0]


async def test_while_nobody_knows_the_time_it_is_half_as_sure(site: WindowSite) -> None:
    site.time_known = False
    site.say("w1", HOT, quality=dict.fromkeys(HOT, int(Quality.TIME)))
    assert site.decided[0].confidence == 0.406
    assert "time" in {one.name for one in site.decided[0].missing}


# What became of it


async def test_an_acknowledgement_moves_the_decision(site: WindowSite) -> None:
    site.say("w1", HOT, position=0.0)
    decision_id = site.decided[0].id
    site.ack(decision_id, "accepted")
    assert len(site.decided) == 1
    site.ack(decision_id, "done", "at 96 %")
    site.ack(decision_id, "failed", "too late to say so")
    assert [(one.outcome, one.detail) for one in site.decided[1:]] == [(Outcome.DONE, "at 96 %")]
    moved = [change for change in site.writer.changes if isinstance(change, DecisionMoved)]
    assert moved == [DecisionMoved(decision_id, OUTCOMES[Outcome.DONE], "at 96 %")]
    assert (await site.decide.history())[0].outcome is Outcome.DONE


async def test_another_device_cannot_acknowledge_it(site: WindowSite) -> None:
    site.say("w1", HOT, position=0.0)
    site.ack(site.decided[0].id, device="w2")
    site.ack("0000000000000000")
    assert len(site.decided) == 1


async def test_a_failure_is_told_and_the_next_change_tries_again(site: WindowSite) -> None:
    site.say("w1", HOT, position=0.0)
    site.ack(site.decided[0].id, "failed", "it is blocked")
    assert [event.reason for event in site.happened("window.failed")] == ["it is blocked"]
    warm(site, position=0.0)
    assert site.decided[-1].outcome is Outcome.SENT


async def test_that_a_newer_order_came_is_no_failure(site: WindowSite) -> None:
    site.say("w1", HOT, position=0.0)
    warm(site, -3.0, position=20.0)
    site.ack(site.decided[0].id, "failed", "a newer order came")
    assert site.decided[-1].outcome is Outcome.FAILED
    site.override()
    site.ack(site.decided[1].id, "failed", "a newer order came")
    assert site.happened("window.failed") == []


# Others decide


async def test_in_external_mode_it_is_only_asked() -> None:
    site = await made(EXTERNAL)
    site.say("w1", HOT, position=0.0)
    assert site.post.controls() == []
    assert site.mind.asked == []
    assert [one.outcome for one in site.decided] == [Outcome.WAITING]
    assert [one.outcome for one in await site.decide.history()] == [Outcome.WAITING]


async def test_an_answer_takes_the_same_road_as_an_opinion() -> None:
    site = await made(EXTERNAL)
    site.node_limits = (0.0, 40.0)
    site.say("w1", HOT, position=0.0)
    decision_id = site.decided[0].id
    decision = site.decide.answered("w1", Answer(70.0, 0.9, decision_id), "brain-1")
    assert (decision.id, decision.model, decision.position) == (decision_id, "external:brain-1", 40)
    assert (decision.raw_pct, decision.outcome, decision.confidence) == (70.0, Outcome.SENT, 0.9)
    assert decision.why.endswith("its own limit: at most 40 %, as another service answered: 40 %")
    assert site.post.controls() == [
        {"position": 40, "confidence": 0.9, "decision": decision_id, "model": "external:brain-1"}
    ]
    assert [one.outcome for one in await site.decide.history()] == [Outcome.SENT]


async def test_an_answer_without_an_id_is_to_the_last_request() -> None:
    site = await made(EXTERNAL)
    site.say("w1", HOT, position=0.0)
    assert site.decide.answered("w1", Answer(70.0, model="net@7"), "brain").model == "external:net@7"


async def test_a_held_window_is_not_moved_by_an_answer() -> None:
    site = await made(EXTERNAL)
    site.say("w1", HOT, position=0.0)
    site.override()
    assert site.decide.answered("w1", Answer(70.0), "brain").outcome is Outcome.HELD
    assert site.post.controls() == []


@pytest.mark.parametrize(
    ("device", "decision", "error"),
    [("w1", "ffffffffffffffff", NotFound), ("w9", "", NotFound), ("w9", "own", NotFound)],
)
async def test_an_answer_to_nothing_that_was_asked_is_refused(device: str, decision: str, error: type[Refused]) -> None:
    site = await made(EXTERNAL)
    site.say("w1", HOT, position=0.0)
    named = site.decided[0].id if decision == "own" else decision
    with pytest.raises(error):
        site.decide.answered(device, Answer(70.0, decision=named), "brain")
    assert site.post.controls() == []


async def test_only_the_first_answer_counts() -> None:
    site = await made(EXTERNAL)
    site.say("w1", HOT, position=0.0)
    decision_id = site.decided[0].id
    site.decide.answered("w1", Answer(70.0, decision=decision_id), "brain")
    with pytest.raises(Conflict, match="decided already: sent"):
        site.decide.answered("w1", Answer(10.0, decision=decision_id), "brain")
    assert len(site.post.controls()) == 1


async def test_an_answer_that_is_late_is_refused_and_the_gateway_decides() -> None:
    site = await made(EXTERNAL)
    site.say("w1", HOT, position=0.0)
    decision_id = site.decided[0].id
    site.clock.advance(s=5, ms=1)
    with pytest.raises(Conflict, match="within 5 s"):
        site.decide.answered("w1", Answer(70.0, decision=decision_id), "brain")
    site.decide.look()
    decision = site.decided[-1]
    assert (decision.id, decision.model, decision.outcome) == (decision_id, "window@3", Outcome.SENT)
    assert decision.detail == "nobody answered within 5 s"
    assert len(site.post.controls()) == 1
    site.ack(decision_id)
    assert (site.decided[-1].outcome, site.decided[-1].detail) == (Outcome.DONE, "nobody answered within 5 s")


async def test_without_a_fallback_the_window_stays_where_it_is() -> None:
    site = await made(DecideSettings(mode="external", fallback=False, zone=ZONE))
    site.say("w1", HOT, position=12.0)
    site.clock.advance(s=5)
    site.decide.look()
    decision = site.decided[-1]
    assert (decision.outcome, decision.position) == (Outcome.UNANSWERED, 12)
    assert site.post.controls() == []
    assert [one.outcome for one in await site.decide.history()] == [Outcome.UNANSWERED]


async def test_what_is_asked_anew_before_it_was_answered_is_over() -> None:
    site = await made(DecideSettings(mode="external", answer_s=60.0, zone=ZONE))
    site.say("w1", HOT, position=0.0)
    warm(site, position=0.0, rain=2.0)
    first, second = (str(one["id"]) for one in site.post.requests())
    assert [(one.id, one.outcome) for one in site.decided] == [
        (first, Outcome.WAITING),
        (first, Outcome.UNANSWERED),
        (second, Outcome.WAITING),
    ]
    with pytest.raises(Conflict):
        site.decide.answered("w1", Answer(70.0, decision=first), "brain")
    assert site.decide.answered("w1", Answer(70.0, decision=second), "brain").id == second


# Looking back


async def test_history_is_newest_first_and_goes_on_below_an_id(site: WindowSite) -> None:
    site.say("w1", HOT)
    for _ in range(9):
        warm(site)
    ids = [decision.id for decision in site.decided][::-1]
    assert [one.id for one in await site.decide.history("w1", 4)] == ids[:4]
    assert [one.id for one in await site.decide.history("w1", 4, ids[3])] == ids[4:8]
    assert await site.decide.history("w2") == []
    newest = site.decide.newest("w1")
    assert newest is not None
    assert newest.id == ids[0]


async def test_a_decision_that_is_not_on_the_disk_yet_is_in_the_history(site: WindowSite) -> None:
    site.say("w1", HOT)
    held: list[Any] = []
    site.writer.submit = lambda changes, receipt=None: held.append((changes, receipt))  # type: ignore[method-assign]
    warm(site)
    warm(site)
    ids = [decision.id for decision in site.decided][::-1]
    assert [one.id for one in await site.decide.history()] == ids
    assert [one.id for one in await site.decide.history(before=ids[0])] == ids[1:]
    assert [one.id for one in await site.decide.history(before=ids[1])] == ids[2:]


async def test_decisions_of_earlier_runs_are_recalled(site: WindowSite) -> None:
    site.say("w1", HOT)
    before = site.decided[0]
    site.restart()
    await site.decide.load()
    assert site.decide.newest("w1") == before
    assert site.decide.find(before.id) == before
    with pytest.raises(NotFound):
        await site.decide.get("0000000000000000")


async def test_only_the_last_decisions_of_a_window_are_at_hand(site: WindowSite) -> None:
    site.say("w1", HOT)
    for number in range(70):
        warm(site, 1.0 if number % 2 else -1.0)
    assert site.decide.find(site.decided[0].id) is None
    assert (await site.decide.get(site.decided[0].id)).id == site.decided[0].id


async def test_decisions_are_counted_and_their_time_is_measured(site: WindowSite) -> None:
    site.say("w1", HOT, position=0.0)
    warm(site, 0.6, position=96.0)
    assert site.decide.totals == {(Outcome.SENT, "window@3"): 1, (Outcome.KEPT, "window@3"): 1}
    assert sum(site.decide.seconds.snapshot().counts) == 2


async def test_what_is_known_of_a_window_can_be_asked(site: WindowSite) -> None:
    assert site.decide.moment("w1") is None
    assert site.decide.comfort("w1") is None
    assert site.decide.next_s("w1") is None
    site.say("w1", HOT)
    moment = site.decide.moment("w1")
    assert moment is not None
    assert moment.temperature_c == 27.0
    assert site.decide.comfort("w1") == 23.0
    assert {one.name for one in site.decide.inputs("w1") if one.used} == {"temperature", "humidity", "sound"}
    assert site.decide.mode == "local"


# What happens around it


async def test_a_deleted_window_leaves_nothing_behind(site: WindowSite) -> None:
    site.say("w1", HOT)
    del site.able.known_devices["w1"]
    site.bus.publish(DeviceChanged("w1", None))
    assert site.decide.newest("w1") is None
    assert site.decide.next_s("w1") is None
    assert site.decide.find(site.decided[0].id) is None


async def test_new_hardware_begins_anew(site: WindowSite) -> None:
    site.say("w1", HOT, position=0.0)
    site.bus.publish(DeviceSwapped("w1", "a", "b", site.clock()))
    assert site.decide.next_s("w1") is None
    site.clock.advance(s=1)
    site.say("w1", HOT, position=0.0)
    assert [decision.cause for decision in site.decided] == ["first values", "first values"]


async def test_setting_the_clock_moves_what_was_decided_and_delays_nothing(site: WindowSite) -> None:
    site.say("w1", HOT)
    before_ms = site.clock()
    site.clock.now_ms += 3_600_000
    site.bus.publish(ClockSet(before_ms, site.clock(), START_MS, redates=True, learnt=False, reason="test"))
    newest = site.decide.newest("w1")
    assert newest is not None
    assert newest.time_ms == before_ms + 3_600_000
    assert site.decide.next_s("w1") == 900.0
    site.clock.advance(s=4)
    site.say("w1", HOT, temperature=26.0)
    assert len(site.decided) == 1
    site.clock.advance(s=1)
    site.decide.look()
    assert len(site.decided) == 2


async def test_when_it_is_switched_off_nothing_is_decided() -> None:
    site = await made(DecideSettings(enabled=False, zone=ZONE))
    site.say("w1", HOT)
    site.decide.look()
    assert site.post.tried == []
    assert site.decide.mode == "off"


async def test_the_teacher_says_so(site: WindowSite) -> None:
    site.mind.model = TEACHER
    site.say("w1", HOT)
    assert site.decided[0].model == TEACHER
    assert "by the plain rule" in site.decided[0].why


async def test_a_bare_node_that_only_listens_for_controls_is_moved() -> None:
    site = await made()
    site.able.add("bare")
    site.subscribe("bare")
    site.say("bare", temperature=20.0, humidity=50.0, sound_level=40.0)
    site.clock.advance(s=10)
    site.say("bare", temperature=28.0, humidity=50.0, sound_level=40.0)
    assert [(one.device, one.cause) for one in site.decided] == [
        ("bare", "first values"),
        ("bare", "temperature rose 8.0 °C"),
    ]
    assert site.post.controls()[-1]["position"] == site.decided[-1].position


@pytest.mark.soak
async def test_a_reading_that_concerns_no_window_costs_one_look(site: WindowSite) -> None:
    site.roll.add("c9")
    event = ReadingStored(Reading("c9", site.clock(), HOT), site.clock())
    stored = site.decide._stored
    assert min(timeit.repeat(lambda: stored(event), number=10_000, repeat=5)) / 10_000 <= 0.5e-6


# Around the tests


@contextlib.asynccontextmanager
async def running(site: WindowSite) -> AsyncIterator[None]:
    task = asyncio.create_task(site.decide.run())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not true():  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.01)
