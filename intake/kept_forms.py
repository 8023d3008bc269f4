"""Forms that came after their officer's session had ended: kept, and handed back when they have signed in again."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from intake.accounts import Accounts
from intake.officers import KeptForm, SignedIn
from intake.ports import UnitOfWork

HANDED_BACK_FOR = timedelta(hours=12)
MOST_CHARACTERS = 200_000
MOST_FORMS = 20
"""Of one officer: what comes beyond is not kept, and they are told so."""


@dataclass
class KeptForms:
    """Keeps what was typed. Only the officer whose session had ended gets it back."""

    accounts: Accounts

    async def keep(self, form_token: str, path: str, fields: Sequence[tuple[str, str]]) -> bool:
        """Keep a form of a session that has ended, known by the token that its forms carry: no other site knows it.

        False where it is nobody's, or is too long.
        """
        now = self.accounts.clock()
        since, words = now - HANDED_BACK_FOR, tuple(fields)
        if not form_token or sum(len(name) + len(value) for name, value in words) > MOST_CHARACTERS:
            return False

        def kept(unit: UnitOfWork) -> bool:
            ended = unit.officers.sign_in_of_form(form_token)
            if ended is None or self.accounts.is_alive(ended):
                return False
            unit.sign_ins.drop_forms_before(since)
            if len(unit.sign_ins.forms_of(ended.officer, since)) >= MOST_FORMS:
                return False
            unit.sign_ins.keep_form(KeptForm(secrets.token_hex(12), ended.officer, path, words, now))
            return True

        return await self.accounts.store.transact(kept)

    async def of(self, who: SignedIn) -> Sequence[KeptForm]:
        """Theirs, the oldest first."""
        return await self._of(who.name)

    async def of_session(self, token: str) -> Sequence[KeptForm]:
        """Those of whoever has just begun this session."""
        who = await self.accounts.officer_of(token)
        return await self._of(who.name) if who else ()

    async def drop(self, who: SignedIn, form: str) -> None:
        """It was sent, or isn't wanted."""
        await self.accounts.store.transact(lambda unit: unit.sign_ins.drop_form(who.name, form))

    async def _of(self, officer: str) -> Sequence[KeptForm]:
        since = self.accounts.clock() - HANDED_BACK_FOR
        return await self.accounts.store.read(lambda unit: unit.sign_ins.forms_of(officer, since))
