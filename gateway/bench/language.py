"""`gateway bench language`: sentences with what they mean, what reading one costs, and ones that nobody would say."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import msgspec

from ..core.capabilities import TYPES
from ..core.language.corpus import Judged, Row, judged, right, rows
from ..core.language.grammar import Grammar
from ..core.language.house import Thing
from ..core.language.intent import NOTHING, CandidateKind
from ..core.language.understand import Reader
from ..flow.chat.families import families
from ..simulator.site import demo_site
from ..simulator.site_house import house_of
from .figures import Figure, NotMeasured, Report, attempt
from .fuzzed_sentences import Fuzz
from .progress import Progress

CORPUS = Path("tests/core/language/corpus")
"""Below the clone; it does not travel with the package."""
_BLIND = "blind"
_MANY = 2_000
_MOST_NAMED = 5
"""Faults that are named in a note."""
_LOADING = """
import json, time
def rss_kb():
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmRSS"))
from gateway.flow.chat.families import families
from gateway.simulator.site import demo_site
from gateway.simulator.site_house import house_of
house, texts = house_of(demo_site()), families()
before, begun = rss_kb(), time.process_time()
import hassil
imported, at = rss_kb(), time.process_time()
from gateway.core.language.grammar import Grammar
grammar = Grammar(texts)
loaded = time.process_time()
from gateway.core.language.understand import Reader
Reader(house, grammar).read("what is the temperature in the bathroom")
print(json.dumps([at - begun, loaded - begun, time.process_time() - begun, imported - before, rss_kb() - before]))
"""


class Plan(msgspec.Struct, frozen=True):
    """How much of it."""

    rounds: int
    """How often each sentence is read for its time."""
    loads: int
    fuzzed: int
    seed: int = 8


FULL = Plan(rounds=5, loads=5, fuzzed=10_000)
QUICK = Plan(rounds=1, loads=3, fuzzed=2_000)


class Language:
    """One run of the bench; needs no gateway."""

    def __init__(self, plan: Plan, corpus: Path) -> None:
        self._plan = plan
        self._corpus = corpus
        self._house = house_of(demo_site())
        self._grammar = Grammar(families())
        self._reader = Reader(self._house, self._grammar)
        self._rows: dict[str, list[Row]] = {}
        self._progress = Progress(plan.rounds * 2 + plan.loads + plan.fuzzed // 500 + 3)

    def run(self) -> Report:
        """Every figure, measured or with the reason why not."""
        figures: list[Figure] = []
        figures += attempt("corpus_right", "", self._corpora)
        figures += attempt("sentence_p99", "ms", self._times)
        figures += attempt("grammar_load", "ms", self._loading)
        figures += attempt("fuzz_crashes", "", self._fuzzed)
        self._progress.close()
        return Report("language", tuple(figures))

    def _read_corpora(self) -> dict[str, list[Row]]:
        if not self._rows:
            for file in sorted(self._corpus.glob("*.toml")):
                try:
                    self._rows[file.stem] = rows(file.read_text("utf-8"))
                except ValueError as error:
                    raise NotMeasured(f"{file.name}: {error}") from error
        if not self._rows:
            raise NotMeasured(f"no corpus in {self._corpus}; name one with --corpus")
        return self._rows

    def _corpora(self) -> list[Figure]:
        found = self._read_corpora()
        self._progress.step("reading the corpora")
        own = [one for name, some in found.items() if not name.startswith(_BLIND) for one in self._judged(some)]
        blind = [one for name, some in found.items() if name.startswith(_BLIND) for one in self._judged(some)]
        return [*_scores("corpus", own, 0.95), *_scores("blind", blind, 0.9)]

    def _judged(self, some: list[Row]) -> list[Judged]:
        return [one for row in some for one in judged(self._reader, self._house, row)]

    def _times(self) -> list[Figure]:
        sentences = [say for some in self._read_corpora().values() for row in some for say in row.say]
        figures = []
        crowded = msgspec.structs.replace(self._house, things=(*self._house.things, *_crowd(_MANY)))
        for house, name in ((self._house, ""), (crowded, "_2000_assets")):
            begun = time.process_time()
            reader = Reader(house, self._grammar)
            made_ms = (time.process_time() - begun) * 1000
            took = self._took(reader, sentences)
            figures += [
                Figure(f"sentence_p50{name}", "ms", _at(took, 0.5)),
                Figure(f"sentence_p99{name}", "ms", _at(took, 0.99), at_most=10, note=f"the longest {took[-1]:.1f}"),
                Figure(f"names{name}", "ms", round(made_ms, 1), note="after something was renamed"),
            ]
        return figures

    def _took(self, reader: Reader, sentences: list[str]) -> list[float]:
        """Sorted, in ms of the processor; each sentence counts with its best time of the rounds, as caches differ."""
        best = [float("inf")] * len(sentences)
        for _ in range(self._plan.rounds):
            self._progress.step("timing sentences")
            for number, sentence in enumerate(sentences):
                begun = time.process_time()
                reader.read(sentence, NOTHING)
                best[number] = min(best[number], (time.process_time() - begun) * 1000)
        return sorted(best)

    def _loading(self) -> list[Figure]:
        """In a fresh process each; the best of them."""
        found: list[list[float]] = []
        for _ in range(self._plan.loads):
            self._progress.step("loading the grammar")
            ran = subprocess.run([sys.executable, "-c", _LOADING], capture_output=True, text=True, check=False)
            if ran.returncode:
                raise NotMeasured(f"the grammar cannot be loaded: {ran.stderr.strip().splitlines()[-1]}")
            found.append(msgspec.json.decode(ran.stdout, type=list[float]))
        imported_s, loaded_s, all_s, imported_kb, all_kb = (min(values) for values in zip(*found, strict=True))
        note = f"of that hassil's import {imported_s * 1000:.0f} ms, {imported_kb / 1024:.1f} MB"
        return [
            Figure("grammar_load", "ms", round(loaded_s * 1000, 1), at_most=300, note=note),
            Figure(
                "first_sentence", "ms", round(all_s * 1000, 1), note="the load, the reader's own modules, a sentence"
            ),
            Figure("grammar_mb", "MB", round(all_kb / 1024, 1), at_most=25),
        ]

    def _fuzzed(self) -> list[Figure]:
        every = [row for some in self._read_corpora().values() for row in some]
        fuzz = Fuzz(self._reader, self._house, every, self._plan.seed)
        found = fuzz.run(self._plan.fuzzed, lambda: self._progress.step("sentences that nobody would say"))
        seed = f"of {found.sentences}, seed {self._plan.seed}"
        return [
            Figure("fuzz_crashes", "", len(found.crashes), at_most=0, note=_named(seed, list(found.crashes))),
            Figure("fuzz_actions", "", len(found.actions), at_most=0, note=_named(seed, list(found.actions))),
            Figure("fuzz_p999", "ms", _at(sorted(found.took_ms), 0.999)),
        ]


def _scores(name: str, found: list[Judged], at_least: float) -> list[Figure]:
    if not found:
        return [Figure(f"{name}_right", "", note="there is no such corpus")]
    traps = [one for one in found if one.trap]
    wrong = [one.say for one in found if one.wrong_actuation]
    note = f"of {len(found)} sentences, {len(traps)} of them traps ({right(traps):.3f} of these)"
    return [
        Figure(f"{name}_right", "", round(right(found), 4), at_least=at_least, note=note),
        Figure(f"{name}_wrong_actuations", "", len(wrong), at_most=0, note=_named("", wrong)),
    ]


def _named(begin: str, faults: list[str]) -> str:
    return "; ".join([*([begin] if begin else []), *faults[:_MOST_NAMED]])


def _at(ordered: list[float], share: float) -> float:
    return round(ordered[min(int(len(ordered) * share), len(ordered) - 1)], 2) if ordered else 0.0


def _crowd(count: int) -> list[Thing]:
    """So many assets with a device each, called as people call things in large houses."""
    rooms = ("Office", "Store room", "Meeting room", "Corridor", "Laboratory", "Greenhouse", "Stairs", "Guest room")
    machines = (("fan", "fan", "Fan"), ("pump", "pump", "Pump"), ("water_heater", "heater", "Boiler"))
    found: list[Thing] = []
    for number in range(count // 2):
        room = f"{rooms[number % len(rooms)]} {number // len(rooms) + 1}"
        around: frozenset[tuple[CandidateKind, str]] = frozenset({("asset", f"room-{number}")})
        found.append(Thing(what="asset", id=f"room-{number}", name=room, kind="room", called=(room,)))
        asset_kind, kind, word = machines[number % len(machines)]
        for what, its_kind in (("asset", asset_kind), ("device", kind)):
            name = f"{room} {word}"
            found.append(
                Thing(
                    what="asset" if what == "asset" else "device",
                    id=f"{kind}-{number}",
                    name=name,
                    kind=its_kind,
                    called=(name,),
                    around=around,
                    metrics=frozenset(TYPES[kind].metrics),
                    devices=(f"{kind}-{number}",),
                    verbs=TYPES[kind].verbs,
                    actors=dict.fromkeys(TYPES[kind].verbs, f"{kind}-{number}"),
                )
            )
    return found
