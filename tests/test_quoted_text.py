"""What a mail says now, told apart from what it quotes and from what programs added."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.quotes.quoted_text import split

CASES = [
    json.loads(line) for line in (Path(__file__).parent / "cases" / "replies.jsonl").read_text("utf-8").splitlines()
]
QUOTED = "On Mon, 23 Nov 2026 at 10:00, Bettershire <c@b.gov.uk> wrote:\n> Where exactly?\n> Regards"

PIECES = st.sampled_from(
    [
        "The bin was missed.",
        "From: my neighbour I hear that it was collected.",
        "Regards,",
        "Anne Shaw",
        "> Where is it?",
        "> > When?",
        "> 3 weeks late",
        "",
        "-- ",
        "--",
        "-----",
        "________________",
        "On Mon, 23 Nov 2026 at 10:00, Bettershire <c@b.gov.uk> wrote:",
        "On Mon, 23 Nov 2026 at 10:00, Bettershire <",
        "c@b.gov.uk> wrote:",
        "-----Original Message-----",
        "---------- Forwarded message ---------",
        "From: Council <c@b.gov.uk>",
        "Sent: 23 November 2026 10:00",
        "To: Anne",
        "Subject: Bins",
        "Sent from my iPhone",
        "This email has been checked for viruses by a scanner.",
        "It is by the gate. On Mon, 23 Nov 2026 at 10:00, Council <c@b.gov.uk> wrote:",
    ]
)
MAILS = st.one_of(st.lists(PIECES, max_size=14).map("\n".join), st.text(alphabet="ab> \n-:@<On1wrote", max_size=200))


def lines_with_words(text: str) -> list[str]:
    return [line.strip() for line in text.split("\n") if line.strip()]


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_a_mail_says_what_a_person_reads_in_it(case: dict[str, Any]) -> None:
    assert lines_with_words(split(case["input"])[0]) == lines_with_words(case["expected"])


def test_what_is_quoted_is_kept_beside_what_is_said() -> None:
    assert split(f"14 Elm Road\n\n{QUOTED}") == ("14 Elm Road", QUOTED)


def test_a_signature_after_its_marker_is_kept_beside_what_is_said() -> None:
    assert split("Please fix it\n-- \nAnne Shaw\nDirector") == ("Please fix it", "-- \nAnne Shaw\nDirector")


def test_a_mail_of_nothing_but_quotation_and_a_signature_keeps_its_signature() -> None:
    assert split(f"-- \nAnne Shaw\n\n{QUOTED}")[0] == "-- \nAnne Shaw"


def test_line_ends_of_old_programs_are_read_like_others() -> None:
    assert split("It was Tuesday.\r\r" + QUOTED.replace("\n", "\r"))[0] == "It was Tuesday."


@given(text=MAILS)
def test_something_is_always_left_where_something_was(text: str) -> None:
    assert bool(split(text)[0]) == bool(text.strip())


@given(text=MAILS)
def test_what_is_said_stands_in_the_mail_in_the_same_order(text: str) -> None:
    words = iter(text.split())
    assert all(word in words for word in split(text)[0].split())


@given(text=MAILS)
def test_no_word_of_a_mail_is_in_neither_part(text: str) -> None:
    said, quoted = split(text)
    assert sorted(f"{said}\n{quoted}".split()) == sorted(text.split())


@given(text=st.text(alphabet=st.characters(blacklist_characters=">-–—_=*#~+•:：|@\r"), max_size=300))
def test_a_text_without_any_mark_of_quotation_comes_back_whole(text: str) -> None:
    assert split(text) == (text.strip(), "")


@given(lines=st.lists(st.sampled_from(["The bin was missed.", "I rang.", "", "My lift is broken, too"]), min_size=1))
def test_words_above_a_quotation_all_stay(lines: list[str]) -> None:
    said = "\n".join(lines).strip()
    assert split(f"{said}\n\n{QUOTED}")[0] == (said or QUOTED)


@pytest.mark.parametrize(
    "bomb",
    [
        "-" * 200_000 + "x",
        "----\n" * 40_000 + "> q\nx",
        "On " * 60_000,
        "From: x\n" * 25_000,
        "-- \n" * 50_000,
        "wrote:\n" * 30_000,
        "On 1 Mon <a@b.c> 10:00\n" * 8_000,
        "> a\nb\n" * 30_000,
    ],
    ids=["dashes", "rulers", "on", "from", "markers", "wrote", "broken attributions", "answers"],
)
def test_no_text_keeps_the_splitting_busy(bomb: str) -> None:
    said, _ = split(bomb)
    assert said
