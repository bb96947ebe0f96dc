"""Documents: durable, readable by a person, and never torn."""

from __future__ import annotations

import asyncio
import errno
import random
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gateway.backends import documents as documents_module
from gateway.backends.documents import TinyDocuments
from gateway.core.errors import StoreError, StoreFull
from tests.backends.small_disk import fill, small_disk


async def _filled(folder: Path) -> Path:
    documents = TinyDocuments(folder)
    await documents.put("devices", "node-1", {"name": "Küche"})
    await documents.put("devices", "node-2", {"name": "Bad"})
    return folder / "devices.json"


def _empty(folder: Path) -> None:
    for old in folder.iterdir():
        old.unlink()


async def test_a_document_is_there_after_a_restart(tmp_path: Path) -> None:
    await TinyDocuments(tmp_path).put("devices", "node-1", {"name": "Küche", "tags": ["a"], "limit": 1.5})
    assert TinyDocuments(tmp_path).all("devices") == {"node-1": {"name": "Küche", "tags": ["a"], "limit": 1.5}}


async def test_an_unknown_collection_is_empty_and_leaves_no_file(tmp_path: Path) -> None:
    assert TinyDocuments(tmp_path / "documents").all("nothing") == {}
    assert not list((tmp_path / "documents").iterdir())


async def test_putting_again_replaces_the_whole_document(tmp_path: Path) -> None:
    documents = TinyDocuments(tmp_path)
    await documents.put("devices", "node-1", {"old": 1})
    await documents.put("devices", "node-1", {"new": 2})
    assert documents.all("devices") == {"node-1": {"new": 2}}
    assert TinyDocuments(tmp_path).all("devices") == {"node-1": {"new": 2}}


async def test_a_deleted_document_stays_away_and_deleting_it_again_is_fine(tmp_path: Path) -> None:
    await _filled(tmp_path)
    documents = TinyDocuments(tmp_path)
    await documents.delete("devices", "node-1")
    await documents.delete("devices", "node-1")
    assert set(documents.all("devices")) == {"node-2"}
    assert set(TinyDocuments(tmp_path).all("devices")) == {"node-2"}


async def test_collections_are_files_of_their_own_that_a_person_can_read(tmp_path: Path) -> None:
    path = await _filled(tmp_path)
    await TinyDocuments(tmp_path).put("rules", "r", {})
    assert path.read_text("utf-8").splitlines()[2:5] == ['    "node-1": {', '      "name": "Küche"', "    },"]
    assert (tmp_path / "rules.json").exists()


async def test_only_the_gateways_user_can_read_the_files(tmp_path: Path) -> None:
    path = await _filled(tmp_path / "documents")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.with_name("devices.json.spare").stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


async def test_what_is_handed_out_or_in_can_be_changed_without_changing_what_is_kept(tmp_path: Path) -> None:
    documents = TinyDocuments(tmp_path)
    mine = {"tags": ["a"]}
    await documents.put("devices", "node-1", mine)
    mine["tags"].append("b")
    documents.all("devices")["node-1"]["tags"].append("c")
    assert documents.all("devices") == {"node-1": {"tags": ["a"]}}


async def test_many_changes_at_once_are_all_kept(tmp_path: Path) -> None:
    documents = TinyDocuments(tmp_path)
    await asyncio.gather(*(documents.put("devices", f"node-{n}", {"n": n}) for n in range(40)))
    await asyncio.gather(*(documents.delete("devices", f"node-{n}") for n in range(0, 40, 2)))
    assert TinyDocuments(tmp_path).all("devices") == {f"node-{n}": {"n": n} for n in range(1, 40, 2)}


