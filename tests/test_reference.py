"""Case references: what slips they catch, and what writing they forgive."""

from hypothesis import assume, given
from hypothesis import strategies as st

from intake import reference

SYMBOLS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def test_a_drawn_reference_has_its_shape_and_reads_back() -> None:
    drawn = reference.draw("BC")
    assert len(drawn) == 12
    assert drawn[:3] == "BC-"
    assert reference.read(drawn, "BC") == drawn


def test_dashes_case_and_look_alike_symbols_are_forgiven() -> None:
    drawn = next(drawn for drawn in iter(lambda: reference.draw("BC"), "") if "0" in drawn and "1" in drawn)
    sloppy = drawn.lower().replace("-", " ").replace("0", "o").replace("1", "l")
    assert reference.read(sloppy, "BC") == drawn
    assert reference.read(drawn[3:], "BC") == drawn


@given(position=st.integers(0, 7), symbol=st.sampled_from(SYMBOLS))
def test_any_one_wrong_symbol_is_caught(position: int, symbol: str) -> None:
    drawn = reference.draw("BC")
    body = drawn[3:].replace("-", "")
    assume(body[position] != symbol)
    assert reference.read(body[:position] + symbol + body[position + 1 :], "BC") is None


@given(first=st.integers(0, 7), second=st.integers(0, 7))
def test_any_two_swapped_symbols_are_caught(first: int, second: int) -> None:
    body = list(reference.draw("BC")[3:].replace("-", ""))
    assume(body[first] != body[second])
    body[first], body[second] = body[second], body[first]
    assert reference.read("".join(body), "BC") is None


@given(text=st.text(max_size=40))
def test_reading_any_text_never_fails(text: str) -> None:
    read = reference.read(text, "BC")
    assert read is None or reference.read(read, "BC") == read
