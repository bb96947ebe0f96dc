"""gateway scenes, as a person runs it."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.gateway_cli import gateway
from tests.frontends.panel.house import House
from tests.frontends.panel.test_rules import furnished

OFF = {"kind": "command", "asset": "bathroom-fan", "verb": "turn_off"}


async def test_a_scene_is_made_changed_run_and_deleted(house: House, tmp_path: Path) -> None:
    await furnished(house)
    assert (await gateway(house, "scenes", "list"))[1].startswith("No scenes.")
    file = tmp_path / "night.json"
    file.write_text(json.dumps({"name": "Good night", "then": [OFF]}))
    code, out, err = await gateway(house, "scenes", "add", str(file))
    assert (code, out) == (0, "good-night  Good night\n"), err
    file.write_text(json.dumps({"name": "Night", "then": [OFF]}))
    code, out, err = await gateway(house, "scenes", "add", str(file), "--id", "good-night")
    assert (code, out) == (0, "good-night  Night\n"), err
    code, out, err = await gateway(house, "scenes", "list")
    assert (code, out.splitlines()[1].split("  ")[:2]) == (0, ["good-night", "Night"]), err
    assert "turn off Bathroom Fan" in out
    code, out, err = await gateway(house, "scenes", "run", "good-night")
    assert (code, out.startswith("turn off Bathroom Fan: done")) == (0, True), err
    assert (await gateway(house, "scenes", "delete", "good-night"))[:2] == (0, "good-night deleted\n")
    code, out, err = await gateway(house, "scenes", "run", "good-night")
    assert (code, out, err.startswith("gateway: ")) == (1, "", True)


async def test_what_cannot_be_a_scene_is_refused(house: House, tmp_path: Path) -> None:
    await furnished(house)
    file = tmp_path / "scene.json"
    file.write_text('{"name": "Empty", "then": []}')
    code, out, err = await gateway(house, "scenes", "add", str(file))
    assert (code, out, "then" in err) == (1, "", True), err
