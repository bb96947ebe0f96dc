"""gateway say: a plain sentence to the house, or with --dry-run only what it would mean."""

from __future__ import annotations

import argparse
import secrets
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import msgspec

from ..core.errors import ConfigError
from . import remote
from .remote import Remote

_ABOUT = """\
What a person would say to the house: ask for values, give orders, make rules, hear why something happened. What must be
confirmed is asked here on a terminal; otherwise the exit code is 3, and --choice answers.

With --dry-run nothing is done and no gateway is needed: it prints what the sentence means in a site file's house."""
_EXAMPLES = """\
examples:
  gateway say "what's the temp in the bathroom"
  gateway say "open the bedroom window to 40 percent"
  gateway say "tell me when the fern is drier than 30 percent"
  gateway say "cancel that"
  gateway say "turn on the pump" --dry-run --json
  gateway say - --dry-run --json < sentences.txt      one sentence a line, one intent a line

exit code: 0 answered or done, 1 not done or not understood, 3 it waits for a yes (the last line says how)"""
DONE, NOT_DONE, WAITS = 0, 1, 3
_WATCH_S = 5.0
_LOOK_S = 0.2
_ENDS = ("done", "failed", "expired")
_LONG_S = 60.0
"""A rule is rehearsed on history before it is asked about."""


class Proposal(msgspec.Struct):
    """What waits for a yes."""

    id: str
    text: str
    choices: tuple[str, ...] = ()


class Acted(msgspec.Struct):
    """Something that was set going."""

    command: str = ""
    device: str = ""
    verb: str = ""
    status: str = ""
    timer: str = ""


class Answered(msgspec.Struct):
    """The answer to POST /api/chat, as far as this shows it."""

    id: str
    kind: str
    reply: str
    proposal: Proposal | None = None
    acted: tuple[Acted, ...] = ()
    simulated: bool = False


class _Command(msgspec.Struct):
    status: str
    detail: str = ""


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `say` to the command line."""
    parser = subparsers.add_parser(
        "say",
        help="ask, order or make a rule in a plain sentence",
        description=_ABOUT,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "sentence", nargs="?", default="", help="what is said; - reads sentences from standard input, one a line"
    )
    parser.add_argument("--choice", default="", metavar="C", help="answer a proposal: yes:ID, no:ID or pick:ID:N")
    parser.add_argument("--dry-run", action="store_true", help="only what it means; nothing is done")
    parser.add_argument("--site", type=Path, metavar="FILE", help="with --dry-run: the house (default: the demo's)")
    parser.add_argument(
        "--talk",
        nargs="?",
        const="cli",
        default="",
        metavar="NAME",
        help="a conversation of its own; with --dry-run the sentences of standard input are one",
    )
    remote.add_options(parser)
    parser.set_defaults(run=lambda args: _run(parser, args))


def _run(parser: argparse.ArgumentParser, args: argparse.Namespace) -> int:
    if not args.sentence and not args.choice:
        parser.error("say something, or answer with --choice")
    sentences = _lines() if args.sentence == "-" else iter([args.sentence])
    if args.dry_run:
        if args.choice:
            parser.error("nothing waits for --choice in a dry run")
        from . import dry_run  # the reader is large; who speaks to a gateway does not need it here

        return dry_run.run(sentences, args.site, together=bool(args.talk), as_json=args.json)
    if args.site is not None:
        raise ConfigError("--site goes with --dry-run; the gateway knows its house")
    gateway = Remote(remote.data_folder(args.data))
    return max((_say(gateway, sentence, args) for sentence in sentences), default=DONE)


def _lines() -> Iterator[str]:
    """Each line is a sentence; an empty one is one, too, so that answers and lines stay side by side."""
    for line in sys.stdin.buffer:
        yield line.decode("utf-8", "replace").rstrip("\r\n")


def _say(gateway: Remote, sentence: str, args: argparse.Namespace) -> int:
    raw, answered = _asked(gateway, {"text": sentence, "choice": args.choice, "talk": args.talk})
    if args.json:
        print(raw.decode(), flush=True)
        return _code(answered, [one.status for one in answered.acted])
    print(_text(answered), flush=True)
    if answered.proposal is not None and sys.stdin.isatty() and args.sentence != "-":
        choice = _choice(answered.proposal)
        raw, answered = _asked(gateway, {"text": "", "choice": choice, "talk": args.talk})
        print(_text(answered), flush=True)
    code = _code(answered, [_became(gateway, one) for one in answered.acted])
    if code == WAITS and answered.proposal is not None:
        print(_how(answered.proposal), flush=True)
    return code


def _asked(gateway: Remote, body: dict[str, str]) -> tuple[bytes, Answered]:
    """With an id of its own: said again, it would do nothing twice."""
    said = {key: value for key, value in body.items() if value} | {"id": f"say-{secrets.token_hex(8)}"}
    raw = gateway.ask("POST", "/api/chat", said, timeout_s=_LONG_S)
    return raw, msgspec.json.decode(raw, type=Answered)


def _text(answered: Answered) -> str:
    return f"{answered.reply}{'  SIMULATED' if answered.simulated and 'SIMULATED' not in answered.reply else ''}"


def _choice(proposal: Proposal) -> str:
    """What a person at a terminal says to it; whatever is not a yes or a number is a no."""
    if not proposal.choices:
        said = _line("[y/N] ")
        return f"{'yes' if said in ('y', 'yes') else 'no'}:{proposal.id}"
    for number, name in enumerate(proposal.choices, 1):
        print(f"  {number}  {name}")
    said = _line(f"[1-{len(proposal.choices)}, else none] ")
    if said.isdecimal() and 1 <= int(said) <= len(proposal.choices):
        return f"pick:{proposal.id}:{int(said)}"
    return f"no:{proposal.id}"


def _line(asked: str) -> str:
    print(asked, end="", flush=True)
    return sys.stdin.readline().strip().casefold()


def _how(proposal: Proposal) -> str:
    if not proposal.choices:
        return f"Answer with: gateway say --choice yes:{proposal.id}"
    names = ", ".join(f"{number} {name}" for number, name in enumerate(proposal.choices, 1))
    return f"Answer with: gateway say --choice pick:{proposal.id}:N ({names})"


def _became(gateway: Remote, acted: Acted) -> str:
    """How the order ended, if it does so soon; it is said when it does."""
    if not acted.command or not acted.device:
        return acted.status
    path = f"/api/devices/{quote(acted.device, safe='')}/commands/{quote(acted.command, safe='')}"
    until = time.monotonic() + _WATCH_S
    command = msgspec.json.decode(gateway.ask("GET", path), type=_Command)
    while command.status not in _ENDS and time.monotonic() < until:
        time.sleep(_LOOK_S)
        command = msgspec.json.decode(gateway.ask("GET", path), type=_Command)
    detail = f", {command.detail}" if command.detail else ""
    print(f"{acted.device} {acted.verb}: {command.status}{detail}", flush=True)
    return command.status


def _code(answered: Answered, ends: list[str]) -> int:
    if answered.proposal is not None:
        return WAITS
    if answered.kind in ("question", "none") or any(end in ("failed", "expired") for end in ends):
        return NOT_DONE
    return DONE
