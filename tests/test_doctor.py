"""The doctor: names what is wrong with what Rightdoor stands on, and says what to do."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import gettempdir

import pytest
from typer.testing import CliRunner

from case_store.engine import make_engine, migrate
from case_store.store import SqlStore
from case_store.unit_of_work import SqlUnitOfWork
from channels.senders.dns_answers import dns_answers
from channels.sending.dkim_signing import load_signature
from channels.sending.smtp_relay import Patience
from config.doctor import Doctor
from config.findings import Finding, Level
from config.mail_dns import examine_dns
from config.main import app
from config.settings import Settings
from intake.contact import Channel, Kept, Reply
from tests.keys import NO_OPENSSL, dkim_record, private_key
from tests.relay_server import RelayServer, relay_server
from tests.small_dns import Zone, small_dns, txt

PACK = Path("config/councils/bettershire")
DOMAIN = "bettershire.gov.uk"
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
GOOD: Zone = {
    (DOMAIN, "MX"): ["10 mail.bettershire.gov.uk."],
    (DOMAIN, "TXT"): [txt("v=spf1 mx include:spf.example ~all"), txt("some-verification=abc")],
    ("spf.example", "TXT"): [txt("v=spf1 ip4:192.0.2.0/24 -all")],
    (f"_dmarc.{DOMAIN}", "TXT"): [txt("v=DMARC1; p=reject")],
}


def settings(folder: Path, **values: object) -> Settings:
    return Settings(data=folder, council=PACK, now=NOW.isoformat(), _env_file=None, **values)  # type: ignore[arg-type]


async def examined(settings: Settings) -> list[Finding]:
    doctor = Doctor(settings, None, Patience(command=2, mail=2, everything=3))
    return [finding async for finding in doctor.examine()]


def pick(findings: list[Finding], words: str) -> Finding:
    """The one finding that says these words."""
    found = [finding for finding in findings if words in finding.what]
    assert len(found) == 1, [str(finding) for finding in findings]
    return found[0]


async def the(settings: Settings, words: str) -> Finding:
    return pick(await examined(settings), words)


def of_dns(zone: Zone, kind: str) -> Finding:
    """What the doctor finds for one kind of record."""
    with small_dns(zone) as port:
        findings = list(examine_dns(DOMAIN, dns_answers(("127.0.0.1",), port), None))
    return next(finding for finding in findings if finding.what.startswith(f"{kind}:"))


def with_spf(*records: str) -> Zone:
    return {**GOOD, (DOMAIN, "TXT"): [txt(record) for record in records]}


async def test_a_fresh_install_fails_nowhere(tmp_path: Path) -> None:
    findings = await examined(settings(tmp_path))
    assert not [str(finding) for finding in findings if finding.level is Level.FAILING]
    assert pick(findings, "the database").level is Level.WARNING
    assert not (tmp_path / "rightdoor.db").exists()


async def test_a_database_of_this_version_is_told_from_an_older_one(database_url: str, tmp_path: Path) -> None:
    engine = make_engine(database_url)
    with engine.connect():
        pass
    assert (await the(settings(tmp_path, database_url=database_url), "schema")).level is Level.FAILING
    migrate(engine)
    engine.dispose()
    assert (await the(settings(tmp_path, database_url=database_url), "schema")).level is Level.OK


async def test_a_database_that_cannot_be_reached_is_told_without_its_password(tmp_path: Path) -> None:
    wrong = settings(tmp_path, database_url="postgresql://rightdoor:s3cret@127.0.0.1:1/rightdoor")
    finding = await the(wrong, "the database")
    assert finding.level is Level.FAILING
    assert "s3cret" not in str(finding)


async def test_what_has_waited_too_long_and_what_is_set_aside_is_told(store: SqlStore, database_url: str) -> None:
    old = NOW - timedelta(hours=5)

    def fill(unit: SqlUnitOfWork) -> None:
        for id_ in ("a" * 24, "b" * 24):
            unit.inbox.keep(Kept(id_, Channel.EMAIL, old, id_, "", "a@example.org", (), b"Subject: x\r\n\r\n"))
        unit.inbox.set_aside("b" * 24, "could not be read", NOW)
        unit.outbox.add(Reply("c" * 32, "c1", "unsure", "a@example.org", "Hello", "Hello"), old)
        unit.outbox.add(Reply("d" * 32, "c1", "unsure", "a@example.org", "Hello", "Hello"), old)
        unit.outbox.set_aside("d" * 32, "550", NOW)

    await store.transact(fill)
    house = settings(Path(gettempdir()), database_url=database_url)
    findings = await examined(house)
    assert "contact has waited for 5 hours" in pick(findings, "the oldest contact").what
    assert "mail to send has waited for 5 hours" in pick(findings, "the oldest mail").what
    assert "1 contact, 1 mail" in pick(findings, "set aside for a person").what


async def test_a_mailbox_that_cannot_be_read_fails_with_its_own_words(store: SqlStore, database_url: str) -> None:
    def fill(unit: SqlUnitOfWork) -> None:
        unit.mailboxes.works("good@imap.example:993/INBOX", NOW - timedelta(minutes=1))
        unit.mailboxes.fails("bad@imap.example:993/INBOX", NOW - timedelta(hours=3), "wrong password")

    await store.transact(fill)
    house = settings(Path(gettempdir()), database_url=database_url)
    findings = await examined(house)
    assert pick(findings, "good@").level is Level.OK
    bad = pick(findings, "bad@")
    assert bad.level is Level.FAILING
    assert "could not be read for 3 hours: wrong password" in bad.what


async def test_a_relay_that_lets_us_in_is_told_from_one_that_does_not(tmp_path: Path) -> None:
    async with relay_server(RelayServer(wants=("rightdoor", "secret"))) as relay:
        url = relay.url.replace("//", "//rightdoor:secret@")
        assert (await the(settings(tmp_path, relay_url=url), "the relay")).level is Level.OK
        wrong = await the(settings(tmp_path, relay_url=url.replace("secret", "wr0ng")), "the relay")
    assert wrong.level is Level.FAILING
    assert "535" in wrong.what
    assert "wr0ng" not in str(wrong)
    assert relay.took == []
    assert (await the(settings(tmp_path, relay_url="smtp://127.0.0.1:1"), "the relay")).level is Level.FAILING
    assert "RIGHTDOOR_RELAY_URL" in (await the(settings(tmp_path, relay_url="mail.example"), "RELAY_URL")).what


async def test_links_that_open_on_this_machine_alone_are_told_once_letters_go_out(tmp_path: Path) -> None:
    def told(findings: list[Finding]) -> list[str]:
        return [finding.remedy for finding in findings if "this machine alone" in finding.what]

    goes_out = {"relay_url": "smtp://127.0.0.1:1"}
    assert told(await examined(settings(tmp_path))) == []
    both = ["Set RIGHTDOOR_PUBLIC_URL", "Set RIGHTDOOR_CONSOLE_URL"]
    assert told(await examined(settings(tmp_path, **goes_out))) == both
    served = settings(tmp_path, public_url="https://a.example", console_url="https://b.example", **goes_out)
    assert told(await examined(served)) == []


async def test_a_scanner_that_is_not_there_fails(tmp_path: Path) -> None:
    assert (await the(settings(tmp_path, clamd="127.0.0.1:1"), "the virus scanner")).level is Level.FAILING


async def test_a_key_that_cannot_sign_is_told_by_its_setting(tmp_path: Path) -> None:
    wrong = settings(tmp_path, dkim_key=tmp_path / "none.pem", dkim_selector="rd")
    assert (await the(wrong, "RIGHTDOOR_DKIM_KEY")).level is Level.FAILING


async def test_a_pack_with_mistakes_fails_and_the_rest_is_looked_at(tmp_path: Path) -> None:
    broken = Settings(data=tmp_path, council=tmp_path / "none", _env_file=None)
    findings = await examined(broken)
    assert findings[0].level is Level.FAILING
    assert len(findings) > 3


async def test_a_folder_that_cannot_be_written_to_fails(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert (await the(settings(tmp_path / "file" / "var"), "cannot be written to")).level is Level.FAILING


@pytest.mark.parametrize("kind", ["MX", "SPF", "DMARC"])
def test_good_records_are_found_good(kind: str) -> None:
    assert of_dns(GOOD, kind).level is Level.OK


@pytest.mark.parametrize("kind", ["MX", "SPF", "DMARC"])
def test_a_domain_without_records_fails(kind: str) -> None:
    assert of_dns({}, kind).level is Level.FAILING


@pytest.mark.parametrize(
    ("records", "why"),
    [
        (["v=spf1 mx -all", "v=spf1 a -all"], "has 2 records"),
        (["v=spf10 -all"], "has no records"),
        (["v=spf1 mx ?all"], "ends in ?all"),
        (["v=spf1 mx +all"], "everybody"),
        (["v=spf1 mx"], "ends in no all"),
        (["v=spf1 include:none.example -all"], "includes none.example"),
        (["v=spf1 include:bettershire.gov.uk -all"], "more than 10 lookups"),
        (["v=spf1 " + " ".join(f"a:h{number}.example" for number in range(11)) + " -all"], "more than 10 lookups"),
    ],
)
def test_an_spf_record_that_receivers_ignore_fails(records: list[str], why: str) -> None:
    finding = of_dns(with_spf(*records), "SPF")
    assert finding.level is Level.FAILING
    assert why in finding.what


@pytest.mark.parametrize(
    ("record", "lookups"),
    [
        ("v=spf1 ip4:192.0.2.1 -all", 0),
        ("v=spf1 a mx include:spf.example ~all", 3),
        ("v=spf1 redirect=spf.example", 1),
        ("v=spf1 " + " ".join(f"a:h{number}.example" for number in range(10)) + " -all", 10),
        ("V=SPF1 A/24 MX:m.example//64 -ALL", 2),
    ],
)
def test_an_spf_records_lookups_are_counted(record: str, lookups: int) -> None:
    finding = of_dns(with_spf(record), "SPF")
    assert finding.level is Level.OK, finding
    assert f"{lookups} lookups" in finding.what


@pytest.mark.parametrize(
    ("name", "record", "level"),
    [
        (DOMAIN, "v=DMARC1; p=none; rua=mailto:a@b", Level.WARNING),
        (DOMAIN, "v=DMARC1; p=Quarantine", Level.OK),
        (DOMAIN, "v=DMARC1; rua=mailto:a@b", Level.FAILING),
        ("gov.uk", "v=DMARC1; p=reject; sp=none", Level.WARNING),
        ("gov.uk", "v=DMARC1; p=reject", Level.OK),
    ],
)
def test_a_dmarc_policy_is_the_domains_own_or_the_nearest_above(name: str, record: str, level: Level) -> None:
    zone = {key: value for key, value in GOOD.items() if not key[0].startswith("_dmarc")}
    assert of_dns({**zone, (f"_dmarc.{name}", "TXT"): [txt(record)]}, "DMARC").level is level


def test_a_domain_that_takes_no_mail_fails() -> None:
    assert of_dns({**GOOD, (DOMAIN, "MX"): ["0 ."]}, "MX").level is Level.FAILING


def test_a_name_server_that_does_not_answer_fails() -> None:
    finding = next(examine_dns(DOMAIN, dns_answers(("127.0.0.1",), 1), None))
    assert finding.level is Level.FAILING
    assert "did not answer" in finding.what


@NO_OPENSSL
def test_the_published_key_must_be_the_one_that_we_sign_with(tmp_path: Path) -> None:
    ours, short = private_key(tmp_path), private_key(tmp_path, 1024)
    name = (f"rd._domainkey.{DOMAIN}", "TXT")
    signature, signs_short = (load_signature(key, "rd", DOMAIN) for key in (ours, short))

    def finds(zone: Zone, signing: object = signature) -> Finding:
        with small_dns(zone) as port:
            resolve = dns_answers(("127.0.0.1",), port)
            findings = list(examine_dns(DOMAIN, resolve, signing))  # type: ignore[arg-type]
        return next(finding for finding in findings if finding.what.startswith("DKIM:"))

    assert finds({**GOOD, name: [txt(dkim_record(ours))]}).level is Level.OK
    assert "not the one" in finds({**GOOD, name: [txt(dkim_record(short))]}).what
    assert "no records" in finds(GOOD).what
    assert "holds no RSA key" in finds({**GOOD, name: [txt("v=DKIM1; p=")]}).what
    assert "holds no RSA key" in finds({**GOOD, name: [txt("v=DKIM1; p=QUJD")]}).what
    assert finds({**GOOD, name: [txt(dkim_record(short))]}, signs_short).level is Level.WARNING


def test_the_command_prints_a_line_for_each_and_says_by_its_status_whether_one_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RIGHTDOOR_DATA", str(tmp_path))
    with small_dns(GOOD) as port:
        good = CliRunner().invoke(app, ["doctor", "--dns", f"127.0.0.1:{port}"])
    with small_dns({}) as port:
        bad = CliRunner().invoke(app, ["doctor", "--dns", f"127.0.0.1:{port}"])
    assert (good.exit_code, bad.exit_code) == (0, 1), good.output + bad.output
    assert "ok: MX: mail for bettershire.gov.uk goes to mail.bettershire.gov.uk" in good.output
    assert all(line.startswith(("ok: ", "warning: ", "failing: ")) for line in good.output.splitlines())
    assert "MX" not in CliRunner().invoke(app, ["doctor", "--no-dns"]).output


async def test_a_slow_relay_does_not_hold_the_doctor_up(tmp_path: Path) -> None:
    server = await asyncio.get_running_loop().create_server(asyncio.Protocol, "127.0.0.1", 0)
    url = f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    doctor = Doctor(settings(tmp_path, relay_url=url), None, Patience(command=0.1))
    levels = [finding.level async for finding in doctor.examine() if "the relay" in finding.what]
    assert levels == [Level.FAILING]
    server.close()
