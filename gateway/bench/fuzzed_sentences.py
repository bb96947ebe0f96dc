"""Sentences that nobody would say, and sentences that are almost orders: none may crash the reader or move anything."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence

import msgspec

from ..core.language.corpus import Row, means
from ..core.language.house import House
from ..core.language.intent import MOVING, NOTHING, Intent
from ..core.language.understand import Reader
from .plain_orders import PlainOrders

_GUARDS = """
on off of no not don't never nor open close up down in out above below over under more less min max at start stop mute
unmute enable disable if unless but maybe should would could said was were only without either until why how when nobody
nothing else wait just imagine suppose pretend perhaps later almost"""
_SALT = """
turn switch set open close shut run start stop on off to at for percent % degrees 40 50 100 minutes hours the a in of is
are what why how when if and or not please every day at 7 pm window fan pump boiler humidity temperature above below 70
tell me rule alerts mute cancel that it all everything plants"""
_ORDERS = (
    "turn on the {switch}",
    "turn off the {switch}",
    "switch the {switch} on",
    "open the {window} to {value} percent",
    "open the {window}",
    "close the {window}",
    "set the {heater} to {warm} degrees",
    "please turn the {switch} off",
)
_MISTYPED = {
    "on": ("no", "onn", "o", "in", "ob", "oon", "ion"),
    "off": ("of", "fo", "offf", "fof", "ofd", "iff", "oof"),
    "open": ("opne", "oen", "pen", "openn", "ope", "oven", "opens", "opem"),
    "close": ("clsoe", "lose", "clos", "closse", "closed", "chose", "clone", "cloze"),
}
_LETTERS = {"0": "oO", "1": "lI", "5": "S", "8": "B", "3": "E"}
_ALPHABETS = (
    (0x20, 0x7E),
    (0xA0, 0x24F),
    (0x370, 0x4FF),
    (0x590, 0x6FF),
    (0x2000, 0x206F),
    (0x4E00, 0x4E80),
    (0x1F300, 0x1F650),
)


class Fuzzed(msgspec.Struct, frozen=True, kw_only=True):
    """What came of them."""

    sentences: int
    crashes: tuple[str, ...]
    actions: tuple[str, ...]
    """Sentences that would have moved something, although they are no plain order for just that."""
    took_ms: tuple[float, ...]


class Fuzz:
    """Made anew for each run; `seed` makes it the same again."""

    def __init__(self, reader: Reader, house: House, rows: Sequence[Row], seed: int) -> None:
        self._reader = reader
        self._house = house
        self._rng = random.Random(seed)
        self._orders = PlainOrders(house, [row for row in rows if _moves(row)])
        self._traps = [say for row in rows if row.trap and not _moves(row) and not row.heard for say in row.say]
        self._guards = _GUARDS.split()
        self._words = [
            *_SALT.split(),
            *(word for thing in house.things for name in thing.called for word in name.split()),
        ]
        self._switches = _able(house, "turn_on")
        self._windows = _able(house, "set_position")
        self._heaters = _able(house, "set_temperature")

    def run(self, count: int, step: Callable[[], None] = lambda: None) -> Fuzzed:
        """So many sentences, a fifth of each kind."""
        crashes: list[str] = []
        actions: list[str] = []
        took: list[float] = []
        kinds = (self._noise, self._salad, self._trap, self._guarded, self._mistyped)
        for number in range(count):
            text, wanted = kinds[number % len(kinds)]()
            began = time.process_time()
            try:
                intent = self._reader.read(text, NOTHING).intent
            except Exception as error:  # noqa: BLE001 - counting these is what this is for
                crashes.append(f"{text!r}: {error!r}")
                continue
            took.append((time.process_time() - began) * 1000)
            if intent.kind in MOVING and not self._allowed(text, intent, wanted):
                actions.append(f"{text!r} -> {intent.kind} {intent.action} {intent.device} {intent.value}")
            if number % 500 == 0:
                step()
        return Fuzzed(sentences=count, crashes=tuple(crashes), actions=tuple(actions), took_ms=tuple(took))

    def _allowed(self, text: str, intent: Intent, wanted: tuple[dict[str, object], ...]) -> bool:
        """It is a plain order for just that, or was one before a slip of the fingers and asks about it."""
        if means(intent, self._orders.wanted(text)):
            return True
        return bool(intent.confirm) and means(intent, wanted)

    def _noise(self) -> tuple[str, tuple[dict[str, object], ...]]:
        low, high = self._rng.choice(_ALPHABETS)
        length = self._rng.randrange(0, 120)
        mixed = self._rng.random() < 0.3
        spans = _ALPHABETS if mixed else ((low, high),)
        text = "".join(chr(self._rng.randint(*self._rng.choice(spans))) for _ in range(length))
        if self._rng.random() < 0.3:
            text = f"{text} {self._salad()[0]}"
        return text, ()

    def _salad(self) -> tuple[str, tuple[dict[str, object], ...]]:
        return " ".join(self._rng.choice(self._words) for _ in range(self._rng.randrange(1, 12))), ()

    def _trap(self) -> tuple[str, tuple[dict[str, object], ...]]:
        """A word dropped, doubled or exchanged with another one."""
        words = self._rng.choice(self._traps or ["don't turn on the pump"]).split()
        at = self._rng.randrange(len(words))
        match self._rng.randrange(3):
            case 0:
                del words[at]
            case 1:
                words.insert(at, words[at])
            case _:
                other = self._rng.randrange(len(words))
                words[at], words[other] = words[other], words[at]
        return " ".join(words), ()

    def _order(self) -> str:
        return self._rng.choice(_ORDERS).format(
            switch=self._rng.choice(self._switches),
            window=self._rng.choice(self._windows),
            heater=self._rng.choice(self._heaters),
            value=self._rng.randrange(1, 100),
            warm=self._rng.randrange(31, 75),
        )

    def _guarded(self) -> tuple[str, tuple[dict[str, object], ...]]:
        """One word exchanged for one that changes everything, or such a word put in."""
        words = self._order().split()
        at = self._rng.randrange(len(words))
        guard = self._rng.choice(self._guards)
        if self._rng.random() < 0.5:
            words[at] = guard
        else:
            words.insert(at, guard)
        return " ".join(words), ()

    def _mistyped(self) -> tuple[str, tuple[dict[str, object], ...]]:
        """A slip in on, off, open, close or in a number; what was meant is known."""
        order = self._order()
        words = order.split()
        spots = [at for at, word in enumerate(words) if word in _MISTYPED or word.isdecimal()]
        if not spots:
            return self._guarded()
        at = self._rng.choice(spots)
        words[at] = self._rng.choice(_MISTYPED[words[at]]) if words[at] in _MISTYPED else self._misread(words[at])
        return " ".join(words), self._orders.wanted(order)

    def _misread(self, number: str) -> str:
        digits = [at for at, digit in enumerate(number) if digit in _LETTERS]
        if not digits:
            return number + self._rng.choice("xoO")
        at = self._rng.choice(digits)
        return number[:at] + self._rng.choice(_LETTERS[number[at]]) + number[at + 1 :]


def _able(house: House, verb: str) -> list[str]:
    """What the things that can do it are called, but for names that others have, too."""
    names = [name.casefold() for thing in house.things if verb in thing.actors for name in thing.called]
    kinds = {"fan", "pump", "window", "heater", "boiler", "air"}
    return sorted({name for name in names if name not in kinds})


def _moves(row: Row) -> bool:
    def kinds() -> Iterator[object]:
        for want in row.want:
            kind = want.get("kind")
            yield from kind if isinstance(kind, list) else [kind]

    return any(kind in MOVING for kind in kinds())
