"""A command that is asked for, sent and answered."""

from __future__ import annotations

import asyncio
import contextlib

import pytest
from msgspec.structs import replace

from gateway.core.commands import MOST_OPEN, CommandStatus, Order
from gateway.core.errors import Conflict, NotFound, Refused, StoreError, StoreFull, Unreadable
from gateway.core.messages import Audited
from gateway.core.ports.orders import CommandKept, CommandStep
from gateway.flow.correlation import correlated
from gateway.flow.order_book import ENDED_KEPT
from tests.fakes import START_MS

from .orders_site import OPEN_IT, Site, ask, started, status, turns

QUEUED, SENT, ACCEPTED, EXPIRED, FAILED, DONE = CommandStatus


@pytest.fixture
def site() -> Site:
    return Site()


# Asking


async def test_a_command_is_on_the_disk_before_it_is_promised_and_sent(site: Site) -> None:
    site.connect()
    site.disk.held = True
    task = await started(site)
    await turns()
    assert not task.done()
    assert site.post.handed == []
    assert site.moved == []
    site.disk.commit()
    assert [device for device, _ in site.post.handed] == ["window-1"], "sent by the receipt itself"
    command = await task
    assert command.status is QUEUED
    assert site.archive.kept[command.id] == command
    site.disk.commit()
    assert status(site, command) is SENT
    assert [moved.step.status for moved in site.moved] == [QUEUED, SENT]


async def test_the_command_and_who_asked_for_it_are_one_commit(site: Site) -> None:
    site.disk.held = True
    with correlated("request-1"):
        task = await started(site)
    ((changes, _),) = site.disk.waiting
    assert [type(change) for change in changes] == [CommandKept, Audited]
    assert site.announced == []
    site.disk.commit()
    command = await task
    assert site.entries("command.asked") == [("anna", f"window-1 set_position {command.id}")]
    assert [entry.correlation for entry in site.announced] == ["request-1"]
    assert (command.correlation, command.who, command.boot) == ("request-1", "anna", "m1")
    assert command.hardware == site.devices.device("window-1").mac


async def test_what_the_disk_refuses_was_never_asked(site: Site) -> None:
    site.connect()
    site.disk.error = StoreFull("no room")
    with pytest.raises(StoreFull):
        await ask(site, replace(OPEN_IT, id="c1"))
    assert site.commands.of("window-1") == []
    assert site.post.handed == site.moved == []
    site.disk.error = None
    assert (await ask(site, replace(OPEN_IT, id="c1"))).id == "c1"


