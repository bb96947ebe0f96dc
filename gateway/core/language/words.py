"""A sentence as words: folded, contractions opened, with the place of each in the text. Pure.

Marks are read here and nowhere else: the templates never see a comma, a question mark or a quotation.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from itertools import pairwise

import msgspec

LONGEST_TEXT = 300
MOST_WORDS = 48
_APOSTROPHES = str.maketrans(dict.fromkeys("\u2019\u2018\u02bc\u00b4`\uff07", "'"))
_FRACTIONS = {"½": " 1/2 ", "¼": " 1/4 ", "¾": " 3/4 ", "\u2212": "-", "\u2260": "!=", "\u2264": "<=", "\u2265": ">="}
_PIECE = re.compile(
    r"(?P<half>[ap]\.\s?m\b\.?)"
    r"|(?P<time>\d+h\d{1,2}(?:m|min)?(?![^\W_])|\d+(?:[.,:]\d+)?(?:secs?|mins?|hrs?|am|pm|s|m|h|d)(?![^\W_]))"
    r"|(?P<number>(?:(?<![\w)])-)?\d+(?:(?:[.,:/]\d+)+)?)"
    r"|(?P<word>[^\W\d_][^\W_]*(?:'[^\W\d_]+)*)"
    r"|(?P<sign>°\s?[cf]\b|°|%|[<>!]=|=[<>]|==?|[<>&+€$£#@])"
    r"|(?P<dash>(?<=\d)\s?[-–—]\s?(?=\d)|(?<=\w)/(?=\w))"
    r"|(?P<mark>[.,;:!?…()\[\]{}\"“”„«»*|\\—–~]|(?<=\s)'|'(?=\s|$)|^')"
    r"|(?P<space>[\s_]+|(?<=[^\W_])[-'/](?=[^\W_])|[-'/](?!\d))"
    r"|(?P<other>.)",
    re.DOTALL,
)
_ENDS = frozenset(".!?;…")
_QUOTES = frozenset("\"“”„«»'")
_SHORT = {
    "can't": "can not",
    "cannot": "can not",
    "won't": "will not",
    "shan't": "shall not",
    "ain't": "is not",
    "let's": "let us",
    "i'm": "i am",
    "y'all": "you",
    "gimme": "give me",
    "lemme": "let me",
    "wanna": "want to",
    "gonna": "going to",
    "gotta": "got to",
    "whats": "what is",
    "hows": "how is",
    "wheres": "where is",
    "thats": "that is",
    "theres": "there is",
    "u": "you",
    "teh": "the",
    "hte": "the",
    "adn": "and",
    "waht": "what",
    "wat": "what",
    "wich": "which",
    "whcih": "which",
    "hwo": "how",
    "pleas": "please",
    "pleae": "please",
    "plese": "please",
    "pleese": "please",
    "pelase": "please",
    "pls": "please",
    "plz": "please",
    "plse": "please",
    "thx": "thanks",
    "tnx": "thanks",
    "o'clock": "oclock",
    "percents": "percent",
    "per cent": "percent",
} | {
    f"{verb}nt": f"{opened} not"
    for verb, opened in {
        **{verb: verb for verb in ("do", "does", "did", "is", "are", "was", "were", "has", "have", "had", "should")},
        "could": "could",
        "would": "would",
        "must": "must",
        "need": "need",
        "ca": "can",
        "wo": "will",
    }.items()
}
_STUTTERED = frozenset(("the", "a", "to", "of", "in", "is", "please"))
_IS = frozenset(("it", "that", "what", "where", "how", "who", "there", "here", "when", "why", "he", "she", "which"))
_ENDINGS = {"'re": "are", "'ve": "have", "'ll": "will", "'d": "would", "'m": "am"}


class Word(msgspec.Struct, frozen=True):
    """One word; `start` and `end` are characters of the text as it was given."""

    text: str
    start: int
    end: int


class Words(msgspec.Struct, frozen=True):
    """All of a sentence, or of several."""

    text: str
    items: tuple[Word, ...]
    marks: dict[int, str] = {}
    """Punctuation by the word that follows it; the number of words: what stands at the end."""
    quoted: tuple[tuple[int, int], ...] = ()
    """Words in quotation marks, from and to (exclusive)."""
    too_long: bool = False
    """More than is read: nothing of it counts."""

    @property
    def texts(self) -> tuple[str, ...]:
        """Folded words only."""
        return tuple(word.text for word in self.items)

    @property
    def question(self) -> bool:
        """There is a question mark anywhere."""
        return any("?" in mark for mark in self.marks.values())

    def said(self, start: int, end: int) -> str:
        """The words as they were written."""
        if start >= end:
            return ""
        return self.text[self.items[start].start : self.items[end - 1].end]

    def sentences(self) -> list[tuple[int, int]]:
        """From and to of each sentence, by the marks that end one."""
        cuts = [0]
        cuts += [at for at in sorted(self.marks) if 0 < at < len(self.items) and _ENDS & set(self.marks[at])]
        cuts.append(len(self.items))
        return [(start, end) for start, end in pairwise(cuts) if start < end]

    def part(self, start: int, end: int) -> Words:
        """Some of the words by themselves, with the marks among, before and after them."""
        marks = {at - start: mark for at, mark in self.marks.items() if start <= at <= end}
        quoted = tuple(
            (max(first, start) - start, min(last, end) - start)
            for first, last in self.quoted
            if first < end and last > start
        )
        return Words(self.text, self.items[start:end], marks, quoted, self.too_long)

    def changed(self, at: int, text: str) -> Words:
        """With another word in one place, which stands where the first one stood."""
        old = self.items[at]
        return msgspec.structs.replace(
            self, items=(*self.items[:at], Word(text, old.start, old.end), *self.items[at + 1 :])
        )


def read(text: str) -> Words:
    """The words of a text. Raises nothing."""
    shown, origin = _folded(text[: LONGEST_TEXT + 1])
    items: list[Word] = []
    marks: dict[int, str] = {}
    quotes: list[int] = []
    for found in _PIECE.finditer(shown):
        kind, piece = str(found.lastgroup), found.group()
        if kind == "space":
            continue
        if kind == "mark":
            marks[len(items)] = marks.get(len(items), "") + piece
            if piece in _QUOTES:
                quotes.append(len(items))
            continue
        start, end = origin[found.start()], origin[found.end() - 1] + 1
        opened = [Word(word, start, end) for word in _opened(kind, piece)]
        if opened and items and opened[0].text == items[-1].text and opened[0].text in _STUTTERED:
            continue  # `the the`
        items += opened
    pairs = list(zip(quotes[::2], [*quotes[1::2], len(items)], strict=False))
    quoted = tuple((first, last) for first, last in pairs if first < last)
    return Words(text, tuple(items), marks, quoted, len(text) > LONGEST_TEXT or len(items) > MOST_WORDS)


def spelled(name: str) -> tuple[str, ...]:
    """The words of a name, in the same way."""
    return read(name).texts


def _folded(text: str) -> tuple[str, list[int]]:
    """The text in one case, without accents and without what cannot be seen; and where each character came from."""
    if text.isascii():
        return text.replace("`", "'").lower(), list(range(len(text)))
    shown: list[str] = []
    origin: list[int] = []
    for at, char in enumerate(text.translate(_APOSTROPHES)):
        plain = _FRACTIONS.get(char) or _plain(char)
        shown.append(plain)
        origin += [at] * len(plain)
    return "".join(shown), origin


def _plain(char: str) -> str:
    if unicodedata.category(char) == "Cf":
        return ""
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", char).casefold())
    bare = "".join(one for one in folded if not "\u0300" <= one <= "\u036f")
    return unicodedata.normalize("NFC", bare)


def _opened(kind: str, piece: str) -> Iterator[str]:
    """A piece as words: `don't` is do not, `Anna's` is anna 's."""
    if kind == "half":
        yield piece[0] + "m"
    elif kind == "sign":
        yield "and" if piece == "&" else piece.replace(" ", "")
    elif kind == "dash":
        yield "-" if piece != "/" else "/"
    elif kind != "word":
        yield piece
    elif piece in _SHORT:
        yield from _SHORT[piece].split()
    elif piece.endswith("n't"):
        yield from (piece.removesuffix("n't"), "not")
    elif "'" in piece:
        yield from _possessed(piece)
    else:
        yield piece


def _possessed(piece: str) -> Iterator[str]:
    before, _, after = piece.rpartition("'")
    ending = _ENDINGS.get("'" + after)
    if ending is not None:
        yield from (before.replace("'", ""), ending)
    elif after == "s":
        yield from (before.replace("'", ""), "is" if before in _IS else "'s")
    else:
        yield piece.replace("'", "")  # O'Neill is written oneill, too
