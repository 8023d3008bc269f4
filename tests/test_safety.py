"""Safety words: the phrase language, and what the sample pack's triggers find."""

from datetime import UTC, datetime

import pytest

from intake.contact import Channel, Contact, Person
from intake.interpretation import Guess, Interpretation, Sign, Signal
from intake.phrases import Text, compiled, find
from intake.policy import Policy
from intake.safety import find_harms, look
from intake.triage import Evidence, triage


@pytest.mark.parametrize(
    ("phrase", "text", "found"),
    [
        ("no heating", "we have NO   HEATING at all", True),
        ("no heating", "know heating", False),
        ("(boiler|heating) ... (broken|off)", "the boiler in mum's flat has been off", True),
        ("(boiler|heating) ... (broken|off)", "the boiler is fine and much later on another day it was off", False),
        ("bruis*", "covered in bruises", True),
        ("# year old", "my 91-year-old mother", True),
        ("# year old", "the year old", False),
        ("can't go on", "I can\u2019t go on", True),
    ],
)
def test_a_phrase_means_what_the_packs_header_says(phrase: str, text: str, found: bool) -> None:
    assert bool(find((phrase,), Text.of(text))) is found


@pytest.mark.parametrize("phrase", ["(no heating", "no) heating", "", "bru*se", "(a|(b|c))"])
def test_a_phrase_that_cannot_be_read_says_so(phrase: str) -> None:
    with pytest.raises(ValueError, match=r"bracket|empty|\*"):
        compiled(phrase)


@pytest.mark.parametrize(
    "text",
    [
        "there is no heating and my mother is 91, the council is her landlord",
        "I can smell gas in the council flat",
        "the carer has not come for two days and dad has had no insulin",
        "I want to kill myself because of your letters",
        "there are bare wires hanging out of the lamp post outside the school",
        "I have nowhere to sleep tonight, I am in my car with the kids",
        "Proszę o pomoc, mąż mnie bije i nie mam dokąd iść",
        "vreau sa mor, nu mai pot",
        "أريد أن أموت",
    ],
)
def test_danger_today_is_found(policy: Policy, text: str) -> None:
    assert any(harm.today for harm in look(text, policy.triggers))


@pytest.mark.parametrize(
    "text",
    [
        "this queue at the tip is murder",
        "I nearly died of embarrassment at the library desk",
        "my bin was missed on Monday",
        "the heating in the swimming pool is lovely",
        "thank you for the fire safety leaflet",
        "my husband waited eleven hours in A&E and then the ward lost his notes",
    ],
)
def test_idioms_and_everyday_words_are_not_danger_today(policy: Policy, text: str) -> None:
    assert not any(harm.today for harm in look(text, policy.triggers))


@pytest.mark.parametrize("bomb", ["boiler " * 20_000, "'" * 100_000, "no," * 50_000, "a" * 1_000_000])
def test_no_message_keeps_the_safety_words_busy(policy: Policy, bomb: str) -> None:
    look(bomb, policy.triggers)


TEN_WORDS = "I slipped on the ice by the library this morning"


def _reads(today: float, kind: str, sure: float) -> Interpretation:
    return Interpretation(signals=(Signal(Sign.HARM_TODAY, today),), harms=(Guess(kind, sure),))


@pytest.mark.parametrize(
    ("today", "sure", "named"),
    [
        (0.13, 0.23, "unclear"),
        (0.32, 0.45, "unclear"),
        (0.32, 0.60, "suicide_self_harm"),
        (0.66, 0.17, "unclear"),
        (0.90, 0.42, "suicide_self_harm"),
    ],
)
def test_a_kind_of_harm_is_named_only_where_it_is_sure(policy: Policy, today: float, sure: float, named: str) -> None:
    (harm,) = find_harms(TEN_WORDS, _reads(today, "suicide_self_harm", sure), policy)
    assert harm.trigger.key == named
    assert harm.today


@pytest.mark.parametrize("today", [0.06, 0.3, 0.9])
def test_words_keep_their_own_help_however_unsure_the_reading_is(policy: Policy, today: float) -> None:
    found = find_harms("I want to kill myself", _reads(today, "damp_and_mould", 0.1), policy)
    assert [harm.trigger.key for harm in found] == ["suicide_self_harm"]


@pytest.mark.parametrize(
    ("text", "today"),
    [
        ("My mum's carer hasn't turned up for three days", True),
        ("Nobody from the care agency has been to see my dad for two days", True),
        ("Last winter the carer didn't turn up and nobody apologised", False),
    ],
)
def test_what_goes_on_is_never_taken_for_history(policy: Policy, text: str, today: bool) -> None:
    found = find_harms(text, _reads(0.01, "missed_care", 0.1), policy)
    assert [(harm.trigger.key, harm.today) for harm in found] == [("missed_care", today)]


def test_danger_of_no_kind_at_all_is_helped_too(policy: Policy) -> None:
    (harm,) = find_harms(TEN_WORDS, Interpretation(signals=(Signal(Sign.HARM_TODAY, 0.3),)), policy)
    assert "call 999" in harm.trigger.say


@pytest.mark.parametrize(
    ("today", "sure", "named"), [(0.3, 0.45, []), (0.3, 0.6, ["suicide_self_harm"]), (0.6, 0.1, ["unclear"])]
)
def test_in_a_few_words_danger_is_read_only_where_it_is_likely_or_its_kind_is_told(
    policy: Policy, today: float, sure: float, named: list[str]
) -> None:
    found = find_harms("gas bill shocking", _reads(today, "suicide_self_harm", sure), policy)
    assert [harm.trigger.key for harm in found] == named


def test_safety_words_among_a_few_are_never_taken_for_history(policy: Policy) -> None:
    (harm,) = find_harms("carer slapped my dad", _reads(0.001, "harm_by_staff", 0.78), policy)
    assert harm.today


def test_a_message_that_reads_urgent_without_danger_is_what_it_reads_like_besides(policy: Policy) -> None:
    routes = (Guess("urgent", 0.4), Guess("business_request", 0.3))
    reading = Interpretation(routes=routes, services=(Guess("transport", 0.9),))
    no_buses = Contact("c" * 24, Channel.WEBCHAT, datetime.now(UTC), Person(), "", "no buses")
    decided = triage(Evidence(no_buses, reading, (), policy))
    assert (decided.route, decided.urgent) == ("business_request", False)
