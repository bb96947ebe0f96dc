"""Answers to questions: values, states, histories, lists, plants, how things are."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ...core.errors import NotFound
from ...core.language.house import House
from ...core.language.intent import Intent
from ...core.language.talk_making import HELP
from ...core.rules.terms import spoken
from ..devices import Device
from ..values import Found
from ..words import duration
from . import switch_state
from .histories import Histories
from .lists import Lists
from .parts import ChatParts
from .said import Reply

_MOST = 12
_OPPOSITE = {"off": "on", "closed": "open", "online": "offline"}
"""Who asks whether everything is the first wants to hear what is the second."""


class Answers:
    """Asks the parts; changes nothing."""

    def __init__(self, parts: ChatParts, house: Callable[[], House]) -> None:
        self._parts = parts
        self._house = house
        self._histories = Histories(parts, house)
        self._lists = Lists(parts, house)

    async def of(self, intent: Intent, text: str) -> Reply:
        """The answer to one question, or to several that were asked at once. Raises StoreError."""
        replies = [await self._one(one, text) for one in (intent, *intent.also)]
        first = replies[0]
        if len(replies) == 1:
            return first
        return Reply(
            kind=first.kind,
            text="\n".join(dict.fromkeys(reply.text for reply in replies)),
            intent=intent,
            series=tuple(dict.fromkeys(one for reply in replies for one in reply.series)),
            simulated=any(reply.simulated for reply in replies),
        )

    async def _one(self, intent: Intent, text: str) -> Reply:
        match intent.action:
            case "value":
                return self._value(intent, text)
            case "state":
                return self._state(intent)
            case "history":
                return await self._histories.of(intent)
            case "help":
                return _reply(intent, HELP)
            case _:
                said, simulated = await self._lists.of(intent)
                return _reply(intent, said, simulated=simulated)

    # Values

    def _value(self, intent: Intent, text: str) -> Reply:
        values = self._parts.house.values
        if isinstance(intent.value, str) and intent.candidates:
            return self._extreme(intent)
        if intent.missing:
            found = values.ask(text)
            return (
                self._found(intent, found) if isinstance(found, Found) else _reply(intent, intent.reply or found.text)
            )
        place = intent.device or intent.place
        if not intent.parameter:
            return self._all_of(intent)
        answer = values.find(place, intent.parameter)
        if not isinstance(answer, Found):
            return _reply(intent, answer.text)
        return self._found(intent, answer)

    def _found(self, intent: Intent, found: Found) -> Reply:
        said = f"{spoken(found.metric).capitalize()}: {found.text}."
        condition = intent.condition
        if condition is not None and isinstance(condition.value, int | float):
            holds = _compares(found.value, condition.operator, condition.value)
            said = f"{'Yes' if holds else 'No'}. {said}"
        series = tuple((source.device, found.metric) for source in found.sources)
        return Reply(kind=intent.kind, text=said, intent=intent, series=series, simulated=found.simulated)

    def _all_of(self, intent: Intent) -> Reply:
        """Everything that is measured there."""
        values = self._parts.house.values
        try:
            found = values.of_asset(intent.place)
        except NotFound:
            try:
                found = values.of_zone(intent.place)
            except NotFound:
                return _reply(intent, intent.reply or "Nothing is measured there.")
        if not found:
            return _reply(intent, f"Nothing is measured at {self._name(intent.place)} yet.")
        said = [self._found(intent, one) for one in list(found.values())[:_MOST]]
        return Reply(
            kind=intent.kind,
            text="\n".join(reply.text for reply in said),
            intent=intent,
            series=tuple(one for reply in said for one in reply.series),
            simulated=any(reply.simulated for reply in said),
        )

    def _extreme(self, intent: Intent) -> Reply:
        """Which of several has the most or the least of it."""
        values = self._parts.house.values
        found = [values.find(one.id, intent.parameter) for one in intent.candidates]
        known = [one for one in found if isinstance(one, Found)]
        if not known:
            return _reply(intent, f"Nothing measures {spoken(intent.parameter)} there.")
        best = (max if intent.value == "max" else min)(known, key=lambda one: one.value)
        return self._found(intent, best)

    # States

    def _state(self, intent: Intent) -> Reply:
        if intent.candidates and not intent.device and not intent.missing:
            ids = [self._device_of(one.id, one.what) for one in intent.candidates]
            said = [self._stands(device, str(intent.value or ""), intent) for device in ids if device]
            told = [one for one in said if one]
            simulated = any(self._parts.house.registry.simulated(device) for device in ids if device)
            return _reply(intent, "\n".join(told) or "Nothing shows that.", simulated=simulated)
        if not intent.device and not intent.missing and intent.value:
            return self._every(intent, str(intent.value))
        if not intent.device:
            return _reply(intent, intent.reply or "Which one?")
        said_ = self._stands(intent.device, str(intent.value or ""), intent)
        return _reply(intent, said_, simulated=self._parts.house.registry.simulated(intent.device))

    def _every(self, intent: Intent, wanted: str) -> Reply:
        """All that are on, off, open, closed, online or offline, as far as anything shows it."""
        registry = self._parts.house.registry
        lists = []
        shown = [one for state in (_OPPOSITE.get(wanted, ""), wanted) for one in self._those(state)]
        for state in (_OPPOSITE.get(wanted, ""), wanted):
            names = [one.name + (", SIMULATED" if registry.simulated(one.id) else "") for one in self._those(state)]
            lists += [f"{state.capitalize()}: {listed(names)}."] if names else []
        text = " ".join(lists) or f"Nothing is {wanted}, as far as anything shows."
        return _reply(intent, text, simulated=any(registry.simulated(one.id) for one in shown))

    def _those(self, state: str) -> list[Device]:
        return [one for one in self._parts.house.registry.devices() if state and self._is(one.id, state)]

    def _is(self, device: str, wanted: str) -> bool:
        if wanted in ("online", "offline"):
            return self._status(device) == wanted
        if wanted in ("open", "closed"):
            found = switch_state.position(self._parts, device)
            return found is not None and switch_state.is_open(found[0]) == (wanted == "open")
        shown = switch_state.runs(self._parts, device)
        return shown is not None and shown[0] == (wanted == "on")

    def _stands(self, device: str, wanted: str, intent: Intent) -> str:
        parts = self._parts
        name = parts.house.registry.device(device).name if parts.house.registry.known(device) else device
        mark = ", SIMULATED" if parts.house.registry.simulated(device) else ""
        if wanted in ("online", "offline"):
            return f"{self._answer(wanted, self._status(device))}{name} is {self._status(device)}{mark}."
        found = switch_state.position(parts, device)
        if found is not None and wanted not in ("on", "off"):
            share, time_ms = found
            state = "open" if switch_state.is_open(share) else "closed"
            far = f" ({share:.0f} %)" if state == "open" else ""
            return f"{self._answer(wanted, state)}{name} is {state}{far}, {self._ago(time_ms)}{mark}."
        shown = switch_state.runs(parts, device)
        if shown is None:
            return f"Nothing shows whether {name} is {wanted or 'on'}{mark}."
        on, why, time_ms = shown
        state = "on" if on else "off"
        return f"{self._answer(wanted, state)}{name} is {state}: {why}, {self._ago(time_ms)}{mark}."

    def _answer(self, wanted: str, state: str) -> str:
        return "" if wanted in ("", "position") else "Yes. " if wanted == state else "No. "

    def _status(self, device: str) -> str:
        return str(self._parts.house.watch.status(device))

    def _device_of(self, thing: str, what: str) -> str:
        found = next((one for one in self._house().things if (one.what, one.id) == (what, thing)), None)
        return found.devices[0] if found is not None and found.devices else ""

    def _ago(self, time_ms: int) -> str:
        return f"{duration(self._parts.clock() - time_ms)} ago"

    def _name(self, place: str) -> str:
        return next((thing.name for thing in self._house().things if thing.id == place), place)


def _reply(intent: Intent, text: str, *, simulated: bool = False) -> Reply:
    return Reply(kind=intent.kind, text=text, intent=intent, simulated=simulated)


def _compares(value: float, operator: str, limit: float) -> bool:
    return {">": value > limit, ">=": value >= limit, "<": value < limit, "<=": value <= limit}.get(
        operator, abs(value - limit) < 0.5
    )


def listed(names: Sequence[str], most: int = _MOST) -> str:
    """`Fern, Basil and 3 more`."""
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")
