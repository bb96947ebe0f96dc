"""The assistant: asked as a last resort, it proposes; what it proposes is read and checked like any sentence."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import tzinfo

import msgspec

from ...core.language.house import House
from ...core.language.intent import Intent, Understood
from ...core.ports.alerts import AlertArchive, SaidKept
from ...core.ports.assistant import AssistantForm, AssistantShown, AssistantTested
from ...core.ports.documents import Documents
from ...core.ports.gatekeeper import Auditor
from ...core.ports.outside import Outside
from ...core.ports.secrets import Secrets
from ...core.ports.store import Writer
from . import prompt, proposed, wording
from .asking import KeyRefused, ask, model_of
from .budget import Budget
from .question import NoAnswer, Question, Told
from .settings import Settings, masked

_MOST_TEXT = 300
_MOST_KEPT = 4000
"""Characters of a question or an answer that are kept."""
_CONFIRM = "The assistant proposes this."
_TRIAL = "What is the temperature in the kitchen?"
OUTCOMES = ("proposed", "unknown", "unchecked", "failed")
"""Of a question: there is a proposal; the model knows none; what it answered did not hold; it did not answer."""


class Manners(msgspec.Struct, frozen=True, kw_only=True):
    """The options of `[assistant]`."""

    timeout_s: float = 20.0
    requests_per_day: int = 50


class Surroundings(msgspec.Struct, frozen=True, kw_only=True):
    """Everything it needs of the gateway."""

    outside: Outside
    documents: Documents
    secrets: Secrets
    writer: Writer
    archive: AlertArchive
    auditor: Auditor
    read: Callable[[str], Awaitable[Understood]]
    """The gateway's own reader, by which every proposal has to go."""
    mask: Callable[[str], str]
    """A text without what looks like a secret."""
    now_ms: Callable[[], int]
    zone: Callable[[], tzinfo]
    """Of the site: its day is the budget's."""


class CloudAssistant:
    """Fulfils `core.ports.assistant.Assistant`. `load` before it is asked."""

    def __init__(self, around: Surroundings, manners: Manners) -> None:
        self._around = around
        self._manners = manners
        self._settings = Settings(around.documents, around.secrets)
        self._budget = Budget(manners.requests_per_day, around.writer, around.archive, around.now_ms, around.zone)
        self._one = asyncio.Lock()
        self._failure = ""
        self._refused = ""
        """The key that a provider did not take; it is not tried again."""
        self._outcomes = dict.fromkeys(OUTCOMES, 0)

    async def load(self) -> None:
        """Settings and what is used up of today. Raises StoreError."""
        self._failure = self._settings.load()
        await self._budget.load()

    @property
    def ready(self) -> bool:
        """Assistant: enabled, with a key that was not refused."""
        chosen = self._settings.chosen
        return chosen.enabled and bool(chosen.key) and chosen.key != self._refused

    async def propose(self, text: str, house: House, *, said: str, who: str, way: str) -> Intent | None:
        """Assistant: nothing of what it answers is taken over before the gateway's own reader says the same."""
        if not self.ready or self._one.locked() or not text.strip() or len(text) > _MOST_TEXT:
            return None
        async with self._one:
            asked = prompt.question(text, house)
            try:
                told = await self._ask(asked, said, who, way)
                found = proposed.read(told.content)
            except NoAnswer as error:
                self._failure = str(error)
                self._outcomes["failed"] += 1
                return None
            except msgspec.MsgspecError:
                self._failure = "its answer is not of the form that was asked for"
                self._outcomes["unchecked"] += 1
                return None
            self._failure = ""
        intent = await self._checked(found, house)
        unknown = found.kind == "none"
        self._outcomes["unknown" if unknown else "unchecked" if intent is None else "proposed"] += 1
        return intent

    async def _checked(self, found: proposed.Proposed, house: House) -> Intent | None:
        sentence = wording.sentence(found, house)
        if sentence is None:
            return None
        intent = (await self._around.read(sentence)).intent
        if not wording.agrees(found, intent):
            return None
        confirm = f"{_CONFIRM} {intent.confirm}".strip()
        return msgspec.structs.replace(intent, source="assistant", confirm=confirm)

    def outcomes(self) -> Mapping[str, int]:
        """How many questions of people came to what, since the start; see OUTCOMES."""
        return dict(self._outcomes)

    def shown(self) -> AssistantShown:
        """Assistant: without the key."""
        chosen = self._settings.chosen
        return AssistantShown(
            provider=chosen.provider,
            model=model_of(chosen),
            key=masked(chosen.key),
            url=chosen.url,
            enabled=chosen.enabled,
            used_today=self._budget.used,
            requests_per_day=self._budget.per_day,
            failure=self._failure,
        )

    async def put(self, form: AssistantForm, who: str) -> AssistantShown:
        """Assistant: it counts at once."""
        await self._settings.put(form)
        self._failure = self._refused = ""
        state = "on" if form.enabled else "off"
        self._around.auditor.note(
            "assistant.changed", who, f"{form.provider} {model_of(self._settings.chosen)}, {state}"
        )
        return self.shown()

    async def test(self) -> AssistantTested:
        """Assistant: one question about a home without a name; it counts."""
        if not self._settings.chosen.key:
            return AssistantTested(ok=False, detail="There is no key.")
        asked = prompt.question(_TRIAL, House())
        async with self._one:
            try:
                told = await self._ask(asked, f"test-{self._around.now_ms()}", "test", "settings")
                proposed.read(told.content)
            except (NoAnswer, msgspec.MsgspecError) as error:
                wrong = str(error) if isinstance(error, NoAnswer) else "it does not keep to the form that was asked for"
                self._failure = wrong
                return AssistantTested(ok=False, detail=wrong)
        self._failure = ""
        return AssistantTested(ok=True, detail=f"{model_of(self._settings.chosen)} answered, {told.tokens} tokens.")

    async def _ask(self, asked: Question, said: str, who: str, way: str) -> Told:
        """Counted, then asked, then written down. Raises NoAnswer."""
        chosen = self._settings.chosen
        if not self._budget.take():
            raise NoAnswer(f"today's {self._budget.per_day} questions are used up")
        asker = f"{chosen.provider}/{model_of(chosen)}"
        try:
            told = await ask(self._around.outside, chosen, asked, self._manners.timeout_s)
        except NoAnswer as error:
            if isinstance(error, KeyRefused):
                self._refused = chosen.key
            why = self._around.mask(str(error).replace(chosen.key, "…"))
            self._keep(asked, f"no answer: {why}", 0, (said, who, way, asker))
            raise NoAnswer(why) from error
        self._keep(asked, told.content.decode("utf-8", "replace"), told.tokens, (said, who, way, asker))
        return told

    def _keep(self, asked: Question, reply: str, tokens: int, about: tuple[str, str, str, str]) -> None:
        said, who, way, asker = about
        key = self._settings.chosen.key

        def kept(text: str) -> bytes:
            return self._around.mask(text.replace(key, "…") if key else text)[:_MOST_KEPT].encode()

        row = SaidKept(
            id=said,
            time_ms=self._around.now_ms(),
            who=who,
            way=way,
            text=kept(f"{asked.user}\n\n{asked.system}"),
            reply=kept(reply),
            provider=asker,
            tokens=tokens,
        )
        self._around.writer.submit([row])
        self._around.auditor.note("assistant.asked", who, f"{asker}, {tokens} tokens")
