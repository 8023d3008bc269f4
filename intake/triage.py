"""Triage: an ordered table of rules, first that fits; the last one always matches.

The order is docs/triage.md's. Signals are read by an interpreter; here they are only weighed. A decision names the rule
that fired, the rules passed over and why, and its reasons in words that an officer can check against the message.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from intake.contact import Contact, Machine
from intake.interpretation import ENGLISH, NOTHING, Detail, Guess, Interpretation, Sign
from intake.phrases import Text, find
from intake.policy import Policy, Service, Signpost, SignpostKind
from intake.safety import LIKELY, Harm

COMPLAINTS = ("formal", "urgent")
"""The routes that open a case."""

BY_PROCEDURE = (*COMPLAINTS, "escalation")
"""The routes that a complaints procedure governs."""

SIGNPOSTED = ("other_organisation", "alternative_path")
"""The routes that lead to another body's door."""

FIRST_REPORTS = ("service_request", "business_request", "early_intervention")
"""The routes that become a complaint where they were told before."""

NO_SERVICE = ("none", "any_other")
"""The keys that name no service of the council."""

BY_OFFICER = "officer"
"""Stands for a rule where an officer decided."""


PACK_WORDS_WEIGHT = 0.7
"""What the pack's words for a service or signpost add to its chance: found on the tuning messages."""


CLEAR = 0.4
"""How sure a signpost must read to be shown beside a route that leads to no other door."""


ANOTHER_SERVICE = 0.8
"""How sure a reply must be about another service before its conversation is taken to be about that one."""


@dataclass(frozen=True)
class Standing:
    """What we knew before this message: the route of its conversation, whether it has a case, what we asked for."""

    route: str = ""
    service: str = "none"
    has_case: bool = False
    asked: tuple[Detail, ...] = ()


@dataclass(frozen=True)
class Evidence:
    """All that a rule may look at."""

    contact: Contact
    reading: Interpretation
    harms: tuple[Harm, ...]
    policy: Policy
    standing: Standing = field(default_factory=Standing)

    @cached_property
    def ready(self) -> Text:
        """The message made ready for phrases."""
        return Text.of(self.contact.words)

    @property
    def harm(self) -> Harm | None:
        """The first harm that is likely today."""
        return next((harm for harm in self.harms if harm.today), None)

    @property
    def by_machine(self) -> bool:
        """Is it a machine's mail beyond doubt? What could not be read whole is never put down as one."""
        return bool(self.contact.automatic) and not self.contact.trouble

    @property
    def empty(self) -> bool:
        """Is there no word to read?"""
        return not any(letter.isalnum() for letter in self.contact.words)


@dataclass(frozen=True)
class Finding:
    """Why a rule fits, how sure it is (0 to 1), and the route where it isn't the rule's own."""

    confidence: float
    reasons: tuple[str, ...]
    route: str = ""


Test = Callable[[Evidence], Finding | None]


@dataclass(frozen=True)
class Rule:
    """A row of the table: its name, its route, what it looks for, and what to say where that isn't there."""

    key: str
    route: str
    looks_for: str
    absent: str
    test: Test


@dataclass(frozen=True)
class PassedOver:
    """A rule that stands before the one that fired, and why it did not fit."""

    rule: str
    because: str


@dataclass(frozen=True)
class Decision:
    """Where a contact goes. ``confidence`` is the route's.

    ``guessed`` is set where the route itself would rest on a guess; ``needs_person`` there too, and wherever a person
    must read the message for another reason.
    """

    route: str
    service: str
    procedure: str
    urgent: bool
    signpost: str
    confidence: float
    needs_person: bool
    guessed: bool
    rule: str
    passed_over: tuple[PassedOver, ...]
    reasons: tuple[str, ...]


def triage(evidence: Evidence) -> Decision:
    """The decision for one message. Always decides; never raises."""
    passed: list[PassedOver] = []
    for rule in TABLE:
        finding = rule.test(evidence)
        if finding is not None:
            return _decide(evidence, rule, finding, tuple(passed))
        passed.append(PassedOver(rule.key, rule.absent))
    raise AssertionError("the last rule of the table always matches")


