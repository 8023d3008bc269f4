"""Details: names, places, ways to reply, references, amounts and times that a person mentions, in their own words."""

import re
from collections.abc import Iterator
from datetime import date, datetime, time
from functools import lru_cache
from itertools import islice

import phonenumbers
from dateparser.date import DateDataParser

from intake import reference
from intake.interpretation import Detail

_POSTCODE = re.compile(r"\b[A-Z]{1,2}[0-9][A-Z0-9]? ?[0-9][A-Z]{2}\b", re.IGNORECASE)
_ROADS = (
    "road|rd|street|st|avenue|ave|lane|close|drive|way|crescent|court|terrace|place|grove|gardens|square|hill|row|"
    "walk|mews|view|rise|park|green|parade|house|flats|estate|roundabout|junction|bridge|bypass"
)
_HOUSES = r"\d{1,4}[a-z]?(?:(?:, ?(?:and )?| and | & | to | ?- ?)\d{1,4}[a-z]?){0,8}"
_STREET = re.compile(
    rf"\b(?:(?i:flats?|units?|nos?\.?|numbers?) ?{_HOUSES},? )?(?:{_HOUSES},? )?"
    rf"(?!(?:My|Our|Your|The|This|That|Every) \w+\b)(?:[A-Z][\w']{{1,20}} ){{1,3}}(?:{_ROADS}|{_ROADS.title()})\b"
)
_NO_STREET = r"(?!(?:times?|days?|weeks?|months?|years?|hours?|cars?|of|in|on|at|the|a|my|our|up|down|to|from|per)\b)"
_SMALL_STREET = re.compile(
    rf"\b{_HOUSES},? (?:{_NO_STREET}[a-z']{{3,20}} ){{1,2}}(?:road|rd|street|avenue|ave|lane|close|drive|crescent"
    r"|terrace|grove|gardens)\b"
)
"""As a phone's keyboard or a voice writes it: all small, so it counts only behind a house's number."""
_NEAR = re.compile(r"\b(?:outside|opposite|next to|in front of|corner of|junction of|near) (?:the )?[A-Z][\w' ]{2,40}")
_WHERE_LINE = re.compile(r"^(?:where|address|place|location)\s*[:\-]\s*(.{3,200})$", re.IGNORECASE | re.MULTILINE)
_WANTED_LINE = re.compile(
    r"^(?:what i would like|what i want|put right|outcome)\s*[:\-]\s*(.{3,300})$", re.IGNORECASE | re.MULTILINE
)
_WANTED = re.compile(
    r"\b(?:i|we)(?:'d| would|'ll)? ?(?:just )?(?:really )?(?:want|like|expect|am asking for|are asking for|need|demand)"
    r"(?: you| someone| somebody| the council| it| them| this| to)? "
    r"(?!(?:to )?(?:complain|make a |raise a |report |register ))"
    r"[^.!?\n]{4,160}|"
    r"\bplease (?:can you |could you )?(?:fix|repair|collect|empty|refund|apologise|explain|sort|replace|send|clear|"
    r"remove|reconsider|put)[^.!?\n]{2,160}|\b(?:an apology|compensation|an explanation|a refund)\b[^.!?\n]{0,80}",
    re.IGNORECASE,
)
_OF_THEM = re.compile(
    r"[\s,;]+(?:and )?(?:my (?:name|number|phone|email|address) is|i can be reached)\b", re.IGNORECASE
)
"""Where voice-to-text goes on without a stop, what they want ends before who they are."""

