"""gateway rules: what is done by itself, rehearsed before it is done, and why it was or was not."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote, urlencode

import msgspec

from ..core.errors import ConfigError
from . import remote, rule_answers, rule_options, rule_shown
from .remote import Refusal, Remote
from .rule_answers import Checked, FiringList, Replayed, Rule, RuleList, TimerList, Why

_LONG_S = 1800.0
"""A backtest of a month on a slow machine."""
Action = Callable[[argparse.Namespace], int]


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `rules` to the command line."""
    actions: dict[str, Action] = {
        "list": _list,
        "show": _show,
        "check": _check,
        "add": _add,
        "change": _change,
        "delete": _delete,
        "backtest": _backtest,
        "shadow": lambda args: _enable(args, "shadow"),
        "live": lambda args: _enable(args, "live"),
        "off": lambda args: _enable(args, "off"),
        "why": _why,
        "firings": _firings,
        "timers": _timers,
        "cancel": _cancel,
        "replay": _replay,
        "export": _export,
        "import": _import,
    }
    rule_options.add(subparsers, {name: _naming(action) for name, action in actions.items()})


def _naming(action: Action) -> Action:
    """What is wrong with a rule is told as `path: reason`, all of it, and nothing else."""

    def run(args: argparse.Namespace) -> int:
        try:
            return action(args)
        except Refusal as error:
            if not error.key and not error.faults:
                raise
            found = [(fault.path, fault.reason) for fault in error.faults]
            rule_shown.complain(found or [("", str(error))])
            return 1

    return run


def _list(args: argparse.Namespace) -> int:
    query = {name: text for name, text in (("mode", args.mode), ("text", args.text)) if text}
    answer = _gateway(args).ask("GET", "/api/rules" + (f"?{urlencode(query)}" if query else ""))
    if args.json:
        return _raw(answer)
    rules = msgspec.json.decode(answer, type=RuleList).rules
    if rules:
        rule_answers.rules(rules)
    else:
        print("No such rules." if query else "No rules. Write one as JSON and add it with `gateway rules add FILE`.")
    return 0


def _show(args: argparse.Namespace) -> int:
    answer = _gateway(args).ask("GET", _path(args.id))
    if args.json:
        return _raw(answer)
    rule_answers.one(msgspec.json.decode(answer, type=Rule))
    return 0


def _check(args: argparse.Namespace) -> int:
    answer = _send(args, "POST", "/api/rules/check", {"id": args.id})
    checked = msgspec.json.decode(answer, type=Checked)
    if args.json:
        print(answer.decode())
    else:
        rule_answers.checked(checked)
    return 1 if checked.problems else 0


def _add(args: argparse.Namespace) -> int:
    return _told(args, _send(args, "POST", "/api/rules", {"id": args.id}))


def _change(args: argparse.Namespace) -> int:
    return _told(args, _send(args, "PUT", _path(args.id), {"version": args.version}))


def _delete(args: argparse.Namespace) -> int:
    query = f"?timers={args.timers}" if args.timers else ""
    _gateway(args).ask("DELETE", _path(args.id) + query)
    print("{}" if args.json else f"{args.id} deleted")
    return 0


def _enable(args: argparse.Namespace, mode: str) -> int:
    body = {"mode": mode, **({"despite": True} if getattr(args, "despite", False) else {})}
    return _told(args, _gateway(args).ask("POST", f"{_path(args.id)}/enable", body))


def _backtest(args: argparse.Namespace) -> int:
    if args.readings is not None:
        from . import rules_csv

        return rules_csv.run(args)
    rule_options.only_with_readings(args)
    from . import rule_rehearsal

    gateway = _gateway(args)
    if _is_file(args.rule):
        content = rule_options.read(args.rule)
        rule, known = rule_options.parsed(content, args.rule), ""
    else:
        rule, known = msgspec.json.decode(gateway.ask("GET", _path(args.rule)), type=Rule).rule, args.rule
    return rule_rehearsal.run(args, gateway, rule, known)


