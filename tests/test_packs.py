"""Policy packs: every mistake is told with file, line and remedy, and what nobody confirmed is told as a warning."""

import re
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from config.main import app
from config.packs import check_pack, load_pack
from intake.errors import WrongPack
from intake.policy import Policy
from tests.conftest import PACK

SERVICES = """adult_social_care arts_museums_events benefits blue_badge building_control bus_passes cemeteries
children_social_care client_finance commissioning school_transport community_safety council_property council_tax
countryside_green_spaces dog_fouling_strays elections early_help environmental_health rights_of_way grass_cutting
housing libraries licensing parking parks_gardens planning registration roads schools_send staff_conduct
street_cleaning street_lighting trading_standards transport trees_hedges waste_recycling any_other""".split()

SIGNPOSTS = """police_999 police_101 gas_emergency samaritans nhs_111 nhs_complaints safeguarding_team homelessness_team
housing_ombudsman_or_landlord energy_supplier water_company national_highways dwp hmrc dvla private_parking_appeal
other_council train_operator academy_school royal_mail planning_inspectorate parking_appeal valuation_office
benefit_appeal school_admission_appeal send_tribunal homelessness_review blue_badge_review insurance_claim
monitoring_officer court licensing_appeal staff_grievance lgsco ico""".split()


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """A copy of the sample pack, to be spoilt."""
    return shutil.copytree(PACK, tmp_path / "ours")


def spoil(pack: Path, file: str, old: str, new: str) -> int:
    """Change the first place in a file; answers with its line."""
    path = pack / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    return text[: text.index(old)].count("\n") + 1


def test_the_sample_pack_has_every_service_and_signpost_and_no_mistake(policy: Policy) -> None:
    assert set(policy.services) == set(SERVICES)
    assert set(policy.signposts) == set(SIGNPOSTS)
    assert check_pack(PACK).mistakes == ()


def test_every_signpost_says_the_body_the_way_the_time_limit_and_the_way_back(policy: Policy) -> None:
    for signpost in policy.signposts.values():
        assert all((signpost.body, signpost.reach, signpost.time_limit, signpost.have_ready, signpost.way_back))


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        ("services.yaml", "    procedure: corporate", "    procedure: corporat", "must be one of"),
        ("services.yaml", "    asks_where: true", "    ask_where: true", "correct its spelling"),
        ("council.yaml", "corporate: lgsco_code", "corporate: lgsco_cod", "must name a procedure of procedures.yaml"),
        ("council.yaml", "complaints@bettershire.gov.uk", "complaints at bettershire", "must be an email address"),
        ("council.yaml", "monday: 08:30-17:00", "monday: 8-5", "must be hours like 08:30-17:00"),
        (
            "council.yaml",
            "route_teams:\n  member_enquiry: member_support",
            "route_teams:\n  member_enquiry: nobody",
            "",
        ),
        ("wording.yaml", "Your complaint ((reference))", "Complaint of ((person))", "must not stand in a subject"),
        ("wording.yaml", "((greeting))", "((greting))", "((greting)) is not known"),
        ("wording.yaml", "  details_received:", "  detail_received:", "needs a letter called details_received"),
        ("signposts.yaml", "    kind: ", "    kind: wrong_", "must be one of"),
        ("council.yaml", "  default: 0.92", "  default: 0.9x", "must be a number, such as 0.9"),
        ("council.yaml", "  data_protection_email:", "  dpo_email:", "data_protection_email: is missing; add it"),
        ("council.yaml", "  accessibility_email: ", "  accessibility_email: see ", "must be an email address"),
        (
            "council.yaml",
            "accessibility_checked: 2026-11-21",
            "accessibility_checked: soon",
            "must be a day that there is",
        ),
    ],
)
def test_a_mistake_is_told_with_file_line_and_remedy(pack: Path, file: str, old: str, new: str, expected: str) -> None:
    line = spoil(pack, file, old, new)
    mistakes = check_pack(pack).mistakes
    assert mistakes
    assert any(re.match(rf"{pack}/{file}:\d+: ", mistake) and expected in mistake for mistake in mistakes)
    told = [int(re.findall(r":(\d+): ", mistake)[0]) for mistake in mistakes]
    what_is_missing_has_no_line = expected.startswith("needs")
    assert what_is_missing_has_no_line or min(abs(number - line) for number in told) <= 12


def test_broken_yaml_is_told_with_its_line_and_hides_no_other_files_mistake(pack: Path) -> None:
    (pack / "services.yaml").write_text("services:\n  bins: [\n")
    spoil(pack, "council.yaml", "prefix: BC", "prefix: bettershire")
    mistakes = check_pack(pack).mistakes
    assert any(mistake.startswith(f"{pack}/services.yaml:3: ") for mistake in mistakes)
    assert any("council.yaml" in mistake and "prefix" in mistake for mistake in mistakes)


def test_a_key_that_stands_twice_is_told(pack: Path) -> None:
    spoil(pack, "council.yaml", "letters_a_day: 20", "letters_a_day: 20\nletters_a_day: 30")
    assert any("stands twice" in mistake for mistake in check_pack(pack).mistakes)


def test_a_safety_phrase_that_cannot_be_read_is_a_mistake(pack: Path) -> None:
    spoil(pack, "safety.yaml", "    phrases:\n", "    phrases:\n      - (no heating\n")
    assert any("brackets" in mistake for mistake in check_pack(pack).mistakes)


def test_a_wrong_pack_is_never_used(pack: Path) -> None:
    spoil(pack, "council.yaml", "prefix: BC", "prefix: bettershire")
    with pytest.raises(WrongPack, match="prefix"):
        load_pack(pack)


def test_facts_that_nobody_confirmed_are_warnings(policy: Policy) -> None:
    warnings = check_pack(PACK).warnings
    assert warnings
    assert all(re.match(r"config/councils/bettershire/[\w/]+\.yaml:\d+: ", warning) for warning in warnings)


def test_the_command_tells_mistakes_and_ends_with_1_and_a_right_pack_ends_with_0(pack: Path) -> None:
    assert CliRunner().invoke(app, ["check-pack", str(PACK)]).exit_code == 0
    spoil(pack, "council.yaml", "prefix: BC", "prefix: bettershire")
    result = CliRunner().invoke(app, ["check-pack", str(pack)])
    assert result.exit_code == 1
    assert "1 mistake, " in result.output


def test_the_older_profiles_can_be_chosen(pack: Path) -> None:
    for profile in ("cheshire_west_2023", "bettershire_internal", "oxfordshire_2022", "leicester_2015"):
        spoil(pack, "council.yaml", "corporate: lgsco_code", f"corporate: {profile}")
        assert load_pack(pack).procedures["corporate"].stages
        spoil(pack, "council.yaml", f"corporate: {profile}", "corporate: lgsco_code")


def test_a_missing_folder_is_told_in_words(tmp_path: Path) -> None:
    assert "there is no such folder" in check_pack(tmp_path / "nowhere").mistakes[0]
