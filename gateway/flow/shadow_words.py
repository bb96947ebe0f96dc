"""What the event log says of a shadow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..core import capabilities
from ..core.errors import Refused
from ..core.payload import shown
from ..core.shadow import Shadow, delta

_MOST = 5


def changed(before: Shadow, after: Shadow) -> str:
    """`interval_s 10 -> 30 (by anna), version 8`."""
    old, new = dict(_leaves(before.desired)), dict(_leaves(after.desired))
    keys = [key for key in {**old, **new} if key not in old or key not in new or shown(old[key]) != shown(new[key])]
    said = [_change(key, old, new) for key in keys]
    if not said:
        return f"version {before.desired_version} -> {after.desired_version}: the node has read a newer one"
    return f"{_listed(said)} (by {after.desired_by}), version {after.desired_version}"


def differs(shadow: Shadow) -> str:
    """`the node holds interval_s 60 where 10 is wanted`."""
    reported = dict(_leaves(shadow.reported))
    wanted = dict(_leaves(delta(shadow.desired, shadow.reported)))
    held = [f"{key} {_said(reported, key)} where {shown(value)} is wanted" for key, value in wanted.items()]
    return f"the node holds {_listed(held)}"


def unknown(known: capabilities.Capabilities, desired: Mapping[str, object]) -> str:
    """What a node cannot do of what is wanted; empty when it can do all."""
    said = []
    for name, value in desired.items():
        try:
            capabilities.check_settings(known, {name: value})
        except Refused as error:
            said.append(f"{name} {shown(value)} is wanted. {error}")
    return " ".join(said[:_MOST])


def _leaves(state: Mapping[str, object], above: str = "") -> Iterator[tuple[str, object]]:
    for key, value in state.items():
        if isinstance(value, dict) and value:
            yield from _leaves(value, f"{above}{key}.")
        else:
            yield above + key, value


def _change(key: str, old: Mapping[str, object], new: Mapping[str, object]) -> str:
    if key not in old:
        return f"{key} is to be {shown(new[key])}"
    if key not in new:
        return f"{key} is asked for no more"
    return f"{key} {shown(old[key])} -> {shown(new[key])}"


def _said(leaves: Mapping[str, object], key: str) -> str:
    return shown(leaves[key]) if key in leaves else "nothing"


def _listed(said: list[str]) -> str:
    more = f" and {len(said) - _MOST} more" if len(said) > _MOST else ""
    return ", ".join(said[:_MOST]) + more
