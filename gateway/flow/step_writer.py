"""The steps that the gateway itself takes with a command, on their way to the disk."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from msgspec.structs import replace

from ..core.commands import CODES, Command, CommandStatus, Step
from ..core.errors import StoreError
from ..core.messages import Audited
from ..core.ports.orders import CommandStep
from ..core.ports.store import Change, Receipt, Writer
from .promise import Promise

_ENDS = (CommandStatus.FAILED, CommandStatus.EXPIRED)


class _Written(msgspec.Struct):
    """A receipt."""

    command: str
    step: Step
    then: Callable[[_Written, StoreError | None], None]

    def settled(self, error: StoreError | None) -> None:
        """It is on the disk, or not."""
        self.then(self, error)


class StepWriter:
    """Tells `moved` (command id, step) what is on the disk. What the disk refuses is forgotten: it comes up again."""

    def __init__(self, writer: Writer, clock: Callable[[], int], moved: Callable[[str, Step], None]) -> None:
        self._writer = writer
        self._clock = clock
        self._moved = moved
        self._writing: dict[tuple[str, CommandStatus], _Written] = {}

    def ending(self, command_id: str) -> bool:
        """Whether its end is on its way."""
        return any((command_id, end) in self._writing for end in _ENDS)

    def busy(self, command_id: str) -> bool:
        """Whether anything is."""
        return self.ending(command_id) or (command_id, CommandStatus.SENT) in self._writing

    def write(self, command: Command, status: CommandStatus, detail: str = "") -> None:
        """Once: nothing comes after an end, and nothing is said again that is on its way."""
        if not self.ending(command.id) and (command.id, status) not in self._writing:
            written = self._begun(command, status, detail)
            self._submit(written, [], written)

    async def end(self, command: Command, detail: str, entry: Audited | None) -> None:
        """It has failed for the reason in `detail`; durable when this returns. Raises StoreError."""
        written = self._begun(command, CommandStatus.FAILED, detail)
        promise = Promise(written.settled)
        self._submit(written, [] if entry is None else [entry], promise)
        await promise.kept()

    def _begun(self, command: Command, status: CommandStatus, detail: str) -> _Written:
        written = _Written(command.id, Step(status, self._clock(), detail), self._settle)
        self._writing[command.id, status] = written
        return written

    def _submit(self, written: _Written, more: list[Change], receipt: Receipt) -> None:
        step = written.step
        change = CommandStep(written.command, CODES[step.status], step.time_ms, step.detail)
        try:
            self._writer.submit([change, *more], receipt)
        except StoreError as error:
            receipt.settled(error)

    def _settle(self, written: _Written, error: StoreError | None) -> None:
        del self._writing[written.command, written.step.status]
        if error is None:
            self._moved(written.command, written.step)

    def re_date(self, moved: Callable[[int], int]) -> None:
        """The clock was wrong: what is on its way moves with what is there."""
        for written in self._writing.values():
            written.step = replace(written.step, time_ms=moved(written.step.time_ms))
