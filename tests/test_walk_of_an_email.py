"""The walk of one email, end to end: a real SMTP client, both stores, the trained interpreter, the answer as a file."""

import copy
import json
from datetime import date
from email.message import EmailMessage, Message

from intake.case import CaseState
from intake.contact import Channel, Kept
from tests.living_house import MAILBOX, LivingHouse, mail, words_of


def words(message: Message) -> str:
    return " ".join(words_of(message).split())


def html_of(message: Message) -> str:
    assert isinstance(message, EmailMessage)
    page = message.get_body(("html",))
    assert page is not None
    return str(page.get_content())


MISSED_BIN = (
    "This is the third week running that our brown bin at 14 Elm Road, BT4 2QR was not collected. I rang twice, was "
    "promised a collection within two days and nobody came. I want an explanation and the bin emptied."
)


async def test_a_repeated_missed_bin_becomes_a_formal_complaint_with_its_dates(house: LivingHouse) -> None:
    answer = await house.answer(mail(MISSED_BIN, subject="Bins again"))
    (case,) = await house.cases_of("anne.shaw@example.org")
    assert (case.route, case.service, case.procedure, case.stage.key) == (
        "formal",
        "waste_recycling",
        "corporate",
        "stage_1",
    )
    due = {deadline.key: deadline.due for deadline in case.stage.deadlines}
    assert due["acknowledge"] == date(2026, 11, 30)
    assert due["respond"] == date(2026, 12, 7)
    said = words(answer)
    for expected in (case.reference, "23 November 2026", "7 December 2026", "Stage 1", "Ombudsman", "14 Elm Road"):
        assert expected in said
    assert answer["Subject"] == f"Your complaint {case.reference}"


async def test_letters_link_to_where_this_house_is_served(house: LivingHouse) -> None:
    answer = await house.answer(mail(MISSED_BIN, subject="Bins again"))
    assert "You can do that by phone, or at https://complaints.bettershire.example/status." in words(answer)
    assert 'href="https://complaints.bettershire.example/status"' in html_of(answer)
    (told,) = house.sent_to("bins@bettershire.gov.uk")
    (link,) = [
        word for word in words(told).split() if word.startswith("https://officers.bettershire.example/contacts/")
    ]
    assert "?" not in link
    assert f'href="{link}"' in html_of(told)


async def test_an_acknowledgement_asks_for_what_is_missing_and_the_answer_completes_the_case(
    house: LivingHouse,
) -> None:
    complaint = mail(
        "I wish to complain. The bins have been missed four weeks in a row and nobody rings back. Disgusting"
    )
    asked = await house.answer(complaint)
    assert "Where exactly?" in words(asked)
    assert "What would you like us to do" in words(asked)
    thanks = await house.answer(
        mail("It is 7 Mill Lane, BT1 3XY. I want an apology and the bin emptied every Tuesday.", answer_to=asked)
    )
    (case,) = await house.cases_of("anne.shaw@example.org")
    assert "7 Mill Lane" in case.where
    assert "apology" in case.put_right
    assert "7 Mill Lane" in words(thanks)
    assert "What we still need to know" not in words(thanks)


async def test_answers_are_threaded_and_marked_as_automatic(house: LivingHouse) -> None:
    question = mail(MISSED_BIN)
    answer = await house.answer(question)
    assert answer["In-Reply-To"] == question["Message-ID"]
    assert question["Message-ID"] in answer["References"]
    assert answer["Auto-Submitted"] == "auto-replied"
    assert answer["From"] == f"Bettershire Council <{MAILBOX}>"


async def test_a_first_pothole_report_goes_to_the_roads_team_and_is_no_case(house: LivingHouse) -> None:
    answer = await house.answer(mail("There is a deep pothole outside 12 Mill Lane. Please could you fill it in."))
    assert "the team" in words(answer).lower()
    assert await house.cases_of("anne.shaw@example.org") == []
    (passed,) = house.sent_to("roads@bettershire.gov.uk")
    assert "deep pothole outside 12 Mill Lane" in words(passed)
    assert passed["Auto-Submitted"] == "auto-generated"


async def test_a_parking_penalty_is_shown_the_tribunals_way_and_its_time_limit(house: LivingHouse) -> None:
    answer = await house.answer(
        mail(
            "I got a parking fine (PCN) on Saturday and it is unfair, the sign was hidden by a tree. Cancel it please."
        )
    )
    said = words(answer)
    assert "Time limit" in said
    assert "28 days" in said
    assert "reply to us" in said
    assert await house.cases_of("anne.shaw@example.org") == []


async def test_a_mail_about_the_hospital_is_shown_to_the_nhs(house: LivingHouse) -> None:
    answer = await house.answer(
        mail(
            "I want to complain about the hospital. My father waited nine hours in A&E and the ward staff lost his "
            "notes. The consultant never rang us back."
        )
    )
    assert "PALS" in words(answer)
    assert "12 months" in words(answer)
    assert await house.cases_of("anne.shaw@example.org") == []


async def test_praise_for_a_librarian_is_passed_to_the_library(house: LivingHouse) -> None:
    answer = await house.answer(
        mail("Just to say thank you to Maureen at Eastham library, she was wonderful with my son")
    )
    assert answer["Subject"] == "Thank you for your kind words"
    assert len(house.sent_to("libraries@bettershire.gov.uk")) == 1


async def test_no_heating_at_91_opens_an_urgent_case_and_calls_a_person_at_once(house: LivingHouse) -> None:
    answer = await house.answer(
        mail("There is no heating, my mother is 91 and the council is her landlord.", name="Tom Ode")
    )
    (case,) = await house.cases_of("anne.shaw@example.org")
    assert (case.route, case.procedure, case.urgent) == ("urgent", "housing", True)
    assert answer["Subject"].startswith("Urgent")
    assert "999" in words(answer)
    (called,) = house.sent_to("duty.housing@bettershire.gov.uk")
    assert called["Subject"] == "URGENT: someone may come to harm"
    assert {deadline.key for deadline in case.stage.deadlines} >= {"acknowledge", "respond", "hazard"}


