"""Single sign-on against a real OpenID provider that runs here, and against what a bad one would send."""

import asyncio
import base64
import json
import re
import threading
import warnings
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from case_store.engine import make_engine
from case_store.store import SqlStore
from channels.console import app as console
from channels.console.entrance import Entrance
from channels.console.guard import SESSION
from channels.console.sign_in import ROUND_TRIP
from channels.single_sign_on import LEEWAY_SECONDS, OpenIdProvider
from intake.errors import NotProved, ProviderDown
from intake.officers import Claims, Officer, RoundTrip
from intake.rights import Role
from intake.single_sign_on import SingleSignOn
from intake.staff import Place, Staff
from tests.chat_fixtures import Served
from tests.living_house import free_port
from tests.web_fixtures import WebHouse, browser, web_house

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import oidc_provider_mock

RETURN = "http://council.test/sign-in/single-sign-on/return"
ROLES = {"Complaints": frozenset({Role.COMPLAINTS_OFFICER}), "Heads": frozenset({Role.MANAGER, Role.AUDITOR})}


@pytest.fixture
def house(tmp_path: Path) -> Iterator[WebHouse]:
    """On today's date, as the provider is."""
    with web_house(f"sqlite:///{tmp_path}/test.db") as house:
        house.clock.now = datetime.now(UTC)
        yield house


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    with oidc_provider_mock.run_server_in_thread(port=free_port()) as server:
        yield f"http://localhost:{server.server_port}"


def single_sign_on(house: WebHouse, issuer: str, roles: dict[str, frozenset[Role]] | None = None) -> SingleSignOn:
    provider = OpenIdProvider(issuer, "rightdoor", "secret", RETURN, house.clock)
    return SingleSignOn(house.accounts, provider, roles or {})


@asynccontextmanager
async def at(house: WebHouse, single: SingleSignOn) -> AsyncIterator[httpx.AsyncClient]:
    """A browser at the console that offers this single sign-on."""
    app = console.make_app(replace(house.office, entrance=Entrance(single_sign_on=single)))
    async with browser(app) as client:
        yield client


async def known_to_provider(issuer: str, subject: str, **claims: object) -> None:
    async with httpx.AsyncClient() as client:
        assert (await client.put(f"{issuer}/users/{subject}", json=claims)).status_code == 204


async def go_there(client: httpx.AsyncClient, subject: str) -> str:
    """Leave for the provider, sign in there as this subject; the address that it sends the browser back to."""
    leave = await client.get("/sign-in/single-sign-on")
    assert leave.status_code == 303
    async with httpx.AsyncClient() as outside:
        answer = await outside.post(leave.headers["Location"], data={"sub": subject})
    back: str = answer.headers["Location"]
    assert back.startswith(RETURN)
    return back


async def sign_in(client: httpx.AsyncClient, subject: str) -> httpx.Response:
    return await client.get(await go_there(client, subject))


async def add(house: WebHouse, name: str, email: str = "") -> None:
    officer = Officer(name, "", house.clock(), shown=name, email=email, roles=(Role.AGENT,))
    await house.accounts.add(officer, "")


async def officer_called(house: WebHouse, name: str) -> Officer | None:
    return await house.store.read(lambda unit: unit.officers.get(name))


async def test_an_officer_is_known_by_their_verified_address_at_first_and_by_their_subject_from_then_on(
    house: WebHouse, issuer: str
) -> None:
    await add(house, "maya", "Maya.Lind@council.example")
    single = single_sign_on(house, issuer)
    await known_to_provider(issuer, "u-1", email="maya.lind@council.example", email_verified=True)
    async with at(house, single) as client:
        back = await sign_in(client, "u-1")
        assert (back.status_code, 'content="0; url=/first"' in back.text) == (200, True)
        assert (await client.get("/contacts")).status_code == 200
    linked = await officer_called(house, "maya")
    assert linked is not None
    assert linked.subject == f"{issuer} u-1"
    await known_to_provider(issuer, "u-1", email="other@council.example", email_verified=False)
    async with at(house, single) as client:
        assert (await sign_in(client, "u-1")).status_code == 200


