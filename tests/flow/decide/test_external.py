"""A service decides: its answers are judged, limited, logged and handed on; what is wrong with them is audited."""

from __future__ import annotations

import json

import pytest

from gateway.core.decisions import Decision, Outcome
from gateway.core.messages import Audited, ClockSet, DeviceChanged, DeviceSwapped, Message
from gateway.core.ports.intake import NOTHING
from gateway.flow.decide.external import Answers
from gateway.flow.decide.mind import DecideSettings
from gateway.flow.ingest import Ingest
from gateway.flow.trail import Trail
from tests.fakes import START_MS
from tests.flow.decide.window_site import ZONE, WindowSite

TOPIC = "window/w1/control"


class ExternalSite(WindowSite):
    """Decisions are somebody else's."""

    def __init__(self, *, fallback: bool = True, answer_s: float = 5.0) -> None:
        super().__init__(DecideSettings(zone=ZONE, mode="external", fallback=fallback, answer_s=answer_s))

    def restart(self) -> None:
        super().restart()
        self.answers = Answers(self.decide, self.bus, Trail(self.writer, self.bus, self.clock))
        self.ingest = Ingest(self.bus, self.able, self.clock, answers=self.answers.take)

    def publish(self, said: object, topic: str = TOPIC, client: str = "brain-1") -> None:
        """As the exchange does it: what nothing has to be written for is announced at once."""
        raw = said if isinstance(said, bytes) else json.dumps(said).encode()
        self.ingest.committed(self.ingest.take(Message(client, topic, raw, 1, False, 7)))

    def ask(self, temperature: float = 26.0) -> Decision:
        self.say("w1", temperature=temperature)
        waiting = self.decide.newest("w1")
        assert waiting is not None
        return waiting

    def refusals(self) -> list[tuple[str, str]]:
        return [
            (one.who, one.detail)
            for one in self.writer.changes
            if isinstance(one, Audited) and one.kind == "external.refused"
        ]


async def slow() -> ExternalSite:
    """Answers are waited for longer than changes keep apart."""
    made = ExternalSite(answer_s=8.0)
    await made.begin()
    return made


@pytest.fixture
async def site() -> ExternalSite:
    made = ExternalSite()
    await made.begin()
    return made


async def test_the_gateway_only_asks(site: ExternalSite) -> None:
    waiting = site.ask()
    assert waiting.outcome is Outcome.WAITING
    assert [said["id"] for said in site.post.requests()] == [waiting.id]
    assert site.post.controls() == []
    assert site.mind.asked == []


async def test_an_answer_drives_the_window(site: ExternalSite) -> None:
    waiting = site.ask()
    site.publish({"position": 63, "confidence": 0.9, "decision": waiting.id, "model": "brain@7"})
    (control,) = site.post.controls()
    assert (control["position"], control["decision"]) == (63, waiting.id)
    decided = site.decide.newest("w1")
    assert decided is not None
    assert (decided.outcome, decided.model, decided.confidence) == (Outcome.SENT, "external:brain@7", 0.9)
    assert (site.answers.taken, site.answers.refused) == (1, 0)


async def test_without_an_id_the_last_request_is_meant_and_without_a_name_the_account(site: ExternalSite) -> None:
    waiting = site.ask()
    site.publish({"position": 63})
    decided = site.decide.newest("w1")
    assert decided is not None
    assert (decided.id, decided.model) == (waiting.id, "external:brain-1")


async def test_hard_limits_hold_for_a_service_too(site: ExternalSite) -> None:
    await site.outdoors()
    site.say("out", rain=2.0, temperature=20.0)
    site.clock.advance(s=site.settings.min_interval_s)
    waiting = site.ask()
    site.publish({"position": 90, "decision": waiting.id})
    (control,) = site.post.controls()
    assert control["position"] == 10
    decided = site.decide.newest("w1")
    assert decided is not None
    assert decided.raw_pct == 90.0
    assert any("rain" in cut for cut in decided.cuts)


async def test_while_a_persons_will_holds_an_answer_is_only_written_down(site: ExternalSite) -> None:
    waiting = site.ask()
    site.override(30)
    site.publish({"position": 90, "decision": waiting.id})
    assert site.post.controls() == []
    decided = site.decide.newest("w1")
    assert decided is not None
    assert (decided.outcome, decided.position) == (Outcome.HELD, 90)


