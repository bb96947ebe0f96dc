"""`gateway vectors PATH`: the shared vectors of a folder through the gateway's codecs, with a verdict per file.

The format is described in the README beside the vectors, so that the nodes' test binaries take the same folder.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import msgspec

from .main import Subparsers
from .vector_orders import CommandCase, ShadowCase
from .vector_packets import FilterCase, FramesCase, PacketCase
from .vector_payloads import (
    AccessCase,
    BareCase,
    HeartbeatCase,
    NameCase,
    RefusalCase,
    StatusCase,
    TelemetryCase,
    TopicCase,
)

FORMAT = 1

_Case = (
    AccessCase
    | BareCase
    | CommandCase
    | FilterCase
    | FramesCase
    | HeartbeatCase
    | NameCase
    | PacketCase
    | RefusalCase
    | ShadowCase
    | StatusCase
    | TelemetryCase
    | TopicCase
)
_KINDS: dict[str, type[_Case]] = {
    "access": AccessCase,
    "bare": BareCase,
    "commands": CommandCase,
    "filters": FilterCase,
    "frames": FramesCase,
    "heartbeats": HeartbeatCase,
    "names": NameCase,
    "packets": PacketCase,
    "refusals": RefusalCase,
    "shadows": ShadowCase,
    "status": StatusCase,
    "telemetry": TelemetryCase,
    "topics": TopicCase,
}


class _File(msgspec.Struct, forbid_unknown_fields=True):
    """One vector file before its cases are understood."""

    format: int
    kind: str
    about: str
    cases: list[msgspec.Raw]


class Verdict(msgspec.Struct, frozen=True):
    """What came of one file; `failures` has a line each."""

    file: str
    kind: str
    cases: int
    failures: list[str]


def register(subparsers: Subparsers[argparse.ArgumentParser]) -> None:
    """Add `vectors`."""
    parser = subparsers.add_parser(
        "vectors",
        help="check shared test vectors against the gateway's codecs",
        description="Runs every *.json of the folder through the gateway's codecs: names, topics, rights, telemetry, "
        "commands, shadows, refusals, MQTT filters and packets. Exit code 1 when one case fails, 2 when there is "
        "nothing to check. The folder's README describes the format; the nodes' test binaries take the same folder.",
    )
    parser.add_argument("folder", type=Path, metavar="PATH", help="a folder of vectors, like tests/vectors")
    parser.add_argument("--json", action="store_true", help="the verdicts as data")
    parser.set_defaults(run=lambda arguments: run(arguments.folder, arguments.json))


def run(folder: Path, as_json: bool) -> int:
    """Judge every `*.json` below `folder` and print it; 0: all hold, 1: some do not, 2: nothing to judge."""
    verdicts = [judge(path, path.relative_to(folder).as_posix()) for path in sorted(folder.rglob("*.json"))]
    if not verdicts:
        print(f"{folder}: no vectors (*.json) there", file=sys.stderr)
        return 2
    if as_json:
        print(msgspec.json.encode({"files": verdicts, "holds": _hold(verdicts)}).decode())
    else:
        _print(verdicts)
    return 0 if _hold(verdicts) else 1


def judge(path: Path, name: str) -> Verdict:
    """The verdict on one file; one that is no vector file of this format fails."""
    try:
        read = msgspec.json.decode(path.read_bytes(), type=_File)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        return Verdict(name, "", 0, [f"not a vector file: {error}"])
    kind = _KINDS.get(read.kind)
    if read.format != FORMAT or kind is None:
        return Verdict(name, read.kind, 0, [f"format {read.format}, kind {read.kind!r} is not known here"])
    failures = [] if read.cases else ["no cases"]
    for index, raw in enumerate(read.cases):
        failures += [f"[{index}] {failure}" for failure in _check(kind, raw)]
    return Verdict(name, read.kind, len(read.cases), failures)


def _check(kind: type[_Case], raw: msgspec.Raw) -> list[str]:
    try:
        case = msgspec.json.decode(raw, type=kind)
    except msgspec.MsgspecError as error:
        return [f"not a case of this kind: {error}"]
    try:
        failure = case.failure()
    except Exception as error:  # noqa: BLE001 - a codec that raises something else is the verdict, not a crash
        failure = f"raised {type(error).__name__}: {error}"
    return [f"{case.name}: {failure}"] if failure else []


def _hold(verdicts: list[Verdict]) -> bool:
    return not any(verdict.failures for verdict in verdicts)


def _print(verdicts: list[Verdict]) -> None:
    for verdict in verdicts:
        said = f"{len(verdict.failures)} FAILED" if verdict.failures else "ok"
        print(f"{verdict.file}: {verdict.cases} {verdict.kind or 'cases'}, {said}")
        for failure in verdict.failures:
            print(f"    {failure}")
