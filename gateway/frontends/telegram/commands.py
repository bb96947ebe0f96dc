"""Commands with a slash: most are short for a sentence, so that they mean what the sentence means."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

import msgspec

from ...core.access import Scope
from ...core.alerts.alert import Alert
from ...core.errors import GatewayError
from ...core.ports.people import Person

MENU = (
    ("help", "what I understand"),
    ("temp", "temperature, e.g. /temp bathroom"),
    ("history", "a picture of the last day, e.g. /history temperature in the bathroom"),
    ("plants", "how the plants are"),
    ("alerts", "what is wrong now"),
    ("ack", "acknowledge all alerts"),
    ("mute", "only alarms for an hour, or /mute 120"),
    ("unmute", "everything comes again"),
    ("rules", "the rules there are"),
    ("undo", "take the last thing back"),
    ("status", "how the gateway is"),
    ("whoami", "what you may do here"),
)
"""As Telegram offers them: (command, words)."""
HELP = (
    "Write what you want to know or to be done, for example:\n"
    "how warm is it in the bathroom\n"
    "open the bedroom window to 40 percent\n"
    "if the humidity in the bathroom is above 70 % for 10 minutes, run the fan for 20 minutes\n"
    "how are my plants\n"
    "why did the window open\n"
    "cancel that\n\n" + "\n".join(f"/{command}: {words}" for command, words in MENU)
)
WELCOME = "You are paired. Alerts come here from now on. Write what you want to know or to be done; /help has examples."
MAY_ONLY_ASK = "You may ask, but not do this: whoever paired you can change that."
_MOST_SHOWN = 20
_MOST_MUTE_MIN = 1440
_LEVELS = {"info": "ℹ", "warning": "⚠", "alarm": "⛔"}


class AlertDesk(Protocol):
    """The part of the alert book that is needed here."""

    def open(self) -> list[Alert]:
        """Those that are not over, newest first."""

    async def ack(self, alert_id: str, who: str) -> Alert:
        """Somebody knows. Raises NotFound, StoreError."""

    async def mute(self, minutes: int, who: str) -> int:
        """Only alarms for so long; until when, UTC ms. Raises StoreError."""


Answer = Callable[[Person], Awaitable[str]]


class Command(msgspec.Struct, frozen=True):
    """What a command is. Neither sentences nor answer: there is no such command."""

    sentences: tuple[str, ...] = ()
    """What it is short for: the first of these that means something."""
    picture: bool = False
    """Its answer is to be shown as a picture."""
    answer: Answer | None = None


class Commands:
    """Reads them. `moment`: a time, UTC ms, as a clock on the wall says it."""

    def __init__(self, alerts: AlertDesk, moment: Callable[[int], str]) -> None:
        self._alerts = alerts
        self._moment = moment

    def read(self, text: str) -> Command:
        """What `/command and more` means."""
        name, _, rest = text.removeprefix("/").strip().partition(" ")
        rest = rest.strip()
        match name.casefold():
            case "help":
                return Command(answer=_help)
            case "whoami":
                return Command(answer=_who)
            case "alerts":
                return Command(answer=self._list)
            case "ack":
                return Command(answer=self._ack)
            case "mute":
                return Command(answer=lambda person: self._mute(person, rest or "60"))
            case "unmute":
                return Command(answer=lambda person: self._mute(person, "0"))
            case "temp":
                where = (f"what is the temperature in the {rest}", f"what is the temperature of the {rest}")
                return Command(where if rest else ("what is the temperature",))
            case "history":
                what = rest or "temperature"
                sentences = f"show the history of {what}", f"show the history of temperature in the {what}"
                return Command(sentences, picture=True)
            case "plants":
                return Command(("how are my plants",))
            case "rules":
                return Command(("list the rules",))
            case "status":
                return Command(("gateway status",))
            case "undo":
                return Command(("cancel that",))
            case _:
                return Command()

    async def _list(self, person: Person) -> str:
        alerts = self._alerts.open()
        if not alerts:
            return "Nothing is wrong now."
        lines = [self._line(alert) for alert in alerts[:_MOST_SHOWN]]
        more = len(alerts) - len(lines)
        return "\n".join([*lines, *([f"and {more} more"] if more else [])])

    def _line(self, alert: Alert) -> str:
        known = f", {alert.acked_by} knows" if alert.acked_ms is not None else ""
        made_up = " · SIMULATED" if alert.simulated else ""
        title = f"{alert.title}: " if alert.title else ""
        return f"{_LEVELS[alert.level]} {title}{alert.text}, since {self._moment(alert.opened_ms)}{known}{made_up}"

    async def _ack(self, person: Person) -> str:
        if not person.scope.includes(Scope.OPERATE):
            return MAY_ONLY_ASK
        open_ones = [alert for alert in self._alerts.open() if alert.acked_ms is None]
        if not open_ones:
            return "There is nothing to acknowledge."
        try:
            for alert in open_ones:
                await self._alerts.ack(alert.id, f"telegram:{person.name}")
        except GatewayError as error:
            return f"That could not be kept: {error}"
        return "Acknowledged: " + ", ".join(alert.title or alert.text for alert in open_ones) + "."

    async def _mute(self, person: Person, said: str) -> str:
        if not person.scope.includes(Scope.OPERATE):
            return MAY_ONLY_ASK
        if not said.isdecimal() or not int(said) <= _MOST_MUTE_MIN:
            return f"Say for how many minutes, up to {_MOST_MUTE_MIN}: /mute 60"
        try:
            until_ms = await self._alerts.mute(int(said), f"telegram:{person.name}")
        except GatewayError as error:
            return f"That could not be kept: {error}"
        if not until_ms:
            return "Everything comes again."
        return f"Muted until {self._moment(until_ms)}. Alarms come all the same."


async def _help(person: Person) -> str:
    return HELP


async def _who(person: Person) -> str:
    return f"You are {person.name}, number {person.id}, with the scope {person.scope}."
