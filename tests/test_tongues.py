"""English and Welsh are whole: pages, conversations, letters, names and dates. A language more is a folder more."""

import re
import shutil
from collections.abc import AsyncIterator, Iterator
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any, get_args

import httpx
import pytest
from lxml import html

from channels.prose import Words
from config.pack_checks import TO_TEAMS
from config.packs import check_pack
from intake.contact import Reply
from intake.interpretation import Detail
from intake.policy import Policy
from intake.wording import day
from nlu.embedded import EmbeddedInterpreter
from nlu.held import Messages, read_messages
from nlu.language import LANGUAGES, language_of
from tests.chat_fixtures import ChatHouse, chat_house
from tests.conftest import PACK
from tests.living_house import LivingHouse, mail, words_of
from tests.transcripts import Stage, _letters
from tests.web_fixtures import browser, hidden

PAGES = ("/", "/status", "/chat", "/accessibility", "/privacy", "/nowhere")
STORY = "Bore da, does neb wedi casglu fy sbwriel ers tair wythnos ac rwyf am wneud cwyn. Diolch."
NO_COMPLAINT_YET = "Bore da, does neb wedi casglu fy sbwriel ers tair wythnos. Diolch."
ENGLISH = frozenset(
    "the and you your our we us is are was be to of for it not have has with this that can will or".split()
)
"""Little words that every English sentence has, and no Welsh one more than one of."""

HARD = (Path(__file__).parent / "cases/hard_english.txt").read_text(encoding="utf-8").splitlines()

FOREIGN = {
    "Albanian": "Mirëdita, prej tre javësh askush nuk ka marrë mbeturinat e mia dhe dua të ankohem.",
    "Bulgarian": "Добър ден, от три седмици никой не е събирал боклука ми и искам да подам оплакване.",
    "Chinese": "三个星期没有人收我的垃圾,我想投诉。",
    "French": "Bonjour, personne n'a ramassé mes poubelles depuis trois semaines et je voudrais me plaindre.",
    "German": "Guten Tag, seit drei Wochen hat niemand meinen Müll abgeholt und ich möchte mich beschweren.",
    "Hindi": "तीन हफ़्तों से हमारा कूड़ा नहीं उठाया गया है। मैं शिकायत करना चाहता हूँ।",
    "Hungarian": "Jó napot, három hete senki sem vitte el a szemetemet, és panaszt szeretnék tenni.",
    "Lithuanian": "Laba diena, jau tris savaites niekas neišvežė mano šiukšlių ir noriu pateikti skundą.",
    "Persian": "سه هفته است که زباله‌های ما جمع‌آوری نشده و می‌خواهم شکایت کنم.",
    "Russian": "Здравствуйте, три недели никто не вывозил мой мусор, и я хочу подать жалобу.",
    "Slovak": "Dobrý deň, už tri týždne mi nikto neodviezol odpad a chcem podať sťažnosť.",
    "Somali": "Subax wanaagsan, saddex toddobaad cidna ma qaadin qashinkayga waxaan rabaa inaan cabasho gudbiyo.",
    "Tamil": "மூன்று வாரங்களாக எங்கள் குப்பை எடுக்கப்படவில்லை. நான் புகார் செய்ய விரும்புகிறேன்.",
    "Turkish": "Günaydın, üç haftadır kimse çöpümü almadı ve şikayet etmek istiyorum.",
    "Ukrainian": "Добрий день, три тижні ніхто не вивозив моє сміття, і я хочу подати скаргу.",
    "Vietnamese": "Chào buổi sáng, ba tuần nay không ai thu gom rác của tôi và tôi muốn khiếu nại.",
}
"""Languages that are recognised and have no file in the sample pack (Greek stands in test_languages)."""


@pytest.fixture
def chat(tmp_path: Path, interpreter: EmbeddedInterpreter) -> Iterator[ChatHouse]:
    with chat_house(f"sqlite:///{tmp_path}/rightdoor.db", interpreter) as house:
        yield house


@pytest.fixture
async def client(chat: ChatHouse) -> AsyncIterator[httpx.AsyncClient]:
    async with browser(chat.app()) as client:
        yield client


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """A copy of the sample pack, to be spoilt."""
    return shutil.copytree(PACK, tmp_path / "ours")


