"""gateway rules backtest RULE.json --readings FILE.csv: no gateway anywhere."""

from __future__ import annotations

import io
import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.cli.main import main

NOON = datetime(2026, 10, 20, 12, tzinfo=UTC)
DAMP: dict[str, Any] = {
    "name": "Bathroom fan",
    "when": {"kind": "value", "asset": "bathroom", "metric": "humidity", "operator": ">", "value": 70},
    "for_s": 600,
    "hysteresis": 5,
    "if": {"kind": "not", "of": {"kind": "time", "from": "22:00", "to": "06:00"}},
    "then": [{"kind": "command", "asset": "bathroom-fan", "verb": "turn_on", "for_s": 1200}],
}
SITE = """
[site]
name = "Two rooms"
time_zone = "Europe/Berlin"
climate = { latitude_deg = 52.5, longitude_deg = 13.4 }
[[zones]]
id = "home"
name = "Home"
[[assets]]
kind = "room"
id = "bathroom"
name = "Bathroom"
zone = "home"
[[assets]]
kind = "room"
id = "kitchen"
name = "Kitchen"
zone = "home"
[[devices]]
id = "bath-1"
name = "Bath"
kind = "climate"
asset = "bathroom"
metrics = ["humidity"]
[[devices]]
id = "kitchen-1"
name = "Kitchen"
kind = "climate"
asset = "kitchen"
metrics = ["humidity"]
"""


