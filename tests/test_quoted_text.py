"""What a mail says now, told apart from what it quotes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.quoted_text import split


def test_an_answer_above_a_gmail_quotation_is_all_that_is_said() -> None:
    text = "14 Elm Road\n\nOn Mon, 23 Nov 2026 at 10:00, Bettershire <c@b.gov.uk> wrote:\n> Where exactly?\n> Regards"
    assert split(text) == (
        "14 Elm Road",
        "On Mon, 23 Nov 2026 at 10:00, Bettershire <c@b.gov.uk> wrote:\n> Where exactly?\n> Regards",
    )


def test_an_answer_above_an_outlook_block_is_all_that_is_said() -> None:
    text = "It was Tuesday.\n\nFrom: Council <c@b.gov.uk>\nSent: 23 November 2026 10:00\nTo: Anne\nSubject: Re\n\nWhen?"
    assert split(text)[0] == "It was Tuesday."


def test_answers_between_quoted_lines_are_kept() -> None:
    text = "On Monday Council wrote:\n> Where?\nElm Road\n> When?\nTuesday"
    assert split(text)[0].endswith("Elm Road\nTuesday")


def test_a_sentence_that_begins_with_from_stays() -> None:
    text = "From: my neighbour I hear that the bins were collected next door.\nMine was not."
    assert split(text) == (text, "")


def test_a_signature_after_its_marker_is_not_said() -> None:
    assert split("Please fix it\n-- \nAnne Shaw\nDirector")[0] == "Please fix it"


def test_a_mail_of_nothing_but_quotation_is_kept_whole() -> None:
    assert split("> one\n> two") == ("> one\n> two", "")


@given(text=st.text(alphabet="ab> \n-:On wrote", max_size=200))
def test_something_is_always_left_where_something_was(text: str) -> None:
    assert bool(split(text)[0]) == bool(text.strip())


@given(text=st.text(alphabet=st.characters(blacklist_characters=">-_:\r"), max_size=300))
def test_a_text_without_any_mark_of_quotation_comes_back_whole(text: str) -> None:
    assert split(text)[0].split() == text.split() or "wrote" in text


def test_words_below_a_ruler_that_somebody_typed_are_said() -> None:
    text = "My complaint about housing\n--------------------------\nMy daughter is being beaten"
    assert split(text) == (text, "")


def test_words_below_an_original_message_divider_are_quoted() -> None:
    assert split("It was Tuesday\n-----Original Message-----\nWhen was it?")[0] == "It was Tuesday"
    ruled = "It was Tuesday\n________________\nFrom: Council\nSent: today\nTo: Anne\nSubject: When\n\nWhen?"
    assert split(ruled)[0] == "It was Tuesday"


@pytest.mark.parametrize(
    "bomb", ["-" * 200_000 + "x", "----\n" * 40_000 + "> q\nx", "On " * 60_000, "From: x\n" * 30_000]
)
def test_no_text_keeps_the_splitting_busy(bomb: str) -> None:
    said, _ = split(bomb)
    assert said
