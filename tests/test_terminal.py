"""`rightdoor chat` as a process of its own: at a terminal, and through a pipe."""

import os
import subprocess
from pathlib import Path

import pytest

from config.chat import harmless, kept_in
from tests.terminal import COMMAND, KEY, PATIENCE, chatting
from tests.transcripts import Transcript, transcripts

COMPLAINT = "My bin has not been emptied for three weeks, I rang twice and nobody came."
PLAYED = (
    "a bin missed for three weeks becomes a complaint",
    "gives up in anger, leaves it, and sends it after all",
    "who refuses every detail still gets a reference",
    "somebody who does not want to live is helped first",
    "a parking fine has its own appeal, and is a complaint still",
)


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A data folder of its own, and the transcripts' Monday."""
    return {"RIGHTDOOR_DATA": str(tmp_path), "RIGHTDOOR_NOW": "2026-11-23T10:00:00+00:00"}


def piped(environment: dict[str, str], said: bytes, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    """Lines in, answers out."""
    known = {**os.environ, **environment}
    return subprocess.run([*COMMAND, *arguments], input=said, env=known, capture_output=True, timeout=PATIENCE)


def test_it_says_at_once_that_no_person_answers_and_where_it_is_kept(environment: dict[str, str]) -> None:
    with chatting(environment) as terminal:
        begins = terminal.until()
        assert "automatic assistant of Bettershire Council. It is not a person" in begins
        assert environment["RIGHTDOOR_DATA"] in begins
        assert "you told us nothing" in terminal.press(b"\x04").lower()


@pytest.mark.parametrize("name", PLAYED)
def test_a_transcript_comes_true_at_the_terminal(name: str, environment: dict[str, str]) -> None:
    transcript = next(transcript for transcript in transcripts() if transcript.name == name)
    with chatting(environment) as terminal:
        terminal.until()
        play(transcript, terminal.type)


def play(transcript: Transcript, say) -> None:  # type: ignore[no-untyped-def]
    """Type every line; a choice by its number."""
    said = ""
    for line in transcript.lines:
        ((kind, value),) = line.items()
        words = [str(part) for part in (value if isinstance(value, list) else [value])]
        folded = " ".join(said.split()).lower()
        if kind == "resident":
            said = say(words[0])
        elif kind == "chooses":
            said = say(next(row.split(".")[0].strip() for row in said.splitlines() if row.endswith(f". {words[0]}")))
        elif kind == "never":
            assert not [part for part in words if part.lower() in folded]
        elif kind == "choices":
            assert [row.partition(". ")[2] for row in said.splitlines() if row.startswith("  ")] == words
        else:
            assert kind == "bot"
            assert [part for part in words if part.lower() not in folded] == []


@pytest.mark.parametrize("key", [b"\x04", b"\x03"], ids=["end of input", "ctrl-c"])
def test_leaving_says_what_happens_with_what_was_told_and_how_to_come_back(
    key: bytes, environment: dict[str, str]
) -> None:
    with chatting(environment) as terminal:
        terminal.until()
        terminal.type(COMPLAINT)
        leaves = terminal.press(key)
        assert terminal.process.returncode == 0
    assert "it goes to the council after 30 minutes" in leaves
    assert "Traceback" not in leaves
    secret = leaves.split()[-1]
    with chatting(environment, "--again") as terminal:
        terminal.until(KEY)
        assert COMPLAINT in terminal.type(secret)
        assert "What would you like us to do" in terminal.type("14 Elm Road")
        assert "is kept" in terminal.press(b"/bye\n")


def test_a_wrong_key_opens_nothing(environment: dict[str, str]) -> None:
    result = piped(environment, b"not a key\n", "--again")
    assert result.returncode == 1
    assert b"opens no conversation" in result.stdout


def test_a_pipe_gets_the_answers_without_colours_or_prompts(environment: dict[str, str]) -> None:
    result = piped(environment, f"{COMPLAINT}\n\n14 Elm Road\nan apology\nskip\n4\n1\n".encode())
    assert result.returncode == 0
    assert result.stderr == b""
    assert b"Your reference is BC-" in result.stdout
    assert b"\x1b" not in result.stdout
    assert b"You: " not in result.stdout
    assert result.stdout.count(b"Assistant: ") == 6


def test_bytes_that_are_no_letters_are_answered_and_cannot_move_the_cursor(environment: dict[str, str]) -> None:
    result = piped(
        environment, b"\xff\xfe \x1b[2J My bin in Elm Road \x07 was missed for three weeks, I rang twice\nskip\n"
    )
    assert result.returncode == 0
    assert b"\x1b" not in result.stdout
    assert b"Traceback" not in result.stderr


def test_a_database_that_cannot_be_opened_is_told_in_words(environment: dict[str, str]) -> None:
    wrong = {**environment, "RIGHTDOOR_DATABASE_URL": "postgresql://nobody:secret@127.0.0.1:1/none"}
    result = piped(wrong, b"hello\n")
    assert result.returncode == 2
    assert b"DATABASE_URL" in result.stderr
    assert b"secret" not in result.stderr


def test_where_it_is_kept_is_told_without_a_password() -> None:
    assert kept_in("postgresql://clerk:secret@db.example.org/cases") == "the database cases on db.example.org"
    assert kept_in("sqlite:////srv/rightdoor.db") == "the file /srv/rightdoor.db"


def test_words_lose_what_would_steer_a_terminal() -> None:
    assert harmless("a\x1b[31mb\u202ec\nd\u00a0e") == "a[31mbc\nd e"
