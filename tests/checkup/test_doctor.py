"""`gateway doctor` as a person runs it: beside a stopped gateway, and beside one that runs."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path

import pytest

from tests.frontends.panel.house import living

GROUPS = ["Machine", "Disk", "Clock", "Network", "Attached", "Deciding", "People", "Kept", "Gateway"]

AS_NOBODY = """
import os, sys
import ifaddr, gateway.backends.store.recovery, gateway.checkup.examine, gateway.cli.doctor, gateway.config.load
from gateway.backends.inference.bundled import bundled_signers
from gateway.backends.inference.runtime import runtime_label
from gateway.cli.main import main
bundled_signers(), runtime_label()
os.setgroups([])
os.setresgid(65534, 65534, 65534)
os.setresuid(65534, 65534, 65534)
sys.exit(main(sys.argv[1:]))
"""
"""The command as an ordinary user, who may not even be allowed to read the folder this code is in."""


async def doctor(*words: str, **environment: str) -> tuple[int, str, str]:
    """Exit code, standard output and standard error."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gateway", "doctor", *words, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(Path.cwd()), **environment},
    )  # fmt: skip
    out, err = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


async def test_every_line_has_a_mark_a_name_and_words_and_the_end_sums_up(tmp_path: Path) -> None:
    code, out, err = await doctor("--data", str(tmp_path), PYTHONUTF8="1")
    assert err == ""
    lines = out.splitlines()
    assert [line for line in lines[:-1] if line and not line.startswith(" ")] == GROUPS
    findings = [line for line in lines if line.startswith("  ") and line[2] != " "]
    assert len(findings) >= 28
    assert {line[2] for line in findings} <= set("✓!✗–")
    assert any(str(tmp_path) in line and "No gateway is running" in line for line in findings)
    assert code == ("✗" in {line[2] for line in findings})
    assert lines[-1].endswith(".")


async def test_the_same_as_data(tmp_path: Path) -> None:
    code, out, err = await doctor("--data", str(tmp_path), "--json")
    told = json.loads(out)
    assert code == (told["bad"] > 0), err
    assert list(dict.fromkeys(one["group"] for one in told["findings"])) == GROUPS
    assert told["bad"] == sum(one["state"] == "bad" for one in told["findings"])
    assert set(told["findings"][0]) == {"group", "name", "state", "text", "advice"}


async def test_a_mistake_in_the_configuration_is_exit_code_1_and_stops_nothing(tmp_path: Path) -> None:
    file = tmp_path / "gateway.toml"
    file.write_text("[mqtt]\ntls_prt = 1\n")
    code, out, _ = await doctor("--data", str(tmp_path), "--config", str(file), PYTHONUTF8="1")
    assert code == 1
    assert "mqtt.tls_prt is not an option; did you mean tls_port?" in out
    assert "self-attack" in out
    assert "to be mended" in out.splitlines()[-1]


@pytest.mark.parametrize("content", ["[mqtt", "\x00"])
async def test_a_configuration_that_cannot_be_read_is_a_finding(tmp_path: Path, content: str) -> None:
    file = tmp_path / "gateway.toml"
    file.write_text(content)
    code, out, err = await doctor("--data", str(tmp_path), "--config", str(file), PYTHONUTF8="1")
    assert (code, err) == (1, "")
    assert str(file) in out


async def test_a_running_gateway_is_asked(tmp_path: Path) -> None:
    async with living(tmp_path) as house:
        code, out, err = await doctor("--data", str(house.data), "--json")
        found = {one["name"]: one for one in json.loads(out)["findings"]}
        assert "version 1.2.3 is running" in found["running"]["text"], err
        assert found["self-attack"]["state"] == "good"
        assert code in (0, 1)


async def test_a_terminal_without_unicode_gets_plain_marks(tmp_path: Path) -> None:
    _, out, _ = await doctor("--data", str(tmp_path), PYTHONIOENCODING="ascii:replace", PYTHONUTF8="0")
    assert "  ok python" in out
    assert "->" in out


async def test_an_ordinary_user_gets_every_line_too(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("becoming an ordinary user needs root")
    async with living(tmp_path) as house:
        house.data.chmod(0o700)
        config = tmp_path / "gateway.toml"
        config.touch(mode=0o600)
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", AS_NOBODY, "doctor", "--json", "--data", str(house.data), "--config", str(config),
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        out, err = await asyncio.wait_for(process.communicate(), 60)
        findings = json.loads(out)["findings"]
        assert err == b""
        assert "another user" in next(one["text"] for one in findings if one["name"] == "running")
        assert [one["text"] for one in findings if "could not be looked at" in one["text"]] == []
        assert len(findings) >= 28
        assert next(one["state"] for one in findings if one["name"] == "configuration") == "absent"
