"""A window of the first documents: it hears `window/w1/control` and nothing else."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence

import pytest

from gateway.core import topics
from gateway.core.commands import CommandStatus
from gateway.core.errors import StoreFull
from gateway.core.messages import ClientConnected, ClientSubscribed
from gateway.core.ports.store import Change, Receipt
from gateway.flow.decide.bare_windows import TOLD, BareWindows
from tests.fakes import MemoryPost

from .override_site import OverrideSite

CONTROL = topics.window_control("w1")


class BarePost(MemoryPost):
    """Whoever is there hears controls only."""

    def hand(self, device: str, topic: str, payload: bytes) -> bool:
        return super().hand(device, topic, payload) if topic.startswith("window/") else False


class BareSite(OverrideSite):
    """The window hears its control, unless it `hears_commands`."""

    hears_commands = False

    def _new_run(self) -> None:
        super()._new_run()
        self.post = BarePost()
        self.commands.attach(self.post)
        self.bare = BareWindows(self.store or self.writer, self.bus, self.clock, self.commands, self.is_window)
        self.bare.attach(self.post, lambda device: device in self.post.there and not self.hears_commands)

    async def restart(self) -> None:
        await super().restart()
        self.bare.recall(self.commands.of("w1"))

    def is_window(self, device: str) -> bool:
        return device.startswith("w")

    def subscribe(self) -> None:
        self.post.there.add("w1")
        self.bus.publish(ClientConnected("w1", "w1", "127.0.0.1"))
        self.bus.publish(ClientSubscribed("w1", "w1", (CONTROL,)))

    def controls(self) -> list[dict[str, object]]:
        return [json.loads(payload) for _, topic, payload in self.post.handed if topic == CONTROL]

    def steps(self, command_id: str) -> list[tuple[str, str]]:
        found = self.commands.find(command_id)
        assert found is not None
        return [(step.status.value, step.detail) for step in found.steps]


async def turns() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


@pytest.fixture
def site() -> BareSite:
    return BareSite()


async def test_what_a_person_wants_moves_it_holds_and_teaches(site: BareSite) -> None:
    site.subscribe()
    override, command = await site.overrides.set("w1", 30.0, "anna")
    assert site.controls() == [{"position": 30, "confidence": 1.0, "decision": command.id, "model": "override"}]
    assert b'"position":30,' in site.post.handed[0][2]
    assert site.overrides.held("w1") == override
    assert override.learnt.startswith("Between ")
    assert site.steps(command.id) == [("queued", ""), ("done", TOLD)]


async def test_it_is_told_once(site: BareSite) -> None:
    site.subscribe()
    _, command = await site.overrides.set("w1", 30, "anna")
    site.subscribe()
    site.clock.advance(minutes=2)
    site.commands.look()
    await turns()
    assert len(site.controls()) == 1
    assert site.steps(command.id)[-1][0] == "done"


async def test_a_rules_and_a_programs_command_reach_it_as_well(site: BareSite) -> None:
    site.subscribe()
    for position, who in ((10, "rule:storm"), (70, "node-red")):
        await site.command(position, who)
        await turns()
    assert [said["position"] for said in site.controls()] == [10, 70]


async def test_away_it_is_told_the_newest_when_it_comes_back(site: BareSite) -> None:
    first, second = await site.command(30), await site.command(60)
    await turns()
    assert site.controls() == []
    site.subscribe()
    await turns()
    assert [said["position"] for said in site.controls()] == [60]
    assert site.steps(first.id)[-1] == ("failed", "a newer order came")
    assert site.steps(second.id)[-1] == ("done", TOLD)


async def test_started_again_the_gateway_has_not_forgotten_it(site: BareSite) -> None:
    await site.command(30)
    await site.restart()
    site.subscribe()
    await turns()
    assert [said["position"] for said in site.controls()] == [30]


async def test_what_is_too_old_or_was_taken_back_does_not_reach_it(site: BareSite) -> None:
    command = await site.command(30)
    await site.cancel(command)
    await site.command(60)
    site.clock.advance(minutes=11)
    site.commands.look()
    site.subscribe()
    await turns()
    assert site.controls() == []


async def test_a_window_that_hears_commands_is_told_by_them_alone(site: BareSite) -> None:
    site.hears_commands = True
    site.subscribe()
    _, command = await site.overrides.set("w1", 30, "anna")
    await turns()
    assert site.controls() == []
    found = site.commands.find(command.id)
    assert found is not None
    assert found.status is CommandStatus.QUEUED


async def test_what_the_disk_refuses_is_told_again(site: BareSite, caplog: pytest.LogCaptureFixture) -> None:
    await site.command(30)
    site.writer.error = StoreFull("no room")
    site.subscribe()
    await turns()
    assert "could not be written down" in caplog.text
    told = len(site.controls())
    site.writer.error = None
    site.subscribe()
    await turns()
    assert [said["position"] for said in site.controls()[told:]] == [30]


async def test_while_its_end_is_on_its_way_to_the_disk_it_is_not_told_again(site: BareSite) -> None:
    site.subscribe()
    kept: list[Receipt] = []
    submit = site.writer.submit

    def slow(changes: Sequence[Change], receipt: Receipt | None = None) -> None:
        submit(changes)
        kept.extend([receipt] if receipt is not None else [])

    await site.command(30)
    site.writer.submit = slow  # type: ignore[method-assign]
    await turns()
    site.subscribe()
    await turns()
    assert len(site.controls()) == 1
    for receipt in kept:
        receipt.settled(None)
    assert site.commands.open_count == 0
