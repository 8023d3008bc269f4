"""A form as it is kept when its resident sends it, and what is read in one again."""

import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from channels.prose import chosen
from channels.turns import files_told, first_line
from channels.uploads import Upload
from intake.addresses import one_spelling
from intake.contact import WHOLE_FORM, Channel, Contact, Kept, Person
from intake.drafts import Draft
from intake.form import WHAT, Plan, answers_shown
from intake.gathering import known
from intake.interpretation import Detail
from intake.policy import Policy

FIELDS = ("text", "where", "put_right", "name", "email", "phone", "address")
"""What a form says in words of its own. The older form, of one page, had all but the last, on several lines."""


def form_of(
    draft: Draft, planned: Plan, policy: Policy, now: datetime, files: Sequence[Upload] = (), whole: bool = True
) -> Kept:
    """A form, ready for reception.receive: sent twice, it is kept once; changed and sent again, it is not lost.

    Where it is not yet ``whole``, or somebody may come to harm, what it is stays to be read.
    """
    policy = policy.officers
    answers, decision, details = draft.answers, planned.decision, known(planned.conversation)
    fields = {name: details.get(Detail(name), "") for name in ("name", "email", "phone", "address")}
    more = [
        [policy.form.pages[page].label, words]
        for page, words in answers_shown(draft, planned, policy)
        if page not in (*FIELDS, WHAT) and words
    ]
    told = {detail.value: words for detail, words in details.items() if detail is not Detail.WHAT}
    if whole and not decision.guessed and not planned.harms:
        told |= {"route": decision.route, "signpost": decision.signpost, "service": decision.service}
    said: dict[str, object] = {
        "conversation": draft.conversation,
        "text": answers.get(WHAT, ""),
        **{name: answers.get(name, "") for name in ("where", "put_right")},
        **fields,
        "more": more,
        "told": {**told, WHOLE_FORM: "whole"},
        "files": [[file.name, file.media_type, len(file.data)] for file in files],
        **({"language": chosen()} if chosen() else {}),
    }
    return _keep(draft.conversation, said, b"".join(file.data for file in files), now)


def read_form(kept: Kept) -> Contact:
    """The contact that a kept form holds. Never raises: what cannot be read is a Contact that says so."""
    bare = Contact(kept.id, kept.channel, kept.received_at, Person(), "", "")
    try:
        several_lines = kept.raw.startswith(b"{\n")
        return _read(bare, json.loads(kept.raw) if several_lines else first_line(kept.raw))
    except Exception as error:
        return replace(bare, trouble=f"The form could not be read ({type(error).__name__}); open the original.")


def _read(bare: Contact, said: Mapping[str, Any]) -> Contact:
    fields = {key: str(said.get(key, "")).strip() for key in FIELDS}
    name, email, phone = (" ".join(fields[key].split()) for key in ("name", "email", "phone"))
    more = [(str(asked), str(answer)) for asked, answer in said.get("more", ())]
    conversation = said.get("conversation", "")
    return replace(
        bare,
        text=_text(fields, more),
        person=Person(name=name, email=one_spelling(email), phone=phone, address=fields["address"]),
        tags=(f"c{conversation}",) if conversation else (),
        told=tuple((str(key), str(value)) for key, value in said.get("told", {}).items()),
        attachments=files_told(said) if "files" in said else (),
        language=str(said.get("language", ""))[:20],
    )


def _text(fields: Mapping[str, str], more: Sequence[tuple[str, str]]) -> str:
    """What happened, with the answers to the form's other questions as paragraphs of their own."""
    said = (("", fields["text"]), ("Where: ", fields["where"]), ("What I would like: ", fields["put_right"]))
    paragraphs = [f"{question}{answer}" for question, answer in said if answer]
    return "\n\n".join((*paragraphs, *(f"{asked}: {answer}" for asked, answer in more if answer)))


def _keep(conversation: str, said: Mapping[str, object], files: bytes, now: datetime) -> Kept:
    """As turns are kept (channels.turns): one line of JSON, then the octets of the files."""
    line = json.dumps(said, ensure_ascii=False).encode("utf-8", "replace")
    raw = b"\n".join((line, files)) if files else line
    fingerprint = hashlib.sha256(conversation.encode() + b"\n" + raw).hexdigest()
    return Kept(
        id=secrets.token_hex(12),
        channel=Channel.WEB_FORM,
        received_at=now,
        fingerprint=f"form:{fingerprint}",
        lane=conversation,
        sender="",
        recipients=(),
        raw=raw,
    )