async def test_the_way_there_has_state_nonce_and_pkce_and_the_cookie_of_the_way_comes_back_from_another_site(
    house: WebHouse, issuer: str
) -> None:
    async with at(house, single_sign_on(house, issuer)) as client:
        leave = await client.get("/sign-in/single-sign-on")
        query = parse_qs(urlsplit(leave.headers["Location"]).query)
        for key in ("state", "nonce", "code_challenge"):
            assert len(query[key][0]) >= 32
        assert query["code_challenge_method"] == ["S256"]
        assert query["redirect_uri"] == [RETURN]
        (cookie,) = (one for one in leave.headers.get_list("Set-Cookie") if one.startswith(ROUND_TRIP))
        assert "samesite=lax" in cookie.lower()
        assert "httponly" in cookie.lower()


@pytest.mark.parametrize(
    "claims", [{}, {"email": "maya@council.example"}, {"email": "maya@council.example", "email_verified": "true"}]
)
async def test_whoever_is_not_known_or_has_an_unproved_address_stays_outside(
    house: WebHouse, issuer: str, claims: dict[str, object]
) -> None:
    await add(house, "maya", "maya@council.example")
    await known_to_provider(issuer, "u-2", **claims)
    async with at(house, single_sign_on(house, issuer)) as client:
        answer = await sign_in(client, "u-2")
        assert (answer.status_code, "not known here" in answer.text) == (422, True)
        assert SESSION not in client.cookies


async def test_an_address_that_two_officers_share_links_neither(house: WebHouse, issuer: str) -> None:
    await add(house, "maya", "team@council.example")
    await add(house, "sam", "team@council.example")
    await known_to_provider(issuer, "u-3", email="team@council.example", email_verified=True)
    async with at(house, single_sign_on(house, issuer)) as client:
        assert "not known here" in (await sign_in(client, "u-3")).text


async def test_a_disabled_officer_stays_outside(house: WebHouse, issuer: str) -> None:
    await add(house, "maya", "maya@council.example")
    await Staff(house.accounts).disable("", "maya")
    await known_to_provider(issuer, "u-4", email="maya@council.example", email_verified=True)
    async with at(house, single_sign_on(house, issuer)) as client:
        answer = await sign_in(client, "u-4")
        assert (answer.status_code, "was closed" in answer.text) == (422, True)


async def test_groups_give_roles_anew_each_time_and_an_account_at_the_first(house: WebHouse, issuer: str) -> None:
    single = single_sign_on(house, issuer, ROLES)
    await known_to_provider(
        issuer,
        "u-5",
        name="Noor Ali",
        email="noor@council.example",
        email_verified=True,
        groups=["Complaints", "Other"],
    )
    async with at(house, single) as client:
        assert (await sign_in(client, "u-5")).status_code == 200
        noor = await officer_called(house, "noor@council.example")
        assert noor is not None
        assert (noor.roles, noor.password_hash, noor.called) == ((Role.COMPLAINTS_OFFICER,), "", "Noor Ali")
        await known_to_provider(issuer, "u-5", name="Noor Ali", groups=["Heads"])
        async with at(house, single) as second:
            await sign_in(second, "u-5")
        assert (await client.get("/contacts")).headers["Location"] == "/sign-in"
    noor = await officer_called(house, "noor@council.example")
    assert noor is not None
    assert set(noor.roles) == ROLES["Heads"]
    await known_to_provider(issuer, "u-5", name="Noor Ali", groups=["Other"])
    async with at(house, single) as client:
        assert "in no group" in (await sign_in(client, "u-5")).text


async def test_who_comes_this_way_is_not_asked_for_a_first_password_that_nobody_told_them(
    house: WebHouse, issuer: str
) -> None:
    await Staff(house.accounts).add("", "joan", Place(email="joan@council.example", roles=(Role.AGENT,)))
    await known_to_provider(issuer, "u-6", email="joan@council.example", email_verified=True)
    async with at(house, single_sign_on(house, issuer)) as client:
        await sign_in(client, "u-6")
        assert (await client.get("/contacts")).status_code == 200


