"""gateway say: a plain sentence to the house, or with --dry-run only what it would mean."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from ..core.language.grammar import Grammar
from ..core.language.house import House
from ..core.language.intent import MOVING, NOTHING, Intent, Talk
from ..core.language.understand import Reader
from ..flow.chat.families import families
from ..simulator.site import demo_site, load_site
from ..simulator.site_house import house_of
from . import remote

_ABOUT = """\
What a person would say to the house: ask for values, give orders, make rules. With --dry-run nothing is done and no
gateway is needed: it prints what the sentence means in the house of a site file."""
_EXAMPLES = """\
examples:
  gateway say "what's the temp in the bathroom" --dry-run
  gateway say "open the bedroom window to 40 percent" --dry-run --json
  gateway say - --dry-run --json < sentences.txt      one sentence a line, one intent a line"""


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `say` to the command line."""
    parser = subparsers.add_parser(
        "say",
        help="ask, order or make a rule in a plain sentence",
        description=_ABOUT,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("sentence", help="what is said; - reads sentences from standard input, one a line")
    parser.add_argument("--dry-run", action="store_true", help="only what it means; nothing is done")
    parser.add_argument("--site", type=Path, metavar="FILE", help="with --dry-run: the house (default: the demo's)")
    parser.add_argument("--talk", nargs="?", const="cli", default="", metavar="NAME", help="sentences of one talk")
    remote.add_options(parser)
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    house = house_of(demo_site() if args.site is None else load_site(args.site))
    sentences = _lines() if args.sentence == "-" else [args.sentence]
    for number, intent in enumerate(understood(house, sentences, together=bool(args.talk))):
        if args.json:
            print(msgspec.json.encode(intent).decode(), flush=True)
        else:
            print(("\n" if number else "") + _shown(intent), flush=True)
    return 0


def _lines() -> Iterator[str]:
    """Each line is a sentence; an empty one is one, too, so that answers and lines stay side by side."""
    for line in sys.stdin.buffer:
        yield line.decode("utf-8", "replace").rstrip("\r\n")


def understood(house: House, sentences: Iterable[str], *, together: bool) -> Iterator[Intent]:
    """What each means; `together`: each is heard by somebody who heard those before."""
    reader = Reader(house, Grammar(families()))
    talk = NOTHING
    for sentence in sentences:
        intent = reader.read(sentence, talk).intent
        yield intent
        if together:
            talk = after(house, intent, talk)


def after(house: House, intent: Intent, before: Talk) -> Talk:
    """What a conversation remembers of a sentence that nobody acted on."""
    named = [("device", intent.device), ("asset", intent.place), ("zone", intent.place)]
    things = [thing for thing in house.things if thing.id and (thing.what, thing.id) in named]
    # What was named comes before what does it: "it" is the window, and then the room's window is the same one.
    things.sort(key=lambda thing: named.index((thing.what, thing.id)))
    return Talk(
        last=things[0].candidate if things else before.last,
        offered=intent.candidates,
        pending=intent.kind in MOVING and bool(intent.confirm),
    )


def _shown(intent: Intent) -> str:
    """The reply, then what is behind it."""
    keys = {name: value for name, value in msgspec.to_builtins(intent).items() if name != "reply"}
    lines = [f"  {name}: {_text(value)}" for name, value in keys.items()]
    return "\n".join([*([intent.reply] if intent.reply else []), *lines])


def _text(value: object) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
