"""What a store keeps of commands and shadows, by its rules; and the disk in front of it, held back, full or cut off."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from msgspec.structs import replace

from gateway.core.commands import CODES, Command, CommandStatus, Step, with_step
from gateway.core.errors import StoreError
from gateway.core.messages import Audited, Happened
from gateway.core.ports.orders import CommandKept, CommandStep, DesiredKept, ReportedKept
from gateway.core.ports.store import Change, DeviceErased, NotesDated, Receipt
from gateway.core.shadow import Shadow

STATUSES = {code: status for status, code in CODES.items()}
DAY_MS = 86_400_000


class Archive:
    """What the store keeps of commands and shadows, by its rules."""

    def __init__(self, clock: Callable[[], int]) -> None:
        self.kept: dict[str, Command] = {}
        self.shadow: dict[str, Shadow] = {}
        self.audit: list[Audited] = []
        self.events: list[Happened] = []
        self.broken: StoreError | None = None
        self.asked = 0
        self._clock = clock

    def apply(self, change: Change) -> None:
        match change:
            case CommandKept():
                queued = (Step(CommandStatus.QUEUED, change.created_ms),)
                fields = {name: getattr(change, name) for name in change.__struct_fields__}
                fields["args"] = json.loads(change.args)
                self.kept.setdefault(change.id, Command(**fields, steps=queued))
            case CommandStep(command_id, status, time_ms, detail):
                if command_id in self.kept:
                    step = Step(STATUSES[status], time_ms, detail)
                    self.kept[command_id] = with_step(self.kept[command_id], step)
            case DesiredKept(device, version, state, time_ms, by):
                shadow = self.shadow.get(device, Shadow(device))
                if version > shadow.desired_version:
                    self.shadow[device] = replace(
                        shadow, desired_version=version, desired=json.loads(state), desired_ms=time_ms, desired_by=by
                    )
            case ReportedKept(device, version, state, time_ms, hardware):
                self.shadow[device] = replace(
                    self.shadow.get(device, Shadow(device)),
                    reported_version=version,
                    reported=json.loads(state),
                    reported_ms=time_ms,
                    hardware=hardware,
                )
            case DeviceErased(device):
                self.kept = {one.id: one for one in self.kept.values() if one.device != device}
                self.shadow.pop(device, None)
            case NotesDated():
                self._date(change)
            case Audited():
                self.audit.append(change)
            case Happened():
                self.events.append(change)
            case _:
                raise AssertionError(f"not a change of orders: {change}")

    def _date(self, dated: NotesDated) -> None:
        def moved(time_ms: int) -> int:
            return time_ms + dated.shift_ms if dated.from_ms <= time_ms <= dated.to_ms else time_ms

        for command in self.kept.values():
            steps = tuple(Step(step.status, moved(step.time_ms), step.detail) for step in command.steps)
            shift_ms = moved(command.created_ms) - command.created_ms
            created_ms, expires_ms = command.created_ms + shift_ms, command.expires_ms + shift_ms
            self.kept[command.id] = replace(command, created_ms=created_ms, expires_ms=expires_ms, steps=steps)

    def _ask(self) -> None:
        self.asked += 1
        if self.broken is not None:
            raise self.broken

    async def open_commands(self) -> list[Command]:
        self._ask()
        since_ms = self._clock() - DAY_MS
        return [
            one
            for one in self.kept.values()
            if one.open or (one.status is CommandStatus.EXPIRED and one.expires_ms > since_ms)
        ]

    async def commands(
        self, device: str = "", limit: int = 50, before: str = "", correlation: str = ""
    ) -> list[Command]:
        self._ask()
        found = [one for one in reversed(self.kept.values()) if device in ("", one.device)]
        if before:
            found = found[[one.id for one in found].index(before) + 1 :]
        return [one for one in found if correlation in ("", one.correlation)][:limit]

    async def command(self, command_id: str) -> Command | None:
        self._ask()
        return self.kept.get(command_id)

    async def shadows(self) -> list[Shadow]:
        self._ask()
        return list(self.shadow.values())


class Disk:
    """A writer. `held`: nothing is committed until `commit`; `error`: everything is refused."""

    congested = False

    def __init__(self, archive: Archive) -> None:
        self.held = False
        self.error: StoreError | None = None
        self.waiting: list[tuple[Sequence[Change], Receipt | None]] = []
        self._archive = archive
        self._busy = False

    def submit(self, changes: Sequence[Change], receipt: Receipt | None = None) -> None:
        self.waiting.append((changes, receipt))
        if not self.held and not self._busy:
            self.commit()

    def when_relieved(self, callback: Callable[[], None]) -> None:
        raise AssertionError("never congested")

    def commit(self, most: int | None = None) -> None:
        """Settle what waits, in its order; where it is `held`, what that submits waits again."""
        self._busy = True
        left = len(self.waiting) if most is None else min(most, len(self.waiting))
        while self.waiting and (left or not self.held):
            left = max(left - 1, 0)
            changes, receipt = self.waiting.pop(0)
            if self.error is None:
                for change in changes:
                    self._archive.apply(change)
            if receipt is not None:
                receipt.settled(self.error)
        self._busy = False

    def cut(self, durable: int) -> None:
        """The power fails: so many of the waiting submissions are on the disk, and nobody is told."""
        for changes, _ in self.waiting[:durable]:
            for change in changes:
                self._archive.apply(change)
        self.waiting = []
