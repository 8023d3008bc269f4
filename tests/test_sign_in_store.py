"""What signing in keeps, on both databases."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from case_store.store import SqlStore
from intake.accounts import begin_session, sha256
from intake.officers import Absence, Deed, How, KeptForm, Officer, Passkey, Ticket
from intake.ports import UnitOfWork

NOW = datetime(2026, 11, 26, 9, 5, tzinfo=UTC)


@pytest.fixture
def sam() -> Officer:
    return Officer("sam", "hash", NOW, first_password=True, totp="ABC", totp_step=2**40)


async def test_a_ticket_is_taken_once_by_its_kind_while_it_lasts(store: SqlStore) -> None:
    def tried(unit: UnitOfWork) -> list[bool]:
        unit.sign_ins.keep_ticket(Ticket(sha256("a"), "kind", "sam", "w\x00ords", NOW + timedelta(minutes=5)))
        assert unit.sign_ins.open_tickets("kind", NOW) == 1
        late = NOW + timedelta(minutes=5)
        tries = [("a", "other", NOW), ("b", "kind", NOW), ("a", "kind", late), ("a", "kind", NOW), ("a", "kind", NOW)]
        return [unit.sign_ins.take_ticket(sha256(token), kind, at) is not None for token, kind, at in tries]

    assert await store.transact(tried) == [False, False, False, True, False]


async def test_passkeys_are_kept_changed_and_dropped_by_their_officer_alone(store: SqlStore) -> None:
    keys = [
        Passkey(name * 300, "sam", "public", 2**32 - 1, name, NOW + timedelta(hours=n)) for n, name in enumerate("ab")
    ]

    def work(unit: UnitOfWork) -> None:
        for key in reversed(keys):
            unit.sign_ins.keep_passkey(key)
        assert unit.sign_ins.passkeys_of("sam") == keys
        unit.sign_ins.keep_passkey(replace(keys[0], used_at=NOW, sign_count=7))
        assert unit.sign_ins.passkey(keys[0].id) == replace(keys[0], used_at=NOW, sign_count=7)
        assert unit.sign_ins.drop_passkeys("maya", keys[0].id) == 0
        assert unit.sign_ins.drop_passkeys("sam", keys[0].id) == 1
        assert unit.sign_ins.drop_passkeys("sam") == 1

    await store.transact(work)


async def test_recovery_codes_are_used_up_one_by_one_and_replaced_together(store: SqlStore) -> None:
    def work(unit: UnitOfWork) -> None:
        unit.sign_ins.keep_recovery_codes("sam", {"1", "2"})
        assert unit.sign_ins.use_recovery_code("sam", "1")
        assert not unit.sign_ins.use_recovery_code("sam", "1")
        assert not unit.sign_ins.use_recovery_code("maya", "2")
        assert unit.sign_ins.recovery_codes("sam") == 1
        unit.sign_ins.keep_recovery_codes("sam", ["3"])
        assert not unit.sign_ins.use_recovery_code("sam", "2")

    await store.transact(work)


async def test_kept_forms_come_back_as_they_were_and_are_forgotten(store: SqlStore) -> None:
    form = KeptForm("1", "sam", "/x", (("a", "b\n'\"<"), ("a", "é"), ("c", "\ud800")), NOW)

    def work(unit: UnitOfWork) -> None:
        unit.sign_ins.keep_form(form)
        (kept,) = unit.sign_ins.forms_of("sam", NOW)
        assert kept.fields[:2] == form.fields[:2]
        assert unit.sign_ins.forms_of("sam", NOW + timedelta(seconds=1)) == []
        unit.sign_ins.drop_form("maya", "1")
        assert unit.sign_ins.forms_of("sam", NOW)
        unit.sign_ins.drop_forms_before(NOW + timedelta(seconds=1))
        assert unit.sign_ins.forms_of("sam", NOW) == []

    await store.transact(work)


async def test_absences_are_found_until_their_last_day(store: SqlStore) -> None:
    away = Absence("1", "sam", date(2026, 11, 20), date(2026, 11, 26), "maya")

    def work(unit: UnitOfWork) -> None:
        unit.sign_ins.keep_absence(away)
        assert unit.sign_ins.absences(date(2026, 11, 26)) == [away]
        assert unit.sign_ins.absences(date(2026, 11, 26), "maya") == []
        assert unit.sign_ins.absences(date(2026, 11, 27)) == []
        assert not unit.sign_ins.drop_absence("maya", "1")
        assert unit.sign_ins.drop_absence("sam", "1")

    await store.transact(work)


async def test_an_officer_and_their_sessions_come_back_as_they_were(store: SqlStore, sam: Officer) -> None:
    def work(unit: UnitOfWork) -> None:
        unit.officers.keep(sam)
        assert unit.officers.get("sam") == sam
        first = begin_session(unit, sam, How.PASSKEY, "Firefox on Linux", NOW)
        begin_session(unit, sam, How.SINGLE_SIGN_ON, "", NOW + timedelta(minutes=1))
        newest, oldest = unit.officers.sign_ins_of("sam")
        assert (newest.how, oldest.how, oldest.browser) == (How.SINGLE_SIGN_ON, How.PASSKEY, "Firefox on Linux")
        assert unit.officers.sign_in_of_form(oldest.form_token) == oldest
        unit.officers.seen(oldest.token_hash, NOW + timedelta(minutes=2))
        assert unit.officers.sign_ins_of("sam")[0].token_hash == sha256(first)
        unit.officers.end_sign_ins_of("sam", NOW, but=newest.token_hash)
        assert [one.ended_at for one in unit.officers.sign_ins_of("sam")] == [NOW, None]
        unit.officers.end_sign_ins_before(NOW + timedelta(days=1))
        assert unit.officers.sign_ins_of("sam") == []

    await store.transact(work)


async def test_deeds_are_filtered_by_all_that_is_asked_for(store: SqlStore) -> None:
    def work(unit: UnitOfWork) -> None:
        for hour, (who, what, about) in enumerate((("a", "x", "1"), ("b", "x", "1"), ("a", "y", "1"), ("a", "x", "2"))):
            unit.officers.note(Deed(NOW + timedelta(hours=hour), who, what, about))
        assert [deed.what for deed in unit.officers.deeds(officer="a")] == ["x", "y", "x"]
        assert len(unit.officers.deeds(what="x", about="1")) == 2
        (second,) = unit.officers.deeds(within=(NOW + timedelta(hours=1), NOW + timedelta(hours=2)))
        assert second.officer == "b"
        assert len(unit.officers.deeds(start=1, most=2)) == 2

    await store.transact(work)
