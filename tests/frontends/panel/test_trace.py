"""One reading followed from its node's message to whatever it caused."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from gateway.backends.store.store import Store
from gateway.core.access import Scope
from gateway.core.messages import Audited, Message
from gateway.core.quality import Quality

from .house import House, living


async def test_a_message_is_followed_to_its_reading_and_its_events(tmp_path: Path) -> None:
    """Through the real intake and the real disk."""
    store = Store(tmp_path / "gateway.db")
    store.open()
    store.start(asyncio.get_running_loop())
    try:
        async with living(tmp_path, store=store) as house:
            device = (await house.device(simulated=True)).device_id
            sent = {"timestamp": "2026-01-07T12:00:00Z", "boot": "b1", "seq": 7, "temperature": 21.5}
            message = Message(device, f"devices/{device}/telemetry", json.dumps(sent).encode(), 1, False)
            taken = house.intake.take(message)
            store.submit(taken.changes)
            await store.flush()
            house.intake.committed(taken)
            await store.flush()
            read = await house.token(Scope.READ)
            status, trace = await house.call("GET", f"/api/trace/{device}/b1/7", headers=read)
            assert status == 200
            assert trace["correlation"] == f"{device}/b1/7"
            assert trace["reading"] == {
                "device": device, "boot": "b1", "seq": 7, "time": "2026-01-07T12:00:00.000Z",
                "time_ms": 1767787200000, "values": {"temperature": 21.5}, "quality": {}, "simulated": True,
            }  # fmt: skip
            assert [(step["what"], step["kind"], step["who"], step["text"]) for step in trace["steps"]] == [
                ("event", "device.online", device, "heard for the first time")
            ]
    finally:
        await store.close()


async def test_steps_come_in_order_and_the_trail_only_to_those_who_may_read_it(house: House) -> None:
    house.disk.submit([Audited(house.clock(), "http.change", "operator", "PATCH /api/devices/x", "r-1")])
    house.clock.advance(s=1)
    house.chronicle.note("device.renamed", "by an operator", "x", correlation="r-1")
    _, trace = await house.call("GET", "/api/trace/r-1", headers=await house.token(Scope.ADMIN))
    assert [(step["what"], step["kind"], step["who"]) for step in trace["steps"]] == [
        ("audit", "http.change", "operator"),
        ("event", "device.renamed", "x"),
    ]
    assert trace["reading"] is None
    _, trace = await house.call("GET", "/api/trace/r-1", headers=await house.token(Scope.READ))
    assert [step["what"] for step in trace["steps"]] == ["event"]


async def test_a_command_is_followed_from_the_request_that_asked_for_it_to_its_end(house: House) -> None:
    device = (await house.device()).device_id
    operate = {**await house.token(Scope.OPERATE), "X-Correlation-ID": "r-9"}
    body = {"verb": "identify", "id": "c-1"}
    assert (await house.call("POST", f"/api/devices/{device}/commands", headers=operate, body=body))[0] == 202
    assert (await house.call("DELETE", f"/api/devices/{device}/commands/c-1", headers=operate))[0] == 200
    _, trace = await house.call("GET", "/api/trace/r-9", headers=await house.token(Scope.READ))
    found = [(step["kind"], step["who"], step["text"]) for step in trace["steps"] if step["what"] == "command"]
    assert [kind for kind, _, _ in found] == ["command.queued", "command.failed"]
    assert {who for _, who, _ in found} == {device}
    assert found[0][2] == "identify"
    assert found[1][2].startswith("identify: cancelled by ")


async def test_the_quality_of_a_traced_reading_is_told(house: House) -> None:
    device = (await house.device()).device_id
    house.measure(
        device, boot="b1", seq=8, quality={"temperature": Quality.OUT_OF_RANGE}, temperature=999.0, humidity=4.0
    )
    _, trace = await house.call("GET", f"/api/trace/{device}/b1/8", headers=await house.token(Scope.READ))
    assert trace["reading"]["quality"] == {"temperature": ["out_of_range"]}


async def test_what_nobody_knows_is_a_404(house: House) -> None:
    read = await house.token(Scope.READ)
    for name in ("nothing", "node-1/b1/7", "node-1/b1/seven", "a/b/c/d", "node-1/-/0"):
        assert (await house.call("GET", f"/api/trace/{name}", headers=read))[0] == 404