async def test_a_closed_store_is_said_and_leaves_nothing_behind(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def closed(*_: object) -> None:
        raise StoreError("the store is closed")

    with monkeypatch.context() as patched:
        patched.setattr(site.disk, "submit", closed)
        with pytest.raises(StoreError, match="closed"):
            await ask(site, replace(OPEN_IT, id="c1"))
    assert (await ask(site, replace(OPEN_IT, id="c1"))).status is QUEUED


async def test_who_gives_up_waiting_has_asked_all_the_same(site: Site) -> None:
    site.disk.held = True
    task = await started(site)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    site.connect()
    site.disk.commit()
    assert len(site.post.handed) == 1


async def test_said_again_with_its_id_it_is_the_same_command(site: Site) -> None:
    site.disk.held = True
    order = replace(OPEN_IT, id="c1")
    tasks = [await started(site, order), asyncio.create_task(ask(site, order)), asyncio.create_task(ask(site, order))]
    await turns()
    site.disk.commit()
    one, two, three = await asyncio.gather(*tasks)
    assert one == two == three == await ask(site, order)
    assert len(site.archive.kept) == 1


@pytest.mark.parametrize(
    "other", [replace(OPEN_IT, args={"position": 41}), Order("window-1", "identify"), Order("sim-1", "set_position")]
)
async def test_an_id_means_one_command(site: Site, other: Order) -> None:
    site.disk.held = True
    task = await started(site, replace(OPEN_IT, id="c1"))
    with pytest.raises(Conflict, match="c1"):
        await ask(site, replace(other, id="c1"))
    site.disk.commit()
    await task
    with pytest.raises(Conflict, match="c1"):
        await ask(site, replace(other, id="c1"))


async def test_an_id_is_looked_up_when_it_is_not_remembered_any_more(site: Site) -> None:
    old = await ask(site, replace(OPEN_IT, id="c1"))
    site.ack("c1", "done")
    for _ in range(ENDED_KEPT):
        site.ack((await ask(site)).id, "done")
    assert site.commands.find("c1") is None
    asked = site.archive.asked
    await ask(site)
    assert site.archive.asked == asked, "only a caller's own id can have been there before"
    assert (await ask(site, replace(OPEN_IT, id="c1"))).created_ms == old.created_ms
    with pytest.raises(Conflict):
        await ask(site, Order("window-1", "identify", id="c1"))
    assert site.commands.sends("c1") == 0


async def test_what_makes_no_sense_is_refused(site: Site) -> None:
    with pytest.raises(NotFound):
        await ask(site, Order("window-9", "identify"))
    for order, says in (
        (Order("window-1", "fly"), "cannot fly"),
        (Order("window-1", "set_position", {"position": 101}), "position is above 100"),
        (Order("window-1", "set_position"), "needs position"),
        (replace(OPEN_IT, id="no id"), "id"),
        (replace(OPEN_IT, expires_ms=START_MS), "expired already"),
        (replace(OPEN_IT, expires_ms=START_MS + 604_800_001), "604800 s"),
    ):
        with pytest.raises(Refused, match=says):
            await ask(site, order)
    assert site.archive.kept == {}


async def test_a_device_that_cannot_connect_is_given_nothing(site: Site) -> None:
    device = site.devices.all["window-1"]
    for unable in (replace(device, revoked=True), replace(device, approved_ms=None)):
        site.devices.all["window-1"] = unable
        with pytest.raises(Conflict, match="cannot connect"):
            await ask(site)


async def test_so_many_are_open_and_no_more(site: Site) -> None:
    site.disk.held = True
    tasks = [await started(site) for _ in range(MOST_OPEN)]
    with pytest.raises(Conflict, match="16"):
        await ask(site)
    site.disk.commit()
    commands = [await task for task in tasks]
    with pytest.raises(Conflict, match="16"):
        await ask(site)
    site.disk.held = False
    await ask(site, Order("sim-1", "identify"))
    site.ack(commands[3].id, "done")
    await ask(site)


async def test_everything_of_a_simulated_device_says_so(site: Site) -> None:
    await ask(site, Order("sim-1", "identify"))
    await ask(site)
    assert [moved.simulated for moved in site.moved] == [True, False]


# Sending


async def test_a_command_waits_for_its_node_and_goes_out_in_the_order_asked(site: Site) -> None:
    asked = [(await ask(site)).id for _ in range(3)]
    assert site.post.handed == []
    site.connect()
    assert [said["id"] for _, said in site.post.handed] == asked
    assert {status(site, command) for command in site.commands.of("window-1")} == {SENT}


async def test_a_new_session_is_sent_to_when_it_listens_and_once(site: Site) -> None:
    command = await ask(site)
    site.connect(listens=False)
    assert status(site, command) is QUEUED
    site.subscribe()
    site.subscribe()
    assert len(site.post.handed) == 1
    assert site.commands.sends(command.id) == 1


async def test_what_listens_elsewhere_is_not_sent_to(site: Site) -> None:
    await ask(site)
    site.connect("sim-1")
    site.subscribe("sim-1")
    assert site.post.handed == []


async def test_it_is_sent_again_while_nothing_is_heard_of_it(site: Site) -> None:
    site.connect()
    await ask(site)
    sent = []
    for second in range(1, 200):
        site.clock.advance(s=1)
        before = len(site.post.handed)
        site.commands.look()
        if len(site.post.handed) > before:
            sent.append(second)
    assert sent == [5, 15, 35, 75, 115, 155, 195]


async def test_accepted_it_is_not_sent_again_before_the_next_connection(site: Site) -> None:
    site.connect()
    command = await ask(site)
    site.ack(command.id, "accepted")
    site.clock.advance(s=300)
    site.commands.look()
    assert site.commands.sends(command.id) == 1
    site.disconnect()
    site.connect()
    assert site.commands.sends(command.id) == 2, "its done may have died in the node's memory"
    site.ack(command.id, "done")
    site.disconnect()
    site.connect()
    assert site.commands.sends(command.id) == 2


async def test_a_node_is_told_how_long_it_has(site: Site) -> None:
    await ask(site)
    site.clock.advance(s=100)
    site.connect()
    ((_, said),) = site.post.handed
    assert (said["expires_ms"], said["ttl_ms"]) == (START_MS + 600_000, 500_000)


async def test_a_step_that_the_disk_refused_is_taken_when_it_is_sent_again(site: Site) -> None:
    command = await ask(site)
    site.disk.error = StoreFull("no room")
    site.connect()
    assert status(site, command) is QUEUED
    with pytest.raises(Conflict):
        await site.commands.cancel("window-1", command.id, "anna")
    site.disk.error = None
    site.clock.advance(s=5)
    site.commands.look()
    assert status(site, command) is SENT
    assert [step.status for step in site.archive.kept[command.id].steps] == [QUEUED, SENT]


# What nodes say


async def test_an_ack_moves_the_command_when_it_is_on_the_disk(site: Site) -> None:
    site.connect()
    with correlated("request-1"):
        command = await ask(site)
    site.disk.held = True
    taken = site.ack(command.id, "accepted")
    assert taken.changes == (CommandStep(command.id, 2, START_MS),)
    assert status(site, command) is SENT
    assert site.said == []
    site.disk.commit()
    assert status(site, command) is ACCEPTED
    site.clock.advance(s=2)
    site.ack(command.id, "failed", "the motor is blocked")
    site.disk.commit()
    site.disk.commit()
    assert site.archive.kept[command.id].steps == site.moved[-1].command.steps
    assert site.reasons("command.failed") == ["set_position: the motor is blocked"]
    assert site.archive.events[-1].correlation == "request-1"
    assert [said.what for said in site.said] == ["command/ack"] * 2


async def test_an_ack_that_the_disk_refuses_changes_nothing_and_counts_when_it_comes_again(site: Site) -> None:
    site.connect()
    command = await ask(site)
    site.disk.error = StoreFull("no room")
    site.ack(command.id, "done")
    assert status(site, command) is SENT
    site.disk.error = None
    assert site.ack(command.id, "done").changes
    assert status(site, command) is DONE
    assert site.ack(command.id, "done").changes == ()
    assert len(site.said) == 2


async def test_an_ack_that_says_nothing_new_is_heard_all_the_same(site: Site) -> None:
    site.connect()
    command = await ask(site)
    for device, command_id in (("window-1", "nobody"), ("sim-1", command.id)):
        assert site.ack(command_id, "done", device=device).changes == ()
    site.ack(command.id, "done")
    site.ack(command.id, "failed")
    assert status(site, command) is DONE
    assert [said.device for said in site.said] == ["window-1", "sim-1", "window-1", "window-1"]


async def test_two_acks_on_their_way_at_once_end_as_their_order_says(site: Site) -> None:
    site.connect()
    command = await ask(site)
    site.disk.held = True
    for said in ("done", "failed", "accepted", "done"):
        site.ack(command.id, said)
    site.disk.commit()
    assert [step.status for step in site.archive.kept[command.id].steps] == [QUEUED, SENT, DONE]
    found = site.commands.find(command.id)
    assert found is not None
    assert found.steps == site.archive.kept[command.id].steps


def test_an_unreadable_ack_is_set_aside(site: Site) -> None:
    with pytest.raises(Unreadable):
        site.commands.acked("window-1", b'{"id":"a b","status":"done"}', START_MS)


# Taking back


async def test_what_was_not_sent_can_be_taken_back(site: Site) -> None:
    command = await ask(site)
    assert (await site.commands.cancel("window-1", command.id, "ben")).status is FAILED
    site.connect()
    assert site.post.handed == []
    assert site.reasons("command.failed") == ["set_position: cancelled by ben"]
    assert site.entries("command.cancelled") == [("ben", f"window-1 set_position {command.id}")]
    with pytest.raises(Conflict, match="failed"):
        await site.commands.cancel("window-1", command.id, "ben")


async def test_what_is_being_taken_back_is_not_sent(site: Site) -> None:
    command = await ask(site)
    site.disk.held = True
    task = asyncio.create_task(site.commands.cancel("window-1", command.id, "ben"))
    await asyncio.sleep(0)
    site.connect()
    with pytest.raises(Conflict):
        await site.commands.cancel("window-1", command.id, "ben")
    site.disk.commit()
    assert (await task).status is FAILED
    assert site.post.handed == []


async def test_a_full_disk_lets_nobody_take_it_back(site: Site) -> None:
    command = await ask(site)
    site.disk.error = StoreFull("no room")
    with pytest.raises(StoreFull):
        await site.commands.cancel("window-1", command.id, "ben")
    site.disk.error = None
    site.connect()
    assert status(site, command) is SENT


async def test_what_was_sent_cannot_be_taken_back_and_what_is_not_there_neither(site: Site) -> None:
    site.connect()
    command = await ask(site)
    with pytest.raises(Conflict, match="sent"):
        await site.commands.cancel("window-1", command.id, "ben")
    for device, command_id in (("window-1", "nobody"), ("sim-1", command.id)):
        with pytest.raises(NotFound):
            await site.commands.cancel(device, command_id, "ben")
