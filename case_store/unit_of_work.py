"""The unit of work: everything that one transaction may read and change, over one session."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, func, or_
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, insert, select, update

from case_store.addresses import SqlAddresses
from case_store.attachments import SqlAttachments
from case_store.centre import SqlCentre, digits, turn_of, turn_values
from case_store.corrections import SqlCorrections
from case_store.desk import SqlDesk
from case_store.documents import CASE, CONTACT, CONVERSATION, DECISION, REPLY, as_json
from case_store.drafts import SqlDrafts
from case_store.entries import SqlEntries
from case_store.figures import SqlFigures
from case_store.incidents import SqlIncidents
from case_store.mailboxes import SqlMailboxes
from case_store.messenger import SqlMessenger
from case_store.officers import SqlOfficers
from case_store.packs import SqlPacks
from case_store.paper import SqlPaper
from case_store.past import SqlPast
from case_store.queue import change, claim
from case_store.searching import SqlSearching, put_words
from case_store.set_aside import SqlAside
from case_store.sign_in import SqlSignIns
from case_store.tables.cases import CaseRow
from case_store.tables.columns import KEPT, WAITING
from case_store.tables.contacts import ContactRow, ConversationRow, OriginalRow, TurnRow
from case_store.tables.sending import AttemptRow, OutboxRow
from case_store.upkeep import SqlUpkeep
from case_store.work import SqlWork
from intake.addresses import mailbox_of
from intake.case import Case
from intake.contact import Attempt, Channel, Contact, Ended, Kept, Outcome, Person, Reply
from intake.conversation import Conversation, Holder, Turn
from intake.correction_view import triage_rank
from intake.errors import ChangedMeanwhile
from intake.triage import Decision


class SqlUnitOfWork:
    """A transaction's doors to the store (intake.ports.UnitOfWork)."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.inbox = SqlInbox(session)
        self.conversations = SqlConversations(session)
        self.cases = SqlCases(session)
        self.outbox = SqlOutbox(session)
        self.addresses = SqlAddresses(session)
        self.mailboxes = SqlMailboxes(session)
        self.messenger = SqlMessenger(session)
        self.attachments = SqlAttachments(session)
        self.drafts = SqlDrafts(session)
        self.desk = SqlDesk(session)
        self.centre = SqlCentre(session)
        self.officers = SqlOfficers(session)
        self.corrections = SqlCorrections(session)
        self.searching = SqlSearching(session)
        self.sign_ins = SqlSignIns(session)
        self.entries = SqlEntries(session)
        self.paper = SqlPaper(session)
        self.incidents = SqlIncidents(session)
        self.aside = SqlAside(session)
        self.figures = SqlFigures(session)
        self.past = SqlPast(session)
        self.packs = SqlPacks(session)
        self.work = SqlWork(session)
        self.upkeep = SqlUpkeep(session)


