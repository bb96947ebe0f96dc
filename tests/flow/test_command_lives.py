"""What happens to a command as time goes by: expiry, set clocks, lost power, other hardware."""

from __future__ import annotations

import asyncio
import contextlib
import json

import pytest
from msgspec.structs import replace

from gateway.core.commands import Command, CommandStatus, Order
from gateway.core.errors import NotFound, StoreFull
from gateway.core.messages import DeviceChanged, DeviceSwapped
from gateway.flow.dispatch import CommandSettings
from tests.fakes import START_MS

from .orders_site import OPEN_IT, Node, Site, ask, started, status, until

QUEUED, SENT, ACCEPTED, EXPIRED, FAILED, DONE = CommandStatus


@pytest.fixture
def site() -> Site:
    return Site()


# Time


async def test_it_expires_and_is_never_sent_again(site: Site) -> None:
    commands = [await ask(site)]
    site.clock.advance(s=590)
    site.connect()
    commands.append(await ask(site))
    commands.append(await ask(site))
    site.ack(commands[2].id, "accepted")
    site.clock.advance(s=10)
    site.commands.look()
    assert [status(site, command) for command in commands] == [EXPIRED, SENT, ACCEPTED]
    site.clock.advance(s=590)
    handed = len(site.post.handed)
    site.commands.look()
    assert {status(site, command) for command in commands} == {EXPIRED}
    site.disconnect()
    site.connect()
    assert len(site.post.handed) == handed
    assert site.reasons("command.expired") == [
        "set_position was never taken on: it was sent once without an answer",
        "set_position was never taken on: it was sent 2 times without an answer",
        "set_position was accepted: the node never said how it ended",
    ]


async def test_why_it_expired_is_said(site: Site) -> None:
    away = await ask(site)
    site.clock.advance(s=600)
    site.commands.look()
    site.connect()
    ignored = await ask(site)
    for _ in range(600):
        site.clock.advance(s=1)
        site.commands.look()
    assert status(site, away) is status(site, ignored) is EXPIRED
    assert site.reasons("command.expired") == [
        "set_position was never taken on: the node was not there",
        "set_position was never taken on: it was sent 18 times without an answer",
    ]


async def test_a_full_disk_does_not_let_it_live_longer(site: Site) -> None:
    command = await ask(site)
    site.clock.advance(s=600)
    site.disk.error = StoreFull("no room")
    site.commands.look()
    site.connect()
    assert site.post.handed == []
    assert status(site, command) is QUEUED
    site.disk.error = None
    site.commands.look()
    assert status(site, command) is EXPIRED


async def test_what_the_node_says_afterwards_is_the_truth(site: Site) -> None:
    site.connect()
    done, failed = await ask(site), await ask(site)
    site.clock.advance(s=600)
    site.commands.look()
    site.clock.advance(s=14)
    site.ack(done.id, "accepted")
    site.ack(done.id, "done")
    site.ack(failed.id, "failed")
    assert (status(site, done), status(site, failed)) == (DONE, FAILED)
    assert site.reasons("command.late") == [
        "set_position was done 14 s after it had expired",
        "set_position failed 14 s after it had expired: the node did not say why",
    ]
    assert site.reasons("command.failed") == []


async def test_an_ack_on_its_way_and_an_expiry_end_as_their_order_says(site: Site) -> None:
    site.connect()
    command = await ask(site)
    site.disk.held = True
    site.ack(command.id, "done")
    site.clock.advance(s=600)
    site.commands.look()
    site.commands.look()
    site.disk.commit()
    assert status(site, command) is DONE
    assert [step.status for step in site.archive.kept[command.id].steps] == [QUEUED, SENT, DONE]
    assert site.reasons("command.expired") == []


