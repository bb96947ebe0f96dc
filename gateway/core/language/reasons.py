"""Why somebody wants something, said before it or behind it: `I'm freezing, …`, `… because the baby sleeps`. Pure.

Closed forms only, and only where a comma or a word such as `because` sets them off: they say nothing of what is wanted.
A reason that names a number, a place or another order is none of these, and has to be understood like the rest.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from itertools import pairwise

from .leads import STARTS

_WHO = (
    r"(?:it|i|we|they|he|she|that|this|everyone|everybody|guests|visitors|people|dinner|(?:the|my|our) (?:baby|babies|"
    r"kids?|child|children|son|daughter|wife|husband|girlfriend|boyfriend|mum|mom|dad|mother|father|cat|dog|guests?|"
    r"visitors|neighbours?|neighbors?|family|sun|noise|air|place|house|smell|mirror|room|weather|others|little one))"
)
_BE = r"(?:(?:is|am|are)(?: getting| feeling| becoming| still)?|feels?|gets?|smells?|looks?|(?:has|have) got)"
_HOW = (
    r"(?:so|too|very|really|rather|quite|pretty|a bit|a little|a bit too|a little too|much too|way too|far too|awfully|"
    r"terribly|a tad|absolutely|kind of|getting|already|all|just)"
)
_WHAT = (
    r"(?:cold|hot|warm|cool|chilly|freezing|boiling|roasting|stuffy|loud|noisy|humid|damp|muggy|sticky|dark|bright|"
    r"sunny|windy|draughty|drafty|smelly|steamy|steamed up|fogged up|foggy|smoky|stifling|sweltering|baking|late|"
    r"raining|snowing|pouring|raining in|bucketing down|sleeping|asleep|in bed|sick|ill|tired|awake|sweating|shivering|"
    r"suffocating|melting|choking|burning up|uncomfortable|unbearable|horrible|awful|terrible|annoying|"
    r"unpleasant|disgusting|ridiculous|too much|"
    r"coming|here|home|back home|cooking|working|going out|going to bed|off to bed|leaving|going home|"
    r"(?:having|taking|in|about to have|about to take|going to have|going to take) (?:a|the) (?:shower|bath|nap)|"
    r"(?:about|going) to (?:shower|bathe|cook|sleep|leave|bed)|driving (?:me|us) (?:mad|crazy|nuts|insane)|"
    r"making (?:a|too much|so much|a lot of) noise|enough|plenty)"
)
_HERE = r"(?:in here|here|outside|out|out there|up here|down here|inside|today|tonight|again|now|right now|already)"
_WASH = r"(?:hot |warm |quick |long )?(?:shower|bath|nap|rest|break)"
_CLAUSE = re.compile(
    rf"{_WHO} {_BE}(?: {_HOW})* {_WHAT}(?: {_HERE})*"
    rf"|(?:i|we) (?:want|need|would like|would love|will have|will take) (?:to (?:have |take )?)?(?:a {_WASH}|some (?:"
    r"fresh air|air|peace|quiet|sleep|warmth)|fresh air|sleep|hot water|warm water|cook|shower|rest|relax)"
    rf"|(?:i|we|he|she) (?:have |has )?(?:just |already )*(?:had|took|taken|finished) (?:a|my|our|his|her) {_WASH}"
    rf"|(?:i|we|they|he|she) can (?:not|hardly|barely) (?:sleep|breathe|hear|see|work|concentrate|think|relax|"
    r"stand it|take it|bear it)(?: anything| a thing)?(?: any ?more| any longer| like this| in here)?"
    r"|(?:i|we) do not need (?:it|that|this|them) (?:any ?more|any longer|now|right now)"
    r"|(?:i|we) have (?:guests|visitors|company|people over|a headache|a cold)(?: coming| over)?"
    r"|there is (?:a |an |too much |so much |some |such a )?(?:draught|draft|smell|noise|steam|smoke|fog|condensation)"
    rf"(?: {_HERE})?"
    rf"|it (?:smells|stinks|reeks)(?: (?:bad|awful|terrible|funny|bit))?(?: {_HERE})?"
    r"|(?:i|we|he|she|someone|somebody) (?:just |have |has )*(?:burnt|burned) (?:the |some |my )?(?:toast|food|dinner|"
    r"rice|milk|something)"
)
_SO_THAT = re.compile(
    r"so (?:that )?(?:i|we|they|he|she|the baby|the kids) can (?:sleep|breathe|see|hear|work|relax|rest|shower|cook|"
    rf"(?:take|have) a {_WASH})(?: better| again| well| properly)?"
    r"|before (?:i|we) (?:suffocate|freeze|melt|choke|boil|roast|faint|die|go mad|go crazy)(?: in here| here)?"
)
_LINKS = frozenset(("because", "cause", "as", "since"))
_SO = (("and", "so"), ("so",), ("therefore",), ("hence",))
_FREE = re.compile(r"because (?:of )?(?:it|i|we|they|he|she|the|my|our|there|this|that)(?: [a-z]+){1,8}")
_MORE = STARTS | set(
    re.findall(
        "[a-z]+",
        "and or but then not never no if when whenever unless until till while except only instead after before for "
        "should would could might maybe perhaps rule",
    )
)
"""With one of these, what follows `because` says more than why."""
_CONDITIONS = frozenset(
    re.findall("[a-z]+", "if when whenever once while until till unless that and or but in case only not than")
)
"""Behind one of these it is no reason."""


def is_reason(words: Sequence[str]) -> bool:
    """Whether a sentence only says why the next one or the one before it is said."""
    return _CLAUSE.fullmatch(" ".join(_linked(words))) is not None


def ahead(words: Sequence[str], start: int, end: int, commas: Collection[int]) -> int | None:
    """The word behind a reason that begins at `start`: `I am cold, …`, `I am cold so …`."""
    for at in range(start + 2, end):
        so = next((so for so in _SO if tuple(words[at : at + len(so)]) == so), ())
        after = at + len(so)
        if (so or at in commas) and after < end and is_reason(words[start:at]):
            return after
    return None


def behind(words: Sequence[str], start: int, end: int, commas: Collection[int]) -> int | None:
    """The first word of a reason that ends at `end`: `…, I am cold`, `… because I am cold`, `… so I can sleep`."""
    for at in range(start + 1, end - 1):
        if words[at - 1] in _CONDITIONS:
            continue
        line = " ".join(words[at:end])
        set_off = at in commas or words[at] in _LINKS or words[at - 1] == "please"
        if set_off and is_reason(words[at:end]):
            return at
        if _SO_THAT.fullmatch(line) or (_FREE.fullmatch(line) and not _MORE.intersection(words[at + 1 : end])):
            return at
    return None


def spans(words: Sequence[str], cuts: Collection[int]) -> list[tuple[int, int]]:
    """From and to of every reason; `cuts`: words before which a mark stands. Nothing in a reason is a guard."""
    places = sorted({0, len(words), *cuts})
    found: list[tuple[int, int]] = []
    for start, end in pairwise(places):
        if is_reason(words[start:end]):
            found.append((start, end))
        elif (after := ahead(words, start, end, ())) is not None:
            found.append((start, after))
        elif (first := behind(words, start, end, ())) is not None and _closed(words[first:end]):
            found.append((first, end))
    return found


def _closed(words: Sequence[str]) -> bool:
    return is_reason(words) or _SO_THAT.fullmatch(" ".join(words)) is not None


def _linked(words: Sequence[str]) -> Sequence[str]:
    return words[1:] if words[:1] and words[0] in _LINKS else words
