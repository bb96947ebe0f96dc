"""Words that speak against doing what the rest of a sentence says. Pure.

A second lock with its own key: it knows no template. Whoever adds a template cannot open it by mistake; a template can
only say by name which guard does not speak against it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from . import reasons
from .intent import Guard, GuardName
from .words import Words

_SAID: Mapping[GuardName, str] = {
    "negation": "not, never, no, none, nothing, nobody, neither, nor, without, avoid, refrain, stop turning, "
    "stop opening, "
    "stop closing, stop switching, stop setting, stop running, stop starting, quit, except, but, instead, "
    "rather than, "
    "anything but, excluding, apart from, other than, unless, forbid, prevent, cease, leave, hardly, rarely, "
    "keep from, "
    "against, refuse, prohibit, hold off, nope, nah",
    "hypothetical": "now and then, again and again, once in a while, from time to time, now and again, "
    "would, could, might, may, suppose, supposing, imagine, assuming, assume, what if, wish, "
    "if only, "
    "were to, hypothetically, pretend, let us say, in case, in theory, theoretically, say that, provided, otherwise, "
    "for example, for instance, e g, like when, dream, dreamt, dreamed, example",
    "reported": "said, says, saying, told, tells, telling, asked, asks, asking, thinks, thought, wrote, "
    "writes, written, "
    "heard, hears, claims, claimed, mentioned, mentions, according to, the manual, insists, insisted, "
    "believes, suggests, "
    "suggested, wants, wanted, quote, unquote, yelled, shouted, replied, reads, read, likes, called out, commanded, "
    "the phrase, the words, the sentence, the command, the text, sings, sang, typed, texted, message, "
    "translate, spell, "
    "repeat after, pronounce, define, meaning of",
    "past": "did, was, were, had, has, yesterday, ago, earlier, used to, already, opened, closed, switched, turned, "
    "started, stopped, activated, deactivated, been, last night, last week, just turned, forgot, previously, "
    "before that, "
    "ran, went, came, got",
    "doubt": "maybe, perhaps, possibly, probably, not sure, unsure, guess, later, sometime, some time, "
    "at some point, "
    "eventually, soon, thinking, wonder, wondering, consider, considering, whenever you, one day, some day, someday, "
    "i think, i believe, if you think, could be, or so, or maybe, or perhaps, undecided, hesitate, either, "
    "planning, plan, "
    "intend, about to, going to, or not, whichever, something, somewhere, somehow, whatever, roughly speaking, doubt",
    "advice": "should, ought, worth, better to, good idea, bad idea, recommend, advise, advice, do you think, shall, "
    "supposed to, smart to, wise to, sensible, better off, had better, makes sense, make sense, safe to, necessary, "
    "why not, allowed",
    "joke": "kidding, joking, lol, haha, hahaha, jk, scratch that, never mind, nevermind, forget it, forget that, "
    "cancel that, no wait, wait, hold on, actually no, ignore, oops, not really, joke, just testing, "
    "test only, psych, "
    "not anymore, changed my mind, change my mind, on second thought, on second thoughts, disregard, "
    "strike that, my bad, "
    "mistake, wrong, undo, take that back, hang on",
    "ability": "able to, capable, possible, can i, can the, can it, can this, can that, can he, can she, can they, "
    "can anyone, can anybody, can someone, know how, how do, how to, how can, how could, how does, how would, "
    "teach, you can, you may, can we, could we, we can, may we, "
    "explain, what happens, what does, what would, what will",
    "condition": "if, when, whenever, once, while, until, till, after, before, as soon as, every time, "
    "each time, as long as, "
    "the moment, in the event, in case",
    "restriction": "only, except, unless, but not, but only, other than",
}
_ASKING = frozenset(("what", "which", "who", "whose", "whom", "why", "where", "how", "is", "are", "am", "does", "did"))
"""A sentence that begins with one of these asks; `when` may begin a rule, `do` and `have` an order."""
_FAVOUR = re.compile(
    r"^(?:(?:hey|hi|hello|ok|okay|so|well|please|gateway|house|there|and|now|computer|alright|um|oh) )*"
    r"(?:please )?(?:can|could|would|will) you\b(?: please| kindly| possibly| just| be so kind (?:as to|and))*"
    r"|\b(?:would|do) you mind\b"
    r"|^(?:i was wondering|i wonder|i am wondering) (?:if|whether) you (?:could|would|can)\b"
    r"|^(?:is there )?any chance you (?:could|can)\b|^do you think you (?:could|can)\b|^mind(?= [a-z]+ing\b)"
    r"|^i was hoping you (?:could|would)\b|^(?:might|could|can) i trouble you to\b|^would it be possible for you to\b"
    r"|\b(?:it would be|i would be|i would)(?: very| so)? (?:nice|great|lovely|kind|good|wonderful|helpful|"
    r"awesome|amazing|"
    r"perfect|fantastic|brilliant|super|appreciated|happy|glad|grateful|delighted|love it|appreciate it) if you "
    r"(?:could|would)\b"
    r"|^if you (?:could|would|can)\b(?=.* (?:that|it) would be [a-z ]+$)|\b(?:that|it) would be (?:very |"
    r"so )?(?:nice|great|"
    r"lovely|kind|good|wonderful|helpful|awesome|amazing|perfect|fantastic|brilliant|super|appreciated)$"
    r"|^(?:hey )?(?:can|could|would|will) (?:someone|somebody)\b|\bshall we$|\bwould that be (?:ok|okay)$"
    r"|\bif you would not mind$|\bi would appreciate it$|^(?:so |"
    r"well )?sorry to bother you(?: but)?(?: (?:could|can|would) you)?"
    r"|^i hate to bother you but(?: (?:could|can|would) you)?|^sorry but(?: (?:could|can|would) you)?|"
    r"^i was just wondering\b"
    r"|^just wondering\b"
    r"|^if you would be so kind\b|\bif it is not too much trouble\b|^if you do not mind\b|^when you get a chance\b"
    r"|\b(?:if that is (?:ok|okay|alright))$"
    r"|^(?:could|would) you be (?:a (?:dear|love|darling|sweetheart) and|so good as to)"
    r"|\bi would (?:like|love|appreciate it if you could|be (?:grateful|glad) if you could)\b"
    r"|\bit would be (?:nice|great) if you could\b"
    r"|\b(?:could|can|may) i ask you to\b"
    r"|\b(?:would|will|could|can) you(?: please)?$"
    r"|\bas soon as possible\b"
    r"|\b(?:would|will) you be able to\b"
    r"|\bif (?:you (?:can|could|would|please|do not mind|would be so kind)|possible|that is possible)"
    r"(?: please| thanks)*$"
)
"""Phrases that ask for a favour: what stands in them says nothing else."""
_PATTERNS: tuple[tuple[GuardName, re.Pattern[str]], ...] = tuple(
    (name, re.compile(r"\b(?:" + "|".join(re.escape(way.strip()) for way in said.split(",")) + r")\b"))
    for name, said in _SAID.items()
)
HARD: frozenset[GuardName] = frozenset(("negation", "reported", "quoted", "past", "hypothetical", "joke"))
"""What was said in these is not wanted at all; the others ask."""


def found(words: Words) -> tuple[Guard, ...]:
    """All of them, in the order of the table, each with the words that are one."""
    texts = words.texts
    line, starts = " ".join(texts), _starts(texts)
    favours = [match.span() for match in _FAVOUR.finditer(line)]
    guards = [Guard("polite", _span(starts, favour)) for favour in favours]
    why = reasons.spans(texts, words.marks)
    for name, pattern in _PATTERNS:
        spans = [match.span() for match in pattern.finditer(line)]
        free = [span for span in spans if not any(start <= span[0] and span[1] <= end for start, end in favours)]
        said = [_span(starts, span) for span in free]
        guards += [Guard(name, span) for span in said if not any(a <= span[0] and span[1] <= b for a, b in why)]
    guards += [Guard("quoted", span) for span in words.quoted]
    guards += _questions(words, favours)
    return tuple(guards)


def _questions(words: Words, favours: Sequence[tuple[int, int]]) -> Iterator[Guard]:
    """A question mark, or a sentence that begins as a question does; a favour is asked with a question mark, too."""
    for start, end in words.sentences():
        mark = "?" in words.marks.get(end, "")
        first = words.items[start].text
        if (mark and not favours) or first in _ASKING or "?" in words.marks.get(start, ""):
            yield Guard("question", (start, end))


def _starts(texts: Sequence[str]) -> dict[int, int]:
    """Word by the character it begins with in the joined line."""
    found: dict[int, int] = {}
    at = 0
    for number, text in enumerate(texts):
        found[at] = number
        at += len(text) + 1
    return found


def _span(starts: Mapping[int, int], span: tuple[int, int]) -> tuple[int, int]:
    first = max((number for at, number in starts.items() if at <= span[0]), default=0)
    last = max((number for at, number in starts.items() if at < span[1]), default=0)
    return first, last + 1
