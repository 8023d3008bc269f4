"""What was set aside: its lists, its original shown safely, and every way to bring it to a known end."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import event, insert

from case_store.tables.contacts import ContactRow
from case_store.unit_of_work import SqlUnitOfWork
from intake.contact import Channel, Contact, Kept, Person
from intake.conversation import Conversation, Holder
from intake.ports import UnitOfWork
from intake.rights import EVERY_SERVICE, Role
from intake.trouble import of_contact, of_mail
from tests.web_fixtures import OFFICER, WebHouse, browser, hidden, sign_in, web_house

COMPLAINT = "I want to complain, nobody mends the pothole.\n\nWhere: 14 Elm Road\n"
HOSTILE = (
    b"From: Eve <eve@example.org>\r\nSubject: =?utf-8?q?Look_=E2=80=AEhere?=\r\nMIME-Version: 1.0\r\n"
    b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
    b"--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
    b"<p>Hello</p><script>alert('run')</script><img src='https://spy.example/pixel.png'><p onclick='x()'>there</p>\r\n"
    b'--b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename="bill.pdf"\r\n\r\n'
    b"%PDF-1.4 not much\r\n--b--\r\n"
)


@pytest.fixture
def house(database_url: str) -> Iterator[WebHouse]:
    with web_house(database_url) as house:
        yield house


@pytest.fixture
async def officer(house: WebHouse) -> AsyncIterator[httpx.AsyncClient]:
    async with browser(house.console) as client:
        await sign_in(house, client)
        yield client


async def send(client: httpx.AsyncClient, path: str, **data: str) -> httpx.Response:
    """Send a form, with the token of whoever is signed in."""
    token = hidden(await client.get("/set-aside"), "form_token")
    return await client.post(path, data={"form_token": token, **data})


async def aside(house: WebHouse, raw: bytes = HOSTILE, channel: Channel = Channel.EMAIL) -> str:
    """A contact of these bytes that was set aside."""
    contact = await house.keep(raw, channel, "eve@example.org")
    now = house.clock()
    await house.store.transact(lambda unit: unit.inbox.set_aside(contact, "RuntimeError: the model is <gone>", now))
    return contact


async def conversation_of(house: WebHouse, contact: str) -> Conversation:
    def look(unit: UnitOfWork) -> Conversation:
        conversation = unit.conversations.get(unit.inbox.outcome(contact)[1])
        assert conversation is not None
        return conversation

    return await house.store.read(look)


async def state(house: WebHouse, contact: str) -> str:
    outcome, _ = await house.store.read(lambda unit: unit.inbox.outcome(contact))
    return outcome.value if outcome else "kept"


async def case(house: WebHouse) -> tuple[str, str]:
    """A case's reference, and the contact that it began with."""
    contact = await house.mail(COMPLAINT)
    return (await conversation_of(house, contact)).case, contact


# --- lists ----------------------------------------------------------------------------------------------------------


async def test_a_contact_is_listed_with_its_error_in_words_and_what_to_do(
    house: WebHouse, officer: httpx.AsyncClient
) -> None:
    await house.set_aside()
    page = (await officer.get("/set-aside")).text
    assert "A fault in Rightdoor kept us from handling it." in page
    assert "RuntimeError: the model is &lt;gone&gt;" in page
    assert "Try again." in page
    assert "Contacts (1)" in page


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("550 5.1.1 <bo@example.org>: Recipient address rejected: User unknown", "There is no such address."),
        ("550 no such mailbox", "There is no such address."),
        ("452 4.2.2 The mailbox is over quota", "Their mailbox is full."),
        ("554 5.7.1 Service unavailable; client blocked", "Their mail server does not take mail from us."),
        ("552 5.3.4 Message size exceeds", "The letter is larger than their mail server takes."),
        ("556 5.1.10 null MX", "Nobody takes mail at that domain."),
        ("550 no", "Their mail server refused it for good."),
        ("ConnectionRefusedError: nobody listens", "We tried for days, and no mail server took it."),
        ("", "We tried for days, and no mail server took it."),
    ],
)
def test_each_way_in_which_mail_fails_is_told_in_words(line: str, what: str) -> None:
    assert of_mail(line).what == what
    assert of_mail(line).remedy


