"""Who writes in another language reads in it that we have their message; the English stands below it."""

import re
import shutil
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from case_store.store import SqlStore
from channels.email_sender import Letterhead, compose
from channels.rendering import letter as as_page
from channels.sending.letter_html import as_html
from config.packs import check_pack
from intake.contact import Reply
from intake.effects import InTheirLanguage
from intake.languages import both, numeric, passages, reads_right_to_left, with_english
from intake.policy import Policy
from intake.wording import Words
from nlu.embedded import EmbeddedInterpreter
from nlu.language import LANGUAGES, language_of
from tests.conftest import PACK
from tests.living_house import LivingHouse, mail, words_of
from tests.transcripts import Stage

MOST_SPOKEN = {
    "Arabic": "لم يتم جمع القمامة منذ ثلاثة أسابيع وأريد تقديم شكوى. أرجو المساعدة.",
    "Bengali": "তিন সপ্তাহ ধরে আমাদের আবর্জনা নেওয়া হয়নি। আমি অভিযোগ করতে চাই।",
    "Gujarati": "ત્રણ અઠવાડિયાથી અમારો કચરો લેવામાં આવ્યો નથી. હું ફરિયાદ કરવા માંગુ છું.",
    "Italian": "Buongiorno, da tre settimane nessuno raccoglie la mia spazzatura e vorrei presentare un reclamo.",
    "Polish": "Dzień dobry, od trzech tygodni nikt nie odbiera moich śmieci i chcę złożyć skargę. Proszę o pomoc.",
    "Portuguese": "Bom dia, há três semanas que ninguém recolhe o meu lixo e quero apresentar uma reclamação.",
    "Punjabi": "ਤਿੰਨ ਹਫ਼ਤਿਆਂ ਤੋਂ ਸਾਡਾ ਕੂੜਾ ਨਹੀਂ ਚੁੱਕਿਆ ਗਿਆ। ਮੈਂ ਸ਼ਿਕਾਇਤ ਕਰਨਾ ਚਾਹੁੰਦਾ ਹਾਂ।",
    "Romanian": "Bună ziua, de trei săptămâni nimeni nu mi-a ridicat gunoiul și vreau să fac o plângere. Vă rog.",
    "Spanish": "Buenos días, hace tres semanas que nadie recoge mi basura y quiero presentar una queja.",
    "Urdu": "تین ہفتوں سے ہمارا کوڑا نہیں اٹھایا گیا۔ میں شکایت کرنا چاہتا ہوں۔",
    "Welsh": "Bore da, does neb wedi casglu fy sbwriel ers tair wythnos ac rwyf am wneud cwyn. Diolch.",
}
"""The ten languages most spoken in England besides English, and Welsh: a bin that was missed three weeks running."""

SHORT = [language for language in MOST_SPOKEN if language != "Welsh"]
"""The languages that have a short answer only; Welsh the pack has whole (tests/test_tongues.py)."""

GREEK = "Καλημέρα, εδώ και τρεις εβδομάδες κανείς δεν έχει μαζέψει τα σκουπίδια μου και θέλω να κάνω παράπονο."
"""A language that is recognised and has no file in the sample pack."""

UNTIL = date(2026, 12, 14)
NOON = datetime(2026, 12, 11, 12, tzinfo=UTC)


@pytest.fixture
def stage(store: SqlStore, interpreter: EmbeddedInterpreter, policy: Policy) -> Stage:
    return Stage(store, interpreter, policy)


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """A copy of the sample pack, to be spoilt."""
    return shutil.copytree(PACK, tmp_path / "ours")


def spoil(pack: Path, code: str, old: str, new: str) -> None:
    path = pack / "languages" / f"{code}.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.parametrize("language", SHORT)
async def test_mail_in_another_language_is_answered_in_it_with_the_english_below(
    house: LivingHouse, policy: Policy, language: str
) -> None:
    answer = await house.answer(mail(MOST_SPOKEN[language], subject="?"))
    words, said = policy.languages[language], words_of(answer)
    own, english = said.split("[en] English")
    assert own.startswith(f"[{words.tag}] {words.own_name}")
    assert all(part in own for part in ("999", "18000", policy.council.phone, "24/11/2026"))
    assert "a person will read it" in " ".join(english.split())
    assert "24 November 2026" in english
    assert str(answer["Subject"]) == f"{words.subject} / We have your message, and a person will read it"
    assert answer["Content-Language"] == f"{words.tag}, en-GB"
    called = house.sent_to(policy.teams["contact_centre"].email)
    assert any(f"Seems to be written in {language}." in words_of(letter) for letter in called)


