"""Text that its program broke into short lines is put together again (RFC 3676, format=flowed)."""

from collections.abc import Iterator


def unflow(text: str, delete_space: bool = False) -> str:
    """The paragraphs, each on one line. ``delete_space``: DelSp=yes, the last blank is no part of the text."""
    return "\n".join("".join(pieces) for pieces in _paragraphs(text, delete_space))


def _paragraphs(text: str, delete_space: bool) -> Iterator[list[str]]:
    """A line that ends in a blank goes on in the next of the same depth; "-- " alone is a signature (section 4.3)."""
    pieces: list[str] = []
    depth, open_ended = 0, False
    for line in text.split("\n"):
        here, words = _line(line)
        if open_ended and here == depth and words != "-- ":
            pieces.append(words)
        else:
            if pieces:
                yield pieces
            pieces = [f"{'>' * here} " if here else "", words]
        depth, open_ended = here, words.endswith(" ") and words != "-- "
        if open_ended and delete_space:
            pieces[-1] = words[:-1]
    yield pieces


def _line(line: str) -> tuple[int, str]:
    """(depth of quotation, words without the blank that was stuffed before them), sections 4.4 and 4.5."""
    words = line.lstrip(">")
    return len(line) - len(words), words.removeprefix(" ")