@pytest.mark.parametrize(
    ("error", "what"),
    [
        ("It stopped the program each time that it was handled; open the original.", "the program stopped"),
        ("TimeoutError: ", "too long"),
        ("OperationalError: disk", "The database did not work"),
        ("ConnectError: nobody", "did not answer"),
        ("KeyError: 'x'", "A fault in Rightdoor"),
    ],
)
def test_each_way_in_which_handling_fails_is_told_in_words(error: str, what: str) -> None:
    assert what in of_contact(error).what
    assert of_contact(error).remedy


async def test_a_mailbox_that_cannot_be_read_is_shown_with_the_moment_since_when(
    house: WebHouse, officer: httpx.AsyncClient
) -> None:
    assert "There are none." in (await officer.get("/set-aside/mailboxes")).text

    def break_down(unit: UnitOfWork) -> None:
        unit.mailboxes.works("well@mail.example:993/INBOX", house.clock())
        unit.mailboxes.works("ill@mail.example:993/INBOX", house.clock() - timedelta(hours=1))
        unit.mailboxes.fails("ill@mail.example:993/INBOX", house.clock(), "the password is <wrong>")

    await house.store.transact(break_down)
    page = (await officer.get("/set-aside/mailboxes")).text
    assert "ill@mail.example:993/INBOX" in page
    assert "Its mail has not been fetched since 26 November 2026 at 9:05am" in page
    assert "26 November 2026 at 8:05am" in page
    assert "the password is &lt;wrong&gt;" in page
    assert "well@mail.example" not in page
    assert "Mailboxes (1)" in page


async def test_contacts_are_listed_oldest_first_by_page_and_by_channel(
    house: WebHouse, officer: httpx.AsyncClient
) -> None:
    await many(house, 120)
    first, last = (await officer.get("/set-aside")).text, (await officer.get("/set-aside?page=3")).text
    assert "Contacts (120)" in first
    assert first.index("w0@example.org") < first.index("w1@example.org")
    assert "w50@" not in first
    assert "w119@" in last
    assert "Next page" in first
    assert "Next page" not in last
    webs = (await officer.get("/set-aside?only=web_form")).text
    assert "w0@" not in webs
    assert "w1@" in webs
    assert "Web form (60)" in webs


async def test_ten_thousand_are_listed_in_as_many_queries_as_fifty(house: WebHouse) -> None:
    await many(house, 50)
    few = await queries_of_a_page(house)
    await many(house, 9_950, 50)
    assert await queries_of_a_page(house) == few
    assert few <= 4


_NUMBERS: dict[str, object] = {"attempts": 5, "urgent": False, "needs_person": False, "confidence": 0.0}


async def many(house: WebHouse, number: int, after: int = 0) -> None:
    """Contacts that were set aside, by mail and by form in turn."""
    blank: dict[str, object] = dict.fromkeys(
        ("lane", "recipients", "route", "service", "person", "subject", "conversation"), ""
    )
    rows = [
        {
            **_NUMBERS,
            **blank,
            "id": f"aside{place}",
            "channel": ("email", "web_form")[place % 2],
            "received_at": house.clock(),
            "not_before": house.clock(),
            "finished_at": house.clock(),
            "fingerprint": f"aside:{place}",
            "sender": f"w{place}@example.org",
            "state": "set_aside",
            "error": "RuntimeError: no",
        }
        for place in range(after, after + number)
    ]
    columns = ("note", "client", "helo", "words_digest", "contact_document", "decision_document", "rule", "part_of")
    rows = [{**dict.fromkeys((*columns, "by_hand"), ""), **row} for row in rows]

    def keep(unit: SqlUnitOfWork) -> None:
        unit.session.connection().execute(insert(ContactRow), rows)

    await house.store.transact(keep)


