"""Signing in: second factors, sessions and their end, and that nothing typed is lost when one ends."""

import json
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from channels.console.guard import BACK, KEPT_FORM, SESSION
from channels.passkey_checks import WebAuthn
from channels.rendering import HTTPS_ALONE
from intake import totp
from intake.accounts import TRIES, Admitted, SignInRules
from intake.errors import NotProved, SendersMove
from intake.officers import Officer, Owed
from intake.passkeys import Passkeys
from intake.ports import UnitOfWork
from intake.rights import Role
from intake.second_factor import RECOVERY_CODES, Refused, SecondFactors
from intake.staff import Place, Staff
from tests.web_fixtures import OFFICER, PASSWORD, WebHouse, browser, hidden, session_of, sign_in, web_house

NEW = "three other words"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[WebHouse]:
    with web_house(f"sqlite:///{tmp_path}/test.db") as house:
        yield house


@pytest.fixture
async def officer(house: WebHouse) -> AsyncIterator[httpx.AsyncClient]:
    async with signed_in(house) as client:
        yield client


@asynccontextmanager
async def signed_in(house: WebHouse, password: str = PASSWORD) -> AsyncIterator[httpx.AsyncClient]:
    async with browser(house.console) as client:
        await sign_in(house, client, password)
        yield client


async def post(client: httpx.AsyncClient, path: str, page: str = "/account", **fields: str) -> httpx.Response:
    """Send a form of a page."""
    return await client.post(path, data={"form_token": hidden(await client.get(page), "form_token"), **fields})


def words(page: httpx.Response) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page.text).split())


async def account(house: WebHouse, name: str = OFFICER) -> Officer:
    found = await house.store.read(lambda unit: unit.officers.get(name))
    assert found is not None
    return found


async def set_up(house: WebHouse, client: httpx.AsyncClient) -> tuple[str, list[str]]:
    """Give the officer an authenticator: its secret, and the recovery codes."""
    page = await post(client, "/account/authenticator", password=PASSWORD)
    secret = re.sub(r"\s", "", re.findall(r'<code class="key">([^<]+)</code>', page.text)[0])
    code = totp.code(secret, totp.step_at(house.clock()))
    fields = {"form_token": hidden(page, "form_token"), "ticket": hidden(page, "ticket"), "one_time_code": code}
    codes = await client.post("/account/authenticator/finish", data=fields)
    return secret, re.findall(r"<li><code>([^<]+)</code></li>", codes.text)


async def enter(client: httpx.AsyncClient, code: str) -> httpx.Response:
    """The second step."""
    return await post(client, "/sign-in/code", "/sign-in/code", one_time_code=code)


# --- codes ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("second", "code"),
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_codes_are_those_of_the_standard(second: int, code: str) -> None:
    """RFC 6238 appendix B, the last six of its eight digits."""
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    assert totp.code(secret, totp.step_at(datetime.fromtimestamp(second, UTC))) == code


def test_a_code_counts_a_step_early_or_late_and_never_after_it_was_used() -> None:
    secret, now = totp.new_secret(), datetime(2026, 11, 26, 9, 5, tzinfo=UTC)
    here = totp.step_at(now)
    for step, expected in ((-2, 0), (-1, here - 1), (0, here), (1, here + 1), (2, 0)):
        assert totp.matching_step(secret, totp.code(secret, here + step), now) == expected
    assert totp.matching_step(secret, totp.code(secret, here), now, here) == 0
    assert totp.matching_step(secret, " 12 ", now) == 0


async def test_an_authenticator_counts_once_it_is_proved_and_its_secret_is_shown_once(
    house: WebHouse, officer: httpx.AsyncClient
) -> None:
    page = await post(officer, "/account/authenticator", password=PASSWORD)
    assert "<svg" in page.text
    fields = {"form_token": hidden(page, "form_token"), "ticket": hidden(page, "ticket"), "one_time_code": "000000x"}
    wrong = await officer.post("/account/authenticator/finish", data=fields)
    assert wrong.status_code == 422
    assert (await account(house)).totp == ""
    secret, codes = await set_up(house, officer)
    assert (await account(house)).totp == secret
    assert len(set(codes)) == RECOVERY_CODES
    after = (await officer.get("/account")).text
    assert "10 left" in after
    assert secret not in after.replace(" ", "")
    assert not [code for code in codes if code in after]


