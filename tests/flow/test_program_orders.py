"""What programs publish for devices: taken over, durable, and never done again because it was delivered again."""

from __future__ import annotations

import pytest

from gateway.core.commands import MOST_OPEN, Command, CommandStatus, Order
from gateway.core.errors import Conflict, StoreError, StoreFull
from gateway.core.messages import Audited, Message
from gateway.core.ports.intake import NOTHING, Taken
from gateway.core.ports.orders import CommandKept
from gateway.flow.commands import Commands
from gateway.flow.order_book import ENDED_KEPT
from tests.fakes import START_MS

from .orders_site import OPEN_IT, Site, ask, started

TOPIC = "devices/window-1/command"
SAID: dict[str, object] = {"verb": "set_position", "args": {"position": 40}}


@pytest.fixture
def site() -> Site:
    return Site()


def publish(site: Site, said: object = SAID, packet_id: int = 7, dup: bool = False, topic: str = TOPIC) -> Taken:
    return site.hear(topic, said, "node-red", packet_id, dup)


def only(site: Site) -> Command:
    (command,) = site.commands.of("window-1")
    return command


def test_it_is_on_the_disk_before_it_is_acknowledged_and_sent(site: Site) -> None:
    site.connect()
    site.disk.held = True
    taken = publish(site)
    assert [type(change) for change in taken.changes] == [CommandKept, Audited]
    assert site.post.handed == []
    site.disk.commit()
    command = only(site)
    assert [said["id"] for _, said in site.post.handed] == [command.id]
    assert (command.who, command.verb, command.args) == ("node-red", "set_position", {"position": 40})
    assert command.correlation.startswith("m-")
    assert site.entries("command.asked") == [("node-red", f"window-1 set_position {command.id}")]
    assert [entry.kind for entry in site.announced] == ["command.asked"]
    assert command.expires_ms == START_MS + 600_000


def test_its_whole_life_is_that_of_any_other(site: Site) -> None:
    site.connect()
    publish(site)
    site.ack(only(site).id, "done")
    assert [moved.step.status for moved in site.moved] == [*list(CommandStatus)[:2], CommandStatus.DONE]


def test_what_is_delivered_again_is_not_asked_again(site: Site) -> None:
    for _ in range(3):
        publish(site, dup=True)
    assert len(site.archive.kept) == 1
    publish(site)
    publish(site, packet_id=8, dup=True)
    assert len(site.archive.kept) == 3, "without the mark, or under another number, it is another one"


def test_delivered_again_while_it_is_on_its_way_it_is_the_same(site: Site) -> None:
    site.connect()
    site.disk.held = True
    publish(site)
    publish(site, dup=True)
    site.disk.commit()
    assert len(site.archive.kept) == len(site.post.handed) == 1


def test_what_the_disk_refused_is_taken_when_it_is_delivered_again(site: Site) -> None:
    site.connect()
    site.disk.error = StoreFull("no room")
    publish(site)
    assert site.commands.of("window-1") == []
    site.disk.error = None
    publish(site, dup=True)
    assert len(site.post.handed) == 1


async def test_delivered_again_after_a_restart_it_is_the_same(site: Site) -> None:
    publish(site)
    await site.restart()
    publish(site, dup=True)
    assert len(site.archive.kept) == 1
    publish(site, {**SAID, "args": {"position": 41}}, dup=True)
    assert len(site.archive.kept) == 2


def test_at_qos_0_every_message_is_an_order(site: Site) -> None:
    publish(site, packet_id=0)
    publish(site, packet_id=0)
    assert len(site.archive.kept) == 2


async def test_with_an_id_of_its_own_it_is_looked_up_before_it_is_sent(site: Site) -> None:
    site.connect()
    publish(site, {**SAID, "id": "n1"})
    assert site.post.handed == []
    await site.commands._programs.settle()
    assert [said["id"] for _, said in site.post.handed] == ["n1"]
    publish(site, {**SAID, "id": "n1"}, packet_id=8)
    assert not site.commands._programs.unsure
    assert len(site.post.handed) == 1


async def test_an_id_that_was_used_long_ago_is_not_used_again(site: Site) -> None:
    await ask(site, Order("window-1", "set_position", {"position": 40}, id="n1"))
    site.ack("n1", "done")
    for _ in range(ENDED_KEPT):
        site.ack((await ask(site)).id, "done")
    site.connect()
    for position in (40, 41):
        publish(site, {"id": "n1", "verb": "set_position", "args": {"position": position}})
        await site.commands._programs.settle()
    assert site.post.handed == []
    assert site.commands.find("n1") is None
    assert site.entries("command.refused") == [("node-red", "window-1: n1 is the id of another command.")]


