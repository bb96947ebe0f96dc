"""gateway anomalies, as a person runs it."""

from __future__ import annotations

import json
import time

from msgspec.structs import replace

from gateway.core.anomaly import machine
from gateway.core.home import Asset, PumpTraits
from gateway.core.insight import BaselineState, Nature, Verdict
from tests.cli.gateway_cli import gateway
from tests.fakes import START_MS
from tests.frontends.panel.house import House
from tests.frontends.panel.insight import HOUR_MS, ToyBaselines, ToyEpisodes, episode

PUMP = "circulation-pump"


def episodes(house: House) -> ToyEpisodes:
    return house.automation.insight.episodes


def baselines(house: House) -> ToyBaselines:
    return house.automation.insight.baselines


async def pump(house: House) -> None:
    await house.home.home.put_asset(Asset(PUMP, "Circulation pump", PumpTraits()), new=True)


def frozen() -> bytes:
    """A pump whose second channel never moves."""
    rows = [(float(n % 7), 5.0) for n in range(240)]
    return machine.commission(("node-1/flow", "node-1/vibration"), rows, 60.0).kept()


async def test_episodes_are_listed_newest_first_with_how_long_they_lasted_and_what_was_said(house: House) -> None:
    assert (await gateway(house, "anomalies", "list"))[:2] == (0, "Nothing was unusual.\n")
    assert (await gateway(house, "anomalies", "list", "--open"))[1] == "Nothing is unusual.\n"
    await pump(house)
    closed_ms = START_MS + 75 * 60_000
    episodes(house).tell(
        episode(1, closed_ms=closed_ms, asset=PUMP, simulated=True, verdict=Verdict.RIGHT, judged_by="anna")
    )
    episodes(house).tell(
        episode(2, "node-7", START_MS + HOUR_MS, nature=Nature.UNUSUAL, reason="co2 swings 3 times as much as usual")
    )
    code, out, err = await gateway(house, "anomalies", "list")
    assert code == 0, err
    head, first, second = out.splitlines()
    assert head.split()[:3] == ["OPENED", "(UTC)", "EPISODE"]
    assert " ".join(first.split()) == (
        "2026-01-07 13:00:00 0000000000000002 node-7 unusual goes on co2 swings 3 times as much as usual"
    )
    assert " ".join(second.split()) == (
        "2026-01-07 12:00:00 0000000000000001 Circulation pump machine 1 h 15 min right, says anna "
        "SIMULATED flow and vibration moved together, pressure did not"
    )
    assert len((await gateway(house, "anomalies", "list", "--open"))[1].splitlines()) == 2
    _, out, _ = await gateway(house, "anomalies", "list", "--limit", "1", "--json")
    shown = json.loads(out)
    assert ([one["id"] for one in shown["episodes"]], shown["more"]) == (["0000000000000002"], True)


async def test_a_place_is_an_asset_or_a_device(house: House) -> None:
    episodes(house).tell(episode(1, asset=PUMP))
    episodes(house).tell(episode(2, "node-7", START_MS + HOUR_MS))
    for place, found in ((PUMP, "0000000000000001"), ("node-7", "0000000000000002"), ("node-1", "0000000000000001")):
        _, out, _ = await gateway(house, "anomalies", "list", place, "--json")
        assert [one["id"] for one in json.loads(out)["episodes"]] == [found], place
    assert (await gateway(house, "anomalies", "list", "nowhere"))[1] == "Nothing was unusual at nowhere.\n"


async def test_an_episode_is_shown_judged_and_its_judgement_taken_back(house: House) -> None:
    told = episodes(house).tell(episode(3, model="anomaly@2"))
    code, out, err = await gateway(house, "anomalies", "show", told.id)
    assert (code, out.splitlines()) == (0, [
        "node-1, machine: flow and vibration moved together, pressure did not",
        "opened 2026-01-07 12:00:00 UTC, goes on, last seen 2026-01-07 12:01:00 UTC",
        "0.90 of 1, told from 0.60 on, anomaly@2",
        "  node-1/vibration: vibration 3.1 mm/s",
    ]), err  # fmt: skip
    house.clock.advance(minutes=5)
    code, out, err = await gateway(house, "anomalies", "normal", told.id)
    assert code == 0, err
    judged = episodes(house).known[told.id]
    assert (judged.verdict, judged.is_open) == (Verdict.NORMAL, False)
    assert f"normal, says {judged.judged_by}" in out.splitlines()
    assert json.loads((await gateway(house, "anomalies", "undo", told.id, "--json"))[1])["verdict"] == ""
    assert (await gateway(house, "anomalies", "undo", told.id))[::2] == (1, "gateway: nobody has judged it\n")
    assert (await gateway(house, "anomalies", "right", told.id))[0] == 0
    assert episodes(house).known[told.id].verdict is Verdict.RIGHT
    code, _, err = await gateway(house, "anomalies", "show", "0" * 16)
    assert (code, err) == (1, f"gateway: there is no episode {'0' * 16}\n")


