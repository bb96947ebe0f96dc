"""The `gateway` command: finds the one file that does what is asked, and turns its end into an exit code.

Only the command that was named is imported: starting up counts on a small machine.
"""

from __future__ import annotations

import argparse
import difflib
import importlib
import os
import sys
from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol, cast

from .. import __version__
from ..core.errors import GatewayError


class Entry(NamedTuple):
    """One command of the table; `gateway.cli.<module>` does it."""

    module: str
    line: str


TABLE: dict[str, dict[str, Entry]] = {
    "Running it": {
        "run": Entry("run", "run the gateway"),
        "demo": Entry("demo", "run it with a simulated site, on this machine only"),
        "config": Entry("config", "print an example configuration, or check one"),
        "doctor": Entry("doctor", "what is right and wrong with this machine"),
        "broker": Entry("broker", "run the MQTT broker alone, for tests of conformance and speed"),
    },
    "Devices and programs": {
        "token": Entry("token", "create a token for a device, a program or the API"),
        "nodes": Entry("nodes", "list, approve, revoke or swap devices"),
        "traffic": Entry("traffic", "watch the MQTT traffic live"),
    },
    "The house": {
        "say": Entry("say", "ask, order or make a rule in a plain sentence"),
        "places": Entry("places", "the zones and their values; ask for one in words"),
        "plants": Entry("plants", "list, add, change or remove plants"),
        "command": Entry("command", "give a device an order, or see what became of it"),
        "shadow": Entry("shadow", "show or change how a device is set up"),
    },
    "Telling people": {
        "alerts": Entry("alerts", "what people should know: list, acknowledge, mute"),
        "channels": Entry("channels", "over which ways people are told; set them up and try them"),
        "telegram": Entry("telegram", "who may speak with the house over Telegram"),
        "assistant": Entry("assistant", "the optional language model, which only proposes"),
    },
    "What decides by itself": {
        "rules": Entry("rules", "list, check, rehearse and run rules"),
        "scenes": Entry("scenes", "list, add, run or delete scenes"),
        "decisions": Entry("decisions", "what was decided about windows, and why"),
        "anomalies": Entry("anomalies", "what was not as usual, and what machines are compared with"),
        "insight": Entry("insight", "how worn machines are, and how long their parts may last"),
        "models": Entry("models", "list, install, promote or roll back the models that decide"),
        "audio": Entry("audio", "the features of a recording, as the audio model hears it"),
    },
    "Trying and measuring": {
        "simulate": Entry("simulate", "simulated nodes against a gateway"),
        "replay": Entry("replay", "send recorded readings through the broker"),
        "vectors": Entry("vectors", "check shared test vectors against the gateway's codecs"),
        "bench": Entry("bench", "measure this machine"),
    },
}
_COMMANDS = {name: entry for group in TABLE.values() for name, entry in group.items()}

USAGE_ERROR = 2
INTERRUPTED = 130
BROKEN_PIPE = 141
Subparsers = argparse._SubParsersAction  # noqa: SLF001 - argparse has no public name for it


class Command(Protocol):
    """What every command's module offers."""

    def register(self, subparsers: Subparsers[argparse.ArgumentParser]) -> None:
        """Add the command's parser; `set_defaults(run=…)` names what does it: arguments in, exit code out."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code: 0 done, 1 failed, 2 wrongly called."""
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        code = _dispatch(words)
        sys.stdout.flush()
    except GatewayError as error:
        print(f"gateway: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has seen enough; without this the interpreter would complain while closing it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    return code


def _dispatch(words: list[str]) -> int:
    name = words[0] if words else ""
    if name in _COMMANDS:
        return _run(_COMMANDS[name].module, words)
    if name in ("-h", "--help", "help"):
        print(_overview())
        return 0
    if name == "--version":
        print(f"gateway {__version__}")
        return 0
    print(_refusal(name), file=sys.stderr)
    return USAGE_ERROR


def _run(module: str, words: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="gateway")
    command = cast("Command", importlib.import_module(f".{module}", __package__))
    command.register(parser.add_subparsers())
    arguments = parser.parse_args(words)
    run = cast("Callable[[argparse.Namespace], int]", arguments.run)
    return run(arguments)


def _overview() -> str:
    lines = ["usage: gateway COMMAND …", "", "An offline-first edge gateway: MQTT broker, models, rules and a panel."]
    for heading, group in TABLE.items():
        lines += ["", f"{heading}:", *(f"  {name:10} {entry.line}" for name, entry in group.items())]
    return "\n".join([*lines, "", "`gateway COMMAND --help` says more. Start with `gateway demo`."])


def _refusal(name: str) -> str:
    if not name:
        return _overview()
    close = difflib.get_close_matches(name, _COMMANDS, n=1)
    hint = f"did you mean `gateway {close[0]}`?" if close else "`gateway --help` lists the commands"
    return f"gateway: there is no command {name!r}; {hint}"