async def test_a_file_cut_at_any_length_is_refused_and_nothing_acknowledged_is_lost(tmp_path: Path) -> None:
    path = await _filled(tmp_path)
    spare = path.with_name("devices.json.spare")
    whole = path.read_bytes()
    filled = TinyDocuments(tmp_path).all("devices")
    assert set(filled) == {"node-1", "node-2"}
    for length in range(len(whole) - 1):  # the last byte is the newline at the end
        _empty(tmp_path)
        path.write_bytes(whole[:length])
        spare.write_bytes(whole)
        documents = TinyDocuments(tmp_path)
        assert documents.all("devices") == filled, length
        assert "using its spare" in documents.recovered[0]
        assert path.with_name("devices.json.damaged-1").read_bytes() == whole[:length]
        await documents.put("devices", "node-3", {})
        again = TinyDocuments(tmp_path)
        assert set(again.all("devices")) == {"node-1", "node-2", "node-3"}
        assert not again.recovered


async def test_a_damaged_spare_is_mended_from_the_file(tmp_path: Path) -> None:
    path = await _filled(tmp_path)
    spare = path.with_name("devices.json.spare")
    for content in (b"torn", b"", None):
        spare.unlink() if content is None else spare.write_bytes(content)
        documents = TinyDocuments(tmp_path)
        assert set(documents.all("devices")) == {"node-1", "node-2"}
        assert spare.read_bytes() == path.read_bytes()


@pytest.mark.parametrize(
    "content", [b"", b"null", b"[]", b"{", b'{"devices": []}', b'{"devices": {"a": 1}}', b"\xff\xfe"]
)
async def test_whatever_else_is_in_the_file_is_refused_too(tmp_path: Path, content: bytes) -> None:
    path = await _filled(tmp_path)
    path.write_bytes(content)
    documents = TinyDocuments(tmp_path)
    assert set(documents.all("devices")) == {"node-1", "node-2"}
    assert len(documents.recovered) == 1


async def test_a_missing_file_is_restored_from_its_spare(tmp_path: Path) -> None:
    path = await _filled(tmp_path)
    path.unlink()
    assert set(TinyDocuments(tmp_path).all("devices")) == {"node-1", "node-2"}
    assert path.exists()


async def test_when_the_file_and_its_spare_are_damaged_the_collection_starts_empty_and_both_are_kept(
    tmp_path: Path,
) -> None:
    path = await _filled(tmp_path)
    path.write_text("torn")
    path.with_name("devices.json.spare").write_text("torn too")
    documents = TinyDocuments(tmp_path)
    assert documents.all("devices") == {}
    assert "starting empty" in documents.recovered[0]
    assert path.with_name("devices.json.damaged-1").read_text() == "torn"
    assert path.with_name("devices.json.spare.damaged-1").read_text() == "torn too"
    await documents.put("devices", "node-9", {})
    assert set(TinyDocuments(tmp_path).all("devices")) == {"node-9"}


async def test_what_is_not_json_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    path = await _filled(tmp_path)
    before = path.read_bytes()
    documents = TinyDocuments(tmp_path)
    for wrong in ({"x": object()}, {"x": float("nan")}):
        with pytest.raises(StoreError):
            await documents.put("devices", "node-1", wrong)
    assert documents.all("devices")["node-1"] == {"name": "Küche"}
    assert path.read_bytes() == before
    await documents.put("devices", "node-1", {"name": "Flur"})
    assert TinyDocuments(tmp_path).all("devices")["node-1"] == {"name": "Flur"}


async def test_a_full_disk_is_said_and_nothing_changes_until_there_is_room(tmp_path: Path) -> None:
    with small_disk(tmp_path / "small", kib=128) as small:
        documents = TinyDocuments(small)
        await documents.put("devices", "node-1", {"name": "a"})
        filler = fill(small)
        with pytest.raises(StoreFull):
            await documents.put("devices", "node-2", {"name": "b" * 5000})
        assert set(documents.all("devices")) == {"node-1"}
        assert set(TinyDocuments(small).all("devices")) == {"node-1"}
        filler.unlink()
        await documents.put("devices", "node-2", {"name": "b"})
        assert set(TinyDocuments(small).all("devices")) == {"node-1", "node-2"}