_NAME = r"((?:(?:(?:Mrs?|Ms|Dr|Rev)\.?|[A-Z]\.|[A-Z][\w'-]{1,20})[ \t]?){1,5}(?<!\s))"
_SIGNED = re.compile(
    r"^[ \t]*(?i:(?:(?:kind|best|warm|many|with)? ?(?:regards|wishes|thanks)|thanks|thank you|cheers|ta"
    r"|yours(?: \w{2,12})?|sincerely|faithfully|love))[ ,.!\t]*\n\s{0,4}" + _NAME + r"[ \t]*$",
    re.MULTILINE,
)
_SAYS_NAME = re.compile(
    r"\b(?i:my name is|name:|(?:i am|i'm|this is)(?= (?:mr|mrs|ms|miss|mx|dr|cllr|councillor|rev)\b)) ?" + _NAME
)
_SAYS_SMALL_NAME = re.compile(
    r"\bmy name(?:'s| is) ([a-z]{2,15}(?: (?!and\b|my\b|from\b|i\b)[a-z]{2,15})?)(?= and\b| my\b| from\b| i\b|[,.\n]|$)"
)
_HERE = re.compile(r"\A\W{0,3}(?=(?i:cllr|councillor) )" + _NAME + r"(?= here\b|,)")
_EMAIL = re.compile(r"\b[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}\b")
_AMOUNT = re.compile(
    r"£ ?\d{1,3}(?:,?\d{3}){0,3}(?:\.\d{2})?k?|\b\d{1,6}(?:\.\d{2})? ?(?:pounds|quid)\b", re.IGNORECASE
)
_EARLIER = re.compile(
    r"[^.!?\n]{0,80}\b(?:(?:i|we|she|he|they)(?:'ve|'s| have| has)? (?:already |also |now )?(?:rang|rung|phoned|called"
    r"|reported|emailed|e-mailed|wrote|written|told|complained|logged|contacted|spoke|spoken|chased)"
    r"|reported (?:it|this)|(?:\d{1,2}|two|three|four|five|six|many) (?:phone ?calls|calls|emails|reports|times))\b"
    r"[^.!?\n]{0,80}",
    re.IGNORECASE,
)
_WEEKDAY = r"(?:mon|tues?|wed(?:nes)?|thurs?|fri|sat(?:ur)?|sun)(?:day)?"
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|"
    r"nov(?:ember)?|dec(?:ember)?)"
)
_NUMBER = r"(?:\d{1,3}|an?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|several|a few)"
_ORDINAL = r"(?:second|third|fourth|fifth|sixth|seventh|eighth|\d{1,2}(?:nd|rd|th))"
_UNIT = r"(?:day|night|week|fortnight|month|year)s?"
_RUNNING = r"(?:running|in a row|on the trot)"
_WHEN = re.compile(
    rf"\b(?:(?P<span>(?:for |over )?{_NUMBER} {_UNIT} (?:{_RUNNING}|now)|{_ORDINAL} (?:week|month|time) {_RUNNING}"
    rf"|since (?:{_MONTH}|{_WEEKDAY})|in {_MONTH}(?: and (?:in )?{_MONTH})?(?! \d))"
    rf"|{_NUMBER} {_UNIT} ago|yesterday|today|tonight|this (?:morning|afternoon|evening)|last night"
    rf"|(?:last|this|next) (?:{_WEEKDAY}|week|month|year)|(?:{_WEEKDAY},? )?(?:the )?\d{{1,2}}(?:st|nd|rd|th)?"
    rf"(?: of)? {_MONTH}(?: \d{{4}})?|on the \d{{1,2}}(?:st|nd|rd|th)|\d{{1,2}}[/.]\d{{1,2}}[/.]\d{{2,4}}"
    rf"|(?:mon|tues|wednes|thurs|fri|satur|sun)day)\b",
    re.IGNORECASE,
)
_MOST_TIMES = 6
_BARE_DAY = re.compile(rf"{_WEEKDAY}", re.IGNORECASE)
_AHEAD = re.compile(
    r"\b(?:will|won't|going to|tomorrow|due|coming|by|until|every|on its way|i have an?)\b", re.IGNORECASE
)
"""With such words a day of the week may be yet to come, or every one: it has no date then."""

_STOP = re.compile(r"[.!?\n]")
_FEWEST_WORDS = 8
_REFERENCE = re.compile(r"\b[A-Z]{1,4}[- ]?[0-9A-Z]{4}[- ]?[0-9A-Z]{4}\b", re.IGNORECASE)
_MOST_CHARACTERS = 20_000


