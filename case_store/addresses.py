"""Addresses that mail comes back from: nothing more is sent to them by itself, until their owner writes again."""

from datetime import datetime

from sqlmodel import Session, col, delete, insert, select

from case_store.tables.sending import DeadAddressRow


class SqlAddresses:
    """intake.ports.Addresses over the dead_address table."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def dead(self, address: str) -> str:
        found = self._session.exec(select(DeadAddressRow.line).where(col(DeadAddressRow.address) == address)).first()
        return found or ""

    def bury(self, address: str, line: str, now: datetime) -> None:
        self.revive(address)
        self._session.exec(insert(DeadAddressRow).values(address=address, since=now, line=line))

    def revive(self, address: str) -> None:
        self._session.exec(delete(DeadAddressRow).where(col(DeadAddressRow.address) == address))