async def test_the_last_administrator_stays_one_whatever_their_groups_say(house: WebHouse, issuer: str) -> None:
    await Staff(house.accounts).add("", "ruth", Place(email="ruth@council.example", roles=(Role.ADMINISTRATOR,)))
    claims = {"email": "ruth@council.example", "email_verified": True, "groups": ["Complaints"]}
    await known_to_provider(issuer, "u-7", **claims)
    async with at(house, single_sign_on(house, issuer, ROLES)) as client:
        await sign_in(client, "u-7")
        ruth = await officer_called(house, "ruth")
        assert ruth is not None
        assert set(ruth.roles) == {Role.COMPLAINTS_OFFICER, Role.ADMINISTRATOR}
        await Staff(house.accounts).add("", "noor", Place(roles=(Role.ADMINISTRATOR,)))
        await sign_in(client, "u-7")
    ruth = await officer_called(house, "ruth")
    assert ruth is not None
    assert ruth.roles == (Role.COMPLAINTS_OFFICER,)


@dataclass
class AnyoneOfComplaints:
    """A provider at once: its code is who comes, and whoever comes is in the group Complaints."""

    async def way_in(self, round_trip: RoundTrip) -> str:
        return round_trip.state

    async def claims(self, code: str, round_trip: RoundTrip) -> Claims:
        return Claims(code, groups=("Complaints",))

    async def way_out(self) -> str:
        return ""


@dataclass
class SlowStore:
    """The store of another process, which commits a sign-in only when the others have come as far as they can."""

    store: SqlStore
    is_reached: threading.Event = field(default_factory=threading.Event)
    is_passed: threading.Event = field(default_factory=threading.Event)
    asked: int = 0

    async def read(self, work: Any) -> Any:
        return await self.store.read(work)

    async def transact(self, work: Any) -> Any:
        self.asked += 1
        return await self.store.transact(self._slowly(work) if self.asked == 2 else work)

    def _slowly(self, work: Any) -> Any:
        def slowly(unit: Any) -> Any:
            done = work(unit)
            self.is_reached.set()
            self.is_passed.wait(2)
            return done

        return slowly


async def test_of_two_administrators_who_come_at_the_same_moment_without_their_group_one_stays(
    database_url: str,
) -> None:
    with web_house(database_url) as house, closing(SqlStore(make_engine(database_url))) as other:
        both = [
            Officer(name, "", house.clock(), roles=(Role.ADMINISTRATOR,), subject=name) for name in ("ruth", "noor")
        ]
        for one in both:
            await house.accounts.add(one, "")
        slow = SlowStore(other)
        first = SingleSignOn(replace(house.accounts, store=slow), AnyoneOfComplaints(), ROLES)
        second = SingleSignOn(house.accounts, AnyoneOfComplaints(), ROLES)
        (token, state), (other_token, other_state) = await second.begin(), await second.begin()
        coming = asyncio.create_task(first.finish(token, state, "ruth"))
        await asyncio.to_thread(slow.is_reached.wait, 20)
        await second.finish(other_token, other_state, "noor")
        slow.is_passed.set()
        await coming
        left = await house.store.read(lambda unit: [one.name for one in unit.officers.all() if one.administers])
    assert left == ["noor"]


async def test_a_way_back_counts_once_in_the_browser_where_it_began_and_for_ten_minutes(
    house: WebHouse, issuer: str
) -> None:
    await add(house, "maya", "maya@council.example")
    await known_to_provider(issuer, "u-6", email="maya@council.example", email_verified=True)
    single = single_sign_on(house, issuer)
    async with at(house, single) as client, at(house, single) as other:
        back = await go_there(client, "u-6")
        assert "not begun in this browser" in (await other.get(back)).text
        begun = client.cookies[ROUND_TRIP]
        assert (await client.get(back)).status_code == 200
        client.cookies.set(ROUND_TRIP, begun, path="/sign-in/single-sign-on")
        assert "used already" in (await client.get(back)).text
        back = await go_there(other, "u-6")
        house.clock.forward(minutes=11)
        assert "took too long" in (await other.get(back)).text


