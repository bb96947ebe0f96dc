"""gateway scenes: several things done at once under one name."""

from __future__ import annotations

import argparse
from urllib.parse import quote

import msgspec

from . import remote, rule_options, table
from .remote import Remote
from .rule_answers import Act

_COLUMNS = ("ID", "NAME", "DOES")
_ABOUT = 'A scene is JSON: {"name": "Movie", "then": [{"kind": "window", "asset": "living-room", "position": 0}]}'


class Scene(msgspec.Struct):
    """A scene, as far as this shows it."""

    id: str
    name: str
    text: str = ""
    """What it does, in words."""
    simulated: bool = False


class SceneList(msgspec.Struct):
    """The answer to GET /api/scenes."""

    scenes: list[Scene]


class Done(msgspec.Struct):
    """The answer to POST /api/scenes/{scene}/run."""

    acts: list[Act] = []


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `scenes` to the command line."""
    parser = subparsers.add_parser("scenes", help="list, add, run or delete scenes", description=_ABOUT)
    actions = parser.add_subparsers(title="actions", required=True, metavar="list|add|run|delete")
    listing = actions.add_parser("list", help="every scene", description="Every scene and what it does.")
    remote.add_options(listing)
    listing.set_defaults(run=_list)
    add = actions.add_parser("add", help="a new scene, or another version of one", description=_ABOUT)
    add.add_argument("file", metavar="FILE", help="JSON; - for standard input")
    add.add_argument("--id", default="", help="the scene that is changed (default: a new one)")
    remote.add_options(add)
    add.set_defaults(run=_add)
    for name, text, action in (
        ("run", "do all of it now; exit code 1 unless all was asked for", _run),
        ("delete", "forget a scene; refused while rules run it", _delete),
    ):
        one = actions.add_parser(name, help=text, description=text)
        one.add_argument("id", help="the scene's id")
        remote.add_options(one)
        one.set_defaults(run=action)


def _list(args: argparse.Namespace) -> int:
    answer = Remote(remote.data_folder(args.data)).ask("GET", "/api/scenes")
    if args.json:
        print(answer.decode())
        return 0
    scenes = msgspec.json.decode(answer, type=SceneList).scenes
    if not scenes:
        print("No scenes. Write one as JSON and add it with `gateway scenes add FILE`.")
        return 0
    table.show(_COLUMNS, map(_row, scenes))
    return 0


def _row(scene: Scene) -> tuple[str, ...]:
    return scene.id, scene.name, f"{scene.text}{'  SIMULATED' if scene.simulated else ''}"


def _add(args: argparse.Namespace) -> int:
    content = rule_options.read(args.file)
    rule_options.parsed(content, args.file)
    method, path = ("PUT", _path(args.id)) if args.id else ("POST", "/api/scenes")
    answer = Remote(remote.data_folder(args.data)).send(method, path, content, "application/json")
    scene = msgspec.json.decode(answer, type=Scene)
    print(answer.decode() if args.json else f"{scene.id}  {scene.name}")
    return 0


def _run(args: argparse.Namespace) -> int:
    answer = Remote(remote.data_folder(args.data)).ask("POST", f"{_path(args.id)}/run")
    acts = msgspec.json.decode(answer, type=Done).acts
    if args.json:
        print(answer.decode())
    else:
        for act in acts:
            print(f"{act.text}: {act.outcome}{f', {act.detail}' if act.detail else ''}")
    return 0 if all(act.outcome == "done" for act in acts) else 1


def _delete(args: argparse.Namespace) -> int:
    Remote(remote.data_folder(args.data)).ask("DELETE", _path(args.id))
    print("{}" if args.json else f"{args.id} deleted")
    return 0


def _path(scene: str) -> str:
    return f"/api/scenes/{quote(scene, safe='')}"
