"""A rule rehearsed on a recording: no gateway, no store, the same evaluator."""

from __future__ import annotations

import argparse
import sys
from array import array
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import pairwise
from math import nan
from pathlib import Path
from statistics import median
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from ..core.errors import ConfigError
from ..core.misfits import misfit
from ..core.ports.rules import Columns
from ..core.rules.ages import age_s
from ..core.rules.check import problems, warnings
from ..core.rules.engine import Setup
from ..core.rules.events import LeafSeries, Series
from ..core.rules.rule import Rule, measured
from ..core.rules.sources import MOST_SERIES, Measured
from ..core.rules.words import PlainNames
from ..flow.rules.backtest import not_rehearsed
from ..flow.rules.rehearsal import REHEARSED, Rehearsal
from ..flow.rules.report import BacktestReport
from ..simulator.recording import BadRow, read_rows
from ..simulator.site import Site, load_site
from . import rule_options, rule_shown

_ONE = "recording"
"""The device of a file that names none."""
_MOST_NAMED = 20


def run(args: argparse.Namespace) -> int:
    """When the rule in a file would have fired. Exit code 1 when it cannot be."""
    content = rule_options.read(args.rule)
    rule = _rule(content, args.rule)
    if rule is None:
        return 1
    site = None if args.site is None else load_site(args.site)
    setup = _setup(args, site)
    faults = [(one.path, one.reason) for one in problems(rule, None)]
    rule_shown.complain(faults)
    if faults:
        return 1
    recording = Recording(args.readings, args.metric or _metric(rule))
    looked = Looked(rule, recording, site)
    report = _rehearsed(rule, setup, recording, looked, _span(args, recording))
    said = [f"{one.path}: {one.reason}" for one in warnings(rule, None)]
    found = _shown(report, recording, looked, [*said, *not_rehearsed(rule), *looked.warnings])
    if args.json:
        print(msgspec.json.encode(found).decode())
    else:
        rule_shown.show(found)
    return 0


class Recording:
    """A file of readings as columns by device. Raises ConfigError for one without a readable row."""

    def __init__(self, path: Path, metric: str) -> None:
        self.left: dict[str, int] = {}
        self.readings = 0
        self._rows: dict[str, list[tuple[int, dict[str, float]]]] = {}
        for row in read_rows(path, metric):
            if isinstance(row, BadRow):
                self._leave("unreadable")
                if self.left["unreadable"] <= _MOST_NAMED:
                    print(f"line {row.line}: {row.reason}", file=sys.stderr)
                continue
            rows = self._rows.setdefault(row.device or _ONE, [])
            if rows and row.time_ms < rows[-1][0]:
                self._leave("late")
                continue
            rows.append((row.time_ms, row.values))
            self.readings += 1
        if not self._rows:
            raise ConfigError(f"{path}: there is no readable row")
        self.named = set(self._rows) != {_ONE}
        self.metrics = {device: frozenset(_metrics(rows)) for device, rows in self._rows.items()}
        self.from_ms = min(rows[0][0] for rows in self._rows.values())
        self.to_ms = max(rows[-1][0] for rows in self._rows.values()) + 1

    def _leave(self, reason: str) -> None:
        self.left[reason] = self.left.get(reason, 0) + 1

    def gap_s(self, device: str, metric: str) -> float:
        """The usual time between two values of a series; 0: there is only one."""
        times = [time_ms for time_ms, values in self._rows[device] if metric in values]
        gaps = [later - earlier for earlier, later in pairwise(times)]
        return median(gaps) / 1000 if gaps else 0.0

    def columns(self, to_ms: int) -> dict[str, Columns]:
        """All of it up to a moment, itself left out: from the begin on, for a rule remembers."""
        return {device: self._columns(device, to_ms) for device in self._rows}

    def _columns(self, device: str, to_ms: int) -> Columns:
        rows = [row for row in self._rows[device] if row[0] < to_ms]
        return Columns(
            array("q", [time_ms for time_ms, _ in rows]),
            {
                metric: array("d", [values.get(metric, nan) for _, values in rows])
                for metric in sorted(self.metrics[device])
            },
            {},
        )


