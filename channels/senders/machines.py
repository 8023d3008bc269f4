"""Is this mail a machine's? An ordered table of rules, the first that fits names the kind and says why in words.

A person's mail that is put down as a machine's is a complaint lost; a machine's mail that is taken for a person's costs
an officer a look. So where it is doubtful it is a person's mail, and ``no_answer`` says why nothing answers it by
itself (RFC 3834 section 2).
"""

import re
from collections.abc import Callable
from email.message import Message

from channels.reading.headers import addresses, headers
from channels.senders import machine_words as words
from channels.senders.bounce_signs import arrived, undelivered
from channels.senders.parts import own_parts, text_of
from channels.senders.signs import NOT_BY_ITSELF, Signs, has_null_path
from intake.addresses import one_spelling
from intake.contact import Machine

_AGGREGATE = re.compile(r"report[ -]domain:\s?\S.{0,300}(?:submitter:|report-id)", re.IGNORECASE)
_ABUSE = re.compile(
    r"complaint about message from |email feedback report for |spam complaint|\[?feedback[- ]loop",
    re.IGNORECASE,
)
_ABUSE_SENDERS = re.compile(r"staff@hotmail\.|scomp@|complaints@email-abuse\.|feedback@arf\.|fbl[-@.]|abuse-report")
_FORWARDED = re.compile(r"(?:fwd?|wg|tr)\s?:")
_OF_A_MAIL = re.compile(
    r"\b(?:your|the|this|votre|le|il) (?:e-?mail )?(?:message|messaggio|e-?mail|mail)\b|mensa|nachricht|bericht|wiadomo"
    r"|zpráv|správ|meddel|melding|viesti|üzenet|mesaj|neges|сообщ|письм|邮件"
)
"""What a receipt is of. People write of what was delivered and read too: a bin, or a letter."""

_FEEDBACK_HEADERS = frozenset({"tls-report-domain", "x-hmxmroriginalrecipient", "feedback-type"})
_POST_HEADERS = frozenset({"list-post", "x-beenthere", "x-google-group-id"})


def machine_of(message: Message, envelope_sender: str, own_addresses: frozenset[str]) -> tuple[Machine | None, str]:
    """The kind of machine that sent this and why, in words; (None, "") for a person's mail.

    ``envelope_sender`` is empty for the null sender (RFC 5321 section 4.5.5), and then only.
    """
    null_sender = envelope_sender in ("", "<>") or has_null_path(message)
    mail = Signs(message, null_sender, own_addresses)
    return next(((kind, why) for kind, why, fits in MACHINES if fits(mail)), (None, ""))


def no_answer(message: Message) -> str:
    """Why a person's mail may not be answered by itself; empty where it may."""
    mail = Signs(message, has_null_path(message), frozenset())
    return next((why for why, fits in NO_ANSWERS if fits(mail)), "")


def _is_feedback(mail: Signs) -> bool:
    """Abuse reports (RFC 5965), DMARC (RFC 7489 section 7.2.1.1) and TLS reports (RFC 8460 section 5.3)."""
    if "message/feedback-report" in mail.kinds or mail.names & _FEEDBACK_HEADERS:
        return True
    if _AGGREGATE.search(mail.subject) or any(kind.startswith("application/tlsrpt") for kind in mail.kinds):
        return True
    carries = bool(mail.kinds & {"message/rfc822", "text/rfc822-headers"})
    return bool(_ABUSE_SENDERS.match(mail.sender)) or (carries and bool(_ABUSE.search(mail.subject)))


def _is_receipt(mail: Signs) -> bool:
    """RFC 8098; reports that all arrived (RFC 3464); and Outlook's and Notes' own forms."""
    if "message/disposition-notification" in mail.kinds or arrived(mail.message):
        return True
    says_so = any(phrase in mail.opening[:1500] for phrase in words.READ_TEXTS)
    of_a_mail = bool(_OF_A_MAIL.search(mail.opening, 0, 1500))
    return mail.subject.startswith(words.READ_SUBJECTS) and says_so and of_a_mail and len(mail.text) < 1500


def _is_failure(mail: Signs) -> bool:
    return bool(undelivered(mail.message, mail.null_sender)) and not mail.begins_away


def _is_own(mail: Signs) -> bool:
    """Every letter of ours says that it is automatic. What does not, and is written to us too, is a form's or a
    scanner's mail, and what an officer forwards by hand a resident's: the gate answers none of it.
    """
    written_to = {address for name in ("To", "Cc") for _, address in addresses(mail.message, name)}
    by_hand = bool(written_to & mail.own) or bool(_FORWARDED.match(mail.subject))
    return mail.sender in mail.own and not (mail.submitted == "no" and by_hand)


def _has_looped(mail: Signs) -> bool:
    """It carries a mark of ours, or was delivered to one of our addresses again and again."""
    marks = " ".join(headers(mail.message, "X-Loop")).lower()
    if any(address in marks for address in mail.own):
        return True
    delivered = [one_spelling(value.strip("<> ")) for value in headers(mail.message, "Delivered-To")]
    return any(delivered.count(address) > 2 for address in mail.own)