async def test_an_answer_that_comes_too_late_is_refused_and_audited(site: ExternalSite) -> None:
    waiting = site.ask()
    site.clock.advance(s=site.settings.answer_s + 1)
    site.publish({"position": 63, "decision": waiting.id})
    assert site.post.controls() == []
    ((who, detail),) = site.refusals()
    assert who == "brain-1"
    assert detail.startswith(f"w1: {waiting.id} was to be answered within 5 s")


async def test_when_nobody_answers_the_gateway_decides_itself(site: ExternalSite) -> None:
    site.ask()
    site.clock.advance(s=site.settings.answer_s)
    site.decide.look()
    assert len(site.post.controls()) == 1
    decided = site.decide.newest("w1")
    assert decided is not None
    assert (decided.model, decided.detail) == ("window@3", "nobody answered within 5 s")


async def test_without_a_fallback_nothing_moves() -> None:
    site = ExternalSite(fallback=False)
    await site.begin()
    site.ask()
    site.clock.advance(s=site.settings.answer_s)
    site.decide.look()
    assert site.post.controls() == []
    decided = site.decide.newest("w1")
    assert decided is not None
    assert decided.outcome is Outcome.UNANSWERED


async def test_changes_that_come_faster_than_answers_do_not_keep_the_gateway_from_deciding() -> None:
    site = await slow()
    for number in range(60):
        site.say("w1", temperature=24.0 + number % 2)
        site.clock.advance(s=1)
        site.decide.look()
    assert len(site.post.requests()) == 8
    assert sum(one.model == "window@3" for one in site.decided) == 7
    assert len(site.post.controls()) >= 2
    assert not any(one.outcome is Outcome.UNANSWERED for one in site.decided)


async def test_what_changed_while_an_answer_was_awaited_is_asked_when_it_has_come() -> None:
    site = await slow()
    first = site.ask()
    site.clock.advance(s=6)
    assert site.ask(27.0).id == first.id
    site.clock.advance(s=1)
    site.publish({"position": 40, "decision": first.id})
    site.decide.look()
    assert [said["temperature"] for said in site.post.requests()] == [26.0, 27.0]


async def test_rain_does_not_wait_for_an_answer_but_for_one_about_rain(site: ExternalSite) -> None:
    await site.outdoors()
    first = site.ask()
    site.clock.advance(s=2)
    site.say("out", rain=2.0)
    second = site.decide.newest("w1")
    assert second is not None
    assert second.id != first.id
    site.clock.advance(s=2)
    site.say("out", rain=0.0, wind=3.0)
    site.say("out", rain=0.0, wind=14.0)
    assert len(site.post.requests()) == 2
    site.clock.advance(s=3)
    site.decide.look()
    assert len(site.post.controls()) == 1


async def test_while_an_answer_is_awaited_the_loop_rests() -> None:
    site = await slow()
    site.ask()
    site.clock.advance(s=6)
    site.ask(27.0)
    site.clock.advance(ms=1500)
    assert site.decide._scenes.pause_s() == 0.5


async def test_names_that_services_give_themselves_are_told_but_not_counted_one_by_one(site: ExternalSite) -> None:
    for number in range(5):
        waiting = site.ask(24.0 + number)
        site.publish({"position": 20 * number, "decision": waiting.id, "model": f"build-{number}"})
        site.clock.advance(s=60)
    assert {one.model for one in site.decided} == {"external", *(f"external:build-{number}" for number in range(5))}
    assert {model for _, model in site.decide.totals} == {"external"}
    assert sum(site.decide.totals.values()) == 5


async def test_new_hardware_ends_what_was_asked_of_the_old(site: ExternalSite) -> None:
    waiting = site.ask()
    site.bus.publish(DeviceSwapped("w1", "a", "b", site.clock()))
    (found,) = await site.decide.history()
    assert (found.id, found.outcome, found.detail) == (waiting.id, Outcome.UNANSWERED, "it has other hardware now")
    site.publish({"position": 63, "decision": waiting.id})
    assert [detail for _, detail in site.refusals()] == [f"w1: {waiting.id} is decided already: unanswered."]
    assert site.post.controls() == []