def _is_file(named: str) -> bool:
    return named == "-" or named.endswith(".json") or Path(named).exists()


def _why(args: argparse.Namespace) -> int:
    answer = _gateway(args).ask("GET", f"{_path(args.id)}/why")
    if args.json:
        return _raw(answer)
    rule_answers.why(args.id, msgspec.json.decode(answer, type=Why))
    return 0


def _firings(args: argparse.Namespace) -> int:
    query = {name: text for name, text in (("limit", args.limit), ("from", args.since), ("to", args.until)) if text}
    base = f"{_path(args.id)}/firings" if args.id else "/api/firings"
    answer = _gateway(args).ask("GET", f"{base}?{urlencode(query)}")
    if args.json:
        return _raw(answer)
    rule_answers.firings(msgspec.json.decode(answer, type=FiringList).firings)
    return 0


def _timers(args: argparse.Namespace) -> int:
    answer = _gateway(args).ask("GET", "/api/timers")
    if args.json:
        return _raw(answer)
    rule_answers.timers(msgspec.json.decode(answer, type=TimerList).timers)
    return 0


def _cancel(args: argparse.Namespace) -> int:
    _gateway(args).ask("DELETE", f"/api/timers/{quote(args.timer, safe='')}")
    print("{}" if args.json else f"{args.timer} cancelled")
    return 0


def _replay(args: argparse.Namespace) -> int:
    query = {name: text for name, text in (("from", args.since), ("to", args.until)) if text}
    path = "/api/rules/replay" + (f"?{urlencode(query)}" if query else "")
    answer = _gateway(args).ask("GET", path, timeout_s=_LONG_S)
    replayed = msgspec.json.decode(answer, type=Replayed)
    if args.json:
        print(answer.decode())
    else:
        rule_answers.replayed(replayed)
    return 0 if replayed.same else 1


def _export(args: argparse.Namespace) -> int:
    content = msgspec.json.format(_gateway(args).ask("GET", "/api/rules/export"), indent=2) + b"\n"
    if args.file in (None, "-"):
        sys.stdout.write(content.decode())
        return 0
    try:
        Path(args.file).write_bytes(content)
    except OSError as error:
        raise ConfigError(f"{args.file}: {error.strerror}") from error
    return 0


def _import(args: argparse.Namespace) -> int:
    content = rule_options.read(args.file)
    if args.mode:
        content = msgspec.json.encode({**rule_options.parsed(content, args.file), "mode": args.mode})
    answer = _gateway(args).send("POST", "/api/rules/import", content, "application/json", timeout_s=_LONG_S)
    if args.json:
        return _raw(answer)
    took = msgspec.json.decode(answer, type=rule_answers.Imported)
    print(f"{took.rules} rules and {took.scenes} scenes taken over, in mode {args.mode or 'off'}")
    return 0


def _gateway(args: argparse.Namespace) -> Remote:
    return Remote(remote.data_folder(args.data))


def _path(rule: str) -> str:
    return f"/api/rules/{quote(rule, safe='')}"


def _send(args: argparse.Namespace, method: str, path: str, query: dict[str, str | int | None]) -> bytes:
    """Send the rule in a file."""
    content = rule_options.read(args.file)
    rule_options.parsed(content, args.file)
    asked = urlencode({name: text for name, text in query.items() if text})
    return _gateway(args).send(method, path + (f"?{asked}" if asked else ""), content, "application/json")


def _told(args: argparse.Namespace, answer: bytes) -> int:
    if args.json:
        return _raw(answer)
    rule = msgspec.json.decode(answer, type=Rule)
    print(f"{rule.id}  {rule.name}: {rule.mode}, version {rule.version}{'  SIMULATED' if rule.simulated else ''}")
    return 0


def _raw(answer: bytes) -> int:
    print(answer.decode())
    return 0
