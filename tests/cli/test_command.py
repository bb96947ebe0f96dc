"""gateway command, as a person runs it."""

from __future__ import annotations

import asyncio
import json

import pytest

from tests.cli.gateway_cli import gateway, start
from tests.frontends.panel.house import House, until
from tests.frontends.panel.test_commands import ack, connect


async def test_an_order_is_given_with_values_as_json_or_text(house: House) -> None:
    device = (await house.device(kind="window", simulated=True)).device_id
    code, out, err = await gateway(house, "command", device, "set_position", "position=40", "--expires", "60")
    assert code == 0, err
    (command,) = house.home.commands.of(device)
    assert (command.args, command.expires_ms - command.created_ms) == ({"position": 40}, 60_000)
    assert out == f"{command.id}  {device} set_position position=40  SIMULATED: queued\n"


async def test_waiting_tells_every_step_and_ends_with_the_command(house: House) -> None:
    device = (await house.device(kind="window")).device_id
    for status, code in (("done", 0), ("failed", 1)):
        connect(house, device)
        known = len(house.home.commands.of(device))
        process = await start("command", device, "set_position", "position=40", "--wait", data=house.data)
        await until(lambda known=known: len(house.home.commands.of(device)) > known)  # type: ignore[misc]
        command = house.home.commands.of(device)[0]
        ack(house, device, command.id, status, "so it is")
        out, err = await asyncio.wait_for(process.communicate(), 60)
        assert process.returncode == code, err
        lines = out.decode().splitlines()
        assert lines[0].startswith(command.id)
        assert [line.split()[2] for line in lines[1:]] == ["queued", "sent", status]
        assert lines[-1].endswith("so it is")


async def test_without_a_verb_what_was_ordered_is_listed(house: House) -> None:
    device = (await house.device(kind="window")).device_id
    assert (await gateway(house, "command", device))[1] == "It was ordered nothing yet.\n"
    await gateway(house, "command", device, "identify")
    _, out, _ = await gateway(house, "command", device)
    assert "identify: queued  (by local)" in out
    _, out, _ = await gateway(house, "command", device, "--json")
    assert [one["verb"] for one in json.loads(out)["commands"]] == ["identify"]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("nobody-1", "identify"), 1, "no device"),
        (("DEVICE", "fly"), 1, "cannot fly"),
        (("DEVICE", "set_position", "position"), 1, "key=value"),
        (("DEVICE", "--wait"), 2, "verb"),
    ],
)
async def test_what_cannot_be_is_told_in_the_gateways_words(
    house: House, words: tuple[str, ...], code: int, said: str
) -> None:
    device = (await house.device(kind="window")).device_id
    given, out, err = await gateway(house, "command", *(device if word == "DEVICE" else word for word in words))
    assert (given, out, said in err) == (code, "", True)
