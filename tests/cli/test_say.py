"""gateway say, as a person or a program runs it."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest

from gateway.cli import say
from gateway.cli.main import main
from gateway.core.language.intent import Intent
from gateway.flow.chat.said import Acted, Proposal, Reply
from tests.cli.gateway_cli import gateway, start
from tests.fakes import START_MS
from tests.frontends.panel.house import House
from tests.frontends.panel.test_commands import ack, connect

_SITE = """
zones = []
assets = []
devices = []
[site]
name = "Nothing"
"""


def _said(capsys: pytest.CaptureFixture[str], *words: str) -> list[dict[str, object]]:
    assert main(["say", *words, "--dry-run", "--json"]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_dry_run_needs_no_gateway_and_prints_one_intent(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (intent,) = _said(capsys, "colourless green ideas sleep furiously")
    assert intent["kind"] == "none"
    assert intent["reply"]


def test_every_line_of_standard_input_has_its_line_of_output(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    given = io.TextIOWrapper(io.BytesIO(b"hello there\n\n\xff\xfe\nflurble"))
    monkeypatch.setattr(sys, "stdin", given)
    assert [intent["kind"] for intent in _said(capsys, "-")] == ["none"] * 4


def test_what_only_looks_like_an_order_moves_nothing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    sentences = (
        "don't turn on the fan",
        "should I open the window?",
        "turn of the fan",
        "open the window",
        "set the boiler to 140",
        "Anna said turn on the pump",
    )
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO("\n".join(sentences).encode())))
    intents = _said(capsys, "-")
    assert len(intents) == len(sentences)
    assert {intent["kind"] for intent in intents} <= {"none", "question", "explain"}


def test_a_rule_is_printed_with_the_keys_of_the_protocol(capsys: pytest.CaptureFixture[str]) -> None:
    text = "If humidity in the bathroom is above 70 % for 10 minutes, run the fan for 20 minutes, but not at night"
    (intent,) = _said(capsys, text)
    assert {
        key: intent[key] for key in ("kind", "action", "device", "place", "parameter", "condition", "schedule")
    } == {
        "kind": "rule",
        "action": "turn_on",
        "device": "bathroom-fan",
        "place": "bathroom",
        "parameter": "humidity",
        "condition": {"parameter": "humidity", "operator": ">", "value": 70.0, "for_s": 600, "place": "bathroom"},
        "schedule": {"for_s": 1200, "not": ["22:00", "06:00"]},
    }
    assert intent["confirm"]
    assert intent["rule"]


def test_sentences_of_one_talk_hear_each_other(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    said = b"is the bedroom window open\nclose it\n"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(said)))
    assert _said(capsys, "-", "--talk")[1]["device"] == "bedroom-window"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(said)))
    assert _said(capsys, "-")[1]["kind"] == "question"


def test_another_house_is_another_site_file(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "site.toml"
    file.write_text(_SITE)
    (intent,) = _said(capsys, "open the bedroom window to 40 percent", "--site", str(file))
    assert intent["kind"] in ("none", "question")


def test_a_site_that_is_not_there_is_named(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["say", "hello", "--dry-run", "--site", str(tmp_path / "gone.toml")]) == 1
    assert "gone.toml" in capsys.readouterr().err


def test_without_json_the_reply_comes_first_and_then_what_is_behind_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["say", "colourless green ideas sleep furiously", "--dry-run"]) == 0
    first, *rest = capsys.readouterr().out.splitlines()
    assert first
    assert rest[0] == "  kind: none"


def test_a_choice_or_a_site_where_there_is_none_is_named(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    for words in (["say"], ["say", "--choice", "yes:p1", "--dry-run"]):
        with pytest.raises(SystemExit):
            main(words)
    assert main(["say", "hello", "--site", str(tmp_path)]) == 1
    assert "--dry-run" in capsys.readouterr().err


async def test_an_answer_is_printed_and_ends_well(house: House) -> None:
    said = Reply(kind="query", text="21.4 °C in Bathroom", intent=Intent(kind="query", action="value"), simulated=True)
    house.outward.chat.reply = said
    assert await gateway(house, "say", "what's the temp in the bathroom") == (0, "21.4 °C in Bathroom  SIMULATED\n", "")
    assert [(one.text, one.way, one.talk) for one in house.outward.chat.said] == [
        ("what's the temp in the bathroom", "cli", "local")
    ]
    code, out, _ = await gateway(house, "say", "and now", "--talk", "kitchen", "--json")
    assert (code, json.loads(out)["kind"]) == (0, "query")
    assert house.outward.chat.said[1].talk == "local/kitchen"


async def test_what_was_not_understood_was_not_done(house: House) -> None:
    for kind in ("none", "question"):
        house.outward.chat.reply = Reply(kind=kind, text="Which window?", intent=Intent(kind=kind))  # type: ignore[arg-type]
        assert (await gateway(house, "say", "open the window"))[:2] == (1, "Which window?\n")


async def test_what_waits_for_a_yes_says_how_to_give_it(house: House) -> None:
    proposal = Proposal(id="p-1", text="…", until_ms=START_MS, intent=Intent(kind="rule"))
    house.outward.chat.reply = Reply(kind="rule", text="Shall I?", intent=Intent(kind="rule"), proposal=proposal)
    code, out, _ = await gateway(house, "say", "every day at 7 turn on the pump")
    assert (code, out.splitlines()) == (3, ["Shall I?", "Answer with: gateway say --choice yes:p-1"])
    house.outward.chat.reply = Reply(kind="command", text="Done.", intent=Intent(kind="command"))
    assert (await gateway(house, "say", "--choice", "yes:p-1"))[0] == 0
    assert house.outward.chat.said[-1].choice == "yes:p-1"
    picks = Proposal(
        id="p-2", text="…", choices=("Bath 1", "Bath 2"), until_ms=START_MS, intent=Intent(kind="question")
    )
    house.outward.chat.reply = Reply(kind="question", text="Which?", intent=Intent(kind="question"), proposal=picks)
    code, out, _ = await gateway(house, "say", "how warm is the bath")
    assert code == 3
    assert out.splitlines()[-1] == "Answer with: gateway say --choice pick:p-2:N (1 Bath 1, 2 Bath 2)"


@pytest.mark.parametrize(
    ("choices", "said", "choice"),
    [
        ((), "y\n", "yes:p1"),
        ((), " YES \n", "yes:p1"),
        ((), "\n", "no:p1"),
        ((), "", "no:p1"),
        ((), "yes, but 60\n", "no:p1"),
        (("A", "B"), "2\n", "pick:p1:2"),
        (("A", "B"), "3\n", "no:p1"),
        (("A", "B"), "0\n", "no:p1"),
        (("A", "B"), "y\n", "no:p1"),
    ],
)
def test_at_a_terminal_only_a_plain_yes_or_a_number_is_one(
    choices: tuple[str, ...], said: str, choice: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(said))
    assert say._choice(say.Proposal("p1", "Shall I?", choices)) == choice


@pytest.mark.parametrize(("status", "code"), [("done", 0), ("failed", 1)])
async def test_what_became_of_an_order_is_said_when_it_ends_soon(house: House, status: str, code: int) -> None:
    device = (await house.device(kind="window")).device_id
    connect(house, device)
    await gateway(house, "command", device, "identify")
    command = house.home.commands.of(device)[0]
    acted = Acted(command=command.id, device=device, verb="identify", status="queued")
    house.outward.chat.reply = Reply(kind="command", text="Sent.", intent=Intent(kind="command"), acted=(acted,))
    process = await start("say", "which one is it", data=house.data)
    assert process.stdout is not None
    assert (await process.stdout.readline()).decode() == "Sent.\n"
    ack(house, device, command.id, status, "so it is")
    rest, _ = await process.communicate()
    assert rest.decode() == f"{device} identify: {status}, so it is\n"
    assert process.returncode == code
