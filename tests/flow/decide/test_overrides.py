"""A person's will about a window: where it is recognised, how long it holds, what ends it."""

from __future__ import annotations

import asyncio
import json

import pytest
from msgspec.structs import replace

from gateway.core.decisions import Outcome
from gateway.core.errors import NotFound, Refused, StoreFull
from gateway.core.messages import ClientDisconnected, CommandMoved, DeviceChanged, DeviceStatus, DeviceSwapped
from gateway.core.quality import Quality
from gateway.flow.decide import overrides
from tests.fakes import START_MS, MemoryDecisions

from .override_site import OverrideSite

HOUR_MS = 3_600_000


@pytest.fixture
def site() -> OverrideSite:
    return OverrideSite()


async def test_asked_of_the_api_the_window_is_told_and_decisions_hold_off_for_an_hour(site: OverrideSite) -> None:
    site.connect()
    override, command = await site.overrides.set("w1", 30, "anna")
    assert [json.loads(said)["args"] for _, _, said in site.post.handed] == [{"position": 30}]
    assert (override.id, override.source, override.who) == (f"o-{command.id}", "api", "anna")
    assert override.until_ms == START_MS + HOUR_MS
    assert site.overrides.held("w1") == override
    site.clock.advance(ms=HOUR_MS - 1)
    assert site.overrides.held("w1") == override
    site.clock.advance(ms=1)
    assert site.overrides.held("w1") is None


async def test_it_holds_before_the_window_hears_of_it(site: OverrideSite) -> None:
    site.connect()
    held: list[bool] = []
    hand = site.post.hand

    def watched(device: str, topic: str, payload: bytes) -> bool:
        held.append(site.overrides.held(device) is not None)
        return hand(device, topic, payload)

    site.post.hand = watched  # type: ignore[method-assign]
    await site.overrides.set("w1", 30, "anna")
    await site.command(70)
    assert held == [True, True]


async def test_it_is_said_in_the_log_and_in_the_trail(site: OverrideSite) -> None:
    _, command = await site.overrides.set("w1", 30, "anna")
    assert site.reasons("window.overridden") == ["anna wants 30 % for 1 h"]
    assert site.entries("window.override") == [("anna", "w1: 30 % for 1 h")]
    assert [one.correlation for one in site.told] == [command.correlation] * 2


async def test_it_holds_until_the_time_that_was_named(site: OverrideSite) -> None:
    until_ms = START_MS + 5 * HOUR_MS
    override, _ = await site.overrides.set("w1", 30, "anna", until_ms)
    assert override.until_ms == until_ms
    site.clock.advance(ms=5 * HOUR_MS - 1)
    assert site.overrides.held("w1") is not None


@pytest.mark.parametrize("until_ms", [START_MS, START_MS - 1, START_MS + 8 * 24 * HOUR_MS])
async def test_a_time_that_has_been_or_is_far_off_is_refused(site: OverrideSite, until_ms: int) -> None:
    with pytest.raises(Refused, match="until"):
        await site.overrides.set("w1", 30, "anna", until_ms)
    assert await site.commands.history("w1", 10) == []


@pytest.mark.parametrize("position", [-1, 100.5, float("nan"), True])
async def test_a_position_that_is_none_is_refused(site: OverrideSite, position: float) -> None:
    with pytest.raises(Refused, match="0 to 100"):
        await site.overrides.set("w1", position, "anna")


async def test_only_windows_that_exist_can_be_overridden(site: OverrideSite) -> None:
    with pytest.raises(NotFound):
        await site.overrides.set("nobody", 30, "anna")
    with pytest.raises(Refused, match="not a window"):
        await site.overrides.set("plain", 30, "anna")


async def test_what_the_disk_refuses_holds_nothing(site: OverrideSite) -> None:
    site.writer.error = StoreFull("no room")
    with pytest.raises(StoreFull):
        await site.overrides.set("w1", 30, "anna")
    assert site.overrides.held("w1") is None
    assert site.pupil.folds == 0


