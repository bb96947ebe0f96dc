"""How `gateway replay` gets a device of its own from a running gateway: the real panel on its unix socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.cli.remote import Remote
from gateway.cli.replay_account import Overrides, registered
from gateway.core.access import Scope
from gateway.core.errors import ConfigError
from gateway.simulator.connection import Address
from gateway.simulator.replay import Account
from tests.frontends.panel.house import House, living

from .conftest import Certificates


@pytest.fixture
async def house(tmp_path: Path, certificates: Certificates) -> AsyncIterator[House]:
    async with living(tmp_path, ca_pem=certificates.ca_pem, mqtt_port=8883, mqtt_tls=True) as running:
        yield running


async def account(house: House, device: str, where: Overrides | None = None) -> Account:
    return await asyncio.to_thread(registered, device, {"flow", "wobble"}, Remote(house.data), where or Overrides())


def lets_in(house: House, given: Account) -> bool:
    return house.registry.authenticate(given.username, given.password.encode()) is not None


async def test_a_device_is_made_under_the_id_that_was_asked_for(house: House) -> None:
    given = await account(house, "pump-7")
    assert given.device == given.username == "pump-7"
    assert given.address == Address("localhost", 8883)
    assert given.tls is not None
    assert lets_in(house, given)
    device = house.registry.device("pump-7")
    assert (device.name, device.simulated) == ("pump-7", False)
    assert device.capabilities["metrics"] == {"flow": "l/min", "wobble": ""}


async def test_replaying_again_keeps_the_device_and_renews_its_password(house: House) -> None:
    first = await account(house, "pump-7")
    second = await account(house, "pump-7")
    assert not lets_in(house, first)
    assert lets_in(house, second)
    assert len(house.registry.devices()) == 1


async def test_what_the_command_line_says_of_the_broker_counts(house: House) -> None:
    assert (await account(house, "pump-7", Overrides("127.0.0.1", 9999))).address == Address("127.0.0.1", 9999)


async def test_a_real_device_is_never_taken_over(house: House) -> None:
    real = await house.device(id="pump-7", kind="pump")
    with pytest.raises(ConfigError, match="--password-file"):
        await account(house, "pump-7")
    assert house.registry.authenticate("pump-7", real.mqtt_password.encode()) is not None
    assert len(house.registry.devices()) == 1


async def test_an_id_that_is_not_to_be_had_leaves_no_device_behind(house: House) -> None:
    await house.accounts.services.create("pump", Scope.READ)  # its client ids are pump and pump-…
    with pytest.raises(ConfigError, match="choose another --device"):
        await account(house, "pump-7")
    assert house.registry.devices() == []