async def test_mail_in_a_language_without_a_file_is_answered_in_english(house: LivingHouse) -> None:
    assert language_of(GREEK) == "Greek"
    answer = await house.answer(mail(GREEK))
    assert passages(words_of(answer))[0].tag == ""
    assert "a person will read it" in " ".join(words_of(answer).split())
    assert answer["Content-Language"] == "en-GB"


async def test_mail_in_english_names_no_language(house: LivingHouse) -> None:
    answer = await house.answer(mail("The bins at 14 Elm Road were missed three weeks running. I want to complain."))
    assert "[en]" not in words_of(answer)


async def test_danger_in_another_language_is_answered_with_999_first(house: LivingHouse, policy: Policy) -> None:
    """The safety words are English; people write them amid their own language."""
    text = f"{MOST_SPOKEN['Polish']} W domu czuć gaz. There is a smell of gas in my flat."
    assert language_of(text) == "Polish"
    said = words_of(await house.answer(mail(text)))
    harm = " ".join(policy.languages["Polish"].harm.split())
    assert " ".join(said.split()).startswith(f"[pl] Polski {harm}")


@pytest.mark.parametrize("language", SHORT)
async def test_a_live_conversation_answers_in_the_language_and_calls_a_person(
    stage: Stage, policy: Policy, language: str
) -> None:
    await stage.say(MOST_SPOKEN[language])
    (said,) = await stage.answer()
    own, english = passages(said.text)
    assert (own.tag, own.name) == (policy.languages[language].tag, policy.languages[language].own_name)
    assert "999" in own.text
    assert policy.council.phone in own.text
    assert f"It seems to be in {language}." in english.text
    assert [letter.kind for letter in await stage.letters()] == ["officer_called"]


async def test_a_live_conversation_in_a_language_without_a_file_is_answered_in_english(stage: Stage) -> None:
    await stage.say(GREEK)
    (said,) = await stage.answer()
    assert said.text.startswith("We have your message. It seems to be in Greek.")


async def test_danger_in_a_live_conversation_is_answered_in_their_language_too(stage: Stage, policy: Policy) -> None:
    await stage.say(f"{MOST_SPOKEN['Polish']} W domu czuć gaz. There is a smell of gas in my flat.")
    first, *_ = await stage.answer()
    own, english = passages(first.text)
    assert own.text.strip() == policy.languages["Polish"].harm
    assert "999" in english.text


def test_pages_and_letters_mark_the_language_and_its_direction(policy: Policy) -> None:
    for language in policy.languages.values():
        english = Words("We have your message", "Thank you.\n\n# What happens next\nA person reads it.\n")
        words = both(InTheirLanguage(language, UNTIL, danger=False), english, policy.council)
        direction = "rtl" if language.name in ("Arabic", "Urdu") else "ltr"
        html = as_html(words.subject, words.body, frozenset())
        assert f'<div lang="{language.tag}" dir="{direction}">\n<h2>{language.own_name}</h2>' in html
        assert f'<h1><span lang="{language.tag}" dir="{direction}">' in html
        assert html.index(f'lang="{language.tag}"') < html.index('<div lang="en" dir="ltr">')
        assert "[en]" not in as_page(words.body)


def test_marks_that_a_resident_wrote_are_no_language_of_the_letter(policy: Policy) -> None:
    letterhead = Letterhead("Bettershire Council", policy.council.mailboxes[0])
    body = "What they wrote:\n\n" + "[xx] Klingon\n<b>\n" * 1_000
    message = compose(Reply("a" * 32, "c", "passed_on", "bins@example.org", "s", body), letterhead, NOON)
    assert message["Content-Language"] == "en-GB"
    assert "<b>" not in as_html("s", body, frozenset())


