"""Everything built in that residents read can be read at eleven: letters, sayings, questions, safety words, pages."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import html

from config.packs import load_pack
from tests.conftest import PACK
from tests.reading_age import reading_age, syllables
from tests.web_fixtures import browser, web_house

OLDEST = 11.0

PAGES = (
    "/",
    "/contact",
    "/contact/code",
    "/contact/where",
    "/status",
    "/chat",
    "/accessibility",
    "/privacy",
    "/nowhere",
)

TO_TEAMS = ("letter_came_back", "case_opened", "passed_on", "officer_called", "officer_called_now")
"""Letters that no resident reads."""


def _letters() -> Iterator[tuple[str, str]]:
    policy = load_pack(PACK)
    for key, template in policy.templates.items():
        if key not in TO_TEAMS:
            yield f"letter {key}", template.body
    yield from ((f"phrase {key}", words) for key, words in policy.phrases.items())
    yield from ((f"asked by letter: {key}", words) for key, words in policy.questions.items())


def _sayings() -> Iterator[tuple[str, str]]:
    flow = load_pack(PACK).flow
    yield from ((f"saying {key}", words) for key, words in flow.sayings.items())
    yield from ((f"aside {key}", aside.says) for key, aside in flow.asides.items())
    for key, question in flow.questions.items():
        yield f"question {key}", question.ask
        yield f"question {key} again", question.again


def _form() -> Iterator[tuple[str, str]]:
    form = load_pack(PACK).form
    yield from ((f"form {key}", words) for key, words in form.words.items())
    for key, page in form.pages.items():
        yield f"form page {key}", f"{page.ask}\n{page.hint}\n{page.empty}"


def _facts() -> Iterator[tuple[str, str]]:
    """Sentences that letters take from elsewhere in the pack. Time limits and lists of papers are the law's words."""
    policy = load_pack(PACK)
    yield "adjustments", policy.council.adjustments
    yield from ((f"safety {trigger.key}", trigger.say) for trigger in (*policy.triggers, policy.unclear))
    yield from ((f"way back from {key}", signpost.way_back) for key, signpost in policy.signposts.items())
    for key, procedure in policy.procedures.items():
        yield f"advocacy of {key}", procedure.advocacy
        yield from ((f"{key} {stage.key}: the next stage", stage.escalate) for stage in procedure.stages)


TEXTS = dict((*_letters(), *_sayings(), *_form(), *_facts()))


@pytest.mark.parametrize("name", TEXTS)
def test_every_text_of_the_sample_pack_can_be_read_at_eleven(name: str) -> None:
    age = reading_age(TEXTS[name])
    assert age is None or age <= OLDEST, f"{age:.1f} years: {TEXTS[name]}"


async def test_every_paragraph_of_every_page_can_be_read_at_eleven(tmp_path: Path) -> None:
    read = 0
    with web_house(f"sqlite:///{tmp_path}/pages.db") as house:
        async with browser(house.web) as client:
            for path in PAGES:
                words = "\n".join(_paragraphs((await client.get(path)).text))
                age = reading_age(words)
                assert age is not None
                assert age <= OLDEST, f"{path}: {age:.1f} years: {words}"
                read += 1
    assert read == len(PAGES)


def _paragraphs(page: str) -> Iterator[str]:
    """A page's sentences, a paragraph or list item a line: no headings, labels or buttons."""
    tree = html.fromstring(page)
    for element in tree.iter("p", "li"):
        yield " ".join(element.text_content().split())


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        *(("the", 1), ("council", 2), ("complaint", 2), ("somebody", 3), ("business", 2), ("people", 2), ("asked", 1)),
        *(("needed", 2), ("acknowledged", 3), ("organisation", 5), ("information", 4), ("being", 2), ("area", 2)),
        *(("places", 2), ("services", 3), ("closed", 1), ("safely", 2), ("answered", 2), ("phone", 1), ("idea", 3)),
    ],
)
def test_syllables_are_counted_to_within_one(word: str, expected: int) -> None:
    assert abs(syllables(word) - expected) <= 1


def test_long_sentences_of_long_words_are_for_grown_ups() -> None:
    hard = (
        "Notwithstanding the aforementioned stipulations, complainants dissatisfied with determinations communicated "
        "pursuant to the authority's procedure may, within the applicable limitation period, request reconsideration."
    )
    assert (reading_age(hard) or 0) > 20
    assert (reading_age("We have your message. A person will read it. You can phone us.") or 99) < 8


def test_names_numbers_and_what_is_filled_in_count_as_one_short_word() -> None:
    plain = reading_age("You can also ask it to look at it, and it is free for you.")
    named = "You can also ask the Social Care Ombudsman to look at ((points)), and 0300 061 0614 is free for you."
    assert reading_age(named) == pytest.approx(plain)


def test_a_label_is_too_short_to_tell() -> None:
    assert reading_age("Complaint") is None
    assert reading_age("# A heading of many organisational considerations") is None