async def test_whoever_has_an_authenticator_is_not_in_before_its_code_is_right_and_each_code_counts_once(
    house: WebHouse, officer: httpx.AsyncClient
) -> None:
    secret, _ = await set_up(house, officer)
    house.clock.forward(minutes=1)
    code = totp.code(secret, totp.step_at(house.clock()))
    async with browser(house.console) as client:
        assert (await sign_in(house, client)).headers["Location"] == "/sign-in/code"
        assert SESSION not in client.cookies
        assert (await client.get("/contacts")).headers["Location"] == "/sign-in"
        assert (await enter(client, "123")).status_code == 422
        assert (await enter(client, code)).headers["Location"] == "/contacts"
        assert (await client.get("/contacts")).status_code == 200
    async with browser(house.console) as again:
        await sign_in(house, again)
        assert (await enter(again, code)).status_code == 422


async def test_a_recovery_code_lets_in_once_however_it_is_typed(house: WebHouse, officer: httpx.AsyncClient) -> None:
    _, codes = await set_up(house, officer)
    typed_badly = codes[0].upper().replace("-", " ").replace("0", "O").replace("1", "l")
    async with browser(house.console) as client:
        await sign_in(house, client)
        assert (await enter(client, typed_badly)).headers["Location"] == "/first"
        assert "9 left" in (await client.get("/account")).text
    async with browser(house.console) as client:
        await sign_in(house, client)
        assert (await enter(client, codes[0])).status_code == 422


async def test_five_wrong_codes_lock_and_the_right_password_in_between_forgives_none(
    house: WebHouse, officer: httpx.AsyncClient
) -> None:
    secret, _ = await set_up(house, officer)
    factors = SecondFactors(house.accounts)
    for _ in range(TRIES):
        admitted = await house.accounts.sign_in(OFFICER, PASSWORD)
        assert admitted is not None
        assert admitted.half_way
        assert await factors.enter(admitted.token, "000") is Refused.WRONG
    assert admitted is not None
    assert await house.accounts.sign_in(OFFICER, PASSWORD) is None
    house.clock.forward(minutes=5)
    assert await factors.enter(admitted.token, totp.code(secret, totp.step_at(house.clock()))) is Refused.WRONG
    house.clock.forward(minutes=11)
    admitted = await house.accounts.sign_in(OFFICER, PASSWORD)
    assert isinstance(admitted, Admitted)
    assert isinstance(await factors.enter(admitted.token, totp.code(secret, totp.step_at(house.clock()))), str)


async def test_a_second_step_that_takes_too_long_begins_anew(house: WebHouse, officer: httpx.AsyncClient) -> None:
    await set_up(house, officer)
    async with browser(house.console) as client:
        await sign_in(house, client)
        page = await client.get("/sign-in/code")
        house.clock.forward(minutes=11)
        late = await client.post("/sign-in/code", data={"form_token": hidden(page, "form_token"), "one_time_code": "1"})
        assert "Begin again" in late.text
        assert "Begin again" in (await client.get("/sign-in/code")).text


async def test_the_authenticator_is_taken_away_only_by_who_knows_the_password(
    house: WebHouse, officer: httpx.AsyncClient
) -> None:
    await set_up(house, officer)
    assert (await post(officer, "/account/authenticator/remove", password="wrong")).status_code == 422
    assert (await account(house)).totp
    assert (await post(officer, "/account/authenticator/remove", password=PASSWORD)).status_code == 303
    assert (await account(house)).totp == ""


async def test_a_role_that_must_have_a_second_factor_gets_two_weeks_for_it_and_then_nothing_but_that_page(
    house: WebHouse,
) -> None:
    house.accounts.rules = SignInRules(second_factor_for=frozenset({Role.ADMINISTRATOR}))
    async with signed_in(house) as client:
        assert "Set up your second step" in (await client.get("/contacts")).text
    house.clock.forward(days=14)
    async with signed_in(house) as client:
        for path in ("/contacts", "/administration/officers"):
            assert (await client.get(path)).headers["Location"] == "/account/second-factor"
        assert "Set one up before you go on" in (await client.get("/account/second-factor")).text
        await set_up(house, client)
        assert (await client.get("/contacts")).status_code == 200
        remove = await post(client, "/account/authenticator/remove", password=PASSWORD)
        assert "must have a second factor" in remove.text
    await house.add_officer("agnes", PASSWORD, (Role.AGENT,))
    async with browser(house.console) as client:
        token = hidden(await client.get("/sign-in"), "form_token")
        await client.post("/sign-in", data={"form_token": token, "name": "agnes", "password": PASSWORD})
        assert (await client.get("/contacts")).status_code == 200