async def test_a_machine_is_commissioned_cancelled_and_frozen(house: House) -> None:
    await pump(house)
    _, out, _ = await gateway(house, "anomalies", "baseline", PUMP)
    assert out == f"Circulation pump has no baseline; `gateway anomalies commission {PUMP}` makes one.\n"
    code, out, err = await gateway(house, "anomalies", "commission", PUMP, "--hours", "24")
    asked = baselines(house).collecting(PUMP)
    assert asked is not None, err
    assert (asked.from_ms, asked.to_ms) == (START_MS, START_MS + 24 * HOUR_MS)
    assert (code, out) == (
        0,
        f"Circulation pump is being commissioned by {asked.who}, 2026-01-07 12:00:00 to 2026-01-08 12:00:00 UTC.\n",
    )
    assert (await gateway(house, "anomalies", "commission", PUMP))[0] == 1
    assert "has no baseline" in (await gateway(house, "anomalies", "cancel", PUMP))[1]
    assert (await gateway(house, "anomalies", "cancel", PUMP))[::2] == (1, "gateway: nothing is being commissioned\n")
    await gateway(house, "anomalies", "commission", PUMP, "--json")
    told = baselines(house).freeze(PUMP, frozen())
    assert (await gateway(house, "anomalies", "baseline", PUMP))[1].splitlines() == [
        f"Circulation pump was commissioned by {told.who}: 7 days from 2026-01-07 12:00:00 UTC, 60 rows.",
        "  node-1/flow",
        "  node-1/vibration: never moved, so nothing can be said of it",
        f"  sha256 {told.digest}",
    ]


async def test_a_baseline_that_judges_nothing_any_more_says_why(house: House) -> None:
    await pump(house)
    await baselines(house).commission(PUMP, "anna", 24)
    told = baselines(house).freeze(PUMP, frozen())
    baselines(house).tell(replace(told, lost=("node-1/flow",)))
    baselines(house).rests[PUMP] = "only 1 of its 2 channels are as they were"
    lines = (await gateway(house, "anomalies", "baseline", PUMP))[1].splitlines()
    assert lines[1] == "  node-1/flow: does not count any more, something else measures it"
    assert lines[-1] == "Nothing is judged by it: only 1 of its 2 channels are as they were. Commission it anew."


async def test_the_last_hours_are_those_that_have_just_been_as_many_as_usual_unless_said(house: House) -> None:
    await pump(house)
    for words, hours in (((), 168), (("--hours", "2"), 2)):
        before_ms = time.time_ns() // 1_000_000
        assert (await gateway(house, "anomalies", "commission", PUMP, "--last", *words))[0] == 0
        asked = baselines(house).collecting(PUMP)
        assert asked is not None
        assert asked.to_ms - asked.from_ms == hours * HOUR_MS
        assert before_ms <= asked.to_ms <= time.time_ns() // 1_000_000
        await gateway(house, "anomalies", "cancel", PUMP)


async def test_a_commissioning_that_failed_says_why(house: House) -> None:
    await pump(house)
    asked = await baselines(house).commission(PUMP, "anna", 24)
    baselines(house).tell(replace(asked, state=BaselineState.FAILED, detail="there were only 12 minutes with values"))
    _, out, _ = await gateway(house, "anomalies", "baseline", PUMP)
    assert "The commissioning of 2026-01-07 12:00:00 UTC failed: there were only 12 minutes with values" in out


async def test_numbers_that_are_none_and_machines_without_a_name_are_refused(house: House) -> None:
    assert (await gateway(house, "anomalies", "list", "--limit", "0"))[0] == 2
    code, _, err = await gateway(house, "anomalies", "commission", PUMP, "--hours", "337")
    assert (code, "between 1 and 336" in err) == (2, True)
    assert (await gateway(house, "anomalies", "baseline", "nowhere"))[0] == 1
    assert (await gateway(house, "anomalies", "baseline", ""))[0] == 1
