"""Reading the configuration: the profile, the file over it, then the environment, and every mistake at once."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import msgspec

from ..core.errors import ConfigError
from .home_settings import PROFILES
from .lines import lines_of
from .options import Option, options
from .problems import InvalidConfig, Problem, nearest, syntax_problem
from .settings import Settings, contradictions

_PREFIX = "GATEWAY_"
_Options = Mapping[str, Option]


class _Given(msgspec.Struct, frozen=True):
    """A value somebody set, what they called it and where."""

    section: str
    name: str
    value: object
    label: str
    line: int | None = None

    @property
    def key(self) -> str:
        return f"{self.section}.{self.name}"


def load(path: Path | None, environ: Mapping[str, str]) -> Settings:
    """The settings from the file (None: defaults) and from variables `GATEWAY_SECTION__NAME`. Raises ConfigError."""
    settings, problems = parse("" if path is None else read_text(path), environ)
    if problems:
        raise InvalidConfig("the environment" if path is None else str(path), problems)
    return settings


def read_text(path: Path) -> str:
    """The file's text. Raises ConfigError when it cannot be read."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise InvalidConfig(str(path), [Problem("", "is not UTF-8 text", line)]) from error


def parse(text: str, environ: Mapping[str, str]) -> tuple[Settings, list[Problem]]:
    """The settings and every mistake; an option with a mistake keeps its default."""
    known = {option.key: option for option in options()}
    problems: list[Problem] = []
    try:
        in_file = _from_file(text, known, problems)
    except tomllib.TOMLDecodeError as error:
        return Settings(), [syntax_problem(str(error))]
    said = [*in_file, *_from_environment(environ, known)]
    given = [*_from_profile(said), *said]
    settings = _build(given, known, problems)
    problems += _contradictions(settings, given, {problem.key for problem in problems})
    return settings, sorted(problems, key=lambda problem: problem.line or 0)


def _from_file(text: str, known: _Options, problems: list[Problem]) -> list[_Given]:
    tables = tomllib.loads(text)
    lines = lines_of(text)
    sections = _sections(known)
    given: list[_Given] = []
    for section, table in tables.items():
        line = lines.get((section,))
        if section not in sections:
            problems.append(Problem(section, _misplaced(section, isinstance(table, dict), sections, known), line))
        elif not isinstance(table, dict):
            problems.append(Problem(section, f"must be a section: [{section}]", line))
        else:
            for name, value in table.items():
                given.append(_Given(section, name, value, f"{section}.{name}", lines.get((section, name), line)))
    return given


def _sections(known: _Options) -> list[str]:
    return list(dict.fromkeys(option.section for option in known.values()))


def _misplaced(name: str, is_table: bool, sections: list[str], known: _Options) -> str:
    if is_table:
        return f"is not a section{nearest(name, sections)}"
    owners = [f"[{option.section}]" for option in known.values() if option.name == name]
    if owners:
        return f"must stand below its section: {' or '.join(owners)}"
    return f"must stand below a section{nearest(name, [option.name for option in known.values()])}"


def _from_environment(environ: Mapping[str, str], known: _Options) -> Iterator[_Given]:
    for variable, text in sorted(environ.items()):
        section, separator, name = variable.removeprefix(_PREFIX).lower().partition("__")
        if not variable.startswith(_PREFIX) or not separator:
            continue
        key = f"{section}.{name}"
        value = _from_words(text, known[key]) if key in known else text
        yield _Given(section, name, value, variable)


def _from_profile(said: Iterable[_Given]) -> Iterator[_Given]:
    """What the profile that was chosen last makes of options; everything that is said goes before it."""
    chosen = [one for one in said if one.key == "gateway.profile" and isinstance(one.value, str)]
    if chosen:
        last = chosen[-1]
        for (section, name), value in PROFILES.get(str(last.value), {}).items():
            yield _Given(section, name, value, last.label, last.line)


def _from_words(text: str, option: Option) -> object:
    """A variable's text as the kind of value its option wants."""
    if isinstance(option.default, str):
        return text
    if isinstance(option.default, tuple):
        return [part.strip() for part in text.split(",") if part.strip()]
    try:
        return tomllib.loads(f"value = {text.strip().lower()}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _build(given: Iterable[_Given], known: _Options, problems: list[Problem]) -> Settings:
    values: dict[str, dict[str, object]] = {section: {} for section in _sections(known)}
    for one in given:
        if one.key not in known:
            problems.append(Problem(one.label, f"is not an option{_hint(one, known)}", one.line))
            continue
        try:
            values[one.section][one.name] = known[one.key].read(one.value)
        except ValueError as error:
            problems.append(Problem(one.label, str(error), one.line))
    return msgspec.convert(values, Settings)


def _hint(one: _Given, known: _Options) -> str:
    if one.section not in _sections(known):
        return nearest(one.section, _sections(known))
    elsewhere = [key for key, option in known.items() if option.name == one.name]
    if elsewhere:
        return f"; did you mean {' or '.join(elsewhere)}?"
    return nearest(one.name, [option.name for option in known.values() if option.section == one.section])


def _contradictions(settings: Settings, given: Iterable[_Given], troubled: set[str]) -> list[Problem]:
    """What does not go together, said at the first option somebody set; not where a value was refused anyway."""
    problems: list[Problem] = []
    origin_of = {one.key: one for one in given}
    for found in contradictions(settings):
        origins = [origin_of[key] for key in found.keys if key in origin_of]
        if not any(origin.label in troubled for origin in origins):
            problems.append(Problem(origins[0].label, found.message, origins[0].line))
    return problems