def _is_invitation_answer(mail: Signs) -> bool:
    """RFC 5546 section 3.2.3. Where the person has added words they count: then it is a person's mail."""
    calendars = (part for part in own_parts(mail.message) if part.get_content_type() == "text/calendar")
    answers = any("method:reply" in text_of(part)[:2000].lower() for part in calendars)
    said = mail.opening.strip()
    return answers and (not said or any(phrase in said[:300] for phrase in words.INVITATION_ANSWERS))


def _says_auto_replied(mail: Signs) -> bool:
    return mail.submitted in ("auto-replied", "auto-reply")


def _is_away(mail: Signs) -> bool:
    """An automatic reply by its subject, borne out by a header; or by the text under a mail program's title."""
    if not mail.begins_away or mail.title_goes_on:
        return False
    if mail.null_sender or mail.submitted not in NOT_BY_ITSELF:
        return True
    said = mail.opening[:1000]
    if any(phrase in said for phrase in words.COMPLAINING):
        return False
    if not mail.has_away_title:
        return mail.is_bulk
    says_so = any(phrase in said for phrase in words.AWAY_TEXTS)
    return says_so or not said.strip() or mail.is_bulk or mail.suppresses


def _is_null_reply(mail: Signs) -> bool:
    return mail.null_sender and bool(mail.names & {"in-reply-to", "references"}) and not mail.is_a_persons_by_form


def _is_list(mail: Signs) -> bool:
    """At least two of a list's signs: one alone a gateway or a sending service may have added.

    A group whose members read one of our addresses adds them too: a post that is written to us is a person's.
    """
    if mail.list_signs + mail.is_bulk < 2 or mail.speaks_to_a_council:
        return False
    written_to = {address for name in ("To", "Cc") for _, address in addresses(mail.message, name)}
    return not (mail.names & _POST_HEADERS and written_to & mail.own)


def _says_generated(mail: Signs) -> bool:
    return mail.submitted not in NOT_BY_ITSELF and not mail.speaks_to_a_council


def _has_null_sender(mail: Signs) -> bool:
    """Some servers forward people's mail so: what says things to a council is a person's."""
    return mail.null_sender and not mail.speaks_to_a_council


def _is_report(mail: Signs) -> bool:
    return mail.message.get_content_type() == "multipart/report"


def _is_notice(mail: Signs) -> bool:
    return mail.reads_no_answers and not mail.speaks_to_a_council


MACHINES: tuple[tuple[Machine, str, Callable[[Signs], bool]], ...] = (
    (Machine.FEEDBACK, "it is a report of abuse, DMARC or TLS", _is_feedback),
    (Machine.RECEIPT, "it is a receipt", _is_receipt),
    (Machine.BOUNCE, "it reports a mail that was not delivered", _is_failure),
    (Machine.OWN, "it comes from our own address", _is_own),
    (Machine.OWN, "it has come round to us again", _has_looped),
    (Machine.RECEIPT, "it answers an invitation", _is_invitation_answer),
    (Machine.AUTO_REPLY, "it says that it is an automatic reply", _says_auto_replied),
    (Machine.AUTO_REPLY, "a header marks it as an automatic reply", lambda mail: mail.has_auto_header),
    (Machine.AUTO_REPLY, "its subject and text are an automatic reply's", _is_away),
    (Machine.AUTO_REPLY, "it answers with the null sender", _is_null_reply),
    (Machine.LIST, "it comes from a mailing list", _is_list),
    (Machine.OTHER, "it says that it was sent automatically", _says_generated),
    (Machine.OTHER, "it has the null sender", _has_null_sender),
    (Machine.OTHER, "it is a machine's report", _is_report),
    (Machine.OTHER, "its sender reads no answers", _is_notice),
)
"""Read in order. What fits none is a person's mail."""

NO_ANSWERS: tuple[tuple[str, Callable[[Signs], bool]], ...] = (
    ("its sender asks for no automatic answers", lambda mail: mail.suppresses),
    ("it was sent or forwarded automatically", lambda mail: mail.submitted != "no"),
    ("it has the null sender", lambda mail: mail.null_sender),
    ("it was sent in bulk", lambda mail: mail.is_bulk),
    ("it came through a list or a sending service", lambda mail: mail.list_signs > 0),
    ("it carries a mark against loops", lambda mail: "x-loop" in mail.names),
    ("its sender reads no answers", lambda mail: mail.reads_no_answers),
    ("its subject is an automatic reply's", lambda mail: mail.begins_away),
    (
        "its text says that it is automatic",
        lambda mail: any(said in mail.opening[:600] for said in words.AUTOMATIC_TEXTS),
    ),
    ("it names no sender", lambda mail: not mail.sender),
)
"""Read in order. What fits none may be answered by itself."""
