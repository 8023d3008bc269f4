"""A name or an address is put right in the few words that people use for it; and what else they say changes nothing."""

import pytest

from intake.policy import Policy
from intake.spelling import respelt


@pytest.mark.parametrize(
    ("old", "said", "new"),
    [
        ("ana@example.org", "no, with two n", "anna@example.org"),
        ("ana@example.org", "two n's please", "anna@example.org"),
        ("anna@example.org", "with one n", "ana@example.org"),
        ("anna@example.org", "no, .co.uk", "anna@example.co.uk"),
        ("anna@example.co.uk", "its .com not .co.uk", "anna@example.com"),
        ("anna@exmaple.org", "its anna@example.org not anna@exmaple.org", "anna@example.org"),
        ("anne@hotmail.com", "gmail not hotmail", "anne@gmail.com"),
        ("14 Elm Road", "no its 41 not 14", "41 Elm Road"),
        ("Ann Shaw", "Anne not Ann", "Anne Shaw"),
        ("Tomson", "with a double m", "Tommson"),
    ],
)
def test_a_correction_of_letters_is_taken(policy: Policy, old: str, said: str, new: str) -> None:
    assert respelt(old, said, policy.flow.words) == new


@pytest.mark.parametrize(
    "said",
    [
        "14 Elm Road",
        "two bins",
        "they come at two a day",
        "I want one bin",
        "an apology and not a phone call",
        "my email is not working",
        "with two n, and then there is a long story about my bins that nobody ever came to collect",
        "",
    ],
)
def test_anything_else_changes_no_address(policy: Policy, said: str) -> None:
    assert respelt("ana@example.org", said, policy.flow.words) == ""
    assert respelt("Anne Shaw", said, policy.flow.words) == ""
