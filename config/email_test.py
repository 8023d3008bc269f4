"""The email test: one mail round the configured way, told step by step, so that somebody sees where it stops."""

import asyncio
import contextlib
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

from case_store.health import came_in, newest_contact
from case_store.store import SqlStore
from channels.email_sender import Letterhead, as_bytes, compose
from channels.sending.smtp_relay import Handover, Patience, Relay, Step, is_certificate_trouble
from config.packs import load_pack
from config.settings import Settings, clock, host_and_port
from config.wiring import letterhead, open_database, signature
from intake.contact import Reply
from intake.errors import OurMove

PATIENCE = Patience(command=15, mail=60, everything=120)

LOOK_AGAIN_SECONDS = 0.5

_BODY = """This is a test of the council's complaints mail. Nobody has to do anything.

It was sent by `rightdoor email test`. When it comes back to us, it is kept and not answered.
"""

_REMEDIES = {
    Step.NAME: "Check the host in RIGHTDOOR_RELAY_URL, and that this machine's DNS knows it.",
    Step.CONNECT: "Check host and port, that the mail server runs, and that no firewall stands between.",
    Step.TLS: "See whether the mail server offers STARTTLS (or TLS, for smtps://) on this port.",
    Step.SIGN_IN: "Check user and password in RIGHTDOOR_RELAY_URL: special characters must be percent-encoded.",
    Step.SENDER: (
        "Let the mail server take mail from this address. Where it takes no +tags, set RIGHTDOOR_ADDRESS_TAGS=false."
    ),
    Step.RECIPIENT: (
        "Check the address, and that this machine may send through the mail server. Where it takes no +tags, set "
        "RIGHTDOOR_ADDRESS_TAGS=false."
    ),
    Step.MAIL: "Ask who runs the mail server: its log says more.",
}
_CERTIFICATE = (
    "Give the mail server a certificate that this machine trusts, or, where the way to it is all your own, "
    "write ?starttls=no behind smtp://host."
)
_OWN_DOOR = "Check that `rightdoor serve` runs with its part smtp, RIGHTDOOR_SMTP, and the mailboxes of your pack."


@dataclass(frozen=True)
class EmailTest:
    """``say`` gets each line. ``wait`` is in seconds, ``to`` empty for the council's own mailbox."""

    settings: Settings
    say: Callable[[str], None]
    to: str = ""
    wait: float = 60.0
    patience: Patience = PATIENCE

    async def run(self) -> bool:
        """Did the mail go all the way? Raises CouncilsMove where a setting is wrong."""
        policy = load_pack(self.settings.council)
        head = letterhead(self.settings, policy)
        reply = Reply(secrets.token_hex(16), "", "test", self.to or _own(head), "Test of the complaints mail", _BODY)
        with contextlib.closing(SqlStore(open_database(self.settings.database_url))) as store:
            before = await store.read(newest_contact)
            if not await self._send(reply, head):
                return False
            if self.to and self.to.lower() not in policy.council.mailboxes:
                self.say(f"Sent. Look into the mailbox of {self.to}: what happens there cannot be seen from here.")
                return True
            return await self._comes_back(store, before, reply)

    async def _send(self, reply: Reply, head: Letterhead) -> bool:
        relay = self._relay()
        self.say(f"Sending a mail from {head.address} to {reply.to} through {relay.host}:{relay.port}")
        raw = as_bytes(compose(reply, head, clock(self.settings.now)()))
        if signs := signature(self.settings, head.domain):
            raw = signs.sign(raw)
            self.say(f"  ok: sign it for {signs.domain}, selector {signs.selector}")
        handover = Handover(relay, lambda step, words: self.say(f"  ok: {step}: {words}"), self.patience)
        try:
            await handover.send(head.envelope(reply), raw)
        except OurMove as error:
            where = f"could not {handover.step}"
            self.say(f"  stopped: {where}: {str(error).replace(f': {where}', '', 1)}")
            self.say(f"  {self._remedy(handover.step, error)}")
            return False
        return True

    def _relay(self) -> Relay:
        """The relay, or our own door where none is set."""
        if self.settings.relay_url:
            return Relay.of(self.settings.relay_url)
        self.say("No relay is set (RIGHTDOOR_RELAY_URL), so nothing goes out: this tests the way in alone.")
        host, port = host_and_port(self.settings.smtp)
        return Relay({"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "::1"}.get(host, host), port, starttls="no")  # noqa: S104

    def _remedy(self, step: Step, error: OurMove) -> str:
        if not self.settings.relay_url:
            return _OWN_DOOR
        return _CERTIFICATE if is_certificate_trouble(error) else _REMEDIES[step]

    async def _comes_back(self, store: SqlStore, before: int, reply: Reply) -> bool:
        """Look for it among what came in since."""
        began = time.monotonic()
        self.say(f"Waiting up to {self.wait:.0f} seconds for it to come back")
        while True:
            contact = await store.read(lambda unit: came_in(unit, before, reply.id))
            passed = time.monotonic() - began
            if contact:
                self.say(f"  ok: it came back after {passed:.1f} seconds and is kept as contact {contact}")
                return True
            if passed >= self.wait:
                break
            await asyncio.sleep(min(LOOK_AGAIN_SECONDS, self.wait - passed))
        self.say(f"  stopped: it was taken, but did not come back within {self.wait:.0f} seconds")
        self.say(f"  {self._way_in(reply)}")
        return False

    def _way_in(self, reply: Reply) -> str:
        doors = [f"smtp://{self.settings.smtp}"]
        doors += [f"lmtp {self.settings.lmtp}"] if self.settings.lmtp else []
        doors += ["the mailboxes of RIGHTDOOR_IMAP_URL"] if self.settings.imap_url else []
        tags = ""
        if "+" in reply.to:
            tags = " Where it takes no +tags, set RIGHTDOOR_ADDRESS_TAGS=false."
        return (
            f"Check that your mail server hands mail for {reply.to} to Rightdoor ({', '.join(doors)}), and that "
            f"`rightdoor serve` runs.{tags}"
        )


def _own(head: Letterhead) -> str:
    """Our mailbox, with a +tag where we use them: it must come back too."""
    local, _, domain = head.address.rpartition("@")
    return f"{local}+test@{domain}" if head.tags else head.address
