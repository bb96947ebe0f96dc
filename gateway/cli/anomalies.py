"""gateway anomalies: what was not as usual, what people say of it, and what machines are compared with."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from urllib.parse import quote, urlencode

import msgspec

from ..core.errors import Refused
from ..flow.words import duration
from . import baselines, remote, table
from .baselines import clock, mark
from .main import Subparsers
from .remote import Remote

_ABOUT = """\
An episode is something that was not as usual, from when it was first seen until it was as usual again.
A machine (a pump, a fan, a water heater) is compared with what it was like when it was commissioned: somebody says
that it runs well, and what is measured of it in that time is frozen. Only another commissioning replaces that."""
_EXAMPLES = """\
examples:
  gateway anomalies list --open
  gateway anomalies normal 4f1d0a7c3b2e9658
  gateway anomalies commission circulation-pump --hours 168 --last"""
_COLUMNS = ("OPENED (UTC)", "EPISODE", "PLACE", "NATURE", "LASTED", "SAID", "REASON")
_MOST = 500
_MOST_HOURS = 336
_HOUR_MS = 3_600_000


class Signal(msgspec.Struct):
    """One thing that was not as usual."""

    device: str
    metric: str
    text: str


class Episode(msgspec.Struct):
    """An episode, as far as this shows it."""

    id: str
    asset_name: str
    device: str
    metric: str
    nature: str
    opened: str
    opened_ms: int
    seen: str
    closed: str | None
    closed_ms: int | None
    score: float
    need: float
    reason: str
    signals: list[Signal]
    model: str
    verdict: str
    judged_by: str
    simulated: bool


class EpisodeList(msgspec.Struct):
    """The answer to GET /api/anomalies."""

    episodes: list[Episode]


def register(subparsers: Subparsers[argparse.ArgumentParser]) -> None:
    """Add `anomalies` to the command line."""
    parser = subparsers.add_parser(
        "anomalies",
        help="what was not as usual",
        description=_ABOUT,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    actions = parser.add_subparsers(
        title="actions", required=True, metavar="list|show|normal|right|undo|baseline|commission|cancel"
    )

    def add(name: str, about: str, run: Callable[[argparse.Namespace], int]) -> argparse.ArgumentParser:
        made = actions.add_parser(name, help=about, description=about[0].upper() + about[1:] + ".")
        remote.add_options(made)
        made.set_defaults(run=run, action=name)
        return made

    listing = add("list", "what was not as usual, newest first", _list)
    listing.add_argument("place", nargs="?", default="", help="an asset's or a device's id; without it, everywhere")
    listing.add_argument("--open", action="store_true", help="only what goes on")
    listing.add_argument(
        "--limit", type=_between(1, _MOST), default=20, metavar="N", help=f"so many (1 to {_MOST}; default: 20)"
    )
    add("show", "one episode with everything that belongs to it", _show).add_argument("episode", help="its id")
    for name, about in (
        ("normal", "say that an episode is normal: it closes, and more is asked of that series from now on"),
        ("right", "say that an episode was right: something like it is told a little sooner"),
        ("undo", "take back what was said of an episode"),
    ):
        add(name, about, _judge).add_argument("episode", help="its id")
    add("baseline", "what a machine is compared with", _baseline).add_argument("asset", help="the machine's id")
    beginning = add("commission", "say that a machine runs well: it is compared with that from then on", _commission)
    beginning.add_argument("asset", help="the machine's id")
    beginning.add_argument(
        "--hours", type=_between(1, _MOST_HOURS), metavar="N", help=f"how long (1 to {_MOST_HOURS}; default: as usual)"
    )
    beginning.add_argument("--last", action="store_true", help="the hours that have just been, instead of the next")
    add("cancel", "end a commissioning that goes on", _cancel).add_argument("asset", help="the machine's id")


def _between(least: int, most: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        found = int(text)
        if not least <= found <= most:
            raise argparse.ArgumentTypeError(f"{found} is not between {least} and {most}")
        return found

    return number


def _gateway(args: argparse.Namespace) -> Remote:
    return Remote(remote.data_folder(args.data))


# Episodes


def _list(args: argparse.Namespace) -> int:
    gateway = _gateway(args)
    asked = {"limit": args.limit, **({"state": "open"} if args.open else {})}
    # A place is an asset; what measures none is a place by itself.
    places: list[dict[str, str]] = [{"asset": args.place}, {"device": args.place}] if args.place else [{}]
    answers = [gateway.ask("GET", f"/api/anomalies?{urlencode(asked | place)}") for place in places]
    if args.json:
        print(msgspec.json.encode(_joined(answers, args.limit)).decode())
        return 0
    found = msgspec.convert(_joined(answers, args.limit), EpisodeList).episodes
    if found:
        table.show(_COLUMNS, map(_row, found))
    else:
        print(f"Nothing {'is' if args.open else 'was'} unusual{f' at {args.place}' if args.place else ''}.")
    return 0


def _joined(answers: list[bytes], limit: int) -> dict[str, object]:
    """Answers to several questions as one: every episode once, newest first."""
    lists = [msgspec.json.decode(answer) for answer in answers]
    every = {one["id"]: one for listed in lists for one in listed["episodes"]}
    newest = sorted(every.values(), key=lambda one: (-one["opened_ms"], one["id"]))
    return {"episodes": newest[:limit], "more": any(listed["more"] for listed in lists) or len(newest) > limit}


def _row(episode: Episode) -> tuple[str, ...]:
    return (
        clock(episode.opened),
        episode.id,
        episode.asset_name,
        episode.nature,
        _lasted(episode),
        _said(episode),
        mark(episode.simulated) + episode.reason,
    )


def _show(args: argparse.Namespace) -> int:
    return _tell(args, _gateway(args).ask("GET", f"/api/anomalies/{quote(args.episode, safe='')}"))


def _judge(args: argparse.Namespace) -> int:
    path = f"/api/anomalies/{quote(args.episode, safe='')}/feedback"
    gateway = _gateway(args)
    if args.action == "undo":
        return _tell(args, gateway.ask("DELETE", path))
    return _tell(args, gateway.ask("POST", path, {"verdict": args.action}))


def _tell(args: argparse.Namespace, answer: bytes) -> int:
    if args.json:
        print(answer.decode())
        return 0
    episode = msgspec.json.decode(answer, type=Episode)
    print(f"{mark(episode.simulated)}{episode.asset_name}, {episode.nature}: {episode.reason}")
    print(f"opened {clock(episode.opened)} UTC, {_lasted(episode)}, last seen {clock(episode.seen)} UTC")
    by = f", {episode.model}" if episode.model else ""
    print(f"{episode.score:.2f} of 1, told from {episode.need:.2f} on{by}")
    for signal in episode.signals:
        print(f"  {signal.device}/{signal.metric}: {signal.text}")
    if episode.verdict:
        print(_said(episode))
    return 0


def _lasted(episode: Episode) -> str:
    if episode.closed_ms is None:
        return "goes on"
    return duration(episode.closed_ms - episode.opened_ms)


def _said(episode: Episode) -> str:
    return f"{episode.verdict}, says {episode.judged_by}" if episode.verdict else ""


# What machines are compared with


def _baseline(args: argparse.Namespace) -> int:
    return baselines.show(args, _gateway(args).ask("GET", _path(args)))


def _commission(args: argparse.Namespace) -> int:
    gateway = _gateway(args)
    body: dict[str, object] = {} if args.hours is None else {"hours": args.hours}
    if args.last:
        hours = args.hours or msgspec.json.decode(gateway.ask("GET", _path(args)))["hours"]
        body = {"hours": hours, "since": str(time.time_ns() // 1_000_000 - hours * _HOUR_MS)}
    return baselines.show(args, gateway.ask("POST", _path(args), body))


def _cancel(args: argparse.Namespace) -> int:
    return baselines.show(args, _gateway(args).ask("DELETE", _path(args)))


def _path(args: argparse.Namespace) -> str:
    if not args.asset:
        raise Refused("name a machine; `gateway insight` lists them")
    return f"/api/assets/{quote(args.asset, safe='')}/baseline"
