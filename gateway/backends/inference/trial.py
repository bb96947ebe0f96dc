"""What a model has to pass before it may think for a house, cheapest first, each failure with its reason.

`examine` runs all of it here; `tried` in a process of its own, so that a file that brings onnxruntime down does not
bring the gateway down: `python -m gateway.backends.inference.trial FOLDER` with the signers' keys as JSON on stdin.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import msgspec

from ...core.ports.models import Fault, Unfit
from . import contract, graph, manifest, signature
from .runtime import prepare

TIMEOUT_S = 20.0
MOST_BYTES = 16 << 20
_ADDRESS_BYTES = 2 << 30
_CPU_S = 20
_OPEN_FILES = 128
_KEPT = ("PATH", "LANG", "LC_ALL", "SYSTEMROOT", "PYTHONPATH")
"""Of the environment; whatever else is in there is none of a model's business."""


class Checked(NamedTuple):
    """What is known of a folder without running it."""

    manifest: manifest.Manifest
    files: dict[str, bytes]
    signer: str
    sha256: str
    """Of the manifest."""


class Examined(msgspec.Struct, frozen=True):
    """A model that passed."""

    name: str
    version: int
    signer: str
    sha256: str
    p99_ms: float


class _Verdict(msgspec.Struct):
    """What the process says on stdout."""

    examined: Examined | None = None
    fault: Fault = "unsafe"
    reason: str = ""


def look(folder: Path, signers: Mapping[str, bytes]) -> Checked:
    """Whole, signed by somebody who is trusted, nothing but arithmetic. Raises Unfit."""
    raw = manifest.read_raw(folder)
    known = manifest.parse(manifest.split(raw).signed)
    files = manifest.files_of(folder, known, MOST_BYTES)
    signer = signature.verify(raw, signers)
    contract.of(known)
    graph.check(files.get("model.onnx", b""))
    return Checked(known, files, signer, manifest.digest(raw))


def examine(folder: Path, signers: Mapping[str, bytes]) -> Examined:
    """Everything. Raises Unfit."""
    checked = look(folder, signers)
    prepare()
    from . import practice

    p99_ms = practice.pass_all(checked.manifest, checked.files)
    return Examined(checked.manifest.name, checked.manifest.version, checked.signer, checked.sha256, p99_ms)


async def tried(folder: Path, signers: Mapping[str, bytes], timeout_s: float = TIMEOUT_S) -> Examined:
    """`examine` in a process of its own. Raises Unfit; also when the process dies or does not come to an end."""
    root = str(Path(__file__).parents[3])
    environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
    environment["PYTHONPATH"] = os.pathsep.join([root, *filter(None, [environment.get("PYTHONPATH")])])
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-m", __name__, ".",  # where it works: a relative name would be looked for below itself
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        env=environment, cwd=folder,
    )  # fmt: skip
    keys = msgspec.json.encode(dict(signers))
    try:
        said, _ = await asyncio.wait_for(process.communicate(keys), timeout_s)
    except TimeoutError as error:
        raise Unfit("slow", f"its trial did not come to an end within {timeout_s:.0f} s") from error
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return _verdict(said, process.returncode or 0)


def _verdict(said: bytes, code: int) -> Examined:
    try:
        verdict = msgspec.json.decode(said, type=_Verdict)
    except msgspec.MsgspecError as error:
        how = f"signal {-code}" if code < 0 else f"exit code {code}"
        raise Unfit("unsafe", f"it brought its trial down ({how})") from error
    if verdict.examined is None:
        raise Unfit(verdict.fault, verdict.reason)
    return verdict.examined


def _limit() -> None:
    """Of this process: no memory without end, no file written, no core dump.

    Under systemd's filter a process may not limit itself; there the unit's own limits hold for it.
    """
    for kind, most in (
        (resource.RLIMIT_AS, _ADDRESS_BYTES),
        (resource.RLIMIT_CPU, _CPU_S),
        (resource.RLIMIT_NOFILE, _OPEN_FILES),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(kind)[1]
        allowed = most if hard == resource.RLIM_INFINITY else min(most, hard)
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(kind, (allowed, allowed))


def main() -> int:
    """The process of its own."""
    _limit()
    keys = msgspec.json.decode(sys.stdin.buffer.read(), type=dict[str, bytes])
    try:
        verdict = _Verdict(examine(Path(sys.argv[1]), keys))
    except Unfit as error:
        verdict = _Verdict(None, error.fault, str(error).removeprefix(f"{error.fault}: "))
    except MemoryError:
        verdict = _Verdict(None, "unsafe", "it wants more memory than a model may have")
    sys.stdout.buffer.write(msgspec.json.encode(verdict))
    return 0


if __name__ == "__main__":
    sys.exit(main())
