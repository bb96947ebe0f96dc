"""Orders to devices, over HTTP."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gateway.core.access import Scope
from gateway.core.messages import ClientConnected
from gateway.core.ports.store import Audited
from tests.fakes import START_MS

from .house import House

OPEN_DOOR = {"verb": "set_position", "args": {"position": 40}}


def connect(house: House, device: str) -> None:
    """Its node is there."""
    house.post.there.add(device)
    house.bus.publish(ClientConnected(device, device, "10.0.0.7"))


def ack(house: House, device: str, command: str, status: str, detail: str = "") -> None:
    """What the node says of a command is on the disk."""
    payload = json.dumps({"id": command, "status": status, "detail": detail}).encode()
    taken = house.home.commands.acked(device, payload, house.clock())
    house.writer.submit(taken.changes)
    for event in taken.events:
        house.bus.publish(event)


async def window(house: House) -> str:
    return (await house.device(kind="window")).device_id


async def ask(house: House, device: str, **changes: Any) -> tuple[int, Any]:
    operate = await house.token(Scope.OPERATE)
    return await house.call("POST", f"/api/devices/{device}/commands", headers=operate, body={**OPEN_DOOR, **changes})


async def test_a_command_is_taken_on_and_shown_with_its_whole_life(house: House) -> None:
    device = await window(house)
    status, asked = await ask(house, device)
    (program,) = house.accounts.api_tokens.all()
    assert (status, asked["status"], asked["sends"]) == (202, "queued", 0)
    assert asked["who"].endswith(program.id)
    house.clock.advance(s=1)
    connect(house, device)
    assert json.loads(house.post.handed[0][2])["args"] == {"position": 40}
    house.clock.advance(s=1)
    ack(house, device, asked["id"], "accepted")
    house.clock.advance(s=3)
    ack(house, device, asked["id"], "done", "it is at 40")
    path = f"/api/devices/{device}/commands/{asked['id']}"
    status, shown = await house.call("GET", path, headers=await house.token(Scope.READ))
    assert status == 200
    assert [(step["status"], step["time_ms"] - START_MS, step["late"]) for step in shown["history"]] == [
        ("queued", 0, False), ("sent", 1000, False), ("accepted", 2000, False), ("done", 5000, False),
    ]  # fmt: skip
    assert {key: shown[key] for key in ("device", "verb", "args", "status", "detail", "sends", "simulated")} == {
        "device": device, "verb": "set_position", "args": {"position": 40}, "status": "done",
        "detail": "it is at 40", "sends": 1, "simulated": False,
    }  # fmt: skip
    assert (shown["created_ms"], shown["expires_ms"]) == (START_MS, START_MS + 600_000)
    assert shown["created_at"] == "2026-01-07T12:00:00.000Z"


async def test_the_answer_names_where_the_command_is_and_the_request_is_its_correlation(house: House) -> None:
    device = await window(house)
    async with house.http.post(
        f"{house.url}/api/devices/{device}/commands",
        headers={**await house.token(Scope.OPERATE), "X-Correlation-ID": "from-me"},
        json=OPEN_DOOR,
    ) as answer:
        asked = await answer.json()
        assert answer.headers["Location"] == f"/api/devices/{device}/commands/{asked['id']}"
        assert asked["correlation"] == answer.headers["X-Correlation-ID"]


async def test_said_again_with_its_id_it_is_the_same_command_and_another_content_is_refused(house: House) -> None:
    device = await window(house)
    first = await ask(house, device, id="from-a-script-1")
    house.clock.advance(s=5)
    again = await ask(house, device, id="from-a-script-1")
    assert (first[0], again) == (202, first)
    status, problem = await ask(house, device, id="from-a-script-1", args={"position": 50})
    assert (status, "another command" in problem["detail"]) == (409, True)
    kinds = [entry.detail for entry in house.changes(Audited) if entry.kind == "command.asked"]
    assert kinds == [f"{device} set_position from-a-script-1"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"verb": "Open!"}, 422),
        ({"verb": "set_position", "args": [40]}, 422),
        ({"verb": "set_position", "expires_s": 0}, 422),
        ({"verb": "set_position", "expires_s": 700_000}, 422),
        ({"verb": "set_position", "id": "-"}, 422),
        ({"verb": "set_position", "arguments": {}}, 422),
        ({}, 422),
        ({"verb": "fly"}, 409),
        ({"verb": "set_position", "args": {"position": 140}}, 409),
        ({"verb": "set_position"}, 409),
    ],
)
async def test_what_cannot_be_is_refused_with_the_reason(house: House, body: dict[str, Any], status: int) -> None:
    device = await window(house)
    got, problem = await house.call(
        "POST", f"/api/devices/{device}/commands", headers=await house.token(Scope.OPERATE), body=body
    )
    assert (got, bool(problem["detail"])) == (status, True)


async def test_a_command_that_waits_can_be_taken_back_and_one_that_was_sent_cannot(house: House) -> None:
    device = await window(house)
    _, waiting = await ask(house, device)
    operate = await house.token(Scope.OPERATE)
    path = f"/api/devices/{device}/commands"
    status, shown = await house.call("DELETE", f"{path}/{waiting['id']}", headers=operate)
    assert (status, shown["status"], shown["detail"][:17]) == (200, "failed", "cancelled by api-")
    connect(house, device)
    _, sent = await ask(house, device)
    assert (await house.call("DELETE", f"{path}/{sent['id']}", headers=operate))[0] == 409
    assert (await house.call("DELETE", f"{path}/nothing", headers=operate))[0] == 404


async def test_commands_are_listed_newest_first_in_pages_and_by_status(house: House) -> None:
    device = await window(house)
    connect(house, device)
    ids: list[str] = []
    for number in range(7):
        house.clock.advance(s=1)
        _, asked = await ask(house, device, args={"position": number})
        ids.append(asked["id"])
        if number % 2:
            ack(house, device, asked["id"], "done")
    read = await house.token(Scope.READ)
    path = f"/api/devices/{device}/commands"
    _, first = await house.call("GET", path + "?limit=4", headers=read)
    assert ([one["id"] for one in first["commands"]], first["more"]) == (ids[:2:-1], True)
    _, rest = await house.call("GET", f"{path}?limit=4&before={ids[3]}", headers=read)
    assert ([one["id"] for one in rest["commands"]], rest["more"]) == (ids[2::-1], False)
    _, done = await house.call("GET", path + "?status=done&limit=2", headers=read)
    assert ([one["id"] for one in done["commands"]], done["more"]) == ([ids[5], ids[3]], True)
    _, done = await house.call("GET", f"{path}?status=done&before={ids[3]}", headers=read)
    assert ([one["id"] for one in done["commands"]], done["more"]) == ([ids[1]], False)
    _, sent = await house.call("GET", f"{path}?status=sent&before={ids[4]}", headers=read)
    assert [one["id"] for one in sent["commands"]] == [ids[2], ids[0]]
    assert (await house.call("GET", path + "?limit=0", headers=read))[0] == 422
    assert (await house.call("GET", path + "?status=lost", headers=read))[0] == 422


async def test_everything_about_a_simulated_device_says_so(house: House) -> None:
    device = (await house.device(kind="window", simulated=True)).device_id
    _, asked = await ask(house, device)
    assert asked["simulated"] is True
    _, listed = await house.call("GET", f"/api/devices/{device}/commands", headers=await house.token(Scope.READ))
    assert [one["simulated"] for one in listed["commands"]] == [True]


async def test_there_are_no_commands_of_a_device_that_is_not_there_or_of_another(house: House) -> None:
    device = await window(house)
    other = (await house.device("aa:bb:cc:dd:ee:02")).device_id
    _, asked = await ask(house, device)
    read = await house.token(Scope.READ)
    assert (await house.call("GET", "/api/devices/nobody-1/commands", headers=read))[0] == 404
    assert (await house.call("GET", f"/api/devices/{other}/commands/{asked['id']}", headers=read))[0] == 404
    assert (await ask(house, "nobody-1"))[0] == 404


async def test_open_commands_are_counted_with_the_device(house: House) -> None:
    device = await window(house)
    connect(house, device)
    for _ in range(2):
        _, asked = await ask(house, device)
    ack(house, device, asked["id"], "failed", "it is stuck")
    _, shown = await house.call("GET", f"/api/devices/{device}", headers=await house.token(Scope.READ))
    assert shown["open_commands"] == 1