async def queries_of_a_page(house: WebHouse) -> int:
    """How many statements the store runs for a page of the list and its counts."""
    statements: list[str] = []
    engine = house.store._engine

    def note(connection: object, cursor: object, statement: str, *more: object) -> None:
        statements.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        scope = EVERY_SERVICE
        page = await house.aside.contacts("", 1, scope)
        await house.aside.counted(scope)
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert len(page.lines) == 50
    return len([one for one in statements if "FROM contact" in one or "FROM outbox" in one])


# --- the original ---------------------------------------------------------------------------------------------------


async def test_an_original_is_shown_as_plain_text_that_runs_nothing_and_fetches_nothing(
    house: WebHouse, officer: httpx.AsyncClient
) -> None:
    contact = await aside(house)
    answer = await officer.get(f"/set-aside/contacts/{contact}")
    page = answer.text
    assert "Hello" in page
    assert "&lt;script&gt;alert" in page
    assert "<script>" not in page
    assert "<img" not in page
    assert "&lt;img src=&#39;https://spy.example/pixel.png&#39;&gt;" in page
    assert "\u202e" not in page
    assert "unsafe-inline" not in answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


async def test_files_are_downloaded_from_their_own_path_once_somebody_has_looked(
    house: WebHouse, officer: httpx.AsyncClient
) -> None:
    contact = await aside(house)
    assert "bill.pdf" in (await officer.get(f"/set-aside/contacts/{contact}")).text
    assert await house.store.transact(lambda unit: unit.attachments.leave_unscanned())
    page = (await officer.get(f"/set-aside/contacts/{contact}")).text
    assert 'href="/files/' in page
    (kept,) = await house.store.read(lambda unit: unit.attachments.of_contact(contact))
    assert kept.attachment.name == "bill.pdf"


async def test_an_original_that_cannot_be_read_is_shown_by_its_source(
    house: WebHouse,
) -> None:
    def fail(kept: Kept) -> Contact:
        raise MemoryError

    contact = await aside(house, b"From: x\r\n\r\n\x00\x1b[2J words \xff here")
    house.reception.readers = {**house.reception.readers, Channel.EMAIL: fail}
    async with browser(house.console) as officer:
        await sign_in(house, officer)
        page = (await officer.get(f"/set-aside/contacts/{contact}")).text
    assert "It could not be read in time" in page
    assert "\ufffd\ufffd[2J words \ufffd here" in page


async def test_what_never_was_set_aside_is_not_found_here(house: WebHouse, officer: httpx.AsyncClient) -> None:
    contact = await house.mail("thank you all")
    assert (await officer.get(f"/set-aside/contacts/{contact}")).status_code == 404
    assert (await officer.get("/set-aside/contacts/nobody")).status_code == 404
    assert (await send(officer, f"/set-aside/contacts/{contact}")).status_code == 404
    assert (await officer.get("/set-aside/mail/nobody")).status_code == 404


# --- ends of contacts -----------------------------------------------------------------------------------------------


async def test_a_contact_can_be_tried_again(house: WebHouse, officer: httpx.AsyncClient) -> None:
    contact = await house.set_aside()
    answer = await send(officer, f"/set-aside/contacts/{contact}")
    assert answer.headers["Location"] == "/set-aside?done=again"
    assert "It is being tried again" in (await officer.get("/set-aside?done=again")).text
    assert await house.reception.attend_next()
    assert await state(house, contact) == "answered"


async def test_a_second_officer_is_told_that_a_colleague_dealt_with_it(
    house: WebHouse, officer: httpx.AsyncClient
) -> None:
    contact = await aside(house)
    await send(officer, f"/set-aside/contacts/{contact}/nothing", why="It is advertising")
    for path, data in (("", {}), ("/nothing", {"why": "No"}), ("/by-hand", {"text": "Hello"})):
        answer = await send(officer, f"/set-aside/contacts/{contact}{path}", **data)
        assert answer.status_code == 409
        assert "A colleague dealt with this before you" in answer.text
        assert f"{OFFICER} nothing to do: It is advertising" in answer.text
    assert await state(house, contact) == "recorded"


