"""The gateway's time: `now_ms` for everybody, and what follows when it is learnt or was wrong."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence

from ..core.errors import StoreError
from ..core.messages import ClockSet
from ..core.own_clock import OwnClock, Step
from ..core.ports.clock import MachineClock, TimeMemory, Trust
from ..core.ports.frames import Boots
from ..core.ports.store import Anchor, BootAnchored, Change, FrameDated, Writer
from .boot_book import GATEWAYS, ITSELF
from .bus import Bus
from .words import duration

_log = logging.getLogger(__name__)

POLL_S = 1.0
SAVE_MS = 3_600_000
"""How often the time is written down: all that a restart without a clock may fall back."""
_LINK_SLACK_MS = 1_000

Note = Callable[[str, str], object]


class TimeKeeper:
    """Tells the time from the machine's clocks; looks once a second whether somebody set them.

    `anchors`: as the store has them. `known_ms`: the newest time that its events prove; `newest_ms`: that of its newest
    reading. Reads `memory` at once.
    """

    def __init__(
        self,
        machine: MachineClock,
        memory: TimeMemory,
        writer: Writer,
        bus: Bus,
        anchors: Iterable[Anchor] = (),
        known_ms: int = 0,
        newest_ms: int = 0,
    ) -> None:
        self._machine = machine
        self._steady_ms = machine.monotonic_ms
        self._memory = memory
        self._writer = writer
        self._bus = bus
        self._boots: Boots | None = None
        self._note: Note = lambda kind, reason: None
        self._owed: list[Change] = []
        self._unsettled = 0
        said = machine.say()
        remembered = memory.load()
        proven_ms = _known(remembered.known_ms if remembered else None, (known_ms, newest_ms))
        own_boot = GATEWAYS + machine.boot
        resumed = next(((a.epoch_ms or 0, a.frame) for a in anchors if (a.device, a.boot) == (ITSELF, own_boot)), None)
        self._own = OwnClock(machine.boot, said, proven_ms, remembered, resumed)
        if resumed is None and self._own.provisional:
            # Beside what is dated by it, so that both move in one commit.
            self._submit((BootAnchored(ITSELF, own_boot, self._own.epoch_ms, self._own.frame),))
        self._since_ms = self.now_ms()
        self._saved_at_ms: int | None = None

    def attach(self, boots: Boots, note: Note) -> None:
        """Who remembers boots, and where an event is noted (kind, reason). Before anything is taken in."""
        self._boots, self._note = boots, note
        self.look()
        if self._own.provisional:
            note("clock.unknown", "nobody told the time yet: it goes on from the last time known, and dates will move")

    def now_ms(self) -> int:
        """UTC in milliseconds, as well as the gateway knows."""
        return self._own.epoch_ms + self._steady_ms()

    @property
    def known(self) -> bool:
        """Whether the time is known, not only guessed."""
        return not self._own.provisional

    @property
    def boot(self) -> str:
        """The name of the machine's boot: through all of it the steady clock runs on."""
        return self._machine.boot

    @property
    def frame(self) -> str:
        """What the time is provisional in; empty when it is UTC."""
        return self._own.frame if self._own.provisional else ""

    @property
    def arrivals(self) -> str:
        """The boot that readings dated by their arrival belong to; empty when the arrival's time is sure for good."""
        return "" if self._own.trust is Trust.SYNCHRONISED else GATEWAYS + self._own.boot

    @property
    def epoch_ms(self) -> int:
        """The gateway's UTC when its steady clock was 0."""
        return self._own.epoch_ms

    async def run(self) -> None:
        """Look, and write the time down, until cancelled."""
        while True:
            self.look()
            if self._due():
                await self._save()
            await asyncio.sleep(POLL_S)

    async def close(self) -> None:
        """Write the time down; the next start may have no other."""
        await self._save()

    def look(self) -> None:
        """Take over what was set on the machine's clock, if anything was."""
        if self._owed:
            owed, self._owed = self._owed, []
            self._submit(owed)
        step = self._own.look(self._machine.say())
        if step is not None:
            self._take(step)

    def linked(self, home: str, known_ms: int, estimate_ms: int) -> None:
        """A node's boot goes on from an earlier run; see the port OwnTime."""
        ahead_ms = known_ms - estimate_ms
        if self._own.provisional and ahead_ms >= _LINK_SLACK_MS:
            step = self._own.tell(self._machine.say(), ahead_ms)
            if step is not None:
                self._take(step)
                ahead_ms = 0
        if home:
            self._date(home, -ahead_ms, self.frame)
            if not self.frame:
                self._note("clock.dated", f"readings taken {_apart(-ahead_ms)} while the time was not known were dated")

    def _take(self, step: Step) -> None:
        boots, devices = 0, 0
        if step.frame:
            boots, devices = self._date(step.frame, step.shift_ms, self.frame)
        elif step.redates and self._boots is not None:
            anchors = self._boots.move_run(step.shift_ms)
            boots, devices = len(anchors), len({anchor.device for anchor in anchors})
            self._submit(anchors)
        if self._boots is not None and step.redates:
            self._boots.clock_set(self._since_ms, step.before_ms, step.shift_ms)
        self._bus.publish(
            ClockSet(step.before_ms, step.after_ms, self._since_ms, step.redates, step.learnt, step.reason)
        )
        self._since_ms += step.shift_ms
        self._saved_at_ms = None
        self._note("clock.set", _words(step, boots, devices))

    def _date(self, frame: str, shift_ms: int, into: str) -> tuple[int, int]:
        self._submit((FrameDated(frame, shift_ms, into),))
        return (0, 0) if self._boots is None else self._boots.date_frame(frame, shift_ms, into)

    def _submit(self, changes: Sequence[Change]) -> None:
        self._unsettled += 1
        self._writer.submit(changes, _Owed(changes, self._settled))

    def _settled(self, changes: Sequence[Change], error: StoreError | None) -> None:
        """What a full disk refuses is owed, in its order, and said again: to say it late or twice does no harm."""
        self._unsettled -= 1
        if error is not None:
            self._owed.extend(changes)

    def _due(self) -> bool:
        return self._saved_at_ms is None or self._machine.monotonic_ms() - self._saved_at_ms >= SAVE_MS

    async def _save(self) -> None:
        if self._unsettled or self._owed:
            return  # what it says must not be ahead of the database
        said = self._machine.say()
        self._saved_at_ms = said.monotonic_ms
        try:
            await asyncio.to_thread(self._memory.save, self._own.remember(said))
        except OSError as error:
            _log.warning("the time could not be written down: %s", error)


class _Owed:
    """A receipt for what must not get lost."""

    def __init__(
        self, changes: Sequence[Change], settled: Callable[[Sequence[Change], StoreError | None], None]
    ) -> None:
        self._changes = changes
        self._settled = settled

    def settled(self, error: StoreError | None) -> None:
        """It is on the disk, or not."""
        self._settled(self._changes, error)


def _known(remembered_ms: int | None, proofs_ms: Iterable[int]) -> int:
    """The newest time to go on from: what is far ahead of what was written down was told by a clock that was wrong."""
    if remembered_ms is None:
        return max(proofs_ms)
    return max([remembered_ms, *(proof_ms for proof_ms in proofs_ms if proof_ms <= remembered_ms + 2 * SAVE_MS)])


def _words(step: Step, boots: int, devices: int) -> str:
    was = f"{step.reason}: it was {_apart(step.shift_ms)}"
    if not step.redates:
        return f"{was}; what is dated already stays"
    return f"{was}; {_count(boots, 'boot')} of {_count(devices, 'device')} {'was' if boots == 1 else 'were'} re-dated"


def _apart(shift_ms: int) -> str:
    return f"{duration(abs(shift_ms))} {'behind' if shift_ms >= 0 else 'ahead'}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