async def test_a_command_from_elsewhere_is_a_persons_will_too(site: OverrideSite) -> None:
    command = await site.command(70, "node-red")
    held = site.overrides.held("w1")
    assert held is not None
    assert (held.id, held.position, held.source, held.who) == (f"o-{command.id}", 70.0, "command", "node-red")
    assert held.learnt.startswith("Between ")


async def test_told_again_of_the_same_command_nothing_is_new(site: OverrideSite) -> None:
    command = await site.command(70)
    before = site.overrides.held("w1")
    site.clock.advance(minutes=30)
    site.bus.publish(CommandMoved(command, command.steps[0], False))
    assert site.overrides.held("w1") == before
    assert site.overrides.begun == {"command": 1}


async def test_a_rule_holds_decisions_off_and_teaches_nothing(site: OverrideSite) -> None:
    await site.command(70, "rule:storm")
    held = site.overrides.held("w1")
    assert held is not None
    assert (held.moment, held.learnt) == (None, "")
    assert site.overrides.lessons("w1") == []
    assert site.pupil.folds == 0


async def test_a_rule_does_not_make_a_persons_will_end_earlier(site: OverrideSite) -> None:
    until_ms = START_MS + 5 * HOUR_MS
    await site.overrides.set("w1", 30, "anna", until_ms)
    await site.command(0, "rule:storm")
    held = site.overrides.held("w1")
    assert held is not None
    assert held.until_ms == until_ms


async def test_a_command_without_a_position_and_one_for_another_device_mean_nothing(site: OverrideSite) -> None:
    site.devices.add("w2")
    await site.command("far", device="w2")
    assert site.overrides.held("w2") is None
    site.devices.add("pump")
    await site.command(50, device="pump")
    assert site.overrides.held("pump") is None


async def test_the_last_will_counts(site: OverrideSite) -> None:
    await site.overrides.set("w1", 30, "anna", START_MS + 5 * HOUR_MS)
    await site.overrides.set("w1", 60, "ben")
    held = site.overrides.held("w1")
    assert held is not None
    assert (held.who, held.position) == ("ben", 60.0)
    site.clock.advance(ms=HOUR_MS)
    assert site.overrides.held("w1") is None


async def test_a_command_that_is_taken_back_holds_nothing_and_teaches_nothing(site: OverrideSite) -> None:
    before = site.thoughts()
    _, command = await site.overrides.set("w1", 90, "anna")
    assert site.thoughts() != before
    await site.cancel(command)
    assert site.overrides.held("w1") is None
    assert site.overrides.lessons("w1") == []
    assert site.thoughts() == before
    await site.restart()
    assert site.overrides.held("w1") is None
    assert site.thoughts() == before


async def test_a_rules_command_that_is_taken_back_holds_nothing(site: OverrideSite) -> None:
    command = await site.command(70, "rule:storm")
    await site.cancel(command)
    assert site.overrides.held("w1") is None
    await site.restart()
    assert site.overrides.held("w1") is None


async def test_without_a_temperature_it_holds_and_teaches_nothing(site: OverrideSite) -> None:
    site.temperature = None
    override, _ = await site.overrides.set("w1", 30, "anna")
    assert site.overrides.held("w1") == override
    assert override.moment is None
    assert site.overrides.lessons("w1") == []


async def test_while_the_time_is_not_known_it_holds_teaches_nothing_and_says_so(site: OverrideSite) -> None:
    site.timed = False
    before = site.thoughts()
    override, _ = await site.overrides.set("w1", 30, "anna")
    nothing = "nothing is learnt from it, because what time it is is not known yet"
    assert (override.moment, override.learnt) == (None, nothing)
    assert site.reasons("window.overridden") == [f"anna wants 30 % for 1 h; {nothing}"]
    assert site.overrides.held("w1") == override
    site.timed = True
    site.set_clock(300 * 24 * HOUR_MS)
    held = site.overrides.held("w1")
    assert held is not None
    assert held.until_ms - site.clock() == HOUR_MS
    assert (site.overrides.lessons("w1"), site.thoughts()) == ([], before)
    await site.command(70)
    assert len(site.overrides.lessons("w1")) == 1