async def test_nothing_to_do_needs_a_reason_and_ends_in_a_known_state_with_a_name(
    house: WebHouse, officer: httpx.AsyncClient
) -> None:
    contact = await aside(house)
    answer = await send(officer, f"/set-aside/contacts/{contact}/nothing", why="  ")
    assert answer.status_code == 422
    assert "Say in a few words why" in answer.text
    assert await state(house, contact) == "set_aside"
    await send(officer, f"/set-aside/contacts/{contact}/nothing", why="It is advertising")
    assert await state(house, contact) == "recorded"
    deeds = await house.store.read(lambda unit: unit.officers.deeds(about=contact))
    assert [(deed.officer, deed.what, deed.note) for deed in deeds] == [(OFFICER, "nothing to do", "It is advertising")]
    assert not await house.reception.attend_next()
    assert (await officer.get(f"/contacts/{contact}")).status_code == 200


async def test_a_contact_is_attached_to_a_case_by_its_reference_and_waits_for_an_answer(
    house: WebHouse, officer: httpx.AsyncClient
) -> None:
    reference, _ = await case(house)
    contact = await aside(house)
    found = (await officer.get(f"/set-aside/contacts/{contact}", params={"find": reference.lower()})).text
    assert f'href="/cases/{reference}"' in found
    answer = await send(officer, f"/set-aside/contacts/{contact}/attach", target=reference)
    assert answer.headers["Location"] == "/set-aside?done=attached"
    conversation = await conversation_of(house, contact)
    assert conversation.case == reference
    assert conversation.holder is Holder.WAITING
    assert "An officer attached a message" in conversation.waiting_for
    assert await state(house, contact) == "with_a_person"
    page = (await officer.get(f"/contacts/{contact}")).text
    assert "Hello" in page
    assert "bill.pdf" in page


async def test_a_contact_is_attached_to_a_conversation_by_a_contacts_number_and_may_need_no_answer(
    house: WebHouse, officer: httpx.AsyncClient
) -> None:
    first = await house.mail("thank you all")
    contact = await aside(house)
    await send(officer, f"/set-aside/contacts/{contact}/attach", target=first, no_answer="yes")
    conversation = await conversation_of(house, contact)
    assert conversation.id == (await conversation_of(house, first)).id
    assert conversation.holder is Holder.ASSISTANT
    assert await state(house, contact) == "recorded"


async def test_a_reference_that_leads_nowhere_changes_nothing(house: WebHouse, officer: httpx.AsyncClient) -> None:
    contact = await aside(house)
    for target in ("BC-0000-0000", "nonsense", contact, ""):
        answer = await send(officer, f"/set-aside/contacts/{contact}/attach", target=target)
        assert answer.status_code == 422
        assert "There is no case or conversation of this reference" in answer.text
    assert await state(house, contact) == "set_aside"


async def test_a_contact_made_by_hand_goes_through_reception_under_its_own_date_and_channel(
    house: WebHouse, officer: httpx.AsyncClient
) -> None:
    contact = await aside(house, b"From: eve@example.org\r\nMessage-ID: <one@example.org>\r\n\r\n\x00")
    came = house.clock()
    house.clock.forward(minutes=30)
    written = {"text": COMPLAINT, "name": "Eve Adams", "email": "Eve@Example.org"}
    answer = await send(officer, f"/set-aside/contacts/{contact}/by-hand", **written)
    assert answer.headers["Location"] == "/set-aside?done=by_hand"
    assert await house.reception.attend_next()
    view = await house.desk.contact(contact)
    assert view is not None
    assert view.contact is not None
    assert view.decision is not None
    assert (view.contact.channel, view.contact.received_at) == (Channel.EMAIL, came)
    assert view.contact.text == COMPLAINT.strip()
    assert view.contact.message_id == "one@example.org"
    assert view.contact.entered is not None
    assert view.contact.entered.officer == OFFICER
    assert view.decision.route == "formal"
    assert view.case
    assert view.address == "eve@example.org"
    original = await house.desk.original(contact)
    assert original is not None
    assert original.raw.endswith(b"\x00")