async def test_what_is_no_window_any_more_waits_for_nobody(site: ExternalSite, monkeypatch: pytest.MonkeyPatch) -> None:
    waiting = site.ask()
    monkeypatch.setattr(site.surroundings, "is_window", lambda device: False)
    site.decide.look()
    (found,) = await site.decide.history()
    assert (found.id, found.outcome) == (waiting.id, Outcome.UNANSWERED)


async def test_a_deleted_window_leaves_no_record_of_what_was_asked(site: ExternalSite) -> None:
    site.ask()
    del site.able.known_devices["w1"]
    site.bus.publish(DeviceChanged("w1", None))
    site.decide.look()
    assert await site.decide.history() == []


@pytest.mark.parametrize("hours", [1, -1])
@pytest.mark.parametrize(("redates", "since_h"), [(True, 0), (False, 0), (True, 24)])
async def test_setting_the_clock_makes_no_answer_late_or_awaited_for_longer(
    site: ExternalSite, hours: int, redates: bool, since_h: int
) -> None:
    waiting = site.ask()
    before_ms = site.clock()
    site.clock.now_ms += hours * 3_600_000
    since_ms = START_MS + since_h * 3_600_000
    site.bus.publish(ClockSet(before_ms, site.clock(), since_ms, redates=redates, learnt=False, reason="test"))
    known = site.decide.find(waiting.id)
    assert known is not None
    site.clock.advance(s=4)
    site.decide.look()
    assert site.decided == [waiting]
    site.clock.advance(s=1)
    site.decide.look()
    decided = site.decided[-1]
    assert (decided.id, decided.model, decided.time_ms) == (waiting.id, "window@3", known.time_ms)


async def test_the_same_answer_again_moves_nothing(site: ExternalSite) -> None:
    waiting = site.ask()
    for _ in range(2):
        site.publish({"position": 63, "decision": waiting.id})
    assert len(site.post.controls()) == 1
    assert [detail for _, detail in site.refusals()] == [f"w1: {waiting.id} is decided already: sent."]


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (b"", "an answer is"),
        (b"\xff", "an answer is"),
        (b"[1]", "an answer is"),
        ({"confidence": 1}, "position"),
        ({"position": "far"}, "position"),
        ({"position": -1}, "from 0 to 100"),
        ({"position": 100.1}, "from 0 to 100"),
        (b'{"position": 1e999}', ""),
        ({"position": 50, "confidence": 2}, "confidence"),
        ({"position": 50, "decision": "0123456789abcdef"}, "Nothing was asked"),
    ],
)
async def test_what_is_no_answer_is_refused_with_the_reason(site: ExternalSite, said: object, reason: str) -> None:
    site.ask()
    site.publish(said)
    assert site.post.controls() == []
    ((who, detail),) = site.refusals()
    assert who == "brain-1"
    assert reason in detail
    assert site.answers.refused == 1


async def test_nothing_was_asked_about_that_window(site: ExternalSite) -> None:
    site.ask()
    site.publish({"position": 50}, topic="window/w2/control")
    assert site.post.controls() == []
    assert site.refusals()[0][1].startswith("w2: Nothing was asked about w2")


@pytest.mark.parametrize("topic", ["window/control", "window/w1/control/control", "home/w1/control", "window/w1/state"])
async def test_another_topic_is_no_answer(site: ExternalSite, topic: str) -> None:
    site.ask()
    assert site.answers.take(Message("brain", topic, b'{"position": 50}', 1, False)) == NOTHING
    assert site.refusals() == []


async def test_a_mistake_of_ours_is_not_the_services(
    site: ExternalSite, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(payload: bytes) -> object:
        raise RuntimeError("a mistake")

    monkeypatch.setattr("gateway.flow.decide.external.read_answer", broken)
    assert site.answers.take(Message("brain", TOPIC, b"{}", 1, False)) == NOTHING
    assert "could not be judged" in caplog.text


def test_where_the_gateway_decides_itself_such_a_message_means_nothing() -> None:
    site = WindowSite()
    ingest = Ingest(site.bus, site.able, site.clock)
    assert ingest.take(Message("brain", TOPIC, b'{"position": 50}', 1, False)) == NOTHING
