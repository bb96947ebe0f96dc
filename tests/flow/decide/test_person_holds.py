"""What people ordered of devices holds rules off for a while."""

from __future__ import annotations

from msgspec.structs import replace

from gateway.core.commands import Command, CommandStatus, Step
from gateway.core.messages import ClockSet, CommandMoved, DeviceChanged
from gateway.core.rules.ranks import Rank
from gateway.flow.bus import Bus
from gateway.flow.decide.person_holds import PersonHolds
from tests.fakes import START_MS, FixedClock

HOLD_S = 3600


class Orders:
    """Commands that are taken on."""

    def __init__(self) -> None:
        self.bus, self.clock = Bus(), FixedClock()
        self.holds = PersonHolds(self.bus, self.clock, HOLD_S, lambda device: device == "w1")

    def ask(self, verb: str = "turn_off", who: str = "anna", device: str = "fan", **said: object) -> Command:
        args = {key: value for key, value in said.items() if key != "id"}
        queued = Step(CommandStatus.QUEUED, self.clock())
        command = Command(str(said.get("id", "c1")), device, verb, args, self.clock(), 0, who, steps=(queued,))
        self.bus.publish(CommandMoved(command, queued, False))
        return command

    def held(self) -> dict[str, tuple[str, object]]:
        return {claim.actuator: (claim.who, claim.target) for claim in self.holds.standing()}


def test_what_a_person_ordered_holds_for_an_hour() -> None:
    orders = Orders()
    orders.ask()
    (claim,) = orders.holds.standing()
    assert (claim.actuator, claim.rank, claim.who, claim.target) == ("fan/power", Rank.PERSON, "anna", False)
    orders.clock.advance(minutes=59)
    assert orders.held()
    orders.clock.advance(minutes=1)
    assert not orders.held()


def test_the_last_order_counts() -> None:
    orders = Orders()
    orders.ask()
    orders.ask("set_speed", "bob", speed=40, id="c2")
    assert orders.held() == {"fan/power": ("bob", True), "fan/speed": ("bob", 40.0)}


def test_rules_and_their_timers_hold_nothing_here() -> None:
    orders = Orders()
    orders.ask(who="rule:bath-air")
    orders.ask(id=f"t-{'0a' * 8}-0-1")
    assert not orders.held()


def test_what_leaves_everything_where_it_is_holds_nothing() -> None:
    orders = Orders()
    orders.ask("identify")
    assert not orders.held()


def test_a_window_is_left_to_the_overrides() -> None:
    orders = Orders()
    orders.ask("set_position", device="w1", position=40)
    assert not orders.held()
    orders.ask("set_position", device="valve", position=40)
    assert orders.held() == {"valve/position": ("anna", 40.0)}


def test_an_order_that_was_taken_back_holds_nothing() -> None:
    orders = Orders()
    command = orders.ask()
    orders.bus.publish(CommandMoved(command, Step(CommandStatus.FAILED, 0, "cancelled by anna"), False))
    assert not orders.held()


def test_an_order_that_the_node_could_not_do_holds_all_the_same() -> None:
    orders = Orders()
    command = orders.ask()
    orders.bus.publish(CommandMoved(command, Step(CommandStatus.FAILED, 0, "the relay is stuck"), False))
    assert orders.held()


def test_after_a_restart_it_holds_as_long_as_it_would_have() -> None:
    before = Orders()
    old, newer = before.ask("turn_on", id="c1"), before.ask(id="c2", who="bob")
    taken_back = replace(before.ask(device="pump"), steps=(Step(CommandStatus.FAILED, 0, "cancelled by anna"),))
    after = Orders()
    after.clock.advance(minutes=30)
    after.holds.recall([newer, replace(old, created_ms=old.created_ms - 1), taken_back])
    assert after.held() == {"fan/power": ("bob", False)}
    after.clock.advance(minutes=30)
    assert not after.held()


def test_what_is_over_by_now_is_not_recalled() -> None:
    before, after = Orders(), Orders()
    after.clock.advance(minutes=120)
    after.holds.recall([before.ask()])
    assert not after.held()


def test_when_the_clock_is_set_it_holds_as_long_as_before() -> None:
    orders = Orders()
    orders.ask()
    before_ms = orders.clock.now_ms
    orders.clock.now_ms += 86_400_000
    orders.bus.publish(ClockSet(before_ms, orders.clock.now_ms, START_MS - 1, True, True, "a test"))
    orders.clock.advance(minutes=59)
    assert orders.held()
    orders.clock.advance(minutes=2)
    assert not orders.held()


def test_nothing_is_held_of_a_device_that_is_gone() -> None:
    orders = Orders()
    orders.ask()
    orders.bus.publish(DeviceChanged("fan", None))
    assert not orders.held()
