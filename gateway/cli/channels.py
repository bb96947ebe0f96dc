"""gateway channels: over which ways people are told, and what waits there."""

from __future__ import annotations

import argparse
import sys
from urllib.parse import quote

import msgspec

from ..core.channels import SECRETS
from ..core.errors import ConfigError
from . import remote, table
from .remote import Remote

_ABOUT = "Over which ways people are told of alerts. Secrets are read from standard input and shown masked."
_SET = """\
Set a channel up, or change it; what is left out stays as it was. The secret of its kind is read from standard input
when --secret is given, never from the command line, where every user of this machine could see it."""
_EXAMPLES = """\
kinds, their settings and their secret:
  telegram                                                    the bot's token, from @BotFather
  discord                                                     the address of the webhook
  ntfy      url=https://ntfy.sh topic=NAME                    the access token, if the topic has one
  webhook   url=https://example.org/in                        what messages are signed with
  email     host=mail.example.org port=587 security=starttls user=NAME sender=ADDRESS to=ADDRESS[,ADDRESS…]
                                                              the mailbox's password
  apprise                                                     the address, as apprise writes it
examples:
  gateway channels set telegram --secret < token.txt
  gateway channels set mail email host=mail.example.org user=house sender=house@example.org to=anna@example.org --secret
  gateway channels set phone ntfy topic=my-house --levels warning,alarm
  gateway channels test telegram"""
_COLUMNS = ("NAME", "KIND", "TELLS", "WAITING", "DELIVERED", "STATE")
_LISTS = ("to",)
_NUMBERS = ("port",)


class Channel(msgspec.Struct):
    """A channel, as far as this shows it."""

    name: str
    way: dict[str, object]
    levels: tuple[str, ...]
    escalation: bool
    enabled: bool
    complaint: str
    waiting: int
    delivered: int
    failed: int


class ChannelList(msgspec.Struct):
    """The answer to GET /api/channels."""

    channels: list[Channel]


class Tested(msgspec.Struct):
    """The answer to POST /api/channels/{name}/test."""

    ok: bool
    detail: str


class Waiting(msgspec.Struct):
    """A message that waits."""

    id: str
    target: str
    part: str
    state: str
    tried: int
    title: str
    detail: str
    made: str


