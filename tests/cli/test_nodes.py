"""gateway nodes swap and assign, as a person runs them."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.core.home import Asset, PlantTraits
from gateway.flow.registration import Credentials, Registration
from tests.cli.test_remote import gateway
from tests.frontends.panel.house import MAC, House, living

NEW_MAC = "aa:bb:cc:dd:ee:02"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with living(tmp_path) as running:
        yield running


async def test_a_dead_node_is_replaced_by_a_known_one_in_one_action(house: House) -> None:
    old = await house.device(name="Kitchen", kind="window")
    new = await house.device(NEW_MAC, kind="climate", simulated=True)
    code, out, err = await gateway("nodes", "swap", old.device_id, new.device_id, "--data", str(house.data))
    assert code == 0, err
    assert out == f"{new.device_id} is {old.device_id} (Kitchen, SIMULATED) from now on\n"
    assert "It is a climate, and was a window." in err
    assert house.registry.device(old.device_id).mac == NEW_MAC
    assert house.registry.authenticate(old.device_id, old.mqtt_password.encode()) is None


async def test_without_a_replacement_the_token_alone_is_on_standard_output(house: House) -> None:
    old = await house.device(name="Kitchen")
    code, out, err = await gateway("nodes", "swap", old.device_id, "--minutes", "5", "--data", str(house.data))
    assert code == 0, err
    assert "until 2026-01-07T12:05" in err
    given = await house.registry.register(Registration(NEW_MAC, "2.0.0", out.strip()))
    assert isinstance(given, Credentials)
    assert given.device_id == old.device_id


async def test_what_comes_of_a_swap_is_there_for_programs(house: House) -> None:
    old = await house.device()
    code, out, err = await gateway("nodes", "swap", old.device_id, "--json", "--data", str(house.data))
    assert code == 0, err
    made = json.loads(out)
    assert (made["device"]["id"], made["warnings"]) == (old.device_id, [])
    assert made["token"]


async def test_a_swap_that_cannot_be_is_explained(house: House) -> None:
    old = await house.device()
    name = old.device_id
    for words, why in (((name, name), "own place"), (("nobody",), "no device"), ((name, "nobody"), "nobody")):
        code, out, err = await gateway("nodes", "swap", *words, "--data", str(house.data))
        assert (code, out) == (1, "")
        assert why in err


@pytest.mark.parametrize(
    "words", [("swap",), ("swap", "a-1", "--minutes", "0"), ("assign", "a-1"), ("assign", "a-1", "fern", "--none")]
)
async def test_a_wrong_call_is_explained_with_exit_code_2(words: tuple[str, ...]) -> None:
    code, out, err = await gateway("nodes", *words)
    assert (code, out) == (2, "")
    assert f"usage: gateway nodes {words[0]}" in err


async def test_a_device_is_assigned_shown_there_and_taken_away(house: House) -> None:
    device = await house.device(MAC)
    await house.home.home.put_asset(Asset("fern", "Fern", PlantTraits()), new=True)
    data = ("--data", str(house.data))
    code, out, err = await gateway("nodes", "assign", device.device_id, "fern", *data)
    assert (code, out) == (0, f"{device.device_id} stands for Fern from now on\n"), err
    assert house.home.assignments.current(device.device_id) == "fern"
    assert "Fern" in (await gateway("nodes", "list", *data))[1]
    code, out, err = await gateway("nodes", "assign", device.device_id, "palm", *data)
    assert (code, out) == (1, "")
    assert "palm" in err
    code, out, err = await gateway("nodes", "assign", device.device_id, "--none", *data)
    assert (code, out) == (0, f"{device.device_id} stands for nothing from now on\n"), err
    assert house.home.assignments.current(device.device_id) is None
    assert (
        json.loads((await gateway("nodes", "assign", device.device_id, "fern", "--json", *data))[1])["asset"] == "fern"
    )