def as_route(decision: Decision, route: str, policy: Policy, reason: str) -> Decision:
    """The decision with a route that somebody knows better than the reading, and why."""
    service = decision.service
    if route in COMPLAINTS and service not in policy.services and "any_other" in policy.services:
        service = "any_other"
    return replace(
        decision,
        route=route,
        service=service,
        procedure=_procedure(policy, route, service),
        confidence=1.0,
        needs_person=decision.needs_person and not decision.guessed,
        guessed=False,
        reasons=(*decision.reasons, reason),
    )


def _decide(evidence: Evidence, rule: Rule, finding: Finding, passed: tuple[PassedOver, ...]) -> Decision:
    route = finding.route or rule.route
    service = _service(evidence, route)
    procedure = _procedure(evidence.policy, route, service)
    urgent = evidence.harm is not None
    confidence = round(min(max(finding.confidence, 0.0), 1.0), 3)
    guesses = tuple(_guesses(evidence, route, confidence))
    doubts = guesses + tuple(_duties(evidence, route))
    return Decision(
        route=route,
        service=service,
        procedure=procedure,
        urgent=urgent,
        signpost=_signpost(evidence, route),
        confidence=confidence,
        needs_person=bool(doubts),
        guessed=bool(guesses),
        rule=rule.key,
        passed_over=passed,
        reasons=finding.reasons + _signal_reasons(evidence) + _safety_reasons(evidence) + doubts,
    )


def _service(evidence: Evidence, route: str) -> str:
    if route in ("no_action", "other_organisation"):
        return "none"
    guess = _with_words(evidence, evidence.reading.services, evidence.policy.services)
    known = evidence.standing.service
    if known != "none" and guess.confidence < ANOTHER_SERVICE:
        return known
    if guess.key in evidence.policy.services and guess.confidence >= 0.2:
        return guess.key
    if known != "none":
        return known
    return "any_other" if route in COMPLAINTS and "any_other" in evidence.policy.services else "none"


def _procedure(policy: Policy, route: str, service: str) -> str:
    if route not in BY_PROCEDURE:
        return "none"
    return policy.services[service].procedure if service in policy.services else "corporate"


def _signpost(evidence: Evidence, route: str) -> str:
    """The likeliest door of the kind that the route leads to.

    On other routes, one that the message clearly needs; where it is urgent, the likeliest one.
    """
    kinds = _KINDS.get(route, ())
    if not kinds:
        known = (guess for guess in evidence.reading.signposts if guess.key in evidence.policy.signposts)
        least = 0.0 if evidence.harm is not None else CLEAR
        return next((guess.key for guess in known if guess.confidence >= least), "none")
    doors = {key: signpost for key, signpost in evidence.policy.signposts.items() if signpost.kind in kinds}
    guesses = tuple(guess for guess in evidence.reading.signposts if guess.key in doors)
    return _with_words(evidence, guesses, doors).key


def _with_words(
    evidence: Evidence, guesses: tuple[Guess, ...], known: Mapping[str, Service] | Mapping[str, Signpost]
) -> Guess:
    """The likeliest guess once the pack's own words have had their say: they know what no example showed."""
    chances = {guess.key: guess.confidence for guess in guesses}
    for key, entry in known.items():
        if find(entry.words, evidence.ready):
            chances[key] = chances.get(key, 0.0) + PACK_WORDS_WEIGHT
    return max((Guess(key, min(chance, 1.0)) for key, chance in chances.items()), key=_confidence, default=NOTHING)


def _confidence(guess: Guess) -> float:
    return guess.confidence


def _signal_reasons(evidence: Evidence) -> tuple[str, ...]:
    """What was read, with the words that it rests on: an officer checks these against the message."""
    shown = (signal for signal in evidence.reading.signals if signal.confidence >= 0.5 and signal.sign in _SAYS)
    return tuple(reason for signal in shown for reason in _because(_SAYS[signal.sign], signal.words))


def _safety_reasons(evidence: Evidence) -> tuple[str, ...]:
    return tuple(
        f"Danger{', but it reads as over or not meant' if harm.over else ''} ({harm.trigger.name})"
        f"{f': “{harm.words}”' if harm.words else ''}."
        for harm in evidence.harms
    )


