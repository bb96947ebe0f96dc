"""A configuration file that explains itself, made from the settings' declarations."""

from __future__ import annotations

import inspect
import itertools
import textwrap
import typing
from collections.abc import Iterable

import msgspec

from .home_settings import PROFILES, Profile
from .options import Option, in_toml, options
from .settings import Settings

_HEAD = """\
# Configuration of the edge gateway. Every option stands here with its default; the gateway needs none of them.
# To change one, take away the # before it. `gateway config check FILE` finds every mistake.
# A variable GATEWAY_SECTION__NAME in the environment goes before the file, as GATEWAY_MQTT__TLS_PORT=8884.
#
# Never put a password, token or key here: secrets are kept sealed in the data folder and are set in the panel. Under
# systemd two of them can be given as credentials (systemd-creds, LoadCredentialEncrypted= in a drop-in of the unit):
# encryption_key, the server key that seals the others (32 bytes as hex or base64; else ENCRYPTION_KEY in the
# environment, else a file that is made at the first run), and sentry_dsn, the address of a Sentry.
"""


def example(profile: Profile = "production") -> str:
    """A whole configuration file with every option commented out but the profile, if it is not the usual one."""
    kinds = typing.get_type_hints(Settings)
    shown = (_in_profile(option, profile) for option in options())
    groups = itertools.groupby(shown, key=lambda option: option.section)
    return "\n".join([_HEAD, *(_section(name, kinds[name], group) for name, group in groups)])


def _section(name: str, kind: type, group: Iterable[Option]) -> str:
    return f"# {inspect.getdoc(kind)}\n[{name}]\n" + "\n".join(_option(option) for option in group)


def _in_profile(option: Option, profile: Profile) -> Option:
    if option.key == "gateway.profile":
        return msgspec.structs.replace(option, sample=profile)
    changed = PROFILES[profile].get((option.section, option.name))
    return option if changed is None else msgspec.structs.replace(option, sample=changed)


def _option(option: Option) -> str:
    facts = f"{option.allowed}, in {option.unit}" if option.unit else option.allowed
    unset = " Not set by default; for example:" if option.default is None else ""
    prose = textwrap.fill(f"{option.meaning} ({facts}){unset}", 116, initial_indent="# ", subsequent_indent="# ")
    # An option that is off has no blank after its #, so that it can be told from prose.
    mark = "" if option.key == "gateway.profile" and option.sample != option.default else "#"
    return f"{prose}\n{mark}{option.name} = {in_toml(option.sample)}\n"