async def test_several_documents_change_in_one_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = await _filled(tmp_path)
    written: list[str] = []
    replace = documents_module._replace
    monkeypatch.setattr(
        documents_module, "_replace", lambda path, content: (written.append(path.name), replace(path, content))
    )
    documents = TinyDocuments(tmp_path)
    await documents.put("rules", "r", {})
    written.clear()
    await documents.change("devices", {"node-1": {"name": "Flur"}, "node-3": {"new": True}}, ["node-2", "node-9"])
    assert written == ["devices.json.spare", "devices.json"]
    expected = {"node-1": {"name": "Flur"}, "node-3": {"new": True}}
    assert documents.all("devices") == expected
    assert TinyDocuments(tmp_path).all("devices") == expected
    assert path.with_name("devices.json.spare").read_bytes() == path.read_bytes()
    assert TinyDocuments(tmp_path).all("rules") == {"r": {}}


async def test_after_several_changed_together_single_ones_change_as_before(tmp_path: Path) -> None:
    documents = TinyDocuments(tmp_path)
    await documents.change("devices", {"node-1": {"n": 1}, "node-2": {"n": 2}})
    await documents.put("devices", "node-1", {"n": 3})
    await documents.put("devices", "node-4", {"n": 4})
    await documents.delete("devices", "node-2")
    await documents.change("devices", {}, {"node-4"})
    await documents.put("devices", "node-4", {"n": 5})
    assert documents.all("devices") == {"node-1": {"n": 3}, "node-4": {"n": 5}}
    assert TinyDocuments(tmp_path).all("devices") == documents.all("devices")


async def test_a_document_that_is_put_and_deleted_at_once_is_there(tmp_path: Path) -> None:
    documents = TinyDocuments(tmp_path)
    await documents.change("devices", {"node-1": {"n": 1}}, ["node-1"])
    assert documents.all("devices") == {"node-1": {"n": 1}}


async def test_what_is_handed_in_for_several_can_be_changed_without_changing_what_is_kept(tmp_path: Path) -> None:
    documents = TinyDocuments(tmp_path)
    mine = {"tags": ["a"]}
    await documents.change("devices", {"node-1": mine})
    mine["tags"].append("b")
    assert documents.all("devices") == {"node-1": {"tags": ["a"]}}


@pytest.mark.parametrize("fails", ["devices.json.spare", "devices.json"])
async def test_several_changes_are_made_all_or_none_when_a_write_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails: str
) -> None:
    path = await _filled(tmp_path)
    documents = TinyDocuments(tmp_path)
    before = documents.all("devices")
    with monkeypatch.context() as patched:
        _fail(patched, fails)
        with pytest.raises(StoreFull):
            await documents.change("devices", {"node-1": {"name": "Flur"}, "node-3": {}}, ["node-2"])
    assert documents.all("devices") == before
    assert TinyDocuments(tmp_path).all("devices") == before
    await documents.put("devices", "node-4", {})
    after = TinyDocuments(tmp_path)
    assert after.all("devices") == {**before, "node-4": {}}
    assert after.recovered == []
    assert path.with_name("devices.json.spare").read_bytes() == path.read_bytes()


def _fail(patched: pytest.MonkeyPatch, name: str) -> None:
    """The disk is full whenever the file of this name is to be replaced."""
    replace = documents_module._replace

    def failing(path: Path, content: bytes) -> None:
        if path.name == name:
            raise OSError(errno.ENOSPC, "no space left")
        replace(path, content)

    patched.setattr(documents_module, "_replace", failing)


