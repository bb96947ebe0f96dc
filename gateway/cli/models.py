"""gateway models: the versions of the models that decide; a new one is tried, runs in shadow, and is promoted."""

from __future__ import annotations

import argparse
import asyncio
import base64
import sys
import tempfile
from pathlib import Path
from urllib.parse import quote

import msgspec

from ..core.errors import Refused
from ..core.window.words import PLAIN_RULE
from ..flow.model_seats import MODELS
from . import remote, table
from .main import Subparsers
from .remote import NotRunning, Refusal, Remote

_SHADOWED = ("window", "anomaly")
"""Those that are asked beside what is in use before they are promoted."""
_COLUMNS = ("MODEL", "VERSION", "", "SIGNED BY", "P99", "MADE", "")
_ABOUT = """\
A model is a folder, or a zip of one: model.onnx, golden.json, manifest.toml with a signature, a card.
`install` tries it in a process of its own. One that is corrupt, unsigned, slow, drifting, unsafe or of another
schema is refused; a good one is asked beside the one in use, and moves nothing until it is promoted. A promoted one is
watched for 200 decisions and rolled back by itself when it fails, is slow or far off."""


class Version(msgspec.Struct):
    """A version, as far as this shows it."""

    version: int
    state: str
    signer: str
    p99_ms: float | None
    made: str
    bundled: bool


class Model(msgspec.Struct):
    """A model with its versions."""

    name: str
    active: int | None
    shadow: int | None
    probation: int
    trouble: str
    rolled_back: str
    compared: int
    mean_difference: float
    versions: list[Version]


class ModelList(msgspec.Struct):
    """The answer to GET /api/models."""

    models: list[Model]


class Check(msgspec.Struct):
    """Whether one version is as it was signed."""

    version: int
    ok: bool
    text: str


class Checks(msgspec.Struct):
    """The answer to POST /api/models/{model}/verify."""

    checks: list[Check]


class Signer(msgspec.Struct):
    """Somebody whose models are taken."""

    name: str
    fingerprint: str
    who: str


class SignerList(msgspec.Struct):
    """The answer to GET /api/signers."""

    signers: list[Signer]


