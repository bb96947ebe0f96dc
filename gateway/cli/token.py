"""gateway token create: tokens for devices, for programs on the API or MQTT, and for signing in to the panel."""

from __future__ import annotations

import argparse
import sys

import msgspec

from . import remote
from .remote import Remote

_ABOUT = """\
Make a token. It is shown this once; the gateway keeps only a fingerprint.

  --enrol       devices register with it (POST /api/devices/register) without waiting for an operator
  --api         a program sends it as `Authorization: Bearer TOKEN`
  --mqtt NAME   a program signs in to the broker as NAME; its client id is NAME or NAME-…
  --sign-in     a link that signs a browser in to the panel, once; also when the password is forgotten

Scopes: read sees everything; operate also acts; admin also manages devices, tokens and settings."""
_EXAMPLES = """\
examples:
  TOKEN=$(gateway token create --enrol --uses 5 --minutes 30)
  gateway token create --api --scope read --name grafana
  gateway token create --sign-in
  gateway token create --mqtt homeassistant --scope operate"""


class _Enrol(msgspec.Struct):
    token: str
    uses: int
    expires_at: str


class _SignIn(msgspec.Struct):
    link: str
    expires_at: str


class _Api(msgspec.Struct):
    id: str
    token: str


class _Address(msgspec.Struct):
    host: str
    port: int
    tls: bool


class _Mqtt(msgspec.Struct):
    mqtt_username: str
    mqtt_password: str
    mqtt: _Address


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `token` to the command line."""
    parser = subparsers.add_parser(
        "token", help="make tokens for devices and programs", description="Tokens for devices and programs."
    )
    actions = parser.add_subparsers(title="actions", required=True, metavar="create")
    create = actions.add_parser(
        "create",
        help="make a token",
        description=_ABOUT,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    what = create.add_mutually_exclusive_group(required=True)
    what.add_argument("--enrol", action="store_true", help="a token with which devices register")
    what.add_argument("--api", action="store_true", help="a token for the HTTP API")
    what.add_argument("--mqtt", metavar="NAME", help="an MQTT account for a program")
    what.add_argument("--sign-in", action="store_true", help="a link that signs a browser in once")
    create.add_argument("--uses", type=int, metavar="N", help="devices it is good for (--enrol; default 1)")
    create.add_argument("--minutes", type=int, metavar="M", help="how long it lasts (--enrol, --sign-in; default 10)")
    create.add_argument("--mac", metavar="MAC", help="only for the device with this MAC address (--enrol)")
    create.add_argument("--scope", choices=("read", "operate", "admin"), help="what it allows (--api, --mqtt)")
    create.add_argument("--per-hour", type=int, metavar="N", help="requests it may make in an hour (--api)")
    create.add_argument("--name", default="", help="what to call it in lists (--api)")
    remote.add_options(create)
    create.set_defaults(run=lambda args: _run(create, args))


def _run(parser: argparse.ArgumentParser, args: argparse.Namespace) -> int:
    timed = args.enrol or args.sign_in
    if timed and args.scope:
        parser.error("--scope goes with --api or --mqtt")
    if not args.enrol and (args.uses or args.mac):
        parser.error("--uses and --mac go with --enrol")
    if not args.api and args.per_hour is not None:
        parser.error("--per-hour goes with --api")
    if not timed and args.minutes:
        parser.error("--minutes goes with --enrol or --sign-in")
    if not timed and not args.scope:
        parser.error("say what it allows: --scope read, operate or admin")
    if args.mqtt and args.scope == "admin":
        parser.error("an MQTT account has --scope read or operate")
    _create(args)
    return 0


def _create(args: argparse.Namespace) -> None:
    answer = Remote(remote.data_folder(args.data)).ask("POST", "/api/tokens", _wanted(args))
    if args.json:
        print(answer.decode())
    elif args.enrol:
        made = msgspec.json.decode(answer, type=_Enrol)
        print(made.token)
        _explain(f"Good for {made.uses} device{'s' if made.uses > 1 else ''} until {made.expires_at}.")
    elif args.sign_in:
        made_link = msgspec.json.decode(answer, type=_SignIn)
        print(made_link.link)
        _explain(f"Open it once, until {made_link.expires_at}.")
    elif args.api:
        program = msgspec.json.decode(answer, type=_Api)
        print(program.token)
        _explain(f"Send it as `Authorization: Bearer …`. Its id is {program.id}.")
    else:
        account = msgspec.json.decode(answer, type=_Mqtt)
        print(f"user      {account.mqtt_username}\npassword  {account.mqtt_password}")
        print(f"broker    {account.mqtt.host}:{account.mqtt.port}{' (TLS)' if account.mqtt.tls else ''}")


def _wanted(args: argparse.Namespace) -> dict[str, object]:
    if args.enrol:
        given = {"uses": args.uses, "minutes": args.minutes, "mac": args.mac}
        return {"kind": "enrol", **{key: value for key, value in given.items() if value is not None}}
    if args.sign_in:
        return {"kind": "sign-in", **({"minutes": args.minutes} if args.minutes else {})}
    if args.api:
        return {"kind": "api", "scope": args.scope, "name": args.name, "per_hour": args.per_hour or 0}
    return {"kind": "mqtt", "name": args.mqtt, "scope": args.scope}


def _explain(text: str) -> None:
    # Beside the token, not behind it: `TOKEN=$(gateway token create …)` takes standard output.
    print(text, file=sys.stderr)
