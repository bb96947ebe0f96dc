"""Small talk around a question: `quick question, …`, `… by the way`. Pure.

It is left out only where what remains begins as a question does, so that it never makes an order of anything.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

_DIRECT = frozenset(("is", "are", "was", "were", "did", "does", "do", "has", "have", "will", "should"))
_FIRST = _DIRECT - {"do", "have", "should"} | {
    "what",
    "which",
    "who",
    "whose",
    "why",
    "where",
    "how",
    "am",
    "everything",
}
_WHEN = frozenset(("is", "are", "was", "were", "did", "does", "do", "will", "has", "should"))
_SECOND: dict[str, frozenset[str]] = {
    "do": frozenset(("i", "we", "any", "the", "my", "our")),
    "have": frozenset(("i", "we", "there")),
    "should": frozenset(("i", "we")),
}
"""Words that begin no order, by themselves or before these."""
_TOLD = frozenset(("how", "what", "why", "which", "who", "where", "the"))
_LATER = frozenset(("when", "whenever", "if", "once", "until", "unless", "as", "every", "before", "after"))


def _phrases(*lines: str) -> tuple[tuple[str, ...], ...]:
    """The longest first."""
    return tuple(sorted((tuple(one.split()) for line in lines for one in line.split(",")), key=len, reverse=True))


_ORDERS = _phrases(
    "will you,how about,what about,what if,why not,why do not,why do you not,is there any chance,is there a chance,"
    "is it possible,are you able,any chance,any time,any way,anything but"
)
"""With which an order may begin for all that."""
_LEADS = _phrases(
    "by the way,quick question,quick one,quick one for you,random question,silly question,stupid question,"
    "dumb question,odd question,weird question,just a quick question,a quick question,just a question,"
    "a question,just a quick one,question,question for you,another question,one last question,last question,"
    "just curious,just curious but,just being curious,i am just curious,curious,just out of interest,"
    "just out of curiosity,just for my own curiosity,for my own interest,just checking,just checking but,"
    "i am just checking,just to check,just to be sure,to be sure,just to be safe,just so i know,so i know,"
    "just making sure,just double checking,double checking,one last thing,last thing,one thing,another thing,"
    "one other thing,something else,mate,buddy,pal,love,dude,man,bro,boss,folks,darling,honey,i lost track,"
    "i have lost track,be honest,honestly,tell me honestly,be honest with me,seriously,frankly,truth be told,"
    "hope you are well,i hope you are well,hope you are ok,hope all is well,before i go,before i go to bed,"
    "before i leave,before bed,before we go,before we leave,before i head out,before i head off,"
    "before we go to bed,i am off to bed,i am going to bed,i am about to leave,i am on my way out,"
    "i am heading out,i am back,i am home,just got home,just got in,just got back,just woke up,i just woke up,"
    "i just got home,mind if i ask,do you mind if i ask,in your opinion,as far as you know,"
    "as far as you can tell,tell me this,help me out,riddle me this,sorry mate,hey mate,hi mate,hey buddy,"
    "hiya,howdy,morning,evening,afternoon,morning all,right mate,ok so,okay so,so then,anyway,anyways,"
    "actually,now then,right now then,sorry if you have been asked this,not urgent but,no rush but,no rush,"
    "when you have a moment,when you have a sec,when you get a sec,when you get a minute,"
    "when you have a minute,if you have a moment,if you have a second,this may sound silly but,"
    "might be a silly question but,maybe a silly question but,is it just me or,is it me or"
)
_KNOWING = _phrases(
    "i am curious,i was curious,i forgot,i forget,i have forgotten,i can not remember,i do not remember,"
    "i do not know,no idea,not sure,i am not sure,remind me,can you remind me,could you remind me,"
    "remind me again,i was just wondering,i was wondering,just wondering,i am wondering,wondering,i wonder,"
    "i keep wondering,could i ask,can i ask,may i ask,can i just ask,could i just ask,might i ask,"
    "can i ask you,could i ask you,let me ask,let me ask you,i wanted to ask,i just wanted to ask,"
    "i have to ask,i want to ask,i would like to ask,i wanted to know,i just wanted to know,"
    "i just want to know,i need to know,i would like to know,would you mind telling me,do you mind telling me,"
    "would you mind letting me know,would you mind checking,do you mind checking,would you mind having a look,"
    "would you mind just telling me,mind telling me,would you mind reminding me,would you mind confirming,"
    "can you confirm,could you confirm,please confirm,can you double check,could you double check,"
    "double check,go and check,any chance you know,do you by any chance know,you would not happen to know,"
    "would you happen to know,would you know,do you know,do you happen to know,do you have any idea,"
    "have you any idea,have you got any idea,any idea,any clue,got any idea,do you have a clue,got a clue,"
    "any idea as to,do me a favour and tell me,do me a favor and tell me,do me a favour and check,"
    "do me a favor and check,do us a favour and tell me,do you reckon,do you think,would you say,so tell me,"
    "can you work out,can you figure out,could you work out,have a look and tell me,"
    "have a quick look and tell me,take a look and tell me,have a look"
)
"""Before `is it …`; before `how it is` they belong to the question."""
_TAILS = _phrases(
    "by the way,just curious,just wondering,out of curiosity,out of interest,just out of interest,"
    "just out of curiosity,or what,or anything,just checking,just asking,by any chance,if i may ask,"
    "if you do not mind me asking"
)
_SET_OFF = _phrases(
    "i wonder,do you know,do you reckon,do you think,any idea,if i might ask,may i ask,can i ask,i am curious,"
    "just to be sure,just to check,or not,again please,quick question,i forgot,i forget,i can not remember,"
    "i have forgotten,remind me,tell me,roughly,approximately,exactly,anyway,anyways,though,exactly please,"
    "would you say,in your opinion,as far as you know,as far as you can tell,can you tell,could you tell me,"
    "can you tell me,please tell me,can you check,could you check,can you check for me,could you check for me,"
    "if you happen to know,at all,honestly,seriously,in total,all in all,overall,so far as you know"
)
"""Behind a comma only."""


def asks(words: Sequence[str], start: int, end: int) -> bool:
    """Whether what is left begins as only a question does."""
    if end - start < 2 or any(tuple(words[start : start + len(one)]) == one for one in _ORDERS):
        return False
    first, second = words[start], words[start + 1]
    if first in _FIRST or first in ("any", "anything", "anybody"):
        return True
    if first == "when":
        return second in _WHEN
    if (first, second) == ("tell", "me"):
        rest = words[start + 2 : end]
        return bool(rest) and rest[0] in _TOLD and not _LATER.intersection(rest)
    return second in _SECOND.get(first, ())


def ahead(words: Sequence[str], start: int, end: int) -> int | None:
    """The word behind small talk that begins at `start`, where a question follows."""
    for phrases in (_LEADS, _KNOWING):
        for phrase in phrases:
            after = start + len(phrase)
            said = after < end and tuple(words[start:after]) == phrase and asks(words, after, end)
            if said and (phrases is _LEADS or words[after] in _DIRECT):
                return after
    return None


def behind(words: Sequence[str], start: int, end: int, commas: Collection[int]) -> int | None:
    """The first word of small talk behind a question."""
    for phrases in (_TAILS, _SET_OFF):
        for phrase in phrases:
            first = end - len(phrase)
            said = first > start + 1 and tuple(words[first:end]) == phrase and asks(words, start, first)
            if said and (phrases is _TAILS or first in commas):
                return first
    return None
