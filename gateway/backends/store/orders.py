"""Writing commands, what became of them, and shadows: collected, and judged by the rules of `core/commands`."""

from __future__ import annotations

import sqlite3

import msgspec

from ...core.commands import CODES, Command, CommandStatus, Step, with_step
from ...core.ports.orders import CommandKept, CommandStep, DesiredKept, ReportedKept
from ...core.ports.store import NotesDated
from .rows import insert

STATUSES = tuple(CommandStatus)
"""By their codes."""
_COMMANDS = """commands
(id, device, verb, args, created_ms, expires_ms, who, correlation, boot, hardware, status)"""
_STEPS = """
SELECT c.id, c.number, s.status, s.time_ms FROM commands AS c LEFT JOIN command_steps AS s ON s.command = c.number
WHERE c.id IN (SELECT value FROM json_each(?)) ORDER BY c.number, s.place"""
_NUMBERS = "SELECT id, number FROM commands WHERE id IN (SELECT value FROM json_each(?))"
_SET_STATUS = """
UPDATE commands SET status = max(status, (SELECT max(s.status) FROM command_steps AS s WHERE s.command = number))
WHERE number IN (SELECT value FROM json_each(?))"""
_OLDEST_ENDED = "SELECT number FROM commands WHERE status >= 3 ORDER BY number LIMIT ?"
_DESIRED = "shadows (device, desired_version, desired, desired_ms, desired_by)"
_NEWER = """ON CONFLICT (device) DO UPDATE SET desired_version = excluded.desired_version, desired = excluded.desired,
desired_ms = excluded.desired_ms, desired_by = excluded.desired_by WHERE excluded.desired_version > desired_version"""
_REPORTED = "shadows (device, reported_version, reported, reported_ms, hardware)"
_NEWEST = """ON CONFLICT (device) DO UPDATE SET reported_version = excluded.reported_version,
reported = excluded.reported, reported_ms = excluded.reported_ms, hardware = excluded.hardware"""
_DATED = (
    "UPDATE commands SET created_ms = created_ms + ?1, expires_ms = expires_ms + ?1 WHERE created_ms BETWEEN ?2 AND ?3",
    "UPDATE command_steps SET time_ms = time_ms + ?1 WHERE time_ms BETWEEN ?2 AND ?3",
    "UPDATE shadows SET desired_ms = desired_ms + ?1 WHERE desired_ms BETWEEN ?2 AND ?3",
    "UPDATE shadows SET reported_ms = reported_ms + ?1 WHERE reported_ms BETWEEN ?2 AND ?3",
)


class _Life:
    """A command's steps as the database has them, and those that follow. `number` None: it is not there yet."""

    __slots__ = ("command", "kept", "number", "written")

    def __init__(self, number: int | None = None, steps: tuple[Step, ...] = ()) -> None:
        self.number = number
        self.kept: CommandKept | None = None
        self.command = Command("", "", "", {}, 0, 0, "", steps=(Step(CommandStatus.QUEUED, 0), *steps))
        self.written = len(self.command.steps)

    @property
    def known(self) -> bool:
        """Whether there is such a command; steps of others are ignored."""
        return self.number is not None or self.kept is not None


