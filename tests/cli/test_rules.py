"""gateway rules, as a person runs it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from gateway.core.rules.engine import Held, Why
from gateway.core.rules.firing import Cause
from gateway.flow.rules.report import HeldBack, Share, WouldFire
from tests.cli.gateway_cli import gateway
from tests.fakes import START_MS
from tests.frontends.panel.house import House
from tests.frontends.panel.rules import firing, timer
from tests.frontends.panel.test_rules import FAN, furnished


def written(folder: Path, rule: dict[str, Any], name: str = "fan.json") -> str:
    path = folder / name
    path.write_text(json.dumps(rule))
    return str(path)


async def test_a_rule_goes_from_a_file_to_live_and_away(house: House, tmp_path: Path) -> None:
    await furnished(house)
    file = written(tmp_path, FAN)
    assert (await gateway(house, "rules", "list"))[1].startswith("No rules.")
    code, out, err = await gateway(house, "rules", "check", file)
    assert (code, out.splitlines()[0][:45]) == (0, "When humidity in Bathroom is above 70 % for 1"), err
    code, out, err = await gateway(house, "rules", "add", file)
    assert (code, out) == (0, "bathroom-fan  Bathroom fan: off, version 1\n"), err
    for mode in ("shadow", "live", "off"):
        code, out, err = await gateway(house, "rules", mode, "bathroom-fan")
        assert (code, out) == (0, f"bathroom-fan  Bathroom fan: {mode}, version 1\n"), err
    file = written(tmp_path, {**FAN, "for_s": 300})
    code, out, err = await gateway(house, "rules", "change", "bathroom-fan", file, "--version", "1")
    assert (code, out) == (0, "bathroom-fan  Bathroom fan: off, version 2\n"), err
    assert (await gateway(house, "rules", "change", "bathroom-fan", file, "--version", "1"))[0] == 1
    code, out, err = await gateway(house, "rules", "list")
    assert code == 0, err
    heading, row = out.splitlines()
    assert heading.split()[:3] == ["ID", "MODE", "STATE"]
    assert row.split()[:4] == ["bathroom-fan", "off", "off", "never"]
    code, out, err = await gateway(house, "rules", "show", "bathroom-fan")
    assert code == 0, err
    assert out.startswith("Bathroom fan  (bathroom-fan, off, version 2)\nWhen humidity")
    assert json.loads(out[out.index("{") :]) == {**FAN, "for_s": 300}
    assert (await gateway(house, "rules", "delete", "bathroom-fan"))[:2] == (0, "bathroom-fan deleted\n")
    code, out, err = await gateway(house, "rules", "why", "bathroom-fan")
    assert (code, out) == (1, "")
    assert err.startswith("gateway: ")


async def test_all_that_is_wrong_is_told_as_path_and_reason(house: House, tmp_path: Path) -> None:
    await furnished(house)
    typo = written(tmp_path, {**FAN, "if": {"kind": "not", "of": {"kind": "time", "form": "22:00", "to": "06:00"}}})
    for action in ("check", "add"):
        code, out, err = await gateway(house, "rules", action, typo)
        assert (code, out) == (1, "")
        assert err.startswith("if.of.form: "), err
    fly = [{"kind": "command", "asset": "bathroom-fan", "verb": "fly"}]
    wrong = written(tmp_path, {**FAN, "when": {**FAN["when"], "metric": "noise"}, "then": fly})
    for action in ("check", "add"):
        code, _, err = await gateway(house, "rules", action, wrong)
        assert code == 1
        paths = [line.partition(": ")[0] for line in err.splitlines()]
        assert paths[0] == "when.metric"
        assert any(path.startswith("then[0]") for path in paths)
    (tmp_path / "broken.json").write_text("{")
    code, _, err = await gateway(house, "rules", "add", str(tmp_path / "broken.json"))
    assert (code, "not JSON" in err) == (1, True)
    assert (await gateway(house, "rules", "list", "--json"))[1] == '{"rules":[]}\n'


async def test_a_rehearsal_gives_times_and_beside_them_what_is_to_be_known(house: House, tmp_path: Path) -> None:
    await furnished(house)
    toy = house.automation.rules.backtest
    toy.report = replace(
        toy.report,
        firings=(WouldFire(START_MS, START_MS + 60_000, "then", "damp"), WouldFire(START_MS, None, "else", "dry")),
        on_s=1200.0,
        flapping=2,
        held=(HeldBack("it is between 22:00 and 06:00", 3, 5400.0),),
        conditions=(Share("when", "humidity is above 70 %", 0.07, 0.2),),
        warnings=("when: there are no readings of it before 2026-01-02",),
    )
    file = written(tmp_path, FAN)
    code, out, err = await gateway(house, "rules", "backtest", file, "--from", "2026-01-01", "--against")
    assert code == 0, err
    (line,) = out.splitlines()
    assert line.endswith("Z")
    assert "1 firings from 2026-01-01T00:00:00.000Z" in err
    assert "20 min in all" in err
    assert "besides: else 1 times" in err
    assert "2 of them less than 10 min after the one before had ended" in err
    assert "held back 3 times, 1.5 h at most: it is between 22:00 and 06:00" in err
    assert "when: humidity is above 70 %: true 7% of the time, not known 20%" in err
    assert "left out: 3 flagged" in err
    assert "note: when: there are no readings" in err
    assert (await gateway(house, "rules", "add", file))[0] == 0
    code, out, err = await gateway(house, "rules", "backtest", "bathroom-fan", "--json", "--against")
    assert (code, json.loads(out)["rule"]) == (0, "Bathroom fan"), err
    assert toy.against == []
    code, _, err = await gateway(house, "rules", "backtest", file, "--timezone", "Europe/Berlin")
    assert (code, "--timezone goes with --readings" in err) == (1, True)


async def test_why_says_each_comparison_and_what_holds_the_rule_back(house: House, tmp_path: Path) -> None:
    await furnished(house)
    await gateway(house, "rules", "add", written(tmp_path, FAN))
    await gateway(house, "rules", "shadow", "bathroom-fan")
    now_ms = house.clock()
    night = Cause("if.of", "true")
    causes = (Cause("when", "true", value=74.2, time_ms=now_ms - 3000, device="node-1", metric="humidity"), night)
    held = Held("bathroom-fan", now_ms, "condition", night)
    house.automation.rules.live.whys["bathroom-fan"] = Why(False, "true", causes, now_ms, now_ms - 700_000, held=held)
    code, out, err = await gateway(house, "rules", "why", "bathroom-fan")
    assert code == 0, err
    first, *others = out.splitlines()
    assert first.startswith("bathroom-fan: held back: ")
    assert "22:00" in first
    assert [line.split()[:2] for line in others] == [["true", "when:"], ["true", "if.of:"]]
    assert "74.2" in others[0]


async def test_firings_and_timers_are_listed_and_a_timer_is_cancelled(house: House, tmp_path: Path) -> None:
    await furnished(house)
    assert (await gateway(house, "rules", "firings"))[1] == "Nothing fired.\n"
    assert (await gateway(house, "rules", "timers"))[1] == "No timers.\n"
    await gateway(house, "rules", "add", written(tmp_path, FAN))
    rules = house.automation.rules
    rules.tell(firing("0" * 16, time_ms=house.clock(), simulated=True))
    code, out, err = await gateway(house, "rules", "firings", "bathroom-fan")
    assert code == 0, err
    first, act = out.splitlines()
    assert first.endswith("bathroom-fan: done  SIMULATED  (humidity 74.2 % > 70 % since 14:02)")
    assert act.strip() == "turn on Bathroom Fan for 20 min: done"
    assert (await gateway(house, "rules", "firings"))[1] == out
    rules.timers.arm(timer("a-0", time_ms=house.clock()))
    code, out, err = await gateway(house, "rules", "timers")
    assert (code, out.splitlines()[1].split()[:4]) == (0, ["a-0", "bathroom-fan", "turn_off", "bathroom-fan"]), err
    code, out, err = await gateway(house, "rules", "delete", "bathroom-fan")
    assert (code, "bathroom-fan turn_off" in err) == (1, True)
    assert (await gateway(house, "rules", "cancel", "a-0"))[:2] == (0, "a-0 cancelled\n")
    assert (await gateway(house, "rules", "delete", "bathroom-fan", "--timers", "finish"))[0] == 0


async def test_a_replay_that_is_not_the_same_is_a_failure(house: House) -> None:
    await furnished(house)
    code, out, err = await gateway(house, "rules", "replay")
    assert (code, out) == (0, "the same: 3 firings live, 3 replayed\n"), err
    code, _, err = await gateway(house, "rules", "replay", "--from", "2001-01-01")
    assert (code, "Nothing is taped of then." in err) == (1, True)


async def test_rules_go_into_a_file_and_back(house: House, tmp_path: Path) -> None:
    await furnished(house)
    await gateway(house, "rules", "add", written(tmp_path, FAN))
    file = tmp_path / "house.json"
    code, out, err = await gateway(house, "rules", "export", str(file))
    assert (code, out) == (0, ""), err
    assert json.loads(file.read_text())["rules"] == [{"id": "bathroom-fan", "rule": FAN}]
    assert json.loads((await gateway(house, "rules", "export"))[1]) == json.loads(file.read_text())
    await gateway(house, "rules", "delete", "bathroom-fan")
    code, out, err = await gateway(house, "rules", "import", str(file), "--mode", "shadow")
    assert (code, out) == (0, "1 rules and 0 scenes taken over, in mode shadow\n"), err
    assert (await gateway(house, "rules", "list", "--mode", "shadow"))[1].splitlines()[1].startswith("bathroom-fan")
