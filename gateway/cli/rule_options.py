"""What `gateway rules` takes on its command line, and the files it reads."""

from __future__ import annotations

import argparse
import json
import sys
from codecs import BOM_UTF8
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from ..core.errors import ConfigError
from . import remote

Action = Callable[[argparse.Namespace], int]
_MOST_BYTES = 16 << 20
_EPILOG = """\
A rule is a JSON file; FILE may be - for standard input. The way of a new one:
  gateway rules check fan.json         is it right, does it contradict others?
  gateway rules backtest fan.json      when would it have fired in the last 30 days?
  gateway rules add fan.json           keep it; it is off
  gateway rules shadow bathroom-fan    let it note what it would do
  gateway rules live bathroom-fan      let it do it
  gateway rules why bathroom-fan       what holds it back?
One that airs the bathroom by day, 20 min at a time (every kind, with examples: gateway/core/rules/README.md):
  {"name": "Bathroom fan", "for_s": 600, "hysteresis": 5,
   "when": {"kind": "value", "asset": "bathroom", "metric": "humidity", "operator": ">", "value": 70},
   "if": {"kind": "not", "of": {"kind": "time", "from": "22:00", "to": "06:00"}},
   "then": [{"kind": "command", "asset": "bathroom-fan", "verb": "turn_on", "for_s": 1200}]}"""
_BACKTEST = """\
When a rule would have fired: by the gateway's own history, or with --readings by a recording, which needs no gateway.
Standard output has one time a line (RFC 3339, UTC), standard error all else."""
_READINGS = """\
FILE.csv has a heading and is one of
  timestamp,metric,value           timestamp,device,metric,value
  timestamp,<metric>,<metric>…     timestamp,value (named by --metric)
Without a column `device` every comparison looks at the one series of its metric. With it a device is the column's; an
asset or a zone is what --site says, else all devices of the file that measure it."""


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser], run: Mapping[str, Action]) -> None:
    """Every action of `gateway rules` with its options."""
    parser = subparsers.add_parser(
        "rules",
        help="list, check, rehearse and run rules",
        description="What the gateway does by itself, rehearsed before it is done, and why it was or was not.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    actions = parser.add_subparsers(title="actions", required=True, metavar="ACTION")

    def action(name: str, text: str, description: str = "", epilog: str | None = None) -> argparse.ArgumentParser:
        made = actions.add_parser(
            name,
            help=text,
            description=description or text,
            epilog=epilog,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        remote.add_options(made)
        made.set_defaults(run=run[name])
        return made

    listing = action("list", "every rule, how far it may go and how it stands")
    listing.add_argument("text", nargs="?", default="", help="only those that have this in their words")
    listing.add_argument("--mode", choices=("off", "shadow", "live", "tripped"), help="only these")
    _add_id(action("show", "one rule in words and as JSON"))
    check = action("check", "what is wrong with a rule, and which others it contradicts; nothing is kept")
    _add_file(check)
    check.add_argument("--id", default="", help="the rule whose new version it is")
    add_one = action("add", "keep a new rule; it is off")
    _add_file(add_one)
    add_one.add_argument("--id", default="", help="its id (default: from its name)")
    change = action("change", "another version of a rule; where it does more it falls back to shadow")
    _add_id(change)
    _add_file(change)
    change.add_argument("--version", type=int, help="only while it still is this version")
    delete = action("delete", "forget a rule; refused while its timers run, unless --timers says what becomes of them")
    _add_id(delete)
    delete.add_argument("--timers", choices=("finish", "cancel"), help="let them run to their end, or cancel them")
    _add_backtest(action("backtest", "when it would have fired", _BACKTEST, _READINGS))
    _add_id(action("shadow", "let a rule note what it would do"))
    live = action("live", "let a rule do what it says")
    _add_id(live)
    live.add_argument("--despite", action="store_true", help="although it contradicts others or feeds itself")
    _add_id(action("off", "stop a rule; timers that it has armed still run"))
    _add_id(action("why", "what a rule looks at now, and what holds it back"))
    firings = action("firings", "what fired lately, why, and what became of it")
    firings.add_argument("id", nargs="?", default="", help="of this rule (default: of all)")
    firings.add_argument("--limit", type=int, default=20, metavar="N", help="so many at most (default: 20)")
    _add_span(firings)
    action("timers", "timers that run, and those that ended lately")
    action("cancel", "end a timer before it is due").add_argument("timer", help="its id, as `timers` shows it")
    _add_span(action("replay", "evaluate a stretch of history anew; exit code 1 unless it fires as it did live"))
    action("export", "all rules and scenes as one file").add_argument("file", nargs="?", help="(default: stdout)")
    bring = action("import", "take over a file of rules and scenes: all of it or nothing")
    _add_file(bring)
    bring.add_argument("--mode", choices=("off", "shadow"), help="how far they may go (default: off)")


def _add_backtest(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("rule", metavar="RULE.json|ID", help="a rule in a file (- for stdin), or one that is kept")
    _add_span(parser)
    parser.add_argument("--against", action="store_true", help="also when other rules would have wanted otherwise")
    parser.add_argument("--readings", type=Path, metavar="FILE.csv", help="a recording instead of the history")
    only = parser.add_argument_group("with --readings")
    only.add_argument("--metric", metavar="NAME", help="what timestamp,value holds (default: the rule's metric)")
    only.add_argument("--site", type=Path, metavar="FILE.toml", help="which devices are in which asset and zone")
    only.add_argument("--timezone", metavar="ZONE", help="such as Europe/Berlin (default: the site's, else UTC)")
    only.add_argument("--latitude", type=float, metavar="DEG", help="for sunrise and sunset, north positive")
    only.add_argument("--longitude", type=float, metavar="DEG", help="east positive")


def only_with_readings(args: argparse.Namespace) -> None:
    """Raises ConfigError when an option was given that the gateway knows itself."""
    for name in ("metric", "site", "timezone", "latitude", "longitude"):
        if getattr(args, name) is not None:
            raise ConfigError(f"--{name} goes with --readings; the gateway knows it")


def read(file: str) -> bytes:
    """A file, or standard input for `-`. Raises ConfigError."""
    try:
        if file == "-":
            return sys.stdin.buffer.read(_MOST_BYTES + 1).removeprefix(BOM_UTF8)
        return Path(file).read_bytes().removeprefix(BOM_UTF8)
    except OSError as error:
        raise ConfigError(f"{file}: {error.strerror}") from error


def parsed(content: bytes, file: str) -> dict[str, object]:
    """A JSON object, as it is. Raises ConfigError."""
    try:
        return msgspec.json.decode(content, type=dict[str, object])
    except msgspec.ValidationError as error:
        raise ConfigError(f"{file}: it must be a JSON object: {error}") from error
    except (msgspec.DecodeError, RecursionError) as error:
        raise ConfigError(f"{file}: not JSON: {_where(content) or error}") from error


def _where(content: bytes) -> str:
    """The line of what is no JSON, which msgspec does not tell."""
    try:
        json.loads(content)
    except json.JSONDecodeError as error:
        return f"line {error.lineno}, column {error.colno}: {error.msg}"
    except (UnicodeDecodeError, RecursionError):
        return ""
    return ""


def _add_id(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("id", help="the rule's id, as `gateway rules list` shows it")


def _add_file(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="JSON; - for standard input")


def _add_span(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--from", dest="since", metavar="TIME", help="such as 2026-11-01T00:00:00Z, or milliseconds")
    parser.add_argument("--to", dest="until", metavar="TIME", help="the end, left out (default: now)")