async def test_a_rule_says_nothing_of_learning_while_the_time_is_not_known(site: OverrideSite) -> None:
    site.timed = False
    await site.command(70, "rule:storm")
    assert site.reasons("window.overridden") == ["rule:storm wants 70 % for 1 h"]


async def test_a_hold_can_be_ended_and_what_was_learnt_stays(site: OverrideSite) -> None:
    override, _ = await site.overrides.set("w1", 30, "anna")
    site.clock.advance(minutes=10)
    ended = await site.overrides.resume("w1", "ben")
    assert ended is not None
    assert ended.ended_ms == site.clock()
    assert site.overrides.held("w1") is None
    assert [one.id for one in site.overrides.lessons("w1")] == [override.id]
    assert site.reasons("window.resumed") == ["ben lets it decide again"]
    assert site.entries("window.resume") == [("ben", "w1")]
    assert site.told[-1] == ended
    assert await site.overrides.resume("w1", "ben") is None


async def test_the_end_of_a_hold_is_announced_once(site: OverrideSite) -> None:
    override, _ = await site.overrides.set("w1", 30, "anna")
    site.overrides.look()
    told = len(site.told)
    site.clock.advance(ms=HOUR_MS)
    site.overrides.look()
    site.overrides.look()
    assert site.told[told:] == [override]
    assert not override.holds(site.clock())


async def test_the_end_of_a_hold_is_noticed_by_itself(site: OverrideSite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overrides, "_LOOK_S", 0.001)
    override, _ = await site.overrides.set("w1", 30, "anna")
    running = asyncio.create_task(site.overrides.run())
    told = len(site.told)
    site.clock.advance(ms=HOUR_MS)
    async with asyncio.timeout(10):
        while len(site.told) == told:  # noqa: ASYNC110 - there is nothing else to wait for
            await asyncio.sleep(0.001)
    assert site.told[told:] == [override]
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_one_that_was_ended_is_not_announced_again_when_its_time_has_come(site: OverrideSite) -> None:
    await site.overrides.set("w1", 30, "anna")
    await site.overrides.resume("w1", "anna")
    told = len(site.told)
    site.clock.advance(ms=HOUR_MS)
    site.overrides.look()
    assert len(site.told) == told


async def test_holds_outlive_a_restart_and_those_that_ended_do_not(site: OverrideSite) -> None:
    site.devices.add("w2", kind="window")
    override, _ = await site.overrides.set("w1", 30, "anna")
    await site.overrides.set("w2", 30, "anna")
    await site.overrides.resume("w2", "anna")
    await site.restart()
    assert site.overrides.held("w1") == override
    assert site.overrides.held("w2") is None
    site.clock.advance(ms=HOUR_MS)
    await site.restart()
    assert site.overrides.held("w1") is None


async def test_a_hold_is_as_long_as_it_was_when_the_clock_is_set(site: OverrideSite) -> None:
    await site.overrides.set("w1", 30, "anna")
    site.set_clock(300 * 24 * HOUR_MS)
    held = site.overrides.held("w1")
    assert held is not None
    assert held.until_ms - site.clock() == HOUR_MS
    assert site.overrides.lessons("w1", site.clock()) == [held]


async def test_a_deleted_window_leaves_nothing(site: OverrideSite) -> None:
    await site.overrides.set("w1", 30, "anna")
    site.at(20)
    site.bus.publish(DeviceChanged("w1", None))
    assert site.overrides.held("w1") is None
    assert site.overrides.lessons("w1") == []
    await site.overrides.caught_up()
    assert site.overrides.digest("w1") == ""
    assert site.pupil.lessons["w1"] == ()


async def test_what_goes_against_a_limit_is_done_all_the_same_and_said(site: OverrideSite) -> None:
    assert site.overrides.warnings("w1", 80) == ("rain 1.2 mm/h: at most 10 %",)
    assert site.overrides.warnings("w1", 5) == ()


