"""Administration: signposts that are checked, canned words of the council's own, and settings without secrets."""

from collections.abc import AsyncIterator, Iterator
from datetime import date

import httpx
import pytest

from config.installed import installed
from config.settings import Settings
from intake.case_view import LetterKind
from intake.ports import UnitOfWork
from intake.rights import Role
from intake.upkeep import SignpostCheck, signposts
from tests.web_fixtures import OFFICER, WebHouse, browser, hidden, sign_in, web_house

HERE = "/administration"
COMPLAINT = "I want to complain, nobody mends the pothole.\n\nWhere: 14 Elm Road\n"


@pytest.fixture
def house(database_url: str) -> Iterator[WebHouse]:
    with web_house(database_url) as house:
        yield house


@pytest.fixture
async def maya(house: WebHouse) -> AsyncIterator[httpx.AsyncClient]:
    async with browser(house.console) as client:
        await sign_in(house, client)
        yield client


async def post(client: httpx.AsyncClient, path: str, **data: str) -> httpx.Response:
    token = hidden(await client.get(f"{HERE}/signposts"), "form_token")
    return await client.post(HERE + path, data={"form_token": token, **data})


async def deeds(house: WebHouse) -> list[tuple[str, str, str]]:
    found = await house.store.read(lambda unit: unit.officers.deeds(officer=OFFICER))
    return [(deed.what, deed.about, deed.note) for deed in found]


async def test_the_first_page_leads_to_all_that_an_administrator_looks_after(
    house: WebHouse, maya: httpx.AsyncClient
) -> None:
    page = (await maya.get(HERE)).text
    for path in ("officers", "packs", "signposts", "canned", "settings", "deeds"):
        assert f'<a href="{HERE}/{path}">' in page
        assert (await maya.get(f"{HERE}/{path}")).status_code == 200
    navigation = page.partition("</nav>")[0]
    assert f'href="{HERE}"' in navigation
    assert "Who did what" not in navigation
    await house.add_officer("ada", "a long enough password", (Role.MANAGER,))
    async with browser(house.console) as client:
        token = hidden(await client.get("/sign-in"), "form_token")
        form = {"form_token": token, "name": "ada", "password": "a long enough password"}
        assert (await client.post("/sign-in", data=form)).status_code == 303
        assert "Who did what" in (await client.get(f"{HERE}/deeds")).text.partition("</nav>")[0]
        assert (await client.get(HERE)).status_code == 403


# --- signposts ------------------------------------------------------------------------------------------------------


async def test_a_signpost_is_due_when_its_months_are_over_and_the_newer_check_counts(house: WebHouse) -> None:
    key, signpost = next(iter(house.policy.signposts.items()))
    today = date(signpost.checked.year + 1, signpost.checked.month, signpost.checked.day)
    (one,) = (one for one in signposts(house.policy, {}, today) if one.signpost.key == key)
    assert (one.is_due, one.due, one.checked, one.officer) == (True, today, signpost.checked, "")
    ours = SignpostCheck(key, "", house.clock(), OFFICER)
    (one,) = (one for one in signposts(house.policy, {key: ours}, today) if one.signpost.key == key)
    assert (one.is_due, one.checked, one.officer) == (False, house.clock().date(), OFFICER)
    old = SignpostCheck(key, "", house.clock().replace(year=2020), OFFICER)
    (one,) = (one for one in signposts(house.policy, {key: old}, today) if one.signpost.key == key)
    assert (one.checked, one.officer) == (signpost.checked, "")


async def test_who_checks_a_signpost_and_who_looks_after_it_is_kept_and_noted(
    house: WebHouse, maya: httpx.AsyncClient
) -> None:
    first, second = list(house.policy.signposts)[:2]
    house.clock.forward(days=200)
    await sign_in(house, maya)
    done = await post(maya, f"/signposts/{first}/checked")
    assert 'role="status">Saved' in (await maya.get(done.headers["Location"])).text
    assert (await post(maya, f"/signposts/{first}/owner", owner=" Customer  Relations ")).status_code == 303
    page = (await maya.get(f"{HERE}/signposts")).text
    assert f"by {OFFICER}" in page
    assert 'value="Customer Relations"' in page
    assert page.index(f'<tr id="{first}">') > page.index(f'<tr id="{second}">')
    assert (await deeds(house))[:2] == [
        ("changed who looks after a signpost", first, "Customer Relations"),
        ("checked a signpost", first, ""),
    ]
    assert (await post(maya, f"/signposts/{first}/owner", owner="x" * 81)).status_code == 422
    assert (await post(maya, "/signposts/there_is_none/checked")).status_code == 404


# --- canned words ---------------------------------------------------------------------------------------------------


async def keep(client: httpx.AsyncClient, key: str, body: str, title: str = "Our news", **more: str) -> httpx.Response:
    seen = (await client.get(f"{HERE}/canned/{key}")).text.partition('name="seen" value="')[2].partition('"')[0]
    form = {"title": title, "kind": LetterKind.UPDATE.value, "body": body, "seen": seen, "deed": "keep", **more}
    return await post(client, f"/canned/{key}", **form)


