from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from gateway.backends.keys import ServerKey
from gateway.core.errors import NotFound, Refused, StoreError
from gateway.flow.bus import Bus
from gateway.flow.enrolment import Enrolment
from gateway.flow.trail import Trail
from tests.fakes import FixedClock, MemoryDocuments, MemoryWriter

MAC = "aa:bb:cc:01:02:03"
OTHER = "aa:bb:cc:01:02:04"


class Site:
    """An enrolment office that can be restarted on the same documents."""

    def __init__(self, folder: Path) -> None:
        self.clock = FixedClock()
        self.documents = MemoryDocuments()
        self.secrets = ServerKey.load(folder, {})
        self.writer = MemoryWriter()
        self.restart()

    def restart(self) -> None:
        trail = Trail(self.writer, Bus(), self.clock)
        self.enrolment = Enrolment(self.documents, self.secrets, trail, self.clock)
        self.enrolment.load()


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


async def test_a_token_is_good_once(site: Site) -> None:
    token = await site.enrolment.create()
    assert await site.enrolment.spend(token, MAC)
    assert not await site.enrolment.spend(token, MAC)


async def test_a_token_is_good_as_often_as_it_says_also_across_restarts(site: Site) -> None:
    token = await site.enrolment.create(uses=3)
    for _ in range(3):
        assert await site.enrolment.spend(token, MAC)
        site.restart()
    assert not await site.enrolment.spend(token, MAC)


async def test_many_at_once_get_no_more_than_the_uses(site: Site) -> None:
    token = await site.enrolment.create(uses=5)
    outcomes = await asyncio.gather(*(site.enrolment.spend(token, MAC) for _ in range(20)))
    assert sum(outcomes) == 5


async def test_a_token_expires(site: Site) -> None:
    token = await site.enrolment.create(minutes=10)
    site.clock.advance(minutes=10)
    assert not await site.enrolment.spend(token, MAC)
    assert site.enrolment.list() == []


async def test_a_bound_token_is_for_its_mac_only_and_not_lost_on_another(site: Site) -> None:
    token = await site.enrolment.create(mac="AA-BB-CC-01-02-03")
    assert not await site.enrolment.spend(token, OTHER)
    assert await site.enrolment.spend(token, MAC)


async def test_an_unknown_token_is_refused(site: Site) -> None:
    await site.enrolment.create()
    for wrong in ("", "x", "x" * 100_000, "\ud800"):
        assert not await site.enrolment.spend(wrong, MAC)


async def test_the_token_itself_is_nowhere(site: Site) -> None:
    token = await site.enrolment.create(uses=2)
    await site.enrolment.spend(token, MAC)
    assert token not in repr((site.documents.collections, site.writer.changes, site.enrolment.list()))


async def test_a_use_that_could_not_be_counted_is_not_given(site: Site) -> None:
    token = await site.enrolment.create(uses=2)
    site.documents.fail_after = 0
    with pytest.raises(StoreError):
        await site.enrolment.spend(token, MAC)
    site.documents.fail_after = None
    assert [known.uses_left for known in site.enrolment.list()] == [2]


async def test_a_deleted_token_is_worthless(site: Site) -> None:
    token = await site.enrolment.create()
    await site.enrolment.delete(site.enrolment.list()[0].id)
    assert not await site.enrolment.spend(token, MAC)
    with pytest.raises(NotFound):
        await site.enrolment.delete("nothing")


@pytest.mark.parametrize(
    "nonsense",
    [{"uses": 0}, {"uses": 10**9}, {"minutes": 0}, {"minutes": float("nan")}, {"minutes": 1e12}, {"mac": "elsewhere"}],
)
async def test_nonsense_is_refused(site: Site, nonsense: dict[str, object]) -> None:
    with pytest.raises(Refused):
        await site.enrolment.create(**nonsense)  # type: ignore[arg-type]


async def test_there_are_at_most_a_hundred_tokens_and_expired_ones_make_room(site: Site) -> None:
    for _ in range(100):
        await site.enrolment.create(minutes=10)
    with pytest.raises(Refused):
        await site.enrolment.create()
    site.clock.advance(minutes=11)
    await site.enrolment.create()
    assert len(site.documents.collections["enrolment"]) == 1


async def test_an_unreadable_document_is_left_out_and_the_others_work(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    token = await site.enrolment.create()
    site.documents.collections["enrolment"]["ff"] = {"uses": "many"}
    site.restart()
    assert "unreadable" in caplog.text
    assert await site.enrolment.spend(token, MAC)