def test_a_phone_number_keeps_its_order_amid_right_to_left_words(policy: Policy) -> None:
    for name, isolated in (("Urdu", True), ("Polish", False)):
        beside = InTheirLanguage(policy.languages[name], UNTIL, danger=False)
        said = with_english(beside, "", policy.council)
        assert (f"\u2066{policy.council.phone}\u2069" in said) is isolated
        assert ("\u206614/12/2026\u2069" in said) is isolated


def test_a_text_without_a_mark_is_one_passage_and_words_in_brackets_are_no_mark() -> None:
    for text in ("", "Thank you.", "see [1] there\n[sic] he wrote", "[PL] Polski\n[pl]Polski\n[pl] " + "x" * 60):
        assert [passage.tag for passage in passages(text)] in ([], [""])
    assert [passage.tag for passage in passages("a\n[pl] Polski\nb\n[en] English\nc")] == ["", "pl", "en"]


def test_dates_in_numbers_have_the_day_first() -> None:
    assert numeric(date(2026, 2, 3)) == "03/02/2026"


def test_the_sample_pack_has_the_most_spoken_languages_and_welsh(policy: Policy) -> None:
    assert set(policy.languages) == set(MOST_SPOKEN)
    assert set(policy.languages) < set(LANGUAGES)
    for language in policy.languages.values():
        assert language.right_to_left is reads_right_to_left(language.body)


def test_words_that_no_translator_reviewed_are_told_until_one_did(pack: Path) -> None:
    def told() -> list[str]:
        return [warning for warning in check_pack(pack).warnings if "/languages/" in warning]

    assert len(told()) == len(MOST_SPOKEN)
    assert all(re.search(r"/languages/\w\w\.yaml:\d+: reviewed: nobody has reviewed", warning) for warning in told())
    spoil(pack, "pl", "\nreviewed: no", "\nreviewed: A. Nowak, 2027-01-12")
    assert len(told()) == len(MOST_SPOKEN) - 1


def test_languages_that_are_recognised_and_have_no_file_are_told(pack: Path) -> None:
    shutil.rmtree(pack / "languages")
    checked = check_pack(pack)
    assert checked.policy is not None
    assert checked.policy.languages == {}
    (told,) = (warning for warning in checked.warnings if "is in English alone for" in warning)
    assert all(language in told for language in MOST_SPOKEN)


@pytest.mark.parametrize(
    ("code", "old", "new", "expected"),
    [
        ("pl", "subject: ", "subjekt: ", "pl.yaml:6: subject: is missing; add it"),
        ("pl", "subject: ", "subjekt: ", "pl.yaml:11: subjekt: is not known here"),
        ("ar", "direction: rtl", "direction: ltr", "ar.yaml:8: direction: does not fit"),
        ("es", "name: Spanish", "name: Castilian", "es.yaml:6: name: Castilian is no language that is recognised"),
        ("it", "name: Italian", "name: Spanish", "it.yaml:6: name: Spanish has es.yaml already; keep one"),
        ("gu", "((next_open_day)) સુ", "((next_day)) સુ", "gu.yaml:13: body: ((next_day)) is not known"),
        ("ro", "la 999. ", "", "ro.yaml:13: body: must hold 999; add it"),
        ("ur", "\nreviewed: no", "\nreviewed: yes", "ur.yaml:9: reviewed"),
    ],
)
def test_a_mistake_in_a_language_is_told_with_file_line_and_remedy(
    pack: Path, code: str, old: str, new: str, expected: str
) -> None:
    spoil(pack, code, old, new)
    assert any(expected in mistake for mistake in check_pack(pack).mistakes), check_pack(pack).mistakes


def test_a_file_that_is_not_called_by_a_code_is_told(pack: Path) -> None:
    (pack / "languages/pl.yaml").rename(pack / "languages/Polski.yaml")
    assert any("must be called by the language's code" in mistake for mistake in check_pack(pack).mistakes)


def test_another_language_is_another_file(pack: Path) -> None:
    italian = (pack / "languages/it.yaml").read_text(encoding="utf-8")
    changed = italian.replace("own_name: Italiano", "own_name: Français").replace("name: Italian", "name: French")
    (pack / "languages/fr.yaml").write_text(changed, encoding="utf-8")
    policy = check_pack(pack).policy
    assert policy is not None
    assert policy.languages["French"] == replace(
        policy.languages["Italian"], tag="fr", name="French", own_name="Français"
    )