class SqlInbox:
    """intake.ports.Inbox over the contact and original tables."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def keep(self, kept: Kept) -> str:
        """The one statement of the hot path: it runs on the bare connection."""
        connection = self._session.connection()
        row = {
            **_BLANK_CONTACT,
            "id": kept.id,
            "channel": kept.channel.value,
            "received_at": kept.received_at,
            "not_before": kept.received_at,
            "fingerprint": kept.fingerprint,
            "lane": kept.lane,
            "sender": kept.sender,
            "recipients": "\n".join(kept.recipients),
            "note": kept.note,
            "client": kept.client,
            "helo": kept.helo,
        }
        if connection.execute(_KEEP[connection.dialect.name], row).first() is None:
            same = col(ContactRow.fingerprint) == kept.fingerprint
            return self._session.exec(select(ContactRow.id).where(same)).one()
        connection.execute(_KEEP_ORIGINAL, {"contact": kept.id, "raw": kept.raw})
        return kept.id

    def claim(self, now: datetime, until: datetime, contact: str = "") -> Kept | None:
        row = claim(self._session, ContactRow, _free(now, contact), until)
        if row is None:
            return None
        raw = self._session.exec(select(OriginalRow.raw).where(col(OriginalRow.contact) == row.id)).one()
        return kept_of(row, raw)

    def kept(self, contact: str) -> Kept | None:
        query = select(ContactRow, OriginalRow.raw).join(OriginalRow, col(OriginalRow.contact) == col(ContactRow.id))
        found = self._session.exec(query.where(col(ContactRow.id) == contact)).first()
        return kept_of(*found) if found is not None else None

    def attempts(self, contact: str) -> int:
        return self._session.exec(select(ContactRow.attempts).where(col(ContactRow.id) == contact)).one()

    def finish(self, contact: Contact, conversation: str, decision: Decision, outcome: Outcome, now: datetime) -> None:
        done = self._change(
            contact.id,
            state=outcome.value,
            finished_at=now,
            conversation=conversation,
            route=decision.route,
            service=decision.service,
            urgent=decision.urgent,
            needs_person=decision.needs_person,
            person=contact.person.name or contact.person.email or contact.person.phone,
            subject=contact.subject,
            words_digest=_digest(contact),
            error="",
            contact_document=as_json(CONTACT, contact),
            decision_document=as_json(DECISION, decision),
            triage_rank=triage_rank(contact, decision),
            rule=decision.rule,
            confidence=decision.confidence,
        )
        if not done:
            raise ChangedMeanwhile(f"contact {contact.id} was finished by somebody else")
        put_words(self._session, self._number(contact.id), contact)

    def _number(self, contact: str) -> int:
        number = self._session.exec(select(ContactRow.number).where(col(ContactRow.id) == contact)).one()
        assert number is not None
        return number

    def try_again(self, contact: str, at: datetime, error: str) -> None:
        self._change(contact, not_before=at, error=error, state="kept", finished_at=None)

    def set_aside(self, contact: str, error: str, now: datetime) -> None:
        self._change(contact, state=Outcome.SET_ASIDE.value, finished_at=now, error=error)

    def said_since(self, contact: Contact, since: datetime) -> bool:
        same = and_(col(ContactRow.words_digest) == _digest(contact), col(ContactRow.id) != contact.id)
        recent = col(ContactRow.received_at) >= since
        return self._session.exec(select(ContactRow.id).where(same, recent).limit(1)).first() is not None

    def outcome(self, contact: str) -> tuple[Outcome | None, str]:
        row = self._session.exec(select(ContactRow).where(col(ContactRow.id) == contact)).one()
        return (None if row.state == "kept" else Outcome(row.state)), row.conversation

    def _change(self, contact: str, **values: object) -> bool:
        """Change a contact that is still to be handled; what is finished stays as it is."""
        waiting = and_(col(ContactRow.id) == contact, col(ContactRow.state) == KEPT)
        return change(self._session, ContactRow, waiting, **values)


_KEEP = {
    dialect: make(ContactRow).on_conflict_do_nothing(index_elements=["fingerprint"]).returning(col(ContactRow.id))
    for dialect, make in (("sqlite", sqlite_insert), ("postgresql", postgresql_insert))
}
_KEEP_ORIGINAL = insert(OriginalRow)

_BLANK_CONTACT = {
    "state": "kept",
    "attempts": 0,
    "error": "",
    "conversation": "",
    "route": "",
    "service": "",
    "urgent": False,
    "needs_person": False,
    "person": "",
    "subject": "",
    "words_digest": "",
    "contact_document": "",
    "decision_document": "",
    "rule": "",
    "confidence": 0.0,
    "part_of": "",
    "by_hand": "",
}


def _digest(contact: Contact) -> str:
    """Equal for the same words of the same address, whatever stands between them and whatever long numbers it holds."""
    said = _NUMBER.sub("0", " ".join(contact.text.lower().split()))
    return hashlib.sha256(f"{contact.person.email}\0{said}".encode("utf-8", "replace")).hexdigest()[:32]


_NUMBER = re.compile(r"\d{4,}")


def _free(now: datetime, contact: str) -> ColumnElement[bool]:
    """Kept, due, and with no older contact of its lane still to be handled."""
    older = aliased(ContactRow)
    waits = exists().where(
        col(older.lane) == col(ContactRow.lane),
        col(ContactRow.lane) != "",
        col(older.number) < col(ContactRow.number),
        col(older.state) == KEPT,
    )
    free = and_(col(ContactRow.state) == KEPT, col(ContactRow.not_before) <= now, ~waits)
    return and_(free, col(ContactRow.id) == contact) if contact else free


def kept_of(row: ContactRow, raw: bytes) -> Kept:
    """The message as it was kept."""
    return Kept(
        id=row.id,
        channel=Channel(row.channel),
        received_at=row.received_at,
        fingerprint=row.fingerprint,
        lane=row.lane,
        sender=row.sender,
        recipients=tuple(row.recipients.split("\n")) if row.recipients else (),
        raw=raw,
        note=row.note,
        client=row.client,
        helo=row.helo,
        by_hand=CONTACT.validate_json(row.by_hand) if row.by_hand else None,
    )


class SqlConversations:
    """intake.ports.Conversations over the conversation and turn tables."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, conversation: str) -> Conversation | None:
        row = self._session.get(ConversationRow, conversation)
        return CONVERSATION.validate_json(row.document) if row is not None else None

    def keep(self, conversation: Conversation) -> None:
        """A new conversation has version 0; every change counts one on, and only from the version that was read."""
        values = {
            "version": conversation.version + 1,
            "holder": conversation.holder.value,
            "urgent": conversation.urgent,
            "email": conversation.person.email,
            "phone": digits(conversation.person.phone),
            "case": conversation.case,
            "service": conversation.decision.service if conversation.decision else "none",
            "told_at": conversation.talk.began_at or conversation.started_at,
            "silent_at": conversation.talk.silent_at,
            "rank": conversation.rank,
            "waiting_since": _waiting_since(conversation),
            "officer": conversation.hold.officer or conversation.hold.meant_for,
            "look_at": conversation.hold.look_at,
            "document": as_json(CONVERSATION, replace(conversation, version=conversation.version + 1)),
        }
        if conversation.version == 0:
            self._session.exec(insert(ConversationRow).values(id=conversation.id, **values))
            return
        changed = self._session.exec(
            update(ConversationRow)
            .where(col(ConversationRow.id) == conversation.id, col(ConversationRow.version) == conversation.version)
            .values(**values)
        )
        if not changed.rowcount:
            raise ChangedMeanwhile(f"conversation {conversation.id} was changed by somebody else")

    def add_turn(self, conversation: str, turn: Turn) -> None:
        self._session.exec(insert(TurnRow).values(**turn_values(conversation, turn)))

    def turns(self, conversation: str) -> Sequence[Turn]:
        rows = self._session.exec(
            select(TurnRow).where(col(TurnRow.conversation) == conversation).order_by(col(TurnRow.number))
        )
        return [turn_of(row) for row in rows]

    def fallen_silent(self, now: datetime) -> Conversation | None:
        due = and_(col(ConversationRow.silent_at).is_not(None), col(ConversationRow.silent_at) <= now)
        oldest = select(ConversationRow).where(due).order_by(col(ConversationRow.silent_at)).limit(1)
        row = self._session.exec(oldest.with_for_update(skip_locked=True)).first()
        return CONVERSATION.validate_json(row.document) if row is not None else None

    def earlier_services(self, person: Person, but_not: str, since: datetime) -> frozenset[str]:
        phone = digits(person.phone)
        ways = [col(ConversationRow.email) == person.email] if person.email else []
        ways += [col(ConversationRow.phone) == phone] if phone else []
        if not ways:
            return frozenset()
        recent = col(ConversationRow.told_at) >= since
        told = select(ConversationRow.service).where(or_(*ways), col(ConversationRow.id) != but_not, recent)
        return frozenset(self._session.exec(told.distinct())) - {"", "none"}