async def test_what_is_typed_by_hand_needs_words_and_an_address_that_mail_can_go_to(
    house: WebHouse, officer: httpx.AsyncClient
) -> None:
    contact = await aside(house)
    answer = await send(
        officer, f"/set-aside/contacts/{contact}/by-hand", text=" - ", email="eve at example", name="E <b>"
    )
    assert answer.status_code == 422
    assert "Type what it says" in answer.text
    assert "Type the email address in full" in answer.text
    assert "E &lt;b&gt;" in answer.text
    assert await state(house, contact) == "set_aside"


# --- letters --------------------------------------------------------------------------------------------------------


async def test_a_letter_is_shown_with_its_conversation_and_can_be_sent_again(
    house: WebHouse, officer: httpx.AsyncClient
) -> None:
    contact = await house.mail("thank you all")
    mail = await house.set_mail_aside()
    page = (await officer.get("/set-aside/mail")).text
    assert "550 no such mailbox" in page
    assert "There is no such address." in page
    assert f'href="/contacts/{contact}"' in (await officer.get(f"/set-aside/mail/{mail}")).text
    await send(officer, f"/set-aside/mail/{mail}")
    now = house.clock()
    reply = await house.store.transact(lambda unit: unit.outbox.claim(now, now))
    assert reply is not None
    assert (reply.id, reply.attempts) == (mail, 1)
    answer = await send(officer, f"/set-aside/mail/{mail}")
    assert answer.status_code == 409
    assert f"{OFFICER} sent again" in answer.text


async def test_a_wrong_address_is_corrected_in_letter_conversation_and_case(
    house: WebHouse, officer: httpx.AsyncClient
) -> None:
    reference, contact = await case(house)
    mail = await resident_letter_aside(house)
    wrong = await send(officer, f"/set-aside/mail/{mail}/address", to="bo at example")
    assert wrong.status_code == 422
    await send(officer, f"/set-aside/mail/{mail}/address", to="Bo.Right@example.org")
    conversation = await conversation_of(house, contact)
    kept = await house.store.read(lambda unit: unit.cases.get(reference))
    assert kept is not None
    assert conversation.person.email == kept.person.email == "bo.right@example.org"
    letter = await house.store.read(lambda unit: unit.outbox.letter([mail]))
    assert letter is not None
    assert letter.to == "bo.right@example.org"
    line = await house.store.read(lambda unit: unit.aside.letter(mail))
    assert line is not None
    assert (line.state, line.to) == ("waiting", "bo.right@example.org")


async def resident_letter_aside(house: WebHouse) -> str:
    """The letter to the resident, refused."""
    now = house.clock()

    def refuse(unit: UnitOfWork) -> str:
        while (reply := unit.outbox.claim(now, now + timedelta(minutes=5))) is not None:
            if reply.to == "bo@example.org":
                unit.outbox.set_aside(reply.id, "550 5.1.1 User unknown", now)
                return reply.id
        raise AssertionError("there is no letter to the resident")

    return await house.store.transact(refuse)


async def test_a_letter_can_be_put_away_with_a_reason(house: WebHouse, officer: httpx.AsyncClient) -> None:
    contact = await house.mail("thank you all")
    mail = await house.set_mail_aside()
    assert (await send(officer, f"/set-aside/mail/{mail}/nothing")).status_code == 422
    await send(officer, f"/set-aside/mail/{mail}/nothing", why="We telephoned")
    assert "There are none." in (await officer.get("/set-aside/mail")).text
    assert "an officer put it away" in (await officer.get(f"/contacts/{contact}")).text
    assert "We telephoned" in (await officer.get(f"/set-aside/mail/{mail}")).text