# --- passkeys (with a browser: test_passkeys_in_chromium.py) ------------------------------------------------------


async def test_a_question_is_answered_once_and_within_five_minutes(house: WebHouse) -> None:
    passkeys = Passkeys(house.accounts, WebAuthn("localhost", "http://localhost:1", "Council"))
    question = await passkeys.ask_to_sign_in()
    assert json.loads(question.words)["userVerification"] == "required"
    with pytest.raises(NotProved, match="not known here"):
        await passkeys.sign_in(question.token, '{"id": "AAAA"}')
    with pytest.raises(NotProved, match="took too long"):
        await passkeys.sign_in(question.token, '{"id": "AAAA"}')
    late = await passkeys.ask_to_sign_in()
    house.clock.forward(minutes=6)
    with pytest.raises(NotProved, match="took too long"):
        await passkeys.sign_in(late.token, "{}")


# --- passwords ------------------------------------------------------------------------------------------------------


async def test_a_first_password_must_be_changed_before_anything_else(house: WebHouse) -> None:
    first = await Staff(house.accounts).add("maya", "Noor Ali", Place(roles=(Role.AGENT,)))
    async with browser(house.console) as client:
        token = hidden(await client.get("/sign-in"), "form_token")
        await client.post("/sign-in", data={"form_token": token, "name": "noor ali", "password": first})
        assert (await client.get("/contacts")).headers["Location"] == "/account/password"
        assert (await post(client, "/account/password", password=first, new_password=first)).status_code == 422
        assert (await post(client, "/account/password", password=first, new_password=NEW)).status_code == 303
        assert (await client.get("/contacts")).status_code == 200


@pytest.mark.parametrize("new", ["short", "aaaaaaaaaaaaaaaa", "x" * 2000])
async def test_a_password_that_is_easy_to_guess_or_endless_is_refused(
    house: WebHouse, officer: httpx.AsyncClient, new: str
) -> None:
    assert (await post(officer, "/account/password", password=PASSWORD, new_password=new)).status_code == 422
    assert await house.accounts.sign_in(OFFICER, PASSWORD)


async def test_a_new_password_asks_for_the_old_one_and_ends_the_other_sessions(
    house: WebHouse, officer: httpx.AsyncClient
) -> None:
    async with signed_in(house) as other:
        wrong = await post(officer, "/account/password", password="not it", new_password=NEW)
        assert (wrong.status_code, (await other.get("/contacts")).status_code) == (422, 200)
        await post(officer, "/account/password", password=PASSWORD, new_password=NEW)
        assert (await other.get("/contacts")).headers["Location"] == "/sign-in"
    assert (await officer.get("/contacts")).status_code == 200
    assert await house.accounts.sign_in(OFFICER, PASSWORD) is None
    assert await house.accounts.sign_in(OFFICER, NEW)


# --- sessions -------------------------------------------------------------------------------------------------------


async def test_a_session_that_nobody_uses_ends_and_what_a_page_asks_by_itself_does_not_keep_it(
    house: WebHouse, officer: httpx.AsyncClient
) -> None:
    house.accounts.rules = SignInRules(idle=timedelta(minutes=60))
    token = session_of(officer)
    for _ in range(3):
        house.clock.forward(minutes=50)
        assert (await officer.get("/contacts")).status_code == 200
    house.clock.forward(minutes=50)
    assert await house.accounts.officer_of(token, doing=False)
    house.clock.forward(minutes=11)
    assert (await officer.get("/contacts")).headers["Location"] == "/sign-in"


async def test_an_officer_sees_their_sessions_and_ends_one_or_all_others(
    house: WebHouse, officer: httpx.AsyncClient
) -> None:
    async with signed_in(house) as second, signed_in(house) as third:
        page = await officer.get("/account")
        ids = re.findall(r'name="session" value="(\w+)"', page.text)
        assert len(ids) == 2
        await post(officer, "/account/sessions/end", session=ids[0])
        states = [(await client.get("/contacts")).status_code for client in (second, third)]
        assert sorted(states) == [200, 303]
        await post(officer, "/account/sessions/end", session="")
        assert [(await client.get("/contacts")).status_code for client in (second, third)] == [303, 303]
    assert (await officer.get("/contacts")).status_code == 200


