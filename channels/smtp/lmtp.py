"""LMTP (RFC 2033): as SMTP, but with an answer for each recipient. The council's own mail server delivers by it."""

# ruff: noqa: N802 (aiosmtpd finds commands by these names)

from channels.smtp.sessions import MailSession


class LmtpSession(MailSession):
    """One connection of a mail server that hands over what it would put into mailboxes."""

    greeting = "LHLO"

    async def smtp_LHLO(self, hostname: str | None) -> None:
        """The greeting of LMTP, and what we offer."""
        await self._greet(hostname, extended=True)

    async def smtp_HELO(self, hostname: str | None) -> None:
        """Whoever says this speaks SMTP, and would not understand our answers (RFC 2033 section 4.1)."""
        await self.push("500 5.5.1 This is LMTP: say LHLO")

    async def smtp_EHLO(self, hostname: str | None) -> None:
        """The same."""
        await self.smtp_HELO(hostname)

    async def _answer_mail(self, status: str, recipients: list[str]) -> None:
        """One answer for each recipient that was accepted, in their order (section 4.2).

        The mail is kept for all of them or for none: all answers are the same.
        """
        for _ in recipients:
            await self.push(status)
