"""What no single file of a pack can tell: names that point to other files, words the letters need, facts to confirm."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from config.flow_checks import check_flow
from config.form_checks import check_form
from config.pack_reader import PackReader
from config.pack_shapes import (
    PROCEDURES,
    ROUTES,
    CannedFile,
    CouncilFile,
    FlowFile,
    FormFile,
    HelpShape,
    PagesFile,
    ProceduresFile,
    SafetyFile,
    ServicesFile,
    SignpostsFile,
    WordingFile,
)
from intake.canned import VARIABLES, unknown
from intake.interpretation import ASKED_FOR
from intake.policy import Template
from intake.wording import placeholders

UNCONFIRMED = "G"
"""The evidence tag of what somebody remembered and nobody has looked up."""

LETTERS = frozenset(
    """acknowledgement urgent case_update update_without_case other_organisation alternative_path service_request
    business_request early_intervention details_received compliment comment question member_enquiry information_request
    status status_unknown withdrawn escalation escalation_without_case handover unsure unreadable case_opened passed_on
    officer_called officer_called_now letter_came_back corrected nothing_to_do taken_back""".split()
)
"""The letters that the dialogue writes."""

FIELDS = frozenset(
    """greeting help next_open_day reference code code_told received acknowledged procedure stage points where
    put_right service answered_by team team_phone dates escalate advocacy ombudsman ombudsman_reach questions body
    reach time_limit have_ready way_back lines missing on_behalf is_open is_closed route person contact words reason
    reasons council council_phone council_hours council_post council_web front_door console
    adjustments""".split()
)
"""Every placeholder that a letter may use, besides NAME_due for each of other_clocks."""

SUBJECT_FIELDS = frozenset({"reference", "council", "route", "service", "stage"})
"""Placeholders without personal data."""

PHRASES = frozenset(
    """months dear hello reach_phone reach_web reach_email reach_post reach_text reach_hours status_line
    about about_unknown service_unknown put_right_unknown date_respond state_open state_answered state_withdrawn
    state_closed state_misrouted read_by_a_person put_right put_right_case""".split()
) | {f"route_{route}" for route in ROUTES}

TO_TEAMS = frozenset(
    {"letter_came_back", "case_opened", "passed_on", "officer_called", "officer_called_now", "taken_back"}
)
"""The letters that no resident reads."""

_TEAMS = ("contact_centre", "complaints", "duty")


@dataclass(frozen=True)
class PackFiles:
    """The files of a pack, each of its shape."""

    council: CouncilFile
    services: ServicesFile
    signposts: SignpostsFile
    procedures: ProceduresFile
    safety: SafetyFile
    wording: WordingFile
    flow: FlowFile
    pages: PagesFile
    form: FormFile
    canned: CannedFile


def check_across(pack: PackReader, files: PackFiles) -> None:
    """Everything that points from one file to another."""
    _check_procedures(pack, files)
    _check_teams(pack, files)
    _check_safety(pack, files)
    _check_letters(pack, files.wording, files.procedures)
    _check_canned(pack, files.canned)
    check_form(pack, files.form, files.flow)
    check_flow(pack, files.flow, FIELDS | {f"{key}_due" for key in files.procedures.other_clocks})
    if "any_other" not in files.services.services:
        pack.wrong(("services", "services"), "needs any_other, for complaints whose service nobody could tell")
    if "default" not in files.council.sure_enough:
        pack.wrong(("council", "sure_enough"), "needs a default, such as 0.5")


def _check_procedures(pack: PackReader, files: PackFiles) -> None:
    procedures = files.procedures.procedures
    for kind in PROCEDURES:
        where = ("council", "procedures", kind)
        chosen = procedures.get(files.council.procedures.get(kind, ""))
        if chosen is None:
            known = ", ".join(key for key, shape in procedures.items() if shape.procedure == kind)
            pack.wrong(where, f"must name a procedure of procedures.yaml that is for it: {known}")
        elif chosen.procedure != kind:
            pack.wrong(where, f"names a procedure that is for {chosen.procedure}")
    for key, procedure in procedures.items():
        if procedure.final_body not in files.signposts.signposts:
            pack.wrong(("procedures", "procedures", key, "final_body"), "must be a key of signposts.yaml")


def _check_teams(pack: PackReader, files: PackFiles) -> None:
    for name in _TEAMS:
        if name not in files.council.teams:
            pack.wrong(("council", "teams"), f"needs a team called {name}; add it with name, email and phone")
    for route, team in files.council.route_teams.items():
        if team not in files.council.teams:
            pack.wrong(("council", "route_teams", route), f"there is no team {team}; add it to teams or change it")


def _check_safety(pack: PackReader, files: PackFiles) -> None:
    triggers: dict[tuple[str, ...], HelpShape] = {("triggers", key): one for key, one in files.safety.triggers.items()}
    for place, trigger in {**triggers, ("unclear",): files.safety.unclear}.items():
        for number, signpost in enumerate(trigger.signposts):
            if signpost not in files.signposts.signposts:
                pack.wrong(("safety", *place, "signposts", str(number)), f"{signpost} is no key of signposts.yaml")
        if trigger.call not in files.council.teams:
            pack.wrong(("safety", *place, "call"), f"there is no team {trigger.call} in council.yaml")


def _check_letters(pack: PackReader, wording: WordingFile, procedures: ProceduresFile) -> None:
    known = FIELDS | {f"{key}_due" for key in procedures.other_clocks}
    for key in sorted(LETTERS - set(wording.letters)):
        pack.wrong(("wording", "letters"), f"needs a letter called {key}; copy it from the sample pack")
    for key, letter in wording.letters.items():
        for name in sorted(placeholders(Template(letter.subject, letter.body)) - known):
            pack.wrong(("wording", "letters", key), f"(({name})) is not known; there are {', '.join(sorted(known))}")
        for name in sorted(placeholders(Template(letter.subject, "")) & known - SUBJECT_FIELDS):
            pack.wrong(("wording", "letters", key, "subject"), f"(({name})) must not stand in a subject; remove it")
    for detail in sorted(ASKED_FOR - set(wording.questions)):
        pack.wrong(("wording", "questions"), f"needs a question for {detail}")
    for phrase in sorted(PHRASES - set(wording.phrases)):
        pack.wrong(("wording", "phrases"), f"needs {phrase}; copy it from the sample pack")


def _check_canned(pack: PackReader, canned: CannedFile) -> None:
    """Variables that there are not would stand in letters for ever. What somebody must write stands in [brackets]."""
    for key, words in canned.words.items():
        for name in unknown(words.body):
            known = ", ".join(f"(({one}))" for one in VARIABLES)
            pack.wrong(("canned", "words", key, "body"), f"there is no (({name})); there are {known}")


def warn_of_doubts(pack: PackReader, files: PackFiles, known_to: date) -> None:
    """What is not wrong but wants a person: facts tagged unconfirmed, and bank holidays that end too soon."""
    services = (((key, "evidence"), shape.evidence) for key, shape in files.services.services.items())
    _doubt_all(pack, "services", services, "the LGSL ids are unconfirmed; ask who knows")
    signposts = (((key, "evidence"), shape.evidence) for key, shape in files.signposts.signposts.items())
    _doubt_all(pack, "signposts", signposts, "is unconfirmed; confirm it before going live")
    triggers = (((key, "evidence"), shape.evidence) for key, shape in files.safety.triggers.items())
    _doubt_all(pack, "triggers", triggers, "is unconfirmed; ask your safeguarding lead", file="safety")
    clocks = (
        ((key, "stages", str(s), "clocks", str(c), "evidence"), clock.evidence)
        for key, procedure in files.procedures.procedures.items()
        for s, stage in enumerate(procedure.stages)
        for c, clock in enumerate(stage.clocks)
    )
    _doubt_all(pack, "procedures", clocks, "is unconfirmed; confirm it before going live")
    if known_to < date.today() + timedelta(days=400):
        pack.doubt(
            ("council", "extra_bank_holidays"),
            f"bank holidays are known up to {known_to} only, and dates past it will be marked for checking; update the "
            "package govuk-bank-holidays, or add them here",
        )


def _doubt_all(
    pack: PackReader, top: str, evidence: Iterable[tuple[tuple[str, ...], str]], what: str, file: str = ""
) -> None:
    for where, tags in evidence:
        if UNCONFIRMED in re.split(r"\W+", tags):
            pack.doubt((file or top, top, *where), what)
