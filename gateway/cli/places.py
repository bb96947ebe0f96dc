"""gateway places: the zones of the home with their newest values, or one value asked for in words."""

from __future__ import annotations

import argparse
from urllib.parse import quote

import msgspec

from ..flow.words import duration
from . import remote
from .remote import Remote

_ABOUT = """\
Show the zones with what stands in them and their newest values. With a question: one value, however the place and what
is measured are called."""
_EXAMPLES = """\
examples:
  gateway places
  gateway places "temp zone b"
  gateway places bathroom humidity"""


class Value(msgspec.Struct):
    """The newest value of a metric."""

    value: float
    unit: str | None
    age_s: float
    quality: list[str]
    simulated: bool


class Standing(msgspec.Struct):
    """Something that stands in a zone."""

    name: str
    kind: str


class Zone(msgspec.Struct):
    """A zone, as far as this shows it."""

    id: str
    name: str
    parent: str | None
    assets: list[Standing]
    values: dict[str, Value]


class Zones(msgspec.Struct):
    """The answer to GET /api/zones."""

    zones: list[Zone]


class Said(msgspec.Struct):
    """The answer to GET /api/values."""

    text: str


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `places` to the command line."""
    parser = subparsers.add_parser(
        "places",
        help="the home's zones and their values",
        description=_ABOUT,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("question", nargs="*", help="what and where, such as: temp zone b")
    remote.add_options(parser)
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    gateway = Remote(remote.data_folder(args.data))
    asked = " ".join(args.question)
    answer = gateway.ask("GET", f"/api/values?q={quote(asked)}" if asked else "/api/zones")
    if args.json:
        print(answer.decode())
    elif asked:
        print(msgspec.json.decode(answer, type=Said).text)
    else:
        _show(msgspec.json.decode(answer, type=Zones).zones)
    return 0


def _show(zones: list[Zone]) -> None:
    if not zones:
        print('No zones. Make one on the panel, or: POST /api/zones {"name": "Zone B"}')
    for zone in zones:
        inside = f", in {zone.parent}" if zone.parent else ""
        print(f"{zone.name}  ({zone.id}{inside})")
        if zone.assets:
            print("  " + ", ".join(f"{asset.name} ({asset.kind.replace('_', ' ')})" for asset in zone.assets))
        for metric, value in zone.values.items():
            print(f"  {metric:14} {_value(value)}")


def _value(value: Value) -> str:
    unit = f" {value.unit}" if value.unit else ""
    marks = [*value.quality, *(["SIMULATED"] if value.simulated else [])]
    return "  ".join([f"{value.value:.1f}{unit}", f"{duration(round(value.age_s * 1000))} ago", *marks])