class Outbox(msgspec.Struct):
    """The answer to GET /api/channels/{name}/outbox."""

    deliveries: list[Waiting]
    waiting: int


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `channels` to the command line."""
    parser = subparsers.add_parser("channels", help="set up and try ways to tell people", description=_ABOUT)
    actions = parser.add_subparsers(title="actions", required=True, metavar="list|set|remove|test|outbox|drop")
    listing = actions.add_parser("list", help="every channel and how it is getting on", description=_ABOUT)
    setting = actions.add_parser(
        "set",
        help="a new channel, or another setting of one",
        description=_SET,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    remove = actions.add_parser("remove", help="take it away; what waits for it is dropped")
    test = actions.add_parser("test", help="send a line now; exit code 1 unless it arrived")
    outbox = actions.add_parser("outbox", help="what waits to be told over it, in its order")
    drop = actions.add_parser("drop", help="do not send a message that waits")
    named = (setting, remove, test, outbox, drop)
    for one in named:
        one.add_argument("name", help="what it is called, such as telegram")
    setting.add_argument("kind", nargs="?", default="", help="see below (default: as it is, or its name)")
    setting.add_argument("settings", nargs="*", metavar="key=value", help="see below")
    setting.add_argument("--secret", action="store_true", help="read its secret from standard input")
    setting.add_argument("--levels", metavar="LIST", help="what it is told: info, warning, alarm (default: all)")
    setting.add_argument("--escalation", choices=("on", "off"), help="tell it only what nobody acknowledged elsewhere")
    setting.add_argument("--enabled", choices=("on", "off"), help="off: nothing is sent, what waits stays")
    drop.add_argument("delivery", help="the message's id, as `outbox` shows it")
    runs = (_list, _set, _remove, _test, _outbox, _drop)
    for action, run in zip((listing, *named), runs, strict=True):
        remote.add_options(action)
        action.set_defaults(run=run)


def _list(args: argparse.Namespace) -> int:
    answer = Remote(remote.data_folder(args.data)).ask("GET", "/api/channels")
    if args.json:
        print(answer.decode())
        return 0
    channels = msgspec.json.decode(answer, type=ChannelList).channels
    if not channels:
        print("Nobody is told anything. Set a channel up with `gateway channels set`.")
        return 0
    table.show(_COLUMNS, map(_row, channels))
    return 0


def _set(args: argparse.Namespace) -> int:
    gateway = Remote(remote.data_folder(args.data))
    known = _known(gateway, args.name)
    pairs = [args.kind, *args.settings] if "=" in args.kind else args.settings
    before = {} if known is None else known.way
    kind = str(before.get("kind", args.name)) if "=" in args.kind or not args.kind else args.kind
    if kind not in _KINDS:
        raise ConfigError(f"{kind!r} is no kind of channel; there are {', '.join(_KINDS)}")
    way: dict[str, object] = {**(before if before.get("kind") == kind else {}), "kind": kind, **_settings(pairs)}
    if args.secret:
        way[_KINDS[kind]] = _secret()
    form: dict[str, object] = {"way": way}
    if known is not None:
        form |= {"levels": known.levels, "escalation": known.escalation, "enabled": known.enabled}
    if args.levels:
        form["levels"] = args.levels.split(",")
    form |= {key: said == "on" for key in ("escalation", "enabled") if (said := getattr(args, key))}
    answer = gateway.ask("PUT", f"/api/channels/{quote(args.name, safe='')}", form)
    channel = msgspec.json.decode(answer, type=Channel)
    print(
        answer.decode()
        if args.json
        else f"{channel.name}: {_state(channel)}; try it: gateway channels test {channel.name}"
    )
    return 0


_KINDS = {**SECRETS, "apprise": "url"}


def _known(gateway: Remote, name: str) -> Channel | None:
    channels = msgspec.json.decode(gateway.ask("GET", "/api/channels"), type=ChannelList).channels
    return next((channel for channel in channels if channel.name == name), None)


def _settings(pairs: list[str]) -> dict[str, object]:
    found: dict[str, object] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not key:
            raise ConfigError(f"{pair!r} is not key=value")
        if key in _NUMBERS and not value.isdecimal():
            raise ConfigError(f"{key} is a number")
        found[key] = int(value) if key in _NUMBERS else value.split(",") if key in _LISTS else value
    return found


def _secret() -> str:
    """One line of standard input; on a terminal it is not shown."""
    if sys.stdin.isatty():
        import getpass

        said = getpass.getpass("secret: ")
    else:
        said = sys.stdin.readline()
    if not said.strip():
        raise ConfigError("there is no secret on standard input")
    return said.strip()


def _remove(args: argparse.Namespace) -> int:
    Remote(remote.data_folder(args.data)).ask("DELETE", f"/api/channels/{quote(args.name, safe='')}")
    print("{}" if args.json else f"{args.name} removed")
    return 0


def _test(args: argparse.Namespace) -> int:
    path = f"/api/channels/{quote(args.name, safe='')}/test"
    answer = Remote(remote.data_folder(args.data)).ask("POST", path, timeout_s=90)
    tested = msgspec.json.decode(answer, type=Tested)
    print(answer.decode() if args.json else f"{'it arrived' if tested.ok else 'it did not arrive'}: {tested.detail}")
    return 0 if tested.ok else 1


def _outbox(args: argparse.Namespace) -> int:
    path = f"/api/channels/{quote(args.name, safe='')}/outbox"
    answer = Remote(remote.data_folder(args.data)).ask("GET", path)
    if args.json:
        print(answer.decode())
        return 0
    found = msgspec.json.decode(answer, type=Outbox)
    for one in found.deliveries:
        detail = f", {one.detail}" if one.detail else ""
        print(f"{one.id}  {one.title} ({one.part}): {one.state}, tried {one.tried}{detail}")
    print(f"{found.waiting} waiting" if found.waiting else "Nothing waits.")
    return 0


def _drop(args: argparse.Namespace) -> int:
    path = f"/api/channels/{quote(args.name, safe='')}/outbox/{quote(args.delivery, safe='')}"
    answer = Remote(remote.data_folder(args.data)).ask("DELETE", path)
    print(answer.decode() if args.json else f"{args.delivery} is not sent")
    return 0


def _row(channel: Channel) -> tuple[str, ...]:
    tells = ", ".join(channel.levels) + (", only what nobody acknowledged" if channel.escalation else "")
    failed = f" ({channel.failed} failed)" if channel.failed else ""
    kind = str(channel.way.get("kind", ""))
    return channel.name, kind, tells, str(channel.waiting), f"{channel.delivered}{failed}", _state(channel)


def _state(channel: Channel) -> str:
    return channel.complaint or ("on" if channel.enabled else "off")