@pytest.fixture
def welsh(policy: Policy) -> Policy:
    return policy.in_tongue("cy")


async def send(client: httpx.AsyncClient, page: httpx.Response, **said: str) -> httpx.Response:
    """Send the chat's form and follow to the page that is shown anew."""
    kept = {name: hidden(page, name) for name in ("form_token", "turn", "seen")}
    answer = await client.post("/chat", data=kept | said)
    assert answer.status_code == 303, answer.text
    return await client.get(answer.headers["location"])


def words(page: httpx.Response | str) -> list[str]:
    """Every text of a page that is its own: what is written in it and what is said to who hears it."""
    tree = html.fromstring(page if isinstance(page, str) else page.text)
    for element in tree.xpath("//script|//style|//*[@lang and not(self::html)]|//li[contains(@class, 'resident')]"):
        element.drop_tree()
    heard = tree.xpath("//@aria-label|//@title|//@placeholder|//@data-too-many|//@data-too-large")
    written = [
        " ".join(part.text_content().split()) for part in tree.xpath("//title|//p|//li|//h1|//h2|//h3|//dt|//dd")
    ]
    named = [" ".join(part.text_content().split()) for part in tree.xpath("//label|//legend|//button|//summary|//a")]
    return [text for text in (*heard, *written, *named) if text]


def sentences(texts: list[str]) -> Iterator[str]:
    for text in texts:
        yield from (part for part in re.split(r"(?<=[.!?:])\s+", text) if len(re.findall(r"[^\W\d]{2,}", part)) >= 6)


def check_is_welsh(texts: list[str]) -> None:
    """No sentence is English. Names of bodies that stand in brackets are not looked at, nor what a resident said."""
    for sentence in sentences(texts):
        plain = re.sub(r"\([^()]*\)|\S+@\S+|https?://\S+|Customer Relations.*|“[^”]*”", "", sentence)
        english = [word for word in re.findall(r"[^\W\d]+", plain.lower()) if word in ENGLISH]
        assert len(english) <= 1, sentence


async def letters(house: ChatHouse) -> list[Reply]:
    return list(await house.store.read(_letters))


# --- pages ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_in_welsh_says_so_and_has_no_english_left(client: httpx.AsyncClient, path: str) -> None:
    english = await client.get(path)
    page = await client.get(path, params={"lang": "cy"})
    assert page.status_code == english.status_code
    assert '<html lang="cy">' in page.text
    assert '<html lang="en-GB">' in english.text
    same = {text for text in words(page) if text in words(english) and len(re.findall(r"\b[a-z]{2,}", text)) >= 2}
    assert {text for text in same if "@" not in text and "Bettershire" not in text} == set()
    check_is_welsh(words(page))


async def test_the_language_that_was_chosen_holds_on_every_page_until_another_is(client: httpx.AsyncClient) -> None:
    first = await client.get("/")
    assert '<a href="?lang=cy" lang="cy" hreflang="cy" target="_self">Cymraeg</a>' in first.text
    chosen = await client.get("/?lang=cy")
    assert chosen.headers["set-cookie"] == "language=cy; Path=/; HttpOnly; SameSite=Lax"
    assert '<html lang="cy">' in (await client.get("/privacy")).text
    assert '<a href="?lang=en" lang="en" hreflang="en" target="_self">English</a>' in chosen.text
    await client.get("/?lang=en")
    assert '<html lang="en-GB">' in (await client.get("/privacy")).text


@pytest.mark.parametrize("asked", ["xx", "pl", "cy'", "", "../../cy", "CY"])
async def test_a_language_that_the_pack_does_not_have_whole_changes_nothing(
    client: httpx.AsyncClient, asked: str
) -> None:
    page = await client.get("/", params={"lang": asked})
    assert '<html lang="en-GB">' in page.text
    assert "set-cookie" not in page.headers
    kept = await client.get("/", headers={"Cookie": f'language="{asked}"'})
    assert '<html lang="en-GB">' in kept.text