def find_details(text: str, received: date) -> tuple[tuple[Detail, str], ...]:
    """(detail, the person's words) for each detail that a text holds, received that day (in local time).

    Times have the day that they mean behind them, as in ``last Tuesday (17 November 2026)``.
    """
    read = text[:_MOST_CHARACTERS]
    found = {
        Detail.WHAT: read if len(read.split()) >= _FEWEST_WORDS else "",
        Detail.WHERE: _place(read),
        Detail.PUT_RIGHT: _wanted(read),
        Detail.NAME: _first(read, _SAYS_NAME, _SIGNED, _HERE, _SAYS_SMALL_NAME),
        Detail.PHONE: _phone(read),
        Detail.EMAIL: _first(read, _EMAIL),
        Detail.REFERENCE: next((named for named in _REFERENCE.findall(read) if _is_reference(named)), ""),
        Detail.AMOUNT: _first(read, _AMOUNT),
        Detail.EARLIER: _first(read, _EARLIER),
        Detail.WHEN: ", ".join(_times(read, received)),
    }
    return tuple((detail, words) for detail, words in found.items() if words)


def _first(text: str, *patterns: re.Pattern[str]) -> str:
    """The words of the first pattern that fits: its group where it has one."""
    match = next((match for pattern in patterns if (match := pattern.search(text))), None)
    return " ".join((match[1] if match.re.groups else match[0]).split()) if match else ""


def _wanted(text: str) -> str:
    return _OF_THEM.split(_first(text, _WANTED_LINE, _WANTED))[0].rstrip(" ,;")


def _phone(text: str) -> str:
    """Amounts and references look like numbers too, so only what begins as a number that can be dialled counts."""
    numbers = phonenumbers.PhoneNumberMatcher(text, "GB", leniency=phonenumbers.Leniency.POSSIBLE)
    return next((match.raw_string for match in numbers if match.raw_string.startswith(("0", "+", "(0"))), "")


def _place(text: str) -> str:
    """The place in the fullest words: a line that says so, a street with its postcode, or what it is near."""
    if line := _WHERE_LINE.search(text):
        return line[1].strip()
    street = _STREET.search(text) or _SMALL_STREET.search(text) or _NEAR.search(text)
    postcode = _POSTCODE.search(text)
    parts = [found.group().strip() for found in (street, postcode) if found]
    return ", ".join(parts)


def _is_reference(found: str) -> bool:
    prefix = re.match(r"[A-Za-z]{1,4}(?=[- ])", found)
    return prefix is not None and reference.read(found, prefix.group()) is not None


def _times(text: str, received: date) -> Iterator[str]:
    for match in islice(_WHEN.finditer(text), _MOST_TIMES):
        start = match.start()
        said = "since " * text[max(0, start - 6) : start].lower().endswith("since ") + match[0]
        sure = not match["span"] and not (_BARE_DAY.fullmatch(match[0]) and _AHEAD.search(_sentence(text, start)))
        day = _day(match[0].lower(), received) if sure else None
        yield f"{said} ({day.day} {day:%B %Y})" if day else said


def _sentence(text: str, place: int) -> str:
    """The words around a place, as far as its sentence goes."""
    before, after = text[max(0, place - 120) : place], text[place : place + 120]
    return _STOP.split(before)[-1] + _STOP.split(after)[0]


@lru_cache(1_000)
def _day(words: str, received: date) -> date | None:
    """Day before month, as the English write them; a day without a year is the last such day, unless it says next.

    None where the words mean a week, a month or a year.
    """
    settings = {
        "DATE_ORDER": "DMY",
        "PREFER_DATES_FROM": "future" if words.startswith("next") else "past",
        "RELATIVE_BASE": datetime.combine(received, time(12)),
    }
    meant = DateDataParser(languages=["en"], settings=settings).get_date_data(words)
    return meant.date_obj.date() if meant.date_obj and meant.period in ("day", "time") else None
