"""The shared vectors, and that the command which checks them can find a fault."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from gateway.cli.main import main
from gateway.cli.vectors import FORMAT, judge, run

FOLDER = Path(__file__).parents[1] / "vectors"
FILES = sorted(FOLDER.rglob("*.json"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_gateway_agrees_with_every_shared_vector(path: Path) -> None:
    verdict = judge(path, path.name)
    assert verdict.failures == []
    assert verdict.cases > 0


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_case_has_a_name_of_its_own(path: Path) -> None:
    names = [case["name"] for case in json.loads(path.read_bytes())["cases"]]
    assert len(set(names)) == len(names)


def test_every_kind_in_use_is_explained() -> None:
    explained = (FOLDER / "README.md").read_text()
    for path in FILES:
        assert f"`{json.loads(path.read_bytes())['kind']}`: " in explained


def test_the_whole_folder_holds(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(FOLDER, as_json=True) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["holds"] is True
    assert [entry["file"] for entry in said["files"]] == [path.relative_to(FOLDER).as_posix() for path in FILES]


def test_the_command_says_a_line_per_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["vectors", str(FOLDER)]) == 0
    assert len(capsys.readouterr().out.splitlines()) == len(FILES)


def one_case(tmp_path: Path, kind: str, case: dict[str, object]) -> list[str]:
    path = tmp_path / "x.json"
    path.write_bytes(msgspec.json.encode({"format": FORMAT, "kind": kind, "about": "", "cases": [case]}))
    return judge(path, "x.json").failures


ORDER = {"id": "a", "verb": "turn_on", "args": {}, "expires_ms": 5, "ttl_ms": 5}
SAMPLE = {"values": {"a": 1.0}, "bits": {"a": "3ff0000000000000"}}
WRONG: list[tuple[str, dict[str, object]]] = [
    ("names", {"name": "x", "of": "device_id", "value": "Bad", "valid": True}),
    ("topics", {"name": "x", "topic": "devices/node-1/log", "parsed": None}),
    ("topics", {"name": "x", "topic": "a", "parsed": {"device": "a", "what": "b"}}),
    ("access", {"name": "x", "kind": "device", "who": "abc", "may": "connect", "value": "abd", "allowed": True}),
    ("telemetry", {"name": "x", "text": '{"a":1}', "samples": []}),
    ("telemetry", {"name": "x", "text": '{"a":2}', "samples": [SAMPLE]}),
    ("telemetry", {"name": "x", "text": '{"b":1}', "samples": [SAMPLE]}),
    ("telemetry", {"name": "x", "text": '{"a":1,"timestamp":1767787200}', "samples": [SAMPLE]}),
    ("telemetry", {"name": "x", "text": '{"a":"1"}', "samples": [SAMPLE]}),
    ("telemetry", {"name": "x", "text": '{"a":0}', "samples": [{"values": {"a": 0.0}, "bits": {"a": "8" + "0" * 15}}]}),
    ("bare", {"name": "x", "metric": "a", "text": "2", "sample": SAMPLE}),
    ("bare", {"name": "x", "metric": "a", "text": "no", "sample": SAMPLE}),
    ("heartbeats", {"name": "x", "text": '{"rssi":-5}', "vitals": {"rssi_dbm": -6.0}}),
    ("heartbeats", {"name": "x", "text": "no", "vitals": {}}),
    ("status", {"name": "x", "text": "online", "online": False}),
    ("status", {"name": "x", "text": "no", "online": False}),
    ("refusals", {"name": "x", "of": "telemetry", "text": '{"a":1}', "fault": "not_json"}),
    ("refusals", {"name": "x", "of": "telemetry", "text": '{"a":"1"}', "fault": "not_json"}),
    ("refusals", {"name": "x", "of": "telemetry", "text": "no", "fault": "not_json", "says": "temperature"}),
    ("refusals", {"name": "x", "of": "nothing", "text": "no", "fault": "not_json"}),
    ("commands", {"name": "x", "text": "{}"}),
    ("commands", {"name": "x", "text": '{"id":"a","status":"done"}', "ack": {"id": "a", "status": "failed"}}),
    ("commands", {"name": "x", "text": '{"id":"a b","status":"done"}', "ack": {"id": "a b", "status": "done"}}),
    ("commands", {"name": "x", "text": "{}", "order": ORDER}),
    ("shadows", {"name": "x", "of": "merge", "state": {}, "patch": {"a": 1}, "result": {"a": True}}),
    ("shadows", {"name": "x", "of": "merge", "state": {}, "patch": {"A": 1}, "result": {"A": 1}}),
    ("shadows", {"name": "x", "of": "merge", "state": {}, "patch": {"a": 1}, "refused": True}),
    ("shadows", {"name": "x", "of": "delta", "desired": {"a": 1}, "reported": {}, "delta": {}}),
    ("shadows", {"name": "x", "of": "desired", "text": "{}", "says": {"version": 1, "state": {}}}),
    ("shadows", {"name": "x", "of": "desired", "text": "{}"}),
    (
        "shadows",
        {"name": "x", "of": "reported", "text": '{"version":1,"state":{}}', "says": {"version": 2, "state": {}}},
    ),
    ("shadows", {"name": "x", "of": "reported", "text": "{}", "says": {"version": 1, "state": {}}}),
    ("refusals", {"name": "x", "of": "command/ack", "text": '{"id":"a","status":"done"}', "fault": "bad_text"}),
    ("filters", {"name": "x", "filter": "#", "topic": "$SYS", "matches": True}),
    ("filters", {"name": "x", "filter": "a#", "topic": "a", "matches": True}),
    ("frames", {"name": "x", "hex": "c000", "frames": []}),
    ("frames", {"name": "x", "hex": "c0", "frames": []}),
    ("frames", {"name": "x", "hex": "c000", "refused": True}),
    ("frames", {"name": "x", "hex": "30ffffffff", "frames": []}),
    ("packets", {"name": "x", "hex": "40020001", "packet": {"type": "puback", "packet_id": 2}}),
    ("packets", {"name": "x", "hex": "40020001", "refused": True}),
    ("packets", {"name": "x", "hex": "40020000", "packet": {"type": "puback", "packet_id": 0}}),
    ("packets", {"name": "x", "hex": "4082000001", "packet": {"type": "puback", "packet_id": 1}}),
    ("packets", {"name": "x", "hex": "40020000", "refused": True, "return_code": 1}),
    ("packets", {"name": "x", "hex": "4002", "packet": {"type": "puback", "packet_id": 1}}),
    ("packets", {"name": "x", "hex": "zz", "refused": True}),
    ("status", {"name": "x", "base64": "no base64!", "online": True}),
    ("status", {"name": "x", "text": "online", "online": True, "typo": 1}),
    ("status", {"text": "online", "online": True}),
]


@pytest.mark.parametrize(("kind", "case"), WRONG, ids=[f"{index}-{kind}" for index, (kind, _) in enumerate(WRONG)])
def test_a_case_that_does_not_hold_is_found(tmp_path: Path, kind: str, case: dict[str, object]) -> None:
    assert len(one_case(tmp_path, kind, case)) == 1


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff",
        b"[]",
        b'{"format":1,"kind":"status","about":"","cases":[]}',
        b'{"format":2,"kind":"status","about":"","cases":[{"name":"x","text":"online","online":true}]}',
        b'{"format":1,"kind":"poems","about":"","cases":[{"name":"x"}]}',
        b'{"format":1,"kind":"status","about":"","cases":[5]}',
    ],
)
def test_a_file_that_cannot_be_judged_fails(tmp_path: Path, content: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "x.json").write_bytes(content)
    assert run(tmp_path, as_json=False) == 1
    assert "1 FAILED" in capsys.readouterr().out


def test_a_folder_without_vectors_is_no_success(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path, as_json=False) == 2
    assert run(tmp_path / "missing", as_json=True) == 2
    assert "no vectors" in capsys.readouterr().err
