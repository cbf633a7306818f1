"""Months, archive hours and windows: the only calendar arithmetic in the project.

Belongs here: values that name a stretch of time. Must not: a clock. Nothing in this package reads the
time of day; the two entry points (``cli`` and ``defs``) pass it down as an argument.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Iterator

QUARTER_MONTHS = 3

_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])", re.ASCII)
_HOUR = re.compile(r"(\d{4}-\d{2}-\d{2})[T-](\d{1,2})", re.ASCII)


@dataclass(frozen=True, order=True, slots=True)
class Month:
    """A calendar month in UTC.

    Examples
    --------
    >>> Month.parse("2025-01") - 2
    Month(year=2024, month=11)
    >>> str(Month(2025, 4)), Month(2025, 4).first_day
    ('2025-04', datetime.date(2025, 4, 1))
    """

    year: int
    month: int

    def __post_init__(self) -> None:
        if not 1 <= self.month <= 12:  # noqa: PLR2004 - months of a year
            raise ValueError(f"month must be 1..12, not {self.month}")
        if not MINYEAR <= self.year <= MAXYEAR:
            raise ValueError(f"year must be {MINYEAR}..{MAXYEAR}, not {self.year}")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``YYYY-MM``.

        Raises
        ------
        ValueError
            If `text` is anything else; ``2025-4`` and ``2025-13`` are refused, not guessed.
        """
        match = _MONTH.fullmatch(text)
        if match is None:
            raise ValueError(f"expected a month as YYYY-MM, not {text!r}")
        return cls(int(match[1]), int(match[2]))

    @classmethod
    def of(cls, day: date) -> Self:
        """The month that holds `day` (a ``datetime`` counts by its own calendar date)."""
        return cls(day.year, day.month)

    @property
    def first_day(self) -> date:
        """First day of the month: how published tables write a month."""
        return date(self.year, self.month, 1)

    @property
    def last_day(self) -> date:
        """Last day of the month."""
        return (self + 1).first_day - timedelta(days=1)

    def __add__(self, months: int) -> Month:
        index = self.year * 12 + self.month - 1 + months
        return Month(index // 12, index % 12 + 1)

    def __sub__(self, months: int) -> Month:
        return self + -months

    def months_since(self, earlier: Month) -> int:
        """Number of months from `earlier` to this one; negative if that is later."""
        return (self.year - earlier.year) * 12 + self.month - earlier.month

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"


def months_between(first: Month, last: Month) -> Iterator[Month]:
    """Every month from `first` to `last`, both included; nothing when `last` is earlier."""
    month = first
    while month <= last:
        yield month
        month += 1


def last_complete_month(now: datetime) -> Month:
    """The newest month that has ended by `now`.

    Examples
    --------
    >>> str(last_complete_month(datetime(2025, 5, 1, tzinfo=UTC)))
    '2025-04'
    """
    return Month.of(now.astimezone(UTC)) - 1


def last_month_by(day: date) -> Month:
    """The newest month that has ended by the end of `day`.

    Examples
    --------
    >>> str(last_month_by(date(2025, 4, 30))), str(last_month_by(date(2025, 5, 20)))
    ('2025-04', '2025-04')
    """
    return Month.of(day + timedelta(days=1)) - 1


def last_quarter_by(as_of: Month) -> Month:
    """First month of the newest calendar quarter that has ended by the end of `as_of`.

    Examples
    --------
    >>> str(last_quarter_by(Month(2025, 3))), str(last_quarter_by(Month(2025, 5)))
    ('2025-01', '2025-01')
    """
    return as_of - (as_of.month % QUARTER_MONTHS) - (QUARTER_MONTHS - 1)


@dataclass(frozen=True, order=True, slots=True)
class Window:
    """A run of complete months, both ends included."""

    start: Month
    end: Month

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise ValueError(f"window ends ({self.end}) before it starts ({self.start})")

    @classmethod
    def year_to_date(cls, as_of: Month) -> Self:
        """January of the as-of month's year up to that month."""
        return cls(Month(as_of.year, 1), as_of)

    @classmethod
    def trailing(cls, as_of: Month, months: int) -> Self:
        """The last `months` months up to the as-of month, which is one of them."""
        return cls(as_of - (months - 1), as_of)

    @property
    def months(self) -> tuple[Month, ...]:
        """The months of the window, in order."""
        return tuple(months_between(self.start, self.end))

    def years_earlier(self, years: int) -> Window:
        """The same calendar months `years` years before."""
        return Window(self.start - 12 * years, self.end - 12 * years)

    def __str__(self) -> str:
        return f"{self.start}..{self.end}"


@dataclass(frozen=True, order=True, slots=True)
class Days:
    """A run of days in UTC, both ends included.

    Examples
    --------
    >>> str(Days.year_to_date(date(2025, 4, 30)))
    '2025-01-01..2025-04-30'
    """

    first: date
    last: date

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise ValueError(f"the last day ({self.last}) is before the first ({self.first})")

    @classmethod
    def of_month(cls, month: Month) -> Self:
        """Every day of a calendar month."""
        return cls(month.first_day, month.last_day)

    @classmethod
    def year_to_date(cls, day: date) -> Self:
        """January 1 of the day's year up to that day."""
        return cls(date(day.year, 1, 1), day)

    def with_neighbours(self) -> Self:
        """These days with the one before and the one after, where the calendar has them."""
        day = timedelta(days=1)
        first = self.first if self.first == date.min else self.first - day
        return type(self)(first, self.last if self.last == date.max else self.last + day)

    def __str__(self) -> str:
        return f"{self.first}..{self.last}"


@dataclass(frozen=True, order=True, slots=True)
class Hour:
    """One hour of the archive, in UTC.

    Examples
    --------
    >>> Hour.parse("2015-01-01T01").file_name
    '2015-01-01-1.json.gz'
    """

    start: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is None:
            raise ValueError("an archive hour needs a time zone")
        object.__setattr__(
            self, "start", self.start.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        )

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``YYYY-MM-DDTHH`` or the archive's own ``YYYY-MM-DD-H``.

        Raises
        ------
        ValueError
            If `text` is no such hour.
        """
        match = _HOUR.fullmatch(text)
        if match is None:
            raise ValueError(f"expected an hour as YYYY-MM-DDTHH, not {text!r}")
        day = date.fromisoformat(match[1])
        return cls(datetime(day.year, day.month, day.day, int(match[2]), tzinfo=UTC))

    @property
    def file_name(self) -> str:
        """Name of the hour's file in GH Archive: the hour is **not** zero-padded."""
        return f"{self.start:%Y-%m-%d}-{self.start.hour}.json.gz"

    def __str__(self) -> str:
        return f"{self.start:%Y-%m-%dT%H}"


FIRST_HOUR = Hour(datetime(2015, 1, 1, tzinfo=UTC))
"""Where the archive's present schema begins."""


def hours_of(month: Month) -> list[Hour]:
    """Every hour of a calendar month."""
    first = datetime(month.year, month.month, 1, tzinfo=UTC)
    last = datetime((month + 1).year, (month + 1).month, 1, tzinfo=UTC) - timedelta(hours=1)
    return list(hours_between(Hour(first), Hour(last)))


def hours_between(first: Hour, last: Hour) -> Iterator[Hour]:
    """Every hour from `first` to `last`, both included."""
    start = first.start
    while start <= last.start:
        yield Hour(start)
        start += timedelta(hours=1)
