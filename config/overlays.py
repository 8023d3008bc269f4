"""Languages that a pack has whole: a folder of words over the English files, checked and laid over them.

languages/cy/flow.yaml has the same keys as flow.yaml, and only words under them. What stands in English as a list of
things with names of their own (choices, stages) stands here under those names.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from config.language_files import FOLDER, LanguageFile
from config.pack_checks import TO_TEAMS, PackFiles
from config.pack_reader import PackReader
from config.pack_shapes import SHAPES
from intake.policy import Level, Template
from intake.wording import placeholders

Path = tuple[str, ...]
Own = Mapping[str, Any]

TRANSLATED: Mapping[str, tuple[str, ...]] = {
    "council": ("council.hours_in_words", "council.adjustments", "teams.*.name"),
    "services": ("services.*.name", "services.*.team"),
    "signposts": tuple(f"signposts.*.{key}" for key in ("body", "reach.*", "time_limit", "have_ready", "way_back")),
    "procedures": (
        "procedures.*.name",
        "procedures.*.advocacy",
        *(f"procedures.*.stages.*.{key}" for key in ("name", "answered_by", "escalate")),
    ),
    "safety": ("unclear.say", "triggers.*.say"),
    "wording": ("letters.*.subject", "letters.*.body", "questions.*", "phrases.*"),
    "flow": (
        "questions.*.ask",
        "questions.*.again",
        "questions.*.label",
        "questions.*.choices.*.label",
        "sayings.*",
        "buttons.*.label",
        "asides.*.says",
    ),
    "form": ("pages.*.*", "words.*"),
    "pages": ("pages.*",),
}
"""The words of each file; a star stands for any key."""

MORE: Mapping[str, tuple[str, ...]] = {
    "council": ("council.name", "council.post"),
    "safety": ("triggers.*.phrases",),
    "flow": (
        "questions.*.named",
        "questions.*.choices.*.words",
        "buttons.*.words",
        "asides.*.words",
        "words.*",
    ),
}
"""What may be translated besides. Phrases are looked for beside the English ones."""

_NUMBER = re.compile(r"\d{3,}")
_WORD = re.compile(r"(?<![\w@./:-])[A-Za-z]{2,}(?![\w@/:]|\.\w|-\w)")
_REPLACED = "have_ready"


def read_tongues(pack: PackReader, files: PackFiles, languages: Mapping[str, LanguageFile]) -> dict[str, PackFiles]:
    """The pack's files in each language that it has whole, by its code.

    A word that is missing is told as a warning, and the English stands there: who adds a sentence in English is not
    held up until somebody has translated it. Everything else that does not fit is a mistake.
    """
    return {code: _laid_over(pack, files, code) for code, shape in languages.items() if shape.complete}


def with_safety_words(files: PackFiles, tongues: Mapping[str, PackFiles]) -> PackFiles:
    """The English files with every language's safety words: danger is looked for in all of them on every message."""
    triggers = dict(files.safety.triggers)
    for tongue in tongues.values():
        for key, trigger in tongue.safety.triggers.items():
            phrases = list(dict.fromkeys((*triggers[key].phrases, *trigger.phrases)))
            triggers[key] = triggers[key].model_copy(update={"phrases": phrases})
    return replace(files, safety=files.safety.model_copy(update={"triggers": triggers}))


def _laid_over(pack: PackReader, files: PackFiles, code: str) -> PackFiles:
    laid: dict[str, Any] = {}
    for name in TRANSLATED:
        english, file = getattr(files, name).model_dump(mode="json"), f"{FOLDER}/{code}/{name}"
        own = pack.load(file) or {}
        if not isinstance(own, dict):
            pack.wrong((file,), f"must have the same keys as {name}.yaml")
            continue
        _check(pack, file, dict(_needed(name, files, english)), english, own)
        try:
            laid[name] = SHAPES[name].model_validate(_merged(english, own))
        except ValidationError as error:
            for detail in error.errors():
                pack.wrong((file, *(str(part) for part in detail["loc"])), detail["msg"])
    return replace(files, **laid)


