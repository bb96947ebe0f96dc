"""A rule rehearsed by the gateway on its own history, with a bar while it takes long."""

from __future__ import annotations

import argparse
import sys
import time
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as StillBusy
from urllib.parse import quote

import msgspec

from . import rule_shown
from .remote import Refusal, Remote

_LONG_S = 1800.0
"""A month of many series on a slow machine."""
_LOOK_S = 1.0


class _Progress(msgspec.Struct):
    progress: float | None = None


def run(args: argparse.Namespace, gateway: Remote, rule: dict[str, object], known: str) -> int:
    """Ask, wait, show. `known`: the id of a rule that is kept, which is not compared with itself."""
    body: dict[str, object] = {"rule": rule, **({"against": True} if args.against else {})}
    body |= {name: text for name, text in (("from", args.since), ("to", args.until)) if text}
    path = "/api/rules/backtest" + (f"?id={quote(known, safe='')}" if known else "")
    with ThreadPoolExecutor(1) as asking:
        answer = _awaited(asking.submit(gateway.ask, "POST", path, body, timeout_s=_LONG_S), gateway)
    if args.json:
        print(answer.decode())
    else:
        rule_shown.show(msgspec.json.decode(answer, type=rule_shown.Rehearsed))
    return 0


def _awaited(asked: Future[bytes], gateway: Remote) -> bytes:
    shows, began_s, shown = sys.stderr.isatty(), time.monotonic(), False
    while True:
        try:
            answer = asked.result(_LOOK_S)
        except StillBusy:
            if shows:
                _bar(gateway, time.monotonic() - began_s)
                shown = True
            continue
        finally:
            if shown and asked.done():
                print("\r" + " " * 60 + "\r", end="", file=sys.stderr, flush=True)
        return answer


def _bar(gateway: Remote, passed_s: float) -> None:
    try:
        progress = msgspec.json.decode(gateway.ask("GET", "/api/rules/backtest"), type=_Progress).progress or 0.0
    except Refusal:
        return  # asked too often: the bar stands still, the answer comes all the same
    print(f"\r[{'#' * round(30 * progress):30}] {progress:4.0%}  {passed_s:.0f} s", end="", file=sys.stderr, flush=True)
