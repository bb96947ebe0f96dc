"""One device's comings and goings, as statuses and events."""

from __future__ import annotations

from gateway.flow.presence import FLAP_WINDOW_MS, FLAPS, SETTLED_MS, SILENCE_MS, Presence
from tests.fakes import FixedClock


class Node:
    """A presence on a clock of its own, and the events it made."""

    def __init__(self) -> None:
        self.clock = FixedClock()
        self.presence = Presence()
        self.events: list[tuple[str, str]] = []

    @property
    def there(self) -> bool:
        return self.presence.there(self.clock())

    def connect(self) -> None:
        self.presence.connected(self.clock())
        self.look()

    def end(self, why: str = "connection lost") -> None:
        self.presence.disconnected(self.clock(), why, goodbye=why == "disconnected")
        self.look()

    def beat(self) -> None:
        self.presence.beat(self.clock())
        self.look()

    def say_offline(self) -> None:
        self.presence.say_offline(self.clock())
        self.look()

    def drop(self) -> None:
        """The connection is lost and the will says so."""
        self.end()
        self.say_offline()

    def wait(self, *, s: float = 0, minutes: float = 0) -> None:
        """Let time pass, looking every five seconds as the watch does."""
        end_ms = self.clock.now_ms + round(s * 1000 + minutes * 60_000)
        while self.clock.now_ms < end_ms:
            self.clock.now_ms = min(end_ms, self.clock.now_ms + 5000)
            self.look()

    def look(self) -> None:
        self.events += [(said.kind, said.reason) for said in self.presence.news(self.clock())]

    def kinds(self) -> list[str]:
        return [kind.removeprefix("device.") for kind, _ in self.events]


def met() -> Node:
    """A node that is connected and whose first event is told."""
    node = Node()
    node.connect()
    node.beat()
    assert node.events == [("device.online", "heard for the first time")]
    node.events.clear()
    return node


def test_a_silent_node_is_gone_after_three_heartbeats_and_the_event_says_since_when() -> None:
    node = met()
    node.end("disconnected")
    node.wait(minutes=3)
    assert node.there
    node.wait(s=5)
    assert not node.there
    assert node.events == [("device.offline", "no heartbeat for 3 min; before that: disconnected")]


def test_the_will_is_believed_at_once_but_told_after_three_heartbeats_time() -> None:
    node = met()
    node.drop()
    assert not node.there
    node.wait(s=175)
    assert node.events == []
    node.wait(s=5)
    assert node.events == [("device.offline", "last will: connection lost, 3 min ago")]


def test_a_goodbye_is_told_as_one() -> None:
    node = met()
    node.say_offline()
    node.end("disconnected")
    node.wait(minutes=4)
    assert node.events == [("device.offline", "said goodbye, 3 min ago")]


def test_a_will_told_before_the_end_of_the_connection_is_no_goodbye() -> None:
    node = met()
    node.say_offline()
    node.end("keep-alive ran out")
    node.wait(minutes=4)
    assert node.events == [("device.offline", "last will: keep-alive ran out, 3 min ago")]


def test_a_short_break_makes_no_event() -> None:
    node = met()
    node.drop()
    node.wait(minutes=2)
    node.connect()
    node.wait(minutes=10)
    assert node.events == []


def test_coming_back_says_how_long_it_was_away() -> None:
    node = met()
    node.drop()
    node.wait(minutes=14)
    node.connect()
    assert node.events[-1] == ("device.online", "back after 14 min")


def test_a_connected_node_whose_heartbeats_stop_is_gone_although_it_answers_pings() -> None:
    node = met()
    node.wait(minutes=3, s=5)
    assert not node.there
    assert node.events == [("device.offline", "connected, but nothing heard for 3 min")]
    node.beat()
    assert node.there


def test_a_connected_device_that_never_sends_heartbeats_may_be_silent() -> None:
    node = Node()
    node.connect()
    node.wait(minutes=600)
    assert node.there


def flap(node: Node, times: int, every_s: float = 60) -> None:
    for _ in range(times):
        node.drop()
        node.wait(s=every_s / 2)
        node.connect()
        node.beat()
        node.wait(s=every_s / 2)


