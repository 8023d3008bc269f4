"""Which language a message is in. A person reads what is not in English: our examples are."""

from functools import cache

from lingua import Language, LanguageDetector, LanguageDetectorBuilder

from intake.interpretation import ENGLISH
from nlu.little_words import brings_its_words

FEWEST_WORDS = 5
"""Fewer words than these in Latin letters are taken to be English: a street's name looks like any language."""

SURE_ENOUGH = 0.85

_MOST_CHARACTERS = 2_000
_LAST_LATIN = 0x24F

# The languages most spoken in England and Wales (Office for National Statistics, Census 2021, table TS024), as far as
# lingua knows them.
_SPOKEN = (
    Language.ENGLISH,
    Language.ALBANIAN,
    Language.ARABIC,
    Language.BENGALI,
    Language.BULGARIAN,
    Language.CHINESE,
    Language.FRENCH,
    Language.GERMAN,
    Language.GREEK,
    Language.GUJARATI,
    Language.HINDI,
    Language.HUNGARIAN,
    Language.ITALIAN,
    Language.LITHUANIAN,
    Language.PERSIAN,
    Language.POLISH,
    Language.PORTUGUESE,
    Language.PUNJABI,
    Language.ROMANIAN,
    Language.RUSSIAN,
    Language.SLOVAK,
    Language.SOMALI,
    Language.SPANISH,
    Language.TAMIL,
    Language.TURKISH,
    Language.UKRAINIAN,
    Language.URDU,
    Language.VIETNAMESE,
    Language.WELSH,
)

LANGUAGES = tuple(language.name.title() for language in _SPOKEN)
"""Their English names: what language_of may answer with."""


def language_of(text: str) -> str:
    """The English name of a text's language, such as ``Polish``; ``English`` wherever that is not clearly wrong."""
    words = text[:_MOST_CHARACTERS]
    if len(words.split()) < FEWEST_WORDS and not any(
        letter.isalpha() and ord(letter) > _LAST_LATIN for letter in words
    ):
        return ENGLISH
    likeliest = next(iter(_detector().compute_language_confidence_values(words)), None)
    if likeliest is None or likeliest.value < SURE_ENOUGH:
        return ENGLISH
    language = likeliest.language.name.title()
    return language if brings_its_words(words, language) else ENGLISH


@cache
def _detector() -> LanguageDetector:
    """In its low-accuracy mode: 25 MB instead of a gigabyte, and as good on whole messages."""
    return LanguageDetectorBuilder.from_languages(*_SPOKEN).with_low_accuracy_mode().build()
