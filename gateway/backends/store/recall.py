"""What the journal still has of a database that was damaged: settled once more, oldest first.

Whatever is applied again is followed by all that came after it, so the outcome is what it was before.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence

from ...core.messages import Audited, Happened
from ...core.ports.store import Change, NotesDated, QuarantineCleared, Quarantined, ReadingTaken
from . import contents
from .changes import Changes
from .connection import is_damage, is_disk_failure
from .journal import Record

_ONCE = frozenset[type]({Audited, Happened, Quarantined, QuarantineCleared, NotesDated})
_log = logging.getLogger(__name__)


def recall(changes: Changes, records: Iterable[Record], settled: int, salt: bytes) -> int:
    """Apply records, those up to `settled` without what would be there twice; how many readings that gave back.

    Raises only for the disk's failures and damage.
    """
    given_back = 0
    for record in records:
        together = contents.read(record.content)
        if record.serial <= settled:
            together = [[change for change in some if _may_come_again(change)] for some in together]
        stamp = max(record.serial, settled), salt
        written = _apply(changes, together, stamp)
        if written is None:
            written = sum(_apply(changes, [some], stamp) or 0 for some in together)
        given_back += written
    return given_back


def _apply(changes: Changes, submissions: Sequence[Sequence[Change]], stamp: tuple[int, bytes]) -> int | None:
    """How many readings were new; None when the database does not take them."""
    try:
        changes.commit(submissions, stamp)
    except Exception as error:
        if is_damage(error) or is_disk_failure(error):
            raise
        changes.roll_back()
        if len(submissions) == 1:
            _log.error("what was acknowledged cannot be stored: %s: %.2000r", error, submissions)
        return None
    written = changes.readings.written
    changes.readings.settled()
    return written


def _may_come_again(change: Change) -> bool:
    return type(change) not in _ONCE and not (type(change) is ReadingTaken and change.seq is None)
