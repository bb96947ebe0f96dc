"""The command line: one table, one import per command, clear errors and the usual exit codes."""

from __future__ import annotations

import argparse
import importlib
import subprocess
import sys

import pytest

from gateway import __version__
from gateway.cli import main as cli

COMMANDS = {name: entry for group in cli.TABLE.values() for name, entry in group.items()}


def gateway(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "gateway", *words], capture_output=True, text=True, check=False)


def registered(name: str) -> dict[str, argparse.ArgumentParser]:
    subparsers = argparse.ArgumentParser(prog="gateway").add_subparsers()
    importlib.import_module(f"gateway.cli.{COMMANDS[name].module}").register(subparsers)
    return dict(subparsers.choices)


def test_help_lists_every_command_in_one_line_each() -> None:
    shown = gateway("--help")
    assert shown.returncode == 0
    for name, entry in COMMANDS.items():
        assert f"  {name:10} {entry.line}" in shown.stdout.splitlines()


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_a_command_is_registered_under_the_name_in_the_table_and_has_help(name: str) -> None:
    assert list(registered(name)) == [name]
    parser = registered(name)[name]
    assert parser.description
    assert parser.format_help().startswith(f"usage: gateway {name}")


def test_no_command_and_an_unknown_command_are_wrong_usage() -> None:
    assert gateway().returncode == 2
    unknown = gateway("simulat")
    assert unknown.returncode == 2
    assert unknown.stderr == "gateway: there is no command 'simulat'; did you mean `gateway simulate`?\n"
    assert gateway("config").returncode == 2
    assert gateway("config", "--nonsense").returncode == 2


def test_an_error_on_purpose_is_one_clear_line_and_exit_1() -> None:
    failed = gateway("config", "check", "/nonexistent/gateway.toml")
    assert failed.returncode == 1
    assert failed.stderr == "gateway: /nonexistent/gateway.toml: No such file or directory\n"


def test_the_version_is_that_of_the_package() -> None:
    assert gateway("--version").stdout == f"gateway {__version__}\n"


def test_an_interrupt_is_quiet_and_exits_130(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_words: list[str]) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "_dispatch", interrupted)
    assert cli.main([]) == 130


def test_a_reader_that_goes_away_is_no_error() -> None:
    script = f"{sys.executable} -m gateway config example | head -n 1; echo ${{PIPESTATUS[0]}}"
    shown = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=False)
    assert shown.stderr == ""
    code = shown.stdout.splitlines()[-1]
    assert code in ("0", "141")


def test_output_into_a_closed_pipe_is_quiet() -> None:
    script = f"{{ sleep 1; {sys.executable} -m gateway config example; echo $? >&3; }} 3>&2 | true"
    shown = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=False)
    assert shown.stderr == "141\n"
