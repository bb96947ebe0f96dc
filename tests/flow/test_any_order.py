"""Commands and shadows through anything that can happen, in any order.

Nothing is sent that is not on the disk, or after its end; no id is done twice; nothing promised is lost; and when
everything works again, every command has an end and both sides of the shadow are the same.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine
from typing import Any, TypeVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from gateway.core.commands import Command, CommandStatus, Order
from gateway.core.errors import GatewayError, StoreFull
from gateway.core.ports.store import NotesDated
from gateway.core.shadow import Shadow, Sync, sync

from .orders_site import Node, Site, turns

DEVICE = "window-1"
IDS = st.sampled_from(["", "", "a", "b"])
POSITIONS = st.integers(0, 2)
PATCHES: list[dict[str, object]] = [
    {"interval_s": 5},
    {"interval_s": None},
    {"audio": True},
    {"limits": {"position": {"max": 1}}},
]
MOST = 30
"""Fewer than are remembered, so that what a node says late is always heard."""
_Result = TypeVar("_Result")


class Anything(RuleBasedStateMachine):
    """A gateway, its disk and a node."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.site = Site()
        self.site.disk.held = True
        self.node = Node()
        self.node_holds: tuple[int, dict[str, object]] = (0, {})
        self.tasks: list[asyncio.Task[Any]] = []
        self.overtaking: asyncio.Task[Any] | None = None
        self.promised: set[str] = set()
        self.wanted = 0
        self.taken_back: set[str] = set()
        self.packets = 0
        self.boots = 1
        self.handed = 0
        self._plug_in()

    def _plug_in(self) -> None:
        self.site.post.nodes[DEVICE] = self.node
        self.handed = 0

    def wait(self, coroutine: Coroutine[Any, Any, _Result]) -> _Result:
        return self.loop.run_until_complete(coroutine)

    def _start(self, coroutine: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        task = self.loop.create_task(coroutine)
        self.tasks.append(task)
        self._go_on()
        return task

    def _go_on(self) -> None:
        self.wait(turns())
        for task in [task for task in self.tasks if task.done()]:
            self.tasks.remove(task)
            if task.cancelled() or isinstance(task.exception(), GatewayError):
                continue
            self._kept(task.result())

    def _kept(self, result: object) -> None:
        """What was promised to somebody."""
        if isinstance(result, Command):
            self.promised.add(result.id)
        elif isinstance(result, Shadow):
            self.wanted = max(self.wanted, result.desired_version)

    # People and programs

    @precondition(lambda self: len(self.site.archive.kept) + len(self.site.disk.waiting) < MOST)
    @rule(command_id=IDS, position=POSITIONS, expires_s=st.sampled_from([1, 600, 3600]))
    def ask(self, command_id: str, position: int, expires_s: int) -> None:
        expires_ms = self.site.clock() + expires_s * 1000
        order = Order(DEVICE, "set_position", {"position": position}, expires_ms, command_id)
        self._start(self.site.commands.ask(order, "anna"))

    @precondition(lambda self: len(self.site.archive.kept) + len(self.site.disk.waiting) < MOST)
    @rule(command_id=IDS, position=POSITIONS, again=st.booleans())
    def publish(self, command_id: str, position: int, again: bool) -> None:
        self.packets += not again
        said = {"verb": "set_position", "args": {"position": position}, "id": command_id}
        self.site.hear(f"devices/{DEVICE}/command", said, "node-red", self.packets, again)
        self.wait(self.site.commands._programs.settle())

    @rule(index=st.integers(0, 30))
    def take_back(self, index: int) -> None:
        known = self.site.commands.of(DEVICE)
        if known:
            command_id = known[index % len(known)].id
            self.taken_back.add(command_id)
            self._start(self.site.commands.cancel(DEVICE, command_id, "anna"))

    @rule(
        patch=st.sampled_from([{"interval_s": 5}, {"interval_s": None}, {"audio": True}, {"limits": {"a": {"max": 1}}}])
    )
    def want(self, patch: dict[str, object]) -> None:
        self._start(self.site.shadows.want(DEVICE, patch, "anna"))

    # The gateway and its disk

    @rule(most=st.integers(1, 4))
    def commit(self, most: int) -> None:
        self.site.disk.commit(most)
        self._go_on()

    @precondition(
        lambda self: not any(isinstance(one, NotesDated) for changes, _ in self.site.disk.waiting for one in changes)
    )
    @rule()
    def refuse(self) -> None:
        self.site.disk.error = StoreFull("no room")
        self.site.disk.commit()
        self.site.disk.error = None
        self._go_on()

    def _notes_move(self) -> bool:
        """What a full disk refuses of it is not said again (a known limit of the event log)."""
        return any(isinstance(change, NotesDated) for changes, _ in self.site.disk.waiting for change in changes)

    @rule(durable=st.integers(0, 6), other_boot=st.booleans())
    def kill(self, durable: int, other_boot: bool) -> None:
        for task in self.tasks:
            task.cancel()
        self._go_on()
        if other_boot:
            self.boots += 1
            self.site.time.boot, self.site.time.known = f"m{self.boots}", False
        self.wait(self.site.restart(durable))
        self._plug_in()

    @rule(seconds=st.sampled_from([1, 5, 40, 700]))
    def time_passes(self, seconds: int) -> None:
        self.site.clock.advance(s=seconds)
        self.look()

    @rule()
    def look(self) -> None:
        self.site.commands.look()
        self.site.shadows.look()
        if self.overtaking is None or self.overtaking.done():
            self.overtaking = self._start(self.site.shadows._overtake())
        self.wait(self.site.commands._programs.settle())

    @rule(shift_s=st.sampled_from([-90_000, -60, 60, 90_000]))
    def set_the_clock(self, shift_s: int) -> None:
        self.site.set_clock(shift_s * 1000, learnt=True)

    # The node

    @rule()
    def connect(self) -> None:
        self.site.disconnect()
        self.site.post.half_open.clear()
        self.site.connect()
        self._apply()

    @rule()
    def disconnect(self) -> None:
        self.site.disconnect()

    @rule()
    def cut_the_line(self) -> None:
        self.site.post.half_open.add(DEVICE)

    @rule()
    def act(self) -> None:
        self.node.act()
        self._apply()

    @rule()
    def restart_node(self) -> None:
        self.site.disconnect()
        self.node.restart()

    @rule(most=st.integers(1, 3))
    def deliver(self, most: int) -> None:
        """What the node says; it says it again until it is acknowledged."""
        if DEVICE in self.site.post.listening - self.site.post.half_open:
            for ack in self.node.acks[:most]:
                self.site.hear(
                    f"devices/{DEVICE}/command/ack",
                    {"id": ack[0], "status": ack[1]},
                    then=lambda ack=ack: self._said(ack),
                )

    def _said(self, ack: tuple[str, str]) -> None:
        if ack in self.node.acks:
            self.node.acks.remove(ack)

    def _apply(self) -> None:
        """The node takes over what it was told, and says so."""
        if DEVICE not in self.site.post.listening - self.site.post.half_open:
            return
        kept = self.site.retained.get(f"devices/{DEVICE}/shadow/desired")
        if kept is not None:
            told = json.loads(kept.payload)
            self.node_holds = told["version"], told["state"]
        self.site.report(*self.node_holds)

    @precondition(lambda self: self.node_holds[0] < 5)
    @rule()
    def restore_a_backup(self) -> None:
        """The node has read more than is known here."""
        self.node_holds = self.node_holds[0] + 3, self.node_holds[1]
        if DEVICE in self.site.post.listening - self.site.post.half_open:
            self.site.report(*self.node_holds)

    # What always holds

    @invariant()
    def nothing_is_sent_that_is_not_open_on_the_disk(self) -> None:
        handed, self.handed = self.site.post.handed[self.handed :], len(self.site.post.handed)
        for _, said in handed:
            assert said["id"] in self.site.archive.kept
            assert said["ttl_ms"] > 0  # type: ignore[operator]

    @invariant()
    def nothing_is_done_twice(self) -> None:
        assert len(set(self.node.effects)) == len(self.node.effects)

    @invariant()
    def nothing_promised_is_lost(self) -> None:
        assert self.promised <= self.site.archive.kept.keys()
        assert self.wanted <= self.site.shadows.get(DEVICE).desired_version

    @invariant()
    def memory_is_what_is_on_the_disk(self) -> None:
        for command in self.site.commands.of(DEVICE):
            kept = self.site.archive.kept[command.id]
            if not self.site.disk.waiting:
                assert command == kept

    def teardown(self) -> None:
        try:
            self._converge()
        finally:
            for task in self.tasks:
                task.cancel()
            self.wait(turns())
            self.loop.close()

    def _converge(self) -> None:
        """Everything works again."""
        self.set_the_clock(0)
        self.site.disk.held = False
        self.site.disk.commit()
        self._go_on()
        self.connect()
        for _ in range(12):
            self.node.act()
            self.deliver(1000)
            self.look()
            self._apply()
            self.site.clock.advance(s=40)
        self.time_passes(3600)
        self.deliver(1000)
        assert not self.tasks
        for command in self.site.archive.kept.values():
            assert not command.open, command
            done = command.id in self.node.effects
            if command.id not in self.taken_back:
                assert (command.status is CommandStatus.DONE) == done, command
        assert sync(self.site.shadows.get(DEVICE)) in (Sync.NONE, Sync.IN_SYNC)
        self.memory_is_what_is_on_the_disk()
        self.nothing_is_done_twice()
        self.nothing_promised_is_lost()


def test_anything_may_happen_in_any_order() -> None:
    run_state_machine_as_test(Anything, settings=settings(max_examples=60, stateful_step_count=40))


@pytest.mark.soak
def test_anything_may_happen_in_any_order_for_long() -> None:
    run_state_machine_as_test(Anything, settings=settings(max_examples=1000, stateful_step_count=80))
