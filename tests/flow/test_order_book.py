"""What is remembered of commands, and what only the archive knows."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from gateway.core.commands import CommandStatus
from gateway.core.errors import NotFound
from gateway.flow.order_book import ENDED_KEPT

from .orders_site import OPEN_IT, Site, ask

QUEUED, SENT, ACCEPTED, EXPIRED, FAILED, DONE = CommandStatus


@pytest.fixture
def site() -> Site:
    return Site()


async def test_history_comes_from_memory_when_that_knows_it(site: Site) -> None:
    await site.load()
    ids = []
    for _ in range(5):
        site.clock.advance(s=1)
        ids.append((await ask(site)).id)
    asked = site.archive.asked
    newest = [command.id for command in await site.commands.history("window-1", 3)]
    assert newest == ids[:1:-1]
    assert [command.id for command in await site.commands.history("window-1", 50)] == ids[::-1]
    assert [command.id for command in await site.commands.history("window-1", 50, newest[-1])] == ids[1::-1]
    assert await site.commands.history("sim-1", 50) == []
    assert site.archive.asked == asked
    assert [command.id for command in site.commands.of("window-1")] == ids[::-1]


async def test_history_comes_from_the_archive_when_memory_has_forgotten(site: Site) -> None:
    await site.load()
    ids = []
    for _ in range(ENDED_KEPT + 10):
        ids.append((await ask(site)).id)
        site.ack(ids[-1], "done")
    assert len(site.commands.of("window-1")) == ENDED_KEPT
    asked = site.archive.asked
    assert [command.id for command in await site.commands.history("window-1", 20)] == ids[:-21:-1]
    assert site.archive.asked == asked
    assert [command.id for command in await site.commands.history("window-1", 50)] == ids[::-1]
    assert [command.id for command in await site.commands.history("window-1", 50, ids[1])] == ids[:1]
    assert (await site.commands.get("window-1", ids[0])).status is DONE
    with pytest.raises(NotFound):
        await site.commands.get("sim-1", ids[0])
    await site.restart()
    assert [command.id for command in await site.commands.history("window-1", 50)] == ids[::-1]
    assert (await ask(site, replace(OPEN_IT, id=ids[-1]))).status is DONE


async def test_it_is_counted_what_became_of_them(site: Site) -> None:
    site.connect()
    command = await ask(site)
    await ask(site)
    site.ack(command.id, "done")
    assert site.commands.open_count == 1
    assert site.commands.totals == {QUEUED: 2, SENT: 2, DONE: 1}
