"""gateway insight: how worn machines are, and how long their parts may last."""

from __future__ import annotations

import argparse
from urllib.parse import urlencode

import msgspec

from . import remote, table
from .remote import Remote

_COLUMNS = ("MACHINE", "PART", "HEALTH", "REMAINING", "SURE", "WHY")
_ABOUT = """\
The parts of every machine or one, the soonest end first: health (100 as commissioned, 0 at its limit), how many days
are left as a range with its confidence, and because of which sensor. Where too little is known, it says so."""


class Remaining(msgspec.Struct):
    """Days until the limit."""

    low_days: float
    likely_days: float
    high_days: float | None
    confidence: float


class Component(msgspec.Struct):
    """A part of a machine, as far as this shows it."""

    asset: str
    asset_name: str
    component: str
    health: float | None
    life: str
    remaining: Remaining | None
    text: str
    simulated: bool


class Maintenance(msgspec.Struct):
    """The answer to GET /api/insight/maintenance."""

    items: list[Component]


class Machine(msgspec.Struct):
    """A machine, as far as this shows it."""

    asset: str
    name: str
    baseline: str
    text: str
    simulated: bool


class Machines(msgspec.Struct):
    """The answer to GET /api/insight/health."""

    assets: list[Machine]


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `insight` to the command line."""
    parser = subparsers.add_parser("insight", help="how worn machines are", description=_ABOUT)
    parser.add_argument("asset", nargs="?", default="", help="a machine's id; without it, all machines")
    remote.add_options(parser)
    parser.set_defaults(run=_show)


def _show(args: argparse.Namespace) -> int:
    gateway = Remote(remote.data_folder(args.data))
    query = f"?{urlencode({'asset': args.asset})}" if args.asset else ""
    health = gateway.ask("GET", f"/api/insight/health{query}")
    maintenance = gateway.ask("GET", f"/api/insight/maintenance{query}")
    if args.json:
        both = {"health": msgspec.Raw(health), "maintenance": msgspec.Raw(maintenance)}
        print(msgspec.json.encode(both).decode())
        return 0
    machines = msgspec.json.decode(health, type=Machines).assets
    if not machines:
        print(f"{args.asset} is no machine." if args.asset else "There are no machines: pumps, fans or water heaters.")
        return 0
    parts = msgspec.json.decode(maintenance, type=Maintenance).items
    told = {part.asset for part in parts}
    rows = [_row(part) for part in parts]
    table.show(_COLUMNS, rows + [_bare(machine) for machine in machines if machine.asset not in told])
    for machine in machines:
        if machine.baseline == "none":
            print(f"{machine.name} was never commissioned: `gateway anomalies commission {machine.asset}`.")
    return 0


def _row(part: Component) -> tuple[str, ...]:
    health = "" if part.health is None else f"{part.health:.0f}"
    sure = "" if part.remaining is None else f"{part.remaining.confidence:.0%}"
    return (part.asset_name, part.component, health, _left(part), sure, _mark(part.simulated) + _why(part))


def _why(part: Component) -> str:
    """Without the names that stand in the row anyway."""
    return part.text.removeprefix(f"{part.asset_name}, ").removeprefix(f"{part.component}: ")


def _bare(machine: Machine) -> tuple[str, ...]:
    return (machine.name, "", "", "", "", _mark(machine.simulated) + machine.text)


def _left(part: Component) -> str:
    left = part.remaining
    if left is None:
        return part.life.replace("_", " ")
    if left.high_days is None:
        return f"more than {left.low_days:.0f} days"
    return f"{left.low_days:.0f} to {left.high_days:.0f} days"


def _mark(simulated: bool) -> str:
    return "SIMULATED " if simulated else ""
