"""GET /api/system: the machine, with real figures of the one at hand."""

from __future__ import annotations

import asyncio
from pathlib import Path

from gateway.core.access import Scope
from gateway.frontends.panel.parts import PartHealth

from .house import living


async def test_the_machine_is_shown_to_who_may_read(tmp_path: Path) -> None:
    async with living(tmp_path) as house:
        assert (await house.call("GET", "/api/system"))[0] == 401
        status, shown = await house.call("GET", "/api/system", headers=await house.token(Scope.READ))
        assert status == 200
        assert shown["version"] == "1.2.3"
        assert shown["time_ms"] == house.clock()
        assert shown["up_s"] >= 0
        assert shown["clock_known"] is True
        assert shown["board"]["memory_bytes"] > shown["board"]["memory_available_bytes"] > 0
        assert shown["space"]["total_bytes"] >= shown["space"]["free_bytes"] > 0
        assert shown["wear"]["budget_bytes_per_day"] == 2_000_000_000
        assert shown["wear"]["over_budget"] is False
        assert shown["wear"]["today"]["day"] == "2026-01-07"
        assert shown["wear"]["life"]["text"]
        assert shown["parts"]["store"] == {"ok": True, "detail": ""}


async def test_what_was_written_and_what_is_not_well_is_shown_as_it_changes(tmp_path: Path) -> None:
    async with living(tmp_path) as house:
        token = await house.token(Scope.READ)
        watching = asyncio.create_task(house.guard.run())
        await asyncio.sleep(0)
        house.health["disk"] = PartHealth(False, "only 0 B of 4.2 MB are free on the disk")
        _, shown = await house.call("GET", "/api/system", headers=token)
        watching.cancel()
        await house.guard.close()
        assert shown["parts"]["disk"]["ok"] is False
        if shown["wear"]["measured"]:
            assert shown["wear"]["today"]["total_bytes"] <= sum(shown["wear"]["today"]["part_bytes"].values())