def _guesses(evidence: Evidence, route: str, confidence: float) -> Iterator[str]:
    """Why this route would rest on a guess, if it would."""
    if evidence.by_machine:
        return
    if evidence.contact.trouble:
        yield f"A person must look: {evidence.contact.trouble}"
    if evidence.reading.language != ENGLISH:
        yield f"Seems to be written in {evidence.reading.language}."
    if confidence < evidence.policy.sure(route):
        yield "Not sure enough of this route to decide alone."
    if route in SIGNPOSTED and _signpost(evidence, route) == "none":
        yield "Could not tell which body the matter belongs to."


def _duties(evidence: Evidence, route: str) -> Iterator[str]:
    """Why a person must read the message whatever its route, if anything."""
    if route == "no_action" and evidence.harms:
        yield "Safety words in a message that looked like no action."
    if evidence.contact.machine in _DOUBTFUL and _reads_like_a_matter(evidence):
        yield "Taken for a machine's mail, but it reads like somebody's matter."
    if evidence.harm is not None and evidence.reading.sign(Sign.HARM_TODAY).confidence < LIKELY:
        yield "It is not sure that anyone is in danger."
    if any(not harm.today for harm in evidence.harms):
        yield "Words that a person must read today."
    if beside := evidence.reading.beside:
        yield f"Seems to hold a second matter ({beside.service.key}): “{beside.words}”."


def _reads_like_a_matter(evidence: Evidence) -> bool:
    return _best(evidence) in _MATTERS and evidence.reading.route(_best(evidence)) >= LIKELY


# --- the rules, in the order of the table ---------------------------------------------------------------------------


def _no_action(evidence: Evidence) -> Finding | None:
    if evidence.by_machine:
        return Finding(1.0, (f"Not written by a person: {evidence.contact.automatic}.",))
    if evidence.empty and not evidence.contact.attachments and not evidence.contact.trouble:
        return Finding(0.95, ("There are no words in it.",))
    if evidence.standing.route:
        return None
    return _read_as(evidence, "no_action", "Reads like advertising, a test or nothing at all.")


def _still_a_complaint(evidence: Evidence) -> Finding | None:
    """Our letters say: reply that it is a complaint, or that you told us before, and it will be treated as one."""
    standing, reading = evidence.standing, evidence.reading
    if not standing.route or standing.has_case or reading.shows(Sign.WITHDRAWS):
        return None
    if reading.shows(Sign.NAMES_COMPLAINT):
        return Finding(0.95, _because("Says that it is still a complaint", reading.sign(Sign.NAMES_COMPLAINT).words))
    if standing.route in FIRST_REPORTS and reading.shows(Sign.REPEATED):
        return Finding(0.95, _because("Says that they had told us before", reading.sign(Sign.REPEATED).words))
    return None


def _status(evidence: Evidence) -> Finding | None:
    """In a conversation, only words that ask after it count: an answer to our question is no question of theirs."""
    told = {detail for detail, _ in evidence.reading.details}
    if evidence.standing.route and (
        not evidence.reading.shows(Sign.ASKS_PROGRESS) or told.intersection(evidence.standing.asked)
    ):
        return None
    return _read_as(evidence, "status", "Only asks how a case is getting on.")


def _withdrawn(evidence: Evidence) -> Finding | None:
    """Never without words that withdraw: taking a complaint for a withdrawal is the worse mistake."""
    if not evidence.reading.shows(Sign.WITHDRAWS):
        return None
    return _read_as(evidence, "withdrawn", "Withdraws it, or says that it was sent twice.")


def _answers_us(evidence: Evidence) -> Finding | None:
    """A reply in a conversation whose details we asked for continues it, whatever the words look like on their own."""
    standing = evidence.standing
    told = any(detail in standing.asked for detail, _ in evidence.reading.details)
    if not standing.route or (evidence.reading.route("handover") >= 0.6 and not told):
        return None
    if standing.has_case:
        return Finding(0.95, ("Answers in the conversation of a case, so it belongs to that case.",), "case_update")
    if standing.asked:
        return Finding(0.95, ("Answers what we asked.",), standing.route)
    return None


