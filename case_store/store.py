"""The store: one writer that takes everything that waits in line, commits once, and then tells each.

A commit costs one wait for the disk. Under load many callers wait at once, and the writer gives each its own savepoint
in one transaction: several mails, one fsync, each answered after it. One that fails is undone alone.
"""

import asyncio
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from sqlalchemy import Engine
from sqlmodel import Session

from case_store.engine import WRITES
from case_store.unit_of_work import SqlUnitOfWork

Result = TypeVar("Result")
Work = Callable[[SqlUnitOfWork], Result]

MOST_TOGETHER = 64
"""Pieces of work in one commit, so that the first does not wait long for the last."""


class SqlStore:
    """intake.ports.Store over one database. Close it to stop its threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._line: queue.SimpleQueue[tuple[Work[Any], Future[Any]] | None] = queue.SimpleQueue()
        self._readers = ThreadPoolExecutor(4, thread_name_prefix="store-reader")
        self._writer = threading.Thread(target=self._write_for_ever, name="store-writer", daemon=True)
        self._writer.start()

    async def transact(self, work: Work[Result]) -> Result:
        """Run it and commit: when this returns, it is on disk. When it raises, nothing of it is kept."""
        return await asyncio.wrap_future(self._stand_in_line(work))

    async def read(self, work: Work[Result]) -> Result:
        """Run it without changing anything, beside the writer."""
        return await asyncio.wrap_future(self._readers.submit(self._read, work))

    def close(self) -> None:
        """Finish what stands in line, then stop."""
        self._line.put(None)
        self._writer.join()
        self._readers.shutdown()

    def _stand_in_line(self, work: Work[Result]) -> Future[Result]:
        future: Future[Result] = Future()
        self._line.put((work, future))
        return future

    def _read(self, work: Work[Result]) -> Result:
        with Session(self._engine) as session:
            return work(SqlUnitOfWork(session))

    def _write_for_ever(self) -> None:
        while (first := self._line.get()) is not None:
            together = [first]
            stop = False
            while len(together) < MOST_TOGETHER and not self._line.empty():
                following = self._line.get()
                if following is None:
                    stop = True
                    break
                together.append(following)
            self._write(together)
            if stop:
                return

    def _write(self, together: list[tuple[Work[Any], Future[Any]]]) -> None:
        """One transaction for all; nobody is told before the commit. Who stopped waiting in line is left out."""
        together = [(work, future) for work, future in together if future.set_running_or_notify_cancel()]
        tell: list[Callable[[], None]] = []
        try:
            with (
                self._engine.connect().execution_options(**WRITES) as connection,
                connection.begin(),
                Session(connection, autoflush=False) as session,
            ):
                for work, future in together:
                    tell.append(self._run(session, work, future, alone=len(together) == 1))
        except BaseException as error:
            for _work, future in together:
                future.set_exception(error)
            return
        for say in tell:
            say()

    def _run(self, session: Session, work: Work[Any], future: Future[Any], *, alone: bool) -> Callable[[], None]:
        """Run one piece; answers with what to tell its caller once all is committed.

        The savepoint is plain SQL: the unit of work writes with statements alone, so the session holds nothing that
        would have to be undone with it.
        """
        unit, connection = SqlUnitOfWork(session), session.connection()
        if alone:
            result = work(unit)
            return lambda: future.set_result(result)
        connection.exec_driver_sql("SAVEPOINT piece")
        try:
            result = work(unit)
        except Exception as error:
            connection.exec_driver_sql("ROLLBACK TO SAVEPOINT piece")
            session.expunge_all()
            reason = error
            return lambda: future.set_exception(reason)
        connection.exec_driver_sql("RELEASE SAVEPOINT piece")
        return lambda: future.set_result(result)
