"""What sentences mean in the house of a site file: no gateway, nothing is done."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from ..core.language.corpus import after
from ..core.language.grammar import Grammar
from ..core.language.house import House
from ..core.language.intent import NOTHING, Intent
from ..core.language.understand import Reader
from ..flow.chat.families import families
from ..simulator.site import demo_site, load_site
from ..simulator.site_house import house_of


def run(sentences: Iterable[str], site: Path | None, *, together: bool, as_json: bool) -> int:
    """Print the intent of each sentence."""
    house = house_of(demo_site() if site is None else load_site(site))
    for number, intent in enumerate(understood(house, sentences, together=together)):
        if as_json:
            print(msgspec.json.encode(intent).decode(), flush=True)
        else:
            print(("\n" if number else "") + _shown(intent), flush=True)
    return 0


def understood(house: House, sentences: Iterable[str], *, together: bool) -> Iterator[Intent]:
    """What each means; `together`: each is heard by somebody who heard those before."""
    reader = Reader(house, Grammar(families()))
    talk = NOTHING
    for sentence in sentences:
        intent = reader.read(sentence, talk).intent
        yield intent
        if together:
            talk = after(house, intent, talk)


def _shown(intent: Intent) -> str:
    """The reply, then what is behind it."""
    keys = {name: value for name, value in msgspec.to_builtins(intent).items() if name != "reply"}
    lines = [f"  {name}: {_text(value)}" for name, value in keys.items()]
    return "\n".join([*([intent.reply] if intent.reply else []), *lines])


def _text(value: object) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