@pytest.mark.parametrize("shift_s", [86_400, -86_400])
async def test_a_clock_that_is_set_neither_ends_nor_prolongs_a_command(site: Site, shift_s: int) -> None:
    command = await ask(site)
    site.clock.advance(s=100)
    site.set_clock(shift_s * 1000)
    site.commands.look()
    found = site.commands.find(command.id)
    assert found == site.archive.kept[command.id]
    assert found is not None
    assert (found.status, found.created_ms) == (QUEUED, START_MS + shift_s * 1000)
    site.connect()
    ((_, said),) = site.post.handed
    assert said["ttl_ms"] == 500_000
    site.clock.advance(s=5)
    site.commands.look()
    assert len(site.post.handed) == 2
    site.clock.advance(s=495)
    site.commands.look()
    assert status(site, command) is EXPIRED


async def test_a_clock_that_wandered_moves_nothing(site: Site) -> None:
    command = await ask(site)
    site.set_clock(3000, redates=False)
    found = site.commands.find(command.id)
    assert found is not None
    assert found.created_ms == START_MS


async def test_what_is_on_its_way_moves_with_the_clock(site: Site) -> None:
    site.connect()
    known = await ask(site)
    site.disk.held = True
    task = await started(site)
    site.ack(known.id, "accepted")
    site.set_clock(86_400_000)
    site.disk.commit()
    command = await task
    site.disk.commit()
    for one in (known, command):
        found = site.commands.find(one.id)
        assert found == site.archive.kept[one.id]
        assert found is not None
        assert {step.time_ms for step in found.steps} == {START_MS + 86_400_000}


async def test_one_of_an_earlier_boot_waits_for_the_time(site: Site) -> None:
    young, old = await ask(site, replace(OPEN_IT, expires_ms=START_MS + 604_800_000)), await ask(site)
    site.time.boot, site.time.known = "m2", False
    site.clock.advance(s=1)
    await site.restart()
    own = await ask(site)
    site.connect()
    assert [said["id"] for _, said in site.post.handed] == [own.id]
    site.set_clock(86_400_000, learnt=True)
    site.commands.look()
    assert [said["id"] for _, said in site.post.handed] == [own.id, young.id]
    assert status(site, old) is EXPIRED
    assert site.reasons("command.expired") == [
        "set_position was never taken on: the gateway was off when its time ran out"
    ]


async def test_one_of_this_boot_is_not_held_by_a_restart_without_the_time(site: Site) -> None:
    site.time.known = False
    command = await ask(site)
    await site.restart()
    site.connect()
    assert status(site, command) is SENT


# Restarts: the table of the design


async def test_killed_before_it_was_on_the_disk_nobody_was_promised_anything(site: Site) -> None:
    site.disk.held = True
    task = await started(site)
    await site.restart(durable=0)
    task.cancel()
    site.connect()
    assert site.archive.kept == {}
    assert site.post.handed == []


async def test_killed_before_the_answer_it_is_sent_and_its_repetition_finds_it(site: Site) -> None:
    site.disk.held = True
    task = await started(site, replace(OPEN_IT, id="c1"))
    await site.restart(durable=1)
    task.cancel()
    site.disk.held = False
    site.connect()
    assert (await ask(site, replace(OPEN_IT, id="c1"))).status is SENT
    assert len(site.post.handed) == 1


async def test_killed_after_it_was_sent_the_node_answers_from_its_notes(site: Site) -> None:
    node = Node()
    site.post.nodes["window-1"] = node
    site.connect()
    site.disk.held = True
    task = await started(site)
    site.disk.commit()
    command = await task
    node.act()
    await site.restart(durable=0)
    assert status(site, command) is QUEUED
    site.disk.held = False
    site.post.nodes["window-1"] = node
    node.acks.clear()
    site.connect()
    assert node.acks == [(command.id, "done")]
    site.ack(command.id, "done")
    assert status(site, command) is DONE
    assert node.effects == [command.id]


async def test_a_node_that_restarted_in_between_says_so(site: Site) -> None:
    node = Node()
    site.post.nodes["window-1"] = node
    site.connect()
    command = await ask(site)
    site.disconnect()
    node.restart()
    site.connect()
    for command_id, said in node.acks:
        site.ack(command_id, said)
    assert status(site, command) is FAILED
    assert node.effects == []