def _needed(name: str, files: PackFiles, english: Any) -> Iterator[tuple[Path, Any]]:
    """What must be translated of a file: all words that a resident may read."""
    used = set(files.council.procedures.values())
    for path, value in _leaves(english):
        if not _is_of(path, TRANSLATED[name]) or not _has_words(value):
            continue
        if name == "wording" and (path[1] in TO_TEAMS or path[1].startswith("route_")):
            continue
        if name == "procedures" and path[1] not in used:
            continue
        if name == "safety" and path[0] == "triggers" and files.safety.triggers[path[1]].level is not Level.TODAY:
            continue
        yield path, value


def _check(pack: PackReader, file: str, needed: Mapping[Path, Any], english: Any, own: Own) -> None:
    """Whatever is missing, too much, or does not hold what the English holds."""
    name, known = file.rpartition("/")[2], dict(_leaves(english))
    there = dict(_leaves(own))
    for path in needed:
        if not there.get(path):
            pack.doubt((file, *path), f"is missing, so it is read in English; translate what {name}.yaml says there")
    for path, value in there.items():
        if path not in known and not _is_of(path, MORE.get(name, ())):
            pack.wrong((file, *path), f"is not known in {name}.yaml; remove it or correct its spelling")
        elif not _is_of(path, (*TRANSLATED[name], *MORE.get(name, ()))):
            pack.wrong((file, *path), f"is not for translation: it stands in {name}.yaml for every language; remove it")
        elif path in needed:
            _compare(pack, (file, *path), needed[path], value)


def _compare(pack: PackReader, where: Path, english: Any, own: Any) -> None:
    """The same placeholders, and every telephone number as it is in English."""
    if isinstance(english, list) is not isinstance(own, list) or (not isinstance(own, str | list)):
        pack.wrong(where, "must be a list, as in English" if isinstance(english, list) else "must be a text")
        return
    before, after = _as_text(english), _as_text(own)
    wanted, given = placeholders(Template("", before)), placeholders(Template("", after))
    for name in sorted(wanted - given):
        pack.wrong(where, f"must hold (({name})), as the English does")
    for name in sorted(given - wanted):
        pack.wrong(where, f"(({name})) does not stand in the English; remove it")
    for number in dict.fromkeys(_NUMBER.findall(before)):
        if number not in after:
            pack.wrong(where, f"must hold the number {number}, as the English does")


def _leaves(node: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every text and every list of texts, with the keys that lead there."""
    if isinstance(node, Mapping):
        for key, value in node.items():
            yield from _leaves(value, (*path, str(key)))
    elif isinstance(node, list) and node and all(isinstance(item, Mapping) for item in node):
        for item in node:
            yield from _leaves(item, (*path, _called(item)))
    elif node is not None:
        yield path, node


def _merged(english: Any, own: Any, key: str = "") -> Any:
    """The English with these words in place of its own; lists of phrases grow."""
    if isinstance(english, Mapping) and isinstance(own, Mapping):
        grown = {name: value for name, value in own.items() if name not in english}
        return {name: _merged(value, own.get(name), name) for name, value in english.items()} | grown
    if isinstance(english, list) and isinstance(own, Mapping):
        return [_merged(item, own.get(_called(item))) for item in english]
    if isinstance(english, list) and isinstance(own, list) and key != _REPLACED:
        return [*english, *own]
    return english if own is None else own


def _called(item: Mapping[str, Any]) -> str:
    """What a thing in a list is called."""
    return str(item.get("value") or item.get("key") or item.get("day") or "")


def _is_of(path: Path, patterns: tuple[str, ...]) -> bool:
    return any(_fits(path, pattern.split(".")) for pattern in patterns)


def _fits(path: Path, pattern: list[str]) -> bool:
    return len(path) == len(pattern) and all(want in ("*", key) for key, want in zip(path, pattern, strict=True))


def _has_words(value: Any) -> bool:
    """Is there anything to translate? Web addresses and telephone numbers are the same in every language."""
    return bool(_WORD.search(_as_text(value)))


def _as_text(value: Any) -> str:
    return "\n".join(map(str, value)) if isinstance(value, list) else str(value)
