"""Counting days: the published test vectors, and what each regime does differently."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from intake.policy import Policy
from intake.working_days import (
    DayZero,
    EndOnNonWorking,
    NonWorkingReceipt,
    Span,
    Unit,
    WorkingCalendar,
)

LONDON = ZoneInfo("Europe/London")

# received, acknowledgement (5), stage 1 (10 from it), stage 2 (20 from it), adult care (3), children (10), 20, 40
VECTORS = """
2026-11-23 2026-11-30 2026-12-14 2026-12-30 2026-11-26 2026-12-07 2026-12-21 2027-01-21
2026-12-18 2026-12-29 2027-01-13 2027-01-27 2026-12-23 2027-01-06 2027-01-20 2027-02-17
2026-12-19 2026-12-30 2027-01-14 2027-01-28 2026-12-24 2027-01-07 2027-01-21 2027-02-18
2026-12-24 2027-01-05 2027-01-19 2027-02-02 2026-12-31 2027-01-12 2027-01-26 2027-02-23
2026-12-25 2027-01-06 2027-01-20 2027-02-03 2027-01-04 2027-01-13 2027-01-27 2027-02-24
2027-03-25 2027-04-05 2027-04-19 2027-05-04 2027-04-01 2027-04-12 2027-04-26 2027-05-25
2027-04-30 2027-05-10 2027-05-24 2027-06-08 2027-05-06 2027-05-17 2027-06-01 2027-06-29
"""


@pytest.fixture
def calendar(policy: Policy) -> WorkingCalendar:
    return policy.calendar


def due(calendar: WorkingCalendar, span: Span, start: date) -> date:
    return calendar.count(span, datetime.combine(start, time(10), LONDON)).due


@pytest.mark.parametrize("vector", VECTORS.split("\n")[1:-1])
def test_every_published_vector_comes_out(calendar: WorkingCalendar, vector: str) -> None:
    received, ack, stage1, stage2, adults, children, twenty, forty = map(date.fromisoformat, vector.split())
    counted = [due(calendar, Span(length), received) for length in (5, 3, 10, 20, 40)]
    assert counted == [ack, adults, children, twenty, forty]
    assert due(calendar, Span(10), ack) == stage1
    assert due(calendar, Span(20), ack) == stage2


def test_adult_social_care_keeps_a_saturday_as_day_zero_so_its_date_is_the_earlier_one(
    calendar: WorkingCalendar,
) -> None:
    span = Span(3, non_working_receipt=NonWorkingReceipt.KEEP)
    assert due(calendar, span, date(2026, 12, 19)) == date(2026, 12, 23)


def test_freedom_of_information_skips_a_holiday_anywhere_in_the_uk(calendar: WorkingCalendar) -> None:
    day_before_st_patricks = date(2027, 3, 16)
    assert due(calendar, Span(1, holidays="uk_any"), day_before_st_patricks) == date(2027, 3, 18)
    assert due(calendar, Span(1), day_before_st_patricks) == date(2027, 3, 17)


def test_a_month_ends_on_the_corresponding_date_or_the_months_last_day(calendar: WorkingCalendar) -> None:
    month = Span(1, Unit.MONTHS)
    assert due(calendar, month, date(2026, 11, 23)) == date(2026, 12, 23)
    assert due(calendar, month, date(2027, 1, 31)) == date(2027, 2, 28)


def test_an_end_on_a_day_off_moves_on_where_the_regime_says_so(calendar: WorkingCalendar) -> None:
    moved = Span(1, Unit.MONTHS, end_on_non_working=EndOnNonWorking.NEXT_WORKING_DAY)
    assert due(calendar, moved, date(2026, 11, 25)) == date(2026, 12, 29)


def test_a_data_protection_complaint_counts_weekends_from_the_day_after(calendar: WorkingCalendar) -> None:
    span = Span(30, Unit.CALENDAR_DAYS, end_on_non_working=EndOnNonWorking.NEXT_WORKING_DAY)
    assert due(calendar, span, date(2026, 11, 20)) == date(2026, 12, 21)


def test_a_span_with_no_day_zero_counts_its_first_day_as_day_one(calendar: WorkingCalendar) -> None:
    assert due(calendar, Span(3, day_zero=DayZero.NONE), date(2026, 11, 23)) == date(2026, 11, 25)


def test_after_the_cut_off_a_message_counts_as_the_next_days_only_for_clocks_that_say_so(
    calendar: WorkingCalendar,
) -> None:
    strict = WorkingCalendar(calendar.holidays, calendar.known_to, cut_off=17)
    evening = datetime(2026, 11, 23, 18, 0, tzinfo=LONDON)
    assert strict.count(Span(1), evening).due == date(2026, 11, 24)
    assert strict.count(Span(1, day_zero=DayZero.EFFECTIVE_RECEIPT_DAY), evening).due == date(2026, 11, 25)


def test_hours_end_at_a_moment_and_not_at_a_days_end(calendar: WorkingCalendar) -> None:
    start = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
    assert calendar.count(Span(24, Unit.HOURS), start).due_at == datetime(2026, 11, 24, 18, 0, tzinfo=UTC)


def test_a_message_late_at_night_in_summer_belongs_to_its_civil_day(calendar: WorkingCalendar) -> None:
    half_past_midnight_in_london = datetime(2027, 6, 14, 23, 30, tzinfo=UTC)
    assert calendar.count(Span(1), half_past_midnight_in_london).due == date(2027, 6, 16)


def test_a_deadline_shows_its_working_day_by_day(calendar: WorkingCalendar) -> None:
    working = calendar.count(Span(2), datetime(2026, 12, 23, 10, tzinfo=LONDON)).working
    assert working == (
        "Wed 23 Dec day 0, Thu 24 Dec day 1 counted, Fri 25 Dec bank holiday: Christmas Day, Sat 26 Dec weekend, "
        "Sun 27 Dec weekend, Mon 28 Dec bank holiday: Boxing Day, Tue 29 Dec day 2 counted"
    )


def test_a_date_past_the_bank_holidays_we_know_is_marked_and_not_guessed(calendar: WorkingCalendar) -> None:
    assert calendar.count(Span(5), datetime(calendar.known_to.year, 12, 28, 10, tzinfo=LONDON)).beyond_data
    assert not calendar.count(Span(5), datetime(2026, 12, 28, 10, tzinfo=LONDON)).beyond_data


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(start=st.dates(date(2026, 1, 1), date(2028, 6, 30)), length=st.integers(1, 60))
def test_working_days_always_end_on_a_working_day_and_never_shrink(
    calendar: WorkingCalendar, start: date, length: int
) -> None:
    end = due(calendar, Span(length), start)
    assert not calendar.day_off(end)
    assert end < due(calendar, Span(length + 1), start)