def register(subparsers: Subparsers[argparse.ArgumentParser]) -> None:
    """Add `models` to the command line."""
    parser = subparsers.add_parser(
        "models",
        help="the models that decide",
        description=_ABOUT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    actions = parser.add_subparsers(
        title="actions", required=True, metavar="list|install|promote|rollback|verify|pack|signers|trust|distrust"
    )

    def add(name: str, about: str) -> argparse.ArgumentParser:
        made = actions.add_parser(name, help=about, description=about[0].upper() + about[1:] + ".")
        remote.add_options(made)
        made.set_defaults(run=_RUNS[name])
        return made

    add("list", "every version, and which one decides")
    add("install", "try a new version and ask it beside the one in use").add_argument(
        "file", type=Path, metavar="FILE", help="a packed model, or its folder"
    )
    promoting = add("promote", "let a version decide, by default the one in shadow")
    promoting.add_argument("name", choices=MODELS)
    promoting.add_argument("--version", type=int, metavar="N")
    add("rollback", "let the version before decide again").add_argument("name", choices=MODELS)
    verifying = add("verify", "whether models are whole, signed, and answer as they did where they were made")
    verifying.add_argument("what", nargs="?", default="", metavar="NAME|FILE", help="default: every model")
    verifying.add_argument(
        "--key", type=Path, action="append", default=[], metavar="KEY.pub", help="a signer's key to believe, for FILE"
    )
    packing = add("pack", "make one file of a model's folder")
    packing.add_argument("folder", type=Path, metavar="FOLDER")
    packing.add_argument("file", type=Path, metavar="FILE")
    add("signers", "whose models are taken")
    trusting = add("trust", "take models that somebody's key signed")
    trusting.add_argument("file", type=Path, metavar="KEY.pub", help="one line: ed25519 BASE64 NAME")
    trusting.add_argument("--name", default="", help="what to call them here (default: the name in the file)")
    add("distrust", "take none of somebody's models any more").add_argument("name")


def _gateway(args: argparse.Namespace) -> Remote:
    return Remote(remote.data_folder(args.data))


def _list(args: argparse.Namespace) -> int:
    answer = _gateway(args).ask("GET", "/api/models")
    if args.json:
        print(answer.decode())
        return 0
    models = msgspec.json.decode(answer, type=ModelList).models
    rows = [_row(model, version) for model in models for version in model.versions]
    if rows:
        table.show(_COLUMNS, rows)
    else:
        print(f"No models. Windows are decided about by {PLAIN_RULE}.")
    for model in models:
        for said in filter(None, (model.trouble, model.rolled_back and f"rolled back: {model.rolled_back}")):
            print(f"{model.name}: {said}")
    return 0


def _row(model: Model, version: Version) -> tuple[str, ...]:
    notes = ["came with the gateway"] if version.bundled else []
    if version.state == "active" and model.probation:
        notes.append(f"watched for {model.probation} more decisions")
    if version.state == "shadow" and model.compared:
        notes.append(f"{model.mean_difference:.1f} percent points off the one in use, over {model.compared} decisions")
    state = "in use" if version.state == "active" else version.state
    p99 = "" if version.p99_ms is None else f"{version.p99_ms:.2f} ms"
    return (model.name, str(version.version), state, version.signer, p99, version.made, "; ".join(notes))


def _install(args: argparse.Namespace) -> int:
    content = _packed(args.file)
    answer = _gateway(args).send("POST", f"/api/models/{_name_in(content)}/install", content, "application/zip")
    model = msgspec.json.decode(answer, type=Model)
    if args.json:
        print(answer.decode())
    else:
        plain = PLAIN_RULE if model.name == "window" else "none"
        beside = plain if model.active is None else f"{model.name}@{model.active}"
        asked = model.name in _SHADOWED
        shadow = f"is asked beside {beside} from now on" if asked else f"may take the place of {beside}"
        print(f"{model.name}@{model.shadow} was tried and {shadow}.")
        print(f"`gateway models promote {model.name}` lets it decide.")
    return 0


def _packed(path: Path) -> bytes:
    from ..backends.inference import package

    try:
        return package.pack(path) if path.is_dir() else path.read_bytes()
    except OSError as error:
        raise Refused(f"{path} cannot be read: {error.strerror or error}") from error


def _name_in(content: bytes) -> str:
    """Which model it says it is; when it does not, the gateway says what is wrong with it."""
    from ..backends.inference import manifest, package
    from ..core.ports.models import Unfit

    try:
        name = manifest.parse(manifest.split(package.contents(content)[manifest.NAME]).signed).name
    except Unfit:
        return MODELS[0]
    return name if name in MODELS else MODELS[0]


def _promote(args: argparse.Namespace) -> int:
    body = {} if args.version is None else {"version": args.version}
    answer = _gateway(args).ask("POST", f"/api/models/{args.name}/promote", body)
    model = msgspec.json.decode(answer, type=Model)
    watched = f"; it is watched for {model.probation} decisions" if model.probation else ""
    print(answer.decode() if args.json else f"{model.name}@{model.active} is in use{watched}.")
    return 0


def _rollback(args: argparse.Namespace) -> int:
    answer = _gateway(args).ask("POST", f"/api/models/{args.name}/rollback")
    model = msgspec.json.decode(answer, type=Model)
    print(answer.decode() if args.json else f"{model.name}@{model.active} is in use again.")
    return 0


def _verify(args: argparse.Namespace) -> int:
    if args.what and args.what not in MODELS:
        return _report(args, {args.what: [_tried(Path(args.what), args.key)]})
    names = [args.what] if args.what else list(MODELS)
    try:
        gateway = _gateway(args)
        answers = {name: gateway.ask("POST", f"/api/models/{name}/verify") for name in names}
    except NotRunning:
        from ..backends.inference.bundled import bundled_models

        print("No gateway is running: these are the models that came with it.", file=sys.stderr)
        return _report(args, {name: [_tried(bundled_models() / name, args.key)] for name in names})
    return _report(args, {name: msgspec.json.decode(said, type=Checks).checks for name, said in answers.items()})


def _report(args: argparse.Namespace, found: dict[str, list[Check]]) -> int:
    if args.json:
        print(msgspec.json.encode(found).decode())
    else:
        for name, checks in found.items():
            for check in checks:
                label = f"{name}@{check.version}" if check.version else name
                print(f"{'ok ' if check.ok else 'BAD'}  {label}: {check.text}")
    return 0 if all(check.ok for checks in found.values() for check in checks) else 1


def _tried(path: Path, keys: list[Path]) -> Check:
    """What the gateway would say of a packed model or a folder, without one."""
    from ..backends.inference import package, trial
    from ..backends.inference.bundled import bundled_signers
    from ..core.ports.models import Unfit

    signers = bundled_signers() | dict(map(_read_key, keys))
    try:
        with tempfile.TemporaryDirectory(prefix="gateway-model-") as name:
            package.unpack(_packed(path), Path(name))
            examined = asyncio.run(trial.tried(Path(name), signers))
    except Unfit as error:
        return Check(0, ok=False, text=str(error))
    text = f"whole, signed by {examined.signer}, answers as it should, {examined.p99_ms:.2f} ms a call (p99)"
    return Check(examined.version, ok=True, text=text)


def _pack(args: argparse.Namespace) -> int:
    content = _packed(args.folder)
    args.file.write_bytes(content)
    print(f"{args.file}: {len(content)} bytes")
    return 0


def _signers(args: argparse.Namespace) -> int:
    answer = _gateway(args).ask("GET", "/api/signers")
    if args.json:
        print(answer.decode())
        return 0
    known = msgspec.json.decode(answer, type=SignerList).signers
    table.show(
        ("SIGNER", "FINGERPRINT", "TRUSTED BY"),
        [(one.name, one.fingerprint, one.who or "came with the gateway") for one in known],
    )
    return 0


def _trust(args: argparse.Namespace) -> int:
    named, key = _read_key(args.file)
    name = args.name or named
    if not name:
        raise Refusal(f"{args.file} names nobody; say whose key it is with --name")
    answer = _gateway(args).ask("POST", "/api/signers", {"name": name, "key": base64.b64encode(key).decode()})
    print(answer.decode() if args.json else f"Models signed by {name} are taken from now on.")
    return 0


def _distrust(args: argparse.Namespace) -> int:
    _gateway(args).ask("DELETE", f"/api/signers/{quote(args.name, safe='')}")
    print(f"Models signed by {args.name} are taken no longer.")
    return 0


def _read_key(path: Path) -> tuple[str, bytes]:
    from ..core.signers import read_key

    try:
        return read_key(path.read_text(encoding="ascii"))
    except (OSError, ValueError) as error:
        raise Refused(f"{path} holds no key: {error}") from error


_RUNS = {
    "list": _list,
    "install": _install,
    "promote": _promote,
    "rollback": _rollback,
    "verify": _verify,
    "pack": _pack,
    "signers": _signers,
    "trust": _trust,
    "distrust": _distrust,
}
