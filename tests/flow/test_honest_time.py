"""A gateway that did not know the time ends with the history of one that always did."""

from __future__ import annotations

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.core.boots import REDATE_MS
from gateway.core.ports.clock import Trust

from .gateway_model import Gateway, Machine, Memory, Shelf

START_MS = 1_790_000_000_000
S, MINUTE, HOUR = 1_000, 60_000, 3_600_000


class Node(msgspec.Struct):
    """A node without a clock, by true time."""

    name: str
    booted_ms: int
    boots: int = 0
    seq: int = 0

    @property
    def boot(self) -> str:
        return f"{self.name}{self.boots}"


class House:
    """The same messages at the same moments to a gateway that always knows the time and to one that starts in 1970."""

    def __init__(self, nodes: int, backlog_first: bool = False) -> None:
        self._backlog_first = backlog_first
        self.now_ms = START_MS
        self.nodes = [Node(f"node-{number}", START_MS - number * 7 * MINUTE) for number in range(nodes)]
        self.up = True
        self.run = 0
        self.known = False
        self.ideal_shelf, self.blind_shelf = Shelf(), Shelf()
        self._memories = Memory(), Memory()
        self._backlog: dict[str, list[dict[str, object]]] = {}
        self.start()

    def start(self) -> None:
        self.run += 1
        ideal = Machine(self.now_ms, boot=f"i{self.run}")
        blind = Machine(self.now_ms, boot=f"b{self.run}")
        if not self.known:
            blind.error_ms, blind.trust = 5 * MINUTE - self.now_ms, Trust.NONE
        self.ideal = Gateway(ideal, self.ideal_shelf, self._memories[0])
        self.blind = Gateway(blind, self.blind_shelf, self._memories[1])
        self.up = True
        for node in self.nodes:
            self.connect(node)

    def stop(self) -> None:
        self.up = False

    def respawn(self) -> None:
        """The gateway's process starts again; the machine stays up."""
        machines = [gateway.machine for gateway in self.each()]
        self.ideal = Gateway(machines[0], self.ideal_shelf, self._memories[0])
        self.blind = Gateway(machines[1], self.blind_shelf, self._memories[1])
        for node in self.nodes:
            self.connect(node)

    def each(self) -> list[Gateway]:
        return [self.ideal, self.blind]

    def wait(self, ms: int) -> None:
        for passed_ms in [HOUR] * (ms // HOUR) + [ms % HOUR]:
            self.now_ms += passed_ms
            for gateway in self.each():
                gateway.machine.now_ms = self.now_ms
                if self.up:
                    gateway.look()

    def learn(self) -> None:
        self.known = True
        self.blind.machine.set_right()
        if self.up:
            self.blind.look()

    def connect(self, node: Node) -> None:
        """As nodes do: say that one is there, then what waited; or the other way round."""
        if not self._backlog_first:
            self.beat(node)
        waiting = self._backlog.pop(node.name, [])
        for at in range(0, len(waiting), 50):
            self._tell(node, {"readings": waiting[at : at + 50]})
        self.beat(node)

    def beat(self, node: Node) -> None:
        if self.up:
            for gateway in self.each():
                gateway.beat(node.name, node.boot, self.now_ms - node.booted_ms)

    def measure(self, node: Node, again: bool = False) -> None:
        node.seq += 1
        reading: dict[str, object] = {
            "boot": node.boot,
            "seq": node.seq,
            "uptime_ms": self.now_ms - node.booted_ms,
            "t": float(node.seq),
        }
        if self.up:
            self._tell(node, reading)
            if again:
                self._tell(node, reading)
        else:
            self._backlog.setdefault(node.name, []).append(reading)

    def bare(self) -> None:
        if self.up:
            for gateway in self.each():
                gateway.hear("sensor/bare/temperature", b"21.5")

    def reboot(self, node: Node) -> None:
        node.boots, node.booted_ms, node.seq = node.boots + 1, self.now_ms - 2 * S, 0
        self.beat(node)

    def _tell(self, node: Node, payload: dict[str, object]) -> None:
        for gateway in self.each():
            gateway.tell(node.name, payload)


ACTS = st.one_of(
    st.tuples(st.just("wait"), st.sampled_from([S, 10 * S, MINUTE, 17 * MINUTE, 5 * HOUR])),
    st.tuples(st.sampled_from(["measure", "again", "reboot", "beat"]), st.integers(0, 2)),
    st.tuples(st.sampled_from(["stop", "start", "respawn", "learn", "bare"]), st.just(0)),
)


def act_as_node(house: House, what: str, number: int) -> None:
    if number >= len(house.nodes):
        return
    node = house.nodes[number]
    if what == "reboot":
        if number:  # the first never does: without anything that goes on, a boot of the gateway cannot be dated
            house.reboot(node)
    elif what == "beat":
        house.beat(node)
    else:
        house.measure(node, again=what == "again")


def act(house: House, what: str, number: int) -> None:
    if what in ("measure", "again", "reboot", "beat"):
        act_as_node(house, what, number)
        return
    match what:
        case "wait":
            house.wait(number)
        case "stop":
            house.stop()
        case "start" if not house.up:
            house.start()
        case "respawn" if house.up:
            house.respawn()
        case "learn":
            house.learn()
        case "bare":
            house.bare()


@settings(max_examples=300)
@given(st.lists(ACTS, max_size=60))
def test_whatever_happens_before_the_time_is_learnt_the_history_is_the_same(acts: list[tuple[str, int]]) -> None:
    house = House(3)
    for what, number in acts:
        act(house, what, number)
    if not house.up:
        house.start()
    house.wait(S)
    house.learn()
    house.wait(S)
    for device in ("node-0", "node-1", "node-2", "bare"):
        assert house.blind_shelf.history(device) == house.ideal_shelf.history(device)
    assert not any(boot.frame for boot in house.blind_shelf.boots.values())


@settings(max_examples=200)
@given(st.lists(ACTS, max_size=60))
def test_after_backlogs_that_come_first_it_is_the_same_within_what_they_leave_unsaid(
    acts: list[tuple[str, int]],
) -> None:
    house = House(3, backlog_first=True)
    for what, number in acts:
        act(house, what, number)
    if not house.up:
        house.start()
    house.learn()
    house.wait(S)
    for device in ("node-0", "node-1", "node-2", "bare"):
        blind, ideal = house.blind_shelf.history(device), house.ideal_shelf.history(device)
        assert len(blind) == len(ideal)
        for (one_ms, _), (other_ms, _) in zip(blind, ideal, strict=True):
            assert abs(one_ms - other_ms) <= REDATE_MS * house.run


@settings(max_examples=200)
@given(st.lists(ACTS, max_size=60))
def test_nothing_that_was_said_before_is_news_again(acts: list[tuple[str, int]]) -> None:
    house = House(3)
    for what, number in acts:
        act(house, what, number)
    news = [(r.device, r.boot, r.seq) for r in house.blind.readings if not r.late]
    assert len(news) == len(set(news))


@settings(max_examples=200)
@given(st.lists(ACTS, max_size=40))
def test_time_never_goes_behind_anything_that_is_on_the_disk(acts: list[tuple[str, int]]) -> None:
    house = House(0)
    for what, number in acts:
        act(house, what, number)
        if house.up:
            shelf = house.blind_shelf
            dated = [*shelf.dates().values(), *(event.time_ms for event in shelf.events)]
            assert house.blind.keeper.now_ms() >= max(dated)


def day_in_the_dark(restarts: int) -> House:
    house = House(3)
    for hour in range(24):
        for _ in range(6):
            house.wait(10 * MINUTE)
            for node in house.nodes:
                house.beat(node)
                house.measure(node)
            house.bare()
        if hour % 5 == 4:
            house.reboot(house.nodes[1])
        if restarts and hour % 7 == 6 and house.run <= restarts:
            house.stop()
            house.wait(40 * MINUTE)
            house.measure(house.nodes[2])
            house.start()
    return house


def test_a_day_without_any_clock_ends_like_a_day_with_one() -> None:
    for restarts in (0, 1, 3):
        house = day_in_the_dark(restarts)
        assert house.blind_shelf.history("node-0") != house.ideal_shelf.history("node-0")
        house.learn()
        for device in ("node-0", "node-1", "node-2", "bare"):
            assert house.blind_shelf.history(device) == house.ideal_shelf.history(device)
            assert len(house.blind_shelf.history(device)) >= 140


def test_a_node_that_kept_running_tells_a_restarted_gateway_how_long_it_was_away() -> None:
    house = day_in_the_dark(0)
    house.learn()
    house.known = False
    house.stop()
    house.wait(3 * HOUR)
    house.start()
    assert house.blind.keeper.frame
    assert abs(house.blind.keeper.now_ms() - house.now_ms) < S
    assert any("kept running" in reason for reason in house.blind.reasons("clock.set"))


def test_what_was_learnt_is_told_in_words() -> None:
    house = House(2)
    for node in house.nodes:
        house.measure(node)
    house.bare()
    house.wait(10 * MINUTE)
    house.learn()
    (reason,) = house.blind.reasons("clock.set")
    assert reason.startswith("the machine's clock was synchronised: it was ")
    assert reason.endswith("behind; 3 boots of 3 devices were re-dated")
