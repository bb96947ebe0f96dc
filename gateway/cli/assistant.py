"""gateway assistant: the optional language model."""

from __future__ import annotations

import argparse
import sys

import msgspec

from ..core.errors import ConfigError
from . import remote
from .remote import Remote

_ABOUT = """\
A language model in a cloud, asked only when the gateway's own grammar makes nothing of a sentence. It only proposes:
nothing it answers is done before somebody has said yes. Off until it has a key. The sentence and the names in the home
leave the house when it is asked; nothing that was measured does."""
_EXAMPLES = """\
examples:
  gateway assistant set --provider anthropic --key --on < key.txt
  gateway assistant set --url http://nas.local:11434 --model llama3 --key --on
  gateway assistant test
  gateway assistant set --off"""
_PATH = "/api/settings/llm"


class Shown(msgspec.Struct):
    """The answer to GET /api/settings/llm."""

    provider: str
    model: str
    key: str
    url: str
    enabled: bool
    used_today: int
    requests_per_day: int
    failure: str = ""


class Tested(msgspec.Struct):
    """The answer to POST /api/settings/llm/test."""

    ok: bool
    detail: str


class Said(msgspec.Struct):
    """What it was asked."""

    time: str
    who: str
    way: str
    text: str
    reply: str
    provider: str
    tokens: int


class Log(msgspec.Struct):
    """The answer to GET /api/settings/llm/log."""

    said: list[Said]


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `assistant` to the command line."""
    parser = subparsers.add_parser("assistant", help="set up the optional language model", description=_ABOUT)
    actions = parser.add_subparsers(title="actions", required=True, metavar="show|set|test|log")
    show = actions.add_parser("show", help="how it is set up", description=_ABOUT)
    setting = actions.add_parser(
        "set",
        help="set it up; what is left out stays as it was",
        description=_ABOUT,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    setting.add_argument("--provider", choices=("openai", "anthropic"), help="whose interface it speaks")
    setting.add_argument("--model", help="which model (empty: the provider's usual one)")
    setting.add_argument("--url", help="another address that speaks the same (empty: the provider's)")
    setting.add_argument("--key", action="store_true", help="read the key from standard input")
    setting.add_argument("--forget-key", action="store_true", help="take the key away, and turn it off")
    setting.add_argument("--on", dest="enabled", action="store_const", const=True, help="ask it from now on")
    setting.add_argument("--off", dest="enabled", action="store_const", const=False, help="ask it no more")
    test = actions.add_parser("test", help="ask it something small; exit code 1 unless it answers")
    log = actions.add_parser("log", help="what it was asked and answered, without secrets")
    log.add_argument("--limit", type=int, default=10, metavar="N", help="so many at most (default: %(default)s)")
    for action, run in ((show, _show), (setting, _set), (test, _test), (log, _log)):
        remote.add_options(action)
        action.set_defaults(run=run)


def _show(args: argparse.Namespace) -> int:
    return _told(args, Remote(remote.data_folder(args.data)).ask("GET", _PATH))


def _set(args: argparse.Namespace) -> int:
    gateway = Remote(remote.data_folder(args.data))
    before = msgspec.json.decode(gateway.ask("GET", _PATH), type=Shown)
    provider = args.provider or before.provider
    same = provider == before.provider
    form: dict[str, object] = {
        "provider": provider,
        "model": args.model if args.model is not None else before.model if same else "",
        "url": args.url if args.url is not None else before.url if same else "",
        "enabled": before.enabled if args.enabled is None else args.enabled,
    }
    if args.key:
        form["key"] = _key()
    if args.forget_key:
        form |= {"key": "", "enabled": False}
    return _told(args, gateway.ask("PUT", _PATH, form))


def _key() -> str:
    """One line of standard input; on a terminal it is not shown."""
    if sys.stdin.isatty():
        import getpass

        said = getpass.getpass("key: ")
    else:
        said = sys.stdin.readline()
    if not said.strip():
        raise ConfigError("there is no key on standard input")
    return said.strip()


def _test(args: argparse.Namespace) -> int:
    answer = Remote(remote.data_folder(args.data)).ask("POST", f"{_PATH}/test", timeout_s=150)
    tested = msgspec.json.decode(answer, type=Tested)
    print(answer.decode() if args.json else tested.detail)
    return 0 if tested.ok else 1


def _log(args: argparse.Namespace) -> int:
    answer = Remote(remote.data_folder(args.data)).ask("GET", f"{_PATH}/log?limit={args.limit}")
    if args.json:
        print(answer.decode())
        return 0
    said = msgspec.json.decode(answer, type=Log).said
    if not said:
        print("It was asked nothing yet.")
    for one in said:
        time = one.time.replace("T", " ").partition(".")[0].removesuffix("Z")
        print(f"{time}  {one.who} ({one.way}), {one.provider}, {one.tokens} tokens")
        print(f"  asked:    {one.text.partition(chr(10))[0]}")
        print(f"  answered: {one.reply}")
    return 0


def _told(args: argparse.Namespace, answer: bytes) -> int:
    if args.json:
        print(answer.decode())
        return 0
    shown = msgspec.json.decode(answer, type=Shown)
    where = f" at {shown.url}" if shown.url else ""
    state = "on" if shown.enabled else "off"
    print(f"{shown.provider} {shown.model}{where}: {state}, key {shown.key or 'none'}")
    print(f"asked {shown.used_today} of {shown.requests_per_day} times today")
    if shown.failure:
        print(f"the last question had no answer: {shown.failure}")
    return 0
