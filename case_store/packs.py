"""Policy packs that the store keeps (intake.ports.Packs)."""

import json
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import insert
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlmodel import Session, col, select

from case_store.tables.administration import PackRow, PackUseRow
from intake.packs import Activation, KeptPack


class SqlPacks:
    """intake.ports.Packs over the pack and pack_use tables."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def keep(self, pack: KeptPack) -> None:
        self._session.exec(insert(PackRow).values(**{**vars(pack), "files": json.dumps(dict(pack.files))}))

    def get(self, digest: str) -> KeptPack | None:
        row = self._session.exec(select(PackRow).where(col(PackRow.digest) == digest)).first()
        return _pack(row) if row is not None else None

    def all(self, most: int) -> Sequence[KeptPack]:
        columns = (col(PackRow.digest), col(PackRow.kept_at), col(PackRow.officer))
        rows = self._session.exec(select(*columns).order_by(col(PackRow.kept_at).desc()).limit(most))
        return [KeptPack(digest, kept_at, officer, {}) for digest, kept_at, officer in rows]

    def activations(self, most: int) -> Sequence[Activation]:
        rows = self._session.exec(select(PackUseRow).order_by(col(PackUseRow.number).desc()).limit(most))
        return [Activation(row.number, row.at, row.officer, row.digest) for row in rows]

    def activate(self, number: int, at: datetime, officer: str, digest: str) -> bool:
        connection = self._session.connection()
        put = sqlite_insert if connection.dialect.name == "sqlite" else postgresql_insert
        row = {"number": number, "at": at, "officer": officer, "digest": digest}
        once = put(PackUseRow).values(**row).on_conflict_do_nothing().returning(col(PackUseRow.number))
        return connection.execute(once).first() is not None


def _pack(row: PackRow) -> KeptPack:
    return KeptPack(row.digest, row.kept_at, row.officer, json.loads(row.files))
