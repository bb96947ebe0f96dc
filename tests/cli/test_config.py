"""`gateway config example` and `gateway config check`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gateway.cli.main import main
from gateway.config.example import example


def test_the_printed_example_passes_the_check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "example"]) == 0
    printed = capsys.readouterr().out
    assert printed == example()
    file = tmp_path / "gateway.toml"
    file.write_text(printed)
    assert main(["config", "check", str(file)]) == 0
    assert capsys.readouterr().out == f"{file} is fine\n"


def test_the_example_of_the_development_profile(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "example", "--profile", "development"]) == 0
    assert capsys.readouterr().out == example("development")


def test_the_options_are_also_data(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "example", "--json"]) == 0
    options = {one["key"]: one for one in json.loads(capsys.readouterr().out)["options"]}
    assert options["mqtt.stall_s"]["default"] == 10.0
    assert options["mqtt.stall_s"]["unit"] == "seconds"
    assert options["site.latitude"]["default"] is None


def test_a_check_names_every_mistake_and_exits_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "gateway.toml"
    file.write_text("[mqtt]\ntls_port = -1\nlocal_prt = 3\n")
    assert main(["config", "check", str(file)]) == 1
    assert capsys.readouterr().err.splitlines() == [
        f"gateway: {file} has 2 mistakes:",
        "  line 2: mqtt.tls_port: must be a whole number from 0 to 65535, not -1",
        "  line 3: mqtt.local_prt: is not an option; did you mean local_port?",
    ]
    assert main(["config", "check", "--json", str(file)]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["valid"] is False
    assert [(one["key"], one["line"]) for one in told["problems"]] == [("mqtt.tls_port", 2), ("mqtt.local_prt", 3)]
