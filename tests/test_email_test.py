"""The email test: a mail goes round the configured way, or it is said where it stops and what to do."""

import asyncio
import smtplib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select
from typer.testing import CliRunner

from case_store.tables.contacts import ContactRow
from case_store.tables.sending import OutboxRow
from channels.sending.smtp_relay import Patience
from config.email_test import EmailTest
from config.main import app
from config.settings import Settings, host_and_port
from intake.contact import Outcome
from tests.keys import NO_OPENSSL, certificate
from tests.living_house import MAILBOX, LivingHouse, free_port
from tests.relay_server import RelayServer, relay_server

PACK = Path("config/councils/bettershire")
PATIENCE = Patience(command=2, mail=2, everything=5)


@dataclass
class PassingOn(RelayServer):
    """A relay that hands what it takes to the council's door, as the council's mail server does."""

    door: str = ""

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        def pass_on() -> None:
            with smtplib.SMTP(*host_and_port(self.door)) as client:
                client.sendmail(envelope.mail_from, envelope.rcpt_tos, envelope.content)

        await asyncio.to_thread(pass_on)
        return await super().handle_DATA(server, session, envelope)


async def tried(settings: Settings, to: str = "", wait: float = 0.0) -> tuple[bool, str]:
    """Did it go round, and what was said?"""
    said: list[str] = []
    went = await EmailTest(settings, said.append, to, wait, PATIENCE).run()
    return went, "\n".join(said)


def relayed(folder: Path, url: str, **values: object) -> Settings:
    return Settings(data=folder, council=PACK, relay_url=url, _env_file=None, **values)  # type: ignore[arg-type]


async def test_a_mail_goes_out_by_the_relay_and_comes_back_by_the_door_and_is_not_answered(house: LivingHouse) -> None:
    door = house.house.settings.smtp
    async with relay_server(PassingOn(door=door)) as relay:
        settings = house.house.settings.model_copy(update={"relay_url": relay.url})
        went, said = await tried(settings, wait=20.0)
    assert went, said
    assert "it came back after" in said
    assert [taken.recipients for taken in relay.took] == [["complaints+test@bettershire.gov.uk"]]
    await house.settled()

    def ends(unit: Any) -> tuple[list[str], list[OutboxRow]]:
        states = list(unit.session.exec(select(ContactRow.state)))
        return states, list(unit.session.exec(select(OutboxRow)))

    assert await house.house.store.read(ends) == ([Outcome.RECORDED], [])


async def test_without_a_relay_the_way_in_is_tested_alone(house: LivingHouse) -> None:
    went, said = await tried(house.house.settings, wait=20.0)
    assert went, said
    assert "No relay is set" in said
    assert "it came back after" in said


async def test_without_a_relay_and_without_a_house_that_serves_it_says_so(tmp_path: Path) -> None:
    went, said = await tried(relayed(tmp_path, "", smtp=f"127.0.0.1:{free_port()}"))
    assert not went
    assert "stopped: could not connect" in said
    assert "`rightdoor serve` runs" in said


@pytest.mark.parametrize(
    ("server", "step", "words"),
    [
        (RelayServer(sender_says="550 5.7.1 not you"), "have the sender accepted", "550 5.7.1 not you"),
        (RelayServer(recipient_says="550 5.1.1 nobody"), "have the recipient accepted", "550 5.1.1 nobody"),
        (RelayServer(says="554 5.7.1 spam"), "hand the mail over", "554 5.7.1 spam"),
        (RelayServer(drops_after_data=True), "hand the mail over", "could not hand the mail over"),
    ],
)
async def test_the_step_at_which_it_stops_is_told_with_the_servers_words(
    tmp_path: Path, server: RelayServer, step: str, words: str
) -> None:
    async with relay_server(server) as relay:
        went, said = await tried(relayed(tmp_path, relay.url))
    assert not went
    assert f"stopped: could not {step}" in said
    assert words in said


async def test_a_wrong_password_stops_at_signing_in_and_is_not_repeated(tmp_path: Path) -> None:
    async with relay_server(RelayServer(wants=("rightdoor", "secret"))) as relay:
        went, said = await tried(relayed(tmp_path, relay.url.replace("//", "//rightdoor:wr0ng@")))
    assert not went
    assert "stopped: could not sign in" in said
    assert "wr0ng" not in said


@NO_OPENSSL
async def test_a_certificate_that_is_not_trusted_is_told_with_its_remedy(tmp_path: Path) -> None:
    async with relay_server(RelayServer(certificate=certificate(tmp_path))) as relay:
        went, said = await tried(relayed(tmp_path, relay.url))
    assert not went
    assert "stopped: could not encrypt the connection" in said
    assert "starttls=no" in said


async def test_a_name_that_nobody_knows_stops_at_the_name(tmp_path: Path) -> None:
    went, said = await tried(relayed(tmp_path, "smtp://relay.invalid"))
    assert not went
    assert "stopped: could not find the server's address" in said


async def test_a_mail_that_does_not_come_back_says_where_to_look(tmp_path: Path) -> None:
    async with relay_server(RelayServer()) as relay:
        went, said = await tried(relayed(tmp_path, relay.url, smtp="127.0.0.1:8025"))
    assert not went
    assert "did not come back within 0 seconds" in said
    assert "smtp://127.0.0.1:8025" in said
    assert "RIGHTDOOR_ADDRESS_TAGS" in said


async def test_another_address_gets_the_mail_and_nothing_is_waited_for(tmp_path: Path) -> None:
    async with relay_server(RelayServer()) as relay:
        went, said = await tried(relayed(tmp_path, relay.url), to="admin@example.org", wait=60.0)
    assert went
    assert relay.took[0].recipients == ["admin@example.org"]
    assert "Look into the mailbox of admin@example.org" in said


async def test_without_tags_the_plain_mailbox_is_tested(tmp_path: Path) -> None:
    async with relay_server(RelayServer()) as relay:
        await tried(relayed(tmp_path, relay.url, address_tags=False))
    assert (relay.took[0].sender, relay.took[0].recipients) == (MAILBOX, [MAILBOX])


def test_the_commands_status_says_whether_it_went_round(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RIGHTDOOR_DATA", str(tmp_path))
    monkeypatch.setenv("RIGHTDOOR_SMTP", f"127.0.0.1:{free_port()}")
    result = CliRunner().invoke(app, ["email", "test", "--wait", "0"])
    assert result.exit_code == 1
    assert "stopped: could not connect" in result.output
