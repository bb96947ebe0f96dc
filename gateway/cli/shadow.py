"""gateway shadow: how a device is set up, and whether it has taken it over."""

from __future__ import annotations

import argparse
from urllib.parse import quote

import msgspec

from . import remote
from .pairs import pairs
from .remote import Remote

_ABOUT = """\
Show what a device should be (desired) and what it says it is (reported), or change what it should be. Settings that
are not named stay; `key=null` takes one away; `limits.position.max=80` is a setting inside others. The device takes it
over as soon as it is there."""
_EXAMPLES = """\
examples:
  gateway shadow climate-a1b2c3
  gateway shadow climate-a1b2c3 interval_s=30 audio=false
  gateway shadow window-0c1d2e limits.position.max=80"""
_SYNC = {
    "none": "nothing is wanted of it",
    "pending": "the device has not read this yet",
    "in_sync": "the device is as it should be",
    "differs": "the device has read it and is otherwise",
}


class Side(msgspec.Struct):
    """Desired or reported."""

    version: int
    state: dict[str, object]
    time: str | None
    by: str


class Both(msgspec.Struct):
    """The answer to GET and PATCH /api/devices/{id}/shadow."""

    device: str
    sync: str
    desired: Side
    reported: Side
    delta: dict[str, object]
    simulated: bool


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `shadow` to the command line."""
    parser = subparsers.add_parser(
        "shadow",
        help="show or change how a device is set up",
        description=_ABOUT,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("id", help="the device's id, as `gateway nodes list` shows it")
    parser.add_argument("settings", nargs="*", metavar="key=value", help="what it should be; values are JSON, or text")
    remote.add_options(parser)
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    gateway = Remote(remote.data_folder(args.data))
    path = f"/api/devices/{quote(args.id, safe='')}/shadow"
    if args.settings:
        answer = gateway.ask("PATCH", path, {"desired": pairs(args.settings)})
    else:
        answer = gateway.ask("GET", path)
    if args.json:
        print(answer.decode())
        return 0
    shadow = msgspec.json.decode(answer, type=Both)
    print(f"{shadow.device}{'  SIMULATED' if shadow.simulated else ''}: {_SYNC.get(shadow.sync, shadow.sync)}")
    print(_line("desired", shadow.desired))
    print(_line("reported", shadow.reported))
    if shadow.delta:
        print(f"missing   {_json(shadow.delta)}")
    return 0


def _line(name: str, side: Side) -> str:
    if not side.version and not side.state:
        return f"{name:8}  -"
    when = f", {side.time.replace('T', ' ').partition('.')[0]}" if side.time else ""
    by = f", {side.by}" if side.by else ""
    return f"{name:8}  {_json(side.state)}  (version {side.version}{when}{by})"


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
