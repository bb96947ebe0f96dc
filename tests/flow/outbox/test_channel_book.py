"""Channels as people set them up: sealed on the disk, masked when shown, in use at once."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable

import msgspec
import pytest

from gateway.backends.keys import ServerKey
from gateway.core.channels import (
    AppriseWay,
    ChannelForm,
    DiscordWay,
    EmailWay,
    NtfyWay,
    TelegramWay,
    Way,
    WebhookWay,
)
from gateway.core.errors import Conflict, NotFound, Refused, StoreError
from gateway.core.ports.channel import Channel, NotSent
from gateway.flow.outbox.channel_book import MOST_CHANNELS, ChannelBook
from gateway.flow.trail import Trail
from tests.alert_fakes import FakeChannel
from tests.fakes import FixedClock, MemoryDocuments
from tests.virtual_time import VirtualLoop, virtual

from .outbox_site import OutboxSite, parcel, seen

TOKEN = "123456789:AAF-a_token_for_tests_0123456789ab"
WAYS: list[Way] = [
    TelegramWay(token=TOKEN),
    DiscordWay(url="https://discord.com/api/webhooks/1/very-secret-word"),
    NtfyWay(topic="home", token="tk_very-secret-word"),
    WebhookWay(url="https://example.org/hook", secret="very-secret-word"),
    EmailWay(host="mail.example.org", password="very-secret-word", sender="a@example.org", to=("b@example.org",)),
    AppriseWay(url="mailtos://user:very-secret-word@example.org"),
]


class Book:
    """A channel book over an outbox; `made` is what was asked of `make` and `unmake`, in order."""

    def __init__(self, site: OutboxSite, given: dict[str, Way] | None = None) -> None:
        self.site = site
        self.documents = MemoryDocuments()
        self.given = given or {}
        self.refuses: Callable[[Way], str] = lambda way: ""
        self.made: list[tuple[str, Way | None]] = []
        self.channels: dict[str, FakeChannel] = {}
        self.restart()

    def restart(self, key: bytes = b"k" * 32) -> ChannelBook:
        trail = Trail(self.site.writer, self.site.bus, FixedClock())
        self.book = ChannelBook(
            self.documents, ServerKey(key), trail, self.site.outbox, self.make, self.given, self.unmake
        )
        self.book.load()
        return self.book

    def make(self, name: str, way: Way) -> Channel:
        self.made.append((name, way))
        if reason := self.refuses(way):
            raise Refused(reason)
        self.channels[name] = FakeChannel(name)
        return self.channels[name]

    def unmake(self, name: str) -> None:
        self.made.append((name, None))

    def disk(self) -> str:
        return json.dumps(self.documents.collections, ensure_ascii=False)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: type(way).__name__)
def test_a_secret_is_sealed_on_the_disk_and_masked_when_shown(way: Way) -> None:
    async def work(loop: VirtualLoop) -> None:
        book = Book(await OutboxSite(loop).start())
        shown = await book.book.put("one", ChannelForm(way=way), "anna")
        assert "very-secret-word" not in book.disk() + msgspec.json.encode(shown).decode()
        assert TOKEN not in book.disk() + msgspec.json.encode(shown).decode()
        assert "…" in msgspec.json.encode(shown).decode()
        assert book.made[-1] == ("one", way)
        book.made.clear()
        book.restart()
        assert book.made == [("one", way)], "as it was, after a restart"
        assert book.book.channels() == [shown]
        assert book.book.way("one") == way

    virtual(work)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: type(way).__name__)
def test_what_was_shown_can_be_sent_back_and_changes_no_secret(way: Way) -> None:
    async def work(loop: VirtualLoop) -> None:
        book = Book(await OutboxSite(loop).start())
        shown = await book.book.put("one", ChannelForm(way=way), "anna")
        raw = msgspec.json.encode({"way": shown.way, "levels": ["alarm"]})
        await book.book.put("one", msgspec.json.decode(raw, type=ChannelForm), "anna")
        assert book.made[-1] == ("one", way)
        assert book.book.channels()[0].levels == ("alarm",)

    virtual(work)


def test_what_needs_a_secret_is_refused_without_one() -> None:
    async def work(loop: VirtualLoop) -> None:
        book = Book(await OutboxSite(loop).start())
        for way in (TelegramWay(), DiscordWay(), AppriseWay(), NtfyWay(topic="a", token="…1a2b")):
            with pytest.raises(Refused, match="missing"):
                await book.book.put("one", ChannelForm(way=way), "anna")
        await book.book.put("one", ChannelForm(way=NtfyWay(topic="a")), "anna")
        with pytest.raises(Refused, match="missing"):
            await book.book.put("one", ChannelForm(way=DiscordWay()), "anna")

    virtual(work)


def test_a_short_secret_is_not_shown_in_part() -> None:
    async def work(loop: VirtualLoop) -> None:
        book = Book(await OutboxSite(loop).start())
        shown = await book.book.put("one", ChannelForm(way=WebhookWay(url="http://a/", secret="abcdefgh")), "anna")
        assert shown.way == WebhookWay(url="http://a/", secret="…")

    virtual(work)


def test_a_channel_counts_at_once_and_its_change_too() -> None:
    async def work(loop: VirtualLoop) -> None:
        site = await OutboxSite(loop).start()
        book = Book(site)
        await book.book.put("one", ChannelForm(way=NtfyWay(topic="a")), "anna")
        site.outbox.put([parcel(0, "one/1")])
        await site.settled()
        assert seen(book.channels["one"], "one/1") == ["0"]
        await book.book.put("one", ChannelForm(way=NtfyWay(topic="b"), enabled=False), "anna")
        assert site.outbox.channel("one") is None
        with pytest.raises(NotFound, match="switched off"):
            await book.book.test("one")
        assert book.made == [("one", None), ("one", NtfyWay(topic="a")), ("one", None)]

    virtual(work)


def test_what_cannot_be_made_leaves_all_as_it_was() -> None:
    async def work(loop: VirtualLoop) -> None:
        site = await OutboxSite(loop).start()
        book = Book(site)
        await book.book.put("one", ChannelForm(way=NtfyWay(topic="a")), "anna")
        before = book.disk()
        book.refuses = lambda way: "apprise is not installed" if isinstance(way, AppriseWay) else ""
        with pytest.raises(Refused, match="not installed"):
            await book.book.put("one", ChannelForm(way=AppriseWay(url="x://y")), "anna")
        book.documents.fail_after = 0
        with pytest.raises(StoreError):
            await book.book.put("one", ChannelForm(way=NtfyWay(topic="b")), "anna")
        assert book.disk() == before
        assert book.made[-1] == ("one", NtfyWay(topic="a"))
        assert site.outbox.channel("one") is book.channels["one"]
        assert book.book.way("one") == NtfyWay(topic="a")

    virtual(work)


def test_a_channel_that_cannot_be_made_at_the_start_is_a_complaint_and_stops_nothing() -> None:
    async def work(loop: VirtualLoop) -> None:
        site = await OutboxSite(loop).start()
        book = Book(site)
        await book.book.put("a", ChannelForm(way=AppriseWay(url="x://y")), "anna")
        await book.book.put("b", ChannelForm(way=NtfyWay(topic="a")), "anna")
        book.refuses = lambda way: "apprise is not installed" if isinstance(way, AppriseWay) else ""
        book.restart()
        assert [one.complaint for one in book.book.channels()] == ["apprise is not installed", ""]
        assert book.book.complaints() == {"channel-a": "apprise is not installed"}
        with pytest.raises(NotFound, match="not installed"):
            await book.book.test("a")
        book.refuses = lambda way: ""
        await book.book.put("a", ChannelForm(way=AppriseWay(url="x://y")), "anna")
        assert book.book.complaints() == {}

    virtual(work)


def test_a_secret_sealed_with_another_key_is_a_complaint() -> None:
    async def work(loop: VirtualLoop) -> None:
        book = Book(await OutboxSite(loop).start())
        await book.book.put("one", ChannelForm(way=TelegramWay(token=TOKEN)), "anna")
        again = book.restart(b"x" * 32)
        assert "cannot be read" in again.complaints()["channel-one"]
        await again.put("one", ChannelForm(way=TelegramWay(token=TOKEN)), "anna")
        assert again.complaints() == {}

    virtual(work)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: type(way).__name__)
def test_the_secret_of_what_is_switched_off_is_opened_only_when_it_is_needed(way: Way) -> None:
    class Counting(ServerKey):
        opened = 0

        def unseal(self, sealed: bytes) -> bytes:
            self.opened += 1
            return super().unseal(sealed)

    async def work(loop: VirtualLoop) -> None:
        book = Book(await OutboxSite(loop).start())
        shown = await book.book.put("one", ChannelForm(way=way, enabled=False), "anna")
        key = Counting(b"k" * 32)
        trail = Trail(book.site.writer, book.site.bus, FixedClock())
        again = ChannelBook(book.documents, key, trail, book.site.outbox, book.make)
        again.load()
        assert again.channels() == [shown]
        assert key.opened == 0
        # Levels alone change: the secret is as it was.
        await again.put("one", ChannelForm(way=shown.way, levels=("alarm",), enabled=False), "anna")
        assert key.opened == 1
        await again.put("one", ChannelForm(way=shown.way), "anna")
        assert (again.way("one"), book.made[-1]) == (way, ("one", way))
        assert key.opened == 1

    virtual(work)


def test_what_is_removed_is_told_nothing_more() -> None:
    async def work(loop: VirtualLoop) -> None:
        site = await OutboxSite(loop).start()
        book = Book(site)
        await book.book.put("one", ChannelForm(way=NtfyWay(topic="a")), "anna")
        book.channels["one"].away = True
        site.outbox.put([parcel(0, "one/1")])
        await book.book.remove("one", "anna")
        assert site.outbox.waiting() == []
        assert book.book.channels() == []
        assert book.made[-1] == ("one", None)
        assert book.documents.all("channels") == {}
        with pytest.raises(NotFound):
            await book.book.remove("one", "anna")
        with pytest.raises(NotFound):
            await book.book.test("one")

    virtual(work)


def test_a_token_that_comes_with_the_machine_is_a_channel() -> None:
    async def work(loop: VirtualLoop) -> None:
        site = await OutboxSite(loop).start()
        book = Book(site, {"telegram": TelegramWay(token=TOKEN)})
        assert [one.name for one in book.book.channels()] == ["telegram"]
        assert book.disk() == "{}"
        with pytest.raises(Conflict, match="credentials"):
            await book.book.remove("telegram", "anna")
        await book.book.put("telegram", ChannelForm(way=TelegramWay(), levels=("alarm",)), "anna")
        book.restart()
        assert book.book.channels()[0].levels == ("alarm",)
        await book.book.remove("telegram", "anna")
        assert book.book.channels()[0].levels == ("info", "warning", "alarm")

    virtual(work)


def test_a_bot_of_the_machine_that_was_switched_off_stays_so_after_a_restart() -> None:
    async def work(loop: VirtualLoop) -> None:
        site = await OutboxSite(loop).start()
        book = Book(site, {"telegram": TelegramWay(token=TOKEN)})
        await book.book.put("telegram", ChannelForm(way=TelegramWay(), enabled=False), "anna")
        book.made.clear()
        book.restart()
        assert book.made == [], "its bot would hear people"
        assert site.outbox.channel("telegram") is None
        await book.book.remove("telegram", "anna")
        assert site.outbox.channel("telegram") is not None

    virtual(work)


def test_a_person_who_is_forgotten_is_told_nothing_more_whatever_the_bot_is_called() -> None:
    async def work(loop: VirtualLoop) -> None:
        site = await OutboxSite(loop).start()
        book = Book(site)
        await book.book.put("house-bot", ChannelForm(way=TelegramWay(token=TOKEN)), "anna")
        await book.book.put("mail", ChannelForm(way=NtfyWay(topic="a")), "anna")
        for name in ("house-bot", "mail"):
            book.channels[name].away = True
        site.outbox.put([parcel(0, "house-bot/42"), parcel(1, "house-bot/43"), parcel(2, "mail/42")])
        await asyncio.sleep(1.0)
        book.book.forget("telegram", "42")
        assert [one.parcel.lane for one in site.outbox.waiting()] == ["house-bot/43", "mail/42"]

    virtual(work)


def test_there_is_one_bot_and_a_bound() -> None:
    async def work(loop: VirtualLoop) -> None:
        book = Book(await OutboxSite(loop).start())
        await book.book.put("telegram", ChannelForm(way=TelegramWay(token=TOKEN)), "anna")
        with pytest.raises(Conflict, match="bot already"):
            await book.book.put("other", ChannelForm(way=TelegramWay(token=TOKEN)), "anna")
        for number in range(MOST_CHANNELS - 1):
            await book.book.put(f"n{number}", ChannelForm(way=NtfyWay(topic="a")), "anna")
        with pytest.raises(Conflict, match="50"):
            await book.book.put("more", ChannelForm(way=NtfyWay(topic="a")), "anna")
        for name in ("", "A", "a/b", "-a", "a" * 25):
            with pytest.raises(Refused, match="name"):
                await book.book.put(name, ChannelForm(way=NtfyWay(topic="a")), "anna")

    virtual(work)


def test_a_test_says_what_came_of_it_and_every_change_is_in_the_trail() -> None:
    async def work(loop: VirtualLoop) -> None:
        site = await OutboxSite(loop).start()
        book = Book(site)
        await book.book.put("one", ChannelForm(way=NtfyWay(topic="a", token="very-secret-word")), "anna")
        assert await book.book.test("one") == "sent, one calls it 1"
        book.channels["one"].away = True
        with pytest.raises(NotSent):
            await book.book.test("one")
        await book.book.remove("one", "anna")
        entries = [change for change in site.writer.changes if type(change).__name__ == "Audited"]
        assert [entry.kind for entry in entries] == ["channel.set", "channel.removed"]  # type: ignore[union-attr]
        assert "very-secret-word" not in str(entries)

    virtual(work)
