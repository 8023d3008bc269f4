"""Passkeys in a real browser, with Chromium's virtual authenticator; and what a forged answer gets."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, expect

from channels.console import app as console
from channels.console.entrance import Entrance
from channels.passkey_checks import LONGEST_ANSWER, WebAuthn
from intake.errors import NotProved
from intake.officers import How, Passkey
from intake.rights import Role
from intake.staff import Staff
from tests.browsers import CHROMIUM
from tests.chat_fixtures import Served
from tests.living_house import free_port
from tests.web_fixtures import OFFICER, PASSWORD, WebHouse, web_house

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="passkeys were not tried: Chromium isn't installed")

DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@dataclass
class Site:
    """A console with passkeys, at a name."""

    house: WebHouse
    served: Served
    port: int

    @property
    def console(self) -> str:
        return f"http://localhost:{self.port}"

    def passkeys(self) -> list[Passkey]:
        return list(self.served.run(self.house.store.read(lambda unit: unit.sign_ins.passkeys_of(OFFICER))))

    def keep(self, passkey: Passkey) -> None:
        self.served.run(self.house.store.transact(lambda unit: unit.sign_ins.keep_passkey(passkey)))

    def how(self) -> list[How]:
        found = self.served.run(self.house.store.read(lambda unit: unit.officers.sign_ins_of(OFFICER)))
        return [one.how for one in found if one.ended_at is None]


@pytest.fixture
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    served, port = Served(), free_port()
    with web_house(f"sqlite:///{tmp_path_factory.mktemp('passkeys')}/rightdoor.db") as house:
        site = Site(house, served, port)
        served.run(house.add_officer(OFFICER, PASSWORD))
        checks = WebAuthn("localhost", site.console, house.policy.council.name)
        served.up(console.make_app(replace(house.office, entrance=Entrance(site.console, checks))), port)
        yield site
        served.close()


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    with chromium.new_context() as context:
        yield context


@dataclass
class Device:
    """A virtual authenticator."""

    session: CDPSession
    id: str

    @classmethod
    def of(cls, page: Page, **changes: Any) -> "Device":
        session = page.context.new_cdp_session(page)
        session.send("WebAuthn.enable", {"enableUI": False})
        added = session.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE | changes})
        return cls(session, added["authenticatorId"])

    def touched(self, enabled: bool) -> None:
        """Whether somebody touches it when it asks."""
        self.session.send("WebAuthn.setAutomaticPresenceSimulation", {"authenticatorId": self.id, "enabled": enabled})

    def credentials(self) -> list[dict[str, Any]]:
        found = self.session.send("WebAuthn.getCredentials", {"authenticatorId": self.id})
        return list(found["credentials"])


def by_password(page: Page, site: Site) -> None:
    page.goto(f"{site.console}/sign-in")
    page.get_by_label("Name").fill(OFFICER)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def register(page: Page, site: Site, name: str) -> None:
    page.goto(f"{site.console}/account")
    page.get_by_label("Name of the new passkey").fill(name)
    page.get_by_label("Your password, to add a passkey").fill(PASSWORD)
    page.get_by_role("button", name="Add a passkey").click()


def inside(page: Page) -> None:
    """Whatever their first page is."""
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()


def sign_out(page: Page) -> None:
    with page.expect_navigation():
        page.get_by_role("button", name="Sign out").click()


@pytest.fixture
def page(context: BrowserContext, site: Site) -> Page:
    """Signed in by password."""
    page = context.new_page()
    page.on("dialog", lambda dialog: dialog.dismiss())
    by_password(page, site)
    inside(page)
    return page


def test_a_passkey_is_added_with_a_name_and_recovery_codes_are_shown_with_the_first(page: Page, site: Site) -> None:
    device = Device.of(page)
    register(page, site, "Blue laptop")
    expect(page.locator("h1")).to_have_text("Your recovery codes")
    assert page.locator(".codes li").count() == 10
    (kept,) = site.passkeys()
    assert kept.name == "Blue laptop"
    (held,) = device.credentials()
    assert held["isResidentCredential"]
    assert held["rpId"] == "localhost"
    page.goto(f"{site.console}/account")
    expect(page.get_by_text("Blue laptop", exact=True)).to_be_visible()
    assert not Axe().run(page).response["violations"]


def test_an_officer_signs_in_with_a_passkey_alone_and_it_counts_as_two_factors(page: Page, site: Site) -> None:
    device = Device.of(page)
    register(page, site, "Blue laptop")
    page.get_by_role("link", name="I have kept them").click()
    device.touched(False)
    sign_out(page)
    expect(page.locator("h1")).to_have_text("Sign in")
    assert site.how() == []
    device.touched(True)
    page.get_by_role("button", name="Use a passkey").click()
    inside(page)
    assert site.how() == [How.PASSKEY]
    (kept,) = site.passkeys()
    assert kept.used_at is not None
    assert kept.sign_count > 0


def test_the_browser_offers_the_passkey_in_the_name_field_by_itself(page: Page, site: Site) -> None:
    Device.of(page)
    register(page, site, "Blue laptop")
    with page.expect_navigation():
        page.get_by_role("link", name="I have kept them").click()
    assert page.evaluate("PublicKeyCredential.isConditionalMediationAvailable()")
    sign_out(page)
    inside(page)
    assert site.how() == [How.PASSKEY]


def test_with_a_passkey_the_password_alone_is_not_enough_any_more(page: Page, site: Site) -> None:
    device = Device.of(page)
    register(page, site, "Blue laptop")
    expect(page.locator("h1")).to_have_text("Your recovery codes")
    code = page.locator(".codes li").first.inner_text()
    device.touched(False)
    sign_out(page)
    by_password(page, site)
    expect(page.locator("h1")).to_have_text("Second step")
    page.get_by_label("Recovery code").fill(code)
    page.get_by_role("button", name="Go on").click()
    inside(page)
    assert site.how() == [How.PASSWORD_AND_CODE]
    sign_out(page)
    by_password(page, site)
    expect(page.locator("h1")).to_have_text("Second step")
    device.touched(True)
    page.get_by_role("button", name="Use your passkey").click()
    inside(page)
    assert site.how() == [How.PASSKEY]


def test_several_passkeys_are_kept_renamed_and_taken_away(page: Page, site: Site, context: BrowserContext) -> None:
    first = Device.of(page)
    register(page, site, "Laptop")
    expect(page.locator("h1")).to_have_text("Your recovery codes")
    register(page, site, "The same laptop")
    expect(page.get_by_text("This device has a passkey for you already.")).to_be_visible()
    first.session.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": first.id})
    first.session.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE | {"transport": "usb"}})
    register(page, site, "Key on the ring")
    expect(page.get_by_text("Your passkey is added.")).to_be_visible()
    assert [key.name for key in site.passkeys()] == ["Laptop", "Key on the ring"]
    page.get_by_text("Laptop", exact=True).click()
    page.get_by_label("Another name").first.fill("Old laptop")
    page.get_by_role("button", name="Rename").first.click()
    expect(page.get_by_text("Old laptop", exact=True)).to_be_visible()
    page.get_by_text("Old laptop", exact=True).click()
    page.get_by_role("button", name="Take “Old laptop” away").click()
    expect(page.get_by_text("Old laptop", exact=True)).to_have_count(0)
    assert [key.name for key in site.passkeys()] == ["Key on the ring"]


def test_a_wrong_password_adds_no_passkey(page: Page, site: Site) -> None:
    Device.of(page)
    page.goto(f"{site.console}/account")
    page.get_by_label("Your password, to add a passkey").fill("not the password")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_text("This is not your password")).to_be_visible()
    assert site.passkeys() == []


def test_a_device_that_does_not_ask_who_it_is_is_refused(page: Page, site: Site) -> None:
    Device.of(page, isUserVerified=False)
    register(page, site, "Careless")
    expect(page.get_by_text("That did not work, or was cancelled.")).to_be_visible()
    assert site.passkeys() == []


def test_a_link_in_webmail_leads_who_is_signed_in_to_its_page(page: Page, site: Site) -> None:
    page.goto(f"http://127.0.0.1:{site.port}/sign-in")
    page.evaluate(f"location.href = '{site.console}/contacts?show=all'")
    page.wait_for_url(f"{site.console}/contacts?show=all")
    expect(page.get_by_role("heading", name="Contacts", level=1)).to_be_visible()
    assert page.url == f"{site.console}/contacts?show=all"


def test_a_link_in_webmail_leads_who_is_not_signed_in_there_after_signing_in(page: Page, site: Site) -> None:
    sign_out(page)
    page.goto(f"http://127.0.0.1:{site.port}/sign-in")
    page.evaluate(f"location.href = '{site.console}/contacts?show=all'")
    page.wait_for_url(f"{site.console}/sign-in")
    page.get_by_label("Name").fill(OFFICER)
    page.get_by_label("Password").fill(PASSWORD)
    with page.expect_navigation():
        page.get_by_role("button", name="Sign in").click()
    assert page.url == f"{site.console}/contacts?show=all"


def test_a_passkey_whose_count_goes_back_may_be_a_copy_and_is_refused(page: Page, site: Site) -> None:
    device = Device.of(page)
    register(page, site, "Copied")
    page.get_by_role("link", name="I have kept them").click()
    (kept,) = site.passkeys()
    site.keep(replace(kept, sign_count=1000))
    device.touched(False)
    sign_out(page)
    expect(page.locator("h1")).to_have_text("Sign in")
    device.touched(True)
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("alert").filter(has_text="could not be checked")).to_be_visible()
    assert site.how() == []
    deeds = site.served.run(site.house.store.read(lambda unit: unit.officers.deeds(what="passkey refused")))
    assert {deed.officer for deed in deeds} == {OFFICER}


def test_a_disabled_officers_passkey_opens_nothing(page: Page, site: Site) -> None:
    device = Device.of(page)
    register(page, site, "Blue laptop")
    page.get_by_role("link", name="I have kept them").click()
    device.touched(False)
    site.served.run(site.house.add_officer("sam", PASSWORD, (Role.ADMINISTRATOR,)))
    site.served.run(Staff(site.house.accounts).disable("sam", OFFICER))
    page.goto(f"{site.console}/sign-in")
    device.touched(True)
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("alert").filter(has_text="not known here")).to_be_visible()


def test_at_another_address_of_the_console_no_passkey_is_offered(context: BrowserContext, site: Site) -> None:
    page = context.new_page()
    page.goto(f"http://127.0.0.1:{site.port}/sign-in")
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    expect(page.get_by_role("button", name="Use a passkey")).to_have_count(0)


def test_without_script_there_is_the_password(chromium: Browser, site: Site) -> None:
    with chromium.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        by_password(page, site)
        inside(page)


# --- without a browser ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer", ["", "x", "[]", "7", "null", '{"id": 7}', "{" * 100_000, "x" * (LONGEST_ANSWER + 1), '{"id": "\ud800"}']
)
def test_an_answer_that_is_nonsense_proves_nothing(answer: str) -> None:
    checks = WebAuthn("localhost", "http://localhost:1", "Council")
    assert checks.claimed(answer) == ""
    with pytest.raises(NotProved):
        checks.registered(answer, b"c" * 32)
