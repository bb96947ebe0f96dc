from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from gateway.backends.inference import package
from gateway.backends.inference.bundled import bundled_models, bundled_signers
from gateway.backends.inference.disabled import DisabledLoader
from gateway.backends.inference.loading import Loading, make_loader
from gateway.backends.inference.shelf import Shelf
from gateway.core.errors import Conflict, ModelFailed, NotFound
from gateway.core.ports.models import Unfit

from . import bad_models, toy

ROOT = Path(__file__).parents[3]


@pytest.fixture
def loader(tmp_path: Path) -> Loading:
    toy.make(tmp_path / "bundled" / "window", version=1)
    made = Loading(Shelf(tmp_path / "data", tmp_path / "bundled"))
    made.trust(toy.SIGNERS)
    return made


def packed(tmp_path: Path, version: int) -> bytes:
    return package.pack(toy.make(tmp_path / f"made{version}", version=version))


def left_behind(tmp_path: Path) -> list[str]:
    return sorted(str(path.relative_to(tmp_path / "data")) for path in (tmp_path / "data").rglob("*"))


async def test_a_model_that_was_taken_in_is_there_after_a_restart(loader: Loading, tmp_path: Path) -> None:
    fact = await loader.take_in(packed(tmp_path, 2), toy.SIGNERS)
    assert (fact.version, fact.signer, fact.bundled, fact.figures) == (2, "house", False, {"error_after_pp": 4.5})
    assert fact.card == "# A toy\n"
    again = Loading(Shelf(tmp_path / "data", tmp_path / "bundled"))
    again.trust(toy.SIGNERS)
    assert [(one.version, one.bundled) for one in again.versions("window")] == [(1, True), (2, False)]
    assert again.versions("window")[1] == fact
    assert (await again.window(2)).label == "window@2"


async def test_a_refused_model_leaves_nothing_behind(loader: Loading, tmp_path: Path) -> None:
    for fault, maker in (("unsigned", bad_models.unsigned), ("drifting", bad_models.with_other_golden_answers)):
        with pytest.raises(Unfit) as refused:
            await loader.take_in(package.pack(maker(tmp_path / fault)), toy.SIGNERS)
        assert refused.value.fault == fault
    assert left_behind(tmp_path) == []