def test_going_and_coming_many_times_is_told_once_and_shown_as_there() -> None:
    node = met()
    flap(node, FLAPS + 6)
    assert node.events == [("device.flapping", "went away 4 times within 3 min; last: connection lost")]
    assert node.presence.flapping
    node.drop()
    assert node.there


def test_a_flapping_node_that_stays_is_told_settled_once() -> None:
    node = met()
    flap(node, 10)
    node.events.clear()
    for _ in range(20):
        node.beat()
        node.wait(minutes=1)
    assert node.events == [("device.settled", "there for 5 min, after going away 10 times in 9 min")]
    assert not node.presence.flapping


def test_a_flapping_node_that_stays_away_is_told_gone() -> None:
    node = met()
    flap(node, 5)
    node.drop()
    node.events.clear()
    node.wait(minutes=10)
    assert node.kinds() == ["offline"]
    assert not node.presence.flapping
    assert not node.there


def test_breaks_far_apart_are_no_flapping() -> None:
    node = met()
    flap(node, 3 * FLAPS, every_s=FLAP_WINDOW_MS / 1000 / (FLAPS - 1) + 5)
    assert "flapping" not in node.kinds()


def test_a_device_that_connects_only_to_publish_is_not_flapping() -> None:
    node = met()
    for _ in range(20):
        node.end("disconnected")
        node.wait(s=20)
        node.connect()
    assert node.events == []


def test_one_break_is_counted_once_however_it_is_told() -> None:
    node = met()
    for _ in range(FLAPS - 1):
        node.say_offline()
        node.end()
        node.say_offline()
        node.connect()
    assert node.events == []


def test_after_a_restart_of_the_gateway_a_device_has_time_to_come_back() -> None:
    node = Node()
    node.presence.prime(node.clock.now_ms - 3_600_000, node.clock.now_ms, told=True)
    assert not node.there
    node.wait(minutes=2)
    node.connect()
    node.wait(minutes=1)
    assert node.events == []


def test_after_a_restart_of_the_gateway_a_device_that_stays_away_is_told() -> None:
    node = Node()
    node.presence.prime(node.clock.now_ms - 3_600_000, node.clock.now_ms, told=True)
    node.wait(minutes=4)
    assert node.events == [("device.offline", "nothing heard for 1 h 3 min")]


def test_what_was_told_gone_before_a_restart_is_not_told_again() -> None:
    node = Node()
    node.presence.prime(node.clock.now_ms - 3_600_000, node.clock.now_ms, told=False)
    node.wait(minutes=30)
    assert node.events == []
    node.connect()
    assert node.events == [("device.online", "back after 1 h 30 min")]


def test_the_gateways_clock_may_be_set_without_anybody_leaving() -> None:
    node = met()
    node.end("disconnected")
    years_ms = 50 * 365 * 86_400_000
    node.clock.advance(ms=years_ms)
    node.presence.shift(lambda time_ms: time_ms + years_ms)
    node.look()
    assert node.there
    node.clock.advance(ms=SILENCE_MS)
    node.look()
    assert node.events == []
    node.clock.advance(ms=SETTLED_MS)
    node.look()
    assert node.kinds() == ["offline"]


def test_hardware_that_was_replaced_is_gone_at_once_and_its_late_end_ends_nobody_else() -> None:
    node = Node()
    node.connect()
    node.beat()
    node.presence.replaced(node.clock())
    assert not node.there
    assert node.presence.why_away(node.clock()) == "its hardware was replaced"
    node.say_offline()
    assert node.presence.why_away(node.clock()) == "its hardware was replaced"
    node.connect()
    node.end("its credentials were revoked")
    assert node.there, "that was the old one"
    assert node.events == [("device.online", "heard for the first time")]
    node.end()
    node.clock.advance(ms=SILENCE_MS + 1)
    assert not node.there


def test_new_hardware_does_not_inherit_that_the_old_one_was_flapping() -> None:
    node = Node()
    for _ in range(FLAPS):
        node.connect()
        node.drop()
    assert node.presence.flapping
    node.presence.replaced(node.clock())
    assert not node.presence.flapping
    node.clock.advance(ms=SILENCE_MS)
    node.look()
    assert node.events[-1][0] == "device.offline"
    assert "its hardware was replaced" in node.events[-1][1]
