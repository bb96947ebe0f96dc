"""gateway nodes: which devices there are, whether they may join, what they stand for, and new hardware for one."""

from __future__ import annotations

import argparse
import sys
from urllib.parse import quote

import msgspec

from . import remote, table
from .remote import Remote

_COLUMNS = ("ID", "NAME", "STATUS", "LAST SEEN", "FIRMWARE", "PLACE", "")
_LONGEST_MINUTES = 1440


class Node(msgspec.Struct):
    """A device, as far as this command shows it."""

    id: str
    name: str
    status: str
    status_reason: str
    simulated: bool
    firmware_version: str
    last_seen_at: str | None
    approved: bool
    pending: bool
    revoked: bool
    asset_name: str | None = None


class Nodes(msgspec.Struct):
    """The answer to GET /api/devices."""

    devices: list[Node]


class Swapped(msgspec.Struct):
    """The answer to POST /api/devices/{id}/swap."""

    device: Node
    token: str | None
    expires_at: str | None
    warnings: list[str]


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `nodes` to the command line."""
    parser = subparsers.add_parser(
        "nodes",
        help="list, approve, revoke, swap and assign devices",
        description="The devices of this gateway: who may join, what they stand for, and new hardware for a dead one.",
    )
    actions = parser.add_subparsers(title="actions", required=True, metavar="list|approve|revoke|swap|assign")
    listing = actions.add_parser(
        "list",
        help="every device and how it is",
        description="Every device, how it is, and what it waits for. Simulated ones are marked SIMULATED.",
    )
    listing.add_argument("--status", choices=("provisioning", "online", "offline", "error"), help="only these")
    remote.add_options(listing)
    listing.set_defaults(run=_list)
    approve = actions.add_parser(
        "approve",
        help="let a waiting device join",
        description="Let a device that registered in an open pairing window have its credentials.",
    )
    _add_change(approve, "approve")
    revoke = actions.add_parser(
        "revoke",
        help="end a device's access at once",
        description="End a device's access at once: its connection closes and its password is worthless. What it "
        "measured stays. Approving it again needs a new registration.",
    )
    _add_change(revoke, "revoke")
    _add_swap(actions)
    _add_assign(actions)


def _add_swap(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    swap = actions.add_parser(
        "swap",
        help="put new hardware in a device's place",
        description="Put new hardware in the place of a dead device: name, place, configuration and history stay, the "
        "old hardware's password is worthless at once, and the history shows from when on other sensors measure. With "
        "NEW, a device that has registered or waits for approval, that one becomes OLD by itself. Without it a "
        "one-time token is printed: whoever registers with it becomes OLD.",
    )
    swap.add_argument("old", metavar="OLD", help="the id of the device that is to go on")
    swap.add_argument("new", metavar="NEW", nargs="?", help="the id under which the new hardware is known")
    swap.add_argument("--minutes", type=_minutes, default=60, metavar="M", help="how long it may take (default 60)")
    remote.add_options(swap)
    swap.set_defaults(run=_swap)


def _add_assign(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    assign = actions.add_parser(
        "assign",
        help="say what a device stands for",
        description="Say which asset (a room, a plant, …) a device measures from now on. What it measured before stays "
        "with what it stood for then.",
    )
    assign.add_argument("id", metavar="ID", help="the device's id")
    what = assign.add_mutually_exclusive_group(required=True)
    what.add_argument("asset", metavar="ASSET", nargs="?", help="the asset's id, as `gateway places` shows it")
    what.add_argument("--none", action="store_true", help="it stands for nothing any more")
    remote.add_options(assign)
    assign.set_defaults(run=_assign)


def _minutes(text: str) -> float:
    try:
        minutes = float(text)
    except ValueError:
        minutes = 0
    if not 0 < minutes <= _LONGEST_MINUTES:
        raise argparse.ArgumentTypeError(f"{text} is not a number of minutes up to {_LONGEST_MINUTES}")
    return minutes


def _add_change(parser: argparse.ArgumentParser, action: str) -> None:
    parser.add_argument("id", help="the device's id, as `gateway nodes list` shows it")
    remote.add_options(parser)
    parser.set_defaults(run=lambda args: _change(args, action))


def _list(args: argparse.Namespace) -> int:
    query = f"?status={args.status}" if args.status else ""
    answer = Remote(remote.data_folder(args.data)).ask("GET", f"/api/devices{query}")
    if args.json:
        print(answer.decode())
        return 0
    nodes = msgspec.json.decode(answer, type=Nodes).devices
    if not nodes:
        print("No devices. Make a token for one with `gateway token create --enrol`.")
        return 0
    table.show(_COLUMNS, map(_row, nodes))
    return 0


def _row(node: Node) -> tuple[str, ...]:
    marks = [
        mark
        for mark, holds in (
            ("SIMULATED", node.simulated),
            ("revoked", node.revoked),
            ("waits for approval", node.pending),
            (node.status_reason, bool(node.status_reason) and not (node.revoked or node.pending)),
        )
        if holds
    ]
    seen = (node.last_seen_at or "never").replace("T", " ").partition(".")[0]
    return node.id, node.name, node.status, seen, node.firmware_version, node.asset_name or "-", ", ".join(marks)


def _change(args: argparse.Namespace, action: str) -> int:
    path = f"/api/devices/{quote(args.id, safe='')}/{action}"
    answer = Remote(remote.data_folder(args.data)).ask("POST", path)
    print(answer.decode() if args.json else f"{args.id} {action}d")
    return 0


def _swap(args: argparse.Namespace) -> int:
    body = {"minutes": args.minutes, **({"replacement": args.new} if args.new else {})}
    answer = Remote(remote.data_folder(args.data)).ask("POST", f"/api/devices/{quote(args.old, safe='')}/swap", body)
    if args.json:
        print(answer.decode())
        return 0
    made = msgspec.json.decode(answer, type=Swapped)
    mark = ", SIMULATED" if made.device.simulated else ""
    if made.token is None:
        print(f"{args.new} is {args.old} ({made.device.name}{mark}) from now on")
    else:
        print(made.token)
        _explain(f"Whoever registers with it until {made.expires_at} is {args.old} ({made.device.name}{mark}).")
    for warning in made.warnings:
        _explain(warning)
    return 0


def _assign(args: argparse.Namespace) -> int:
    method, body = ("DELETE", None) if args.none else ("POST", {"asset_id": args.asset})
    path = f"/api/devices/{quote(args.id, safe='')}/provision"
    answer = Remote(remote.data_folder(args.data)).ask(method, path, body)
    if args.json:
        print(answer.decode())
        return 0
    node = msgspec.json.decode(answer, type=Node)
    mark = " (SIMULATED)" if node.simulated else ""
    print(f"{node.id}{mark} stands for {node.asset_name or 'nothing'} from now on")
    return 0


def _explain(text: str) -> None:
    # Beside the token, not behind it: `TOKEN=$(gateway nodes swap …)` takes standard output.
    print(text, file=sys.stderr)