async def test_nobody_ends_the_session_of_somebody_else(house: WebHouse, officer: httpx.AsyncClient) -> None:
    await house.add_officer("sam", PASSWORD)
    admitted = await house.accounts.sign_in("sam", PASSWORD)
    assert admitted is not None
    sam = await house.accounts.officer_of(admitted.token)
    assert sam is not None
    await post(officer, "/account/sessions/end", session=sam.sign_in.id)
    assert await house.accounts.officer_of(admitted.token)


async def test_who_is_disabled_or_gets_other_roles_is_signed_out_at_once(
    house: WebHouse, officer: httpx.AsyncClient
) -> None:
    staff = Staff(house.accounts)
    await house.add_officer("sam", PASSWORD)
    place = Place("Maya", "", (Role.AGENT,), (), ("complaints",))
    await staff.change("sam", OFFICER, place)
    assert (await officer.get("/contacts")).headers["Location"] == "/sign-in"
    async with signed_in(house) as again:
        await staff.change("sam", OFFICER, replace(place, shown="Maya Lind", teams=()))
        assert (await again.get("/contacts")).status_code == 200
        await staff.disable("sam", OFFICER)
        assert (await again.get("/contacts")).headers["Location"] == "/sign-in"
    assert await house.accounts.sign_in(OFFICER, PASSWORD) is None
    await staff.enable("sam", OFFICER)
    assert await house.accounts.sign_in(OFFICER, PASSWORD)


# --- nothing lost ---------------------------------------------------------------------------------------------------


async def test_who_asks_for_a_page_gets_there_after_signing_in(house: WebHouse) -> None:
    async with browser(house.console) as client:
        await client.get("/contacts?route=formal&page=2")
        assert (await sign_in(house, client)).headers["Location"] == "/contacts?route=formal&page=2"


@pytest.mark.parametrize(
    "back", ["//evil.example/", "https://evil.example", "/\\evil.example", "/sign-out", "/nowhere", "/contacts\r\nX: y"]
)
async def test_nobody_is_sent_to_another_site_after_signing_in(house: WebHouse, back: str) -> None:
    async with browser(house.console) as client:
        client.cookies.set(BACK, back.encode("ascii").decode().replace("\r\n", "%0d%0a"), path="/sign-in")
        where = (await sign_in(house, client)).headers["Location"]
        assert where == "/first" or where.startswith("/contacts%0d")


async def test_a_form_that_is_sent_after_the_session_ended_is_handed_back_after_signing_in(
    house: WebHouse, officer: httpx.AsyncClient
) -> None:
    page = await officer.get("/account")
    house.clock.forward(hours=13)
    fields = {"form_token": hidden(page, "form_token"), "shown": "Maya <b>of</b> the evening", "password": "hush hush"}
    late = await officer.post("/account/name", data=fields)
    assert late.headers["Location"] == "/sign-in"
    assert "What you typed is kept" in (await officer.get("/sign-in")).text
    assert (await sign_in(house, officer)).headers["Location"] == KEPT_FORM
    kept = await officer.get(KEPT_FORM)
    assert "Maya &lt;b&gt;of&lt;/b&gt; the evening" in kept.text
    assert "hush" not in kept.text
    form = {key: hidden(kept, key) for key in ("form_token", "kept_form")}
    sent = await officer.post("/account/name", data={**form, "shown": "Maya of the evening"})
    assert sent.status_code == 303
    assert (await account(house)).shown == "Maya of the evening"
    assert (await officer.get(KEPT_FORM)).headers["Location"] == "/first"


async def test_a_form_of_an_earlier_session_is_handed_back_to_who_has_signed_in_again_meanwhile(
    house: WebHouse, officer: httpx.AsyncClient
) -> None:
    old = hidden(await officer.get("/account"), "form_token")
    await post(officer, "/sign-out")
    await sign_in(house, officer)
    late = await officer.post("/account/name", data={"form_token": old, "shown": "A long thought of mine"})
    assert late.headers["Location"] == KEPT_FORM
    assert "A long thought of mine" in (await officer.get(KEPT_FORM)).text


