"""Who has a window, a fan: people, rules and the model beside each other."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from gateway.core.commands import Order
from gateway.core.messages import ClockSet, DeviceChanged
from gateway.core.rules.ranks import LASTING, Claim, Rank
from gateway.core.window.limits import Limited
from gateway.flow.decide.arbiter import Arbiter
from gateway.flow.decide.person_holds import PersonHolds
from tests.fakes import START_MS
from tests.flow.decide.override_site import OverrideSite

MINUTE_MS = 60_000


BERLIN = ZoneInfo("Europe/Berlin")


def local(time_ms: int) -> str:
    """What a clock in Berlin shows."""
    return f"{datetime.fromtimestamp(time_ms / 1000, BERLIN):%H:%M}"


class ArbiterSite(OverrideSite):
    """A window that people override, and the arbiter who knows of that. It rains: 10 % at most."""

    def _new_run(self) -> None:
        super()._new_run()
        people = PersonHolds(self.bus, self.clock, 3600, lambda device: device.startswith("w"))
        cut: Callable[[str, float], Limited] = lambda device, position: (  # noqa: E731
            Limited(10.0, ("rain 1.2 mm/h: at most 10 %",)) if position > 10 else Limited(position)
        )
        self.arbiter = Arbiter(self.bus, self.clock, self.overrides, people, cut, BERLIN)

    def claim(
        self,
        rule: str = "bath-air",
        priority: int = 60,
        actuator: str = "w1/position",
        target: float | bool = 5.0,
        until_ms: int | None = LASTING,
    ) -> Claim:
        rank = Rank.SAFETY if priority >= 90 else Rank.RULE
        return Claim(actuator, rank, priority, f"rule:{rule}", self.clock(), until_ms, target)

    async def by_rule(self, claim: Claim, number: int = 0) -> None:
        """What is done about an action of a rule."""
        assert self.arbiter.ask(claim).allowed
        device = claim.actuator.split("/")[0]
        order = Order(device, "set_position", {"position": claim.target}, id=f"r-{number}")
        assert claim.until_ms is not None
        self.overrides.claim(order.id, claim.until_ms)
        await self.commands.ask(order, claim.who)

    def who(self, device: str = "w1") -> str:
        held = self.arbiter.held(device)
        return "" if held is None else held.who


def test_a_rule_holds_the_model_off_from_the_moment_it_is_allowed() -> None:
    site = ArbiterSite()
    assert site.arbiter.held("w1") is None
    assert site.arbiter.ask(site.claim(until_ms=site.clock() + 20 * MINUTE_MS)).allowed
    held = site.arbiter.held("w1")
    assert held is not None
    assert (held.who, held.position) == ("rule:bath-air", 5.0)
    assert site.arbiter.holder("w1") == f"rule bath-air (60) until {local(site.clock() + 20 * MINUTE_MS)}"
    site.clock.advance(minutes=20)
    assert site.arbiter.held("w1") is None
    assert site.arbiter.holder("w1") == ""


def test_what_is_wanted_once_is_allowed_and_holds_nothing() -> None:
    site = ArbiterSite()
    assert site.arbiter.ask(site.claim(until_ms=None)).allowed
    assert site.arbiter.standing() == []


def test_a_lower_rule_is_told_who_holds_it_off() -> None:
    site = ArbiterSite()
    site.arbiter.ask(site.claim("storm", 70))
    answer = site.arbiter.ask(site.claim("bath-air", 60))
    assert not answer.allowed
    assert answer.words == "held by rule storm (70) while it holds"
    site.arbiter.release("rule:storm")
    assert site.arbiter.ask(site.claim("bath-air", 60)).allowed


def test_the_weather_cuts_rules_and_warns_people() -> None:
    site = ArbiterSite()
    answer = site.arbiter.ask(site.claim(target=80.0))
    assert (answer.allowed, answer.position, answer.cuts) == (True, 10.0, ("rain 1.2 mm/h: at most 10 %",))
    person = Claim("w1/position", Rank.PERSON, 0, "anna", site.clock(), None, 80.0)
    assert (site.arbiter.ask(person).position, site.arbiter.ask(person).cuts) == (80.0, ())
    fan = site.arbiter.ask(site.claim(actuator="plain/power", target=True))
    assert (fan.position, fan.cuts) == (None, ())


async def test_a_persons_order_holds_rules_off_and_safety_goes_before_it() -> None:
    site = ArbiterSite()
    await site.command(40.0, "anna")
    answer = site.arbiter.ask(site.claim())
    assert not answer.allowed
    assert answer.words.startswith("held by anna until ")
    assert site.arbiter.ask(site.claim("frost", 95)).allowed


async def test_a_persons_order_to_a_fan_holds_rules_off_for_an_hour() -> None:
    site = ArbiterSite()
    site.devices.add("fan", kind="fan")
    await site.commands.ask(Order("fan", "turn_off"), "anna")
    claim = site.claim(actuator="fan/power", target=True)
    assert not site.arbiter.ask(claim).allowed
    assert [one.who for one in site.arbiter.standing("fan")] == ["anna"]
    site.arbiter.release("anna", "fan/power")
    assert site.arbiter.ask(claim).allowed


async def test_a_rules_window_is_its_own_until_it_lets_go_and_then_the_models() -> None:
    site = ArbiterSite()
    claim = site.claim(until_ms=site.clock() + 20 * MINUTE_MS)
    await site.by_rule(claim)
    assert site.who() == "rule:bath-air"
    override = site.overrides.held("w1")
    assert override is not None
    assert override.until_ms == claim.until_ms
    site.clock.advance(minutes=5)
    site.arbiter.release("rule:bath-air", "w1/position")
    assert site.who() == ""
    assert site.told[-1].ended_ms == site.clock()
    await site.restart()
    assert site.who() == ""


async def test_a_rule_lets_go_of_a_window_that_it_held_before_a_restart() -> None:
    site = ArbiterSite()
    await site.by_rule(site.claim())
    await site.restart()
    assert site.who() == "rule:bath-air"
    assert site.arbiter.standing() == []
    site.arbiter.release("rule:other")
    assert site.who() == "rule:bath-air"
    site.arbiter.release("rule:bath-air")
    assert site.who() == ""


async def test_a_claim_that_lasts_holds_the_window_for_a_week_at_most() -> None:
    site = ArbiterSite()
    await site.by_rule(site.claim())
    held = site.overrides.held("w1")
    assert held is not None
    assert held.until_ms == site.clock() + 7 * 86_400_000


async def test_a_rule_without_a_claim_holds_as_long_as_a_person() -> None:
    site = ArbiterSite()
    await site.command(40.0, "rule:old")
    held = site.overrides.held("w1")
    assert held is not None
    assert held.until_ms == site.clock() + 60 * MINUTE_MS


async def test_an_order_that_came_to_nothing_leaves_no_claim() -> None:
    site = ArbiterSite()
    site.overrides.claim("r-1", site.clock() + MINUTE_MS)
    site.overrides.claim("r-1", None)
    await site.commands.ask(Order("w1", "set_position", {"position": 5.0}, id="r-1"), "rule:x")
    held = site.overrides.held("w1")
    assert held is not None
    assert held.until_ms == site.clock() + 60 * MINUTE_MS


async def test_safety_does_not_end_a_persons_hold() -> None:
    for again in (False, True):
        site = ArbiterSite()
        await site.command(40.0, "anna")
        await site.by_rule(site.claim("frost", 95, until_ms=site.clock() + 10 * MINUTE_MS))
        assert site.who() == "rule:frost"
        assert not site.arbiter.ask(site.claim()).allowed
        site.clock.advance(minutes=5)
        site.arbiter.release("rule:frost")
        if again:
            await site.restart()
        assert site.who() == "anna"
        assert site.arbiter.holder("w1").startswith("anna until ")
        assert not site.arbiter.ask(site.claim()).allowed
        site.clock.advance(minutes=55)
        assert site.who() == ""


async def test_when_the_time_of_safety_is_over_the_person_holds_on() -> None:
    site = ArbiterSite()
    await site.command(40.0, "anna")
    await site.by_rule(site.claim("frost", 95, until_ms=site.clock() + 10 * MINUTE_MS))
    site.clock.advance(minutes=10)
    site.overrides.look()
    assert site.who() == "anna"


async def test_who_lets_the_window_decide_again_ends_both() -> None:
    site = ArbiterSite()
    await site.command(40.0, "anna")
    await site.by_rule(site.claim("frost", 95, until_ms=site.clock() + 10 * MINUTE_MS))
    await site.overrides.resume("w1", "bob")
    assert site.overrides.persons() == []
    await site.restart()
    assert site.who() == ""


async def test_a_person_goes_before_a_rule_and_the_rule_is_back_after_that() -> None:
    site = ArbiterSite()
    await site.by_rule(site.claim())
    await site.command(40.0, "anna")
    assert site.who() == "anna"
    assert [one.who for one in site.arbiter.standing("w1")] == ["rule:bath-air", "anna"]
    site.arbiter.release("rule:bath-air")
    assert site.who() == "anna"
    site.clock.advance(minutes=60)
    assert site.who() == ""


async def test_what_held_before_a_restart_is_put_back_without_being_asked() -> None:
    site = ArbiterSite()
    site.devices.add("fan", kind="fan")
    command = await site.commands.ask(Order("fan", "turn_off"), "anna")
    await site.restart()
    site.arbiter.recall([command])
    site.arbiter.stand(site.claim(actuator="fan/power", target=True))
    assert {one.who for one in site.arbiter.standing("fan")} == {"rule:bath-air", "anna"}


def test_claims_move_with_the_clock_and_go_with_their_device() -> None:
    site = ArbiterSite()
    site.arbiter.ask(site.claim(until_ms=site.clock() + 20 * MINUTE_MS))
    before_ms = site.clock.now_ms
    site.clock.now_ms += 86_400_000
    site.bus.publish(ClockSet(before_ms, site.clock.now_ms, START_MS - 1, True, True, "a test"))
    (claim,) = site.arbiter.standing("w1")
    assert claim.until_ms == site.clock() + 20 * MINUTE_MS
    site.bus.publish(DeviceChanged("w1", None))
    assert site.arbiter.standing() == []


async def test_lessons_are_those_of_the_overrides() -> None:
    site = ArbiterSite()
    await site.teach(40.0, 8.0)
    assert site.arbiter.digest("w1") == site.overrides.digest("w1") != ""
