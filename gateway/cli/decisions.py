"""gateway decisions: what was decided about windows, and why."""

from __future__ import annotations

import argparse
from urllib.parse import quote, urlencode

import msgspec

from . import remote, table
from .remote import Remote

_COLUMNS = ("TIME (UTC)", "WINDOW", "POSITION", "SURE", "OUTCOME", "MODEL", "WHY")
_MOST = 500


class Decision(msgspec.Struct):
    """A decision, as far as this shows it."""

    time: str
    device: str
    position: int
    confidence: float
    outcome: str
    model: str
    why: str
    detail: str
    simulated: bool


class DecisionList(msgspec.Struct):
    """The answer to GET /api/decisions."""

    decisions: list[Decision]


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `decisions` to the command line."""
    parser = subparsers.add_parser(
        "decisions",
        help="what was decided about windows, and why",
        description="The newest decisions about all windows or one: where to, how sure, what became of it, and why.",
    )
    parser.add_argument("device", nargs="?", default="", help="the window's id; without it, all windows")
    parser.add_argument(
        "--limit", type=_count, default=20, metavar="N", help=f"so many at most (1 to {_MOST}; default: 20)"
    )
    remote.add_options(parser)
    parser.set_defaults(run=_list)


def _count(text: str) -> int:
    number = int(text)
    if not 1 <= number <= _MOST:
        raise argparse.ArgumentTypeError(f"{number} is not between 1 and {_MOST}")
    return number


def _list(args: argparse.Namespace) -> int:
    query = {"limit": args.limit, **({"device": args.device} if args.device else {})}
    gateway = Remote(remote.data_folder(args.data))
    answer = gateway.ask("GET", f"/api/decisions?{urlencode(query)}")
    if args.json:
        print(answer.decode())
        return 0
    found = msgspec.json.decode(answer, type=DecisionList).decisions
    if not found:
        if args.device:
            # A misspelt name has no decisions either; the gateway says what is wrong with it.
            gateway.ask("GET", f"/api/devices/{quote(args.device, safe='')}/window")
        print(f"Nothing was decided about {args.device or 'any window'} yet.")
        return 0
    table.show(_COLUMNS, map(_row, found))
    return 0


def _row(decision: Decision) -> tuple[str, ...]:
    marks = "SIMULATED " if decision.simulated else ""
    why = f"{decision.why} ({decision.detail})" if decision.detail else decision.why
    return (
        decision.time[:19].replace("T", " "),
        decision.device,
        f"{decision.position} %",
        f"{decision.confidence:.0%}",
        decision.outcome,
        decision.model,
        marks + why,
    )
