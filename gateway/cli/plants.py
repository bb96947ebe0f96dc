"""gateway plants: the plants of the home, their limits, and how they are."""

from __future__ import annotations

import argparse
from urllib.parse import quote

import msgspec

from . import remote, table
from .remote import Refusal, Remote

_COLUMNS = ("ID", "NAME", "SPECIES", "STATUS", "NEWEST", "")
_LIMIT = "a limit such as soil_moisture=20..80, light_level=200.. or humidity=..80; may be given several times"


class Latest(msgspec.Struct):
    """The newest value of a metric."""

    value: float
    unit: str | None


class Breach(msgspec.Struct):
    """A value outside its limits."""

    text: str


class Plant(msgspec.Struct):
    """A plant, as far as this shows it."""

    id: str
    name: str
    species: str | None
    status: str
    latest: dict[str, Latest]
    breaches: list[Breach]
    simulated: bool


class PlantList(msgspec.Struct):
    """The answer to GET /api/plants."""

    plants: list[Plant]


class Band(msgspec.Struct):
    """Limits of a metric."""

    min: float | None = None
    max: float | None = None


class Limits(msgspec.Struct):
    """The limits a plant has."""

    thresholds: dict[str, Band]


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `plants` to the command line."""
    parser = subparsers.add_parser(
        "plants", help="list, add, change and remove plants", description="The plants of the home, and how they are."
    )
    actions = parser.add_subparsers(title="actions", required=True, metavar="list|add|set|remove")
    listing = actions.add_parser(
        "list", help="every plant and how it is", description="Every plant, its newest values and what is wrong."
    )
    remote.add_options(listing)
    listing.set_defaults(run=_list)
    add = actions.add_parser("add", help="a new plant", description="Add a plant to the home.")
    add.add_argument("name", help="what it is called")
    _add_traits(add)
    add.set_defaults(run=_add)
    change = actions.add_parser(
        "set",
        help="change a plant",
        description="Change a plant; what is not named stays. `--limit humidity=none` takes that metric's limits away.",
    )
    change.add_argument("id", help="the plant's id")
    change.add_argument("--name", help="what it is called")
    _add_traits(change)
    change.set_defaults(run=_set)
    remove = actions.add_parser(
        "remove", help="remove a plant", description="Remove a plant; its devices and what they measured stay."
    )
    remove.add_argument("id", help="the plant's id")
    remote.add_options(remove)
    remove.set_defaults(run=_remove)


def _add_traits(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--species", help="what kind of plant it is")
    parser.add_argument("--limit", action="append", default=[], metavar="METRIC=MIN..MAX", help=_LIMIT)
    parser.add_argument("--zone", metavar="ID", help="the zone it is in")
    parser.add_argument("--inside", metavar="ID", help="the room or other asset it is inside of")
    remote.add_options(parser)


def _list(args: argparse.Namespace) -> int:
    answer = Remote(remote.data_folder(args.data)).ask("GET", "/api/plants")
    if args.json:
        print(answer.decode())
        return 0
    plants = msgspec.json.decode(answer, type=PlantList).plants
    if not plants:
        print("No plants. Add one with `gateway plants add NAME`.")
        return 0
    table.show(_COLUMNS, map(_row, plants))
    return 0


def _row(plant: Plant) -> tuple[str, ...]:
    newest = ", ".join(
        f"{metric} {known.value:.1f} {known.unit or ''}".strip() for metric, known in plant.latest.items()
    )
    marks = [*(["SIMULATED"] if plant.simulated else []), *(breach.text for breach in plant.breaches)]
    return plant.id, plant.name, plant.species or "", plant.status, newest, "; ".join(marks)


def _add(args: argparse.Namespace) -> int:
    body = {"name": args.name, **_traits(args), "thresholds": _limits(args.limit, {})}
    return _say(args, Remote(remote.data_folder(args.data)).ask("POST", "/api/plants", body))


def _set(args: argparse.Namespace) -> int:
    gateway, path = Remote(remote.data_folder(args.data)), f"/api/plants/{quote(args.id, safe='')}"
    body = _traits(args)
    if args.name is not None:
        body["name"] = args.name
    if args.limit:
        before = msgspec.json.decode(gateway.ask("GET", path), type=Limits).thresholds
        body["thresholds"] = _limits(args.limit, before)
    return _say(args, gateway.ask("PUT", path, body))


def _remove(args: argparse.Namespace) -> int:
    Remote(remote.data_folder(args.data)).ask("DELETE", f"/api/plants/{quote(args.id, safe='')}")
    print("{}" if args.json else f"{args.id} removed")
    return 0


def _say(args: argparse.Namespace, answer: bytes) -> int:
    plant = msgspec.json.decode(answer, type=Plant)
    print(answer.decode() if args.json else f"{plant.id}  {plant.name}: {plant.status}")
    return 0


def _traits(args: argparse.Namespace) -> dict[str, object]:
    given = {"species": args.species, "zone": args.zone, "inside": args.inside}
    return {name: text or None for name, text in given.items() if text is not None}


def _limits(words: list[str], before: dict[str, Band]) -> dict[str, Band]:
    """The limits there were with those that were said. Raises Refusal."""
    found = dict(before)
    for word in words:
        metric, _, text = word.partition("=")
        if text == "none":
            found.pop(metric, None)
            continue
        low, dots, high = text.partition("..")
        if not metric or not dots:
            raise Refusal(f"{word}: write it as METRIC=MIN..MAX, with either left out where there is no limit.")
        found[metric] = Band(_number(low, word), _number(high, word))
    return found


def _number(text: str, word: str) -> float | None:
    try:
        return float(text) if text else None
    except ValueError as error:
        raise Refusal(f"{word}: {text} is not a number.") from error
