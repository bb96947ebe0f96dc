"""Scenarios against a real gateway: its verdicts, and that they would notice."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import msgspec

from gateway.simulator.play.scenario_files import load, names, parse
from gateway.simulator.play.script import Script

from .conftest import House, house

QUICK = ["backlog", "brown-out", "clock-jump", "clockless", "duplicates", "flap", "half-open", "leftovers"]
QUICK += ["out-of-order", "sick-sensors"]


def small(name: str, interval_s: float) -> Script:
    """The scenario with fewer readings."""
    script = load(name)
    crew = msgspec.structs.replace(script.fleet, interval_s=interval_s)
    return msgspec.structs.replace(script, fleet=crew)


async def test_a_real_gateway_passes_all_of_them_at_once(tmp_path: Path) -> None:
    # They wait more than they work, and use nodes of their own.
    scripts = [small(name, 60.0) if name in ("backlog", "clockless") else load(name) for name in QUICK]
    async with house(tmp_path) as there:
        verdicts = await asyncio.gather(*map(there.play, scripts))
    assert [verdict.text() for verdict in verdicts if not verdict.passed] == [], there.said
    assert all(verdict.readings > 30 for verdict in verdicts)


def test_every_scenario_with_a_verdict_is_played_somewhere() -> None:
    judged = {name for name in names() if not load(name).endless}
    assert judged == set(QUICK)


async def test_the_same_seed_gives_the_same_bytes_and_another_gateway_does_not_matter(tmp_path: Path) -> None:
    script = parse(SHORT, "short", "short")
    said = []
    for run in ("a", "b"):
        async with house(tmp_path / run) as there:
            for seed in (7, 8):
                verdict = await there.play(script, seed=seed)
                said.append((verdict.json(), verdict.text()))
    assert said[0] == said[2]
    assert said[1] == said[3]
    assert said[0] != said[1]


async def test_played_twice_against_one_gateway_the_first_play_does_not_count(tmp_path: Path) -> None:
    script = parse(SHORT, "short", "short")
    async with house(tmp_path) as there:
        assert await there.play(script, seed=7) == await there.play(script, seed=7)


async def test_a_flag_that_does_not_come_and_a_status_that_is_not_shown_fail(tmp_path: Path) -> None:
    script = parse(SHORT + NEVER, "never", "never")
    async with house(tmp_path) as there:
        verdict = await there.play(script)
    failed = {finding.check for finding in verdict.findings if not finding.passed}
    assert failed == {"flagged", "status"}
    assert not verdict.passed
    assert "FAIL  flagged [fern]" in verdict.text()
    assert any("fern: humidity is not GHOST in time" in sentence for sentence in there.said)


async def simulate(there: House, *words: str) -> tuple[int, bytes, bytes]:
    """The command, as a person runs it: exit status, standard output and error."""
    command = (sys.executable, "-m", "gateway", "simulate", "--gateway", there.url, "--token", there.token, *words)
    process = await asyncio.create_subprocess_exec(*command, stdout=PIPE, stderr=PIPE)
    out, errors = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out, errors


async def test_the_command_prints_the_verdict_and_nothing_else_and_ends_with_it(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.toml", tmp_path / "bad.toml"
    good.write_text(SHORT)
    bad.write_text(SHORT + NEVER)
    async with house(tmp_path / "data") as there:
        first = await simulate(there, "--scenario", str(good), "--seed", "3", "--json")
        again = await simulate(there, "--scenario", str(good), "--seed", "3", "--json")
        failed = await simulate(there, "--scenario", str(bad))
    assert first[:2] == again[:2]
    assert (first[0], json.loads(first[1])["passed"]) == (0, True)
    assert (failed[0], failed[1].splitlines()[-1]) == (1, b"FAIL")
    assert b"fern: humidity is not GHOST in time" in failed[2]


def test_the_demonstration_offers_the_endless_scenarios() -> None:
    endless = {name for name in names() if load(name).endless}
    words = subprocess.run([sys.executable, "-m", "gateway", "demo", "--help"], capture_output=True, check=True).stdout
    assert all(name.encode() in words for name in endless)


def test_the_scenarios_are_listed_without_a_gateway() -> None:
    command = [sys.executable, "-m", "gateway", "simulate", "--list", "--json"]
    lines = subprocess.run(command, capture_output=True, check=True).stdout.splitlines()
    assert [json.loads(line)["name"] for line in lines] == names()


async def test_many_nodes_take_part(tmp_path: Path) -> None:
    async with house(tmp_path) as there:
        verdict = await there.play(parse(SHORT.replace('devices = ["fern", "basil"]', ""), "many", "many"), nodes=30)
    assert verdict.passed
    assert verdict.nodes == 30


SHORT = """
description = "Short."
duration_s = 1800
speed = 1800

[fleet]
devices = ["fern", "basil"]
interval_s = 30

[[events]]
kind = "dropout"
device = "fern"
metric = "humidity"
at_s = 600
for_s = 600
share = 0.5

[[events]]
kind = "dropout"
device = "basil"
metric = "temperature"
at_s = 0

[[checks]]
kind = "delivered"

[[checks]]
kind = "complete"

[[checks]]
kind = "once"

[[checks]]
kind = "rollups"
step_s = 300
"""

NEVER = """
[[checks]]
kind = "flagged"
device = "fern"
metric = "humidity"
flag = "GHOST"
after_s = 0
within_s = 60

[[checks]]
kind = "status"
status = "error"
after_s = 0
within_s = 600
"""