async def test_rubbish_does_not_cost_a_process(
    loader: Loading, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere")
    for maker in (bad_models.unsigned, bad_models.with_a_loop, bad_models.flipped_byte):
        with pytest.raises(Unfit):
            await loader.take_in(package.pack(maker(tmp_path / maker.__name__)), toy.SIGNERS)
    with pytest.raises(Unfit, match="called window, not audio"):
        await loader.take_in(packed(tmp_path, 2), toy.SIGNERS, "audio")


async def test_a_version_that_is_there_is_not_replaced(loader: Loading, tmp_path: Path) -> None:
    for version in (1, 2):
        archive = packed(tmp_path, version)
        if version == 2:
            await loader.take_in(archive, toy.SIGNERS)
        with pytest.raises(Conflict, match=f"window@{version} is here already"):
            await loader.take_in(archive, toy.SIGNERS)


async def test_a_version_that_rotted_may_be_brought_again(loader: Loading, tmp_path: Path) -> None:
    archive = packed(tmp_path, 2)
    await loader.take_in(archive, toy.SIGNERS)
    (tmp_path / "data/window/2/head.npz").unlink()
    await loader.take_in(archive, toy.SIGNERS)
    assert (await loader.window(2)).label == "window@2"


async def test_an_install_that_is_cancelled_at_any_point_leaves_nothing(
    loader: Loading, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = packed(tmp_path, 2)
    for name in ("add", "free", "draft"):
        begun, go_on = threading.Event(), threading.Event()
        before = getattr(Shelf, name)

        def slow(*args: object, work: object = before, begun: object = begun, go_on: object = go_on) -> object:
            made = work(*args)  # type: ignore[operator]
            begun.set()  # type: ignore[attr-defined]
            go_on.wait(10)  # type: ignore[attr-defined]
            return made

        if name == "draft":
            begun.set()
        else:
            monkeypatch.setattr(Shelf, name, slow)
        taking = asyncio.create_task(loader.take_in(archive, toy.SIGNERS))
        assert await asyncio.to_thread(begun.wait, 30)
        taking.cancel()
        await asyncio.sleep(0.05)
        go_on.set()
        with pytest.raises(asyncio.CancelledError):
            await taking
        monkeypatch.setattr(Shelf, name, before)
        assert [path for path in left_behind(tmp_path) if path != "window"] == []
    assert [one.version for one in loader.versions("window")] == [1]


@pytest.mark.parametrize("library", ["numpy", "onnxruntime"])
def test_a_library_that_is_there_and_cannot_be_imported_is_no_end_of_the_gateway(tmp_path: Path, library: str) -> None:
    # As on a processor it was not built for: it is found, and fails when it is imported.
    (tmp_path / f"{library}.py").write_text("raise ImportError('built for another processor')\n")
    toy.make(tmp_path / "bundled" / "window", version=1)
    script = (
        "import asyncio\nfrom pathlib import Path\n"
        "from gateway.backends.inference.loading import Loading\nfrom gateway.backends.inference.shelf import Shelf\n"
        "from gateway.core.errors import ModelFailed\n"
        f"loader = Loading(Shelf(Path({str(tmp_path / 'data')!r}), Path({str(tmp_path / 'bundled')!r})))\n"
        f"loader.trust({toy.SIGNERS!r})\n"
        "try:\n    asyncio.run(loader.window(1))\nexcept ModelFailed as error:\n    print(error)"
    )
    environment = {**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, env=environment)
    assert done.stdout.startswith(
        f"{library} cannot be used here (built for another processor); `pip install {library}`"
    )


async def test_what_was_changed_on_the_disk_is_not_loaded(loader: Loading, tmp_path: Path) -> None:
    await loader.take_in(packed(tmp_path, 2), toy.SIGNERS)
    model = tmp_path / "data/window/2/model.onnx"
    content = bytearray(model.read_bytes())
    content[-1] ^= 1
    model.write_bytes(content)
    with pytest.raises(Unfit, match="sha256"):
        await loader.window(2)


async def test_a_signer_who_is_trusted_no_longer_is_not_loaded(loader: Loading) -> None:
    loader.trust({})
    with pytest.raises(Unfit, match="nobody here trusts"):
        await loader.window(1)


async def test_a_dropped_version_is_gone_and_the_gateways_own_stays(loader: Loading, tmp_path: Path) -> None:
    await loader.take_in(packed(tmp_path, 2), toy.SIGNERS)
    for version in (1, 2):
        loader.drop("window", version)
    assert [one.version for one in loader.versions("window")] == [1]
    with pytest.raises(NotFound):
        await loader.window(2)


def test_a_damaged_manifest_is_told_and_left_out(
    loader: Loading, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    toy.make(tmp_path / "data/window/5", version=5)
    (tmp_path / "data/window/5/manifest.toml").write_text("name = ")
    assert [one.version for one in loader.versions("window")] == [1]
    assert "left out" in caplog.text


_ADD = """
import sys, os
from pathlib import Path
from gateway.backends.inference.shelf import Shelf
from gateway.backends.inference.trial import Examined
import gateway.backends.inference.shelf as shelf_module
from pathlib import Path as _Path
data, made, dies_after = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
shelf = Shelf(data, data / "none")
draft = shelf.draft()
for file in made.iterdir():
    (draft / file.name).write_bytes(file.read_bytes())
calls = 0
def dying(path, sync=shelf_module._sync):
    global calls
    calls += 1
    if calls == dies_after:
        os.kill(os.getpid(), 9)
    sync(path)
shelf_module._sync = dying
shelf.add(draft, Examined("window", 2, "house", "", 0.1))
print("whole")
"""


def test_a_kill_at_any_point_leaves_a_whole_version_or_none(tmp_path: Path) -> None:
    made = toy.make(tmp_path / "made")
    outcomes = set()
    for dies_after in range(1, 12):
        data = tmp_path / f"data{dies_after}"
        done = subprocess.run(
            [sys.executable, "-c", _ADD, str(data), str(made), str(dies_after)],
            cwd=ROOT, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode in (0, -signal.SIGKILL), done.stderr
        shelf = Shelf(data, data / "none")
        shelf.sweep()
        found = [fact.version for fact in shelf.versions("window")]
        outcomes.add((done.returncode, tuple(found)))
        assert sorted(os.listdir(data)) == (["window"] if found or (data / "window").exists() else [])
        if found:
            assert {one.name for one in (data / "window/2").iterdir()} >= {one.name for one in made.iterdir()}
    assert outcomes == {(-signal.SIGKILL, ()), (-signal.SIGKILL, (2,)), (0, (2,))}


def test_a_machine_without_onnxruntime_says_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def found(name: str) -> object | None:
        return None if name == "onnxruntime" else object()

    monkeypatch.setattr("gateway.backends.inference.loading.find_spec", found)
    disabled = make_loader(tmp_path)
    assert isinstance(disabled, DisabledLoader)
    assert disabled.versions("window") == []


async def test_a_disabled_loader_refuses_with_what_to_do() -> None:
    disabled = DisabledLoader("onnxruntime")
    with pytest.raises(ModelFailed, match="pip install onnxruntime"):
        await disabled.window(1)
    with pytest.raises(ModelFailed, match="pip install onnxruntime"):
        await disabled.take_in(b"", {})


def test_the_key_that_came_with_the_gateway_is_there() -> None:
    assert (bundled_models() / "signer.pub").exists()
    assert list(bundled_signers()) == ["edge-gateway"]