class Looked:
    """Which series of a recording each leaf of a rule looks at."""

    def __init__(self, rule: Rule, recording: Recording, site: Site | None) -> None:
        self.warnings: list[str] = []
        self._recording = recording
        self._site = site
        self.leaves = tuple(LeafSeries(path, self._series(path, one)) for path, one in measured(rule))

    @property
    def count(self) -> int:
        """Of different series."""
        return len({(one.device, one.metric) for leaf in self.leaves for one in leaf.series})

    def _series(self, path: str, look: Measured) -> tuple[Series, ...]:
        found = [device for device in self._devices(path, look) if look.metric in self._recording.metrics[device]]
        if not found:
            self.warnings.append(f"{path}: the recording has no {look.metric} of it; it is taken as not known")
        if len(found) > MOST_SERIES:
            self.warnings.append(f"{path}: only the first {MOST_SERIES} series count")
        return tuple(
            Series(device, look.metric, age_s(look.metric, self._recording.gap_s(device, look.metric)))
            for device in found[:MOST_SERIES]
        )

    def _devices(self, path: str, look: Measured) -> list[str]:
        everybody = sorted(self._recording.metrics)
        if not self._recording.named:
            return everybody
        if look.device:
            return [look.device] if look.device in everybody else []
        if self._site is not None:
            here = set(_standing(self._site, look))
            return [device for device in everybody if device in here]
        self.warnings.append(f"{path}: assumed: {look.asset or look.zone} is all devices of the recording")
        return everybody


def _standing(site: Site, look: Measured) -> Iterator[str]:
    """The devices at an asset or in a zone."""
    for device in site.devices:
        if look.asset == device.asset or (look.zone and site.asset(device.asset).zone == look.zone):
            yield device.id


def _rehearsed(rule: Rule, setup: Setup, recording: Recording, looked: Looked, span: tuple[int, int]) -> BacktestReport:
    """Fed from the file's begin; what fires before the span is not told."""
    from_ms, to_ms = span
    rehearsal = Rehearsal(rule, setup, PlainNames(setup.zone), from_ms)
    rehearsal.look({REHEARSED: looked.leaves}, min(from_ms, recording.from_ms))
    for _ in rehearsal.run(recording.columns(to_ms), to_ms):
        pass
    return rehearsal.report(to_ms)


def _rule(content: bytes, file: str) -> Rule | None:
    given = rule_options.parsed(content, file)
    try:
        return msgspec.json.decode(content, type=Rule)
    except msgspec.ValidationError as error:
        rule_shown.complain([misfit(error, Rule, given)])
        return None


def _metric(rule: Rule) -> str:
    """What a file of one unnamed metric holds: what the rule looks at first."""
    return next((one.metric for _, one in measured(rule)), "value")


def _setup(args: argparse.Namespace, site: Site | None) -> Setup:
    if (args.latitude is None) != (args.longitude is None):
        raise ConfigError("--latitude and --longitude go together")
    latitude, longitude = args.latitude, args.longitude
    if latitude is None and site is not None:
        latitude, longitude = site.site.climate.latitude_deg, site.site.climate.longitude_deg
    named = args.timezone or ("UTC" if site is None else site.site.time_zone)
    try:
        return Setup(ZoneInfo(named), latitude, longitude)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ConfigError(f"there is no time zone {named!r}") from error


def _span(args: argparse.Namespace, recording: Recording) -> tuple[int, int]:
    from_ms = recording.from_ms if args.since is None else _moment(args.since, "--from")
    to_ms = recording.to_ms if args.until is None else _moment(args.until, "--to")
    if to_ms <= from_ms:
        raise ConfigError("there is no time to look at: --to must be later than --from")
    return from_ms, to_ms


def _moment(text: str, option: str) -> int:
    try:
        if text.isdigit():
            return int(text)
        moment = datetime.fromisoformat(text)
        return round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)
    except ValueError as error:
        raise ConfigError(f"{option} {text}: not an instant; write 2026-01-07T12:00:00Z or milliseconds") from error


def _shown(report: BacktestReport, recording: Recording, looked: Looked, said: list[str]) -> rule_shown.Rehearsed:
    return rule_shown.Rehearsed(
        rule=report.rule,
        from_=_text(report.from_ms),
        to=_text(report.to_ms),
        series=looked.count,
        readings=recording.readings,
        firings=[
            rule_shown.WouldFire(
                time=_text(one.time_ms),
                time_ms=one.time_ms,
                part=one.part,
                until=None if one.until_ms is None else _text(one.until_ms),
                why=one.why,
            )
            for one in report.firings
        ],
        on_s=report.on_s,
        flapping=report.flapping,
        most_a_day=report.most_a_day,
        held=[rule_shown.Held(one.reason, one.count, one.longest_s) for one in report.held],
        conditions=[
            rule_shown.Share(one.path, one.text, one.share_true, one.share_unknown) for one in report.conditions
        ],
        left=recording.left,
        warnings=said,
    )


def _text(time_ms: int) -> str:
    moment = datetime.fromtimestamp(time_ms // 1000, UTC).replace(microsecond=time_ms % 1000 * 1000)
    return moment.isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def _metrics(rows: Iterable[tuple[int, dict[str, float]]]) -> set[str]:
    return {metric for _, values in rows for metric in values}
