"""How the settings open the ways into the console."""

import pytest

from config.entrance import entrance_of
from config.settings import groups_of, load, roles_of
from intake.accounts import Accounts
from intake.errors import WrongSetting
from intake.rights import Role
from tests.web_fixtures import web_house


@pytest.fixture
def accounts(tmp_path_factory: pytest.TempPathFactory) -> Accounts:
    with web_house(f"sqlite:///{tmp_path_factory.mktemp('entrance')}/test.db") as house:
        return house.accounts


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CONSOLE_URL", "https://console.example/path"),
        ("CONSOLE_URL", "http://console.example"),
        ("IDLE_MINUTES", "0"),
        ("IDLE_MINUTES", "100000"),
        ("SECOND_FACTOR", "emperor"),
        ("OIDC_ISSUER", "http://login.example"),
        ("OIDC_ISSUER", "https://login.example"),
        ("OIDC_CLIENT_ID", "rightdoor"),
        ("OIDC_ROLES", "Complaints"),
        ("OIDC_ROLES", "Complaints=emperor"),
        ("OIDC_ROLES", "=agent"),
    ],
)
def test_a_wrong_setting_of_the_sign_in_is_told_by_name(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"RIGHTDOOR_{name}", value)
    with pytest.raises(WrongSetting, match=f"RIGHTDOOR_({name}|OIDC_ISSUER and RIGHTDOOR_OIDC_CLIENT_ID)"):
        load()


def test_groups_and_roles_are_read_as_people_write_them() -> None:
    assert roles_of(" agent, manager ") == {Role.AGENT, Role.MANAGER}
    assert roles_of("") == frozenset()
    read = groups_of("Heads of Service = manager+auditor ; cn=complaints,ou=x=agent;")
    assert read == {"Heads of Service": {Role.MANAGER, Role.AUDITOR}, "cn=complaints,ou=x": {Role.AGENT}}


@pytest.mark.parametrize(
    ("console", "url", "passkeys"),
    [
        ("127.0.0.1:8001", "http://localhost:8001", True),
        ("[::1]:8001", "http://localhost:8001", True),
        ("0.0.0.0:8001", "http://localhost:8001", True),
        ("10.1.2.3:8001", "http://10.1.2.3:8001", False),
    ],
)
def test_passkeys_belong_to_a_name_and_a_number_has_none(
    monkeypatch: pytest.MonkeyPatch, accounts: Accounts, console: str, url: str, passkeys: bool
) -> None:
    monkeypatch.setenv("RIGHTDOOR_CONSOLE", console)
    settings = load()
    assert settings.console_url == url
    assert (entrance_of(settings, accounts).passkey_checks is not None) is passkeys


def test_single_sign_on_is_there_where_a_provider_is_set(monkeypatch: pytest.MonkeyPatch, accounts: Accounts) -> None:
    assert entrance_of(load(), accounts).single_sign_on is None
    monkeypatch.setenv("RIGHTDOOR_OIDC_ISSUER", "https://login.example")
    monkeypatch.setenv("RIGHTDOOR_OIDC_CLIENT_ID", "rightdoor")
    monkeypatch.setenv("RIGHTDOOR_OIDC_ROLES", "Complaints=agent")
    single = entrance_of(load(), accounts).single_sign_on
    assert single is not None
    assert single.roles == {"Complaints": {Role.AGENT}}
