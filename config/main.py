"""The command line: rightdoor serve, chat, triage, check-pack, doctor, email test."""

import asyncio
import json
import logging
import secrets
import sys
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import IO, Annotated

import typer
import uvloop

from channels.senders.dns_answers import dns_answers
from config.batch import explain, triage_lines
from config.chat import chat
from config.doctor import Doctor
from config.email_test import EmailTest
from config.findings import Level
from config.packs import check_pack, load_pack
from config.serving import PARTS, serve
from config.settings import host_and_port, load
from config.wiring import House, build
from intake.errors import CouncilsMove
from nlu.embedded import EmbeddedInterpreter

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
email = typer.Typer(no_args_is_help=True, help="Outgoing and incoming mail.")
app.add_typer(email, name="email")


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
    house = build(load())
    try:
        uvloop.run(_serve(house, parts))
    finally:
        house.close()


async def _serve(house: House, parts: tuple[str, ...]) -> None:
    password = await _first_officer(house) if "console" in parts else ""
    await serve(house, parts, lambda: _greet(house, parts, password))


async def _first_officer(house: House) -> str:
    """At the very first start there is nobody to sign in: make the first officer, and tell the password once."""
    if await house.desk.has_officers():
        return ""
    password = secrets.token_urlsafe(12)
    await house.desk.add_officer("officer", password)
    return password


def _greet(house: House, parts: tuple[str, ...], password: str) -> None:
    settings, mailbox = house.settings, house.policy.council.mailboxes[0]
    lines = {
        "web": f"  residents' web      http://{settings.http}",
        "console": f"  officers' console   http://{settings.console}",
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
    sys.stdout.flush()


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
    policy, interpreter = load_pack(load().council), EmbeddedInterpreter()
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
    checked = check_pack(folder or load().council)
    for warning in checked.warnings:
        print(f"warning: {warning}")
    for mistake in checked.mistakes:
        print(f"mistake: {mistake}")
    print(f"{len(checked.mistakes)} mistakes, {len(checked.warnings)} warnings")
    raise typer.Exit(1 if checked.mistakes else 0)


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
