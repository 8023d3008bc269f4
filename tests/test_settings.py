"""Settings: a wrong one is told by its name, with what it may be."""

from datetime import UTC, datetime, timedelta

import pytest

from channels.sending.smtp_relay import Relay
from config.settings import clock, host_and_port, load
from intake.errors import WrongSetting


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HTTP", "8000"),
        ("SMTP", "localhost:mail"),
        ("NOW", "tomorrow"),
        ("PUBLIC_URL", "complaints.example"),
        ("NLU", "magic"),
        ("NLU", "rasa"),
    ],
)
def test_a_wrong_setting_is_told_by_name(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"RIGHTDOOR_{name}", value)
    with pytest.raises(WrongSetting, match=f"RIGHTDOOR_({name}|RASA_URL)"):
        load()


def test_the_database_lies_among_the_data_unless_told_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RIGHTDOOR_DATA", "/srv/rightdoor")
    assert load().database_url == "sqlite:////srv/rightdoor/rightdoor.db"


def test_residents_pages_are_linked_to_by_the_port_that_they_are_served_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RIGHTDOOR_HTTP", "0.0.0.0:8100")
    assert load().public_url == "http://127.0.0.1:8100"
    monkeypatch.setenv("RIGHTDOOR_PUBLIC_URL", "https://complaints.example.gov.uk/")
    assert load().public_url == "https://complaints.example.gov.uk"


def test_the_clock_can_stand_still_or_be_moved() -> None:
    assert clock("2026-12-18T10:00")() == datetime(2026, 12, 18, 10, 0, tzinfo=UTC)
    assert clock("2026-07-01T10:00:00+01:00")() == datetime(2026, 7, 1, 9, 0, tzinfo=UTC)
    ahead = clock("+3d")() - datetime.now(UTC)
    assert timedelta(days=2, hours=23) < ahead < timedelta(days=3, hours=1)


def test_addresses_of_both_kinds_are_read() -> None:
    assert host_and_port("127.0.0.1:8000") == ("127.0.0.1", 8000)
    assert host_and_port("[::1]:25") == ("::1", 25)


def test_a_relays_address_says_host_port_tls_and_credentials() -> None:
    relay = Relay.of("smtps://us%40er:se%3Acret@mail.example.org")
    assert (relay.host, relay.port, relay.tls) == ("mail.example.org", 465, True)
    assert (relay.username, relay.password) == ("us@er", "se:cret")
    for wrong in ("mail.example.org", "smtp://host:mail", "smtp://host?starttls=perhaps", "http://host"):
        with pytest.raises(WrongSetting, match="RELAY_URL"):
            Relay.of(wrong)
