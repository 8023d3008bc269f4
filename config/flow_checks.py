"""What flow.yaml must hold besides its shape: every question, saying, button and word that a live conversation uses."""

from collections.abc import Iterable

from config.pack_reader import PackReader
from config.pack_shapes import FlowFile
from intake.interpretation import Detail
from intake.policy import Template
from intake.wording import placeholders

SAYINGS = frozenset(
    """hello hello_again tell_us tell_more complaint_begins sorry welcome noted noted_more fine corrected file
    not_understood not_understood_again not_understood_still unsure choose unreadable not_kept other_language help_if
    danger_called danger_case danger_done person_open person_closed person_reach
    person_busy person_many person_nobody person_call number_noted call_when call_noted still_waiting officer_left
    officer_passes officer_gives_back officer_closed mailed_from_chat
    added added_again added_too advocate status_unsent two_matters
    stopping stopped
    withdrawing dropped withdrawn restarted going_on summary confirm what_to_change changing case_opened case_next
    case_by_mail case_silent request_silent case_updated update_without_case escalated escalation_without_case
    early_choice
    early_passed service_passed business_passed now_a_complaint compliment_passed comment_passed question_passed
    member_passed information_passed other_organisation alternative_path signpost_next still_a_complaint letter_sent
    letter_now goodbye status noted_later next_matter unread files file_empty file_kind file_archive file_macros
    files_too_large too_many_files files_hint too_fast telegram_group telegram_closed""".split()
)
"""What the conversation says."""

BUTTONS = frozenset(
    """yes change send drop go_on person formal team still letter enough skip restart call_me call_morning
    call_afternoon call_any route:formal route:service_request route:question""".split()
)
"""The choices that it offers. Further ones are named route:ROUTE."""

WORDS = frozenset(
    """filler greeting thanks stop restart begin person complain dont_know refuse correction wrong another withdraw
    progress needs abuse name_before prefers twice once instead_of to_complain young relation
    own_child has_died""".split()
)
"""The moves that it listens for."""

FIELDS = frozenset(
    {"label", "value", "language", "email", "mailbox", "words", "count", "most", "size", "place", "phone", "call_by"}
)
"""Placeholders of sayings besides those of letters."""

_ALWAYS = (Detail.WHAT, Detail.NAME, Detail.REPLY_BY, Detail.EMAIL, Detail.PHONE, Detail.ADDRESS, Detail.NEEDS)
_GATHERED = (Detail.WHERE, Detail.PUT_RIGHT, Detail.REFERENCE, Detail.WHEN)


def check_flow(pack: PackReader, flow: FlowFile, letter_fields: Iterable[str]) -> None:
    """Everything that the conversation would otherwise miss while it runs."""
    _need(pack, "sayings", SAYINGS, flow.sayings)
    _need(pack, "buttons", BUTTONS, flow.buttons)
    _need(pack, "words", WORDS, flow.words)
    known = FIELDS.union(letter_fields)
    for key, text in flow.sayings.items():
        for name in sorted(placeholders(Template("", text)) - known):
            pack.wrong(("flow", "sayings", key), f"(({name})) is not known; there are {', '.join(sorted(known))}")
    for detail in sorted({*_ALWAYS, *_GATHERED} - set(flow.questions)):
        pack.wrong(("flow", "questions"), f"needs a question for {detail}; copy it from the sample pack")
    for route, details in flow.routes.items():
        for number, detail in enumerate(details):
            if detail not in flow.questions:
                pack.wrong(("flow", "routes", route, str(number)), f"there is no question for {detail}; add one")
    for value in flow.buttons:
        if value not in BUTTONS and not value.startswith("route:"):
            pack.wrong(("flow", "buttons", value), "is not known here; remove it or correct its spelling")


def _need(pack: PackReader, part: str, needed: frozenset[str], there: Iterable[str]) -> None:
    for key in sorted(needed.difference(there)):
        pack.wrong(("flow", part), f"needs {key}; copy it from the sample pack")
