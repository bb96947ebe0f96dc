"""Words of courtesy around a sentence, which say nothing of what is wanted. Pure.

They are left out by lists, whole phrases at the beginning or the end only; what is in no list stays and has to be
understood.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import msgspec

from . import asking, reasons


class Core(msgspec.Struct, frozen=True):
    """What is left of a sentence: words from `start` to `end` (exclusive) without `skipped`."""

    start: int
    end: int
    skipped: frozenset[int]
    """All words outside of it, and adverbs in it that mean now."""
    polite: bool = False
    """It was asked for as a favour: `could you …`."""
    wish: bool = False
    please: bool = False
    """It was said with a please."""
    """It was wished for: `I want to …`."""


def _phrases(*lines: str) -> tuple[tuple[str, ...], ...]:
    """The longest first."""
    return tuple(sorted((tuple(one.split()) for line in lines for one in line.split(",")), key=len, reverse=True))


_GREETINGS = _phrases(
    "hey,hi,hello,hi there,hey there,hello there,good morning,good evening,good afternoon,good day,ok,okay,"
    "alright,all right,"
    "so,well,um,uh,erm,hmm,yo,right,listen,look,excuse me,sorry,and,also,now,ah,oh,dear,gateway,house,computer,"
    "by the way,i was just wondering,out of curiosity,out of interest,"
    "go on,come on,"
    "sorry to bother you,sorry to bother you but,i hate to bother you but,sorry but,right then,ok then,okay then,"
    "alright then,oh and,pretty please,pardon me,er,eh,oi,you know what,tell you what,hey computer,right so,"
    "hey gateway,hi gateway,ok gateway,okay gateway,hello gateway,assistant,quick question,one more thing,"
    "next,great,good,"
    "thanks,thank you,cool,perfect,fine,one more question,my dear,hey house,hello house"
)
_PLEASING = ("that would be", "it would be")
_GREAT = (
    "great",
    "lovely",
    "nice",
    "good",
    "wonderful",
    "helpful",
    "awesome",
    "amazing",
    "perfect",
    "fantastic",
    "brilliant",
    "super",
    "appreciated",
    "kind",
    "very kind",
    "so kind",
)
_REQUESTS = _phrases(
    *(f"it would be {how} if you {would}" for how in _GREAT for would in ("could", "would", "could just")),
    *(
        f"i would be {how} if you {would}"
        for how in ("happy", "very happy", "glad", "grateful", "very grateful", "so grateful", "delighted")
        for would in ("could", "would", "could please", "could just")
    ),
    "please,just wondering,just out of curiosity,kindly,hurry up and,hurry and,quick,be quick and,"
    "just,simply,quickly,go ahead and,go and,"
    "be so kind as to,be so kind and,be a dear and,be a love and,be a darling and,be a sweetheart and,"
    "be a good chap and,"
    "be a good lad and,be a good boy and,be a good girl and,be a star and,be an angel and,be a pal and,be nice and,"
    "if you would be so kind,if it is not too much trouble,if you do not mind,when you get a chance,do us a favour and,"
    "i would be grateful if you would,it would be lovely if you could,it would be kind if you could,"
    "do me a favor and,"
    "do me a favour and,be sure to,make sure to,make sure you,do please,please do,"
    "feel free to,i would be grateful if you could,i would be glad if you could,i would appreciate it if you could,"
    "i would love it if you could,i would love it if you would,i would appreciate it if you would,"
    "time to,it is time to,try to,try and,please you,please to,you please,do me a favour,do me a favor",
)
_FAVOURS = _phrases(
    "can you,could you,would you,will you,can you please,could you please,would you please,will you please,"
    "can you just,could you just,could you possibly,can you possibly,would you kindly,"
    "could you kindly,"
    "will you kindly,would you be so kind as to,could you be so kind as to,would you be so kind and,"
    "would you mind,do you mind,would you be able to,would you be kind enough to,may i ask you to,"
    "can i ask you to,could i ask you to,"
    "can you like,could you like,can you um,could you um,can you uh,could you uh,can you to,could you to,would you to,"
    "would you be a dear and,would you be a love and,would you be a darling and,would you be a sweetheart and,"
    "could you be a dear and,would you be so good as to,could you be so good as to,mind,could i trouble you to,"
    "can i trouble you to,might i trouble you to,would it be possible for you to,could you please be so kind as to,"
    "could i get you to,can i get you to,can i have you,could you go ahead and,can you go ahead and,please can you,"
    "please could you,please would you,please will you,can you help me,can you help me to,could you help me"
)
_WISHES = _phrases(
    "i want to,i would like to,i want you to,i would like you to,i need you to,i need to,let us,we want to,"
    "we would like to,i would love to,we need to,i would love you to,i would like for you to,i would prefer you to,"
    "i want that you,i would like that you,i need that you,we want that you,i was wondering if you could,"
    "i wonder if you could,i was wondering whether you could,i am wondering if you could,do you think you could,"
    "do you think you can,any chance you could,is there any chance you could,any chance you can,"
    "can someone,could someone,can somebody,could somebody,would someone,would somebody,will someone,"
    "please you must,please you have to,help me,help me to,please help me to,it is needed to,it is required to,"
    "i was hoping you could,i was hoping you would,i was wondering if you would,"
    "we need you to,i am asking you to,i ask you to,we should like to,i like to,i do want you to"
)
_WANTED = _phrases("i want,i would like,i need,want,need,we want,we need")
_TAILS = _phrases(
    *(f"{that} {great}" for that in _PLEASING for great in _GREAT),
    "please,thanks,thank you,thank you very much,thanks a lot,many thanks,thank you so much,thanks so much,cheers,ta,"
    "for me,for us,would you,will you,could you,can you,if you please,if you would,if you can,if you could,"
    "if you do not mind,if possible,if that is possible,if you would be so kind,ok,okay,alright,right away,"
    "right now,immediately,at once,straight away,asap,as soon as possible,now,at the moment,currently,at present,"
    "at this moment,just now,presently,gateway,house,mate,buddy,dear,honey,for a moment please,then please,"
    "too,as well,in the house,at home,in the whole house,around the house,in our house,in my house,"
    "this instant,this minute,this very moment,instantly,as we speak,these days,"
    "love,my love,darling,sweetheart,my dear,my friend,pal,sir,madam,there is a good chap,there is a good girl,"
    "there is a good boy,there is a good fellow,there is a dear,be a dear,will you dear,would you dear,"
    "at your earliest convenience,real quick,quickly,thanks a bunch,thanks a million,thanks in advance,"
    "much appreciated,"
    "cheers mate,shall we,then,if you know,ok thanks,okay thanks,pretty please,please and thank you,pronto,"
    "straightaway,"
    "i would appreciate it,man,dude,bro,would that be ok,would that be okay,this second,if you would not mind,"
    "thanks mate,"
    "thanks love,please love,please mate,there is a love,there is a good lad,old chap,old boy,babe,boss,chap,"
    "would you kindly,if it is not too much trouble,if that is ok,if that is okay,if that is alright",
)
_WITHIN = _phrases(
    "right now,at the moment,at present,currently,at this moment,presently,please,kindly,just,now,actually"
)
_BEHIND_A_COMMA = frozenset(
    ("ok", "okay", "alright", "dear", "honey", "house", "love", "man", "boss", "chap", "babe", "dude", "bro", "pal")
)
_IF_YOU = _phrases("if you could,if you would,if you can,if you could just,if you could please,if you would just")
_DONE = frozenset(("open", "close", "shut", "turn", "switch", "start", "stop", "set", "run", "put"))
_KEEP_NOW_AFTER = frozenset(("from", "until", "till", "by", "since", "just", "up", "than"))


def core(words: Sequence[str], commas: Collection[int] = ()) -> Core:
    """The sentence without them. `commas`: words behind a comma; some words are courtesy only there."""
    start, end, polite, wish = 0, len(words), False, False
    pleasing = any(f" {that} " in " ".join(words[2:]) for that in _PLEASING)  # `if you could …, that would be great`
    while start < end:
        if (after := asking.ahead(words, start, end)) is not None:
            start = after
            continue
        at = _after(words, start, end, _FAVOURS)
        if at is not None and at < end:
            start, polite = at, True
            continue
        if pleasing and (at := _after(words, start, end, _IF_YOU)) is not None:
            start, polite, wish = at, True, True
            continue
        at = _after(words, start, end, _WISHES)
        if at is not None and at < end:
            start, wish = at, True
            continue
        at = _after(words, start, end, _WANTED)
        if at is not None and at < end and words[at] in _DONE:  # `I want open the window`
            start, wish = at, True
            continue
        at = _after(words, start, end, _REQUESTS) or _after(words, start, end, _GREETINGS)
        if at is None and (after := reasons.ahead(words, start, end, commas)) is not None:
            at = after
        if at is None and words[start] == "do" and words[start + 1 : start + 2] and words[start + 1] in _DONE:
            at = start + 1  # `do close it`, but `do my plants need water`
        if at is None:
            break
        start = at
    while start < end:
        before = _before(words, start, end, commas) or reasons.behind(words, start, end, commas)
        before = before or asking.behind(words, start, end, commas)
        if before is None:
            break
        end = before
    skipped = set(range(start)) | set(range(end, len(words)))
    at = start
    while at < end:
        after = _after(words, at, end, _WITHIN)
        if after is None or (at > 0 and words[at - 1] in _KEEP_NOW_AFTER) or (words[at] == "now" and after == end):
            at += 1
            continue
        skipped |= set(range(at, after))
        at = after
    return Core(start, end, frozenset(skipped), polite, wish, any(words[at] in ("please", "kindly") for at in skipped))


def _after(words: Sequence[str], start: int, end: int, phrases: Sequence[tuple[str, ...]]) -> int | None:
    """The word after a phrase that begins here."""
    for phrase in phrases:
        last = start + len(phrase)
        if last <= end and tuple(words[start:last]) == phrase:
            return last
    return None


def _before(words: Sequence[str], start: int, end: int, commas: Collection[int]) -> int | None:
    """The first word of a phrase that ends here."""
    for phrase in _TAILS:
        first = end - len(phrase)
        if first > start and tuple(words[first:end]) == phrase:
            if phrase[0] in _BEHIND_A_COMMA and first not in commas:
                continue
            if phrase == ("now",) and words[first - 1] in _KEEP_NOW_AFTER:
                continue
            return first
    return None
