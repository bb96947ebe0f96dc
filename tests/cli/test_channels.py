"""gateway channels, telegram and assistant, as a person runs them."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path

from gateway.core.access import Scope
from gateway.core.channels import EmailWay, NtfyWay, TelegramWay
from gateway.core.ports.channel import NotSent
from tests.cli.gateway_cli import gateway
from tests.frontends.panel.house import House
from tests.frontends.panel.outward import alert, delivery

TOKEN = "123456:AAabcdefghijklmnopqrstuvwxyz1234567"


async def _given(house: House, text: str, *words: str) -> tuple[int, str, str]:
    """With this on standard input."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gateway", *words, "--data", str(house.data), stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(Path.cwd())},
    )  # fmt: skip
    out, err = await asyncio.wait_for(process.communicate(text.encode()), 60)
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


async def test_a_channel_is_set_up_with_its_secret_on_standard_input(house: House) -> None:
    assert (await gateway(house, "channels", "list"))[1].startswith("Nobody is told anything.")
    code, out, err = await _given(house, f"{TOKEN}\n", "channels", "set", "telegram", "--secret")
    assert code == 0, err
    assert TOKEN not in out
    assert house.outward.channels.forms["telegram"].way == TelegramWay(token=TOKEN)
    _, out, _ = await gateway(house, "channels", "list")
    assert out.splitlines()[1].split() == ["telegram", "telegram", "info,", "warning,", "alarm", "0", "0", "on"]


async def test_what_is_left_out_stays_as_it_was(house: House) -> None:
    mail = ("host=mail.example.org", "user=house", "sender=house@example.org", "to=a@example.org,b@example.org")
    code, _, err = await _given(house, "hunter2\n", "channels", "set", "mail", "email", *mail, "--secret")
    assert code == 0, err
    changed = ("port=465", "security=tls", "--levels", "warning,alarm", "--escalation", "on")
    code, _, err = await gateway(house, "channels", "set", "mail", *changed)
    assert code == 0, err
    form = house.outward.channels.forms["mail"]
    assert form.way == EmailWay(
        host="mail.example.org",
        port=465,
        security="tls",
        user="house",
        password="hunter2",
        sender="house@example.org",
        to=("a@example.org", "b@example.org"),
    )
    assert (form.levels, form.escalation, form.enabled) == (("warning", "alarm"), True, True)
    await gateway(house, "channels", "set", "mail", "--enabled", "off")
    assert not house.outward.channels.forms["mail"].enabled


async def test_what_is_wrong_with_a_channel_is_said(house: House) -> None:
    for words, named in (
        (("set", "smoke", "signals"), "signals"),
        (("set", "phone", "ntfy", "topic"), "key=value"),
        (("set", "mail", "email", "port=x"), "port"),
        (("test", "phone"), "phone"),
        (("remove", "phone"), "phone"),
    ):
        code, _, err = await gateway(house, "channels", *words)
        assert code == 1
        assert named in err
    code, _, err = await _given(house, "", "channels", "set", "telegram", "--secret")
    assert code == 1
    assert "standard input" in err


async def test_a_line_is_sent_to_try_it(house: House) -> None:
    await _given(house, "tk\n", "channels", "set", "phone", "ntfy", "topic=house", "--secret")
    assert house.outward.channels.forms["phone"].way == NtfyWay(topic="house", token="tk")
    assert await gateway(house, "channels", "test", "phone") == (0, "it arrived: it arrived\n", "")
    house.outward.channels.failure = NotSent("ntfy.sh: its name is not found")
    code, out, _ = await gateway(house, "channels", "test", "phone")
    assert (code, out) == (1, "it did not arrive: ntfy.sh: its name is not found\n")
    assert (await gateway(house, "channels", "remove", "phone"))[0] == 0
    assert house.outward.channels.forms == {}


async def test_what_waits_is_shown_and_can_be_dropped(house: House) -> None:
    await _given(house, "tk\n", "channels", "set", "ntfy", "topic=house", "--secret")
    assert (await gateway(house, "channels", "outbox", "ntfy"))[1] == "Nothing waits.\n"
    one = house.outward.outbox.keep(delivery(alert(), tried=4))
    _, out, _ = await gateway(house, "channels", "outbox", "ntfy")
    assert out.splitlines() == [f"{one.parcel.id}  ⚠ Fern (open): queued, tried 4", "1 waiting"]
    code, _, err = await gateway(house, "channels", "drop", "ntfy", one.parcel.id)
    assert code == 0, err
    assert house.outward.outbox.waiting() == []


async def test_people_are_paired_by_a_code_and_forgotten(house: House) -> None:
    code, out, err = await gateway(house, "telegram", "pair", "--scope", "operate", "--minutes", "5")
    assert code == 0, err
    assert "/pair ABCDEFGH" in out
    assert house.outward.people.asked[0][:2] == (5, Scope.OPERATE)
    _, out, _ = await gateway(house, "telegram", "people")
    assert out.splitlines()[1].split()[:4] == ["42", "Anna", "operate", "yes"]
    assert (await gateway(house, "telegram", "forget", "42"))[0] == 0
    assert (await gateway(house, "telegram", "people"))[1].startswith("Nobody is known.")


async def test_the_assistants_key_comes_by_standard_input_and_stays_when_left_out(house: House) -> None:
    words = ("assistant", "set", "--provider", "anthropic", "--key", "--on")
    code, out, err = await _given(house, "sk-very-secret-9z8y\n", *words)
    assert code == 0, err
    assert "sk-very" not in out
    assert "…9z8y" in out
    await gateway(house, "assistant", "set", "--model", "m-1", "--off")
    form = house.outward.assistant.form
    assert (form.provider, form.model, form.key, form.enabled) == ("anthropic", "m-1", "sk-very-secret-9z8y", False)
    code, out, _ = await gateway(house, "assistant", "test")
    assert (code, out) == (1, "nobody is there\n")
    assert (await gateway(house, "assistant", "log"))[1] == "It was asked nothing yet.\n"
    _, out, _ = await gateway(house, "assistant", "show", "--json")
    assert json.loads(out)["model"] == "m-1"
    await gateway(house, "assistant", "set", "--forget-key")
    assert house.outward.assistant.form.key == ""
