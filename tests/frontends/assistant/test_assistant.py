"""The assistant proposes; what it proposes has to go by the gateway's own reader."""

from __future__ import annotations

from collections.abc import AsyncIterator
from zoneinfo import ZoneInfo

import msgspec
import pytest

from gateway.backends.keys import ServerKey
from gateway.backends.outside import HttpOutside
from gateway.core.errors import Refused
from gateway.core.language.intent import Condition, Intent, Understood
from gateway.core.messages import Audited
from gateway.core.ports.alerts import MarkKept, SaidKept
from gateway.core.ports.assistant import AssistantForm, Provider
from gateway.frontends.assistant.assistant import CloudAssistant, Manners, Surroundings
from gateway.log.masking import without_secrets
from gateway.simulator.site import demo_site
from gateway.simulator.site_house import house_of
from tests.alert_fakes import MemoryAlerts
from tests.fakes import MemoryDocuments, MemoryWriter
from tests.frontends.assistant.cloud import KEY, NOTHING, Cloud

NIGHT_MS = 1_795_384_800_000  # 22 November 2026, 23:00 in Berlin
OPEN = {**NOTHING, "kind": "command", "action": "set_position", "device": "bedroom-window", "value": 30}
OPENED = Intent(kind="command", action="set_position", device="bedroom-window", place="bedroom", value=30.0)
HOUSE = house_of(demo_site())


class Trail:
    def __init__(self) -> None:
        self.notes: list[tuple[str, str, str]] = []

    def note(self, kind: str, who: str, detail: str = "") -> Audited | None:
        self.notes.append((kind, who, detail))
        return None


