"""`gateway replay`: recorded readings through the real broker."""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from ..core.errors import ConfigError
from ..core.topics import DEVICE_ID
from ..simulator.recording import BadRow, Row, read_rows
from ..simulator.replay import Outcome, Replay, boot_of
from . import remote
from .replay_account import Overrides, registered, with_password

_EPILOG = """
FILE has a heading and is one of
  timestamp,metric,value         one value a row
  timestamp,device,metric,value  the same of several devices: only the rows of --device are sent
  timestamp,<metric>,<metric>…   one column a metric; empty cells are left out
  timestamp,value                one metric, named by --metric
Timestamps are ISO 8601 (UTC without a zone), like "2014-04-01 00:00:00", or milliseconds. Rows may repeat a timestamp.

Every row becomes one reading at QoS 1, numbered by its row: sending the same file to the same device again changes
nothing. The device is made when it does not exist; this needs the gateway to run on this machine. To send as a
device that has a password of its own, give --password-file.

Exit status 1: something was not acknowledged, or a row was unreadable (it is named with its line).
"""
_MOST_NAMED = 20
_QUIET_S = 2.0


class _Summary(msgspec.Struct, frozen=True):
    file: str
    device: str
    sent: int
    acknowledged: int
    refused: int
    seconds: float
    failure: str


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "replay",
        help="send recorded readings through the broker",
        description="Send recorded readings through the real broker, as fast as it acknowledges them.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("file", type=Path, metavar="FILE.csv", help="the recording")
    parser.add_argument("--device", required=True, metavar="ID", help="as which device")
    parser.add_argument("--metric", default="value", metavar="NAME", help="what timestamp,value holds (default: value)")
    parser.add_argument("--speed", type=float, metavar="X", help="keep the recorded pace, X times faster")
    parser.add_argument("--host", help="the broker's host (default: what the gateway says)")
    parser.add_argument("--port", type=int, help="the broker's port")
    parser.add_argument("--ca", type=Path, metavar="FILE", help="the gateway's CA certificate")
    parser.add_argument("--password-file", type=Path, metavar="FILE", help="the device's MQTT password")
    remote.add_options(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Send the file; 0 when the gateway has every row."""
    if not DEVICE_ID.fullmatch(args.device):
        raise ConfigError(f"--device {args.device}: an id is 3 to 40 of a-z, 0-9 and -")
    if args.speed is not None and not 0 < args.speed < float("inf"):
        raise ConfigError("--speed must be a number above 0")
    rows, metrics = _survey(args.file, args.metric, args.device)
    boot = boot_of(args.file, args.device, args.metric)
    where = Overrides(args.host, args.port, args.ca)
    if args.password_file is not None:
        account = with_password(args.device, args.password_file, where)
    else:
        account = registered(args.device, metrics, remote.Remote(remote.data_folder(args.data)), where)
    replay = Replay(account, boot, args.speed, _Complaints())
    started_s = time.monotonic()
    outcome = asyncio.run(replay.run(_rows_of(args.file, args.metric, args.device), _bar(replay.outcome, rows)))
    _sum_up(args, outcome, time.monotonic() - started_s)
    return 0 if outcome.complete else 1


def _rows_of(path: Path, metric: str, device: str) -> Iterator[Row | BadRow]:
    """The rows of a file but for those that name another device."""
    return (row for row in read_rows(path, metric) if isinstance(row, BadRow) or row.device in ("", device))


def _survey(path: Path, metric: str, device: str) -> tuple[int, set[str]]:
    """How many readable rows a file has, and of which metrics; before anything is sent. Raises ConfigError."""
    rows = 0
    metrics: set[str] = set()
    for row in _rows_of(path, metric, device):
        if isinstance(row, Row):
            rows += 1
            metrics |= row.values.keys()
    if not rows:
        raise ConfigError(f"{path}: there is no readable row")
    return rows, metrics


class _Complaints:
    """Names the unreadable rows, the first few of them."""

    def __init__(self) -> None:
        self._count = 0

    def __call__(self, bad: BadRow) -> None:
        self._count += 1
        if self._count <= _MOST_NAMED:
            print(f"line {bad.line}: {bad.reason}", file=sys.stderr)
        elif self._count == _MOST_NAMED + 1:
            print("… and more", file=sys.stderr)


def _bar(outcome: Outcome, rows: int) -> Callable[[], None]:
    """A progress bar on a terminal, once it takes longer than two seconds."""
    started_s = time.monotonic()
    if not sys.stderr.isatty():
        return lambda: None

    def show() -> None:
        passed_s = time.monotonic() - started_s
        if passed_s < _QUIET_S:
            return
        done = outcome.acknowledged / rows
        end = "\n" if outcome.acknowledged == rows else ""
        line = f"\r[{'#' * round(30 * done):30}] {done:4.0%}  {outcome.acknowledged} of {rows} rows"
        print(line, end=end, file=sys.stderr, flush=True)

    return show


def _sum_up(args: argparse.Namespace, outcome: Outcome, seconds: float) -> None:
    summary = _Summary(
        str(args.file),
        args.device,
        outcome.sent,
        outcome.acknowledged,
        outcome.unreadable,
        round(seconds, 3),
        outcome.failure,
    )
    if args.json:
        print(msgspec.json.encode(summary).decode())
        return
    print(
        f"{args.file.name} as {args.device}: {outcome.sent} sent, {outcome.acknowledged} acknowledged, "
        f"{outcome.unreadable} refused, {seconds:.1f} s"
    )
    if outcome.failure:
        print(f"It ended early: {outcome.failure}.", file=sys.stderr)
