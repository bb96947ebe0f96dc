"""A configuration file that explains itself, made from the settings' declarations."""

from __future__ import annotations

import inspect
import itertools
import textwrap
import typing
from collections.abc import Iterable

from .options import Option, in_toml, options
from .settings import Settings

_HEAD = """\
# Configuration of the edge gateway. Every option stands here with its default; the gateway needs none of them.
# To change one, take away the # before it. `gateway config check FILE` finds every mistake.
# A variable GATEWAY_SECTION__NAME in the environment goes before the file, as GATEWAY_MQTT__TLS_PORT=8884.
#
# Never put a password, token or key here: secrets are kept sealed in the data folder and are set in the panel.
"""


def example() -> str:
    """A whole configuration file with every option commented out."""
    kinds = typing.get_type_hints(Settings)
    groups = itertools.groupby(options(), key=lambda option: option.section)
    return "\n".join([_HEAD, *(_section(name, kinds[name], group) for name, group in groups)])


def _section(name: str, kind: type, group: Iterable[Option]) -> str:
    return f"# {inspect.getdoc(kind)}\n[{name}]\n" + "\n".join(_option(option) for option in group)


def _option(option: Option) -> str:
    facts = f"{option.allowed}, in {option.unit}" if option.unit else option.allowed
    unset = " Not set by default; for example:" if option.default is None else ""
    prose = textwrap.fill(f"{option.meaning} ({facts}){unset}", 116, initial_indent="# ", subsequent_indent="# ")
    # An option that is off has no blank after its #, so that it can be told from prose.
    return f"{prose}\n#{option.name} = {in_toml(option.sample)}\n"