class Bed:
    """An assistant with everything around it."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.documents, self.writer, self.trail = MemoryDocuments(), MemoryWriter(), Trail()
        self.now_ms = NIGHT_MS
        self.outside = HttpOutside()
        self.sentences: list[str] = []
        self.means = OPENED
        self.per_day = 3
        self.key = ServerKey(b"k" * 32)
        self.assistant = self.made()

    def made(self) -> CloudAssistant:
        around = Surroundings(
            outside=self.outside,
            documents=self.documents,
            secrets=self.key,
            writer=self.writer,
            archive=MemoryAlerts(self.writer),
            auditor=self.trail,
            read=self._read,
            mask=without_secrets,
            now_ms=lambda: self.now_ms,
            zone=lambda: ZoneInfo("Europe/Berlin"),
        )
        return CloudAssistant(around, Manners(timeout_s=5, requests_per_day=self.per_day))

    async def _read(self, text: str) -> Understood:
        self.sentences.append(text)
        return Understood(intent=self.means)

    async def set_up(self, provider: Provider = "openai", key: str = KEY) -> None:
        form = AssistantForm(provider=provider, key=key, url=self.cloud.url, enabled=True)
        await self.assistant.put(form, "anna")

    async def propose(self, text: str = "it feels stuffy in the bedroom", said: str = "say-1") -> Intent | None:
        return await self.assistant.propose(text, HOUSE, said=said, who="anna", way="page")

    def log(self) -> list[SaidKept]:
        return [change for change in self.writer.changes if isinstance(change, SaidKept)]


@pytest.fixture
async def bed() -> AsyncIterator[Bed]:
    async with Cloud().running() as cloud:
        made = Bed(cloud)
        await made.assistant.load()
        yield made
        await made.outside.close()


@pytest.mark.parametrize("provider", ["openai", "anthropic"])
async def test_a_proposal_is_what_the_reader_made_of_it_and_must_be_confirmed(bed: Bed, provider: Provider) -> None:
    await bed.set_up(provider)
    bed.cloud.says = OPEN
    intent = await bed.propose()
    assert intent == msgspec.structs.replace(OPENED, source="assistant", confirm="The assistant proposes this.")
    assert bed.sentences == ["set the Bedroom window to 30 percent"]
    assert bed.assistant.outcomes() == {"proposed": 1, "unknown": 0, "unchecked": 0, "failed": 0}


@pytest.mark.parametrize(
    "says",
    [
        {**OPEN, "device": "garage-door"},
        {**OPEN, "action": "turn_on"},
        {**OPEN, "value": None},
        {**OPEN, "value": 31},
        {**OPEN, "kind": "rule"},
        {**OPEN, "extra": 1},
        {**OPEN, "action": "restart"},
        {**OPEN, "kind": "query", "place": "attic", "parameter": "temperature"},
        {**OPEN, "priority": 99},
        {**OPEN, "condition": {"parameter": "co2", "operator": ">", "value": 900, "for_s": 0, "place": "bedroom"}},
        "Sure! I have opened the window for you.",
        [],
        None,
        NOTHING,
    ],
)
async def test_what_does_not_hold_is_no_proposal(bed: Bed, says: object) -> None:
    await bed.set_up()
    bed.cloud.says = says
    assert await bed.propose() is None
    assert len(bed.log()) == 1


async def test_what_the_reader_takes_for_something_else_is_no_proposal(bed: Bed) -> None:
    await bed.set_up()
    bed.cloud.says = OPEN
    for other in (
        Intent(kind="question", reply="Which one?"),
        msgspec.structs.replace(OPENED, device="living-room-window"),
        msgspec.structs.replace(OPENED, value=40.0),
        msgspec.structs.replace(OPENED, also=(OPENED,)),
    ):
        bed.means = other
        bed.now_ms += 86_400_000
        assert await bed.propose() is None
    assert bed.assistant.outcomes()["unchecked"] == 4


async def test_a_rule_is_said_as_a_sentence_that_the_reader_knows(bed: Bed) -> None:
    await bed.set_up()
    bed.cloud.says = {
        **NOTHING,
        "kind": "rule",
        "action": "turn_on",
        "device": "bathroom-fan",
        "condition": {"parameter": "humidity", "operator": ">", "value": 70, "for_s": 600, "place": "bathroom"},
        "schedule": {"for_s": 1200, "after_s": 0, "at": "", "not_from": "22:00", "not_to": "06:00"},
    }
    bed.means = Intent(
        kind="rule",
        action="turn_on",
        device="bathroom-fan",
        condition=Condition(parameter="humidity", operator=">", value=70.0, for_s=600, place="bathroom"),
    )
    assert await bed.propose() is not None
    assert bed.sentences == [
        "if the humidity in the Bathroom is above 70 for 10 minutes, turn on the Bathroom fan for 20 minutes, "
        "but not between 22:00 and 06:00"
    ]


async def test_off_without_a_key_or_unknown_it_asks_nobody(bed: Bed) -> None:
    assert not bed.assistant.ready
    assert await bed.propose() is None
    await bed.set_up()
    await bed.assistant.put(AssistantForm(url=bed.cloud.url, enabled=False), "anna")
    assert await bed.propose() is None
    await bed.assistant.put(AssistantForm(url=bed.cloud.url, enabled=True), "anna")
    assert await bed.propose("x" * 301) is None
    assert await bed.propose("  ") is None
    assert bed.cloud.asked == []


async def test_the_budget_is_the_sites_day_and_outlives_a_restart(bed: Bed) -> None:
    await bed.set_up()
    for number in range(5):
        await bed.propose(said=f"say-{number}")
    assert len(bed.cloud.asked) == 3
    assert "used up" in bed.assistant.shown().failure
    bed.assistant = bed.made()
    await bed.assistant.load()
    assert bed.assistant.shown().used_today == 3
    await bed.propose(said="say-6")
    assert len(bed.cloud.asked) == 3
    bed.now_ms += 90 * 60_000  # half past midnight
    await bed.propose(said="say-7")
    assert len(bed.cloud.asked) == 4
    marks = {change.name: change.value for change in bed.writer.changes if isinstance(change, MarkKept)}
    assert marks == {"assistant.used/2026-11-22": b"", "assistant.used/2026-11-23": b"1"}


async def test_the_key_is_sealed_masked_and_nowhere_in_the_log(bed: Bed) -> None:
    await bed.set_up()
    bed.cloud.says = {**NOTHING, "place": KEY}
    await bed.propose(f"my key is {KEY} and password: hunter2")
    await bed.assistant.test()
    bed.cloud.status, bed.cloud.body = 400, f'{{"error": {{"message": "bad {KEY}"}}}}'.encode()
    await bed.propose()
    kept = repr((bed.documents.collections, bed.writer.changes, bed.trail.notes, bed.assistant.shown()))
    assert KEY not in kept
    assert "hunter2" not in kept
    assert bed.assistant.shown().key == "…1a2b"
    first = bed.log()[0]
    assert (first.who, first.way, first.provider, first.tokens) == ("anna", "page", "openai/gpt-5.4-mini", 960)
    assert b"my key is" in first.text
    bed.assistant = bed.made()
    await bed.assistant.load()
    assert bed.assistant.ready


async def test_a_key_stays_when_it_is_left_out_but_not_for_another_address(bed: Bed) -> None:
    await bed.set_up()
    shown = await bed.assistant.put(AssistantForm(key="…1a2b", url=bed.cloud.url, model="m", enabled=True), "anna")
    assert (shown.key, shown.model) == ("…1a2b", "m")
    for form in (
        AssistantForm(provider="anthropic", url=bed.cloud.url, enabled=True),
        AssistantForm(url="https://elsewhere.example", enabled=True),
        AssistantForm(key="", url=bed.cloud.url, enabled=True),
        AssistantForm(key="sk-ümlaut", url=bed.cloud.url),
        AssistantForm(key=KEY, url="http://example.org", enabled=True),
    ):
        with pytest.raises(Refused):
            await bed.assistant.put(form, "anna")
    assert bed.assistant.shown() == shown
    assert (await bed.assistant.put(AssistantForm(key=""), "anna")).key == ""


async def test_a_refused_key_is_not_tried_again_until_it_is_changed(bed: Bed) -> None:
    await bed.set_up(key="sk-wrong-wrong-wrong")
    assert await bed.propose() is None
    assert not bed.assistant.ready
    assert await bed.propose() is None
    assert len(bed.cloud.asked) == 1
    assert "401" in bed.assistant.shown().failure
    await bed.set_up()
    assert bed.assistant.ready


async def test_a_trial_says_whether_it_answers(bed: Bed) -> None:
    assert not (await bed.assistant.test()).ok
    await bed.set_up()
    tested = await bed.assistant.test()
    assert (tested.ok, tested.detail) == (True, "gpt-5.4-mini answered, 960 tokens.")
    bed.cloud.says = "yes?"
    assert not (await bed.assistant.test()).ok
    assert bed.assistant.shown().used_today == 2


async def test_settings_of_another_server_key_are_named_and_others_stay(bed: Bed) -> None:
    await bed.set_up()
    bed.key = ServerKey(b"x" * 32)
    bed.assistant = bed.made()
    await bed.assistant.load()
    assert not bed.assistant.ready
    assert "another server key" in bed.assistant.shown().failure
    bed.documents.collections["assistant"]["settings"] = {"provider": 3}
    bed.assistant = bed.made()
    await bed.assistant.load()
    assert "cannot be read" in bed.assistant.shown().failure