class OrderRows:
    """The tables commands, command_steps and shadows, seen from the one connection that writes them.

    `rows`: so many commands are kept; the oldest that have ended make room.
    """

    def __init__(self, connection: sqlite3.Connection, rows: int) -> None:
        self._connection = connection
        self._limit = rows
        self._count: int | None = None
        self._said: dict[str, list[CommandKept | CommandStep]] = {}
        """Of each command, in order."""
        self._desired: dict[str, DesiredKept] = {}
        self._reported: dict[str, ReportedKept] = {}

    def command(self, change: CommandKept) -> None:
        """A command was taken on; said again it changes nothing."""
        self._said.setdefault(change.id, []).append(change)

    def step(self, change: CommandStep) -> None:
        """Something happened to a command; what may not follow changes nothing."""
        self._said.setdefault(change.id, []).append(change)

    def desired(self, change: DesiredKept) -> None:
        """The highest version counts."""
        known = self._desired.get(change.device)
        if change.version > (0 if known is None else known.version):
            self._desired[change.device] = change

    def reported(self, change: ReportedKept) -> None:
        """The last one counts."""
        self._reported[change.device] = change

    def erase(self, device: str) -> None:
        """Forget a device's commands and its shadow."""
        self.flush()
        for sql in (
            "DELETE FROM command_steps WHERE command IN (SELECT number FROM commands WHERE device = ?)",
            "DELETE FROM commands WHERE device = ?",
            "DELETE FROM shadows WHERE device = ?",
        ):
            self._connection.execute(sql, (device,))
        self._count = None

    def date(self, change: NotesDated) -> None:
        """Move what was written down while the clock was wrong; a command's end moves with its beginning."""
        self.flush()
        for sql in _DATED:
            self._connection.execute(sql, (change.shift_ms, change.from_ms, change.to_ms))

    def flush(self) -> int:
        """Write what was collected. Returns about how many pages that changed."""
        pages = 2 * len(self._said) + 2 * len(self._desired) + 2 * len(self._reported)
        if self._said:
            self._flush_commands()
        if self._desired:
            rows = [value for one in self._desired.values() for value in msgspec.structs.astuple(one)]
            insert(self._connection, _DESIRED, 5, rows, _NEWER)
            self._desired = {}
        if self._reported:
            rows = [value for one in self._reported.values() for value in msgspec.structs.astuple(one)]
            insert(self._connection, _REPORTED, 5, rows, _NEWEST)
            self._reported = {}
        return pages

    def forget(self) -> None:
        """The batch was rolled back."""
        self._count = None
        self._said = {}
        self._desired = {}
        self._reported = {}

    def _flush_commands(self) -> None:
        said, self._said = self._said, {}
        lives = self._lives(list(said))
        for identity, changes in said.items():
            life = lives.setdefault(identity, _Life())
            for change in changes:
                if isinstance(change, CommandStep):
                    _follow(life, change)
                elif not life.known:
                    life.kept = change
        self._write_new(lives)
        self._write_steps([life for life in lives.values() if life.number is not None])
        self._bound()

    def _lives(self, ids: list[str]) -> dict[str, _Life]:
        """Those that the database knows."""
        steps: dict[str, list[Step]] = {}
        numbers: dict[str, int] = {}
        for identity, number, code, time_ms in self._connection.execute(_STEPS, (_json(ids),)):
            numbers[identity] = number
            found = steps.setdefault(identity, [])
            if code is not None:
                found.append(Step(STATUSES[code], time_ms))
        return {identity: _Life(number, tuple(steps[identity])) for identity, number in numbers.items()}

    def _write_new(self, lives: dict[str, _Life]) -> None:
        new = [life.kept for life in lives.values() if life.kept is not None]
        if not new:
            return
        if self._count is None:
            self._count = self._connection.execute("SELECT count(*) FROM commands").fetchone()[0]
        rows = [value for one in new for value in (*msgspec.structs.astuple(one), 0)]
        self._count += insert(self._connection, _COMMANDS, 11, rows, "")
        for identity, number in self._connection.execute(_NUMBERS, (_json([one.id for one in new]),)):
            lives[identity].number = number

    def _write_steps(self, lives: list[_Life]) -> None:
        rows: list[object] = []
        changed: list[int | None] = []
        for life in lives:
            for place, step in enumerate(life.command.steps[life.written :], life.written):
                rows += (life.number, CODES[step.status], place, step.time_ms, step.detail)
            if len(life.command.steps) > life.written:
                changed.append(life.number)
        if rows:
            insert(self._connection, "command_steps", 5, rows, "")
            self._connection.execute(_SET_STATUS, (_json(changed),))

    def _bound(self) -> None:
        """Let the oldest that have ended go, a twentieth at a time so that few commits pay for it."""
        if self._count is None or self._count <= self._limit:
            return
        many = (self._count - self._limit + self._limit // 20,)
        steps = f"DELETE FROM command_steps WHERE command IN ({_OLDEST_ENDED})"  # noqa: S608 - our own names
        self._connection.execute(steps, many)
        commands = f"DELETE FROM commands WHERE number IN ({_OLDEST_ENDED})"  # noqa: S608 - our own names
        self._count -= self._connection.execute(commands, many).rowcount


def _follow(life: _Life, change: CommandStep) -> None:
    if life.known:
        life.command = with_step(life.command, Step(STATUSES[change.status], change.time_ms, change.detail))


def _json(values: object) -> str:
    """For `json_each`: any number of values in one parameter."""
    return msgspec.json.encode(values).decode()
