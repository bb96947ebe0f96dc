"""gateway alerts: what people should know, who was told, and quiet for a while."""

from __future__ import annotations

import argparse
from urllib.parse import quote, urlencode

import msgspec

from . import remote, table
from .remote import Remote

_ABOUT = """\
Alerts open when something should be known and are over when it holds no more. Acknowledging one ends its repetitions;
muting keeps everything back but alarms, and nothing is lost by it."""
_COLUMNS = ("ID", "OPENED", "LEVEL", "WHAT", "STATE")
_USUAL_MINUTES = 60


class Told(msgspec.Struct):
    """A message about it."""

    channel: str
    target: str
    part: str
    state: str
    tried: int
    repeated: bool
    detail: str
    made: str
    ended: str | None


class Alert(msgspec.Struct):
    """An alert, as far as this shows it."""

    id: str
    level: str
    title: str
    text: str
    human: str
    opened: str
    over: str | None
    over_text: str
    acked: str | None
    acked_by: str
    times: int
    simulated: bool
    deliveries: list[Told] = []


class AlertList(msgspec.Struct):
    """The answer to GET /api/alerts."""

    alerts: list[Alert]
    more: bool = False
    muted_until_ms: int = 0


class Muted(msgspec.Struct):
    """The answer to POST /api/alerts/mute."""

    until: str | None


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `alerts` to the command line."""
    parser = subparsers.add_parser("alerts", help="list, acknowledge or mute alerts", description=_ABOUT)
    actions = parser.add_subparsers(title="actions", required=True, metavar="list|show|ack|mute|unmute")
    listing = actions.add_parser("list", help="those that go on, the newest first", description=_ABOUT)
    listing.add_argument("--all", action="store_true", help="also those that are over")
    listing.add_argument("--limit", type=int, default=50, metavar="N", help="so many at most (default: 50)")
    show = actions.add_parser("show", help="one alert, and what became of each message about it")
    ack = actions.add_parser("ack", help="say that you know it: it is not repeated any more")
    for parser_of in (show, ack):
        parser_of.add_argument("id", help="the alert's id, as `gateway alerts list` shows it")
    mute = actions.add_parser("mute", help="only alarms for a while; the rest comes afterwards")
    mute.add_argument("minutes", type=int, nargs="?", default=_USUAL_MINUTES, help="1 to 1440 (default: %(default)s)")
    unmute = actions.add_parser("unmute", help="tell everything again")
    for action, run in ((listing, _list), (show, _show), (ack, _ack), (mute, _mute), (unmute, _unmute)):
        remote.add_options(action)
        action.set_defaults(run=run)


def _list(args: argparse.Namespace) -> int:
    query = {"limit": str(args.limit), **({} if args.all else {"open": "true"})}
    answer = Remote(remote.data_folder(args.data)).ask("GET", f"/api/alerts?{urlencode(query)}")
    if args.json:
        print(answer.decode())
        return 0
    found = msgspec.json.decode(answer, type=AlertList)
    if found.alerts:
        table.show(_COLUMNS, map(_row, found.alerts))
    else:
        print("No alerts." if args.all else "No alerts are open.")
    if found.more:
        print("There are older ones; ask for more with --limit.")
    return 0


def _show(args: argparse.Namespace) -> int:
    answer = Remote(remote.data_folder(args.data)).ask("GET", f"/api/alerts/{quote(args.id, safe='')}")
    if args.json:
        print(answer.decode())
        return 0
    alert = msgspec.json.decode(answer, type=Alert)
    print(_what(alert))
    if alert.human:
        print(alert.human)
    print(f"opened {_clock(alert.opened)}, {_state(alert)}")
    for told in alert.deliveries:
        ended = f" {_clock(told.ended)}" if told.ended else ""
        marks = [*(["perhaps twice"] if told.repeated else []), *([told.detail] if told.detail else [])]
        more = f" ({', '.join(marks)})" if marks else ""
        print(f"  {told.part} to {told.channel}/{told.target}: {told.state}{ended}, tried {told.tried}{more}")
    if not alert.deliveries:
        print("  nobody was told")
    return 0


def _ack(args: argparse.Namespace) -> int:
    answer = Remote(remote.data_folder(args.data)).ask("POST", f"/api/alerts/{quote(args.id, safe='')}/ack")
    alert = msgspec.json.decode(answer, type=Alert)
    print(answer.decode() if args.json else f"{_what(alert)}: {_state(alert)}")
    return 0


def _mute(args: argparse.Namespace) -> int:
    return _mute_for(args, args.minutes)


def _unmute(args: argparse.Namespace) -> int:
    return _mute_for(args, 0)


def _mute_for(args: argparse.Namespace, minutes: int) -> int:
    answer = Remote(remote.data_folder(args.data)).ask("POST", "/api/alerts/mute", {"minutes": minutes})
    until = msgspec.json.decode(answer, type=Muted).until
    if args.json:
        print(answer.decode())
    else:
        print(f"Only alarms until {_clock(until)} UTC." if until else "Everything is told.")
    return 0


def _row(alert: Alert) -> tuple[str, ...]:
    return alert.id, _clock(alert.opened), alert.level, _what(alert), _state(alert)


def _what(alert: Alert) -> str:
    times = f" ({alert.times} times)" if alert.times > 1 else ""
    return f"{alert.title}: {alert.text}{times}{'  SIMULATED' if alert.simulated else ''}"


def _state(alert: Alert) -> str:
    over = f"over since {_clock(alert.over)}" if alert.over else "goes on"
    return f"{over}, acknowledged by {alert.acked_by}" if alert.acked else over


def _clock(text: str) -> str:
    return text.replace("T", " ").partition(".")[0].removesuffix("Z")
