"""gateway say, as a person or a program runs it."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest

from gateway.cli.main import main

_SITE = """
zones = []
assets = []
devices = []
[site]
name = "Nothing"
"""


def _said(capsys: pytest.CaptureFixture[str], *words: str) -> list[dict[str, object]]:
    assert main(["say", *words, "--dry-run", "--json"]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_dry_run_needs_no_gateway_and_prints_one_intent(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (intent,) = _said(capsys, "colourless green ideas sleep furiously")
    assert intent["kind"] == "none"
    assert intent["reply"]


def test_every_line_of_standard_input_has_its_line_of_output(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    given = io.TextIOWrapper(io.BytesIO(b"hello there\n\n\xff\xfe\nflurble"))
    monkeypatch.setattr(sys, "stdin", given)
    assert [intent["kind"] for intent in _said(capsys, "-")] == ["none"] * 4


def test_another_house_is_another_site_file(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "site.toml"
    file.write_text(_SITE)
    (intent,) = _said(capsys, "open the bedroom window to 40 percent", "--site", str(file))
    assert intent["kind"] in ("none", "question")


def test_a_site_that_is_not_there_is_named(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["say", "hello", "--dry-run", "--site", str(tmp_path / "gone.toml")]) == 1
    assert "gone.toml" in capsys.readouterr().err


def test_without_json_the_reply_comes_first_and_then_what_is_behind_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["say", "colourless green ideas sleep furiously", "--dry-run"]) == 0
    first, *rest = capsys.readouterr().out.splitlines()
    assert first
    assert rest[0] == "  kind: none"
