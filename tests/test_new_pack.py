"""A pack that is activated in the console is taken on by the mail doors and the bot of a running Rightdoor."""

import asyncio
import os
import re
import smtplib
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.bot_api import TOKEN, BotApi, bot_api
from tests.living_house import free_port
from tests.web_fixtures import SAMPLE_PACK, hidden

LONGEST = 120
PACKS = "/administration/packs"
OLD, NEW = "complaints@bettershire.gov.uk", "listening@bettershire.gov.uk"
MAIL = f"From: Anne <anne@example.org>\r\nTo: {NEW}\r\nSubject: Bins\r\n\r\nThank you for emptying my bin.\r\n"


@dataclass
class Running:
    """A Rightdoor that was started once."""

    process: asyncio.subprocess.Process
    smtp: int
    console: str
    password: str

    def handed_in(self, address: str) -> int:
        """The answer's code to a whole mail, or to its recipient where that is refused; 0 where nobody listens."""
        try:
            with smtplib.SMTP("127.0.0.1", self.smtp, timeout=30) as client:
                client.sendmail("anne@example.org", [address], MAIL)
        except smtplib.SMTPRecipientsRefused as error:
            return error.recipients[address][0]
        except (OSError, smtplib.SMTPException):
            return 0
        return 250

    async def until_taken(self, address: str) -> None:
        """Until a mail to this address is taken."""
        async with asyncio.timeout(LONGEST):
            while await asyncio.to_thread(self.handed_in, address) != 250:
                assert self.process.returncode is None
                await asyncio.sleep(0.5)


@asynccontextmanager
async def running(folder: Path, api: BotApi) -> AsyncIterator[Running]:
    smtp, console = free_port(), f"127.0.0.1:{free_port()}"
    own = {
        "DATA": str(folder),
        "DATABASE_URL": f"sqlite:///{folder}/rightdoor.db",
        "COUNCIL": str(SAMPLE_PACK),
        "SMTP": f"127.0.0.1:{smtp}",
        "CONSOLE": console,
        "SECOND_FACTOR": "",
        "TELEGRAM_TOKEN": TOKEN,
        "TELEGRAM_API": api.url,
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "config.main", "serve", "--only", "smtp,console,telegram,work"),
        env={**os.environ, **{f"RIGHTDOOR_{name}": value for name, value in own.items()}},
        stdout=subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        said = ""
        async with asyncio.timeout(LONGEST):
            while not (told := re.search(r"officer / (\S+)", said)):
                line = await process.stdout.readline()
                assert line, said
                said += line.decode()
        yield Running(process, smtp, f"http://{console}", told[1])
    finally:
        if process.returncode is None:
            process.terminate()
        await process.communicate()


async def activate(council: Running, files: Mapping[str, str]) -> None:
    """As its first officer does it: signed in, uploaded, activated."""
    async with httpx.AsyncClient(base_url=council.console, timeout=60) as officer:
        token = hidden(await officer.get("/sign-in"), "form_token")
        given = {"form_token": token, "name": "officer", "password": council.password}
        assert (await officer.post("/sign-in", data=given)).status_code == 303
        token = hidden(await officer.get("/account/password"), "form_token")
        own = {"form_token": token, "password": council.password, "new_password": "three words connected"}
        assert (await officer.post("/account/password", data=own)).status_code == 303
        token = hidden(await officer.get(PACKS), "form_token")
        sent = [("files", (name, text.encode(), "application/octet-stream")) for name, text in files.items()]
        uploaded = await officer.post(PACKS, data={"form_token": token}, files=sent)
        assert uploaded.status_code == 303, uploaded.text
        use = f"{uploaded.headers['Location']}/activate"
        assert (await officer.post(use, data={"form_token": token, "seen": "0"})).status_code == 303


async def test_mail_to_an_address_of_a_new_pack_is_taken_and_the_bot_goes_on_without_a_restart(tmp_path: Path) -> None:
    council = (SAMPLE_PACK / "council.yaml").read_text()
    changed = council.replace(f"mailboxes: [{OLD}]", f"mailboxes: [{OLD}, {NEW}]")
    flow = (SAMPLE_PACK / "flow.yaml").read_text()
    assert "automatic assistant" in flow
    async with bot_api() as api, running(tmp_path, api) as house:
        assert await asyncio.to_thread(house.handed_in, NEW) == 550
        assert await asyncio.to_thread(house.handed_in, OLD) == 250
        api.write("Hello")
        await api.until(lambda: "automatic assistant" in " ".join(api.said()))
        await activate(house, {"council.yaml": changed, "flow.yaml": flow.replace("automatic assistant", "new helper")})
        await house.until_taken(NEW)
        assert await asyncio.to_thread(house.handed_in, OLD) == 250
        api.write("Hello", 77)
        await api.until(lambda: "new helper" in " ".join(api.said(77)))
        assert house.process.returncode is None