async def test_another_state_than_the_one_sent_is_refused_and_uses_the_way_up(house: WebHouse, issuer: str) -> None:
    async with at(house, single_sign_on(house, issuer)) as client:
        back = await go_there(client, "u-7")
        forged = re.sub(r"state=[^&]+", "state=forged", back)
        assert (await client.get(forged)).status_code == 422
        assert (await client.get(back)).status_code == 422


async def test_a_code_that_was_used_already_is_refused(house: WebHouse, issuer: str) -> None:
    await add(house, "maya", "maya@council.example")
    await known_to_provider(issuer, "u-8", email="maya@council.example", email_verified=True)
    single = single_sign_on(house, issuer)
    async with at(house, single) as client, at(house, single) as thief:
        used = await go_there(client, "u-8")
        await client.get(used)
        fresh = await go_there(thief, "u-9")
        code = parse_qs(urlsplit(used).query)["code"][0]
        answer = await thief.get(re.sub(r"code=[^&]+", f"code={code}", fresh))
        assert (answer.status_code, "could not be checked" in answer.text) == (422, True)
        assert SESSION not in thief.cookies


async def test_who_refuses_at_the_provider_is_told_so(house: WebHouse, issuer: str) -> None:
    async with at(house, single_sign_on(house, issuer)) as client:
        leave = await client.get("/sign-in/single-sign-on")
        state = parse_qs(urlsplit(leave.headers["Location"]).query)["state"][0]
        answer = await client.get(f"/sign-in/single-sign-on/return?error=access_denied&state={state}")
        assert (answer.status_code, "cancelled or refused" in answer.text) == (422, True)


async def test_while_the_provider_is_down_the_password_is_still_there(house: WebHouse) -> None:
    async with at(house, single_sign_on(house, f"http://127.0.0.1:{free_port()}")) as client:
        answer = await client.get("/sign-in/single-sign-on")
        assert (answer.status_code, "does not answer" in answer.text) == (422, True)
        assert 'name="password"' in answer.text
        assert "127.0.0.1" not in answer.text


async def test_without_single_sign_on_its_pages_are_not_there(house: WebHouse) -> None:
    async with browser(house.console) as client:
        assert "council account" not in (await client.get("/sign-in")).text
        assert (await client.get("/sign-in/single-sign-on")).status_code == 404


async def test_after_signing_out_here_the_way_out_there_is_shown(house: WebHouse, issuer: str) -> None:
    await add(house, "maya", "maya@council.example")
    await known_to_provider(issuer, "u-10", email="maya@council.example", email_verified=True)
    async with at(house, single_sign_on(house, issuer)) as client:
        await sign_in(client, "u-10")
        token = re.findall(r'name="form_token" value="([^"]+)"', (await client.get("/account")).text)[0]
        out = await client.post("/sign-out", data={"form_token": token})
        assert out.headers["Location"] == "/sign-in/signed-out"
        assert f"{issuer}/oauth2/end_session" in (await client.get("/sign-in/signed-out")).text


# --- a provider that lies -------------------------------------------------------------------------------------------


@dataclass
class Liar:
    """A provider whose tokens are whatever a test wants."""

    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "k", "use": "sig"}))
    token: str = ""
    issuer: str = ""
    about: dict[str, str] = field(default_factory=dict)

    @property
    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self.published),
                Route("/keys", self.keys),
                Route("/token", self.give, methods=["POST"]),
            ]
        )

    async def published(self, request: Request) -> Response:
        addresses = {"authorization_endpoint": "/there", "token_endpoint": "/token", "jwks_uri": "/keys"}
        about = {key: f"{self.issuer}{path}" for key, path in addresses.items()}
        return JSONResponse({"issuer": self.issuer, **about, **self.about})

    async def keys(self, request: Request) -> Response:
        return JSONResponse({"keys": [self.key.as_dict(private=False)]})

    async def give(self, request: Request) -> Response:
        return JSONResponse({"access_token": "a", "token_type": "Bearer", "id_token": self.token})


@pytest.fixture(scope="module")
def liar() -> Iterator[Liar]:
    with lying() as liar:
        yield liar


@contextmanager
def lying() -> Iterator[Liar]:
    served, liar = Served(), Liar()
    liar.issuer = f"http://127.0.0.1:{served.up(liar.app)}"
    try:
        yield liar
    finally:
        served.close()