async def test_mistakes_on_a_welsh_page_are_told_in_welsh(client: httpx.AsyncClient) -> None:
    await client.get("/status?lang=cy")
    empty = await client.post("/status", data={"reference": "", "code": ""})
    assert "Rhowch eich cyfeirnod" in empty.text
    assert "<title>Gwall: Gweld sut mae eich cwyn yn dod yn ei blaen" in empty.text
    unknown = await client.post("/status", data={"reference": "BC-0000-0000", "code": "ABCD1234"})
    assert "Nid oeddem yn gallu dod o hyd i gŵyn" in unknown.text
    check_is_welsh(words(unknown))


# --- a conversation -------------------------------------------------------------------------------------------------


async def test_a_whole_conversation_in_welsh_ends_with_a_case_and_a_welsh_letter(
    chat: ChatHouse, client: httpx.AsyncClient, welsh: Policy
) -> None:
    page = await client.get("/chat?lang=cy")
    page = await send(client, page, text=STORY)
    assert welsh.flow.questions[Detail.WHERE].ask in page.text
    for text in (
        "14 Ffordd yr Eglwys",
        "Casglwch y biniau ac ymddiheurwch",
        "Fy enw i yw Siân Puw",
        "sian@example.org",
    ):
        page = await send(client, page, text=text)
    assert "Eich enw: Siân Puw" in page.text
    page = await send(client, page, choice="yes")
    assert "Cewch ein hateb erbyn 7 Rhagfyr 2026" in page.text
    assert '<html lang="cy">' in page.text
    check_is_welsh(words(page))
    sent = {letter.kind: letter for letter in await letters(chat)}
    own = sent["acknowledgement"]
    assert own.to == "sian@example.org"
    assert own.subject.startswith("Eich cwyn BC-")
    assert own.body.startswith("[cy] Cymraeg\nAnnwyl Siân Puw\n")
    assert "23 Tachwedd 2026" in own.body
    check_is_welsh(own.body.split("\n"))
    assert sent["officer_called"].subject == "A person is needed: complaint"
    assert "Told in Welsh, which no machine reads here." in sent["officer_called"].body
    assert STORY in sent["case_opened"].body
    assert "Where: 14 Ffordd yr Eglwys" in sent["case_opened"].body


async def test_who_does_not_say_in_welsh_that_they_complain_is_offered_choices_and_told_once_who_reads_it(
    client: httpx.AsyncClient, welsh: Policy
) -> None:
    page = await send(client, await client.get("/chat?lang=cy"), text=NO_COMPLAINT_YET)
    assert [button.text for button in html.fromstring(page.text).xpath("//div[@id='choices']//button")] == [
        welsh.flow.buttons[value].label
        for value in ("route:formal", "route:service_request", "route:question", "person")
    ]
    assert "Bydd person yn darllen eich neges" in page.text
    page = await send(client, page, text="Ydych chi'n robot?")
    again = html.fromstring(page.text).xpath("//*[@id='newest']")[0].text_content()
    assert welsh.flow.sayings["choose"] in again
    assert "Bydd person yn darllen eich neges" not in again
    page = await send(client, page, choice="route:formal")
    assert welsh.flow.questions[Detail.WHERE].ask in page.text


async def test_the_welsh_yes_is_no_ending_of_an_email_address(chat: ChatHouse, client: httpx.AsyncClient) -> None:
    page = await client.get("/chat?lang=cy")
    for text in (STORY, "14 Ffordd yr Eglwys", "Ymddiheurwch", "Fy enw i yw Siân Puw", "sian@example.org", "Ie"):
        page = await send(client, page, text=text)
    assert "example.ie" not in page.text
    assert "Cewch ein hateb erbyn 7 Rhagfyr 2026" in page.text