async def test_letters_of_services_that_one_need_not_know_are_not_there(house: WebHouse) -> None:
    need_to_know = next(iter(house.policy.need_to_know))
    await house.mail("thank you all")
    mail = await house.set_mail_aside()

    def hide(unit: UnitOfWork) -> None:
        line = unit.aside.letter(mail)
        assert line is not None
        conversation = unit.conversations.get(line.conversation)
        assert conversation is not None
        assert conversation.decision is not None
        decision = replace(conversation.decision, service=need_to_know)
        unit.conversations.keep(replace(conversation, decision=decision))

    await house.store.transact(hide)
    await house.add_officer(OFFICER, "a long enough password", (Role.AGENT,), ())
    async with browser(house.console) as agent:
        await sign_in(house, agent)
        assert "Letters (0)" in (await agent.get("/set-aside/mail")).text
        assert (await agent.get(f"/set-aside/mail/{mail}")).status_code == 404
        assert (await send(agent, f"/set-aside/mail/{mail}")).status_code == 404
        assert (await send(agent, f"/set-aside/mail/{mail}/address", to="eve@example.org")).status_code == 404
    line = await house.store.read(lambda unit: unit.aside.letter(mail))
    assert line is not None
    assert (line.state, line.to) == ("set_aside", "bo@example.org")


# --- Telegram -------------------------------------------------------------------------------------------------------


async def message_aside(house: WebHouse, words: str = "Which <road> is it?") -> str:
    """A message to a resident on Telegram, who gave a number, that Telegram did not take."""
    person = Person(name="Anne", phone="01632 960 444")
    known = Conversation("t" * 24, Channel.TELEGRAM, person, house.clock(), "Bins")

    def refuse(unit: UnitOfWork) -> str:
        unit.conversations.keep(known)
        unit.messenger.unsent(known.id, words, "BadRequest: Message is too odd", house.clock())
        return unit.aside.messages(EVERY_SERVICE, 0, 10)[0].id

    return await house.store.transact(refuse)


async def test_a_message_that_telegram_did_not_take_says_why_and_what_else_there_is(
    house: WebHouse, officer: httpx.AsyncClient
) -> None:
    message = await message_aside(house)
    page = (await officer.get("/set-aside/messages")).text
    for words in ("Telegram (1)", "Which &lt;road&gt; is it?", "Telegram refused this message", "Message is too odd"):
        assert words in page
    one = (await officer.get(f"/set-aside/messages/{message}")).text
    assert "Call them on 01632 960 444." in one
    assert f'href="/live/{"t" * 24}"' in one
    assert 'rightdoor_set_aside{kind="message"} 1' in (await officer.get("/metrics")).text


async def test_a_message_is_put_away_once_with_a_reason(house: WebHouse, officer: httpx.AsyncClient) -> None:
    path = f"/set-aside/messages/{await message_aside(house, '')}"
    assert "A chat that is closed to us" in (await officer.get(path)).text
    assert (await send(officer, f"{path}/nothing")).status_code == 422
    assert (await send(officer, f"{path}/nothing", why="We rang them")).status_code == 303
    assert "There are none." in (await officer.get("/set-aside/messages")).text
    again = await send(officer, f"{path}/nothing", why="We rang them")
    assert again.status_code == 409
    assert "We rang them" in again.text


async def test_messages_of_services_that_one_need_not_know_are_not_there(house: WebHouse) -> None:
    message, contact = await message_aside(house), await house.mail("thank you all")
    decision = (await conversation_of(house, contact)).decision
    assert decision is not None
    hidden_one = replace(decision, service=next(iter(house.policy.need_to_know)))

    def hide(unit: UnitOfWork) -> None:
        known = unit.conversations.get("t" * 24)
        assert known is not None
        unit.conversations.keep(replace(known, decision=hidden_one))

    await house.store.transact(hide)
    await house.add_officer(OFFICER, "a long enough password", (Role.AGENT,), ())
    async with browser(house.console) as agent:
        await sign_in(house, agent)
        assert "Telegram (0)" in (await agent.get("/set-aside/messages")).text
        assert (await agent.get(f"/set-aside/messages/{message}")).status_code == 404
        assert (await send(agent, f"/set-aside/messages/{message}/nothing", why="none")).status_code == 404
    line = await house.store.read(lambda unit: unit.aside.message(message))
    assert line is not None
    assert line.state == "set_aside"