def _urgent_complaint(evidence: Evidence) -> Finding | None:
    """Harm today in what would otherwise be a complaint to the council, or a request to it, stands before these."""
    harm = evidence.reading.sign(Sign.HARM_TODAY).confidence
    ours = _best(evidence) in ("formal", "early_intervention", "service_request", "business_request")
    if _best(evidence) != "urgent" and not (ours and harm >= LIKELY):
        return None
    sure = max(evidence.reading.route("urgent"), harm)
    return Finding(sure, ("Someone may come to serious harm, and the council or its contractor must act.",))


def _other_organisation(evidence: Evidence) -> Finding | None:
    return _signposted(evidence, "other_organisation", "The matter belongs to another body: {body}.")


def _alternative_path(evidence: Evidence) -> Finding | None:
    return _signposted(evidence, "alternative_path", "A statutory appeal or another process decides it: {body}.")


def _service_request(evidence: Evidence) -> Finding | None:
    return _request(evidence, "service_request", "A first report or request about streets, bins, roads or parks.")


def _business_request(evidence: Evidence) -> Finding | None:
    return _request(evidence, "business_request", "A first request for a service.")


def _question(evidence: Evidence) -> Finding | None:
    return Finding(evidence.reading.route("question"), ("Nothing above fits: taken as a question for the service.",))


def _reads(route: str, reason: str) -> Test:
    """The test of a rule that rests on the interpreter's reading alone."""
    return lambda evidence: _read_as(evidence, route, reason)


TABLE: tuple[Rule, ...] = (
    Rule("no_action", "no_action", "automatic mail, advertising, no words", "A person wrote it.", _no_action),
    Rule(
        "still_a_complaint",
        "formal",
        "in a conversation without a case: says it is a complaint, or that they told us before",
        "Does not come back to complain.",
        _still_a_complaint,
    ),
    Rule("status", "status", "only asks how a case is getting on", "Does not only ask after a case.", _status),
    Rule("withdrawn", "withdrawn", "withdraws, or sent it twice", "Withdraws nothing.", _withdrawn),
    Rule(
        "escalation",
        "escalation",
        "not satisfied with our answer",
        "Does not dispute an answer.",
        _reads("escalation", "Is not satisfied with our answer to a complaint, or asks for a review."),
    ),
    Rule("answers_us", "case_update", "answers in a conversation with us", "Answers no question of ours.", _answers_us),
    Rule(
        "case_update",
        "case_update",
        "adds to a case that exists",
        "Adds nothing to a case.",
        _reads("case_update", "Adds information to a case that exists."),
    ),
    Rule(
        "handover",
        "handover",
        "only wants a person",
        "There is a matter besides.",
        _reads("handover", "Only asks for a person or a call; nothing else is said."),
    ),
    Rule(
        "member_enquiry",
        "member_enquiry",
        "by or for a member",
        "Not from a member.",
        _reads("member_enquiry", "A councillor, MP or mayor writes, or their office."),
    ),
    Rule(
        "information_request",
        "information_request",
        "FOI, EIR or own data",
        "Asks for no records.",
        _reads("information_request", "Asks for recorded information or for their own data."),
    ),
    Rule(
        "urgent",
        "urgent",
        "harm likely today and the council concerned",
        "No harm seen today.",
        _urgent_complaint,
    ),
    Rule(
        "other_organisation", "other_organisation", "another body's matter", "It is the council's.", _other_organisation
    ),
    Rule(
        "alternative_path",
        "alternative_path",
        "an appeal or other process decides",
        "No appeal fits.",
        _alternative_path,
    ),
    Rule(
        "formal",
        "formal",
        "dissatisfied, with a ground for a complaint",
        "No ground for a complaint.",
        _reads("formal", "Is dissatisfied with the council, and there is a ground for a complaint."),
    ),
    Rule(
        "early_intervention",
        "early_intervention",
        "one recent thing, soon mended",
        "Not unhappy.",
        _reads("early_intervention", "Is unhappy about one thing that can be put right soon."),
    ),
    Rule("service_request", "service_request", "first report, street services", "No such report.", _service_request),
    Rule("business_request", "business_request", "first request, other services", "No request.", _business_request),
    Rule("compliment", "compliment", "praise", "No praise.", _reads("compliment", "Praises somebody or something.")),
    Rule(
        "comment",
        "comment",
        "suggestion or opinion",
        "No suggestion.",
        _reads("comment", "A suggestion or an opinion; nothing is asked to be put right."),
    ),
    Rule("question", "question", "everything else", "", _question),
)

