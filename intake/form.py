"""The web form: which pages its resident sees next, worked out from the answers so far. Answers in, plan out."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from intake.answering import taken
from intake.calling import help_at_once
from intake.casework import Drawn
from intake.contact import Channel, Contact, Person
from intake.conversation import Conversation, Talk
from intake.dialogue import Heard
from intake.drafts import Draft
from intake.flow import Choice
from intake.gathering import known, leave_out, listed, record
from intake.interpretation import ENGLISH, Detail, Interpretation
from intake.policy import Policy
from intake.safety import Harm, find_harms, look
from intake.talk_matters import decided, is_doubtful, near_routes, noted
from intake.talk_scene import Scene, buttons
from intake.triage import FIRST_REPORTS, NO_SERVICE, SIGNPOSTED, Decision, Standing, as_route
from intake.typed import Typed
from intake.wording import say_it, signpost_fields

WHAT, OPTIONS, SERVICE, FOR_WHOM = "what", "options", "service", "for_whom"
"""The pages that are no detail of the flow, and the first one."""

PAGES = frozenset({OPTIONS, SERVICE, FOR_WHOM, *(detail.value for detail in Detail)} - {Detail.AMOUNT.value})
"""Every page that there may be."""

OPTIONAL_PAGES = frozenset({SERVICE, FOR_WHOM, "when", "needs", "earlier", "reference", "behalf", "consent"})
"""The pages that a council may leave out of its order."""

OTHER, SELF = "other", "self"
LONG, SHORT, LINE = 50_000, 5_000, 300
"""The most characters that an answer may have: a story, a paragraph, a line."""

MOST: Mapping[str, int] = {
    **dict.fromkeys(PAGES, LINE),
    WHAT: LONG,
    **dict.fromkeys(("where", "when", "behalf", "address"), 1_000),
    **dict.fromkeys(("put_right", "needs"), SHORT),
    "name": 100,
    "email": 254,
    "phone": 50,
}

WORDS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(
        """files_label files_lost
        title optional continue back save saved_title saved_code saved_text saved_go_on return_title
        return_label
        return_hint return_link return_empty return_unknown return_too_often start_again who_reads
        help_title help_called help_next for_me for_another choose problem error not_saved_title
        not_ours_title too_fast_title too_fast gone_title gone gone_code check_title check_text change
        left_out send send_failed_title sent_complaint sent_other sent_reference sent_number sent_keep
        sent_print sent_mailed sent_reload sent_new sent_what_next ends_title ends ends_delete deleted_title
        deleted exit warning danger_line accessibility privacy options_title sent_earlier sent_answer
        down_title ends_back to_start""".split(),
        (),
    ),
    "saved_next": ("date",),
    "help_not_called": ("phone",),
    "first_report": ("team",),
    "too_long": (
        "most",
        "length",
    ),
    "not_saved": ("phone",),
    "not_ours": ("mailbox",),
    "check_copy": ("email",),
    "send_failed": ("phone",),
    "sent_waiting": ("phone",),
    "phone_line": (
        "phone",
        "hours",
    ),
    "help_reference": ("reference",),
    "down": ("phone",),
    **dict.fromkeys(SIGNPOSTED, ("body", "reach", "time_limit", "have_ready")),
    "files_hint": ("most", "size"),
}
"""The form's words besides those of its pages, with what is filled in."""

_CHECKED = (Detail.EMAIL, Detail.PHONE, Detail.REFERENCE)
"""What is only taken where it looks like one."""

_WAYS = (Detail.EMAIL, Detail.PHONE, Detail.ADDRESS)
"""The ways to reach them, as the answer to how to reach them names them."""

_NOTHING_DRAWN = Drawn("", "", "")


@dataclass(frozen=True)
class Options:
    """What the resident may do where a complaint is not all that fits: what is said, and the choices."""

    says: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True)
