"""gateway telegram: who may speak with the house over Telegram."""

from __future__ import annotations

import argparse

import msgspec

from . import remote, table
from .remote import Remote

_ABOUT = """\
Who may speak with the house over Telegram. Strangers get no answer at all: a person is made known by a code that counts
once. Set the bot up first: gateway channels set telegram --secret"""
_COLUMNS = ("ID", "NAME", "MAY", "ALERTS", "SINCE", "BY")


class Pairing(msgspec.Struct):
    """The answer to POST /api/telegram/pairing."""

    code: str
    until: str
    link: str


class Person(msgspec.Struct):
    """Somebody who was paired."""

    id: int
    name: str
    scope: str
    alerts: bool
    paired: str
    by: str


class People(msgspec.Struct):
    """The answer to GET /api/telegram/people."""

    people: list[Person]


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `telegram` to the command line."""
    parser = subparsers.add_parser("telegram", help="who may speak with the house over Telegram", description=_ABOUT)
    actions = parser.add_subparsers(title="actions", required=True, metavar="pair|people|forget")
    pair = actions.add_parser("pair", help="a code that makes one person known, once", description=_ABOUT)
    pair.add_argument("--minutes", type=int, default=10, metavar="M", help="1 to 60 (default: %(default)s)")
    pair.add_argument(
        "--scope",
        choices=("read", "operate", "admin"),
        default="read",
        help="read asks, operate also orders, acknowledges and mutes (default: %(default)s)",
    )
    people = actions.add_parser("people", help="those who are known")
    forget = actions.add_parser("forget", help="hear and tell somebody nothing more")
    forget.add_argument("id", type=int, help="Telegram's number of the person, as `people` shows it")
    for action, run in ((pair, _pair), (people, _people), (forget, _forget)):
        remote.add_options(action)
        action.set_defaults(run=run)


def _pair(args: argparse.Namespace) -> int:
    body = {"minutes": args.minutes, "scope": args.scope}
    answer = Remote(remote.data_folder(args.data)).ask("POST", "/api/telegram/pairing", body)
    if args.json:
        print(answer.decode())
        return 0
    pairing = msgspec.json.decode(answer, type=Pairing)
    print(f"Send this to the bot within {args.minutes} min, in a chat of its own:  /pair {pairing.code}")
    if pairing.link:
        print(f"Or open: {pairing.link}")
    return 0


def _people(args: argparse.Namespace) -> int:
    answer = Remote(remote.data_folder(args.data)).ask("GET", "/api/telegram/people")
    if args.json:
        print(answer.decode())
        return 0
    people = msgspec.json.decode(answer, type=People).people
    if people:
        table.show(_COLUMNS, map(_row, people))
    else:
        print("Nobody is known. Make a code with `gateway telegram pair`.")
    return 0


def _forget(args: argparse.Namespace) -> int:
    Remote(remote.data_folder(args.data)).ask("DELETE", f"/api/telegram/people/{args.id}")
    print("{}" if args.json else f"{args.id} is not known any more")
    return 0


def _row(person: Person) -> tuple[str, ...]:
    since = person.paired.replace("T", " ").partition(".")[0].removesuffix("Z")
    return str(person.id), person.name, person.scope, "yes" if person.alerts else "no", since, person.by