async def test_a_case_is_kept_in_the_officers_words_and_told_in_the_residents(
    chat: ChatHouse, client: httpx.AsyncClient
) -> None:
    page = await client.get("/chat")
    for text in (
        "My bin at 14 Elm Road was not emptied for three weeks, I rang twice. I want to complain.",
        "no",
        "no",
    ):
        page = await send(client, page, text=text)
    page = await send(client, page, text="no reply")
    page = await send(client, page, text="yes")
    found = re.search(r"(BC-\w{4}-\w{4}), and your code is (\w{4}-\w{4})", page.text)
    assert found
    case = await chat.store.read(lambda unit: unit.cases.get(found[1]))
    assert case is not None
    assert case.points[0] == "It is about Bins and recycling."
    assert case.stage.name == "Stage 1"
    await client.get("/status?lang=cy")
    status = await client.post("/status", data={"reference": found[1], "code": found[2]})
    assert "Biniau ac ailgylchu, derbyniwyd ar 23 Tachwedd 2026: rydym yn edrych arno (Cam 1)." in status.text
    assert "Cewch ein hateb erbyn" in status.text
    check_is_welsh(words(status))


async def test_who_writes_welsh_is_answered_in_it_and_reads_the_page_in_it(client: httpx.AsyncClient) -> None:
    page = await send(client, await client.get("/chat"), text=STORY)
    assert '<html lang="cy">' in page.text
    check_is_welsh(words(page))
    again = await client.get("/chat")
    assert "Eich neges" in again.text


@pytest.mark.parametrize("text", ["Rwyf am gwyno", "Mae gen i gŵyn", "hoffwn wneud cwyn"])
async def test_a_few_welsh_words_that_say_that_they_complain_are_enough(
    client: httpx.AsyncClient, welsh: Policy, text: str
) -> None:
    page = await send(client, await client.get("/chat"), text=text)
    assert welsh.flow.questions[Detail.WHAT].ask in page.text


async def test_a_conversation_goes_on_in_the_language_that_is_chosen_last(
    client: httpx.AsyncClient, welsh: Policy, policy: Policy
) -> None:
    page = await send(client, await client.get("/chat"), text="The lamp outside 3 Mill Lane is out. Can you mend it?")
    assert policy.flow.sayings["unsure"] in page.text or "Street Lighting Team" in page.text
    page = await send(
        client, await client.get("/chat"), text="I want to complain about a broken lamp on Mill Lane, again"
    )
    asked = html.fromstring(page.text).xpath("//*[@id='newest']")[0].text_content()
    turned = await client.get("/chat?lang=cy")
    tree = html.fromstring(turned.text)
    marked = tree.xpath("//li[contains(@class, 'assistant')]/div/@lang")
    assert set(marked) == {"en"}
    assert len(marked) == len(tree.xpath("//li[contains(@class, 'assistant')]"))
    page = await send(client, turned, text="helo")
    newest = html.fromstring(page.text).xpath("//*[@id='newest']")[0]
    assert newest.xpath(".//div[@lang]") == []
    check_is_welsh([newest.text_content()])
    assert " ".join(asked.split()) not in " ".join(newest.text_content().split())


async def test_open_choices_are_offered_in_the_language_of_the_page(client: httpx.AsyncClient, policy: Policy) -> None:
    await send(client, await client.get("/chat"), text=NO_COMPLAINT_YET)
    english = await client.get("/chat?lang=en")
    labels = [button.text for button in html.fromstring(english.text).xpath("//div[@id='choices']//button")]
    assert labels[0] == policy.flow.buttons["route:formal"].label
    page = await send(client, english, choice="route:formal")
    assert policy.flow.questions[Detail.PUT_RIGHT].ask in page.text


async def test_a_conversation_that_falls_silent_is_wound_up_in_its_language(
    store: Any, interpreter: EmbeddedInterpreter, policy: Policy
) -> None:
    stage = Stage(store, interpreter, policy)
    await stage.say(STORY)
    await stage.say("Rwyf am gwyno")
    stage.now = datetime(2026, 11, 23, 12, tzinfo=UTC)
    while await stage.reception.wind_up_next():
        pass
    last = (await stage.turns())[-1]
    assert last.text.startswith("Nid ydym wedi cael ateb gennych ers tro")
    check_is_welsh(last.text.split("\n"))


