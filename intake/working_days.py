"""One day-counter for every clock, with the parameters in which the regimes differ, and its working shown.

Council closure days are not in here: they are not bank holidays and do not stop a statutory clock.
"""

import calendar
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo


class Unit(StrEnum):
    """What a clock counts. Months are calendar months to the corresponding date (UK GDPR art 12)."""

    WORKING_DAYS = "working_days"
    CALENDAR_DAYS = "calendar_days"
    MONTHS = "months"
    HOURS = "hours"


class DayZero(StrEnum):
    """Which day is not yet counted: the day of receipt, the day that it counts as received, or no day at all."""

    RECEIPT_DAY = "receipt_day"
    EFFECTIVE_RECEIPT_DAY = "effective_receipt_day"
    NONE = "none"


class NonWorkingReceipt(StrEnum):
    """What a start on a day off means: the next working day becomes day zero, or the actual day stays it."""

    ROLL_FORWARD = "roll_forward"
    KEEP = "keep"


class EndOnNonWorking(StrEnum):
    """What an end on a day off means: it stands, or moves to the next working day."""

    AS_IS = "as_is"
    NEXT_WORKING_DAY = "next_working_day"


@dataclass(frozen=True)
class Span:
    """How long, counted how: the parameters that tell one regime's days from another's."""

    length: int
    unit: Unit = Unit.WORKING_DAYS
    day_zero: DayZero = DayZero.RECEIPT_DAY
    non_working_receipt: NonWorkingReceipt = NonWorkingReceipt.ROLL_FORWARD
    holidays: str = "england"
    end_on_non_working: EndOnNonWorking = EndOnNonWorking.AS_IS


@dataclass(frozen=True)
class CountedDay:
    """One line of a deadline's working: a day, its number where it counted, and why where it did not."""

    day: date
    number: int | None
    note: str = ""

    def __str__(self) -> str:
        what = f"day {self.number} counted" if self.number is not None else self.note
        return f"{self.day:%a} {self.day.day} {self.day:%b} {what}"


@dataclass(frozen=True)
class Count:
    """The end of a span. ``due_at`` is set for hours only (UTC); ``beyond_data`` is set where a day lies past the
    bank holidays we know, so that the date may be early and a person must check it."""

    due: date
    days: tuple[CountedDay, ...]
    due_at: datetime | None = None
    beyond_data: bool = False

    @property
    def working(self) -> str:
        """The working in one line: "Thu 24 Dec day 1 counted, Fri 25 Dec bank holiday: Christmas Day"."""
        return ", ".join(str(day) for day in self.days)


@dataclass(frozen=True)
class WorkingCalendar:
    """The days off by holiday set (``england``, ``uk_any``; ``none`` knows weekends only), known up to ``known_to``.

    ``cut_off`` is the hour (local, 0 to 24) from which a message counts as the next day's, for clocks whose day zero is
    the effective day; None where the council has no such rule.
    """

    holidays: Mapping[str, Mapping[date, str]]
    known_to: date
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Europe/London"))
    cut_off: int | None = None

    def local_day(self, moment: datetime) -> date:
        """The civil day of a moment, in the council's time zone."""
        return moment.astimezone(self.zone).date()

    def day_off(self, day: date, holidays: str = "england") -> str:
        """Why this day is not a working day; empty where it is one."""
        if day.weekday() >= 5:
            return "weekend"
        name = self.holidays.get(holidays, {}).get(day)
        return f"bank holiday: {name}" if name else ""

    def next_working_day(self, day: date, holidays: str = "england") -> date:
        """This day where it is a working day, else the next one that is."""
        while self.day_off(day, holidays):
            day += timedelta(days=1)
        return day

    def count(self, span: Span, start: datetime) -> Count:
        """When a span that starts at this moment ends, with its working."""
        if span.unit is Unit.HOURS:
            due_at = start + timedelta(hours=span.length)
            return Count(self.local_day(due_at), (), due_at=due_at)
        days = tuple(self._days(span, self._first_day(span, start)))
        due = days[-1].day
        return Count(due, days, beyond_data=due > self.known_to)

    def _first_day(self, span: Span, start: datetime) -> date:
        local = start.astimezone(self.zone)
        late = self.cut_off is not None and local.hour >= self.cut_off
        if span.day_zero is DayZero.EFFECTIVE_RECEIPT_DAY and late:
            return local.date() + timedelta(days=1)
        return local.date()

    def _days(self, span: Span, start: date) -> Iterator[CountedDay]:
        """The working, day by day. Day zero comes first; a span with none counts its first day as day 1."""
        if span.unit is Unit.WORKING_DAYS and span.non_working_receipt is NonWorkingReceipt.ROLL_FORWARD:
            while note := self.day_off(start, span.holidays):
                yield CountedDay(start, None, note)
                start += timedelta(days=1)
        day, number = start, 0
        if span.day_zero is DayZero.NONE:
            day -= timedelta(days=1)
        else:
            yield CountedDay(start, None, "day 0")
        last = same_day_months_on(start, span.length) if span.unit is Unit.MONTHS else None
        while (day < last) if last else (number < span.length):
            day += timedelta(days=1)
            note = self.day_off(day, span.holidays) if span.unit is Unit.WORKING_DAYS else ""
            number += not note
            yield CountedDay(day, None if note else number, note)
        while span.end_on_non_working is EndOnNonWorking.NEXT_WORKING_DAY and (
            note := self.day_off(day, span.holidays)
        ):
            day += timedelta(days=1)
            yield CountedDay(day, None, f"moved on from a day off ({note})")


def same_day_months_on(day: date, months: int) -> date:
    """The corresponding date so many months on; the month's last day where there is none (31 January + 1 month)."""
    year, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + year, month + 1
    return day.replace(year=year, month=month, day=min(day.day, calendar.monthrange(year, month)[1]))
