"""Nodes' sound is kept only while somebody asked for it, and can be heard and thrown away."""

from __future__ import annotations

from gateway.core.access import Scope
from gateway.core.messages import Audited
from tests.fakes import START_MS

from .house import House


async def test_sound_is_kept_for_as_long_as_was_asked_heard_and_thrown_away(house: House) -> None:
    device = (await house.device(simulated=True)).device_id
    path, operate = f"/api/devices/{device}/recording", await house.token(Scope.OPERATE)
    await house.automation.recordings.keep(device, START_MS, b"RIFF nobody asked")
    status, running = await house.call("POST", path, headers=operate, body={"minutes": 5})
    assert status == 200
    assert running == {
        "device": device, "until": "2026-01-07T12:05:00.000Z", "until_ms": START_MS + 300_000, "simulated": True,
    }  # fmt: skip
    await house.automation.recordings.keep(device, START_MS + 1, b"RIFF somebody asked")
    status, listed = await house.call("GET", "/api/recordings", headers=operate)
    assert (status, listed["running"]) == (200, [running])
    (kept,) = listed["recordings"]
    assert kept == {
        "id": f"{device}.{START_MS + 1}.sim", "device": device, "time": "2026-01-07T12:00:00.001Z",
        "time_ms": START_MS + 1, "seconds": 2.0, "bytes": 19, "simulated": True,
    }  # fmt: skip
    async with house.http.get(f"{house.url}/api/recordings/{kept['id']}", headers=operate) as answer:
        assert (answer.status, answer.content_type) == (200, "audio/wav")
        assert answer.headers["Content-Disposition"] == f'attachment; filename="{kept["id"]}.wav"'
        assert await answer.read() == b"RIFF somebody asked"
    assert (await house.call("DELETE", path, headers=operate))[0] == 204
    assert (await house.call("DELETE", path, headers=operate))[0] == 204
    await house.automation.recordings.keep(device, START_MS + 2, b"RIFF not any more")
    assert (await house.call("DELETE", f"/api/recordings/{kept['id']}", headers=operate))[0] == 204
    assert (await house.call("DELETE", f"/api/recordings/{kept['id']}", headers=operate))[0] == 404
    _, listed = await house.call("GET", "/api/recordings", headers=operate)
    assert listed == {"recordings": [], "running": []}
    kinds = [entry.kind for entry in house.changes(Audited)]
    assert {"recording.start", "recording.stop", "recording.delete"} <= set(kinds)


async def test_what_is_not_there_is_not_recorded_and_not_heard(house: House) -> None:
    device, operate = (await house.device()).device_id, await house.token(Scope.OPERATE)
    path = f"/api/devices/{device}/recording"
    for minutes, status in ((0, 422), (61, 422), (1.5, 422), (1.0, 200)):
        assert (await house.call("POST", path, headers=operate, body={"minutes": minutes}))[0] == status
    assert (await house.call("POST", "/api/devices/nobody-here/recording", headers=operate, body={"minutes": 1}))[
        0
    ] == 404
    for name in ("node-1.1", "..%2fgateway", "node-1"):
        assert (await house.call("GET", f"/api/recordings/{name}", headers=operate))[0] == 404
    assert (await house.call("GET", "/api/recordings", headers=await house.token(Scope.READ)))[0] == 403
