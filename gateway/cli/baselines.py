"""What `gateway anomalies` shows of the baseline of a machine."""

from __future__ import annotations

import argparse

import msgspec

from ..flow.words import duration


class Commissioning(msgspec.Struct, rename={"from_text": "from", "to_text": "to"}):
    """What a machine was like, or how far the making of that is."""

    state: str
    from_text: str
    from_ms: int
    to_text: str
    to_ms: int
    who: str
    asked: str
    channels: list[str]
    unjudged: list[str]
    lost: list[str]
    rows: int
    digest: str
    detail: str


class Baseline(msgspec.Struct):
    """The answer to GET /api/assets/{asset}/baseline."""

    asset_name: str
    reason: str
    resting: str
    baseline: Commissioning | None
    collecting: Commissioning | None
    history: list[Commissioning]
    simulated: bool


def show(args: argparse.Namespace, answer: bytes) -> int:
    """Print what a machine (`args.asset`) is compared with, and what is being made of it; an exit code."""
    if args.json:
        print(answer.decode())
        return 0
    shown = msgspec.json.decode(answer, type=Baseline)
    name = mark(shown.simulated) + shown.asset_name
    if shown.baseline is None and shown.collecting is None and not shown.reason:
        print(f"{name} has no baseline; `gateway anomalies commission {args.asset}` makes one.")
    if shown.baseline is not None:
        _frozen(name, shown.baseline)
    if shown.resting:
        print(f"Nothing is judged by it: {shown.resting}. Commission it anew.")
    if shown.reason:
        print(shown.reason)
    if shown.collecting is not None:
        one = shown.collecting
        print(f"{name} is being commissioned by {one.who}, {clock(one.from_text)} to {clock(one.to_text)} UTC.")
    if shown.history and shown.history[0].state == "failed":
        print(f"The commissioning of {clock(shown.history[0].asked)} UTC failed: {shown.history[0].detail}")
    return 0


def clock(text: str) -> str:
    """An instant of the API without its fractions."""
    return text[:19].replace("T", " ")


def mark(simulated: bool) -> str:
    """What stands before whatever a simulated node has measured."""
    return "SIMULATED " if simulated else ""


def _frozen(name: str, one: Commissioning) -> None:
    span = duration(one.to_ms - one.from_ms)
    print(f"{name} was commissioned by {one.who}: {span} from {clock(one.from_text)} UTC, {one.rows} rows.")
    for channel in one.channels:
        print(f"  {channel}{_said(one, channel)}")
    print(f"  sha256 {one.digest}")


def _said(one: Commissioning, channel: str) -> str:
    if channel in one.lost:
        return ": does not count any more, something else measures it"
    return ": never moved, so nothing can be said of it" if channel in one.unjudged else ""
