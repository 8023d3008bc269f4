"""Officers, their sign-ins, and what they did."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, delete, insert, update
from sqlmodel import Session, col, select

from case_store.tables.officers import DeedRow, OfficerRow, SessionRow
from intake.officers import Deed, How, Officer, SignIn
from intake.rights import Role


class SqlOfficers:
    """intake.ports.Officers over one session."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def any(self) -> bool:
        return self._session.exec(select(OfficerRow.name).limit(1)).first() is not None

    def all(self) -> Sequence[Officer]:
        return [_officer(row) for row in self._session.exec(select(OfficerRow).order_by(col(OfficerRow.name)))]

    def get(self, name: str, to_change: bool = False) -> Officer | None:
        query = select(OfficerRow).where(col(OfficerRow.name) == name)
        row = self._session.exec(query.with_for_update() if to_change else query).first()
        return _officer(row) if row is not None else None

    def keep(self, officer: Officer) -> None:
        values = _values(officer)
        same = col(OfficerRow.name) == officer.name
        if not self._session.exec(update(OfficerRow).where(same).values(**values)).rowcount:
            self._session.exec(insert(OfficerRow).values(**values))

    def sign_in(self, token_hash: str) -> SignIn | None:
        row = self._session.exec(select(SessionRow).where(col(SessionRow.token_hash) == token_hash)).first()
        return _sign_in(row) if row is not None else None

    def sign_ins_of(self, officer: str) -> Sequence[SignIn]:
        query = select(SessionRow).where(col(SessionRow.officer) == officer).order_by(col(SessionRow.seen_at).desc())
        return [_sign_in(row) for row in self._session.exec(query)]

    def keep_sign_in(self, sign_in: SignIn) -> None:
        self._session.exec(insert(SessionRow).values(**vars(sign_in)))

    def sign_in_of_form(self, form_token: str) -> SignIn | None:
        row = self._session.exec(select(SessionRow).where(col(SessionRow.form_token) == form_token)).first()
        return _sign_in(row) if row is not None else None

    def end_sign_in(self, token_hash: str, now: datetime) -> None:
        same = and_(col(SessionRow.token_hash) == token_hash, col(SessionRow.ended_at).is_(None))
        self._session.exec(update(SessionRow).where(same).values(ended_at=now))

    def seen(self, token_hash: str, now: datetime) -> None:
        self._session.exec(update(SessionRow).where(col(SessionRow.token_hash) == token_hash).values(seen_at=now))

    def end_sign_ins_of(self, officer: str, now: datetime, but: str = "") -> None:
        theirs = and_(col(SessionRow.officer) == officer, col(SessionRow.token_hash) != but)
        alive = col(SessionRow.ended_at).is_(None)
        self._session.exec(update(SessionRow).where(theirs, alive).values(ended_at=now))

    def end_sign_ins_before(self, moment: datetime) -> None:
        self._session.exec(delete(SessionRow).where(col(SessionRow.expires_at) <= moment))

    def note(self, deed: Deed) -> None:
        self._session.exec(insert(DeedRow).values(**vars(deed)))

    def deeds(
        self,
        about: str = "",
        officer: str = "",
        start: int = 0,
        most: int = 50,
        what: str = "",
        within: tuple[datetime, datetime] | None = None,
    ) -> Sequence[Deed]:
        query = select(DeedRow).order_by(col(DeedRow.number).desc()).offset(start).limit(most)
        for column, wanted in ((DeedRow.about, about), (DeedRow.officer, officer), (DeedRow.what, what)):
            query = query.where(col(column) == wanted) if wanted else query
        if within:
            query = query.where(col(DeedRow.at) >= within[0], col(DeedRow.at) < within[1])
        return [Deed(row.at, row.officer, row.what, row.about, row.note) for row in self._session.exec(query)]


def _sign_in(row: SessionRow) -> SignIn:
    return SignIn(**{**row.model_dump(), "how": How(row.how)})


_SEVERAL = ("roles", "services", "teams")


def _values(officer: Officer) -> dict[str, Any]:
    return {**vars(officer), **{key: " ".join(getattr(officer, key)) for key in _SEVERAL}}


def _officer(row: OfficerRow) -> Officer:
    values = row.model_dump()
    several = {key: tuple(values[key].split()) for key in _SEVERAL}
    return Officer(**{**values, **several, "roles": tuple(map(Role, several["roles"]))})
