"""The command line: rightdoor serve, chat, triage, check-pack, replay, doctor, email test, officer, pack, demo."""

import asyncio
import json
import logging
import secrets
import sys
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from pathlib import Path
from typing import IO, Annotated

import typer
import uvloop

from channels.senders.dns_answers import dns_answers
from config import officers
from config.active_pack import active_pack_of, go_back
from config.batch import explain, triage_lines
from config.chat import chat
from config.demo.command import demo
from config.doctor import Doctor
from config.email_test import EmailTest
from config.findings import Level
from config.packs import check_pack, load_pack
from config.replaying import replay_pack
from config.serving import PARTS, serve
from config.settings import Settings, clock, host_and_port, load
from config.wiring import House, build
from intake.errors import CouncilsMove, WrongSetting
from intake.rights import EVERYTHING, FIRST_OFFICER
from intake.staff import Place, Staff
from nlu.embedded import EmbeddedInterpreter

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
email = typer.Typer(no_args_is_help=True, help="Outgoing and incoming mail.")
app.add_typer(email, name="email")
app.add_typer(officers.app, name="officer")
pack = typer.Typer(no_args_is_help=True, help="The policy pack that was activated in the console.")
app.add_typer(pack, name="pack")
app.command("demo")(demo)


def main() -> None:
    """Run a command. What the council can put right is said in words, without a traceback, with exit status 2."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for noisy in ("alembic", "mail.log", "httpx", "imapclient"):
        logging.getLogger(noisy).setLevel(logging.ERROR)
    try:
        app()
    except CouncilsMove as error:
        print(error, file=sys.stderr)
        sys.exit(2)


@app.command("serve")
def serve_command(
    only: Annotated[str, typer.Option(help=f"Only these parts, with commas: {', '.join(PARTS)}")] = "",
) -> None:
    """Take in mail and web, answer, and show officers what there is, all in one process or only the parts named."""
    parts = tuple(part.strip() for part in only.split(",") if part.strip()) or PARTS
    if unknown := [part for part in parts if part not in PARTS]:
        raise typer.BadParameter(f"there is no part {', '.join(unknown)}; there are {', '.join(PARTS)}")
    settings = load()
    if only:
        _need_settings(settings, parts)
    while _serve_once(settings, parts):
        pass


def _serve_once(settings: Settings, parts: tuple[str, ...]) -> bool:
    """True: it is to be begun anew, with another policy pack."""
    house = build(settings)
    try:
        return uvloop.run(_serve(house, parts))
    finally:
        house.close()


def _need_settings(settings: Settings, parts: tuple[str, ...]) -> None:
    """A part that is named must have what it works on: it would idle without a word. Raises WrongSetting."""
    needed = {
        "telegram": ("RIGHTDOOR_TELEGRAM_TOKEN", settings.telegram_token),
        "imap": ("RIGHTDOOR_IMAP_URL", settings.imap_url),
        "lmtp": ("RIGHTDOOR_LMTP", settings.lmtp),
    }
    for part in parts:
        name, value = needed.get(part, ("", "none"))
        if not value:
            raise WrongSetting(f"{name} is not set, so there is nothing for the part {part} to do")


async def _serve(house: House, parts: tuple[str, ...]) -> bool:
    password = await _first_officer(house) if "console" in parts else ""
    return await serve(house, parts, lambda: _greet(house, parts, password))


async def _first_officer(house: House) -> str:
    """At the very first start there is nobody to sign in: make the first officer, and tell the password once.

    Logs keep what is printed, so they must choose another when they first sign in.
    """
    if await house.accounts.has_officers():
        return ""
    password = secrets.token_urlsafe(12)
    everything = Place("officer", roles=FIRST_OFFICER, services=(EVERYTHING,))
    await Staff(house.accounts).add("", "officer", everything, password)
    return password


def _greet(house: House, parts: tuple[str, ...], password: str) -> None:
    settings, mailbox = house.settings, house.policy.council.mailboxes[0]
    lines = {
        "web": f"  residents' web      http://{settings.http}",
        "console": f"  officers' console   {_console(settings)}",
        "smtp": f"  incoming mail       smtp://{settings.smtp}  to {mailbox}",
    }
    if settings.lmtp:
        lines["lmtp"] = f"  mail by LMTP        {settings.lmtp}"
    if house.mailboxes:
        lines["imap"] = "\n".join(f"  fetched mail        {box.address.name}" for box in house.mailboxes)
    if house.telegram:
        how = settings.telegram_webhook or "messages are fetched"
        lines["telegram"] = f"  Telegram            bot {house.telegram.number}, {how}"
    print(f"Rightdoor is ready for {house.policy.council.name}.")
    print("\n".join(line for part, line in lines.items() if part in parts))
    if "work" in parts:
        print(f"  outgoing mail       {'the relay' if settings.relay_url else settings.data / 'sent'}")
    if password:
        print(f"\n  First sign-in to the console, told only this once: officer / {password}")
        print("  You choose another password when you first come in.")
    sys.stdout.flush()


def _console(settings: Settings) -> str:
    """The address that officers type, as passkeys and single sign-on need it, and where it is served if elsewhere."""
    port = settings.console.rpartition(":")[2]
    is_here = settings.console_url.endswith(f":{port}")
    return settings.console_url if is_here else f"{settings.console_url}  served at http://{settings.console}"


@app.command("chat")
def chat_command(
    again: Annotated[bool, typer.Option("--again", help="Come back to a conversation; its key is asked for")] = False,
) -> None:
    """Talk to the assistant here, as a resident does on the web. Through a pipe: lines in, answers out."""
    logging.getLogger().setLevel(logging.ERROR)
    house = build(load())
    try:
        status = chat(house, again)
    finally:
        house.close()
    raise typer.Exit(status)


@app.command()
def triage(
    file: Annotated[str, typer.Argument(help="JSON lines, or - for standard input")] = "-",
    out: Annotated[str, typer.Option(help="Where to write, instead of standard output")] = "-",
    explained: Annotated[bool, typer.Option("--explain", help="Explain one message in words instead")] = False,
) -> None:
    """Triage a batch: JSON lines in, one JSON line out for each. Exit status 1 where a line could not be read.

    With --explain: one message, as plain text or as such a line, with its signals, their words and the whole table.
    """
    policy, interpreter = load_pack(active_pack_of(load())), EmbeddedInterpreter()
    wrong = False
    with _opened(file, "r", sys.stdin) as lines, _opened(out, "w", sys.stdout) as results:
        if explained:
            print("\n".join(explain(lines.read(), policy, interpreter.read)), file=results)
            return
        for result in triage_lines(lines, policy, interpreter.read):
            wrong = wrong or "error" in result
            print(json.dumps(result, ensure_ascii=False), file=results, flush=True)
    raise typer.Exit(1 if wrong else 0)


def _opened(name: str, mode: str, standard: IO[str]) -> AbstractContextManager[IO[str]]:
    if name == "-":
        return nullcontext(standard)
    try:
        return open(name, mode, encoding="utf-8", errors="replace")
    except OSError as error:
        raise typer.BadParameter(f"{name} cannot be opened: {error.strerror}") from error


@app.command("check-pack")
def check_pack_command(
    folder: Annotated[Path | None, typer.Argument(help="A policy pack; the active one where left out")] = None,
) -> None:
    """Is a policy pack right? Tells every mistake with file, line and remedy, and what somebody should confirm."""
    checked = check_pack(folder or active_pack_of(load()))
    for warning in checked.warnings:
        print(f"warning: {warning}")
    for mistake in checked.mistakes:
        print(f"mistake: {mistake}")
    mistakes, warnings = len(checked.mistakes), len(checked.warnings)
    print(f"{mistakes} mistake{'s'[: mistakes != 1]}, {warnings} warning{'s'[: warnings != 1]}")
    raise typer.Exit(1 if checked.mistakes else 0)


@app.command("replay")
def replay_command(
    pack: Annotated[Path, typer.Option(help="The policy pack to try")],
    first: Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="The first day")] = None,
    last: Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="The last day")] = None,
) -> None:
    """What would another policy pack have decided? Tells every contact that would change, and totals. Changes nothing.

    Only numbers and names of routes and services are told, nothing that anybody wrote.
    """
    days = (first.date() if first else None, last.date() if last else None)
    asyncio.run(replay_pack(load(), pack, *days, lambda line: print(line, flush=True)))


@pack.command("back")
def pack_back_command() -> None:
    """Go back to the policy pack that was used before the last activation. Running processes take it on."""
    settings = load()
    digest = go_back(settings, clock(settings.now)())
    print(f"in use from now on: {digest[:12] or settings.council}")


@app.command("doctor")
def doctor_command(
    dns: Annotated[str, typer.Option(help="The name server to ask, as HOST:PORT; the system's where left out")] = "",
    no_dns: Annotated[bool, typer.Option("--no-dns", help="Leave the DNS out")] = False,
) -> None:
    """Is everything there that Rightdoor stands on? One line for each, with what to do. Exit status 1 if one fails."""
    try:
        server = host_and_port(dns) if dns else None
    except ValueError as error:
        raise typer.BadParameter(f"--dns: {error}") from error
    answers = dns_answers((server[0],), server[1]) if server else dns_answers()
    raise typer.Exit(asyncio.run(_examine(Doctor(load(), None if no_dns else answers))))


async def _examine(doctor: Doctor) -> int:
    status = 0
    async for finding in doctor.examine():
        print(finding, flush=True)
        status = 1 if finding.level is Level.FAILING else status
    return status


@email.command("test")
def email_test_command(
    to: Annotated[str, typer.Option(help="Whom to send it to; our own mailbox where left out")] = "",
    wait: Annotated[float, typer.Option(help="Seconds to wait for it to come back", min=0)] = 60.0,
) -> None:
    """Send a mail round the configured way, and say where it stops. Exit status 1 if it stops."""
    went_round = asyncio.run(EmailTest(load(), lambda line: print(line, flush=True), to, wait).run())
    raise typer.Exit(0 if went_round else 1)


if __name__ == "__main__":
    main()