async def test_english_on_a_welsh_page_is_read_and_answered_in_welsh(
    store: Any, interpreter: EmbeddedInterpreter, policy: Policy
) -> None:
    stage = Stage(store, interpreter, policy)
    story = "My bin at 14 Elm Road was missed three weeks running, I rang twice, and I want to complain."
    await stage.say(story, language="cy")
    state = await stage.state()
    assert state.language == "cy"
    assert state.decision is not None
    assert (state.decision.route, state.decision.service) == ("formal", "waste_recycling")
    check_is_welsh([turn.text for turn in await stage.answer()])


# --- danger ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "trigger", "number"),
    [
        ("Dw i ddim eisiau byw ddim mwy, mae popeth yn ormod i mi", "suicide_self_harm", "116 123"),
        ("Mae arogl nwy cryf yn y gegin ers neithiwr", "gas_or_carbon_monoxide", "0800 111 999"),
        ("Mae fy ngŵr yn fy nharo ac mae gen i ofn mynd adref", "domestic_abuse", "0808 2000 247"),
        ("Does gen i unman i gysgu heno gyda'r plant", "homeless_tonight", "0808 800 4444"),
        ("Mae dyn yn ymosod arnaf wrth y drws nawr", "life_in_danger", "999"),
    ],
)
async def test_danger_told_in_welsh_is_answered_at_once_with_the_right_number(
    store: Any, interpreter: EmbeddedInterpreter, policy: Policy, text: str, trigger: str, number: str
) -> None:
    stage = Stage(store, interpreter, policy)
    await stage.say(text)
    state, said = await stage.state(), [turn.text for turn in await stage.answer()]
    assert trigger in state.talk.helped
    assert number in said[0]
    assert said[0].startswith(policy.in_tongue("cy").triggers[[one.key for one in policy.triggers].index(trigger)].say)
    assert state.urgent
    assert "officer_called_now" in [letter.kind for letter in await stage.letters()]
    check_is_welsh([line for text in said for line in text.split("\n") if not line.startswith("* ")])


async def test_welsh_words_for_danger_are_found_in_few_words_on_an_english_page(
    store: Any, interpreter: EmbeddedInterpreter, policy: Policy
) -> None:
    stage = Stage(store, interpreter, policy)
    await stage.say("arogl nwy")
    assert "0800 111 999" in (await stage.answer())[0].text


def test_what_is_said_against_danger_has_every_number_of_the_english(policy: Policy, welsh: Policy) -> None:
    for before, after in zip((*policy.triggers, policy.unclear), (*welsh.triggers, welsh.unclear), strict=True):
        assert set(re.findall(r"\d{3,}", before.say)) <= set(re.findall(r"\d{3,}", after.say)), before.key
        assert before.signposts == after.signposts
    for key, signpost in policy.signposts.items():
        assert {how: re.findall(r"\d+|\S+@\S+|https\S+", where) for how, where in signpost.reach.items()} == {
            how: re.findall(r"\d+|\S+@\S+|https\S+", where) for how, where in welsh.signposts[key].reach.items()
        }


# --- letters and dates ----------------------------------------------------------------------------------------------


async def test_a_welsh_mail_gets_a_letter_that_is_welsh_throughout(house: LivingHouse, policy: Policy) -> None:
    answer = await house.answer(mail(STORY, subject="Biniau"))
    assert answer["Content-Language"] == "cy"
    assert str(answer["Subject"]) == "Mae eich neges wedi ein cyrraedd, a bydd person yn ei darllen"
    said = words_of(answer)
    assert "[cy]" not in said
    assert "24 Tachwedd 2026" in said
    check_is_welsh(said.split("\n"))
    (page,) = (part for part in answer.walk() if part.get_content_type() == "text/html")
    assert isinstance(page, EmailMessage)
    assert '<html lang="cy" dir="ltr">' in page.get_content()
    assert "[cy]" not in page.get_content()
    called = house.sent_to(policy.teams["contact_centre"].email)
    assert any("Seems to be written in Welsh." in words_of(letter) for letter in called)


def test_dates_have_the_months_of_the_language(policy: Policy, welsh: Policy) -> None:
    assert [day(date(2026, month, 14), welsh) for month in (1, 8, 12)] == [
        "14 Ionawr 2026",
        "14 Awst 2026",
        "14 Rhagfyr 2026",
    ]
    assert day(date(2026, 12, 14), policy) == "14 December 2026"
    assert Words(welsh).moment(datetime(2026, 12, 14, 9, 5, tzinfo=UTC)) == "14 Rhagfyr 2026 am 9:05yb"
    assert Words(welsh).moment(datetime(2026, 12, 14, 12, tzinfo=UTC)) == "14 Rhagfyr 2026 am hanner dydd"


