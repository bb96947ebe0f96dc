"""gateway models, as a person runs it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from gateway.core.signers import fingerprint, written_key
from tests.backends.inference import bad_models, toy
from tests.cli.gateway_cli import gateway
from tests.frontends.panel.automation import GOOD_MODEL
from tests.frontends.panel.house import House


def alone(*words: str, data: Path) -> subprocess.CompletedProcess[str]:
    """Without a gateway to talk to."""
    command = [sys.executable, "-m", "gateway", "models", *words, "--data", str(data)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


async def test_a_version_is_installed_promoted_and_rolled_back(house: House, tmp_path: Path) -> None:
    file = tmp_path / "window.zip"
    file.write_bytes(GOOD_MODEL)
    code, out, err = await gateway(house, "models", "install", str(file))
    assert (code, out.splitlines()[0]) == (0, "window@2 was tried and is asked beside window@1 from now on."), err
    code, out, err = await gateway(house, "models", "list")
    assert [line.split()[:3] for line in out.splitlines()[1:]] == [["window", "1", "in"], ["window", "2", "shadow"]]
    assert "came with the gateway" in out
    code, out, err = await gateway(house, "models", "promote", "window")
    assert (code, out) == (0, "window@2 is in use; it is watched for 200 decisions.\n"), err
    assert (await gateway(house, "models", "rollback", "window"))[1] == "window@1 is in use again.\n"
    assert (await gateway(house, "models", "promote", "window", "--version", "2"))[0] == 0
    shown = json.loads((await gateway(house, "models", "list", "--json"))[1])
    assert next(one for one in shown["models"] if one["name"] == "window")["active"] == 2


async def test_a_refused_model_is_told_in_the_gateways_words(house: House, tmp_path: Path) -> None:
    file = tmp_path / "window.zip"
    file.write_bytes(b"rubbish")
    assert await gateway(house, "models", "install", str(file)) == (1, "", "gateway: corrupt: this is no ZIP file\n")
    code, _, err = await gateway(house, "models", "install", str(tmp_path / "none.zip"))
    assert (code, "none.zip cannot be read: No such file" in err) == (1, True)
    assert "no version of window is in shadow" in (await gateway(house, "models", "promote", "window"))[2]


async def test_verifying_says_of_each_version_how_it_is(house: House) -> None:
    code, out, err = await gateway(house, "models", "verify", "window")
    assert (code, out[:14]) == (0, "ok   window@1:"), err
    house.automation.shelf.broken.add(1)
    assert (await gateway(house, "models", "verify", "window"))[:2] == (1, "BAD  window@1: window@1 cannot be loaded\n")


async def test_signers_are_trusted_by_their_file_and_distrusted_by_name(house: House, tmp_path: Path) -> None:
    file = tmp_path / "anna.pub"
    file.write_text(written_key("anna", toy.SIGNERS["house"]))
    code, out, err = await gateway(house, "models", "trust", str(file))
    assert (code, out) == (0, "Models signed by anna are taken from now on.\n"), err
    listed = (await gateway(house, "models", "signers"))[1]
    assert fingerprint(toy.SIGNERS["house"]) in listed
    assert "came with the gateway" in listed
    assert (await gateway(house, "models", "distrust", "anna"))[0] == 0
    assert "anna" not in (await gateway(house, "models", "signers"))[1]
    file.write_text("not a key\n")
    assert "holds no key" in (await gateway(house, "models", "trust", str(file)))[2]


def test_a_model_is_packed_and_verified_without_a_gateway(tmp_path: Path) -> None:
    key = tmp_path / "house.pub"
    key.write_text(written_key("house", toy.SIGNERS["house"]))
    folder, file = toy.make(tmp_path / "toy"), tmp_path / "toy.zip"
    assert alone("pack", str(folder), str(file), data=tmp_path).returncode == 0
    done = alone("verify", str(file), "--key", str(key), data=tmp_path)
    assert (done.returncode, done.stdout.startswith(f"ok   {file}@2: whole, signed by house")) == (0, True), done
    refused = alone("verify", str(file), data=tmp_path)
    assert (refused.returncode, "unsigned: it is signed with a key nobody here trusts" in refused.stdout) == (1, True)
    drifting = bad_models.with_other_golden_answers(tmp_path / "bad")
    assert "drifting: golden.json, case 1" in alone("verify", str(drifting), "--key", str(key), data=tmp_path).stdout
