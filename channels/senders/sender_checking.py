"""Checking senders ourselves, for councils that have no server in front which does."""

import asyncio
import logging
from dataclasses import dataclass, replace

from channels.senders.own_checks import check_ourselves
from channels.senders.spf import Resolve
from intake.contact import Contact, Kept, Proof, SenderCheck

log = logging.getLogger(__name__)

LARGEST = 2 << 20
"""Octets of a mail that is checked: signatures of larger ones take seconds."""

SECONDS = 20.0


@dataclass(frozen=True)
class OwnChecks:
    """intake.ports.SenderChecks by the DNS. What takes too long stays unknown; it never raises."""

    resolve: Resolve

    async def check(self, kept: Kept, contact: Contact) -> SenderCheck:
        """What is known of the sender, asked where nobody has said anything yet."""
        check = contact.sender_check
        if check.results or contact.automatic or len(kept.raw) > LARGEST:
            return check
        domain = contact.person.email.rpartition("@")[2]
        asked = asyncio.to_thread(check_ourselves, kept.raw, domain, kept.client, kept.sender, kept.helo, self.resolve)
        try:
            found = await asyncio.wait_for(asked, SECONDS)
        except Exception as error:
            log.warning("the sender of contact %s could not be checked: %s", kept.id, type(error).__name__)
            return check
        if found.proof is Proof.FAILED and not kept.client:
            return replace(found, proof=Proof.UNKNOWN)
        return found