class Plan:
    """What the answers come to.

    ``pages`` are those of this form in their order, ``told`` the details that the story told without being asked.
    ``harms`` are what may happen today by any of the answers, ``help`` the words against them.
    """

    pages: tuple[str, ...]
    conversation: Conversation
    decision: Decision
    options: Options | None
    told: tuple[Detail, ...]
    harms: tuple[Harm, ...]
    help: str

    def open_page(self, answers: Mapping[str, str]) -> str:
        """The first page that has no answer; empty where all have one."""
        return next((page for page in self.pages if page not in answers), "")

    def before(self, page: str) -> str:
        """The page before this one; empty before the first."""
        place = self.pages.index(page) if page in self.pages else 0
        return self.pages[place - 1] if place else ""

    def may_show(self, page: str) -> bool:
        """Is it a page of this form, or one on which something told may be changed?"""
        return page in self.pages or page in self.told

    @property
    def ends_here(self) -> bool:
        """Do they go to another door, and want nothing of us?"""
        return self.conversation.talk.leaving


def plan(draft: Draft, policy: Policy, now: datetime) -> Plan:
    """The pages of this form as far as the answers tell."""
    answers, reading = draft.answers, draft.reading or Interpretation()
    harms = _harms(answers, reading, policy)
    scene = _scene(draft, reading, harms, policy, now)
    decision = decided(scene, Standing())
    read = noted(scene, scene.conversation, decision)
    options = _options(scene, read, decision)
    chosen, talk = _chosen(answers.get(OPTIONS, "") if options else "", decision, read.talk, policy)
    if FOR_WHOM in answers:
        talk = replace(talk, for_another=answers[FOR_WHOM] == OTHER)
    if answers.get(Detail.EARLIER) == "yes" and chosen.route in FIRST_REPORTS:
        chosen = as_route(chosen, "formal", policy, "Says that they told us before, and is not satisfied.")
    chosen = _with_service(chosen, answers.get(SERVICE, ""), policy)
    conversation = _answered(replace(read, decision=chosen, talk=talk), answers)
    today = tuple(harm for harm in harms if harm.today)
    asked_as = _asked_as(chosen, reading, today)
    pages = (
        _pages(conversation, asked_as, options, _not_asked(read, decision), policy) if answers.get(WHAT) else (WHAT,)
    )
    told = tuple(detail for detail in known(read) if detail not in (Detail.WHAT, Detail.REPLY_BY))
    return Plan(tuple(pages), conversation, chosen, options, told, today, help_at_once(today, policy))


def mistake(page: str, answer: str, choices: tuple[Choice, ...], policy: Policy) -> str:
    """What must be put right in an answer, in the pack's words; empty where nothing must."""
    words, most = policy.form, MOST[page]
    if len(answer) > most:
        return say_form(policy, "too_long", most=f"{most:,}", length=f"{len(answer):,}")
    if not answer:
        return words.pages[page].empty
    if choices and answer not in {choice.value for choice in choices}:
        return words.pages[page].empty or words.words["choose"]
    detail = detail_of(page)
    kept = as_taken(page, answer, policy)
    if not kept or (detail is Detail.EMAIL and kept != answer.lower()):
        return policy.flow.questions[Detail(page)].again
    return ""


def as_taken(page: str, answer: str, policy: Policy) -> str:
    """An answer as it is kept."""
    detail = detail_of(page)
    if detail is None or detail not in _CHECKED or not answer:
        return answer
    return taken(detail, Typed(answer, policy.flow.words), Interpretation(), policy, ())


def detail_of(page: str) -> Detail | None:
    """The detail that a page asks for; None where it asks for something else."""
    return Detail(page) if page in set(Detail) else None


