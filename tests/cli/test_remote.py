"""The commands that speak to the running gateway: token, nodes and traffic, as a person runs them."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.core.messages import Heartbeat, TrafficSeen, Vitals
from gateway.flow.registration import Registration
from tests.fakes import START_MS
from tests.frontends.panel.house import MAC, House, living


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with living(tmp_path) as running:
        yield running


async def start(*words: str, cwd: Path | None = None, **environment: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gateway", *words, cwd=cwd, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(Path.cwd()), **environment},
    )  # fmt: skip


async def gateway(*words: str, cwd: Path | None = None, **environment: str) -> tuple[int, str, str]:
    """Exit code, standard output and standard error."""
    process = await start(*words, cwd=cwd, **environment)
    out, err = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


async def test_an_enrolment_token_alone_is_on_standard_output(house: House) -> None:
    code, out, err = await gateway(
        "token", "create", "--enrol", "--uses", "2", "--minutes", "5", "--data", str(house.data)
    )
    assert code == 0, err
    assert await house.enrolment.spend(out.strip(), MAC)
    assert "2 devices until 2026-01-07T12:05" in err


async def test_an_api_token_and_an_mqtt_account_are_made_with_their_scope(house: House) -> None:
    data = ("--data", str(house.data))
    words = ("token", "create", "--api", "--scope", "operate", "--name", "script", "--per-hour", "90")
    code, out, err = await gateway(*words, *data)
    assert code == 0, err
    principal = house.accounts.api_tokens.bearer(out.strip())
    assert [token.per_hour for token in house.accounts.api_tokens.all()] == [90]
    assert principal is not None
    assert principal.scope == "operate"
    code, out, err = await gateway("token", "create", "--mqtt", "nodered", "--scope", "read", "--json", *data)
    assert code == 0, err
    made = json.loads(out)
    assert house.accounts.services.authenticate("nodered", made["mqtt_password"].encode()) is not None
    code, out, err = await gateway("token", "create", "--mqtt", "nodered", "--scope", "read", *data)
    assert (code, out) == (1, "")
    assert "nodered" in err


async def test_a_sign_in_link_is_made(house: House) -> None:
    code, out, err = await gateway("token", "create", "--sign-in", "--data", str(house.data))
    assert code == 0, err
    async with house.http.get(out.strip(), allow_redirects=False) as answer:
        assert answer.status == 303


@pytest.mark.parametrize(
    "words",
    [
        (), ("--api",), ("--mqtt", "x"), ("--mqtt", "x", "--scope", "admin"), ("--enrol", "--scope", "read"),
        ("--mqtt", "x", "--scope", "read", "--per-hour", "9"),
        ("--api", "--scope", "read", "--uses", "2"), ("--enrol", "--api"), ("--api", "--scope", "root"),
    ],
)  # fmt: skip
async def test_a_wrong_call_is_explained_with_exit_code_2(words: tuple[str, ...]) -> None:
    code, out, err = await gateway("token", "create", *words)
    assert (code, out) == (2, "")
    assert "usage: gateway token create" in err


async def test_nodes_are_listed_approved_and_revoked(house: House) -> None:
    data = ("--data", str(house.data))
    assert "gateway token create --enrol" in (await gateway("nodes", "list", *data))[1]
    simulated = await house.device("aa:bb:cc:dd:ee:02", simulated=True, name="Attic")
    house.registry.pairing.open(5)
    await house.registry.register(Registration(MAC, "2.0.0", None, {"name": "Kitchen"}))
    (waiting,) = house.registry.pending()
    house.bus.publish(Heartbeat(simulated.device_id, Vitals(self_test="no sensor"), house.clock()))
    code, out, err = await gateway("nodes", "list", *data)
    assert code == 0, err
    lines = {line.split()[0]: line for line in out.splitlines()}
    assert "SIMULATED, self-test failed: no sensor" in lines[simulated.device_id]
    assert "waits for approval" in lines[waiting]
    assert "SIMULATED" not in lines[waiting]
    assert (await gateway("nodes", "approve", waiting, *data))[:2] == (0, f"{waiting} approved\n")
    assert house.registry.device(waiting).approved_ms is not None
    assert (await gateway("nodes", "revoke", waiting, *data))[:2] == (0, f"{waiting} revoked\n")
    listed = json.loads((await gateway("nodes", "list", "--json", *data))[1])["devices"]
    assert {node["id"]: node["revoked"] for node in listed} == {waiting: True, simulated.device_id: False}
    for name, why in (("nobody", "no device"), ("../nobody", "there cannot be")):
        code, _, err = await gateway("nodes", "revoke", name, *data)
        assert code == 1
        assert why in err


async def test_traffic_is_shown_as_it_comes_filtered_and_marked(house: House) -> None:
    simulated = await house.device(simulated=True)
    watching = asyncio.Event()
    house.panel.traffic_watched = lambda watched: watching.set() if watched else None
    process = await start("traffic", "--topic", "devices/+/telemetry", "--data", str(house.data))
    assert process.stdout is not None
    await asyncio.wait_for(watching.wait(), 30)

    def passes(client: str, what: str) -> None:
        topic = f"devices/{client}/{what}"
        house.bus.publish(TrafficSeen(START_MS, client, topic, 17, 1, False, '{"temperature":1}'))

    passes("real-1", "heartbeat")
    passes("real-1", "telemetry")
    passes(simulated.device_id, "telemetry")
    first = (await asyncio.wait_for(process.stdout.readline(), 30)).decode()
    second = (await asyncio.wait_for(process.stdout.readline(), 30)).decode()
    assert first.rstrip() == '12:00:00.000  real-1  devices/real-1/telemetry  qos1 17 B  {"temperature":1}'
    assert f"SIMULATED  {simulated.device_id}" in second
    await house.panel.close()
    assert await asyncio.wait_for(process.wait(), 30) == 0


async def test_a_burst_of_traffic_arrives_whole(house: House) -> None:
    watching = asyncio.Event()
    house.panel.traffic_watched = lambda watched: watching.set() if watched else None
    process = await start("traffic", "--json", "--data", str(house.data))
    assert process.stdout is not None
    await asyncio.wait_for(watching.wait(), 30)
    for number in range(500):
        preview = "x" * (number % 300)  # frames with short and with extended lengths
        house.bus.publish(TrafficSeen(START_MS + number, "real-1", "a/b", number, 0, True, preview))
    seen = [json.loads(await asyncio.wait_for(process.stdout.readline(), 30)) for _ in range(500)]
    assert [one["size"] for one in seen] == list(range(500))
    assert {(one["retain"], one["simulated"]) for one in seen} == {(True, False)}
    process.terminate()
    await process.wait()


async def test_a_filter_that_cannot_be_is_refused(house: House) -> None:
    code, _, err = await gateway("traffic", "--topic", "a/#/b", "--data", str(house.data))
    assert code == 1
    assert "#" in err


@pytest.mark.parametrize("words", [("nodes", "list"), ("token", "create", "--enrol"), ("traffic",)])
async def test_a_stopped_gateway_is_a_clear_error(tmp_path: Path, words: tuple[str, ...]) -> None:
    code, out, err = await gateway(*words, "--data", str(tmp_path))
    assert (code, out) == (1, "")
    assert f"No gateway is running in {tmp_path}" in err
    assert "gateway run" in err
    assert "Traceback" not in err


async def test_the_data_folder_is_found_in_the_environment_and_nearby(tmp_path: Path) -> None:
    demo = tmp_path / ".data" / "demo"
    demo.mkdir(parents=True)
    async with living(demo) as house:
        await house.device()
        by_place = await gateway("nodes", "list", "--json", cwd=tmp_path, GATEWAY_DATA="")
        by_name = await gateway("nodes", "list", "--json", cwd=Path("/"), GATEWAY_DATA=str(demo))
        assert by_place == by_name
        assert len(json.loads(by_place[1])["devices"]) == 1
    code, _, err = await gateway("nodes", "list", cwd=tmp_path, GATEWAY_DATA="")
    assert code == 1
    assert "/var/lib/gateway" in err


async def test_a_data_folder_deeper_than_a_socket_address_is_reached(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 100) / ("e" * 100)
    deep.mkdir(parents=True)
    async with living(deep):
        code, out, err = await gateway("nodes", "list", "--json", "--data", str(deep))
        assert (code, json.loads(out)) == (0, {"devices": []}), err


def test_the_command_line_does_not_import_aiohttp() -> None:
    code = (
        "import sys, gateway.cli.token, gateway.cli.nodes, gateway.cli.traffic;"
        "print([m for m in ('aiohttp', 'asyncio', 'amqtt') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