def _waiting_since(conversation: Conversation) -> datetime | None:
    """Since when it waits; since it was told where nobody said, so that it has its place in the queue."""
    if conversation.waiting_since is not None or conversation.holder is not Holder.WAITING:
        return conversation.waiting_since
    return conversation.talk.began_at or conversation.started_at


class SqlCases:
    """intake.ports.Cases over the case table."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, reference: str) -> Case | None:
        row = self._session.get(CaseRow, reference, populate_existing=True)
        return _case(row) if row is not None else None

    def of_address(self, email: str) -> Sequence[Case]:
        rows = self._session.exec(
            select(CaseRow).where(col(CaseRow.email) == email).order_by(col(CaseRow.received_at).desc()).limit(50)
        )
        return [_case(row) for row in rows]

    def keep(self, case: Case) -> None:
        """A new case has version 0; every change counts one on, and only from the version that was read."""
        deadline = case.next_deadline
        values = {
            "conversation": case.conversation,
            "email": case.person.email,
            "route": case.route,
            "urgent": case.urgent,
            "service": case.service,
            "procedure": case.procedure,
            "stage": case.stage.key,
            "state": case.state.value,
            "received_at": case.received_at,
            "next_due": deadline.due if deadline else None,
            "next_at": deadline.due_at if deadline else None,
            "version": case.version + 1,
            "officer": case.work.officer,
            "team": case.work.team,
            "priority": case.work.priority.value,
            "waits_for": case.work.waits_for.value if case.work.waits_for else "",
            "remind_on": case.work.remind_on,
            "document": as_json(CASE, replace(case, version=case.version + 1)),
        }
        if case.version == 0:
            self._session.exec(insert(CaseRow).values(reference=case.reference, **values))
            return
        same = and_(col(CaseRow.reference) == case.reference, col(CaseRow.version) == case.version)
        if not self._session.exec(update(CaseRow).where(same).values(**values)).rowcount:
            raise ChangedMeanwhile(f"case {case.reference} was changed by somebody else")


def _case(row: CaseRow) -> Case:
    """Documents of before versions were counted hold none."""
    return replace(CASE.validate_json(row.document), version=row.version)


class SqlOutbox:
    """intake.ports.Outbox over the outbox table."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, reply: Reply, now: datetime) -> None:
        row = {
            "id": reply.id,
            "conversation": reply.conversation,
            "kind": reply.kind,
            "to": reply.to,
            "mailbox": mailbox_of(reply.to),
            "envelope": reply.envelope,
            "created_at": now,
            "not_before": now,
            "document": as_json(REPLY, reply),
        }
        self._session.exec(insert(OutboxRow).values(state="waiting", attempts=0, error="", receipt="", **row))

    def conversation_of(self, message_ids: Sequence[str]) -> str:
        ids = [message_id.partition("@")[0] for message_id in message_ids]
        found = self._session.exec(
            select(OutboxRow.conversation).where(col(OutboxRow.id).in_(ids)).order_by(col(OutboxRow.number).desc())
        ).first()
        return found or ""

    def letter(self, ids: Sequence[str]) -> Reply | None:
        named = or_(col(OutboxRow.id).in_(ids), col(OutboxRow.envelope).in_([name for name in ids if name]))
        row = self._session.exec(select(OutboxRow.document).where(named).order_by(col(OutboxRow.number).desc())).first()
        return REPLY.validate_json(row) if row is not None else None

    def came_back(self, reply: str, line: str) -> None:
        self._change(reply, state="came_back", error=line)

    def has_come_back(self, reply: str) -> bool:
        back = and_(col(OutboxRow.id) == reply, col(OutboxRow.state) == "came_back")
        return self._session.exec(select(OutboxRow.id).where(back)).first() is not None

    def last_body_to(self, address: str) -> str:
        latest = select(OutboxRow.document).where(col(OutboxRow.to) == address).order_by(col(OutboxRow.number).desc())
        document = self._session.exec(latest.limit(1)).first()
        return REPLY.validate_json(document).body if document is not None else ""

    def sent_in_since(self, conversation: str, since: datetime) -> int:
        mine = and_(col(OutboxRow.conversation) == conversation, col(OutboxRow.created_at) >= since)
        return self._session.exec(select(func.count()).where(mine)).one()

    def sent_to_since(self, address: str, since: datetime) -> int:
        theirs = and_(col(OutboxRow.mailbox) == mailbox_of(address), col(OutboxRow.created_at) >= since)
        return self._session.exec(select(func.count()).where(theirs)).one()

    def brought_about_since(self, address: str, since: datetime) -> int:
        theirs = and_(
            col(ConversationRow.id) == col(OutboxRow.conversation),
            col(ConversationRow.email) == address,
            col(OutboxRow.created_at) >= since,
        )
        return self._session.exec(select(func.count()).select_from(OutboxRow, ConversationRow).where(theirs)).one()

    def claim(self, now: datetime, until: datetime) -> Reply | None:
        free = and_(col(OutboxRow.state) == WAITING, col(OutboxRow.not_before) <= now)
        row = claim(self._session, OutboxRow, free, until)
        if row is None:
            return None
        return replace(REPLY.validate_json(row.document), attempts=row.attempts)

    def attempt(self, attempt: Attempt) -> None:
        row = {"reply": attempt.reply, "at": attempt.at, "ended": attempt.ended.value, "line": attempt.line}
        self._session.exec(insert(AttemptRow).values(**row))

    def attempts_of(self, reply: str) -> Sequence[Attempt]:
        rows = select(AttemptRow).where(col(AttemptRow.reply) == reply).order_by(col(AttemptRow.number))
        return [Attempt(row.reply, row.at, Ended(row.ended), row.line) for row in self._session.exec(rows)]

    def sent(self, reply: str, receipt: str, now: datetime) -> None:
        self._change(reply, state="sent", receipt=receipt, sent_at=now, error="")

    def try_again(self, reply: str, at: datetime, error: str) -> None:
        self._change(reply, state="waiting", not_before=at, error=error)

    def set_aside(self, reply: str, error: str, now: datetime) -> None:
        self._change(reply, state="set_aside", error=error)

    def hold_back(self, reply: str) -> None:
        self._change(reply, state="held_back")

    def _change(self, reply: str, **values: object) -> None:
        change(self._session, OutboxRow, col(OutboxRow.id) == reply, **values)