def choices_on(page: str, planned: Plan, policy: Policy) -> tuple[Choice, ...]:
    """The choices that a page offers; none where something is typed."""
    detail, words = detail_of(page), policy.form.words
    if page == OPTIONS:
        return planned.options.choices if planned.options else ()
    if page == SERVICE:
        return tuple(Choice(service.name, key) for key, service in policy.services.items())
    if page == FOR_WHOM:
        return Choice(words["for_me"], SELF), Choice(words["for_another"], OTHER)
    return policy.flow.questions[detail].choices if detail else ()


def answers_shown(draft: Draft, planned: Plan, policy: Policy) -> Iterator[tuple[str, str]]:
    """Every page of this form, and what was told for it as its resident reads it, in the pack's order."""
    told = known(planned.conversation)
    for page in policy.form.order:
        if not planned.may_show(page):
            continue
        detail = detail_of(page)
        answer = draft.answers.get(page, told.get(detail, "") if detail else "")
        choices = {choice.value: choice.label for choice in choices_on(page, planned, policy)}
        yield page, choices.get(answer, answer)


def say_form(policy: Policy, key: str, **fields: str) -> str:
    """Words of the form, filled in."""
    words = policy.form.words[key]
    for name, value in fields.items():
        words = words.replace(f"(({name}))", value)
    return words


# --- reading what happened ------------------------------------------------------------------------------------------


def _harms(answers: Mapping[str, str], reading: Interpretation, policy: Policy) -> tuple[Harm, ...]:
    """What was read in the story, and what the words of the other answers show."""
    found = find_harms(answers.get(WHAT, "")[:LONG], reading, policy) if answers.get(WHAT) else ()
    others = "\n".join(answer for page, answer in answers.items() if page != WHAT)
    seen = {harm.trigger.key for harm in found if harm.today}
    return (*found, *(harm for harm in look(others, policy.triggers) if harm.trigger.key not in seen))


def _scene(draft: Draft, reading: Interpretation, harms: tuple[Harm, ...], policy: Policy, now: datetime) -> Scene:
    contact = Contact("", Channel.WEB_FORM, draft.began_at, Person(), "", draft.answers.get(WHAT, ""))
    conversation = Conversation(draft.conversation, Channel.WEB_FORM, Person(), draft.began_at, "")
    return Scene(Heard(contact, reading, harms), conversation, policy, _NOTHING_DRAWN, now)


# --- what else may be done ------------------------------------------------------------------------------------------


def _options(scene: Scene, read: Conversation, decision: Decision) -> Options | None:
    """Where it is not simply a complaint: what we make of it, and the choice, which always holds a complaint."""
    story = scene.heard.contact.text
    if not story or any(harm.today for harm in scene.heard.harms) or scene.heard.reading.language != ENGLISH:
        return None
    if decision.route in _VAGUE or is_doubtful(decision, read):
        return _unsure(scene)
    offer = _OFFERS.get(decision.route)
    return offer(scene, decision) if offer else None


def _unsure(scene: Scene) -> Options:
    routes = dict.fromkeys((*near_routes(scene.heard.reading, scene.policy), "formal"))
    near = (route for route in routes if route not in SIGNPOSTED)
    return Options(scene.say("unsure"), buttons(scene.policy, *(f"route:{route}" for route in near)))


def _signposted(scene: Scene, decision: Decision) -> Options | None:
    signpost = scene.policy.signposts.get(decision.signpost)
    if signpost is None:
        return _unsure(scene)
    words, fields = scene.policy.form.words[decision.route], signpost_fields(signpost, scene.policy)
    says = say_it(words, fields, scene.policy.council)
    return Options(says, buttons(scene.policy, "still", "letter", "enough"))


def _first_report(scene: Scene, decision: Decision) -> Options:
    team = scene.policy.team_for(decision.route, decision.service)
    saying = say_form(scene.policy, "first_report", team=team.name)
    return Options(saying, buttons(scene.policy, "team", "still"))


def _early(scene: Scene, decision: Decision) -> Options:
    team = scene.policy.team_for(decision.route, decision.service)
    return Options(scene.say("early_choice", team=team.name), buttons(scene.policy, "team", "formal"))


