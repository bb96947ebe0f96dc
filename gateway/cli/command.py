"""gateway command: an order to a device, and what became of it."""

from __future__ import annotations

import argparse
import time
from urllib.parse import quote

import msgspec

from . import remote
from .pairs import pairs
from .remote import Remote

_ABOUT = """\
Give a device an order. It is kept until the device has done it, has failed or it expires, also when the device is
away or the gateway restarts in between; it is never done twice.

Without a verb: what the device was ordered lately, and what became of it."""
_EXAMPLES = """\
examples:
  gateway command window-a1b2c3 set_position position=40 --wait
  gateway command heater-0c1d2e turn_off --expires 3600
  gateway command window-a1b2c3"""
_LOOK_S = 0.25
_ENDS = ("done", "failed", "expired")


class Step(msgspec.Struct):
    """One thing that happened to a command."""

    status: str
    time: str
    detail: str
    late: bool


class Given(msgspec.Struct):
    """A command, as far as this shows it."""

    id: str
    device: str
    verb: str
    args: dict[str, object]
    status: str
    detail: str
    who: str
    created_at: str
    simulated: bool
    history: list[Step]


class GivenList(msgspec.Struct):
    """The answer to GET /api/devices/{id}/commands."""

    commands: list[Given]


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `command` to the command line."""
    parser = subparsers.add_parser(
        "command",
        help="give a device an order",
        description=_ABOUT,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("id", help="the device's id, as `gateway nodes list` shows it")
    parser.add_argument("verb", nargs="?", help="what it is to do, such as set_position")
    parser.add_argument("args", nargs="*", metavar="key=value", help="with what; values are JSON, or else text")
    parser.add_argument("--expires", type=float, metavar="S", help="seconds after which it must not be begun any more")
    parser.add_argument("--wait", action="store_true", help="until it has ended; exit code 1 unless it was done")
    remote.add_options(parser)
    parser.set_defaults(run=lambda args: _run(parser, args))


def _run(parser: argparse.ArgumentParser, args: argparse.Namespace) -> int:
    gateway = Remote(remote.data_folder(args.data))
    path = f"/api/devices/{quote(args.id, safe='')}/commands"
    if args.verb is None:
        if args.wait or args.expires is not None:
            parser.error("--wait and --expires go with a verb")
        return _list(gateway.ask("GET", path), as_json=args.json)
    body: dict[str, object] = {"verb": args.verb, "args": pairs(args.args)}
    if args.expires is not None:
        body["expires_s"] = args.expires
    answer = gateway.ask("POST", path, body)
    given = msgspec.json.decode(answer, type=Given)
    if not args.wait:
        print(answer.decode() if args.json else _line(given))
        return 0
    return _follow(gateway, f"{path}/{given.id}", given, answer, as_json=args.json)


def _follow(gateway: Remote, path: str, given: Given, answer: bytes, *, as_json: bool) -> int:
    """Say each step as it comes, until the end."""
    told = 0
    if not as_json:
        print(_line(given).partition(":")[0], flush=True)
    while True:
        for step in given.history[told:]:
            told += 1
            if not as_json:
                print(_step(step), flush=True)
        if given.status in _ENDS:
            if as_json:
                print(answer.decode())
            return 0 if given.status == "done" else 1
        time.sleep(_LOOK_S)
        answer = gateway.ask("GET", path)
        given = msgspec.json.decode(answer, type=Given)


def _list(answer: bytes, *, as_json: bool) -> int:
    if as_json:
        print(answer.decode())
        return 0
    commands = msgspec.json.decode(answer, type=GivenList).commands
    if not commands:
        print("It was ordered nothing yet.")
    for given in commands:
        print(f"{_clock(given.created_at)}  {_line(given)}  (by {given.who})")
    return 0


def _line(given: Given) -> str:
    said = " ".join([given.verb, *(f"{name}={_text(value)}" for name, value in given.args.items())])
    detail = f", {given.detail}" if given.detail else ""
    return f"{given.id}  {given.device} {said}{'  SIMULATED' if given.simulated else ''}: {given.status}{detail}"


def _step(step: Step) -> str:
    detail = f"  {step.detail}" if step.detail else ""
    return f"{_clock(step.time)}  {step.status}{detail}{'  (after it had expired)' if step.late else ''}"


def _clock(text: str) -> str:
    return text.replace("T", " ").removesuffix("Z")


def _text(value: object) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
