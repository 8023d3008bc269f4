"""Corrections in a live conversation: what was told is told anew, in as few words as people use for it."""

import difflib
import re
from dataclasses import replace

from intake.addresses import one_spelling
from intake.answering import emails_in, taken
from intake.conversation import Conversation
from intake.effects import Step
from intake.gathering import forget, known, record, shown
from intake.interpretation import Detail
from intake.spelling import respelt
from intake.talk_endings import case_completed, go_on, letter_told, summary
from intake.talk_scene import Scene, ask, repeat, tell
from intake.typed import Typed

Moved = Step[Conversation] | None

_CORRECTION_WORDS = 25
_MOST_CORRECTED = 8
_MOST_PATCHED = 3


def correct(scene: Scene) -> Moved:
    """What was told is told anew: a detail that is named, one that is read, or the one that was given last."""
    typed, conversation = scene.typed, scene.conversation
    if step := _another_email(scene) or _respelt(scene):
        return step
    says = typed.holds("correction") or typed.holds("wrong")
    if not (says or conversation.talk.confirming) or typed.count > _CORRECTION_WORDS or not known(conversation):
        return None
    if scene.asking is not None and scene.heard.reading.detail(scene.asking):
        return None
    return _named(scene) or _read_anew(scene) or (_patched(scene) if says else None)


def _another_email(scene: Scene) -> Moved:
    """An address in a few words that is not the one they gave: it takes its place."""
    known_one, few = scene.conversation.person.email, scene.typed.count <= _CORRECTION_WORDS
    if not known_one or not few or scene.asking is Detail.EMAIL or scene.heard.contact.told:
        return None
    others = {one_spelling(found) for found in emails_in(scene.typed.text, scene.policy)} - {known_one}
    if len(others) != 1:
        return None
    return _corrected(scene, record(scene.conversation, Detail.EMAIL, others.pop()), Detail.EMAIL)


def _respelt(scene: Scene) -> Moved:
    """A letter, a number or an ending of what they gave last, or of their name or address, is put right."""
    told, asking = known(scene.conversation), scene.asking
    if asking is Detail.WHAT or scene.chosen is not None or scene.heard.contact.told:
        return None
    for detail in dict.fromkeys((scene.conversation.talk.last, *_RESPELT)):
        if detail is None or detail not in told or detail in _BY_CHOICE:
            continue
        value = respelt(told[detail], scene.typed.text, scene.policy.flow.words)
        if value and (detail is not Detail.EMAIL or emails_in(value, scene.policy)):
            return _corrected(scene, record(scene.conversation, detail, value), detail)
    return None


def _named(scene: Scene) -> Moved:
    """The detail that they name, with its new value where they give one."""
    told, questions = known(scene.conversation), scene.policy.flow.questions
    for detail, question in questions.items():
        may_change = detail in told or (scene.conversation.talk.confirming and detail in _REACHING)
        named = scene.typed.names(question.named) if may_change else ""
        if named:
            rest = _EDGES.sub("", scene.typed.text.lower().partition(named.lower())[2]).strip(" .,:;")
            value = scene.heard.reading.detail(detail) or _value(scene, detail, rest)
            if value:
                return _corrected(scene, record(scene.conversation, detail, value), detail)
            return ask(forget(scene.conversation, detail), detail, scene.policy, scene.say("noted"))
    return None


def _value(scene: Scene, detail: Detail, rest: str) -> str:
    """The value in what stands behind a detail's name, in the letters that they typed."""
    start = scene.typed.text.lower().find(rest) if rest else -1
    words = scene.typed.text[start : start + len(rest)] if start >= 0 else ""
    typed = Typed(words, scene.policy.flow.words)
    offered = scene.policy.flow.questions[detail].choices
    return taken(detail, typed, replace(scene.heard.reading, details=()), scene.policy, offered) if words else ""


def _read_anew(scene: Scene) -> Moved:
    """Details that are known and read otherwise now."""
    told = known(scene.conversation)
    anew = {d: words for d, words in scene.heard.reading.details if d in told and d in _ANEW and told[d] != words}
    if not anew:
        return None
    conversation = scene.conversation
    for detail, words in anew.items():
        conversation = record(conversation, detail, words)
    return _corrected(scene, conversation, next(iter(anew)))


def _patched(scene: Scene) -> Moved:
    """The detail given last, with the new word or number in place of the nearest old one."""
    detail = scene.conversation.talk.last
    new = _WITH.split(scene.typed.after("correction"))[0].strip(" .,")
    old = known(scene.conversation).get(detail, "") if detail else ""
    most = _MOST_PATCHED if scene.conversation.talk.confirming else _MOST_CORRECTED
    if not detail or not new or not old or len(new.split()) > most:
        return None
    offered = scene.policy.flow.questions[detail].choices if detail in scene.policy.flow.questions else ()
    patched = new if offered else patch(old, new)
    value = taken(detail, Typed(patched, scene.policy.flow.words), scene.heard.reading, scene.policy, offered)
    return _corrected(scene, record(scene.conversation, detail, value), detail) if value else None


def patch(old: str, new: str) -> str:
    """An old value with a new number or word in its place; the new one where nothing in the old one is near it."""
    if re.fullmatch(r"\d{1,5}[a-zA-Z]?", new) and re.search(r"\d", old):
        return re.sub(r"\d{1,5}[a-zA-Z]?\b", new, old, count=1)
    words = old.split()
    if len(new.split()) == 1 and len(words) > 1:
        near = difflib.get_close_matches(new.lower(), [word.lower() for word in words], 1, 0.5)
        place = [word.lower() for word in words].index(near[0]) if near else -1
        if place >= 0:
            return " ".join((*words[:place], new, *words[place + 1 :]))
    return new


def _corrected(scene: Scene, conversation: Conversation, detail: Detail) -> Step[Conversation]:
    label = scene.policy.flow.questions[detail].label
    value = shown(detail, known(conversation)[detail], scene.policy)
    said = scene.say("corrected", label=label, value=value)
    if scene.conversation.talk.done:
        return tell(conversation, said, *letter_told(scene, conversation), effects=case_completed(scene, conversation))
    if conversation.talk.prompt and scene.asking is None and not conversation.talk.confirming:
        return repeat(conversation, said)
    return summary(scene, conversation, said) if conversation.talk.confirming else go_on(scene, conversation, said)


_WITH = re.compile(r"\s(?:(?:with|not|instead of|rather than)\s|(?:was|is) (?:right|correct)\b)", re.IGNORECASE)
_EDGES = re.compile(r"^\W*(?:(?:is|was|should|be|to|it's|its|as|wrong|not|right|please|incorrect|spelt)\b\W*){0,6}")
_RESPELT = (Detail.EMAIL, Detail.NAME, Detail.WHERE, Detail.PHONE, Detail.ADDRESS)
_BY_CHOICE = (Detail.WHAT, Detail.REPLY_BY, Detail.CONSENT, Detail.EARLIER)
_REACHING = (Detail.EMAIL, Detail.PHONE, Detail.ADDRESS)
_ANEW = (Detail.WHERE, Detail.PUT_RIGHT, Detail.NAME, Detail.EMAIL, Detail.PHONE, Detail.REFERENCE, Detail.WHEN)