@pytest.mark.parametrize("fails", ["devices.json.spare", "devices.json"])
async def test_a_collection_that_could_not_be_begun_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails: str
) -> None:
    documents = TinyDocuments(tmp_path)
    with monkeypatch.context() as patched:
        _fail(patched, fails)
        with pytest.raises(StoreFull):
            await documents.change("devices", {"node-1": {}, "node-2": {}})
    assert documents.all("devices") == {}
    assert TinyDocuments(tmp_path).all("devices") == {}
    await documents.put("devices", "node-1", {})
    assert TinyDocuments(tmp_path).all("devices") == {"node-1": {}}


async def test_several_of_which_one_is_not_json_are_refused_and_change_nothing(tmp_path: Path) -> None:
    path = await _filled(tmp_path)
    before = path.read_bytes()
    documents = TinyDocuments(tmp_path)
    with pytest.raises(StoreError):
        await documents.change("devices", {"node-1": {"name": "Flur"}, "node-3": {"x": float("nan")}}, ["node-2"])
    assert set(documents.all("devices")) == {"node-1", "node-2"}
    assert path.read_bytes() == before


_CHILD = """
import asyncio, sys
from pathlib import Path
from gateway.backends.documents import TinyDocuments

async def main():
    documents = TinyDocuments(Path(sys.argv[1]))
    n = len(documents.all("devices"))
    print("ready", flush=True)
    while True:
        await documents.put("devices", f"node-{n}", {"n": n, "padding": "x" * (n * 37 % 400)})
        print(n, flush=True)
        n += 1

asyncio.run(main())
"""


def test_after_kill_9_in_the_middle_of_changes_every_acknowledged_document_is_there(tmp_path: Path) -> None:
    chance = random.Random(7)
    acknowledged: set[int] = set()
    for _ in range(24):
        child = subprocess.Popen(
            [sys.executable, "-c", _CHILD, str(tmp_path)], stdout=subprocess.PIPE, text=True, cwd=Path.cwd()
        )
        with child:
            assert child.stdout is not None
            assert child.stdout.readline() == "ready\n"
            time.sleep(chance.uniform(0.0, 0.04))
            child.send_signal(signal.SIGKILL)
            acknowledged |= {int(line) for line in child.stdout.read().split("\n")[:-1]}
        documents = TinyDocuments(tmp_path)
        found = documents.all("devices")
        assert documents.recovered == []
        assert acknowledged <= {one["n"] for one in found.values()}
    assert acknowledged


_SWAPPING_CHILD = """
import asyncio, sys
from pathlib import Path
from gateway.backends.documents import TinyDocuments

async def main():
    documents = TinyDocuments(Path(sys.argv[1]))
    n = next(iter(documents.all("devices").values()), {"n": 0})["n"]
    print("ready", flush=True)
    while True:
        n += 1
        put = {f"{part}-{n}": {"n": n, "padding": "x" * (n * 37 % 400)} for part in "abc"}
        await documents.change("devices", put, [f"{part}-{n - 1}" for part in "abc"])
        print(n, flush=True)

asyncio.run(main())
"""


def test_after_kill_9_in_the_middle_of_several_changes_all_of_one_moment_are_there(tmp_path: Path) -> None:
    chance = random.Random(8)
    acknowledged = 0
    for _ in range(16):
        child = subprocess.Popen(
            [sys.executable, "-c", _SWAPPING_CHILD, str(tmp_path)], stdout=subprocess.PIPE, text=True, cwd=Path.cwd()
        )
        with child:
            assert child.stdout is not None
            assert child.stdout.readline() == "ready\n"
            time.sleep(chance.uniform(0.0, 0.04))
            child.send_signal(signal.SIGKILL)
            acknowledged = max([acknowledged, *(int(line) for line in child.stdout.read().split("\n")[:-1])])
        documents = TinyDocuments(tmp_path)
        found = documents.all("devices")
        assert documents.recovered == []
        moments = {one["n"] for one in found.values()}
        assert len(moments) <= 1
        assert max(moments, default=0) >= acknowledged
        assert set(found) == {f"{part}-{n}" for part in "abc" for n in moments}
    assert acknowledged