async def test_while_the_archive_cannot_be_read_it_waits(site: Site) -> None:
    site.connect()
    publish(site, {**SAID, "id": "n1"})
    site.archive.broken = StoreError("gone")
    await site.commands._programs.settle()
    assert site.commands._programs.unsure
    site.archive.broken = None
    await site.commands._programs.settle()
    assert len(site.post.handed) == 1


async def test_one_that_is_promised_to_somebody_else_is_the_same(site: Site) -> None:
    site.connect()
    command = await ask(site, Order("window-1", "set_position", {"position": 40}, id="n1"))
    publish(site, {**SAID, "id": "n1"})
    assert only(site).created_ms == command.created_ms
    publish(site, {"verb": "identify", "id": "n1"})
    assert site.entries("command.refused") == [("node-red", "window-1: n1 is the id of another command.")]


@pytest.mark.parametrize("position", [40, 41])
async def test_of_two_that_give_the_same_id_at_once_the_disk_has_the_first(site: Site, position: int) -> None:
    site.connect()
    site.disk.held = True
    publish(site, {**SAID, "id": "n1"})
    task = await started(site, Order("window-1", "set_position", {"position": position}, id="n1"))
    site.disk.commit()
    if position == 40:
        assert (await task).who == "node-red"
    else:
        with pytest.raises(Conflict, match="n1"):
            await task
    assert only(site) == site.archive.kept["n1"]
    assert [said["args"] for _, said in site.post.handed] == [{"position": 40}]


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"verb": "fly"}, "It cannot fly"),
        ({"verb": "set_position", "args": {"position": 999}}, "position is above 100"),
        ({"verb": "set_position", "args": {"position": 4}, "expires_ms": START_MS - 1}, "It would have expired"),
        ({"verb": "Fly!"}, "verb is not a name"),
        (b"open", "payload is not JSON"),
        (b"", "payload is empty"),
    ],
)
def test_what_is_refused_is_in_the_audit_trail(site: Site, said: object, why: str) -> None:
    assert publish(site, said) == NOTHING
    ((who, detail),) = site.entries("command.refused")
    assert who == "node-red"
    assert detail.startswith(f"window-1: {why}")
    assert site.commands.of("window-1") == []


def test_a_device_that_is_not_there_is_sent_nothing(site: Site) -> None:
    assert publish(site, topic="devices/window-9/command") == NOTHING
    assert site.entries("command.refused") == [("node-red", "window-9: There is no device window-9.")]


@pytest.mark.parametrize("topic", ["home/command", "devices/command", "devices/a/b/command", "window/window-1/command"])
def test_another_topic_is_none_of_its_business(site: Site, topic: str) -> None:
    assert publish(site, topic=topic) == NOTHING
    assert site.archive.audit == []


def test_a_mistake_of_ours_does_not_reach_the_broker(
    site: Site, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> Command:
        raise ZeroDivisionError

    monkeypatch.setattr(Commands, "made", broken)
    assert site.commands.asked_by_message(Message("node-red", TOPIC, b'{"verb":"identify"}', 1, False)) == NOTHING
    assert "could not be judged" in caplog.text


def test_more_than_may_be_open_are_refused_also_when_they_come_at_once(site: Site) -> None:
    site.connect()
    site.disk.held = True
    for packet_id in range(1, MOST_OPEN + 3):
        publish(site, packet_id=packet_id)
    site.disk.commit()
    site.disk.held = False
    site.disk.commit()
    assert len(site.post.handed) == MOST_OPEN
    assert site.reasons("command.failed") == ["set_position: 16 of its commands are open already"] * 2
    publish(site, packet_id=99)
    assert site.entries("command.refused") == [
        ("node-red", "window-1: window-1 is not given another command: 16 of its commands are open already.")
    ]


async def test_one_on_its_way_moves_with_the_clock(site: Site) -> None:
    site.disk.held = True
    publish(site)
    site.set_clock(86_400_000)
    site.disk.commit()
    command = only(site)
    assert command.created_ms == START_MS + 86_400_000
    assert command == site.archive.kept[command.id]


def test_a_device_that_was_deleted_meanwhile_gets_none(site: Site) -> None:
    site.disk.held = True
    publish(site)
    del site.devices.all["window-1"]
    site.disk.commit()
    assert site.commands.of("window-1") == []


async def test_an_order_of_the_api_and_one_of_a_program_are_in_one_list(site: Site) -> None:
    await ask(site, OPEN_IT)
    publish(site)
    assert [command.who for command in site.commands.of("window-1")] == ["node-red", "anna"]