async def test_a_simulated_windows_overrides_are_marked(site: OverrideSite) -> None:
    site.devices.add("sim-w", simulated=True, kind="window")
    override, _ = await site.overrides.set("sim-w", 30, "anna")
    assert override.simulated
    await site.restart()
    assert [one.simulated for one in site.overrides.lessons("sim-w")] == [True]


# By hand


async def test_a_window_moved_by_hand_holds_and_teaches(site: OverrideSite) -> None:
    site.at(20)
    site.at(75)
    held = site.overrides.held("w1")
    assert held is not None
    assert (held.source, held.who, held.position) == ("hand", "by hand", 75.0)
    assert held.moment is not None
    assert site.reasons("window.overridden") == ["moved by hand to 75 %, where it stays for 1 h"]
    assert site.overrides.begun == {"hand": 1}
    assert await MemoryDecisions(site.writer).overrides() == [held]


async def test_what_was_decided_commanded_or_overridden_is_nobodys_hand(site: OverrideSite) -> None:
    site.at(20)
    site.decided(60)
    site.at(60, 200)
    await site.command(10, "rule:storm")
    site.at(10, 200)
    await site.overrides.set("w1", 90, "anna")
    site.at(90, 200)
    assert site.overrides.begun == {"command": 1, "api": 1}


@pytest.mark.parametrize("outcome", [Outcome.KEPT, Outcome.HELD, Outcome.AWAY, Outcome.WAITING, Outcome.UNANSWERED])
async def test_what_was_decided_and_not_sent_is_no_order(site: OverrideSite, outcome: Outcome) -> None:
    site.at(20)
    site.decided(60, outcome)
    site.at(60)
    assert site.overrides.begun == {"hand": 1}


async def test_a_decision_that_failed_on_its_way_accuses_nobody(site: OverrideSite) -> None:
    site.at(20)
    site.decided(90)
    site.at(50, 20)
    site.decided(90, Outcome.FAILED)
    site.at(50, 300)
    assert site.overrides.begun == {}


@pytest.mark.parametrize("quality", [Quality.JUMP, Quality.OUT_OF_RANGE, Quality.GHOST, Quality.STUCK])
async def test_a_position_that_cannot_be_believed_accuses_nobody(site: OverrideSite, quality: Quality) -> None:
    site.at(20)
    site.at(75, quality=int(quality))
    site.at(20)
    assert site.overrides.begun == {}


async def test_a_position_whose_time_alone_is_in_doubt_counts(site: OverrideSite) -> None:
    site.at(20, quality=int(Quality.TIME))
    site.at(75, quality=int(Quality.TIME))
    assert site.overrides.begun == {"hand": 1}


async def test_late_readings_other_devices_and_other_metrics_accuse_nobody(site: OverrideSite) -> None:
    site.at(20)
    site.at(75, late=True)
    site.at(20, device="plain")
    site.at(75, device="plain")
    assert site.overrides.begun == {}


@pytest.mark.parametrize(
    "event",
    [
        DeviceChanged("w1", DeviceStatus.OFFLINE),
        DeviceSwapped("w1", "02:00:00:00:00:00", "02:00:00:00:00:09", START_MS),
    ],
    ids=lambda event: type(event).__name__,
)
async def test_out_of_sight_it_may_have_come_to_stand_anywhere(site: OverrideSite, event: object) -> None:
    site.at(20)
    site.bus.publish(event)
    site.at(75)
    assert site.overrides.begun == {}


async def test_a_new_connection_is_a_new_beginning(site: OverrideSite) -> None:
    site.at(20)
    site.bus.publish(ClientDisconnected("w1", "w1", "gone"))
    site.connect()
    site.at(75)
    site.at(10)
    assert site.overrides.begun == {"hand": 1}


async def test_set_again_the_clock_accuses_nobody(site: OverrideSite) -> None:
    site.at(20)
    site.set_clock(HOUR_MS)
    site.at(75)
    assert site.overrides.begun == {}


async def test_an_override_is_stored_as_it_is_known(site: OverrideSite) -> None:
    override, _ = await site.overrides.set("w1", 30, "anna")
    (stored,) = await MemoryDecisions(site.writer).overrides("w1")
    assert replace(stored, simulated=override.simulated) == override