NOW = datetime(2026, 11, 26, 9, 5, tzinfo=UTC)
TRIP = RoundTrip("state", "the nonce", "v" * 64)


def claims_of(liar: Liar, **changes: Any) -> dict[str, Any]:
    given: dict[str, object] = {"iss": liar.issuer, "aud": "rightdoor", "sub": "u", "nonce": TRIP.nonce}
    given |= {"iat": int(NOW.timestamp()), "exp": int((NOW + timedelta(minutes=5)).timestamp()), **changes}
    return {key: value for key, value in given.items() if value is not None}


def signed(liar: Liar, **changes: Any) -> str:
    return jwt.encode({"alg": "RS256", "kid": "k"}, claims_of(liar, **changes), liar.key)


async def read(liar: Liar) -> Claims:
    provider = OpenIdProvider(liar.issuer, "rightdoor", "secret", RETURN, lambda: NOW)
    return await provider.claims("code", TRIP)


async def test_a_token_that_is_right_tells_who_it_is(liar: Liar) -> None:
    liar.token = signed(liar, name=" Noor  Ali ", email="n@council.example", email_verified=True, groups=["A", 7])
    assert await read(liar) == Claims(f"{liar.issuer} u", "Noor Ali", "n@council.example", ("A",))


@pytest.mark.parametrize(
    "changes",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"aud": "another"},
        {"aud": None},
        {"iss": "https://evil.example"},
        {"sub": None},
        {"sub": 7},
        {"exp": int(NOW.timestamp()) - LEEWAY_SECONDS - 5},
        {"exp": None},
        {"iat": int(NOW.timestamp()) + LEEWAY_SECONDS + 60},
        {"azp": "another"},
    ],
)
async def test_a_token_for_somebody_else_or_another_time_is_refused(liar: Liar, changes: dict[str, Any]) -> None:
    liar.token = signed(liar, **changes)
    with pytest.raises(NotProved, match="could not be checked"):
        await read(liar)


async def test_clocks_may_differ_by_a_minute(liar: Liar) -> None:
    liar.token = signed(liar, exp=int(NOW.timestamp()) - LEEWAY_SECONDS + 10)
    assert (await read(liar)).subject


def unsigned(liar: Liar) -> str:
    parts = (json.dumps(part).encode() for part in ({"alg": "none"}, claims_of(liar)))
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts) + "."


def by_another_key(liar: Liar) -> str:
    return jwt.encode({"alg": "RS256", "kid": "k"}, claims_of(liar), RSAKey.generate_key(2048))


def by_a_shared_secret(liar: Liar) -> str:
    return jwt.encode({"alg": "HS256", "kid": "k"}, claims_of(liar), OctKey.import_key("s" * 64))


def bent(liar: Liar) -> str:
    head, body, signature = signed(liar).split(".")
    return f"{head}.{body[:-4]}AAAA.{signature}"


@pytest.mark.parametrize(
    "forge", [unsigned, by_another_key, by_a_shared_secret, bent, lambda liar: "x.y", lambda liar: ""]
)
async def test_a_forged_token_is_refused(liar: Liar, forge: Any) -> None:
    liar.token = forge(liar)
    with pytest.raises(NotProved):
        await read(liar)


@pytest.mark.parametrize("about", [{"issuer": "https://evil.example"}, {"jwks_uri": None}])
async def test_a_provider_that_says_wrong_things_of_itself_is_not_asked(about: dict[str, Any]) -> None:
    with lying() as liar:
        liar.about = about
        with pytest.raises(ProviderDown):
            await read(liar)


async def test_new_keys_of_the_provider_are_fetched_when_they_are_needed() -> None:
    with lying() as liar:
        provider = OpenIdProvider(liar.issuer, "rightdoor", "secret", RETURN, lambda: NOW)
        liar.token = signed(liar)
        assert (await provider.claims("code", TRIP)).subject
        liar.key = RSAKey.generate_key(2048, {"kid": "k2", "use": "sig"})
        liar.token = jwt.encode({"alg": "RS256", "kid": "k2"}, claims_of(liar), liar.key)
        assert (await provider.claims("code", TRIP)).subject