_DOUBTFUL = (Machine.OTHER, Machine.LIST)
"""Machines' mail that a person may have written all the same: through a form, a list or a forwarder."""

_MATTERS = ("formal", "urgent", "early_intervention", "service_request", "business_request")
_KINDS = {
    "other_organisation": (SignpostKind.OTHER_ORGANISATION, SignpostKind.EMERGENCY, SignpostKind.OMBUDSMAN),
    "alternative_path": (SignpostKind.ALTERNATIVE_PATH, SignpostKind.OMBUDSMAN),
}
_SAYS = {
    Sign.DISSATISFIED: "Is not satisfied with the council",
    Sign.SAID_COMPLAINT: "Says that they complain",
    Sign.REPEATED: "It happened again, or an earlier report was not acted on",
    Sign.STAFF_CONDUCT: "Is about how somebody behaved",
    Sign.LOSS_HARM: "Tells of loss, harm or distress",
    Sign.REMEDY_WANTED: "Asks for an apology, compensation or an explanation",
    Sign.DELAY: "Is about how long it took",
    Sign.DECISION_DISPUTED: "Disputes a decision",
    Sign.OTHER_BODY: "Is about another body",
    Sign.FIRST_REPORT: "Reports or asks for something for the first time",
    Sign.ASKS: "Asks a question",
    Sign.PRAISES: "Praises somebody or something",
    Sign.SUGGESTS: "Suggests something",
    Sign.ADDS: "Adds to what we have",
    Sign.ASKS_PROGRESS: "Asks how it is getting on",
    Sign.WITHDRAWS: "Takes something back",
    Sign.WANTS_PERSON: "Wants to speak to a person",
    Sign.WANTS_INFORMATION: "Asks for recorded information",
    Sign.BY_MEMBER: "A councillor, MP or mayor writes, or their office",
    Sign.ON_BEHALF: "Writes for somebody else",
    Sign.PAST_HARM: "Tells of danger that is over, or in a figure of speech",
    Sign.SARCASTIC: "May not mean it as it is said",
}


def _because(what: str, words: str) -> tuple[str, ...]:
    return (f"{what}: “{words}”." if words else f"{what}.",)


def _best(evidence: Evidence) -> str:
    """The route that the interpreter finds likeliest on its own reading: urgent is none where nobody is in danger."""
    keys = (guess.key for guess in evidence.reading.routes if guess.key != "urgent" or evidence.harm is not None)
    return next(keys, "")


def _read_as(evidence: Evidence, route: str, reason: str) -> Finding | None:
    """Fits where the interpreter reads this route as the likeliest."""
    return Finding(evidence.reading.route(route), (reason,)) if _best(evidence) == route else None


def _signposted(evidence: Evidence, route: str, says: str) -> Finding | None:
    """Fits where the route is the likeliest; says which body, and the pack's words for it where they stand there."""
    if _best(evidence) != route:
        return None
    door = evidence.policy.signposts.get(_signpost(evidence, route))
    named = find(door.words, evidence.ready) if door else ""
    reason = says.format(body=door.body if door else "which one could not be told")
    return Finding(evidence.reading.route(route), _because(reason.rstrip("."), named))


def _request(evidence: Evidence, route: str, reason: str) -> Finding | None:
    """A first report goes by its service: street services are service requests, all others business requests."""
    if _best(evidence) not in ("service_request", "business_request"):
        return None
    likely = evidence.reading.route("service_request") + evidence.reading.route("business_request")
    service = evidence.policy.services.get(_service(evidence, route))
    wanted = service.first_report if service else _best(evidence)
    return Finding(likely, (reason,)) if wanted == route else None