def test_nothing_that_residents_read_is_the_same_in_both_languages(policy: Policy, welsh: Policy) -> None:
    """Names of bodies that have no Welsh name, and what has no words, are the same."""
    alike = {"National Highways", "Post"}
    pairs = zip(_said(policy), _said(welsh), strict=True)
    same = {before for before, after in pairs if before == after and re.search(r"[a-z]{3,}", before)}
    assert {text for text in same if "://" not in text and "@" not in text} - alike == set()


def _said(policy: Policy) -> Iterator[str]:
    """Every text that residents read, in the same order for each language."""
    yield policy.council.hours_in_words
    yield policy.council.adjustments
    for key, template in policy.templates.items():
        yield from (template.subject, template.body) if key not in TO_TEAMS else ()
    yield from (words for key, words in policy.phrases.items() if not key.startswith("route_"))
    yield from (*policy.flow.sayings.values(), *policy.pages.values(), *policy.form.words.values())
    yield from (team.name for team in policy.teams.values())
    for service in policy.services.values():
        yield from (service.name, service.team.name)
    for signpost in policy.signposts.values():
        yield from (signpost.body, signpost.time_limit, signpost.way_back, *signpost.have_ready)
    yield from (trigger.say for trigger in policy.triggers if trigger.level == "today")
    for procedure in policy.procedures.values():
        yield from (procedure.name, procedure.advocacy)
        yield from (text for stage in procedure.stages for text in (stage.name, stage.answered_by, stage.escalate))


def test_a_language_changes_words_alone(policy: Policy, welsh: Policy) -> None:
    """Whom we call, what counts and by when is the same; only texts and the phrases that are listened for differ."""
    assert _without_words(policy) == _without_words(welsh)


def _without_words(thing: Any) -> Any:
    if isinstance(thing, str):
        return "words" if " " in thing or thing[:1].isupper() else thing
    if is_dataclass(thing) and not isinstance(thing, type):
        left = [
            one.name
            for one in fields(thing)
            if one.name in ("email", "phone", "key", "call", "level", "length", "unit")
        ]
        return {name: _without_words(getattr(thing, name)) for name in left} | {
            one.name: _without_words(getattr(thing, one.name))
            for one in fields(thing)
            if one.name in ("services", "signposts", "procedures", "triggers", "teams", "asks", "sure_enough", "stages")
        }
    if isinstance(thing, dict):
        return {key: _without_words(value) for key, value in thing.items()}
    return [_without_words(one) for one in thing] if isinstance(thing, tuple) else thing


# --- the pack -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        ("flow", "  hello_again: Helo eto.\n", "", "flow.yaml:{line}: sayings.hello_again: is missing, so"),
        ("flow", "      no: {label: Nac", "      nope: {label: Nac", "choices.nope.label: is not known in flow.yaml"),
        ("flow", "  hello_again: Helo", "  hallo: Helo", "sayings.hallo: is not known in flow.yaml; remove it"),
        ("wording", "Cewch ein hateb erbyn ((date)).", "Cewch ein hateb.", "must hold ((date)), as the English does"),
        ("wording", "Annwyl ((name))", "Annwyl ((name)) ((code))", "((code)) does not stand in the English"),
        ("safety", "ar 0800 111 999. Os", "ar 111 999. Os", "gas_or_carbon_monoxide.say: must hold the number 0800"),
        ("services", "  any_other: {name: Rhywbeth arall", "  any_other: {email: a@b.org, name: Rhywbeth arall",
         "services.any_other.email: is not for translation"),
        ("procedures", "        name: Cam 1\n", "", "stages.stage_1.name: is missing"),
        ("signposts", "      - dim byd o gwbl, gallwch ffonio\n", "", ""),
        ("signposts", "  samaritans:\n    body: Y Samariaid\n", "  samaritans:\n", "samaritans.body: is missing"),
        ("pages", "  am: yb\n", "  am: [yb]\n", "pages.am: must be a text"),
        ("council", "hours_in_words: 8:30am i 5pm", "hours_in_words: [8:30am i 5pm", "council.yaml:"),
    ],
)  # fmt: skip
def test_what_a_language_lacks_is_told_with_file_line_key_and_remedy(
    pack: Path, file: str, old: str, new: str, expected: str
) -> None:
    path = pack / f"languages/cy/{file}.yaml"
    text = path.read_text(encoding="utf-8")
    assert old.replace("      no:", '      "no":') in text
    path.write_text(text.replace(old.replace("      no:", '      "no":'), new, 1), encoding="utf-8")
    checked = check_pack(pack)
    told = [*checked.mistakes, *(warning for warning in checked.warnings if ": is missing, so" in warning)]
    assert bool(told) is bool(expected), told
    pattern = re.escape(expected).replace(re.escape("{line}"), r"\d+")
    assert not expected or any(re.search(pattern, mistake) for mistake in told), told
    assert all(re.search(r"languages/cy/\w+\.yaml:\d+: ", mistake) for mistake in told), told


