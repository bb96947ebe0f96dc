from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from gateway.core.errors import Refused
from gateway.core.window.teacher import teach
from models.window import evaluate
from models.window.evaluate import load, main
from models.window.following import CHECKPOINTS, follow
from models.window.sessions import read_sessions

_START = datetime.fromisoformat("2026-07-01T00:00:00+02:00")


def _line(step: int, **known: object) -> dict[str, object]:
    time = (_START + timedelta(minutes=30 * step)).isoformat()
    warm = 23.0 + 3.0 * np.sin(2 * np.pi * (step / 48 - 0.4))
    return {
        "owner": "ada",
        "time": time,
        "temperature": warm,
        "humidity": 50.0,
        "sound_level": 40.0,
        "outdoor_temperature": warm - 5.0,
        "outdoor_humidity": 60.0,
        "rain": 0,
        "wanted": None,
        **known,
    }


def _write(path: Path, lines: list[dict[str, object]]) -> Path:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


def test_a_row_becomes_a_moment_on_its_own_clock(tmp_path: Path) -> None:
    [session] = read_sessions(_write(tmp_path / "s.jsonl", [_line(31, rain=1.5)]))
    moment = session.rows[0].moment
    assert moment.hour == 15.5
    assert moment.day == 182
    assert moment.rain_mm_h == 1.5
    assert moment.sound_db == 40.0
    assert moment.co2_ppm is None
    assert session.rows[0].right is None


def test_the_running_mean_is_the_days_before_and_on_the_first_day_what_was_seen(tmp_path: Path) -> None:
    lines = [_line(step, outdoor_temperature=10.0 if step < 48 else 20.0) for step in range(0, 144, 12)]
    [session] = read_sessions(_write(tmp_path / "s.jsonl", lines))
    means = [row.moment.outdoor_mean_c for row in session.rows]
    assert means[:8] == [10.0] * 8
    assert means[8] == pytest.approx(12.0)


def test_rows_without_a_temperature_are_counted_and_not_scored(tmp_path: Path) -> None:
    [session] = read_sessions(_write(tmp_path / "s.jsonl", [_line(0, temperature=None), _line(1, truth=40)]))
    assert session.blind == 1
    assert [row.right for row in session.rows] == [40.0]


def test_owners_may_be_interleaved_and_unknown_keys_are_ignored(tmp_path: Path) -> None:
    lines = [_line(step, owner=name, mood="fine") for step in range(3) for name in ("ada", "bob")]
    sessions = read_sessions(_write(tmp_path / "s.jsonl", lines))
    assert [(one.owner, len(one.rows)) for one in sessions] == [("ada", 3), ("bob", 3)]


def test_every_input_but_the_temperature_may_be_null(tmp_path: Path) -> None:
    empty = dict.fromkeys(("humidity", "sound_level", "outdoor_temperature", "outdoor_humidity", "rain"))
    phi, prior = load(evaluate.HERE)
    [session] = read_sessions(_write(tmp_path / "s.jsonl", [_line(step, **empty, truth=10) for step in range(5)]))
    assert follow(phi, prior, session).checkpoints[0].rows == 5


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{", "line 2"),
        ("[1]", "line 2: it is no object"),
        ('{"owner": "ada"}', "line 2: time is missing"),
        ('{"owner": "ada", "time": "yesterday"}', "line 2"),
        (
            '{"owner": "ada", "time": "2026-07-01T00:00:00Z", "temperature": "warm"}',
            "line 2: temperature is not a number",
        ),
        ('{"owner": "ada", "time": "2026-07-01T00:00:00Z", "wanted": 140}', "line 2: wanted is not between"),
        ('{"owner": "ada", "time": "2026-07-01T00:00:00Z", "humidity": NaN}', "line 2: humidity is not a number"),
    ],
)
def test_a_bad_line_is_named_by_its_number(
    tmp_path: Path, line: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "s.jsonl"
    path.write_text(json.dumps(_line(0)) + "\n" + line + "\n", encoding="utf-8")
    with pytest.raises(Refused, match=words):
        read_sessions(path)
    assert main(["--sessions", str(path)]) == 2
    assert words in capsys.readouterr().err


def test_an_owner_who_wants_twenty_more_is_learnt_from_his_overrides(tmp_path: Path) -> None:
    path = tmp_path / "s.jsonl"
    [plain] = read_sessions(_write(path, [_line(step) for step in range(480)]))
    truth = [min(100.0, teach(row.moment) + 20.0) for row in plain.rows]
    lines = [
        _line(step, truth=truth[step], wanted=truth[step] if step % 17 == 0 and step < 240 else None)
        for step in range(480)
    ]
    phi, prior = load(evaluate.HERE)
    [session] = read_sessions(_write(path, lines))
    followed = follow(phi, prior, session)
    assert [at.lessons for at in followed.checkpoints] == list(CHECKPOINTS)
    last = followed.checkpoints[-1]
    assert last.after_pp < 0.5 * last.before_pp
    assert not followed.worse


def test_fewer_than_twelve_overrides_are_scored_after_the_last(tmp_path: Path) -> None:
    lines = [_line(step, truth=30, wanted=30 if step in (3, 9, 12) else None) for step in range(40)]
    phi, prior = load(evaluate.HERE)
    [session] = read_sessions(_write(tmp_path / "s.jsonl", lines))
    assert [(at.lessons, at.rows) for at in follow(phi, prior, session).checkpoints] == [(0, 40), (2, 30), (3, 27)]


def test_the_board_is_printed_as_json_with_each_owner(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = [_line(step, truth=100, wanted=100 if step % 5 == 0 else None) for step in range(100)]
    code = main(["--sessions", str(_write(tmp_path / "s.jsonl", lines)), "--json"])
    board = json.loads(capsys.readouterr().out)
    figures = {one["name"]: one for one in board["figures"]}
    assert figures["window_error_after"]["value"] < figures["window_error_before"]["value"]
    assert code == int(not all(one.get("holds", True) for one in board["figures"]))
    [owner] = board["owners"]
    assert owner["owner"] == "ada"
    assert set(owner["after_each"]) == {"0", "2", "4", "8", "12"}
    assert 0.0 <= owner["claimed"] <= 1.0
