"""The texts of the grammar's templates, from the package."""

from __future__ import annotations

from importlib import resources


def families() -> dict[str, str]:
    """The TOML files of core/language/families by name without its end."""
    folder = resources.files("gateway.core.language").joinpath("families")
    return {
        entry.name.removesuffix(".toml"): entry.read_text("utf-8")
        for entry in sorted(folder.iterdir(), key=lambda entry: entry.name)
        if entry.name.endswith(".toml")
    }
