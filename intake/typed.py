"""What somebody typed, held against the few things that it may mean: a choice, a move, nothing but a word or two."""

import re
from collections.abc import Iterable, Mapping

from intake.flow import Choice
from intake.phrases import Text, compiled, find

_WORD = re.compile(r"[\w']+")
_NUMBER = re.compile(r"\W{0,3}(\d{1,2})\W{0,3}")
_MOST_CHARACTERS = 400
"""More than this is a story, whatever words stand in it."""

_SHORT_ANSWER = 12


class Typed:
    """The words of one turn, made ready. ``words`` are the flow's phrases by the move that they mean."""

    def __init__(self, text: str, words: Mapping[str, tuple[str, ...]]) -> None:
        self.text = text.strip()
        self.short = len(self.text) <= _MOST_CHARACTERS
        self._words = words
        self._ready = Text.of(self.text[: 4 * _MOST_CHARACTERS])

    @property
    def count(self) -> int:
        """How many words there are."""
        return len(_WORD.findall(self.text))

    def holds(self, key: str) -> str:
        """The words that mean this move, anywhere in what was typed; empty where none do."""
        return find(self._words[key], self._ready) if self.short else ""

    def only(self, key: str) -> bool:
        """Does it say this move and nothing else, but for courtesies?"""
        return self.only_any(self._words[key])

    def only_any(self, phrases: Iterable[str]) -> bool:
        """Is it one of these phrases and nothing else, but for courtesies?"""
        several = tuple(phrases)
        return self.short and bool(self.count) and self._is_all(several)

    def is_filler(self) -> bool:
        """Is it nothing but courtesies and little words?"""
        return self.short and self._all_filler(self.text)

    def after(self, key: str) -> str:
        """What stands behind the words that mean this move."""
        found = self.holds(key)
        _, _, rest = self._ready.folded.partition(found) if found else ("", "", "")
        return rest.strip(" ,.;:-!")

    def names(self, phrases: tuple[str, ...]) -> str:
        """The words that name something by these phrases; empty where none do."""
        return find(phrases, self._ready) if phrases and self.short else ""

    def choice(self, offered: tuple[Choice, ...]) -> Choice | None:
        """The choice that was typed: by its value, its number, its label, or words that mean it."""
        if not self.short or not self.text:
            return None
        folded = _folded(self.text)
        if number := _NUMBER.fullmatch(self.text):
            place = int(number[1])
            return offered[place - 1] if 1 <= place <= len(offered) else None
        named = (choice for choice in offered if _is_label(folded, _folded(choice.label)) or folded == choice.value)
        meant = (choice for choice in offered if self.only_any(choice.words))
        return next(named, None) or next(meant, None)

    def without(self, phrases: tuple[str, ...]) -> "Typed":
        """The same without what these phrases find."""
        text = self._ready
        for phrase in phrases:
            while found := find((phrase,), text):
                text = Text.of(text.folded.replace(found, " ", 1))
        return Typed(text.folded, self._words) if phrases else self

    def leaning(self, offered: tuple[Choice, ...]) -> Choice | None:
        """The one choice that a short answer speaks of, where it speaks of one only."""
        spoken = [choice for choice in offered if choice.words and self.names(choice.words)]
        return spoken[0] if len(spoken) == 1 and self.count <= _SHORT_ANSWER else None

    def last_named(self, offered: tuple[Choice, ...]) -> Choice | None:
        """The choice that a short answer names last: "no wait, send it". Of words that overlap the first count."""
        if self.count > _SHORT_ANSWER or not self.short:
            return None
        text, found = self._ready.folded, []
        for choice in offered:
            for phrase in choice.words:
                found += [(*match.span(), choice) for match in compiled(phrase)[0].finditer(text)]
        last, end = None, -1
        for start, stop, choice in sorted(found, key=lambda one: (one[0], -one[1])):
            if start >= end:
                last, end = choice, stop
        return last

    def begins(self, phrases: tuple[str, ...]) -> str:
        """The words of these phrases that it begins with, after courtesies; empty where it begins otherwise."""
        found = self.names(phrases)
        return found if found and self._all_filler(self._ready.folded.partition(found)[0]) else ""

    def before(self, key: str) -> str:
        """What stands before the words that mean this move."""
        found = self.holds(key)
        return self._ready.folded.partition(found)[0].strip(" ,.;:-!") if found else ""

    def _is_all(self, phrases: tuple[str, ...]) -> bool:
        """Does nothing but little words stay where what the phrases find is taken out, at most four times?"""
        rest = self._ready
        for _ in range(4):
            for phrase in phrases:
                found = find((phrase,), rest)
                if found and self._all_filler(rest.folded.replace(found, " ", 1)):
                    return True
            found = find(phrases, rest)
            if not found:
                return False
            rest = Text.of(rest.folded.replace(found, " ", 1))
        return False

    def _all_filler(self, text: str) -> bool:
        return all(word.lower() in self._words["filler"] for word in _WORD.findall(text))


def _is_label(said: str, label: str) -> bool:
    """ "No, I want to complain" too: one word may stand before a label that has several."""
    return said == label or (" " in label and said.endswith(f" {label}") and said.count(" ") == label.count(" ") + 1)


def _folded(text: str) -> str:
    return " ".join(_WORD.findall(text.lower()))