def test_the_sample_pack_is_whole_in_welsh() -> None:
    assert not [warning for warning in check_pack(PACK).warnings if ": is missing, so" in warning]


def test_a_folder_without_a_file_is_told(pack: Path) -> None:
    (pack / "languages/cy/safety.yaml").unlink()
    told = check_pack(pack).mistakes
    assert any("languages/cy/safety.yaml:1: cannot be read" in mistake for mistake in told)


def test_a_short_language_needs_no_folder_and_a_whole_one_does(pack: Path) -> None:
    path = pack / "languages/pl.yaml"
    path.write_text(path.read_text(encoding="utf-8") + "\ncomplete: yes\n", encoding="utf-8")
    assert any("languages/pl/flow.yaml:1: cannot be read" in mistake for mistake in check_pack(pack).mistakes)


def test_another_whole_language_is_another_folder(pack: Path) -> None:
    shutil.copytree(pack / "languages/cy", pack / "languages/pl")
    path = pack / "languages/pl.yaml"
    path.write_text(path.read_text(encoding="utf-8") + "\ncomplete: yes\n", encoding="utf-8")
    policy = check_pack(pack).policy
    assert policy is not None
    assert set(policy.tongues) == {"en", "cy", "pl"}
    assert policy.in_tongue("pl").own_name == "Polski"
    assert policy.in_tongue("pl").in_tongue("cy").in_tongue("en") is policy


def test_words_that_nobody_reviewed_are_a_warning_and_no_mistake() -> None:
    checked = check_pack(PACK)
    assert checked.mistakes == ()
    assert any(re.search(r"languages/cy\.yaml:\d+: reviewed: nobody has reviewed", told) for told in checked.warnings)


# --- English is English -----------------------------------------------------------------------------------------------


def test_english_is_never_taken_for_another_language() -> None:
    """Every message that judges or tunes, whole and sentence by sentence, and a list of hard ones."""
    messages = [message["words"] for which in get_args(Messages) for message in read_messages(which)]
    parts = [part for text in messages for part in re.split(r"(?<=[.!?])\s+|\n+", text)]
    assert len(messages) > 1000
    assert len(HARD) > 80
    foreign = {text for text in (*messages, *parts, *HARD) if language_of(text) != "English"}
    assert {text for text in foreign if "hablar con una persona" not in text} == set()


@pytest.mark.parametrize("language", FOREIGN)
def test_every_language_is_recognised_still(language: str) -> None:
    assert language in LANGUAGES
    assert language_of(FOREIGN[language]) == language


@pytest.mark.parametrize("language", FOREIGN)
async def test_a_language_without_a_file_is_told_nothing_false(house: LivingHouse, language: str) -> None:
    """They read in English that a person will read it, and a person is called."""
    answer = await house.answer(mail(FOREIGN[language]))
    said = " ".join(words_of(answer).split())
    assert "a person will read it and be in touch" in said
    assert answer["Content-Language"] == "en-GB"
