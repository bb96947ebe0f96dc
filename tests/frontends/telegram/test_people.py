"""Who is heard: codes that are used once, a brake on guessing, and documents that people may have edited."""

from __future__ import annotations

import pytest

from gateway.core.access import Scope
from gateway.core.errors import NotFound, StoreError
from gateway.frontends.telegram.people import People
from tests.fakes import FixedClock, MemoryDocuments
from tests.frontends.telegram.kit import ANNA, BEN, GROUP, STRANGER, Notes


class Book:
    def __init__(self) -> None:
        self.documents, self.clock, self.trail = MemoryDocuments(), FixedClock(), Notes()
        self.gone: list[str] = []
        self.reload()

    def reload(self) -> None:
        self.people = People(self.documents, self.trail, self.clock, self.gone.append)
        self.people.load()

    def code(self, scope: Scope = Scope.OPERATE) -> str:
        return self.people.pair(10, scope, "owner").code

    async def say(self, code: str, person: int = ANNA, name: str = "Anna") -> bool | None:
        return await self.people.try_code(code, person, name, person, "")


@pytest.fixture
def book() -> Book:
    return Book()


async def test_a_code_pairs_one_person_once_and_for_good(book: Book) -> None:
    code = book.code(Scope.READ)
    assert await book.say(f" {code.lower()} ") is True
    assert await book.say(code, BEN) is None
    book.reload()
    (anna,) = book.people.people()
    assert (anna.id, anna.name, anna.scope, anna.chat, anna.by) == (ANNA, "Anna", Scope.READ, ANNA, "owner")
    assert (book.people.targets(), book.people.chat_of(str(ANNA))) == ((str(ANNA),), ANNA)
    assert "telegram.paired" in book.trail.kinds()


async def test_a_code_ends_after_its_time_and_when_there_is_a_newer_one(book: Book) -> None:
    old = book.code()
    new = book.code()
    assert await book.say(old) is False
    book.clock.advance(minutes=10)
    assert await book.say(new) is None
    assert book.people.people() == []


async def test_a_clock_that_is_set_back_makes_no_code_count_for_days(book: Book) -> None:
    code = book.code()
    book.clock.advance(minutes=-24 * 60)
    assert not book.people.pairing
    assert await book.say(code) is None
    assert book.people.people() == []


async def test_a_code_does_not_outlive_a_restart(book: Book) -> None:
    code = book.code()
    book.reload()
    assert await book.say(code) is None


async def test_codes_are_of_eight_letters_nobody_misreads_and_never_the_same(book: Book) -> None:
    codes = {book.code() for _ in range(200)}
    assert len(codes) == 200
    assert all(len(code) == 8 and code.isalpha() and code.isupper() and not set(code) & set("IO") for code in codes)


async def test_a_link_pairs_at_once_when_the_bots_name_is_known(book: Book) -> None:
    assert book.people.pair(10, Scope.READ, "owner").link == ""
    book.people.username = "home_bot"
    pairing = book.people.pair(10, Scope.READ, "owner")
    assert pairing.link == f"https://t.me/home_bot?start={pairing.code}"


async def test_five_wrong_codes_make_deaf_for_an_hour_even_for_the_right_one(book: Book) -> None:
    for _ in range(5):
        book.code()
        assert await book.say("AAAAAAAA", STRANGER) is False
    assert await book.say(book.code(), STRANGER) is None
    assert await book.say(book.code(), ANNA) is True
    book.clock.advance(minutes=61)
    assert await book.say(book.code(), STRANGER) is True


async def test_thirty_wrong_codes_of_many_make_deaf_for_everybody(book: Book) -> None:
    for number in range(30):
        book.code()
        assert await book.say("AAAAAAAA", 1000 + number) is False
    assert await book.say(book.code(), ANNA) is None
    book.clock.advance(minutes=61)
    assert await book.say(book.code(), ANNA) is True


async def test_guessing_without_a_code_out_is_met_with_silence(book: Book) -> None:
    for _ in range(50):
        assert await book.say("AAAAAAAA", STRANGER) is None
    assert await book.say(book.code(), STRANGER) is True


async def test_who_is_forgotten_is_a_stranger_again(book: Book) -> None:
    await book.say(book.code())
    await book.people.forget(ANNA, "owner")
    book.reload()
    assert book.people.person(ANNA) is None
    assert book.gone == [str(ANNA)]
    assert book.people.chat_of(str(ANNA)) is None
    with pytest.raises(NotFound):
        await book.people.forget(ANNA, "owner")


async def test_a_group_is_a_place_for_alerts_and_nobody_to_be_heard(book: Book) -> None:
    await book.say(book.code())
    assert await book.people.try_code(book.code(), STRANGER, "Eve", GROUP, "Home") is None
    assert await book.people.try_code(book.code(Scope.ADMIN), ANNA, "Anna", GROUP, "Home") is True
    assert book.people.person(GROUP) is None
    assert book.people.is_group(GROUP)
    assert not book.people.is_group(-5)
    group = next(person for person in book.people.people() if person.id == GROUP)
    assert (group.name, group.scope) == ("Home", Scope.READ)
    assert book.people.person(ANNA) is not None


async def test_a_group_that_moved_keeps_its_name_and_gets_its_messages_elsewhere(book: Book) -> None:
    await book.say(book.code())
    await book.people.try_code(book.code(), ANNA, "Anna", GROUP, "Home")
    await book.people.moved(str(GROUP), -1001)
    book.reload()
    assert str(GROUP) in book.people.targets()
    assert book.people.chat_of(str(GROUP)) == -1001
    assert book.people.is_group(-1001)


async def test_what_cannot_be_written_does_not_count(book: Book) -> None:
    code = book.code()
    book.documents.fail_after = 0
    with pytest.raises(StoreError):
        await book.say(code)
    assert book.people.people() == []
    book.documents.fail_after = None
    assert await book.say(code) is None


async def test_an_unreadable_document_is_left_out(book: Book, caplog: pytest.LogCaptureFixture) -> None:
    await book.say(book.code())
    book.documents.collections["telegram_people"]["43"] = {"name": "Ben", "scope": "everything"}
    book.documents.collections["telegram_people"]["ben"] = {"name": "Ben", "scope": "admin", "chat": 43}
    book.reload()
    assert [person.name for person in book.people.people()] == ["Anna"]
    assert "unreadable" in caplog.text


@pytest.mark.parametrize("target", ["", "x", "43", "-1"])
async def test_a_place_nobody_knows_is_told_nothing(book: Book, target: str) -> None:
    assert book.people.chat_of(target) is None
