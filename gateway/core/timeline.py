"""When a reading was taken: timestamps read, and the boots of nodes without a clock laid onto UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import Enum
from math import floor

from .boots import REDATE_MS, Boot, Linked
from .messages import Sample
from .sequence import Seen

__all__ = ["KEPT_BOOTS", "REDATE_MS", "Boot", "OutOfYears", "Timeline", "Verdict", "read_timestamp", "write_timestamp"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EARLIEST_MS = 946_684_800_000
_LATEST_MS = 4_102_444_800_000
_FIRST_THAT_IS_MS = 1e11
"""A number from here on is in milliseconds: as seconds it would be the year 5138, as milliseconds 1973."""

KEPT_BOOTS = 4


class OutOfYears(ValueError):
    """A time, but of a clock that was never set."""


def read_timestamp(value: str | float) -> int:
    """UTC ms, to the nearest, of ISO 8601 text (without a zone: UTC) or a number (from 1e11 on ms, below s).

    Raises ValueError, fit for a person to read, when it is no such thing or not within 2000 to 2100.
    """
    time_ms = _text_ms(value) if isinstance(value, str) else _number_ms(value)
    if not _EARLIEST_MS <= time_ms < _LATEST_MS:
        raise OutOfYears("is not between the years 2000 and 2100")
    return floor(time_ms + 0.5)


def _text_ms(text: str) -> int:
    try:
        moment = datetime.fromisoformat(text.upper())
    except ValueError as error:
        raise ValueError("is not an ISO 8601 time") from error
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    since = moment - _EPOCH
    return since.days * 86_400_000 + since.seconds * 1000 + (since.microseconds + 500) // 1000


def _number_ms(number: float) -> float:
    return number if number >= _FIRST_THAT_IS_MS else number * 1000


def write_timestamp(time_ms: int) -> str:
    """RFC 3339 with milliseconds in UTC, as nodes send it."""
    moment = _EPOCH + timedelta(milliseconds=time_ms)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Verdict(Enum):
    """What a reading is beside those known already."""

    NEWS = "news"
    LATE = "late"
    """Older than what is known, or so it seems: it repairs history and never fires anything."""
    AGAIN = "again"
    """It is on the disk already."""


_NEWS, _LATE = Verdict.NEWS, Verdict.LATE
"""An enumeration looks its members up anew each time, which costs as much as all the rest of `Timeline.note`."""


def _unlinked(home: str, known_ms: int, estimate_ms: int) -> None:
    """Nobody wants to know."""


class Timeline:
    """The boots and the newest reading of one device, in bounded memory.

    Readings are placed when they arrive (`anchor`, `date`) and noted when they are on the disk (`note`): one that
    could not be stored and comes again is new, not late. `frame` is the gateway's while it does not know the time,
    else empty. `linked` is told when a boot from an earlier run of the gateway still goes on.
    """

    __slots__ = ("_arrivals", "_arrivals_name", "_boots", "_linked", "_numbers", "newest_ms")

    def __init__(self, newest_ms: int = 0, linked: Linked = _unlinked) -> None:
        self._boots: dict[str, Boot] = {}
        self.newest_ms = newest_ms
        """The time of the newest reading known."""
        self._linked = linked
        self._numbers: dict[str, int] = {}
        self._arrivals: Boot | None = None
        self._arrivals_name = ""

    def restore(self, boot: str, epoch_ms: int | None, last_seq: int, home: str = "", drift_ppm: float = 0.0) -> None:
        """Remember a boot that the store knows."""
        known = Boot(epoch_ms, drift_ppm, home, kept=epoch_ms is not None)
        known.sequence = type(known.sequence)(last_seq)
        self._boots[boot] = known
        self._shrink()

    def restore_number(self, boot: str, last_seq: int) -> None:
        """Go on after this number where the gateway itself counts: in `boot`."""
        self._numbers[boot] = last_seq

    def restore_arrivals(self, name: str, epoch_ms: int, home: str) -> None:
        """Readings were dated by their arrival before in this boot of the machine."""
        self._arrivals, self._arrivals_name = Boot(epoch_ms, home=home, here=True, kept=True), name

    def known(self, boot: str) -> Boot | None:
        """The boot of this name; None when nothing was heard of it yet."""
        return self._boots.get(boot)

    def number(self, boot: str) -> int:
        """The next number of a reading that has none of its own."""
        self._numbers[boot] = seq = self._numbers.get(boot, -1) + 1
        return seq

    def anchor(self, sample: Sample, arrival_ms: int, frame: str = "", prompt: bool = False) -> Boot | None:
        """The sample's boot when the store must be told its anchor, else None. `prompt`: the sample never waited."""
        if sample.boot is None or sample.uptime_ms is None:
            return None
        boot = self._boots.get(sample.boot) or self._boot(sample.boot)
        if sample.timestamp_ms is None:
            boot.arrived(sample.uptime_ms, arrival_ms, frame, prompt, self._linked)
        else:
            boot.told(sample.uptime_ms, sample.timestamp_ms)
        return None if boot.kept else boot

    def arrivals(self, name: str, epoch_ms: int, frame: str) -> Boot:
        """The boot `name` of readings that have no time but their arrival's: its uptime 0 is the gateway's own."""
        if self._arrivals is None:
            self._arrivals, self._arrivals_name = Boot(epoch_ms, home=frame, here=True), name
        return self._arrivals

    def by_arrival(self, name: str, epoch_ms: int, frame: str) -> Boot:
        """A node's boot whose readings have a number but no uptime: the gateway's own stands in for it."""
        boot = self._boots.get(name) or self._boot(name)
        if boot.epoch_ms is None:
            boot.epoch_ms, boot.home, boot.here = epoch_ms, frame, True
        return boot

    def date(self, name: str, uptime_ms: int, arrival_ms: int) -> tuple[int, str]:
        """The UTC ms of an uptime, and the frame it is provisional in; its arrival where the boot was not anchored."""
        boot = self._boots.get(name) or self._boot(name)
        time_ms = boot.at(uptime_ms)
        return (arrival_ms, "") if time_ms is None else (time_ms, boot.home)

    def note(self, boot: str, seq: int, time_ms: int, arrival_ms: int) -> Verdict:
        """A reading is on the disk (`boot` empty: it has no seq of its own)."""
        verdict = _NEWS
        if boot and boot != self._arrivals_name:
            sequence = (self._boots.get(boot) or self._boot(boot)).sequence
            if seq == sequence.last + 1 and seq:
                sequence.last = seq  # as `take` would: almost all come in their order
            else:
                seen = sequence.take(seq)
                if seen is Seen.AGAIN:
                    return Verdict.AGAIN
                if seen is not Seen.NEXT:
                    verdict = _LATE
        if self.newest_ms > arrival_ms:
            self.newest_ms = 0  # the gateway's clock was set back: what it knew cannot be compared
        if time_ms < self.newest_ms:
            return _LATE
        if verdict is _NEWS:
            # A node with its clock in the future must not make all that follows late.
            self.newest_ms = min(time_ms, arrival_ms)
        return verdict

    @property
    def missing(self) -> int:
        """Sequence numbers of its boots that have not come, as far as is known in this run."""
        return sum(boot.sequence.missing for boot in self._boots.values())

    def keep(self, boot: str, epoch_ms: int, home: str = "") -> None:
        """The anchor of a boot is on the disk."""
        known = self._arrivals if boot == self._arrivals_name else self._boots.get(boot)
        if known is not None:
            known.kept = (known.epoch_ms, known.home) == (epoch_ms, home)

    def set_clock(self, since_ms: int, before_ms: int, shift_ms: int) -> None:
        """The gateway's clock was set: what it dated since `since_ms` moves."""
        if since_ms <= self.newest_ms <= before_ms:
            self.newest_ms += shift_ms

    def moving(self, home: str | None) -> list[tuple[str, Boot]]:
        """The boots that are provisional in the frame `home`; None: those anchored by arrivals in this run."""
        boots = [*self._boots.items()]
        if self._arrivals is not None:
            boots.append((self._arrivals_name, self._arrivals))
        if home is None:
            return [(name, boot) for name, boot in boots if boot.here]
        return [(name, boot) for name, boot in boots if boot.home == home]

    def _boot(self, name: str) -> Boot:
        known = self._boots.get(name)
        if known is None:
            known = self._boots[name] = Boot()
            self._shrink()
        return known

    def _shrink(self) -> None:
        while len(self._boots) > KEPT_BOOTS:
            del self._boots[next(iter(self._boots))]