def _status(scene: Scene, decision: Decision) -> Options:
    return Options(scene.say("status"), buttons(scene.policy, "enough", "route:case_update", "route:formal"))


_OFFERS: Mapping[str, Callable[[Scene, Decision], Options | None]] = {
    "other_organisation": _signposted,
    "alternative_path": _signposted,
    "service_request": _first_report,
    "business_request": _first_report,
    "early_intervention": _early,
    "status": _status,
}
_VAGUE = ("no_action", "handover", "withdrawn")
"""Routes for which a form is no answer: its resident says what it is."""


def _chosen(choice: str, decision: Decision, talk: Talk, policy: Policy) -> tuple[Decision, Talk]:
    """What the choice makes of the decision. ``leaving``: they want nothing of us."""
    if choice in ("still", "formal", "route:formal"):
        formal = as_route(decision, "formal", policy, "Says that it is a complaint.")
        return formal, replace(talk, complains=True)
    if choice.startswith("route:"):
        return as_route(decision, choice.removeprefix("route:"), policy, "Said so when asked."), talk
    if choice == "team":
        return as_route(decision, decision.route, policy, "Lets the team put it right."), talk
    return decision, replace(talk, wants_letter=choice == "letter", leaving=choice == "enough")


def _with_service(decision: Decision, service: str, policy: Policy) -> Decision:
    """The decision about the service that they named."""
    if service not in policy.services:
        return decision
    return as_route(replace(decision, service=service), decision.route, policy, "Named the service.")


# --- the pages ------------------------------------------------------------------------------------------------------


def _answered(conversation: Conversation, answers: Mapping[str, str]) -> Conversation:
    """What the story told, and the answers on top. Of the ways to reach them, the one that they chose."""
    chosen = answers.get(Detail.REPLY_BY)
    for page, answer in answers.items():
        detail = detail_of(page)
        if detail in (None, Detail.WHAT) or (chosen and detail in _WAYS and detail != chosen):
            continue
        assert detail is not None
        conversation = record(conversation, detail, answer) if answer else leave_out(conversation, detail)
    return conversation


def _not_asked(read: Conversation, decision: Decision) -> frozenset[str]:
    """The pages whose answer the story gave already."""
    found = {detail.value for detail in known(read) if detail is not Detail.WHAT}
    if decision.service not in NO_SERVICE:
        found.add(SERVICE)
    if read.talk.for_another:
        found.add(FOR_WHOM)
    if decision.route in FIRST_REPORTS and Detail.EARLIER in read.talk.unknown:
        found.add(Detail.EARLIER.value)
    return frozenset(found)


def _asked_as(decision: Decision, reading: Interpretation, today: tuple[Harm, ...]) -> Decision:
    """Where somebody may come to harm, what helps people to act is asked; where we cannot read it, how to reply."""
    if today:
        return replace(decision, route="urgent")
    return decision if reading.language == ENGLISH else replace(decision, route="question")


def _pages(
    conversation: Conversation,
    decision: Decision,
    options: Options | None,
    not_asked: frozenset[str],
    policy: Policy,
) -> Iterator[str]:
    """Those of the pack's order that this form needs."""
    asked = {WHAT, *([OPTIONS] if options else [])}
    if conversation.talk.wants_letter:
        asked.add(Detail.EMAIL.value)
    elif not conversation.talk.leaving:
        asked.update(detail.value for detail in listed(replace(conversation, decision=decision), policy))
        asked.update(policy.form.also.get(decision.route, ()))
        asked.update({Detail.EARLIER.value} & {detail.value for detail in conversation.details})
    if Detail.REPLY_BY in asked:
        asked.update(way for way in _WAYS if way == conversation.details.get(Detail.REPLY_BY))
    yield from (page for page in policy.form.order if page in asked - not_asked)