async def test_an_out_of_office_reply_is_recorded_and_never_answered(house: LivingHouse) -> None:
    away = mail("I am away until Monday.", subject="Automatic reply: your complaint", Auto_Submitted="auto-replied")
    assert await house.answers(away) == []
    bounce = mail("Could not be delivered", sender="mailer-daemon@example.org", subject="Undelivered Mail")
    assert await house.answers(bounce, envelope_sender="<>") == []


async def test_the_same_mail_delivered_twice_is_one_contact_and_gets_one_answer(house: LivingHouse) -> None:
    message = mail(MISSED_BIN)
    assert len(await house.answers(message)) == 1
    again = copy.deepcopy(message)
    again["Received"] = "from another.relay.example by us"
    assert await house.answers(again) == []
    assert len(await house.cases_of("anne.shaw@example.org")) == 1


async def test_status_is_told_only_to_the_address_that_the_case_knows(house: LivingHouse) -> None:
    await house.answer(mail(MISSED_BIN))
    (case,) = await house.cases_of("anne.shaw@example.org")
    mine = await house.answer(mail("How is my complaint getting on?", subject="Any news?"))
    assert case.reference in words(mine)
    assert "7 December 2026" in words(mine)
    stranger = await house.answer(
        mail(f"How is my complaint {case.reference} getting on?", sender="eve@example.net", name="Eve")
    )
    nobody = await house.answer(
        mail("How is my complaint BC-0000-0000 getting on?", sender="mallory@example.net", name="Mallory")
    )
    assert case.reference not in words(stranger)
    assert words(stranger).replace("Eve", "") == words(nobody).replace("Mallory", "")


async def test_somebody_else_in_the_thread_is_held_for_a_person_and_learns_nothing(house: LivingHouse) -> None:
    acknowledged = await house.answer(mail(MISSED_BIN))
    (case,) = await house.cases_of("anne.shaw@example.org")
    answer = await house.answer(
        mail("The address is wrong, it is 99 Other Street", sender="eve@example.net", answer_to=acknowledged)
    )
    (after,) = await house.cases_of("anne.shaw@example.org")
    assert after == case
    assert "a person will read it" in str(answer["Subject"]).lower()
    assert case.reference not in words(answer)


async def test_not_satisfied_with_our_answer_moves_the_case_to_stage_two(house: LivingHouse) -> None:
    acknowledged = await house.answer(mail(MISSED_BIN))
    moved = await house.answer(
        mail(
            "I am not satisfied with your response to my complaint. Please escalate it to stage 2 of your procedure.",
            answer_to=acknowledged,
        )
    )
    (case,) = await house.cases_of("anne.shaw@example.org")
    assert [stage.key for stage in case.stages] == ["stage_1", "stage_2"]
    assert case.state is CaseState.OPEN
    assert "21 December 2026" in words(moved)


async def test_a_reply_to_a_question_about_a_request_completes_the_request(house: LivingHouse) -> None:
    asked = await house.answer(mail("hi theres a massive pothole on my road can someone come and fix it"))
    assert "Where exactly?" in words(asked)
    thanked = await house.answer(mail("Mill Lane, right outside number 12", answer_to=asked))
    assert "passed on what you told us" in words(thanked)
    assert await house.cases_of("anne.shaw@example.org") == []
    assert "outside number 12" in words(house.sent_to("roads@bettershire.gov.uk")[-1])


async def test_a_reply_with_the_word_complaint_gets_a_case_as_our_letter_promised(house: LivingHouse) -> None:
    signposted = await house.answer(
        mail(
            "I got a parking fine (PCN) on Saturday and it is unfair, the sign was hidden by a tree. Cancel it please."
        )
    )
    answer = await house.answer(mail("It is still a complaint please", answer_to=signposted))
    (case,) = await house.cases_of("anne.shaw@example.org")
    assert case.route == "formal"
    assert case.reference in str(answer["Subject"])


async def test_an_answer_to_our_question_is_added_to_the_case_and_its_team_is_told(house: LivingHouse) -> None:
    asked = await house.answer(
        mail("There is no heating, my mother is 91 and the council is her landlord. 8 Mill Court")
    )
    answer = await house.answer(mail("My number is 07700 900456, please ring after 4pm", answer_to=asked))
    assert "we have added this" in str(answer["Subject"])
    assert "07700 900456" in words(house.sent_to("housing@bettershire.gov.uk")[-1])


async def test_a_web_form_with_somebody_elses_address_learns_nothing_and_moves_nothing(house: LivingHouse) -> None:
    await house.answer(mail(MISSED_BIN))
    (case,) = await house.cases_of("anne.shaw@example.org")
    words_of_a_stranger = "I am not satisfied with your response to my complaint. Please escalate it to stage 2."
    form = {"text": words_of_a_stranger, "email": "anne.shaw@example.org", "name": "Mallory"}
    at = house.house.clock()
    kept = Kept("f" * 24, Channel.WEB_FORM, at, "web:1", "", "", (), json.dumps(form).encode())
    contact = await house.house.reception.receive(kept)
    await house.settled()
    assert list(await house.cases_of("anne.shaw@example.org")) == [case]
    _, conversation = await house.house.store.read(lambda unit: unit.inbox.outcome(contact))
    said = await house.house.store.read(lambda unit: unit.conversations.turns(conversation))
    assert case.reference not in " ".join(turn.text for turn in said)