class Bench:
    """A folder with a rule and a recording."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self._capsys = capsys

    def rule(self, **changed: object) -> Path:
        path = self.folder / "rule.json"
        path.write_text(json.dumps({name: value for name, value in {**DAMP, **changed}.items() if value is not None}))
        return path

    def readings(self, *lines: str, heading: str = "timestamp,value") -> Path:
        path = self.folder / "readings.csv"
        path.write_text("\n".join([heading, *lines, ""]))
        return path

    def backtest(self, *words: object) -> tuple[int, list[str], str]:
        code = main(["rules", "backtest", *map(str, words)])
        out, err = self._capsys.readouterr()
        return code, out.splitlines(), err


@pytest.fixture
def bench(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Bench:
    return Bench(tmp_path, capsys)


def at(minutes: float) -> str:
    return (NOON + timedelta(minutes=minutes)).isoformat()


def shower(form: str, since: int = 5, until: int = 30, every: int = 1, minutes: int = 60) -> list[str]:
    """An hour in which it is damp for some time."""
    return [form.format(at=at(m), value=80 if since <= m < until else 50) for m in range(0, minutes, every)]


@pytest.mark.parametrize(
    ("heading", "form"),
    [
        ("timestamp,value", "{at},{value}"),
        ("timestamp,humidity,temperature", "{at},{value},21"),
        ("timestamp,metric,value", "{at},humidity,{value}"),
        ("timestamp,device,metric,value", "{at},bath-1,humidity,{value}"),
    ],
)
def test_every_form_of_recording_gives_the_times_one_a_line(bench: Bench, heading: str, form: str) -> None:
    readings = bench.readings(*shower(form), heading=heading)
    code, out, err = bench.backtest(bench.rule(), "--readings", readings)
    assert (code, out) == (0, ["2026-10-20T12:15:00.000Z"]), err
    assert "1 firings from 2026-10-20T12:00:00.000Z" in err
    assert ("assumed" in err) == ("device" in heading)


def test_for_programs_there_is_json_with_why_and_until(bench: Bench) -> None:
    readings = bench.readings(*shower("{at},{value}"))
    code, out, _ = bench.backtest(bench.rule(), "--readings", readings, "--json")
    assert code == 0
    found = json.loads(out[0])
    assert found["rule"] == "Bathroom fan"
    (fired,) = found["firings"]
    assert (fired["time"], fired["until"]) == ("2026-10-20T12:15:00.000Z", "2026-10-20T12:30:00.000Z")
    assert (fired["time_ms"], fired["part"]) == (int((NOON + timedelta(minutes=15)).timestamp() * 1000), "then")
    assert "humidity 80 % > 70 %" in fired["why"]
    assert (found["from"], found["to"]) == ("2026-10-20T12:00:00.000Z", "2026-10-20T12:59:00.001Z")
    assert {share["path"] for share in found["conditions"]} == {"when", "if.of"}
    assert (found["held"], found["left"], found["warnings"]) == ([], {}, [])


def test_what_is_done_when_it_ends_is_no_line_of_its_own(bench: Bench) -> None:
    off = [{"kind": "command", "asset": "bathroom-fan", "verb": "turn_off"}]
    readings = bench.readings(*shower("{at},{value}"))
    code, out, err = bench.backtest(bench.rule(**{"else": off}), "--readings", readings)
    assert (code, out) == (0, ["2026-10-20T12:15:00.000Z"])
    assert "besides: else 1 times" in err


def test_the_wall_clock_is_the_sites(bench: Bench) -> None:
    readings = bench.readings(*shower("{at},{value}"))
    evening = bench.rule(**{"if": {"kind": "time", "from": "14:00", "to": "15:00"}})
    assert bench.backtest(evening, "--readings", readings)[1] == []
    assert len(bench.backtest(evening, "--readings", readings, "--timezone", "Europe/Berlin")[1]) == 1
    (bench.folder / "site.toml").write_text(SITE)
    assert len(bench.backtest(evening, "--readings", readings, "--site", bench.folder / "site.toml")[1]) == 1


def test_a_site_says_which_device_is_where(bench: Bench) -> None:
    (bench.folder / "site.toml").write_text(SITE)
    lines = [
        *(f"{at(m)},kitchen-1,humidity,{80 if 5 <= m < 30 else 50}" for m in range(60)),
        *(f"{at(m)},bath-1,humidity,50" for m in range(60)),
    ]
    readings = bench.readings(*lines, heading="timestamp,device,metric,value")
    everywhere = bench.rule(when={**DAMP["when"], "of": "any"})
    assert len(bench.backtest(everywhere, "--readings", readings)[1]) == 1
    code, out, err = bench.backtest(everywhere, "--readings", readings, "--site", bench.folder / "site.toml")
    assert (code, out) == (0, []), err
    assert "assumed" not in err
    home = {**DAMP["when"], "of": "any", "zone": "home"}
    del home["asset"]
    zone_wide = bench.rule(when=home)
    assert len(bench.backtest(zone_wide, "--readings", readings, "--site", bench.folder / "site.toml")[1]) == 1


def test_readings_an_hour_apart_are_not_stale_and_a_wait_ends_between_them(bench: Bench) -> None:
    readings = bench.readings(*shower("{at},{value}", since=60, until=240, every=60, minutes=600))
    code, out, err = bench.backtest(bench.rule(), "--readings", readings)
    assert (code, out) == (0, ["2026-10-20T13:10:00.000Z"]), err


def test_a_silence_is_not_known_and_breaks_a_wait(bench: Bench) -> None:
    lines = [f"{at(m)},80" for m in (0, 1, 2, 3, 4, 5)] + [f"{at(m)},80" for m in range(60, 75)]
    code, out, err = bench.backtest(bench.rule(for_s=2400), "--readings", bench.readings(*lines))
    assert (code, out) == (0, []), err
    code, out, err = bench.backtest(bench.rule(), "--readings", bench.readings(*lines))
    assert (code, out) == (0, ["2026-10-20T12:10:00.000Z"]), err  # true, not known, true: still the same episode


def test_rows_that_go_back_in_time_are_left_out_and_counted(bench: Bench) -> None:
    lines = [*shower("{at},{value}", minutes=40), f"{at(2)},99", "nonsense,1"]
    code, out, err = bench.backtest(bench.rule(), "--readings", bench.readings(*lines))
    assert (code, out) == (0, ["2026-10-20T12:15:00.000Z"])
    assert "left out: 1 late" in err
    assert "left out: 1 unreadable" in err
    assert "line 43: timestamp 'nonsense'" in err


def test_only_a_stretch_may_be_told_but_what_was_before_counts(bench: Bench) -> None:
    lines = [*shower("{at},{value}", minutes=40), *(f"{at(m)},{80 if m >= 100 else 50}" for m in range(60, 160))]
    readings = bench.readings(*lines)
    span = ("--from", at(12), "--to", at(50))
    assert bench.backtest(bench.rule(), "--readings", readings, *span)[1] == ["2026-10-20T12:15:00.000Z"]
    late = ("--from", str(int((NOON + timedelta(minutes=50)).timestamp() * 1000)))
    assert bench.backtest(bench.rule(), "--readings", readings, *late)[1] == ["2026-10-20T13:50:00.000Z"]


def test_the_rule_may_come_from_standard_input(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    text = io.TextIOWrapper(io.BytesIO(json.dumps(DAMP).encode()))
    monkeypatch.setattr(sys, "stdin", text)
    assert bench.backtest("-", "--readings", bench.readings(*shower("{at},{value}")))[0] == 0


def test_sunset_needs_a_place(bench: Bench) -> None:
    readings = bench.readings(*shower("{at},{value}", minutes=600))
    sunset = bench.rule(when={"kind": "sun", "event": "sunset"}, for_s=None, hysteresis=None, **{"if": None})
    code, out, err = bench.backtest(sunset, "--readings", readings)
    assert (code, out) == (1, [])
    assert "latitude" in err
    place = ("--latitude", 52.52, "--longitude", 13.405)
    code, out, _ = bench.backtest(sunset, "--readings", readings, *place)
    assert (code, [line[:16] for line in out]) == (0, ["2026-10-20T16:00"])


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"if": {"kind": "not", "of": {"kind": "time", "form": "22:00", "to": "06:00"}}}, "if.of.form: "),
        ({"when": {**DAMP["when"], "value": "damp"}}, "when.value: "),
        ({"if": {"kind": "between", "device": "bath-1", "metric": "humidity", "low": 5, "high": 4}}, "if"),
        ({"then": []}, "then"),
    ],
)
def test_what_is_wrong_with_a_rule_is_told_with_its_path(bench: Bench, changed: dict[str, Any], said: str) -> None:
    readings = bench.readings(*shower("{at},{value}"))
    code, out, err = bench.backtest(bench.rule(**changed), "--readings", readings)
    assert (code, out) == (1, [])
    assert err.startswith(said), err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--timezone", "Mars/Base"), "no time zone 'Mars/Base'"),
        (("--latitude", "52"), "--latitude and --longitude go together"),
        (("--from", "soon"), "--from soon: not an instant"),
        (("--from", "2027-01-01"), "--to must be later"),
        (("--site", "none.toml"), "none.toml"),
    ],
)
def test_options_that_make_no_sense_are_refused(bench: Bench, words: tuple[str, ...], said: str) -> None:
    readings = bench.readings(*shower("{at},{value}"))
    code, out, err = bench.backtest(bench.rule(), "--readings", readings, *words)
    assert (code, out) == (1, [])
    assert said in err


def test_files_that_are_none_are_named(bench: Bench) -> None:
    assert "none.json: No such file" in bench.backtest("none.json", "--readings", "none.csv")[2]
    assert "none.csv: No such file" in bench.backtest(bench.rule(), "--readings", "none.csv")[2]
    assert "no readable row" in bench.backtest(bench.rule(), "--readings", bench.readings())[2]


def test_a_metric_the_recording_does_not_have_is_said(bench: Bench) -> None:
    readings = bench.readings(*shower("{at},temperature,{value}"), heading="timestamp,metric,value")
    code, out, err = bench.backtest(bench.rule(), "--readings", readings)
    assert (code, out) == (0, [])
    assert "when: the recording has no humidity of it" in err


@pytest.mark.parametrize(("for_s", "first"), [(None, "12:00"), (600, "12:10")])
def test_what_the_clock_alone_says_counts_from_the_first_reading_on(
    bench: Bench, for_s: int | None, first: str
) -> None:
    by_day = {"kind": "time", "from": "08:00", "to": "20:00"}
    rule = bench.rule(**{"when": None, "hysteresis": None, "if": by_day, "for_s": for_s})
    code, out, err = bench.backtest(rule, "--readings", bench.readings(*shower("{at},{value}")))
    assert (code, out) == (0, [f"2026-10-20T{first}:00.000Z"]), err


def test_a_rule_that_is_no_json_is_told_with_its_line(bench: Bench) -> None:
    rule, readings = bench.rule(), bench.readings(*shower("{at},{value}"))
    rule.write_text('{"name": "Fan",\n "for_s": 600\n "hysteresis": 5}')
    code, _, err = bench.backtest(rule, "--readings", readings)
    assert (code, "not JSON: line 3, column 2: Expecting ',' delimiter" in err) == (1, True), err


def test_a_byte_order_mark_is_no_part_of_a_rule(bench: Bench) -> None:
    rule, readings = bench.rule(), bench.readings(*shower("{at},{value}"))
    rule.write_bytes(b"\xef\xbb\xbf" + rule.read_bytes())
    assert bench.backtest(rule, "--readings", readings)[:2] == (0, ["2026-10-20T12:15:00.000Z"])
