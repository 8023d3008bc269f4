"""One address has one spelling, whoever writes it; another address never has the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.addresses import mailbox_of, one_spelling, without_tag


@pytest.mark.parametrize(
    ("written", "is_spelt"),
    [
        ("Anne.Shaw@Example.ORG", "anne.shaw@example.org"),
        ("anne@bücher.example", "anne@xn--bcher-kva.example"),
        ("anne@BÜCHER.example", "anne@xn--bcher-kva.example"),
        ("anne@bu\u0308cher.example", "anne@xn--bcher-kva.example"),
        ("anne@xn--BCHER-kva.example", "anne@xn--bcher-kva.example"),
        ("anne@bücher。example", "anne@xn--bcher-kva.example"),
        ("anne@ｅｘａｍｐｌｅ.org", "anne@example.org"),
        ("иван@пример.рф", "иван@xn--e1afmkfd.xn--p1ai"),
        ("a@उदाहरण.example", "a@xn--p1b6ci4b4b3a.example"),
        ("Bücher.example", "xn--bcher-kva.example"),
        ("postmaster", "postmaster"),
        ("", ""),
    ],
)
def test_each_way_to_write_an_address_is_one_spelling(written: str, is_spelt: str) -> None:
    assert one_spelling(written) == is_spelt


def test_domains_that_only_look_alike_stay_two() -> None:
    assert one_spelling("a@straße.example") != one_spelling("a@strasse.example")
    assert one_spelling("a@раypal.example") != one_spelling("a@paypal.example")


@given(st.text(max_size=300))
def test_whatever_is_written_has_a_spelling_which_stays_and_has_no_new_signs(written: str) -> None:
    spelt = one_spelling(written)
    assert one_spelling(spelt) == spelt
    assert spelt.count("@") == written.count("@")
    assert not set('<>,;:"\r\n ').intersection(spelt) - set(written)


@pytest.mark.parametrize(
    ("address", "mailbox"),
    [
        ("anne+bins@example.org", "anne@example.org"),
        ("anne+bins+2@example.org", "anne@example.org"),
        ("anne@a+b.example.org", "anne@a+b.example.org"),
        ("+44@example.org", "+44@example.org"),
        ("anne@example.org", "anne@example.org"),
    ],
)
def test_an_address_without_its_tag_is_its_mailbox(address: str, mailbox: str) -> None:
    assert without_tag(address) == mailbox


def test_a_councils_mailbox_is_known_in_each_spelling() -> None:
    assert mailbox_of("<Help+c1@BÜCHER.example>") == mailbox_of("help@xn--bcher-kva.example")