async def test_while_the_gateway_was_off_the_time_ran_out(site: Site) -> None:
    site.connect()
    sent = await ask(site)
    site.ack(sent.id, "accepted")
    site.disconnect()
    waiting = await ask(site)
    site.clock.advance(s=3600)
    await site.restart()
    site.commands.look()
    site.connect()
    assert site.post.handed == []
    assert status(site, sent) is status(site, waiting) is EXPIRED
    assert site.reasons("command.expired") == [
        "set_position was accepted: the node never said how it ended",
        "set_position was never taken on: the gateway was off when its time ran out",
    ]
    await site.restart()
    site.ack(sent.id, "done")
    assert status(site, sent) is DONE


# Other hardware, deleted devices


async def test_a_swap_ends_what_is_open(site: Site) -> None:
    site.connect()
    commands = [await ask(site), await ask(site)]
    site.ack(commands[0].id, "accepted")
    site.bus.publish(DeviceSwapped("window-1", "a", "b", START_MS))
    assert {status(site, command) for command in commands} == {FAILED}
    assert site.reasons("command.failed") == ["set_position: the node was replaced before it answered"] * 2


async def test_a_swap_that_the_power_cut_short_is_finished_at_the_start(site: Site) -> None:
    command = await ask(site)
    site.devices.all["window-1"] = replace(site.devices.device("window-1"), mac="02:00:00:00:00:99")
    await site.restart()
    assert status(site, command) is FAILED
    site.connect()
    assert site.post.handed == []


async def test_what_was_asked_while_the_node_was_replaced_ends(site: Site) -> None:
    site.connect()
    site.disk.held = True
    task = await started(site)
    site.devices.all["window-1"] = replace(site.devices.device("window-1"), mac="02:00:00:00:00:99")
    site.bus.publish(DeviceSwapped("window-1", "a", "b", START_MS))
    site.disk.commit()
    site.disk.commit()
    assert status(site, await task) is FAILED
    assert site.post.handed == []


async def test_a_deleted_device_has_no_commands(site: Site) -> None:
    await ask(site)
    site.disk.held = True
    task = await started(site)
    del site.devices.all["window-1"]
    site.bus.publish(DeviceChanged("window-1", None))
    site.disk.commit()
    with pytest.raises(NotFound):
        await task
    assert site.commands.of("window-1") == []
    assert site.commands.open_count == 0


async def test_one_of_a_device_that_is_gone_ends_at_the_start(site: Site) -> None:
    command = await ask(site)
    del site.devices.all["window-1"]
    await site.restart()
    assert site.archive.kept[command.id].status is FAILED


# By itself


async def test_the_running_part_sends_expires_and_looks_up(site: Site) -> None:
    settings = CommandSettings(expire_s=1)
    site = Site(settings)
    running = asyncio.create_task(site.commands.run())
    command = await ask(site)
    site.hear("devices/window-1/command", {"id": "n1", "verb": "identify"}, "node-red", packet_id=1)
    await until(lambda: site.commands.find("n1") is not None)
    site.clock.advance(s=2)
    await until(lambda: status(site, command) is EXPIRED)
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running


def test_what_is_sent_is_what_a_node_reads() -> None:
    """The payload is JSON with the keys of the protocol, whatever the order asks."""
    site = Site()
    site.connect("sim-1")

    async def asked() -> Command:
        return await ask(site, Order("sim-1", "anything", {"a": [1, {"b": None}]}))

    command = asyncio.run(asked())
    ((device, said),) = site.post.handed
    assert device == "sim-1"
    assert json.loads(json.dumps(said)) == {
        "id": command.id,
        "verb": "anything",
        "args": {"a": [1, {"b": None}]},
        "expires_ms": command.expires_ms,
        "ttl_ms": 600_000,
    }