async def test_words_that_an_administrator_writes_begin_letters_until_the_packs_are_taken_back(
    house: WebHouse, maya: httpx.AsyncClient
) -> None:
    contact = await house.mail(COMPLAINT)
    view = await house.desk.contact(contact)
    assert view is not None
    token = hidden(await maya.get(f"{HERE}/signposts"), "form_token")
    fill = {"form_token": token, "deed": "fill", "canned": "update"}
    assert (await keep(maya, "update", "Hello from ((council)).")).status_code == 303
    page = (await maya.post(f"/cases/{view.case}", data=fill)).text
    assert f"Hello from {house.policy.council.name}." in page
    assert "Our news" in page
    assert (await post(maya, "/canned/update/remove")).status_code == 303
    assert "We are still looking into" in (await maya.post(f"/cases/{view.case}", data=fill)).text
    whats = [what for what, about, _ in await deeds(house) if about == "update"]
    assert whats == ["went back to the pack’s canned words", "changed canned words"]


async def test_words_are_added_under_a_key_of_their_title_and_removed(house: WebHouse, maya: httpx.AsyncClient) -> None:
    for key in ("visit_next_week", "visit_next_week_2"):
        assert (await keep(maya, "new-words", "We come.", "Visit: next week!")).status_code == 303
        assert (await maya.get(f"{HERE}/canned/{key}")).status_code == 200
    assert (await post(maya, "/canned/visit_next_week/remove")).status_code == 303
    assert (await maya.get(f"{HERE}/canned/visit_next_week")).status_code == 404
    assert ("removed canned words", "visit_next_week", "") in await deeds(house)
    assert "visit_next_week_2" in (await house.work.canned()).words


async def test_unknown_variables_are_refused_by_name_and_nothing_typed_is_lost(
    house: WebHouse, maya: httpx.AsyncClient
) -> None:
    answer = await keep(maya, "update", "Dear ((first name)), your ((shoe size)) and ((reference))")
    assert answer.status_code == 422
    assert "There is no ((first name)), ((shoe size)). There are ((greeting))" in answer.text
    assert "your ((shoe size)) and ((reference))</textarea>" in answer.text
    assert await house.work.canned() == house.policy.canned
    for form in ({"title": " "}, {"kind": "poem"}, {"body": " "}):
        told = {"title": "News", "kind": "update", "body": "Hello", "deed": "keep", **form}
        assert (await post(maya, "/canned/update", **told)).status_code == 422


async def test_an_example_is_shown_and_changes_nothing(house: WebHouse, maya: httpx.AsyncClient) -> None:
    answer = await keep(maya, "update", "((greeting)), about ((reference)): [say what]", deed="preview")
    assert "Dear Anne Example, about BC-2345-6789: [say what]" in answer.text
    assert await house.work.canned() == house.policy.canned


async def test_of_two_who_change_the_same_words_the_second_is_told_and_loses_nothing(
    house: WebHouse, maya: httpx.AsyncClient
) -> None:
    assert (await keep(maya, "update", "The first")).status_code == 303
    answer = await keep(maya, "update", "The second", seen="")
    assert answer.status_code == 422
    assert "Somebody changed these words while you wrote" in answer.text
    assert "The second</textarea>" in answer.text
    assert (await house.work.canned()).words["update"].body == "The first"


# --- settings -------------------------------------------------------------------------------------------------------


def test_no_setting_shows_a_secret() -> None:
    settings = Settings(
        database_url="postgresql+psycopg://rightdoor:hunter2@db.council.test/rightdoor?password=hunter3",
        relay_url="smtp://user:hun@ter4@relay.council.test:587",
        imap_url="imaps://a%40b:hunter5@mail.council.test/INBOX imaps://c:hunter6@mail.council.test/Two",
        imap_client_secret="hunter7",
        telegram_token="110201543:hunter8hunter8hunter8hunter8",
    )
    shown = dict(installed(settings).settings)
    assert "hunter" not in str(shown)
    assert "ter4" not in str(shown)
    assert shown["RIGHTDOOR_DATABASE_URL"] == "postgresql+psycopg://db.council.test/rightdoor"
    assert shown["RIGHTDOOR_IMAP_URL"] == "imaps://mail.council.test/INBOX imaps://mail.council.test/Two"
    assert (shown["RIGHTDOOR_TELEGRAM_TOKEN"], shown["RIGHTDOOR_OIDC_CLIENT_SECRET"]) == ("set", "not set")
    assert shown["RIGHTDOOR_LIMITS"] == "on"


async def test_the_settings_show_how_mailboxes_and_the_bot_are(house: WebHouse, maya: httpx.AsyncClient) -> None:
    page = (await maya.get(f"{HERE}/settings")).text
    assert "None has been read yet" in page
    assert "No bot has been read yet" in page

    def fail(unit: UnitOfWork) -> None:
        unit.mailboxes.fails("complaints@mail.council.test/INBOX", house.clock(), "it does not answer")
        unit.messenger.secret(110201543, "a secret of its own")
        unit.messenger.fails(110201543, house.clock(), "it is not let in")

    await house.store.transact(fail)
    page = (await maya.get(f"{HERE}/settings")).text
    for words in ("RIGHTDOOR_COUNCIL", "it does not answer", "it is not let in", "110201543"):
        assert words in page
    assert "a secret of its own" not in page
