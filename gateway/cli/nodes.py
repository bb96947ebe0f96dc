"""gateway nodes: which devices there are, and whether they may join."""

from __future__ import annotations

import argparse
from urllib.parse import quote

import msgspec

from . import remote
from .remote import Remote

_COLUMNS = ("ID", "NAME", "STATUS", "LAST SEEN", "FIRMWARE", "")


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


class Nodes(msgspec.Struct):
    """The answer to GET /api/devices."""

    devices: list[Node]


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `nodes` to the command line."""
    parser = subparsers.add_parser(
        "nodes", help="list, approve and revoke devices", description="The devices of this gateway: who may join."
    )
    actions = parser.add_subparsers(title="actions", required=True, metavar="list|approve|revoke")
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
    rows = [_COLUMNS, *(_row(node) for node in nodes)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_COLUMNS))]
    for row in rows:
        print("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())
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
    return node.id, node.name, node.status, seen, node.firmware_version, ", ".join(marks)


def _change(args: argparse.Namespace, action: str) -> int:
    path = f"/api/devices/{quote(args.id, safe='')}/{action}"
    answer = Remote(remote.data_folder(args.data)).ask("POST", path)
    print(answer.decode() if args.json else f"{args.id} {action}d")
    return 0