async def test_what_was_typed_goes_to_its_officer_alone_and_is_forgotten_after_12_hours(
    house: WebHouse, officer: httpx.AsyncClient
) -> None:
    fields = {"form_token": hidden(await officer.get("/account"), "form_token"), "shown": "Words of Maya alone"}
    house.clock.forward(hours=13)
    await officer.post("/account/name", data=fields)
    await house.add_officer("sam", PASSWORD)
    async with browser(house.console) as client:
        token = hidden(await client.get("/sign-in"), "form_token")
        await client.post("/sign-in", data={"form_token": token, "name": "sam", "password": PASSWORD})
        assert (await client.get(KEPT_FORM)).headers["Location"] == "/first"
    house.clock.forward(hours=12.1)
    await sign_in(house, officer)
    assert (await officer.get(KEPT_FORM)).headers["Location"] == "/first"


async def test_a_form_that_carries_no_token_of_ours_is_not_kept(house: WebHouse, officer: httpx.AsyncClient) -> None:
    house.clock.forward(hours=13)
    for token in ("", "guessed"):
        await officer.post("/account/name", data={"form_token": token, "shown": "from another site entirely"})
    await sign_in(house, officer)
    assert (await officer.get(KEPT_FORM)).headers["Location"] == "/first"


async def test_a_kept_form_is_thrown_away_by_who_does_not_want_it(house: WebHouse, officer: httpx.AsyncClient) -> None:
    fields = {"form_token": hidden(await officer.get("/account"), "form_token"), "shown": "never mind this one"}
    house.clock.forward(hours=13)
    await officer.post("/account/name", data=fields)
    await sign_in(house, officer)
    kept = await officer.get(KEPT_FORM)
    form = {key: hidden(kept, key) for key in ("form_token", "kept_form")}
    await officer.post("/kept-form/drop", data=form)
    assert (await officer.get(KEPT_FORM)).headers["Location"] == "/first"
    assert (await account(house)).shown == OFFICER


# --- around it ------------------------------------------------------------------------------------------------------


async def test_pages_that_came_by_https_ask_for_https_alone(house: WebHouse) -> None:
    for scheme, expected in (("https", HTTPS_ALONE), ("http", None)):
        async with browser(house.console, scheme) as client:
            headers = (await client.get("/sign-in")).headers
            assert headers.get("Strict-Transport-Security") == expected
            assert headers["Cross-Origin-Opener-Policy"] == "same-origin"


async def test_tokens_and_codes_are_kept_as_hashes_alone(database_url: str) -> None:
    with web_house(database_url) as house:
        async with signed_in(house) as client:
            _, codes = await set_up(house, client)
            async with browser(house.console) as again:
                await sign_in(house, again)
                half_way = next(value for name, value in again.cookies.items() if name == "rightdoor_half_way")
            kept = await house.store.read(everything)
        assert "maya" in kept
        for secret in (*codes, half_way, session_of(client)):
            assert secret not in kept
            assert secret.replace("-", "") not in kept


def everything(unit: UnitOfWork) -> str:
    """All that the store has of signing in."""
    from sqlmodel import select

    from case_store.tables.officers import RecoveryCodeRow, SessionRow, TicketRow

    session = unit.session  # type: ignore[attr-defined]
    tables = (RecoveryCodeRow, SessionRow, TicketRow)
    return str([row.model_dump() for table in tables for row in session.exec(select(table))])


async def test_an_officer_without_a_password_signs_in_with_none(house: WebHouse) -> None:
    await house.accounts.add(Officer("noor", "", house.clock(), roles=(Role.AGENT,)), "")
    assert await house.accounts.sign_in("noor", "") is None
    with pytest.raises(SendersMove, match="without /"):
        await house.accounts.add(Officer("no/or", "", house.clock()), PASSWORD)


async def test_what_is_owed_is_told_by_the_account(house: WebHouse) -> None:
    first = await Staff(house.accounts).add("", "noor", Place(roles=(Role.AGENT,)))
    admitted = await house.accounts.sign_in("noor", first)
    assert admitted is not None
    who = await house.accounts.officer_of(admitted.token)
    assert who is not None
    assert who.owed is Owed.PASSWORD
